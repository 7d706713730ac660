//! An application's own fields, as JSON: from either form on the wire in one order, so that a message is the same text
//! whichever way it came.

use crate::list::List as _;
use roamkit_wire::ext;
use roamkit_wire::json::{self, Json};
use roamkit_wire::msync::KeyValue;
use std::collections::BinaryHeap;

/// Writes those of a message in protobuf.
pub fn write_pairs(pairs: &[KeyValue], to: &mut Vec<u8>) {
    let fields = pairs.iter().map(|pair| {
        let mut field = named(&pair.key);
        ext::write_value(pair, &mut field);
        field
    });
    write_all(fields.list(), to);
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
    write_all(fields.list(), to);
}

fn named(name: &str) -> Vec<u8> {
    let mut field = Vec::new();
    json::write_text(name, &mut field);
    field.push(b':');
    field
}

fn write_all(fields: Vec<Vec<u8>>, to: &mut Vec<u8>) {
    // A heap sorts in a fraction of the code that the library's own sorting takes.
    let fields = BinaryHeap::from(fields);
    to.push(b'{');
    to.extend(fields.into_sorted_vec().join(&b','));
    to.push(b'}');
}
