//! What was removed, so that nothing brings it back. Store `removals`, key: the conversation's, or `""` for all
//! conversations together; value `{ids: BigUint64Array, noted: Float64Array, until?, gone?}`.
//!
//! Every path that writes messages asks here first, in its own transaction: a page that was on its way when the
//! removal came finds the mark. Marks are kept for ever as yet; `noted`, the local time at which each id was
//! marked, is there for the day they are swept.

use super::database::{REMOVALS, Tx, field, record};
use crate::error::Result;
use crate::model::MessageKey;
use js_sys::{BigUint64Array, Float64Array};
use std::collections::BTreeMap;
use wasm_bindgen::{JsCast, JsValue};

/// The record that stands for all conversations.
pub(super) const EVERYWHERE: &str = "";

/// What was removed from one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Removals {
    /// These messages, and when that was noted here.
    ids: BTreeMap<u64, f64>,
    /// Everything up to this time.
    until: Option<u64>,
    /// The conversation itself was deleted then: what is older does not bring it back into the list.
    gone: Option<u64>,
}

impl Removals {
    /// Whether a message with that place was removed.
    pub(super) fn hides(&self, key: MessageKey) -> bool {
        self.ids.contains_key(&key.id) || self.until.is_some_and(|until| key.timestamp <= until)
    }

    pub(super) fn hides_id(&self, id: u64) -> bool {
        self.ids.contains_key(&id)
    }

    pub(super) fn until(&self) -> Option<u64> {
        self.until
    }

    /// Whether the conversation was deleted, and that message is no newer.
    pub(super) fn outlives(&self, newest: Option<MessageKey>) -> bool {
        self.gone.is_some_and(|gone| newest.is_none_or(|key| key.timestamp <= gone))
    }

    pub(super) fn add_ids(&mut self, ids: &[u64], now: f64) {
        for id in ids {
            self.ids.entry(*id).or_insert(now);
        }
    }

    pub(super) fn add_until(&mut self, time: u64) {
        self.until = self.until.max(Some(time));
    }

    pub(super) fn add_gone(&mut self, time: u64) {
        self.gone = self.gone.max(Some(time));
    }

    /// Both this conversation's and those of all.
    pub(super) fn with(&self, everywhere: &Self) -> Self {
        let mut both = self.clone();
        both.ids.extend(&everywhere.ids);
        both.until = both.until.max(everywhere.until);
        both.gone = both.gone.max(everywhere.gone);
        both
    }

    pub(super) async fn load(tx: &Tx<'_>, key: &str) -> Result<Self> {
        Ok(tx.get(REMOVALS, &key.into()).await?.map(|record| Self::from_record(&record)).unwrap_or_default())
    }

    pub(super) fn save(&self, tx: &Tx<'_>, key: &str) -> Result<()> {
        tx.put(REMOVALS, &key.into(), &self.to_record()?)
    }

    fn from_record(record: &JsValue) -> Self {
        let ids = field(record, "ids").dyn_into::<BigUint64Array>().map(|ids| ids.to_vec());
        let noted = field(record, "noted").dyn_into::<Float64Array>().map(|noted| noted.to_vec());
        let time = |name| field(record, name).as_f64().map(|time| time as u64);
        Self {
            ids: ids.unwrap_or_default().into_iter().zip(noted.unwrap_or_default()).collect(),
            until: time("until"),
            gone: time("gone"),
        }
    }

    fn to_record(&self) -> Result<JsValue> {
        let (ids, noted): (Vec<u64>, Vec<f64>) = self.ids.iter().map(|(id, noted)| (*id, *noted)).unzip();
        let time = |time: Option<u64>| time.map_or(JsValue::UNDEFINED, |time| (time as f64).into());
        record([
            ("ids", BigUint64Array::from(&ids[..]).into()),
            ("noted", Float64Array::from(&noted[..]).into()),
            ("until", time(self.until)),
            ("gone", time(self.gone)),
        ])
    }
}
