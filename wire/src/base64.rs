//! Base64 as a page of history has it: the alphabet with `+` and `/`, padded or not; senders of the service differ.

/// The bytes of a text; none where it is no base64.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut text = text.as_bytes();
    while let [letters @ .., b'='] = text {
        text = letters;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0_u32, 0);
    for &letter in text {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    // What is left over is less than a letter, and says nothing.
    (held < 6 && bits & ((1 << held) - 1) == 0).then_some(bytes)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_padded_or_not(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(decode(&STANDARD.encode(&bytes)), Some(bytes.clone()));
            prop_assert_eq!(decode(&STANDARD_NO_PAD.encode(&bytes)), Some(bytes));
        }

        #[test]
        fn nothing_else_is(text in "[A-Da-c0-1+/ é-]{0,9}") {
            prop_assert_eq!(decode(&text), STANDARD_NO_PAD.decode(&text).ok());
        }
    }
}
