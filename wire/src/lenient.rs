//! Readers for JSON fields whose form differs between senders, over a parsed [`Value`].
//!
//! A value of another form reads as an absent one, so that one odd field costs nothing else.

use serde_json::Value;

/// A text; empty where the value is none.
pub fn as_text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A list of texts; entries that are none are left out.
pub fn as_texts(value: &Value) -> Vec<String> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A flag, which may come as text; `false` where the value is none.
pub fn as_flag(value: &Value) -> bool {
    value == true || value == "true"
}

/// A whole number, which may come as text: the service uses both forms for ids and times.
pub fn as_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_read_in_every_form_that_senders_use() {
        assert_eq!(as_text(&json!("a")), "a");
        assert_eq!(as_texts(&json!([7, "b", null])), ["b"]);
        assert!(as_flag(&json!(true)) && as_flag(&json!("true")));
        for number in [json!(u64::MAX), json!(u64::MAX.to_string())] {
            assert_eq!(as_number(&number), Some(u64::MAX));
        }
    }

    #[test]
    fn values_of_another_form_read_as_absent() {
        for odd in [json!(null), json!({}), json!([[]]), json!(-1.5), json!(false)] {
            let read = (as_text(&odd), as_texts(&odd), as_flag(&odd), as_number(&odd));
            assert_eq!(read, ("", vec![], false, None), "{odd}");
        }
    }
}
