//! What tabs say to each other, and its form on the channel: one JSON text. What cannot be read is passed over: a
//! tab with another version of this page may have said it.

use crate::error::{Code, Error};
use crate::store::EventBatch;
use serde_json::{Value, json};

/// How the session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Coming up.
    Connecting,
    /// Up.
    Up,
    /// Down; it comes back by itself.
    Down(Error),
}

/// What one tab says to all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// "Who leads?"
    Hello {
        /// Somebody waits for the session: a leader that waits before it connects again should do so now.
        eager: bool,
    },
    /// "I lead."
    State {
        /// Rises with every leader.
        reign: u64,
        /// Up to here the leader has told the news; none while that is not certain.
        number: Option<u64>,
        /// How its session is.
        status: Status,
    },
    /// "The server ended the session for good."
    Ended {
        /// Whose.
        reign: u64,
        /// Why.
        error: Error,
        /// The token that it was about.
        token: String,
    },
    /// A batch took effect.
    News(EventBatch),
    /// Four fifths of that token's life are over.
    WillExpire(String),
    /// That token's life is over.
    Expired(String),
    /// There is a new token.
    Renewed {
        /// The token.
        token: String,
        /// When it expires; 0: not known.
        expires_at: u64,
    },
    /// The local copy changed.
    Changed,
    /// Something in the local copy is to be compared with the server.
    Doubted,
}

impl Said {
    /// As it goes over the channel.
    pub fn write(&self) -> String {
        match self {
            Self::Hello { eager } => json!({"what": "hello", "eager": eager}),
            Self::State { reign, number, status } => {
                let mut state = json!({"what": "state", "reign": reign});
                if let Some(number) = number {
                    state["number"] = (*number).into();
                }
                match status {
                    Status::Connecting => {}
                    Status::Up => state["up"] = true.into(),
                    Status::Down(error) => {
                        state["code"] = (error.code as u32).into();
                        state["text"] = error.message.as_str().into();
                    }
                }
                state
            }
            Self::Ended { reign, error, token } => json!({
                "what": "ended", "reign": reign, "token": token, "code": error.code as u32, "text": error.message,
            }),
            Self::News(EventBatch { number, prev, events }) => {
                json!({"what": "news", "number": number, "prev": prev, "text": events})
            }
            Self::WillExpire(token) => json!({"what": "willExpire", "token": token}),
            Self::Expired(token) => json!({"what": "expired", "token": token}),
            Self::Renewed { token, expires_at } => {
                json!({"what": "renewed", "token": token, "number": expires_at})
            }
            Self::Changed => json!({"what": "changed"}),
            Self::Doubted => json!({"what": "doubted"}),
        }
        .to_string()
    }

    /// What came over the channel.
    pub fn read(text: &str) -> Option<Self> {
        let said: Value = serde_json::from_str(text).ok()?;
        let text = |name| said.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name| said.get(name).and_then(Value::as_u64);
        let is = |name| said.get(name).and_then(Value::as_bool) == Some(true);
        let error = || Some(Error::new(Code::of(number("code")?.try_into().ok()?)?, text("text")?));
        Some(match &*text("what")? {
            "hello" => Self::Hello { eager: is("eager") },
            "state" => {
                let status = match error() {
                    Some(error) => Status::Down(error),
                    None if is("up") => Status::Up,
                    None => Status::Connecting,
                };
                Self::State { reign: number("reign")?, number: number("number"), status }
            }
            "ended" => Self::Ended { reign: number("reign")?, error: error()?, token: text("token")? },
            "news" => Self::News(EventBatch {
                number: number("number")?,
                prev: number("prev")?,
                events: text("text")?,
            }),
            "willExpire" => Self::WillExpire(text("token")?),
            "expired" => Self::Expired(text("token")?),
            "renewed" => Self::Renewed { token: text("token")?, expires_at: number("number")? },
            "changed" => Self::Changed,
            "doubted" => Self::Doubted,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_said_is_heard_as_it_was_said() {
        let error = || Error::new(Code::Network, "gone \"away\"");
        let token = || "t\n\u{1f44b}".to_owned();
        let events = r#"[["messageRemoved",{"a":"b"}]]"#.to_owned();
        for said in [
            Said::Hello { eager: true },
            Said::Hello { eager: false },
            Said::State { reign: 1_700_000_000_000, number: None, status: Status::Connecting },
            Said::State { reign: 3, number: Some(0), status: Status::Up },
            Said::State { reign: 3, number: Some(9), status: Status::Down(error()) },
            Said::Ended { reign: 4, error: error(), token: token() },
            Said::News(EventBatch { number: 2, prev: 1, events }),
            Said::WillExpire(token()),
            Said::Expired(token()),
            Said::Renewed { token: token(), expires_at: 7 },
            Said::Changed,
            Said::Doubted,
        ] {
            assert_eq!(Said::read(&said.write()), Some(said));
        }
    }

    #[test]
    fn what_nobody_said_is_passed_over() {
        for text in
            ["", "{}", "null", "[]", r#"{"what":"more"}"#, r#"{"what":"ended","code":77}"#, r#"{"what":1}"#]
        {
            assert_eq!(Said::read(text), None, "{text}");
        }
    }
}
