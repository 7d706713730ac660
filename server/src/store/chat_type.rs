//! Conversation types as the columns `kind` store them.

use roamkit_wire::conversation::ChatType;

pub(crate) const fn to_db(chat_type: ChatType) -> i64 {
    match chat_type {
        ChatType::Single => 0,
        ChatType::Group => 1,
        ChatType::Room => 2,
    }
}

pub(crate) const fn from_db(kind: i64) -> ChatType {
    match kind {
        1 => ChatType::Group,
        2 => ChatType::Room,
        _ => ChatType::Single,
    }
}
