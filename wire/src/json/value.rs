//! Reading: a value is looked into where it stands in its text.

use super::{double, plain};

/// What lies deeper is refused: reading it must not exhaust the stack.
const MAX_DEPTH: u8 = 127;

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON from byte {0} on")]
pub struct Wrong(usize);

impl Wrong {
    /// From which byte on.
    pub const fn at(self) -> usize {
        self.0
    }
}

/// Reads a text: all of it is looked at, so that its parts need no second look.
pub fn read(text: &[u8]) -> Result<Json<'_>, Wrong> {
    let valid = str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len);
    let mut reader = Reader { text: &text[..valid], at: 0 };
    let value = reader.value(0);
    reader.skip_space();
    value.filter(|_| reader.at == text.len()).ok_or(Wrong(reader.at))
}

/// A value in a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a [u8]);

impl<'a> Json<'a> {
    /// What is nothing, and has nothing inside.
    pub const NULL: Self = Json(b"null");

    /// As it stands in the text.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    fn begins(self, with: u8) -> bool {
        self.0.first() == Some(&with)
    }

    /// Whether it is the word `null`.
    pub fn is_null(self) -> bool {
        self.begins(b'n')
    }

    /// Whether it has fields.
    pub fn is_object(self) -> bool {
        self.begins(b'{')
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.begins(b'[')
    }

    /// True or false.
    pub fn flag(self) -> Option<bool> {
        match self.0 {
            b"true" => Some(true),
            b"false" => Some(false),
            _ => None,
        }
    }

    /// A text.
    pub fn text(self) -> Option<String> {
        let mut text = Vec::new();
        Reader { text: self.0, at: 0 }.string(Some(&mut text))?;
        String::from_utf8(text).ok()
    }

    /// Whether it is that text.
    pub fn is(self, text: &str) -> bool {
        match self.0 {
            [b'"', plain @ .., b'"'] if plain.iter().all(|byte| *byte != b'\\') => plain == text.as_bytes(),
            _ => self.text().as_deref() == Some(text),
        }
    }

    /// A number, as it stands in the text; nothing else begins so.
    pub fn number(self) -> Option<&'a str> {
        let [b'-' | b'0'..=b'9', ..] = self.0 else { return None };
        str::from_utf8(self.0).ok()
    }

    /// A whole number that is not negative.
    pub fn whole(self) -> Option<u64> {
        self.number()?.parse().ok()
    }

    /// The same, which may come as text: the service does not always agree with itself.
    pub fn id(self) -> Option<u64> {
        self.whole().or_else(|| self.text()?.parse().ok())
    }

    /// A whole number.
    pub fn integer(self) -> Option<i64> {
        match self.0 {
            // Read once for all: the library's reading of numbers is made anew for each kind.
            [b'-', digits @ ..] => 0_i64.checked_sub_unsigned(Json(digits).whole()?),
            _ => self.whole()?.try_into().ok(),
        }
    }

    /// A number.
    pub fn double(self) -> Option<f64> {
        self.integer().map_or_else(|| double(self.number()?), |number| Some(number as f64))
    }

    /// The values of a list; none of what is no list.
    pub fn items(self) -> impl Iterator<Item = Json<'a>> {
        self.inside(b'[').map(|(_, value)| value)
    }

    /// The fields of an object; none of what is no object.
    pub fn fields(self) -> impl Iterator<Item = (Json<'a>, Json<'a>)> {
        self.inside(b'{')
    }

    /// The values inside, each with the one before its colon or, where there is none, with itself.
    fn inside(self, opens: u8) -> Inside<'a> {
        Inside(Reader { text: if self.begins(opens) { self.0 } else { b"" }, at: 0 })
    }

    /// A field's value; the last one's where the name comes twice.
    pub fn get(self, name: &str) -> Option<Json<'a>> {
        let mut found = None;
        for (key, value) in self.fields() {
            if key.is(name) {
                found = Some(value);
            }
        }
        found
    }
}

struct Inside<'a>(Reader<'a>);

impl<'a> Iterator for Inside<'a> {
    type Item = (Json<'a>, Json<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        // What opens, or a comma.
        self.0.at += 1;
        let first = self.0.value(0)?;
        self.0.skip_space();
        let value = if self.0.take(b':') { self.0.value(0)? } else { first };
        self.0.skip_space();
        Some((first, value))
    }
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
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

    fn word(&mut self, word: &str) -> Option<()> {
        let is = self.text.get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        is.then_some(())
    }

    fn value(&mut self, depth: u8) -> Option<Json<'a>> {
        self.skip_space();
        let from = self.at;
        match self.peek()? {
            b'n' => self.word("null"),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'"' => self.string(None),
            opens @ (b'[' | b'{') if depth < MAX_DEPTH => self.all_inside(opens, depth + 1),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }?;
        self.text.get(from..self.at).map(Json)
    }

    fn all_inside(&mut self, opens: u8, depth: u8) -> Option<()> {
        // The brackets stand two apart in the alphabet, and so do the braces.
        let closes = opens + 2;
        self.at += 1;
        self.skip_space();
        if self.take(closes) {
            return Some(());
        }
        loop {
            if opens == b'{' {
                self.skip_space();
                self.string(None)?;
                self.skip_space();
                if !self.take(b':') {
                    return None;
                }
            }
            self.value(depth)?;
            self.skip_space();
            if self.take(closes) {
                return Some(());
            }
            if !self.take(b',') {
                return None;
            }
        }
    }

    /// A text, which is written as it is meant where that is asked for.
    fn string(&mut self, mut to: Option<&mut Vec<u8>>) -> Option<()> {
        let mut write = |bytes: &[u8]| {
            if let Some(to) = &mut to {
                to.extend_from_slice(bytes);
            }
        };
        if !self.take(b'"') {
            return None;
        }
        loop {
            let rest = self.text.get(self.at..)?;
            let plain = plain(rest);
            write(rest.get(..plain)?);
            self.at += plain;
            if self.take(b'"') {
                return Some(());
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
                    write(text.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                _ => return None,
            };
            write(&[plain]);
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

    fn number(&mut self) -> Option<()> {
        let from = self.at;
        self.take(b'-');
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
        // What may be too large for a number is one only if it is not.
        if self.at == end && end - from < 300 {
            return Some(());
        }
        let text = str::from_utf8(self.text.get(from..self.at)?).ok()?;
        double(text).map(drop)
    }
}
