//! The messages between tabs.

use crate::error::{Code, Error};
use crate::model::ConversationType;
use crate::store::EventBatch;
use serde::{Deserialize, Serialize};

/// The state of the leader's session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Status {
    /// The session is coming up.
    Connecting,
    /// The session is up.
    Up,
    /// The session is down, and reconnects.
    Down(#[serde(with = "ErrorForm")] Error),
}

/// A message from one tab to all other tabs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TabMessage {
    /// Asks who leads.
    Hello {
        /// Whether a login waits for the session. A leader that waits before it reconnects then reconnects at once.
        eager: bool,
    },
    /// The sender leads.
    State {
        /// The leader's term. It rises with every leader.
        term: u64,
        /// The leader has emitted all batches of events up to this number; `None` while it reads the log.
        number: Option<u64>,
        /// The state of its session.
        status: Status,
    },
    /// The server ended the session for good.
    Ended {
        /// The term of the leader that had the session.
        term: u64,
        /// The reason.
        #[serde(with = "ErrorForm")]
        error: Error,
        /// The token of that session.
        token: String,
    },
    /// A batch of events took effect in the local copy.
    Events(EventBatch),
    /// Four fifths of the token's lifetime are over.
    WillExpire(String),
    /// The token has expired.
    Expired(String),
    /// The application renewed the token.
    Renewed {
        /// The new token.
        token: String,
        /// When the token expires by the server's clock, ms since the epoch; 0 if unknown.
        expires_at: u64,
    },
    /// The local copy changed.
    Changed,
    /// The local copy has new messages of a conversation.
    Saved {
        /// The type of the conversation.
        conversation_type: ConversationType,
        /// The id of the conversation.
        conversation_id: String,
        /// The ids of the messages. They are texts, because they are too large for JS numbers.
        ids: Vec<String>,
    },
    /// A part of the local copy must be compared with the server.
    ReconciliationNeeded,
    /// The local copy has receipts that the server must get.
    ReceiptsPending,
}

/// The form of an [`Error`] in a message.
#[derive(Serialize, Deserialize)]
struct ErrorForm {
    code: u32,
    message: String,
}

impl ErrorForm {
    fn serialize<S: serde::Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
        let form = Self { code: error.code as u32, message: error.message.clone() };
        Serialize::serialize(&form, serializer)
    }

    fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Error, D::Error> {
        let form = <Self as Deserialize>::deserialize(deserializer)?;
        let code = Code::of(form.code).ok_or_else(|| serde::de::Error::custom("unknown error code"))?;
        Ok(Error::new(code, form.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_read_as_it_was_written() {
        let error = || Error::new(Code::Network, "gone \"away\"");
        let token = || "t\n\u{1f44b}".to_owned();
        let events = r#"[["messageRemoved",{"a":"b"}]]"#.to_owned();
        for message in [
            TabMessage::Hello { eager: true },
            TabMessage::Hello { eager: false },
            TabMessage::State { term: 1_700_000_000_000, number: None, status: Status::Connecting },
            TabMessage::State { term: 3, number: Some(0), status: Status::Up },
            TabMessage::State { term: 3, number: Some(9), status: Status::Down(error()) },
            TabMessage::Ended { term: 4, error: error(), token: token() },
            TabMessage::Events(EventBatch { number: 2, prev: 1, events }),
            TabMessage::WillExpire(token()),
            TabMessage::Expired(token()),
            TabMessage::Renewed { token: token(), expires_at: 7 },
            TabMessage::Changed,
            TabMessage::Saved {
                conversation_type: ConversationType::ChatRoom,
                conversation_id: "7".to_owned(),
                ids: vec![u64::MAX.to_string()],
            },
            TabMessage::ReconciliationNeeded,
            TabMessage::ReceiptsPending,
        ] {
            let text = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<TabMessage>(&text).unwrap(), message, "{text}");
        }
    }

    #[test]
    fn unknown_messages_are_ignored() {
        for text in [
            "",
            "{}",
            "null",
            "[]",
            r#""more""#,
            r#"{"more":{}}"#,
            r#"{"ended":{"term":1,"token":"","error":{"code":77,"message":""}}}"#,
            r#"{"hello":1}"#,
            r#"{"changed":1}"#,
        ] {
            assert!(serde_json::from_str::<TabMessage>(text).is_err(), "{text}");
        }
    }
}
