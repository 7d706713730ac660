//! What is stored where, and how one version becomes the next.

use super::super::conversations::{name, shards};
use super::codec::{self, key};
use crate::list::List as _;
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::Closure;

/// Makes the second version's conversation list of the first's.
pub(super) fn renew() -> JsValue {
    Closure::<dyn FnMut(JsValue) -> JsValue>::new(|records| bring_together(&Array::from(&records)).into())
        .into_js_value()
}

/// The conversation list of the first version had a record for each conversation.
fn bring_together(records: &Array) -> Array {
    let renewed = Array::new();
    for (number, shard) in shards(&records.iter().map(|record| codec::first_version(&record)).there()) {
        renewed.push(&Array::of2(&key(&name(number)), &codec::write(&shard)));
    }
    renewed
}
