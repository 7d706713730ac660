//! The versions of the database, and the upgrades between them. A released version is never edited. A change is a new version.

use super::indexed_db::to_js;
use super::operations::RawRecord;
use super::room_keys::move_rooms;
use super::{Key, Table};
use crate::model::Conversation;
use crate::store::records::group_into_shards;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use indexed_db_futures::Result;
use indexed_db_futures::database::{Database, VersionChangeEvent};
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::TransactionRef;
use js_sys::{JSON, Reflect};
use wasm_bindgen::JsValue;

/// The present version.
pub const VERSION: u32 = TABLES.len() as u32;

/// The new tables of each version.
const TABLES: [&[Table]; 3] = [
    &[Table::Conversations, Table::Directories, Table::Blocks, Table::Tombstones, Table::Queues],
    &[Table::Reconciliations, Table::EventLog, Table::WriteVersions],
    &[Table::Reads, Table::Rooms],
];

/// Upgrades a database to the present version, completely or not at all.
pub fn upgrade(event: VersionChangeEvent, database: Database) -> LocalBoxFuture<'static, Result<()>> {
    async move {
        let old = event.old_version() as usize;
        let mut store = None;
        for table in TABLES.iter().skip(old).copied().flatten() {
            store = Some(database.create_object_store(table.name()).build()?);
        }
        match store {
            Some(store) if old > 0 => upgrade_records(&store, old).await,
            _ => Ok(()),
        }
    }
    .boxed_local()
}

/// Converts the records of an older version. `new` is an empty object store of the present version.
async fn upgrade_records(new: &ObjectStore<'_>, old: usize) -> Result<()> {
    let converted = async {
        if old < 2 {
            convert_list(new.transaction()).await?;
        }
        if old < 3 {
            move_rooms(new.transaction()).await?;
        }
        Ok(())
    };
    let converted = converted.await;
    if converted.is_err() {
        // The crate cannot abort an upgrade. A failed request aborts it: adding a second record with the same key.
        for _ in 0..2 {
            drop(new.add(JsValue::TRUE).with_key(JsValue::from("")).without_key_type().primitive()?);
        }
    }
    converted
}

/// Converts the conversation list of the first version, which had one record for each conversation.
async fn convert_list(transaction: &TransactionRef<'_>) -> Result<()> {
    let store = transaction.object_store(Table::Conversations.name())?;
    let records = store.get_all::<JsValue>().primitive()?.await?;
    let conversations: Vec<_> = records.filter_map(|record| conversation(&record.ok()?)).collect();
    drop(store.clear()?);
    for (number, shard) in group_into_shards(&conversations) {
        if let RawRecord::Value(shard) = RawRecord::new(&shard) {
            let shard = shard.to_js().map_err(JsValue::from)?;
            let key = to_js(&Key::Name(number.to_string()));
            drop(store.put(shard).with_key(key).without_key_type().primitive()?);
        }
    }
    Ok(())
}

/// A conversation of the first version: `{ conversation, … }`.
fn conversation(record: &JsValue) -> Option<Conversation> {
    let object = Reflect::get(record, &"conversation".into()).ok().filter(JsValue::is_object)?;
    Conversation::from_json(&String::from(JSON::stringify(&object).ok()?).into_bytes())
}
