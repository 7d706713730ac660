//! Texts in less code than the library takes, which is ready for longer ones.

/// Whether these words are in the text.
pub(crate) fn says(text: &str, words: &str) -> bool {
    text.as_bytes().windows(words.len().max(1)).any(|part| part == words.as_bytes())
}

/// Texts one after the other, with that between them.
pub(crate) fn joined<T: AsRef<str>>(texts: &[T], between: &str) -> String {
    let mut joined = String::new();
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            joined.push_str(between);
        }
        joined.push_str(text.as_ref());
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_wherever_they_stand() {
        for words in ["not", "t o", "open", "not open"] {
            assert!(says("not open", words), "{words}");
        }
        for words in ["nope", "not open ", " not"] {
            assert!(!says("not open", words), "{words}");
        }
        assert!(!says("", "a"));
    }

    #[test]
    fn texts_are_joined_as_they_come() {
        assert_eq!(joined::<&str>(&[], ","), "");
        assert_eq!(joined(&["a"], ","), "a");
        assert_eq!(joined(&["a", "", "b"], ", "), "a, , b");
    }
}
