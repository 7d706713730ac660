//! What is stored where, and how one version becomes the next.

use super::super::conversations::{name, shards};
use super::super::tx::Table;
use super::codec::{self, key};
use super::upgrade::{Done, Next};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransaction};

/// Raised with every change; the upgrade goes through every version in between.
pub(super) const VERSION: u8 = 2;

/// The tables of the first version.
const FIRST: [Table; 5] =
    [Table::Conversations, Table::Directories, Table::Blocks, Table::Removals, Table::Queues];
/// Those of the second.
const SECOND: [Table; 3] = [Table::Doubts, Table::News, Table::Stamps];

pub(super) fn upgrade(db: &IdbDatabase, transaction: &IdbTransaction, old: f64) -> Done {
    let make =
        |tables: &[Table]| tables.iter().try_for_each(|table| db.create_object_store(table.name()).map(drop));
    if old < 1.0 {
        make(&FIRST)?;
    }
    if old < 2.0 {
        make(&SECOND)?;
    }
    if !(1.0..2.0).contains(&old) {
        return Ok(None);
    }
    let list = transaction.object_store(Table::Conversations.name())?;
    let found = list.get_all()?;
    Ok(Some(Next { after: found.clone(), step: Box::new(move || bring_together(&list, &found)) }))
}

/// The conversation list of the first version had a record for each conversation.
fn bring_together(list: &IdbObjectStore, found: &IdbRequest) -> Result<(), JsValue> {
    let records = found.result()?.dyn_into::<Array>()?.to_vec();
    let shards = shards(records.iter().filter_map(codec::first_version));
    list.clear()?;
    for (number, shard) in shards {
        list.put_with_key(&codec::write(&shard), &key(&name(number)))?;
    }
    Ok(())
}
