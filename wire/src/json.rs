//! JSON text in and out of [`Value`]. What `serde_json` does for every type there is, done for this one: in the browser its
//! code is a tenth of that, and numbers with a fraction are the browser's own affair.

use crate::ext::Object;
use serde_json::{Number, Value};

/// What lies deeper is refused: reading it must not exhaust the stack.
const MAX_DEPTH: u8 = 127;

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON from byte {0} on")]
pub struct Wrong(usize);

/// Reads a text.
pub fn read(text: &[u8]) -> Result<Value, Wrong> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0);
    reader.skip_space();
    value.filter(|_| reader.at == text.len()).ok_or(Wrong(reader.at))
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is = self.peek() == Some(byte);
        self.at += usize::from(is);
        is
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        self.text.get(self.at..)?.starts_with(word.as_bytes()).then(|| {
            self.at += word.len();
            value
        })
    }

    fn value(&mut self, depth: u8) -> Option<Value> {
        self.skip_space();
        match self.peek()? {
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'"' => self.string().map(Value::String),
            b'[' if depth < MAX_DEPTH => self.list(depth + 1),
            b'{' if depth < MAX_DEPTH => self.object(depth + 1),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn list(&mut self, depth: u8) -> Option<Value> {
        let mut list = Vec::new();
        self.at += 1;
        self.skip_space();
        if !self.take(b']') {
            loop {
                list.push(self.value(depth)?);
                self.skip_space();
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return None;
                }
            }
        }
        Some(Value::Array(list))
    }

    fn object(&mut self, depth: u8) -> Option<Value> {
        let mut object = Object::new();
        self.at += 1;
        self.skip_space();
        if !self.take(b'}') {
            loop {
                self.skip_space();
                let key = self.string()?;
                self.skip_space();
                if !self.take(b':') {
                    return None;
                }
                let value = self.value(depth)?;
                object.insert(key, value);
                self.skip_space();
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return None;
                }
            }
        }
        Some(Value::Object(object))
    }

    fn string(&mut self) -> Option<String> {
        if !self.take(b'"') {
            return None;
        }
        let mut bytes = Vec::new();
        loop {
            let rest = self.text.get(self.at..)?;
            let plain = rest.iter().position(|byte| is_special(*byte))?;
            bytes.extend_from_slice(rest.get(..plain)?);
            self.at += plain;
            if self.take(b'"') {
                return String::from_utf8(bytes).ok();
            }
            if !self.take(b'\\') {
                return None;
            }
            let escaped = self.peek()?;
            self.at += 1;
            let plain = match escaped {
                b'"' | b'\\' | b'/' => escaped,
                b'b' => 8,
                b'f' => 12,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    let unit = self.unit()?;
                    let paired = (0xd800..0xdc00).contains(&unit);
                    let second = if paired && self.take(b'\\') && self.take(b'u') { self.unit()? } else { 0 };
                    let code = match second {
                        0xdc00..0xe000 => 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00),
                        _ => unit,
                    };
                    let text = char::from_u32(code).filter(|_| !paired || code > 0xffff)?;
                    bytes.extend_from_slice(text.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                _ => return None,
            };
            bytes.push(plain);
        }
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | (*digit as char).to_digit(16)?))
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<Value> {
        let from = self.at;
        let negative = self.take(b'-');
        let whole = self.at;
        self.digits()?;
        // No other number begins so.
        if self.text[whole] == b'0' && self.at > whole + 1 {
            return None;
        }
        let end = self.at;
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        let text = str::from_utf8(&self.text[from..self.at]).ok()?;
        if self.at == end {
            let exact = if negative {
                text.parse::<i64>().ok().filter(|number| *number < 0).map(Number::from)
            } else {
                text.parse::<u64>().ok().map(Number::from)
            };
            if exact.is_some() {
                return exact.map(Value::Number);
            }
        }
        Number::from_f64(double(text)?).map(Value::Number)
    }
}

/// A number that a text is; none where it is none, or without end.
pub fn double(text: &str) -> Option<f64> {
    // In this alphabet there are neither words nor other bases, which the browser would read, too.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    if !plain || text.is_empty() {
        return None;
    }
    Some(platform::parse(text)).filter(|number| number.is_finite())
}

/// In the browser its own code does this: Rust's comes with tables of 20 KB.
#[cfg(target_arch = "wasm32")]
mod platform {
    use wasm_bindgen::JsValue;

    pub(super) fn parse(text: &str) -> f64 {
        js_sys::Number::from(JsValue::from_str(text)).value_of()
    }

    pub(super) fn write(number: f64) -> String {
        js_sys::JSON::stringify(&JsValue::from_f64(number)).map(String::from).unwrap_or_default()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    pub(super) fn parse(text: &str) -> f64 {
        text.parse().unwrap_or(f64::NAN)
    }

    pub(super) fn write(number: f64) -> String {
        // Unlike its `Display`, it writes what is very large or small with an exponent.
        format!("{number:?}")
    }
}

/// Writes a value.
pub fn write(value: &Value, to: &mut Vec<u8>) {
    match value {
        Value::Null => to.extend_from_slice(b"null"),
        Value::Bool(flag) => write_flag(*flag, to),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(number), ..) => write_text_of(&number, to),
            (_, Some(number), _) => write_text_of(&number, to),
            (.., number) => {
                let text = platform::write(number.unwrap_or_default());
                to.extend_from_slice(text.as_bytes());
                // It stays the kind of number that it is.
                if !text.contains(['.', 'e']) {
                    to.extend_from_slice(b".0");
                }
            }
        },
        Value::String(text) => write_text(text, to),
        Value::Array(list) => {
            let mut before = b'[';
            for value in list {
                to.push(std::mem::replace(&mut before, b','));
                write(value, to);
            }
            to.extend_from_slice(if before == b'[' { b"[]" } else { b"]" });
        }
        Value::Object(object) => write_object(object, to),
    }
}

/// Writes an object.
pub fn write_object(object: &Object, to: &mut Vec<u8>) {
    let mut fields = Fields::new(to);
    for (key, value) in object {
        write(value, fields.name(key));
    }
    fields.end();
}

/// Writes true or false.
pub fn write_flag(flag: bool, to: &mut Vec<u8>) {
    to.extend_from_slice(if flag { b"true" } else { b"false" });
}

/// Writes a number; null where JSON has none.
pub fn write_number(number: f64, to: &mut Vec<u8>) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        write_text_of(&(number as i64), to);
    } else if number.is_finite() {
        to.extend_from_slice(platform::write(number).as_bytes());
    } else {
        to.extend_from_slice(b"null");
    }
}

fn write_text_of(number: &impl ToString, to: &mut Vec<u8>) {
    to.extend_from_slice(number.to_string().as_bytes());
}

/// What cannot stand in a text as it is, or ends it.
fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Writes a text.
pub fn write_text(text: &str, to: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    to.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| is_special(*byte)) {
        let byte = rest[at];
        to.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let short = match byte {
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => {
                to.extend_from_slice(b"\\u00");
                to.extend([byte >> 4, byte & 15].map(|digit| HEX[digit as usize]));
                continue;
            }
            _ => byte,
        };
        to.extend([b'\\', short]);
    }
    to.extend_from_slice(rest);
    to.push(b'"');
}

/// An object that is being written.
pub struct Fields<'a> {
    to: &'a mut Vec<u8>,
    before: u8,
}

impl<'a> Fields<'a> {
    /// Begins one.
    pub fn new(to: &'a mut Vec<u8>) -> Self {
        Self { to, before: b'{' }
    }

    /// Writes a field's name, and says where its value is to be written.
    pub fn name(&mut self, name: &str) -> &mut Vec<u8> {
        self.to.push(std::mem::replace(&mut self.before, b','));
        write_text(name, self.to);
        self.to.push(b':');
        self.to
    }

    /// A field with a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        write_text(text, self.name(name));
        self
    }

    /// A field with a number.
    pub fn number(&mut self, name: &str, number: f64) -> &mut Self {
        write_number(number, self.name(name));
        self
    }

    /// A field with true or false.
    pub fn flag(&mut self, name: &str, flag: bool) -> &mut Self {
        write_flag(flag, self.name(name));
        self
    }

    /// Ends it.
    pub fn end(&mut self) {
        if self.before == b'{' {
            self.to.push(b'{');
        }
        self.to.push(b'}');
    }
}

/// The text of an object with these fields.
pub fn object(fields: impl FnOnce(&mut Fields<'_>)) -> String {
    let mut text = Vec::new();
    let mut object = Fields::new(&mut text);
    fields(&mut object);
    object.end();
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use proptest::prelude::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn text(value: &Value) -> String {
        let mut text = Vec::new();
        write(value, &mut text);
        String::from_utf8(text).unwrap()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again_by_all(value in any_value()) {
            let text = text(&value);
            prop_assert_eq!(read(text.as_bytes()), Ok(value.clone()));
            prop_assert_eq!(serde_json::from_str::<Value>(&value.to_string()).ok(), serde_json::from_str(&text).ok());
            prop_assert_eq!(read(serde_json::to_string_pretty(&value).unwrap().as_bytes()), Ok(value));
        }

        #[test]
        fn both_take_the_same_for_json(text in r#"[-+0-9eE.\[\]{},:"\\u \tndatrflse]{0,12}"#) {
            let theirs = serde_json::from_str::<Value>(&text);
            prop_assert_eq!(read(text.as_bytes()).is_ok(), theirs.is_ok(), "{}", text);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(read(&bytes).ok(), serde_json::from_slice::<Value>(&bytes).ok());
        }
    }

    #[test]
    fn texts_are_escaped_and_pairs_are_one() {
        for json in
            [r#""\ud83d\udc4b\u00e4\/\b\f""#, r#""\ud83d""#, r#""\udc4b""#, r#""\ud83d\u0041""#, r#""\ud8""#]
        {
            assert_eq!(read(json.as_bytes()).ok(), serde_json::from_str(json).ok(), "{json}");
        }
        assert_eq!(text(&Value::from("\u{1}\u{1f}\"\\\n👋")), r#""\u0001\u001f\"\\\n👋""#);
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(127).as_bytes()).is_ok());
        assert!(read(nested(128).as_bytes()).is_err());
        assert!(read("[".repeat(1_000_000).as_bytes()).is_err());
    }

    #[test]
    fn a_field_s_number_is_as_short_as_it_can_be() {
        let written = object(|fields| {
            fields.number("a", 640.0).number("b", -0.5).number("c", f64::NAN).flag("d", true).text("e", "x");
        });
        assert_eq!(written, r#"{"a":640,"b":-0.5,"c":null,"d":true,"e":"x"}"#);
        assert_eq!(object(|_| ()), "{}");
    }
}
