//! Arguments that their type checks: each type reads itself, and says in words which values are allowed.
//!
//! A wrong type is reported by `invalid_type`, a wrong value of the right type by `invalid_value`: [`super::fields`]
//! chooses the code of the error by that.

use super::fields::one_of;
use roamkit_wire::names::{self, AppKey};
use serde::de::{Error, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Url};

const NOT_EMPTY: &str = "a string that is not empty";

/// Reads a string.
fn string<'de, D: Deserializer<'de>>(deserializer: D, expected: &str) -> Result<String, D::Error> {
    struct StringVisitor<'a>(&'a str);

    impl Visitor<'_> for StringVisitor<'_> {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
            Ok(text.to_owned())
        }

        fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
            Ok(text)
        }
    }

    deserializer.deserialize_string(StringVisitor(expected))
}

/// Reads a string that is not empty. An empty one is refused like a value of another type.
fn non_empty_string<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = string(deserializer, NOT_EMPTY)?;
    if text.is_empty() {
        return Err(D::Error::invalid_type(Unexpected::Str(&text), &NOT_EMPTY));
    }
    Ok(text)
}

/// Returns the value that was made of a string, or an error if the string is not as expected.
fn checked<T, E: Error>(value: Option<T>, text: &str, expected: &str) -> Result<T, E> {
    value.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &expected))
}

/// Reads an app key.
pub fn app_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AppKey, D::Error> {
    let text = non_empty_string(deserializer)?;
    checked(AppKey::parse(&text), &text, "of the form org#app")
}

/// A user's id, in lower case.
pub struct UserId(pub String);

impl<'de> Deserialize<'de> for UserId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = non_empty_string(deserializer)?;
        checked(names::user_id(&text).map(Self), &text, "1 to 64 letters, digits, _, - or .")
    }
}

/// The id of a message's sender, in lower case.
pub struct SenderId(pub String);

/// The words for ids of users other than the client's own.
pub const OTHER_USER_ID: &str = "a user id: 1 to 64 letters, digits, _, - or .";

impl<'de> Deserialize<'de> for SenderId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(deserializer, OTHER_USER_ID)?;
        checked(names::user_id(&text).map(Self), &text, OTHER_USER_ID)
    }
}

/// The id of a conversation's other side. The type of the conversation decides which ids are allowed.
pub struct PeerId(pub String);

impl<'de> Deserialize<'de> for PeerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        non_empty_string(deserializer).map(Self)
    }
}

/// A device's id.
pub struct DeviceId(pub String);

impl<'de> Deserialize<'de> for DeviceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "1 to 125 letters, digits, _, - or .";
        let text = string(deserializer, EXPECTED)?;
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let is_valid = (1..=125).contains(&text.len()) && text.chars().all(is_allowed);
        checked(is_valid.then(|| Self(text.clone())), &text, EXPECTED)
    }
}

/// A user's token. It goes into a header.
pub struct Token(pub String);

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(deserializer, "a string")?;
        let is_valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let expected = "a string of visible ASCII characters that is not empty";
        checked(is_valid.then(|| Self(text.clone())), &text, expected)
    }
}

/// A user's password.
pub struct Password(pub String);

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(deserializer, "a string")?;
        checked((!text.is_empty()).then(|| Self(text.clone())), &text, NOT_EMPTY)
    }
}

/// The address of the REST side, without slashes at the end.
pub struct HttpUrl(pub String);

impl<'de> Deserialize<'de> for HttpUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `fetch` takes no address with a user's name in it.
        let is_valid = |url: &Url| {
            matches!(url.protocol().as_str(), "http:" | "https:")
                && url.username().is_empty()
                && url.password().is_empty()
        };
        let expected = "an absolute address that starts with http:// or https:// and names no user";
        address(deserializer, expected, is_valid).map(Self)
    }
}

/// The address of the socket, without slashes at the end.
pub struct SocketUrl(pub String);

impl<'de> Deserialize<'de> for SocketUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let is_valid = |url: &Url| matches!(url.protocol().as_str(), "ws:" | "wss:");
        let expected = "an absolute address that starts with ws:// or wss://";
        address(deserializer, expected, is_valid).map(Self)
    }
}

fn address<'de, D: Deserializer<'de>>(
    deserializer: D,
    expected: &str,
    is_valid: impl Fn(&Url) -> bool,
) -> Result<String, D::Error> {
    let text = string(deserializer, expected)?;
    let url = Url::new(&text).ok().filter(is_valid);
    checked(url.map(|_| text.trim_end_matches('/').to_owned()), &text, expected)
}

/// A whole number from 1 to `MAX`.
#[derive(Clone, Copy)]
pub struct WholeNumber<const MAX: u64>(pub u64);

/// Messages or conversations a page.
pub type PageSize = WholeNumber<{ roamkit_wire::rest::MAX_PAGE_SIZE as u64 }>;

/// A time, in milliseconds: up to the largest whole number that JS represents exactly.
pub type Timestamp = WholeNumber<9_007_199_254_740_991>;

/// How long a request may take, in milliseconds.
pub type RequestTimeout = WholeNumber<600_000>;

/// The size of pages for which no size is given.
const DEFAULT_PAGE_SIZE: u32 = 20;

impl PageSize {
    /// The given size, or the default one.
    pub fn or_default(size: Option<Self>) -> u32 {
        size.map_or(DEFAULT_PAGE_SIZE, |size| size.0 as u32)
    }
}

impl<'de, const MAX: u64> Deserialize<'de> for WholeNumber<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberVisitor<const MAX: u64>;

        impl<const MAX: u64> Visitor<'_> for NumberVisitor<MAX> {
            type Value = WholeNumber<MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a whole number from 1 to {MAX}")
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                if number.fract() == 0.0 && (1.0..=MAX as f64).contains(&number) {
                    return Ok(WholeNumber(number as u64));
                }
                Err(E::invalid_value(Unexpected::Float(number), &self))
            }
        }

        deserializer.deserialize_f64(NumberVisitor)
    }
}

/// A message's id.
#[derive(Clone, Copy)]
pub struct MessageId(pub u64);

impl<'de> Deserialize<'de> for MessageId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a message id (a string of digits)";
        let text = string(deserializer, EXPECTED)?;
        // `parse` alone takes a sign, too.
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let id = text.parse().ok().filter(|id| digits && *id > 0);
        checked(id.map(Self), &text, EXPECTED)
    }
}

/// 1 to 50 ids of messages, each once.
pub struct MessageIdList(pub Vec<u64>);

impl<'de> Deserialize<'de> for MessageIdList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = ListVisitor::<MessageId>::new("an array of 1 to 50 message ids", 1..=50);
        let mut ids = Vec::new();
        for MessageId(id) in deserializer.deserialize_seq(list)? {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Self(ids))
    }
}

/// The kinds of messages, as the wire and the API name them.
const MESSAGE_KINDS: [&str; 9] = ["txt", "img", "audio", "video", "file", "loc", "cmd", "custom", "combine"];

/// A kind of messages.
pub struct MessageKind(&'static str);

impl<'de> Deserialize<'de> for MessageKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = one_of(&MESSAGE_KINDS);
        let text = string(deserializer, &expected)?;
        let kind = MESSAGE_KINDS.into_iter().find(|kind| *kind == text);
        checked(kind.map(Self), &text, &expected)
    }
}

/// A list of kinds of messages.
#[derive(Default)]
pub struct MessageKinds(Vec<MessageKind>);

impl MessageKinds {
    /// The kinds, separated by commas.
    pub fn join(&self) -> String {
        self.0.iter().map(|kind| kind.0).collect::<Vec<_>>().join(",")
    }
}

impl<'de> Deserialize<'de> for MessageKinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let quoted = MESSAGE_KINDS.map(|kind| format!("\"{kind}\"")).join(", ");
        let expected = format!("an array with any of {quoted}");
        deserializer.deserialize_seq(ListVisitor::new(&expected, 0..=usize::MAX)).map(Self)
    }
}

/// Reads an array of a bounded length.
struct ListVisitor<'a, T> {
    expected: &'a str,
    lengths: RangeInclusive<usize>,
    elements: PhantomData<T>,
}

impl<'a, T> ListVisitor<'a, T> {
    fn new(expected: &'a str, lengths: RangeInclusive<usize>) -> Self {
        Self { expected, lengths, elements: PhantomData }
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<'_, T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Vec<T>, A::Error> {
        let length = array.size_hint().unwrap_or_default();
        if !self.lengths.contains(&length) {
            return Err(A::Error::invalid_length(length, &self));
        }
        let mut list = Vec::new();
        while let Some(element) = array.next_element()? {
            list.push(element);
        }
        Ok(list)
    }
}

/// The application's function that returns a token, or a promise of one.
#[derive(Clone)]
pub struct GetToken(pub js_sys::Function);

impl<'de> Deserialize<'de> for GetToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value: JsValue = serde_wasm_bindgen::preserve::deserialize(deserializer)?;
        let function = value.dyn_into().map(Self);
        function.map_err(|_| {
            D::Error::invalid_type(Unexpected::Other("another value"), &"a function that returns a token")
        })
    }
}

/// An `AbortSignal`.
#[derive(Clone)]
pub struct Signal(pub AbortSignal);

impl<'de> Deserialize<'de> for Signal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value: JsValue = serde_wasm_bindgen::preserve::deserialize(deserializer)?;
        // A signal of another realm, an iframe for instance, is no instance of this realm's class.
        let field = |name: &str| js_sys::Reflect::get(&value, &name.into()).unwrap_or_default();
        if field("aborted").as_bool().is_some() && field("addEventListener").is_function() {
            return Ok(Self(value.unchecked_into()));
        }
        Err(D::Error::invalid_type(Unexpected::Other("another value"), &"an AbortSignal"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use roamkit_wire::body::samples;

    #[test]
    fn messages_of_every_kind_can_be_selected() {
        for body in samples() {
            assert!(MESSAGE_KINDS.contains(&body.kind()), "{}", body.kind());
        }
    }
}
