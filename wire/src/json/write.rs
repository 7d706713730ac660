//! Writing, by hand.

use super::{plain, platform};

/// Writes true or false.
pub fn write_flag(flag: bool, to: &mut Vec<u8>) {
    to.extend_from_slice(if flag { b"true" } else { b"false" });
}

/// Writes a number; null where JSON has none.
pub fn write_number(number: f64, to: &mut Vec<u8>) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        write_integer(number as i64, to);
    } else if number.is_finite() {
        to.extend_from_slice(platform::write(number).as_bytes());
    } else {
        to.extend_from_slice(b"null");
    }
}

/// Writes a number that stays one with a fraction, if only one of zero; null where JSON has none.
pub fn write_double(number: f64, to: &mut Vec<u8>) {
    let text = if number.is_finite() { platform::write(number) } else { "null".into() };
    to.extend_from_slice(text.as_bytes());
    if !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'n')) {
        to.extend_from_slice(b".0");
    }
}

/// Writes a whole number.
pub fn write_integer(number: i64, to: &mut Vec<u8>) {
    if number < 0 {
        to.push(b'-');
    }
    to.extend_from_slice(number.unsigned_abs().to_string().as_bytes());
}

/// Writes a text.
pub fn write_text(text: &str, to: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    to.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (before, special) = rest.split_at(plain(rest));
        to.extend_from_slice(before);
        let [byte, after @ ..] = special else { break };
        rest = after;
        let short = match byte {
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => {
                to.extend_from_slice(b"\\u00");
                to.push(HEX[usize::from(byte >> 4)]);
                to.push(HEX[usize::from(byte & 15)]);
                continue;
            }
            byte => *byte,
        };
        to.push(b'\\');
        to.push(short);
    }
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
pub fn object(fields: &mut dyn FnMut(&mut Fields<'_>)) -> String {
    let mut text = Vec::new();
    let mut object = Fields::new(&mut text);
    fields(&mut object);
    object.end();
    String::from_utf8(text).unwrap_or_default()
}
