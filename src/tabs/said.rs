//! What tabs say to each other, and its form on the channel: one JSON text. What cannot be read is passed over: a
//! tab with another version of this page may have said it.

use crate::error::{Code, Error};
use crate::json::{self, Read, written};
use crate::store::News;
use roamkit_wire::json::Json;

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
    News(News),
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

/// All of them in one form.
#[derive(Default)]
struct Form {
    what: String,
    number: u64,
    known: bool,
    prev: u64,
    reign: u64,
    code: u32,
    text: String,
    token: String,
}

written!(Form {
    what: "what",
    number: "number",
    known: "known",
    prev: "prev",
    reign: "reign",
    code: "code",
    text: "text",
    token: "token",
});

impl Form {
    /// What is left out is empty.
    fn heard(text: &str) -> Option<Self> {
        fn field<T: Read + Default>(form: Json<'_>, name: &str) -> Option<T> {
            form.get(name).map_or_else(|| Some(T::default()), T::read)
        }
        let form = roamkit_wire::json::read(text.as_bytes()).ok().filter(|form| form.is_object())?;
        Some(Self {
            what: field(form, "what")?,
            number: field(form, "number")?,
            known: field(form, "known")?,
            prev: field(form, "prev")?,
            reign: field(form, "reign")?,
            code: field(form, "code")?,
            text: field(form, "text")?,
            token: field(form, "token")?,
        })
    }
}

impl Said {
    /// As it goes over the channel.
    pub fn write(self) -> String {
        let form = |what: &str| Form { what: what.into(), ..Form::default() };
        let form = match self {
            Self::Hello { eager } => Form { known: eager, ..form("hello") },
            Self::State { reign, number, status } => {
                let state =
                    Form { reign, known: number.is_some(), number: number.unwrap_or(0), ..form("state") };
                match status {
                    Status::Connecting => state,
                    Status::Up => Form { text: "up".into(), ..state },
                    Status::Down(error) => {
                        Form { code: error.code as u32, text: error.message.clone(), ..state }
                    }
                }
            }
            Self::Ended { reign, error, token } => {
                Form { reign, code: error.code as u32, text: error.message.clone(), token, ..form("ended") }
            }
            Self::News(News { number, prev, events }) => Form { number, prev, text: events, ..form("news") },
            Self::WillExpire(token) => Form { token, ..form("willExpire") },
            Self::Expired(token) => Form { token, ..form("expired") },
            Self::Renewed { token, expires_at } => Form { token, number: expires_at, ..form("renewed") },
            Self::Changed => form("changed"),
            Self::Doubted => form("doubted"),
        };
        String::from_utf8(json::text(&form)).unwrap_or_default()
    }

    /// What came over the channel.
    pub fn read(text: &str) -> Option<Self> {
        let form = Form::heard(text)?;
        let Form { number, known, prev, reign, code, text, token, .. } = form;
        let code = Code::of(code);
        Some(match &*form.what {
            "hello" => Self::Hello { eager: known },
            "state" => {
                let status = match (code, &*text) {
                    (Some(code), _) => Status::Down(Error::new(code, text)),
                    (None, "up") => Status::Up,
                    (None, _) => Status::Connecting,
                };
                Self::State { reign, number: known.then_some(number), status }
            }
            "ended" => Self::Ended { reign, error: Error::new(code?, text), token },
            "news" => Self::News(News { number, prev, events: text }),
            "willExpire" => Self::WillExpire(token),
            "expired" => Self::Expired(token),
            "renewed" => Self::Renewed { token, expires_at: number },
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
            Said::News(News { number: 2, prev: 1, events }),
            Said::WillExpire(token()),
            Said::Expired(token()),
            Said::Renewed { token: token(), expires_at: 7 },
            Said::Changed,
            Said::Doubted,
        ] {
            assert_eq!(Said::read(&said.clone().write()), Some(said));
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
