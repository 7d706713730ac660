//! Texts of several parts: what `format!` is for, which brings the library's writing of everything. In WebAssembly every
//! visitor downloads that.

/// Texts one after the other, with that between them.
pub fn joined<T: AsRef<str>>(texts: &[T], between: &str) -> String {
    let mut joined = String::new();
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            joined.push_str(between);
        }
        joined.push_str(text.as_ref());
    }
    joined
}

/// One text of several.
#[macro_export]
macro_rules! text {
    ($($part:expr),+ $(,)?) => {
        $crate::text::joined(&[$(::core::convert::AsRef::<str>::as_ref(&$part)),+], "")
    };
}

/// A whole number.
pub fn decimal(number: u64) -> String {
    let mut text = String::new();
    digits(number, &mut text);
    text
}

/// The same with zeros before it, so that texts are in the order of their numbers.
pub fn padded(number: u64) -> String {
    let digits = decimal(number);
    text!["00000000000000000000".get(digits.len()..).unwrap_or_default(), digits]
}

/// What stands before a sign of ASCII and after it; of several, the first.
pub fn cut(text: &str, sign: u8) -> Option<(&str, &str)> {
    parted(text, text.bytes().position(|byte| byte == sign)?)
}

/// The same of the last.
pub fn cut_last(text: &str, sign: u8) -> Option<(&str, &str)> {
    parted(text, text.bytes().rposition(|byte| byte == sign)?)
}

fn parted(text: &str, at: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// The whole number that a text is. In one place: the library's reading is made anew for each that calls it.
pub fn number(text: &str) -> Option<u64> {
    let mut number: u64 = 0;
    for byte in text.bytes() {
        let digit = u64::from(byte.wrapping_sub(b'0'));
        // Without a product of twice the width, which a checked one takes.
        if digit > 9 || number > (u64::MAX - digit) / 10 {
            return None;
        }
        number = number * 10 + digit;
    }
    (!text.is_empty()).then_some(number)
}

fn digits(number: u64, to: &mut String) {
    if number > 9 {
        digits(number / 10, to);
    }
    to.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_are_joined_as_they_come() {
        assert_eq!(joined::<&str>(&[], ","), "");
        assert_eq!(joined(&["a"], ","), "a");
        assert_eq!(joined(&["a", "", "b"], ", "), "a, , b");
        assert_eq!(text!["a", String::from("b"), decimal(7)], "ab7");
    }

    proptest! {
        #[test]
        fn texts_are_cut_as_the_library_cuts_them(text in "[aé#]{0,6}") {
            prop_assert_eq!(cut(&text, b'#'), text.split_once('#'));
            prop_assert_eq!(cut_last(&text, b'#'), text.rsplit_once('#'));
        }

        #[test]
        fn numbers_are_written_and_read_as_by_the_library(number: u64, small in 0..300_u64, text in "[0-9]{0,22}|[0-9+-]{0,3}") {
            let expected = text.parse().ok().filter(|_| !text.starts_with('+'));
            prop_assert_eq!(super::number(&text), expected);
            for number in [number, small, u64::MAX - small] {
                prop_assert_eq!(super::number(&number.to_string()), Some(number));
                prop_assert_eq!(decimal(number), number.to_string());
                prop_assert_eq!(padded(number), format!("{number:020}"));
            }
        }
    }
}
