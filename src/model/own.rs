//! An application's own fields, as JSON: from either form on the wire in one order, so that a message is the same text
//! whichever way it came.

use roamkit_wire::ext;
use roamkit_wire::json::{self, Json};
use roamkit_wire::msync::KeyValue;
use std::collections::BTreeSet;

/// Writes those of a message in protobuf.
pub fn write_pairs(pairs: &[KeyValue], to: &mut Vec<u8>) {
    let mut fields = BTreeSet::new();
    for pair in pairs {
        let mut field = named(&pair.key);
        ext::write_value(pair, &mut field);
        add(&mut fields, field);
    }
    write_all(&fields, to);
}

/// Writes those of a message in a list.
pub fn write<'a>(of: &mut dyn Iterator<Item = (Json<'a>, Json<'a>)>, to: &mut Vec<u8>) {
    let mut fields = BTreeSet::new();
    for (name, value) in of {
        let mut field = named(&name.text().unwrap_or_default());
        // Texts may be escaped in several ways.
        match value.text() {
            Some(text) => json::write_text(&text, &mut field),
            None => field.extend_from_slice(value.bytes()),
        }
        add(&mut fields, field);
    }
    write_all(&fields, to);
}

fn named(name: &str) -> Vec<u8> {
    let mut field = Vec::new();
    json::write_text(name, &mut field);
    field.push(b':');
    field
}

fn add(fields: &mut BTreeSet<String>, field: Vec<u8>) {
    fields.insert(String::from_utf8(field).unwrap_or_default());
}

fn write_all(fields: &BTreeSet<String>, to: &mut Vec<u8>) {
    to.push(b'{');
    to.extend_from_slice(fields.iter().map(String::as_str).collect::<Vec<_>>().join(",").as_bytes());
    to.push(b'}');
}
