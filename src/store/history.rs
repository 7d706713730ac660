//! Histories on disk.
//!
//! Store `directories`, key: the conversation's; value `{spans: BigUint64Array, edges: Uint8Array}`, seven numbers
//! for each block: first time, first id, last time, last id, lowest id, highest id, count.
//!
//! Store `blocks`, key: `[conversation, time, id]` of the oldest message, the id padded to 20 digits; value
//! `{ids: BigUint64Array, times: Float64Array, joins: Uint8Array, messages: Message[]}`, oldest first. The
//! messages are the plain objects that JS gets: reading a page decodes nothing.

use super::database::{BLOCKS, DIRECTORIES, Tx, field, padded, record};
use super::timeline::{Block, Missing, Needs, Span, Timeline};
use crate::error::Result;
use crate::model::MessageKey;
use indexed_db_futures::KeyRange;
use js_sys::{Array, BigUint64Array, Float64Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A history as the database has it.
pub(super) type History = Timeline<JsValue>;

/// Loads a directory; the blocks follow when they are needed.
pub(super) async fn load(tx: &Tx<'_>, conversation: &str) -> Result<History> {
    let directory = tx.get(DIRECTORIES, &conversation.into()).await?;
    Ok(directory.map_or_else(|| Timeline::new(Vec::new(), vec![false]), |record| read_directory(&record)))
}

/// Does something with a history, loading the blocks that it asks for.
pub(super) async fn with<R>(
    tx: &Tx<'_>,
    conversation: &str,
    history: &mut History,
    mut work: impl FnMut(&mut History) -> Needs<R>,
) -> Result<R> {
    loop {
        let missing = match work(history) {
            Ok(result) => return Ok(result),
            Err(Missing(missing)) => missing,
        };
        let keys: Vec<_> = missing.iter().map(|first| block_key(conversation, *first)).collect();
        let blocks = tx.get_each(BLOCKS, &keys).await?;
        for (first, block) in missing.into_iter().zip(blocks) {
            history.load(first, block.and_then(|record| read_block(&record)));
        }
    }
}

/// Writes what changed.
pub(super) fn save(tx: &Tx<'_>, conversation: &str, history: &mut History) -> Result<()> {
    let changes = history.take_changes();
    if let Some(through) = changes.cleared_through {
        let from = Array::of1(&conversation.into()).into();
        tx.delete(BLOCKS, KeyRange::Bound(from, false, block_key(conversation, through), false))?;
    }
    for first in changes.deleted {
        tx.delete(BLOCKS, block_key(conversation, first))?;
    }
    for first in changes.written {
        if let Some(block) = history.block(first) {
            tx.put(BLOCKS, &block_key(conversation, first), &write_block(block)?)?;
        }
    }
    if changes.directory {
        tx.put(DIRECTORIES, &conversation.into(), &write_directory(history)?)?;
    }
    Ok(())
}

/// Reads a directory record.
pub(super) fn read_directory(record: &JsValue) -> History {
    let spans = field(record, "spans").dyn_into::<BigUint64Array>().map(|spans| spans.to_vec());
    let edges = field(record, "edges").dyn_into::<Uint8Array>().map(|edges| edges.to_vec());
    let spans = spans.unwrap_or_default();
    let spans = spans.as_chunks::<7>().0.iter().map(|&[from, first, to, last, low, high, count]| Span {
        first: MessageKey { timestamp: from, id: first },
        last: MessageKey { timestamp: to, id: last },
        low,
        high,
        count,
    });
    Timeline::new(spans.collect(), edges.unwrap_or_default().iter().map(|edge| *edge != 0).collect())
}

fn write_directory(history: &History) -> Result<JsValue> {
    let spans: Vec<u64> = history
        .spans()
        .iter()
        .flat_map(|span| {
            let Span { first, last, low, high, count } = *span;
            [first.timestamp, first.id, last.timestamp, last.id, low, high, count]
        })
        .collect();
    let edges: Vec<u8> = history.edges().iter().copied().map(u8::from).collect();
    record([
        ("spans", BigUint64Array::from(&spans[..]).into()),
        ("edges", Uint8Array::from(&edges[..]).into()),
    ])
}

/// The key of the block that begins with that message.
pub(super) fn block_key(conversation: &str, first: MessageKey) -> JsValue {
    Array::of3(&conversation.into(), &(first.timestamp as f64).into(), &padded(first.id).into()).into()
}

/// `None` where the record is not of the form that is written here.
fn read_block(record: &JsValue) -> Option<Block<JsValue>> {
    let ids = field(record, "ids").dyn_into::<BigUint64Array>().ok()?.to_vec();
    let times = field(record, "times").dyn_into::<Float64Array>().ok()?.to_vec();
    let joins = field(record, "joins").dyn_into::<Uint8Array>().ok()?.to_vec();
    let items = field(record, "messages").dyn_into::<Array>().ok()?.to_vec();
    let keys = times.into_iter().zip(ids).map(|(time, id)| MessageKey { timestamp: time as u64, id });
    Some(Block { keys: keys.collect(), joins: joins.iter().map(|join| *join != 0).collect(), items })
}

fn write_block(block: &Block<JsValue>) -> Result<JsValue> {
    let ids: Vec<u64> = block.keys.iter().map(|key| key.id).collect();
    let times: Vec<f64> = block.keys.iter().map(|key| key.timestamp as f64).collect();
    let joins: Vec<u8> = block.joins.iter().copied().map(u8::from).collect();
    record([
        ("ids", BigUint64Array::from(&ids[..]).into()),
        ("times", Float64Array::from(&times[..]).into()),
        ("joins", Uint8Array::from(&joins[..]).into()),
        ("messages", block.items.iter().collect::<Array>().into()),
    ])
}
