//! Messages that this version cannot read. The history keeps their places, so that their neighbors do not seem to be neighbors,
//! and the server is not asked for them again.

use super::{ConversationId, JsonText, MessageKey};

/// A part of a conversation that arrived and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The conversation.
    pub conversation: ConversationId,
    /// The place of the message; `None` if it is no message, but changes one.
    pub message: Option<MessageKey>,
}

/// The beginning of the text that stands for such a message. The JSON of a message begins with another field.
const MARK: &str = r#"{"unreadable":"#;

impl JsonText {
    /// The text that stands for a message that cannot be read. It names the version that could not read it, since a newer one
    /// may be able to.
    pub fn unreadable() -> Self {
        Self::from(format!("{MARK}\"{}\"}}", env!("CARGO_PKG_VERSION")).into_bytes())
    }

    /// True if the text stands for a message that could not be read.
    pub fn is_unreadable(&self) -> bool {
        self.bytes().starts_with(MARK.as_bytes())
    }

    /// True if another version could not read the message.
    pub fn was_unreadable(&self) -> bool {
        self.is_unreadable() && *self != Self::unreadable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_an_older_version_could_not_read_is_told_from_others() {
        let (own, older) =
            (JsonText::unreadable(), JsonText::of(&serde_json::json!({"unreadable": "0.0.1"})));
        assert!(own.is_unreadable() && !own.was_unreadable());
        assert!(older.is_unreadable() && older.was_unreadable());
        assert!(!JsonText::of(&serde_json::json!({"body": "unreadable"})).is_unreadable());
    }
}
