//! What is stored where, and how one version becomes the next.

use super::super::conversations::{name, shards};
use super::codec::{self, key};
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

/// Makes the second version's conversation list of the first's.
pub(super) fn renew() -> JsValue {
    Closure::<dyn FnMut(Array) -> Array>::new(|records| bring_together(&records)).into_js_value()
}

/// The conversation list of the first version had a record for each conversation.
fn bring_together(records: &Array) -> Array {
    let shards = shards(records.iter().filter_map(|record| codec::first_version(&record)));
    let entry = |(number, shard): (u32, _)| -> JsValue {
        Array::of2(&key(&name(number)), &codec::write(&shard)).into()
    };
    shards.into_iter().map(entry).collect()
}
