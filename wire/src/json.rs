//! JSON text: looked into where it stands, and written by hand. What `serde_json` does for every type there is, done for
//! what is needed here: in the browser its code is a tenth of that, nothing is copied into a tree, and numbers with a
//! fraction are the browser's own affair.

/// What lies deeper is refused: reading it must not exhaust the stack.
const MAX_DEPTH: u8 = 127;

/// Why a text cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no JSON from byte {0} on")]
pub struct Wrong(usize);

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
            [b'"', plain @ .., b'"'] if !plain.contains(&b'\\') => plain == text.as_bytes(),
            _ => self.text().as_deref() == Some(text),
        }
    }

    /// A number, as it stands in the text; nothing else begins so.
    pub fn number(self) -> Option<&'a str> {
        str::from_utf8(self.0)
            .ok()
            .filter(|text| text.starts_with(|first: char| first == '-' || first.is_ascii_digit()))
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
    if !text.contains(['.', 'e', 'n']) {
        to.extend_from_slice(b".0");
    }
}

/// Writes a whole number.
pub fn write_integer(number: i64, to: &mut Vec<u8>) {
    to.extend_from_slice(number.to_string().as_bytes());
}

/// How many bytes can stand in a text as they are. Most of what comes are long texts: eight bytes at a time.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    // The highest bit of each byte that is smaller than that; of one behind such a byte, perhaps, too.
    let below = |word: u64, limit: u8| word.wrapping_sub(ONES * u64::from(limit)) & !word & (ONES << 7);
    let mut plain = 0;
    for eight in bytes.as_chunks().0 {
        let word = u64::from_le_bytes(*eight);
        let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        let special = below(word, 0x20) | is(b'"') | is(b'\\');
        if special != 0 {
            return plain + special.trailing_zeros() as usize / 8;
        }
        plain += 8;
    }
    let rest = bytes.iter().skip(plain).take_while(|byte| !matches!(byte, 0..0x20 | b'"' | b'\\'));
    plain + rest.count()
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
                to.extend([byte >> 4, byte & 15].map(|digit| HEX[digit as usize]));
                continue;
            }
            byte => *byte,
        };
        to.extend([b'\\', short]);
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

    use serde_json::Value;

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

    /// All of it, looked at part by part.
    fn tree(json: Json<'_>) -> Value {
        if let Some(text) = json.text() {
            assert!(json.is(&text) && !json.is("what it is not"));
            Value::from(text)
        } else if json.is_list() {
            json.items().map(tree).collect()
        } else if json.is_object() {
            let fields = json.fields().map(|(name, value)| (name.text().unwrap(), tree(value)));
            let fields: serde_json::Map<_, _> = fields.collect();
            for (name, value) in &fields {
                assert_eq!(json.get(name).map(tree).as_ref(), Some(value));
            }
            Value::Object(fields)
        } else if let Some(text) = json.number() {
            let whole = json.whole().map(Value::from).or_else(|| json.integer().map(Value::from));
            whole.filter(|_| text != "-0").unwrap_or_else(|| json.double().into())
        } else {
            assert!(json.is_null() || json.flag().is_some());
            json.flag().into()
        }
    }

    fn read_as_tree(text: &[u8]) -> Option<Value> {
        read(text).ok().map(tree)
    }

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut text = Vec::new();
        write(&mut text);
        String::from_utf8(text).unwrap()
    }

    proptest! {
        #[test]
        fn what_others_write_is_read(value in any_value()) {
            prop_assert_eq!(read_as_tree(value.to_string().as_bytes()), Some(value.clone()));
            let pretty = format!(" {} ", serde_json::to_string_pretty(&value).unwrap());
            prop_assert_eq!(read_as_tree(pretty.as_bytes()), Some(value.clone()));
            prop_assert_eq!(read(pretty.as_bytes()).unwrap().bytes(), pretty.trim().as_bytes());
        }

        #[test]
        fn what_is_written_others_read(text in any::<String>(), number in any::<f64>(), whole in any::<i64>()) {
            let read = |text: String| serde_json::from_str::<Value>(&text).unwrap();
            prop_assert_eq!(read(written(|to| write_text(&text, to))), Value::from(text));
            prop_assert_eq!(read(written(|to| write_number(number, to))).as_f64(), Some(number));
            prop_assert_eq!(read(written(|to| write_double(number, to))), Value::from(number));
            prop_assert_eq!(read(written(|to| write_double(whole as f64, to))), Value::from(whole as f64));
            prop_assert_eq!(read(written(|to| write_integer(whole, to))), Value::from(whole));
        }

        #[test]
        fn both_take_the_same_for_json(text in r#"[-+0-9eE.\[\]{},:"\\u \tndatrflse]{0,12}"#) {
            let theirs = serde_json::from_str::<Value>(&text);
            prop_assert_eq!(read(text.as_bytes()).is_ok(), theirs.is_ok(), "{}", text);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(read_as_tree(&bytes), serde_json::from_slice::<Value>(&bytes).ok());
        }
    }

    #[test]
    fn texts_are_escaped_and_pairs_are_one() {
        for json in
            [r#""\ud83d\udc4b\u00e4\/\b\f""#, r#""\ud83d""#, r#""\udc4b""#, r#""\ud83d\u0041""#, r#""\ud8""#]
        {
            assert_eq!(read_as_tree(json.as_bytes()), serde_json::from_str(json).ok(), "{json}");
        }
        let text = written(|to| write_text("\u{1}\u{1f}\"\\\n👋", to));
        assert_eq!(text, r#""\u0001\u001f\"\\\n👋""#);
    }

    #[test]
    fn numbers_are_as_large_as_they_may_be() {
        for json in [
            format!("1{}", "0".repeat(308)),
            format!("-1{}", "0".repeat(400)),
            "1e308".into(),
            "1e309".into(),
        ] {
            let theirs = serde_json::from_str::<Value>(&json).ok();
            assert_eq!(read_as_tree(json.as_bytes()), theirs, "{json}");
        }
        let number =
            |json: &str| read(json.as_bytes()).map(|json| (json.whole(), json.integer(), json.double()));
        assert_eq!(
            number("18446744073709551615"),
            Ok((Some(u64::MAX), None, Some(18_446_744_073_709_552_000.0)))
        );
        assert_eq!(number("-3"), Ok((None, Some(-3), Some(-3.0))));
        assert_eq!(number("1.5e1"), Ok((None, None, Some(15.0))));
        assert_eq!(number("\"7\""), Ok((None, None, None)));
    }

    #[test]
    fn a_name_that_comes_twice_is_its_last() {
        let json = read(br#"{"a": 1, "\u0061": {"a": 3}, "b": 4}"#).unwrap();
        assert_eq!(json.get("a").and_then(|inner| inner.get("a")).and_then(Json::whole), Some(3));
        for text in ["[1, [2]]", "{ }", "[]", "7", "\"a\"", "null"] {
            assert_eq!(read(text.as_bytes()).unwrap().get("a"), None);
        }
    }

    proptest! {
        #[test]
        fn what_may_stand_in_a_text_is_counted(mut bytes in proptest::collection::vec(0x1e..0x24_u8, 0..40), at in 0..40_usize) {
            let special = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
            for byte in [b'a', b'\\', 0xff, 0x80, 0xa2, 0] {
                prop_assert_eq!(plain(&bytes), bytes.iter().position(special).unwrap_or(bytes.len()));
                if let Some(one) = bytes.get_mut(at) {
                    *one = byte;
                }
                let mut long = [b'b'; 40];
                long[at] = byte;
                prop_assert_eq!(plain(&long), long.iter().position(special).unwrap_or(40));
            }
        }
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
