//! JSON text: looked into where it stands, and written by hand. What `serde_json` does for every type there is, done for
//! what is needed here: in the browser its code is a tenth of that, nothing is copied into a tree, and numbers with a
//! fraction are the browser's own affair.

mod value;
mod write;

pub use value::{Json, Wrong, read};
pub use write::{Fields, object, write_double, write_flag, write_integer, write_number, write_text};

/// A number that a text is; none where it is none, or without end.
pub fn double(text: &str) -> Option<f64> {
    // In this alphabet there are neither words nor other bases, which the browser would read, too.
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
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
        let written = object(&mut |fields| {
            fields.number("a", 640.0).number("b", -0.5).number("c", f64::NAN).flag("d", true).text("e", "x");
        });
        assert_eq!(written, r#"{"a":640,"b":-0.5,"c":null,"d":true,"e":"x"}"#);
        assert_eq!(object(&mut |_| ()), "{}");
    }
}
