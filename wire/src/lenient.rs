//! Readers for JSON fields whose form differs between senders: of a [`Value`], or for `#[serde(deserialize_with = "…")]`.
//!
//! A value of another form reads as an absent one, so that one odd field costs nothing else.

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Reads a text; anything else is empty.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        _ => String::new(),
    })
}

/// Reads a text, or a whole number as its digits; anything else is empty.
pub fn text_or_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        Value::Number(number) if number.is_u64() => number.to_string(),
        _ => String::new(),
    })
}

/// Reads a whole number, which may come as text; anything else is 0.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(as_number(&Value::deserialize(deserializer)?).unwrap_or(0))
}

/// Reads a value of a type; the default of that type where it has another form.
pub fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let value = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(value.get()).unwrap_or_default())
}

/// Reads a value of a type; the default of that type for `null`.
pub fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

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

/// Reads a list; entries that do not have the form of the type are left out.
pub fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let list = Vec::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(list.into_iter().filter_map(|value| serde_json::from_str(value.get()).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Form {
        #[serde(deserialize_with = "text")]
        text: String,
        #[serde(deserialize_with = "text_or_number")]
        port: String,
        #[serde(deserialize_with = "number")]
        number: u64,
        #[serde(deserialize_with = "or_default")]
        code: Option<i64>,
        #[serde(deserialize_with = "null_as_default")]
        list: Vec<u8>,
    }

    #[test]
    fn fields_are_read_in_every_form_that_senders_use() {
        let expected =
            Form { text: "a".into(), port: "80".into(), number: u64::MAX, code: Some(-3), list: vec![1] };
        for form in [
            json!({"text": "a", "port": 80, "number": u64::MAX, "code": -3, "list": [1]}),
            json!({"text": "a", "port": "80", "number": u64::MAX.to_string(), 
                   "code": -3, "list": [1]}),
        ] {
            assert_eq!(serde_json::from_value::<Form>(form).unwrap(), expected);
        }
    }

    #[test]
    fn values_are_read_in_every_form_that_senders_use() {
        assert_eq!(as_text(&json!("a")), "a");
        assert_eq!(as_texts(&json!([7, "b", null])), ["b"]);
        assert!(as_flag(&json!(true)) && as_flag(&json!("true")));
        for odd in [json!(null), json!({}), json!([[]]), json!(-1.5), json!(false)] {
            let read = (as_text(&odd), as_texts(&odd), as_flag(&odd), as_number(&odd));
            assert_eq!(read, ("", vec![], false, None), "{odd}");
        }
    }

    #[test]
    fn fields_of_another_form_read_as_absent() {
        for odd in [json!(null), json!({}), json!([[]]), json!(-1.5), json!(false)] {
            let form = json!({"text": odd, "port": odd, "number": odd, "code": odd});
            assert_eq!(serde_json::from_value::<Form>(form).unwrap(), Form::default(), "{odd}");
        }
        assert_eq!(serde_json::from_value::<Form>(json!({"list": null})).unwrap(), Form::default());
    }
}
