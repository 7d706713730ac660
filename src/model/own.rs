//! An application's own fields, as JSON: from either form on the wire in one order, so that a message is the same text
//! whichever way it came.

use crate::sorted::Set;
use roamkit_wire::ext;
use roamkit_wire::json::{self, Json};
use roamkit_wire::msync::KeyValue;
use roamkit_wire::text::joined;

/// Writes those of a message in protobuf.
pub fn write_pairs(pairs: &[KeyValue], to: &mut Vec<u8>) {
    let fields = pairs.iter().map(|pair| {
        let mut field = named(&pair.key);
        ext::write_value(pair, &mut field);
        field
    });
    write_all(fields, to);
}

/// Writes those of a message in a list.
pub fn write<'a>(fields: impl Iterator<Item = (Json<'a>, Json<'a>)>, to: &mut Vec<u8>) {
    let fields = fields.map(|(name, value)| {
        let mut field = named(&name.text().unwrap_or_default());
        // Texts may be escaped in several ways.
        match value.text() {
            Some(text) => json::write_text(&text, &mut field),
            None => field.extend_from_slice(value.bytes()),
        }
        field
    });
    write_all(fields, to);
}

fn named(name: &str) -> Vec<u8> {
    let mut field = Vec::new();
    json::write_text(name, &mut field);
    field.push(b':');
    field
}

fn write_all(fields: impl Iterator<Item = Vec<u8>>, to: &mut Vec<u8>) {
    let fields: Set<String> = fields.map(|field| String::from_utf8(field).unwrap_or_default()).collect();
    to.push(b'{');
    to.extend_from_slice(joined(fields.iter().as_slice(), ",").as_bytes());
    to.push(b'}');
}
