//! Halves of surrogate pairs, which JavaScript texts may contain and UTF-8 cannot.
//!
//! A JavaScript text that was cut by its length can end in half an emoji. The official client writes such a half as three
//! bytes (`ED A0 80` to `ED BF BF`), and JSON writes it as an escape (`\ud83d`). The functions replace each half by U+FFFD,
//! which has the same length in both forms.

use std::borrow::Cow;

/// The bytes of U+FFFD.
const REPLACEMENT: [u8; 3] = [0xEF, 0xBF, 0xBD];

/// Replaces the halves that stand in a text as bytes.
pub fn replace_in_text(text: &mut [u8]) {
    let mut rest = text;
    while let Some(at) = rest.windows(3).position(|bytes| matches!(bytes, [0xED, 0xA0..=0xBF, 0x80..=0xBF])) {
        let (half, after) = rest.split_at_mut(at).1.split_at_mut(3);
        half.copy_from_slice(&REPLACEMENT);
        rest = after;
    }
}

/// Replaces the halves that stand in a JSON document, as bytes or as escapes.
pub fn replace_in_json(json: &mut [u8]) {
    replace_in_text(json);
    let mut at = 0;
    while let Some(next) = json.get(at..).and_then(|rest| rest.iter().position(|&byte| byte == b'\\')) {
        at += next;
        match (escaped_unit(json, at), escaped_unit(json, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => at += 12,
            (Some(0xD800..=0xDFFF), _) => {
                if let Some(digits) = json.get_mut(at + 2..at + 6) {
                    digits.copy_from_slice(b"fffd");
                }
                at += 6;
            }
            // The escaped character may be a backslash itself.
            _ => at += 2,
        }
    }
}

/// The document with each half replaced that stands in it as an escape.
pub fn repair_json(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u") {
        return Cow::Borrowed(json);
    }
    let mut repaired = json.as_bytes().to_vec();
    replace_in_json(&mut repaired);
    String::from_utf8(repaired).map_or(Cow::Borrowed(json), Cow::Owned)
}

/// The UTF-16 unit of an escape `\uXXXX` at a position.
fn escaped_unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(bytes: &[u8]) -> Option<String> {
        let mut bytes = bytes.to_vec();
        replace_in_text(&mut bytes);
        String::from_utf8(bytes).ok()
    }

    #[test]
    fn each_half_in_a_text_becomes_a_replacement_character() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (b"hi \xED\xA0\xBD", Some("hi \u{FFFD}")),
            (b"\xED\xB8\x80 there", Some("\u{FFFD} there")),
            (b"\xED\xA0\xBD\xED\xA0\xBD", Some("\u{FFFD}\u{FFFD}")),
            ("\u{1F600} \u{D7FF} \u{E000}".as_bytes(), Some("\u{1F600} \u{D7FF} \u{E000}")),
            (b"\xED\xA0", None),
            (b"", Some("")),
        ];
        for (bytes, expected) in cases {
            assert_eq!(text(bytes).as_deref(), expected, "{bytes:x?}");
        }
    }

    #[test]
    fn each_half_in_a_document_becomes_a_replacement_character() {
        let cases: [(&[u8], &str); 7] = [
            (br#""a\ud83d""#, "a\u{FFFD}"),
            (br#""\uDE00b""#, "\u{FFFD}b"),
            (br#""\ud83d\ude00""#, "\u{1F600}"),
            (br#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
            (br#""\\ud83d""#, "\\ud83d"),
            (br#""\u00e9\n""#, "\u{e9}\n"),
            (b"\"\xED\xA0\xBD\"", "\u{FFFD}"),
        ];
        for (json, expected) in cases {
            let mut json = json.to_vec();
            replace_in_json(&mut json);
            assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_stays_as_it_is(text in ".*") {
            let mut bytes = text.clone().into_bytes();
            replace_in_text(&mut bytes);
            prop_assert_eq!(bytes, text.into_bytes());
        }

        #[test]
        fn every_javascript_text_is_readable_afterwards(units in proptest::collection::vec(any::<u16>(), 0..20)) {
            let escapes: Vec<String> = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            let mut json = format!("\"{}\"", escapes.concat()).into_bytes();
            replace_in_json(&mut json);
            prop_assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), String::from_utf16_lossy(&units));
        }
    }
}
