//! The database. All SQL of the server is in this folder, one file per table or query family.
//!
//! The same SQL runs on SQLite and PostgreSQL: numbered parameters, upserts, row values. Where the engines
//! differ, the code matches on [`Engine`](database::Engine).
//!
//! Functions take a connection, so callers can combine several in one transaction. Ids are made **inside** the
//! ordered write transaction, and only one of these runs at a time. Commit order is therefore id order: a
//! reader that sees an id has seen all smaller ones. History, removal marks, group membership and queue keys
//! rely on this. SQLite has a single writer anyway. On PostgreSQL a writer locks the row of the table `clock`,
//! which also holds the newest id of all nodes, so the order does not depend on the nodes' clocks.

pub(crate) mod chat_type;
pub(crate) mod conversation_list;
pub(crate) mod conversations;
pub(crate) mod database;
pub(crate) mod devices;
pub(crate) mod direct_conversations;
pub(crate) mod groups;
pub(crate) mod history;
pub(crate) mod messages;
pub(crate) mod missed;
pub(crate) mod nodes;
pub(crate) mod queues;
pub(crate) mod removals;
mod sql_builder;
pub(crate) mod summary;
pub(crate) mod tokens;
pub(crate) mod transfer;
pub(crate) mod users;
pub(crate) mod visibility;
