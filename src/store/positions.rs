//! How far each queue is acknowledged. Store `queues`, key: the queue's name; value
//! `{position?: bigint, seen: BigUint64Array}`.
//!
//! Delivery is at least once: the ids of the latest metas are kept, so that a repetition is known for one.

use super::database::{QUEUES, Tx, field, record};
use crate::error::Result;
use js_sys::BigUint64Array;
use wasm_bindgen::{JsCast, JsValue};

/// A server repeats what was not acknowledged, a few batches at most; this is many times that.
const KEPT: usize = 1000;

/// One queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Queue {
    pub(super) position: Option<u64>,
    /// Oldest first.
    seen: Vec<u64>,
}

impl Queue {
    /// Notes a meta; tells whether it is new. Id 0 always is.
    pub(super) fn note(&mut self, meta: u64) -> bool {
        if meta == 0 {
            return true;
        }
        if self.seen.contains(&meta) {
            return false;
        }
        self.seen.push(meta);
        true
    }

    pub(super) async fn load(tx: &Tx<'_>, name: &str) -> Result<Self> {
        let Some(record) = tx.get(QUEUES, &name.into()).await? else { return Ok(Self::default()) };
        let seen = field(&record, "seen").dyn_into::<BigUint64Array>().map(|seen| seen.to_vec());
        Ok(Self { position: u64::try_from(field(&record, "position")).ok(), seen: seen.unwrap_or_default() })
    }

    pub(super) fn save(&self, tx: &Tx<'_>, name: &str) -> Result<()> {
        let seen = &self.seen[self.seen.len().saturating_sub(KEPT)..];
        let value = record([
            ("position", self.position.map_or(JsValue::UNDEFINED, JsValue::from)),
            ("seen", BigUint64Array::from(seen).into()),
        ])?;
        tx.put(QUEUES, &name.into(), &value)
    }
}
