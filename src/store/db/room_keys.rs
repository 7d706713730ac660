//! The upgrade to the third version, in which chat rooms have the keys of groups.

use super::indexed_db::{from_js, to_js};
use super::operations::RawRecord;
use super::{Key, Record, Table};
use crate::model::{Conversation, ConversationType, MessageKey};
use crate::store::records::{
    ALL_CONVERSATIONS, ConversationShard, KnownRooms, Tombstones, group_into_shards,
};
use indexed_db_futures::Result;
use indexed_db_futures::object_store::ObjectStore;
use indexed_db_futures::prelude::*;
use indexed_db_futures::transaction::TransactionRef;
use wasm_bindgen::JsValue;

/// Where the keys of rooms began, and where they begin now.
const OLD: &str = "chatRoom:";
const NEW: &str = "groupChat:";

/// Moves the records of each room. Where there is also a group with the room's id, it is the same conversation: its tombstones
/// stay, and its history goes, since only notices and messages that were taken for a group's are in it.
pub async fn move_rooms(transaction: &TransactionRef<'_>) -> Result<()> {
    let open = |table: Table| transaction.object_store(table.name());
    let mut rooms = KnownRooms::default();
    for table in [Table::Directories, Table::Tombstones, Table::Reconciliations] {
        let store = open(table)?;
        for old in names(&store).await? {
            let Some(room) = old.strip_prefix(OLD) else { continue };
            if table != Table::Reconciliations {
                rooms.learn(room);
            }
            move_record(&store, table, &Key::from(&*old), &Key::Name(format!("{NEW}{room}"))).await?;
        }
    }
    move_blocks(&open(Table::Blocks)?, &rooms).await?;
    regroup_list(&open(Table::Conversations)?, &mut rooms).await?;
    put(&open(Table::Rooms)?, &Key::from(ALL_CONVERSATIONS), &rooms)
}

/// The keys of a store that are names.
async fn names(store: &ObjectStore<'_>) -> Result<Vec<String>> {
    Ok(keys(store).await?.into_iter().filter_map(Key::into_name).collect())
}

async fn keys(store: &ObjectStore<'_>) -> Result<Vec<Key>> {
    let keys = store.get_all_keys::<JsValue>().primitive()?.await?;
    Ok(keys.filter_map(|key| from_js(&key.ok()?)).collect())
}

async fn move_record(store: &ObjectStore<'_>, table: Table, old: &Key, new: &Key) -> Result<()> {
    let Some(record) = store.get::<JsValue, _, _>(to_js(old)).primitive()?.await? else { return Ok(()) };
    let group = match table {
        Table::Tombstones => store.get::<JsValue, _, _>(to_js(new)).primitive()?.await?,
        _ => None,
    };
    drop(store.delete(to_js(old)).primitive()?);
    let read = |record: JsValue| RawRecord::Js(record).read::<Tombstones>();
    if let Some(group) = group.and_then(read)
        && let Some(room) = read(record.clone())
    {
        return put(store, new, &room.merged_with(&group));
    }
    put_js(store, new, record)
}

async fn move_blocks(store: &ObjectStore<'_>, rooms: &KnownRooms) -> Result<()> {
    let mut moved: Vec<(Key, String, MessageKey)> = Vec::new();
    for key in keys(store).await? {
        let Key::Block(conversation, first) = &key else { continue };
        if let Some(room) = conversation.strip_prefix(OLD) {
            let new = format!("{NEW}{room}");
            let first = *first;
            moved.push((key, new, first));
        } else if conversation.strip_prefix(NEW).is_some_and(|group| rooms.contains(group)) {
            drop(store.delete(to_js(&key)).primitive()?);
        }
    }
    for (old, conversation, first) in moved {
        move_record(store, Table::Blocks, &old, &Key::Block(conversation, first)).await?;
    }
    Ok(())
}

/// Groups the list anew, since the key of a conversation tells its shard. Of a room and a group with one id, the room stays.
async fn regroup_list(store: &ObjectStore<'_>, rooms: &mut KnownRooms) -> Result<()> {
    let records = store.get_all::<JsValue>().primitive()?.await?;
    let shards = records.filter_map(|record| RawRecord::Js(record.ok()?).read::<ConversationShard>());
    let mut listed: Vec<Conversation> = shards
        .flat_map(|shard| shard.conversations)
        .filter_map(|conversation| conversation.json.read())
        .collect();
    let is_room = |listed: &Conversation| listed.conversation_type == ConversationType::ChatRoom;
    for room in listed.iter().filter(|listed| is_room(listed)) {
        rooms.learn(&room.conversation_id);
    }
    if rooms.ids().is_empty() {
        return Ok(());
    }
    // A later conversation with the same key replaces an earlier one.
    listed.sort_by_key(is_room);
    for group in listed.iter_mut().filter(|listed| listed.conversation_type == ConversationType::GroupChat) {
        if rooms.contains(&group.conversation_id) {
            group.become_room();
        }
    }
    drop(store.clear()?);
    for (number, shard) in group_into_shards(&listed) {
        put(store, &Key::Name(number.to_string()), &shard)?;
    }
    Ok(())
}

fn put<T: Record>(store: &ObjectStore<'_>, key: &Key, record: &T) -> Result<()> {
    let record = serde_wasm_bindgen::to_value(record).map_err(JsValue::from)?;
    put_js(store, key, record)
}

fn put_js(store: &ObjectStore<'_>, key: &Key, record: JsValue) -> Result<()> {
    drop(store.put(record).with_key(to_js(key)).without_key_type().primitive()?);
    Ok(())
}
