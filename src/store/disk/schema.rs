//! What is stored where, and how one version becomes the next.

use super::super::conversations::{name, shards};
use super::super::fault::Fault;
use super::super::tx::Table;
use super::codec::{self, Form, key};
use indexed_db_futures::Result;
use indexed_db_futures::database::Database;
use indexed_db_futures::internals::SystemRepr;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use wasm_bindgen::JsValue;

/// Raised with every change; the upgrade goes through every version in between.
pub(super) const VERSION: u8 = 2;

/// The tables of the first version.
const FIRST: [Table; 5] =
    [Table::Conversations, Table::Directories, Table::Blocks, Table::Removals, Table::Queues];

/// Runs inside the upgrade's own transaction: all of it happens, or nothing.
pub(super) async fn upgrade(db: Database, old: f64) -> Result<()> {
    if old < 1.0 {
        for table in FIRST {
            db.create_object_store(table.name()).build()?;
        }
    }
    if old < 2.0 {
        for table in [Table::Doubts, Table::News] {
            db.create_object_store(table.name()).build()?;
        }
        // Of a table that it makes the transaction is to be had.
        let stamps = db.create_object_store(Table::Stamps.name()).build()?;
        if old >= 1.0 {
            let transaction = stamps.transaction();
            let list = transaction.object_store(Table::Conversations.name())?;
            if let Err(error) = bring_together(&list).await {
                // Nothing else would undo the rest. It fails where the browser has done so already.
                let _ = transaction.as_sys().abort();
                return Err(error);
            }
        }
    }
    Ok(())
}

/// The conversation list of the first version had a record for each conversation.
async fn bring_together(list: &ObjectStore<'_>) -> Result<()> {
    let records = list.get_all::<JsValue>().primitive()?.await?.collect::<Result<Vec<_>>>()?;
    let failed = |fault: Fault| js_sys::Error::new(&fault.message);
    let shards = shards(records.iter().filter_map(codec::first_version)).map_err(failed)?;
    list.clear()?;
    for (number, shard) in shards {
        let put = list.put(shard.write().map_err(failed)?).with_key(key(&name(number)));
        drop(put.without_key_type().primitive()?);
    }
    Ok(())
}
