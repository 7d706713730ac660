//! Conversion between the typed key-value lists of protobuf and JSON objects.

use crate::key_value::{KeyValue, Value, ValueType};
use crate::surrogates;
use serde::de::DeserializeOwned;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Number};
use std::collections::BTreeMap;

/// A JSON object.
pub type Object = Map<String, serde_json::Value>;

/// A JSON object whose values are kept as text, so that each number stays as its sender wrote it.
pub type RawObject = BTreeMap<String, Box<RawValue>>;

/// Reads a key-value list.
///
/// One odd field costs nothing else: a pair without a value and a number that JSON cannot express become `null`,
/// and JSON text that does not parse becomes a string.
pub fn from_pairs(pairs: &[KeyValue]) -> Object {
    let mut object = Object::new();
    for pair in pairs {
        object.insert(pair.key.clone(), from_value(pair));
    }
    object
}

fn from_value(pair: &KeyValue) -> serde_json::Value {
    let double = |x: f64| Number::from_f64(x).map_or(serde_json::Value::Null, serde_json::Value::Number);
    match &pair.value {
        None => serde_json::Value::Null,
        Some(Value::Varint(n)) if pair.r#type == ValueType::Bool as i32 => (*n != 0).into(),
        Some(Value::Varint(n)) => (*n).into(),
        Some(Value::Float(x)) => double(f64::from(*x)),
        Some(Value::Double(x)) => double(*x),
        Some(Value::Text(text)) if pair.r#type == ValueType::JsonString as i32 => {
            parse_json(text).unwrap_or_else(|| text.clone().into())
        }
        Some(Value::Text(text)) => text.clone().into(),
    }
}

/// Parses JSON text, in which halves of surrogate pairs become U+FFFD.
fn parse_json<T: DeserializeOwned>(text: &str) -> Option<T> {
    if !text.contains("\\u") {
        return serde_json::from_str(text).ok();
    }
    let mut bytes = text.as_bytes().to_vec();
    surrogates::replace_in_json(&mut bytes);
    serde_json::from_slice(&bytes).ok()
}

/// The depth of the deepest value: 1 for a list of plain values, 1 more for each object or array around a value.
pub fn depth(pairs: &[KeyValue]) -> usize {
    let depth_of = |pair: &KeyValue| match &pair.value {
        Some(Value::Text(text)) if pair.r#type == ValueType::JsonString as i32 => json_depth(text),
        _ => 0,
    };
    pairs.iter().map(|pair| 1 + depth_of(pair)).max().unwrap_or(0)
}

/// The number of objects and arrays around the deepest value of a JSON text.
fn json_depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string) = (0_usize, 0, false);
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            // The escaped character may be a quote.
            b'\\' if in_string => drop(bytes.next()),
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Reads a key-value list as [`from_pairs`] does, and copies JSON text as it stands.
pub fn raw_from_pairs(pairs: &[KeyValue]) -> RawObject {
    let mut object = RawObject::new();
    for pair in pairs {
        if let Some(value) = raw_from_value(pair) {
            object.insert(pair.key.clone(), value);
        }
    }
    object
}

fn raw_from_value(pair: &KeyValue) -> Option<Box<RawValue>> {
    match &pair.value {
        Some(Value::Text(text)) if pair.r#type == ValueType::JsonString as i32 => {
            parse_json(text).or_else(|| to_raw_value(text).ok())
        }
        _ => to_raw_value(&from_value(pair)).ok(),
    }
}

/// Writes an object as a key-value list: objects, arrays and `null` as JSON text.
pub fn to_pairs(object: &Object) -> Vec<KeyValue> {
    object
        .iter()
        .map(|(key, value)| {
            let (r#type, value) = to_value(value);
            KeyValue { key: key.clone(), r#type: r#type as i32, value: Some(value) }
        })
        .collect()
}

fn to_value(value: &serde_json::Value) -> (ValueType, Value) {
    match value {
        serde_json::Value::Bool(b) => (ValueType::Bool, Value::Varint(i64::from(*b))),
        serde_json::Value::Number(n) => match n.as_i64() {
            Some(n) if i32::try_from(n).is_ok() => (ValueType::Int, Value::Varint(n)),
            Some(n) => (ValueType::Llint, Value::Varint(n)),
            None => (ValueType::Double, Value::Double(n.as_f64().unwrap_or(0.0))),
        },
        serde_json::Value::String(text) => (ValueType::String, Value::Text(text.clone())),
        other => (ValueType::JsonString, Value::Text(other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn assert_raw_value_is_the_same(pair: &KeyValue) {
        let raw = raw_from_value(pair).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(raw.get()).unwrap(), from_value(pair));
    }

    #[test]
    fn written_pairs_read_back() {
        let object = json!({
            "yes": true, "no": false, "small": -3, "large": 9_007_199_254_740_991_i64, "half": 0.5,
            "text": "häj 你好", "list": [1, "a", null], "deep": {"a": {"b": 1}}, "none": null,
        });
        let object = object.as_object().unwrap();
        let pairs = to_pairs(object);
        assert_eq!(&from_pairs(&pairs), object);
        pairs.iter().for_each(assert_raw_value_is_the_same);
    }

    #[test]
    fn odd_pairs_cost_nothing_else() {
        let pair = |r#type, value| {
            let pair = KeyValue { key: "k".into(), r#type, value };
            assert_raw_value_is_the_same(&pair);
            pair
        };
        assert_eq!(from_value(&pair(7, None)), json!(null));
        assert_eq!(from_value(&pair(8, Some(Value::Text("{".into())))), json!("{"));
        assert_eq!(from_value(&pair(99, Some(Value::Varint(4)))), json!(4));
        assert_eq!(from_value(&pair(6, Some(Value::Double(f64::NAN)))), json!(null));
    }

    #[test]
    fn halves_of_emoji_in_json_text_become_replacement_characters() {
        let text = r#"{"cut":"hi \ud83d","whole":"\ud83d\ude00"}"#;
        let pair = KeyValue { key: "k".into(), r#type: 8, value: Some(Value::Text(text.into())) };
        assert_raw_value_is_the_same(&pair);
        assert_eq!(from_value(&pair), json!({"cut": "hi \u{FFFD}", "whole": "\u{1F600}"}));
    }

    #[test]
    fn the_depth_counts_objects_and_arrays_but_not_brackets_in_texts() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!({"a": [inner]}));
        let cases = [
            (json!({}), 0),
            (json!({"a": 1, "b": "[[[["}), 1),
            (json!({"a": {}}), 2),
            (json!({"a": {"b": "]]\\\"[[[", "c": [1, {"d": 1}]}, "e": [1]}), 4),
            (json!({"a": nested(30)}), 61),
        ];
        for (object, expected) in cases {
            assert_eq!(depth(&to_pairs(object.as_object().unwrap())), expected, "{object}");
        }
    }

    #[test]
    fn json_text_is_copied_as_it_stands() {
        let text = r#"{"b": 1.0, "a": 0.12345678901234567890}"#;
        let pair = KeyValue { key: "k".into(), r#type: 8, value: Some(Value::Text(format!(" {text} "))) };
        assert_eq!(raw_from_pairs(&[pair])["k"].get(), text);
    }
}
