//! Breaks protobuf by its structure.

use fastrand::Rng;

/// The depth to which nested messages are searched; the wire's messages are four deep.
const MAX_DEPTH: u8 = 8;

#[derive(Clone)]
enum Value {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(Vec<u8>),
    Fixed32([u8; 4]),
}

#[derive(Clone)]
struct Field {
    tag: u64,
    value: Value,
}

/// Breaks one place, here or in a nested message; `None` where the input is not protobuf.
pub fn mutate(rng: &mut Rng, bytes: &[u8], depth: u8) -> Option<Vec<u8>> {
    let mut fields = parse(bytes)?;
    if fields.is_empty() {
        return None;
    }
    let at = rng.usize(..fields.len());
    if let Value::Bytes(inner) = &mut fields[at].value
        && depth < MAX_DEPTH
        && rng.u8(..4) > 0
    {
        *inner = match inner.first() {
            Some(b'{' | b'[') => super::json::mutate(rng, inner)?,
            _ => mutate(rng, inner, depth + 1).unwrap_or_else(|| super::raw(rng, inner.clone())),
        };
        return Some(write(&fields));
    }
    match rng.u8(..10) {
        0 => drop(fields.remove(at)),
        1 => {
            let copy = fields[at].clone();
            fields.insert(rng.usize(..=fields.len()), copy);
        }
        2 => many(rng, &mut fields, at),
        3 => fields[at].tag = edge(rng, &[0, 1, 4, 8, 20, (1 << 29) - 1, 1 << 29]),
        4 => fields[at].value = Value::Varint(edge(rng, &[0, 1, 1 << 31, 1 << 32, 1 << 63, u64::MAX])),
        5 => fields[at].value = other_type(rng),
        6 => {
            let to = rng.usize(..fields.len());
            fields.swap(at, to);
        }
        7 => return Some(false_length(rng, &fields, at)),
        8 => return Some(groups(rng, &fields)),
        // The value of one field in place of another's.
        _ => fields[at].value = fields[rng.usize(..fields.len())].value.clone(),
    }
    Some(write(&fields))
}

fn edge(rng: &mut Rng, edges: &[u64]) -> u64 {
    if rng.bool() { rng.choice(edges).copied().unwrap_or_default() } else { rng.u64(..64) }
}

/// Repeats a field many times, as it is or as small as possible: small fields cost the most memory for each byte.
fn many(rng: &mut Rng, fields: &mut Vec<Field>, at: usize) {
    let mut copy = fields[at].clone();
    if rng.bool() {
        copy = Field {
            tag: if rng.bool() { copy.tag } else { rng.u64(1..23) },
            value: Value::Bytes(Vec::new()),
        };
    }
    let times = 1 << rng.u8(..15);
    let most = super::MAX_BYTES / (write(std::slice::from_ref(&copy)).len()).max(1);
    fields.splice(at..at, std::iter::repeat_n(copy, times.min(most)));
}

fn other_type(rng: &mut Rng) -> Value {
    match rng.u8(..4) {
        0 => Value::Varint(rng.u64(..)),
        1 => {
            let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX, 1e300];
            Value::Fixed64(rng.choice(odd).unwrap_or_default().to_le_bytes())
        }
        2 => Value::Fixed32(rng.choice([f32::NAN, f32::INFINITY, 0.1]).unwrap_or_default().to_le_bytes()),
        _ => Value::Bytes(std::iter::repeat_with(|| rng.u8(..)).take(8).collect()),
    }
}

/// A length that exceeds the remaining bytes.
fn false_length(rng: &mut Rng, fields: &[Field], at: usize) -> Vec<u8> {
    let lengths = [1 << 20, 1 << 31, (1 << 31) - 1, 1 << 32, (1 << 32) - 1, 1 << 63, u64::MAX, 200];
    let mut out = write(&fields[..at]);
    varint(fields[at].tag << 3 | 2, &mut out);
    varint(rng.choice(lengths).unwrap_or_default(), &mut out);
    out.extend(write(&fields[at..]));
    out
}

/// Nested groups, closed or not, with known and unknown field numbers.
fn groups(rng: &mut Rng, fields: &[Field]) -> Vec<u8> {
    let depth = rng.choice([1, 99, 100, 101, 10_000]).unwrap_or(1);
    let tag = rng.u8(1..16) << 3;
    let mut out = write(fields);
    out.extend(std::iter::repeat_n(tag | 3, depth));
    out.extend(std::iter::repeat_n(tag | 4, if rng.bool() { depth } else { 0 }));
    out
}

fn parse(mut bytes: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let key = read_varint(&mut bytes)?;
        let value = match key & 7 {
            0 => Value::Varint(read_varint(&mut bytes)?),
            1 => Value::Fixed64(take(&mut bytes, 8)?.try_into().ok()?),
            2 => {
                let length = read_varint(&mut bytes)?;
                Value::Bytes(take(&mut bytes, usize::try_from(length).ok()?)?.to_vec())
            }
            5 => Value::Fixed32(take(&mut bytes, 4)?.try_into().ok()?),
            _ => return None,
        };
        fields.push(Field { tag: key >> 3, value });
    }
    Some(fields)
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    prost::encoding::decode_varint(bytes).ok()
}

fn varint(value: u64, out: &mut Vec<u8>) {
    prost::encoding::encode_varint(value, out);
}

fn write(fields: &[Field]) -> Vec<u8> {
    let mut out = Vec::new();
    for Field { tag, value } in fields {
        let key = tag << 3;
        match value {
            Value::Varint(n) => {
                varint(key, &mut out);
                varint(*n, &mut out);
            }
            Value::Fixed64(bytes) => {
                varint(key | 1, &mut out);
                out.extend(bytes);
            }
            Value::Bytes(bytes) => {
                varint(key | 2, &mut out);
                varint(bytes.len() as u64, &mut out);
                out.extend(bytes);
            }
            Value::Fixed32(bytes) => {
                varint(key | 5, &mut out);
                out.extend(bytes);
            }
        }
    }
    out
}
