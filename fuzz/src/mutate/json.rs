//! Breaks JSON by its structure.

use fastrand::Rng;
use serde_json::{Value, json};

/// A placeholder for text that no [`Value`] can hold, until the JSON is written.
const MARK: &str = "\u{1}raw";

/// Breaks one place; `None` where the input is not JSON.
pub fn mutate(rng: &mut Rng, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut root: Value = serde_json::from_slice(bytes).ok()?;
    let nodes = count(&root);
    let other = nth(&mut root, &mut rng.usize(..nodes)).cloned()?;
    let node = nth(&mut root, &mut rng.usize(..nodes))?;
    let mut insert = None;
    match rng.u8(..8) {
        0 => *node = other,
        1 => *node = odd(rng),
        2 => {
            insert = Some(unspeakable(rng));
            *node = MARK.into();
        }
        3 => repeat(rng, node),
        4 => shrink(rng, node),
        5 => *node = json!([node.take()]),
        6 => *node = retyped(node),
        _ => {
            if let Value::Object(object) = node {
                object.insert(key(rng), other);
            } else {
                *node = json!({key(rng): node.take()});
            }
        }
    }
    let text = root.to_string();
    Some(match insert {
        None => text.into_bytes(),
        Some(raw) => splice(&text, &raw),
    })
}

/// Writes the raw text in place of the placeholder.
fn splice(text: &str, raw: &[u8]) -> Vec<u8> {
    let mark = json!(MARK).to_string();
    match text.split_once(&mark) {
        Some((before, after)) => [before.as_bytes(), raw, after.as_bytes()].concat(),
        None => text.as_bytes().to_vec(),
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(object) => object.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'a>(value: &'a mut Value, n: &mut usize) -> Option<&'a mut Value> {
    if *n == 0 {
        return Some(value);
    }
    *n -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|child| nth(child, n)),
        Value::Object(object) => object.values_mut().find_map(|child| nth(child, n)),
        _ => None,
    }
}

fn key(rng: &mut Rng) -> String {
    let keys =
        ["data", "type", "msgs", "payload", "bodies", "ext", "customExts", "size", "", "\u{0}", "meta"];
    rng.choice(keys).unwrap_or_default().to_owned()
}

/// Values at the limits of JSON.
fn odd(rng: &mut Rng) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(f64::MAX),
        json!(-f64::MIN_POSITIVE),
        json!(1e19),
        json!(0.1),
        json!(""),
        json!("undefined"),
        json!("-1"),
        json!("18446744073709551616"),
        json!("1e400"),
        json!("NaN"),
        json!("inf"),
        json!("\u{0}\u{7f}\u{fffd}"),
        json!("1,2,,x,18446744073709551615"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"": {}}),
        json!("x".repeat(1 << rng.u8(..14))),
        json!(APP_JID),
    ];
    rng.choice(all).unwrap_or_default()
}

const APP_JID: &str = "demo#chat_@conference.easemob.com";

/// Text that only looks like JSON, or is nested too deep.
fn unspeakable(rng: &mut Rng) -> Vec<u8> {
    let depth = rng.choice([100, 120, 127, 128, 129, 1_000, 20_000]).unwrap_or(1);
    match rng.u8(..9) {
        0 => [b"[".repeat(depth), b"]".repeat(depth)].concat(),
        1 => [br#"{"a":"#.repeat(depth), b"1".to_vec(), b"}".repeat(depth)].concat(),
        2 => b"[".repeat(depth),
        3 => b"1e999".to_vec(),
        4 => [b"-".to_vec(), b"9".repeat(depth)].concat(),
        5 => br#""\ud800""#.to_vec(),
        6 => b"\"\xff\xfe\"".to_vec(),
        7 => br#"{"a":1,"a":[2],"a":{}}"#.to_vec(),
        _ => [b"0.".to_vec(), b"0".repeat(depth), b"1e-5".to_vec()].concat(),
    }
}

/// Repeats a part many times.
fn repeat(rng: &mut Rng, node: &mut Value) {
    let times = 1 << rng.u8(..12);
    match node {
        Value::Array(list) => {
            let one = rng.choice(list.iter()).cloned().unwrap_or_default();
            let one = if rng.bool() {
                one
            } else {
                rng.choice([json!({}), json!([]), json!({"": 0})]).unwrap_or(one)
            };
            list.extend(std::iter::repeat_n(one, times.min(4_096)));
        }
        Value::Object(object) => {
            let one = rng.choice(object.values()).cloned().unwrap_or_default();
            object.extend((0..times.min(1_024)).map(|i| (i.to_string(), one.clone())));
        }
        Value::String(text) => *text = text.repeat(times.min(64)),
        _ => *node = Value::Array(vec![node.take(); times]),
    }
}

fn shrink(rng: &mut Rng, node: &mut Value) {
    match node {
        Value::Array(list) => drop((!list.is_empty()).then(|| list.remove(rng.usize(..list.len())))),
        Value::Object(object) => {
            if let Some(key) = rng.choice(object.keys()).cloned() {
                object.remove(&key);
            }
        }
        Value::String(text) => drop(text.pop()),
        _ => *node = Value::Null,
    }
}

/// A number as text, text as a number, a list as an object, and the other way round.
fn retyped(node: &mut Value) -> Value {
    match node.take() {
        Value::Number(n) => n.to_string().into(),
        Value::String(text) => text.parse::<f64>().map_or(json!({"text": text}), |n| json!(n)),
        Value::Array(list) => {
            Value::Object(list.into_iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect())
        }
        Value::Object(object) => object.into_iter().map(|(_, value)| value).collect(),
        other => other.to_string().into(),
    }
}
