//! Everything kept, behind functions named for what is asked. All SQL is in this folder, and the same SQL runs on
//! both engines: numbered parameters, upserts, row values; what only one of them knows stands in a `match` on the
//! engine, and there are two of those.
//!
//! Functions take a connection, so that callers put several into one transaction. Ids are made **inside** the
//! writing transaction, of which there is one at a time: commit order is id order, and a reader that has seen an
//! id has seen all smaller ones. That is what history, removal marks, membership and the keys of queues rest on. On
//! SQLite the engine sees to it; on PostgreSQL the nodes take turns by the row of the table `clock`, which also tells
//! each the newest id of the others, so that it holds whatever their clocks say.

pub(crate) mod devices;
pub(crate) mod directs;
mod engine;
pub(crate) mod entries;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod messages;
pub(crate) mod missed;
pub(crate) mod nodes;
pub(crate) mod queues;
pub(crate) mod removals;
mod sql;
pub(crate) mod tokens;
pub(crate) mod transfer;
pub(crate) mod users;

pub(crate) use engine::{Engine, Store, Write};

use roamkit_wire::conversation::ChatType;

/// What the store's functions work on.
pub(crate) type Conn = sqlx::AnyConnection;
/// How they can fail: a bad request never makes them.
pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// The stored number of a conversation type.
pub(crate) const fn kind_number(chat_type: ChatType) -> i64 {
    match chat_type {
        ChatType::Single => 0,
        ChatType::Group => 1,
        ChatType::Room => 2,
    }
}

/// The conversation type of a stored number.
pub(crate) const fn kind_of(number: i64) -> ChatType {
    match number {
        1 => ChatType::Group,
        2 => ChatType::Room,
        _ => ChatType::Single,
    }
}
