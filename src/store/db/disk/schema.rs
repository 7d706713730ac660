//! What is stored where, and how one version becomes the next.

use super::codec::{self, key};
use crate::platform::{list, parts};
use crate::store::records::group_into_shards;
use crate::store::tables::shard_key;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

/// Makes the second version's conversation list of the first's.
pub fn renew() -> JsValue {
    Closure::<dyn FnMut(JsValue) -> JsValue>::new(|records| bring_together(&records)).into_js_value()
}

/// The conversation list of the first version had a record for each conversation.
fn bring_together(records: &JsValue) -> JsValue {
    let mut renewed = Vec::new();
    let conversations: Vec<_> = parts(records).iter().filter_map(codec::first_version).collect();
    for (number, shard) in group_into_shards(&conversations) {
        renewed.push(list(vec![key(&shard_key(number)), codec::write(&shard)]));
    }
    list(renewed)
}
