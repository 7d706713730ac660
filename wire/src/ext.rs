//! Typed key-value lists of protobuf as the JSON objects that people write, and back.

use crate::json;
use crate::msync::{KeyValue, Value, ValueType};
use serde_json::{Map, Number};

/// A JSON object.
pub type Object = Map<String, serde_json::Value>;

/// Reads a key-value list. A pair without a value, a number JSON has no form for and JSON text that does not
/// parse are kept as well as they can be (`null`, or the text as it is): a sender's odd field costs nothing else.
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
            serde_json::from_str(text).unwrap_or_else(|_| text.clone().into())
        }
        Some(Value::Text(text)) => text.clone().into(),
    }
}

/// Writes what a pair says as JSON, as [`from_pairs`] reads it.
pub fn write_value(pair: &KeyValue, to: &mut Vec<u8>) {
    match &pair.value {
        None => to.extend_from_slice(b"null"),
        Some(Value::Varint(n)) if pair.r#type == ValueType::Bool as i32 => json::write_flag(*n != 0, to),
        Some(Value::Varint(n)) => json::write_integer(*n, to),
        Some(Value::Float(x)) => json::write_double(f64::from(*x), to),
        Some(Value::Double(x)) => json::write_double(*x, to),
        Some(Value::Text(text)) => {
            let json = json::read(text.as_bytes()).ok();
            match json.filter(|_| pair.r#type == ValueType::JsonString as i32) {
                Some(json) => to.extend_from_slice(json.bytes()),
                None => json::write_text(text, to),
            }
        }
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

    fn same_when_written(pair: &KeyValue) {
        let mut text = Vec::new();
        write_value(pair, &mut text);
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&text).unwrap(), from_value(pair));
    }

    #[test]
    fn what_is_written_reads_back() {
        let object = json!({
            "yes": true, "no": false, "small": -3, "large": 9_007_199_254_740_991_i64, "half": 0.5,
            "text": "häj 你好", "list": [1, "a", null], "deep": {"a": {"b": 1}}, "none": null,
        });
        let object = object.as_object().unwrap();
        let pairs = to_pairs(object);
        assert_eq!(&from_pairs(&pairs), object);
        pairs.iter().for_each(same_when_written);
    }

    #[test]
    fn odd_pairs_cost_nothing_else() {
        let pair = |r#type, value| {
            let pair = KeyValue { key: "k".into(), r#type, value };
            same_when_written(&pair);
            pair
        };
        assert_eq!(from_value(&pair(7, None)), json!(null));
        assert_eq!(from_value(&pair(8, Some(Value::Text("{".into())))), json!("{"));
        assert_eq!(from_value(&pair(99, Some(Value::Varint(4)))), json!(4));
        assert_eq!(from_value(&pair(6, Some(Value::Double(f64::NAN)))), json!(null));
    }
}
