//! The forms of records in the database. A record of another form counts as absent.
//!
//! | table | value |
//! |---|---|
//! | `conversations` | `{text: Uint8Array, ends: Uint32Array, places: BigUint64Array}`: the text is the key and the conversation by turns, as JSON, one after the other, and each ends there; three numbers a conversation (when it was pinned; the last message's time and id, or zeros) |
//! | `directories` | `{spans: BigUint64Array, edges: Uint8Array, touched: BigUint64Array, forgotten}`: seven numbers a block (first time and id, last time and id, lowest id, highest id, count), four a touch (time, id, noted, whether edited) |
//! | `blocks` | `{ids: BigUint64Array, times: Float64Array, joins: Uint8Array, text: Uint8Array, ends: Uint32Array}`, oldest first; the text is the messages' JSON, one after the other, and each ends there |
//! | `removals` | `{ids: BigUint64Array, noted: Float64Array, times: Float64Array, until?, untilNoted?, gone?, goneNoted?, unsure?, unsureNoted?}` |
//! | `queues` | `{position?: bigint, seen: BigUint64Array}` |
//! | `doubts` | `{noted, call?, at?: bigint, unsure}` |
//! | `news` | `""`: `{numbers: BigUint64Array}`; each number: `{number, prev, events}`, the events one JSON text |
//! | `stamps` | `{tab, count}` |
//! | `reads` | `{upTo?: bigint, notedAt, receipt?: bigint, cleared}` |
//! | `rooms` | `{ids}` |
//!
//! Blocks of the first version have objects instead of the text, `messages`, which are still read; directories and removals
//! of the first version lack some fields.

use super::typed_arrays::{bigint, f64s, u8s, u32s, u64s};
use super::{
    Block, ConversationShard, Directory, ListedConversation, Progress, RecentChange, RecentChanges,
    Reconciliation, RemovedMessage, SortKey, Span, Tombstones, Watermark,
};
use crate::model::{JsonText, MessageKey};
use litemap::LiteMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::rc::Rc;

/// Lets a record be written and read in its form.
macro_rules! stored_as {
    ($record:ty, $form:ty) => {
        impl Serialize for $record {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                <$form>::from(self).serialize(to)
            }
        }

        impl<'de> Deserialize<'de> for $record {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <$form>::deserialize(from).map(Self::from)
            }
        }
    };
}

stored_as!(ConversationShard, ShardForm);
stored_as!(Directory, DirectoryForm);
stored_as!(Block<JsonText>, BlockForm);
stored_as!(Tombstones, TombstonesForm);
stored_as!(Reconciliation, ReconciliationForm);

/// Stands in a list where there is no message.
const NOWHERE: MessageKey = MessageKey { timestamp: 0, id: 0 };

#[derive(Serialize, Deserialize)]
struct ShardForm {
    #[serde(with = "u8s")]
    text: Vec<u8>,
    #[serde(with = "u32s")]
    ends: Vec<u32>,
    #[serde(with = "u64s")]
    places: Vec<u64>,
}

impl From<&ConversationShard> for ShardForm {
    fn from(shard: &ConversationShard) -> Self {
        let texts = shard.conversations.iter().flat_map(|listed| [listed.key.clone(), listed.json.clone()]);
        let (text, ends) = JsonText::join(&texts.collect::<Vec<_>>());
        let places = shard.conversations.iter().flat_map(|ListedConversation { sort_key, .. }| {
            let last = sort_key.last_message.unwrap_or(NOWHERE);
            [sort_key.pinned_at, last.timestamp, last.id]
        });
        Self { text, ends, places: places.collect() }
    }
}

impl From<ShardForm> for ConversationShard {
    fn from(form: ShardForm) -> Self {
        let texts = JsonText::cut(form.text, &form.ends);
        let listed = texts.as_chunks().0.iter().zip(form.places.as_chunks().0);
        let listed = listed.map(|([key, json], &[pinned_at, timestamp, id])| {
            let last_message = Some(MessageKey { timestamp, id }).filter(|last| *last != NOWHERE);
            let sort_key = SortKey { pinned_at, last_message };
            ListedConversation { key: key.clone(), json: json.clone(), sort_key }
        });
        Self { conversations: listed.collect() }
    }
}

#[derive(Serialize, Deserialize)]
struct DirectoryForm {
    #[serde(with = "u64s")]
    spans: Vec<u64>,
    #[serde(with = "u8s")]
    edges: Vec<u8>,
    #[serde(with = "u64s", default)]
    touched: Vec<u64>,
    #[serde(default)]
    forgotten: f64,
}

impl From<&Directory> for DirectoryForm {
    fn from(directory: &Directory) -> Self {
        let spans = directory.spans.iter().flat_map(|Span { first, last, min_id, max_id, count }| {
            [first.timestamp, first.id, last.timestamp, last.id, *min_id, *max_id, *count]
        });
        let touched = directory.recent.changes.iter().flat_map(|RecentChange { key, noted_at, is_edit }| {
            [key.timestamp, key.id, *noted_at, u64::from(*is_edit)]
        });
        Self {
            spans: spans.collect(),
            edges: flags(&directory.edges),
            touched: touched.collect(),
            forgotten: directory.recent.outdated_until as f64,
        }
    }
}

impl From<DirectoryForm> for Directory {
    fn from(form: DirectoryForm) -> Self {
        let spans =
            form.spans.as_chunks().0.iter().map(|&[from, first, to, last, min_id, max_id, count]| Span {
                first: MessageKey { timestamp: from, id: first },
                last: MessageKey { timestamp: to, id: last },
                min_id,
                max_id,
                count,
            });
        let touched = form.touched.as_chunks().0.iter().map(|&[timestamp, id, noted_at, edited]| {
            RecentChange { key: MessageKey { timestamp, id }, noted_at, is_edit: edited != 0 }
        });
        Self {
            spans: spans.collect(),
            edges: from_flags(&form.edges),
            recent: RecentChanges { changes: touched.collect(), outdated_until: form.forgotten as u64 },
        }
    }
}

#[derive(Serialize, Deserialize)]
struct BlockForm {
    #[serde(with = "u64s")]
    ids: Vec<u64>,
    #[serde(with = "f64s")]
    times: Vec<f64>,
    #[serde(with = "u8s")]
    joins: Vec<u8>,
    #[serde(with = "u8s", default)]
    text: Vec<u8>,
    #[serde(with = "u32s", default)]
    ends: Vec<u32>,
    #[serde(default, skip_serializing)]
    messages: Vec<serde_json::Value>,
}

impl From<&Block<JsonText>> for BlockForm {
    fn from(block: &Block<JsonText>) -> Self {
        let (text, ends) = JsonText::join(&block.items);
        Self {
            ids: block.keys.iter().map(|key| key.id).collect(),
            times: block.keys.iter().map(|key| key.timestamp as f64).collect(),
            joins: flags(&block.joins),
            text,
            ends,
            messages: Vec::new(),
        }
    }
}

impl From<BlockForm> for Block<JsonText> {
    fn from(form: BlockForm) -> Self {
        let keys = form.times.into_iter().zip(form.ids);
        let items = if form.messages.is_empty() {
            JsonText::cut(form.text, &form.ends)
        } else {
            form.messages.iter().map(|message| message.to_string().into_bytes().into()).collect()
        };
        Self {
            keys: keys.map(|(time, id)| MessageKey { timestamp: time as u64, id }).collect(),
            joins: from_flags(&form.joins),
            items,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TombstonesForm {
    #[serde(with = "u64s", default)]
    ids: Vec<u64>,
    #[serde(with = "f64s", default)]
    noted: Vec<f64>,
    /// The messages' times, or -1 where the time is unknown.
    #[serde(with = "f64s", default)]
    times: Vec<f64>,
    until: Option<f64>,
    until_noted: Option<f64>,
    gone: Option<f64>,
    gone_noted: Option<f64>,
    unsure: Option<f64>,
    unsure_noted: Option<f64>,
}

impl From<&Tombstones> for TombstonesForm {
    fn from(tombstones: &Tombstones) -> Self {
        let time = |mark: Option<Watermark>| mark.map(|mark| mark.time as f64);
        let noted = |mark: Option<Watermark>| mark.map(|mark| mark.noted_at as f64);
        Self {
            ids: tombstones.ids.keys().copied().collect(),
            noted: tombstones.ids.values().map(|removed| removed.noted_at as f64).collect(),
            times: tombstones
                .ids
                .values()
                .map(|removed| removed.timestamp.map_or(-1.0, |time| time as f64))
                .collect(),
            until: time(tombstones.removed_until),
            until_noted: noted(tombstones.removed_until),
            gone: time(tombstones.deleted_at),
            gone_noted: noted(tombstones.deleted_at),
            unsure: time(tombstones.ambiguous_until),
            unsure_noted: noted(tombstones.ambiguous_until),
        }
    }
}

impl From<TombstonesForm> for Tombstones {
    fn from(form: TombstonesForm) -> Self {
        // The first version did not note when: such a mark goes with the next sweep, which is not before the messages came
        // for which it was kept.
        let mark = |time: Option<f64>, noted: Option<f64>| {
            time.map(|time| Watermark { time: time as u64, noted_at: noted.unwrap_or_default() as u64 })
        };
        // The ids are sorted, so each is appended.
        let mut ids = LiteMap::new_vec();
        // Records of the first versions have no times.
        let times = form.times.into_iter().chain(std::iter::repeat(-1.0));
        for ((id, noted_at), time) in form.ids.into_iter().zip(form.noted).zip(times) {
            let timestamp = (time >= 0.0).then_some(time as u64);
            ids.insert(id, RemovedMessage { noted_at: noted_at as u64, timestamp });
        }
        Self {
            ids: Rc::new(ids),
            removed_until: mark(form.until, form.until_noted),
            deleted_at: mark(form.gone, form.gone_noted),
            ambiguous_until: mark(form.unsure, form.unsure_noted),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct ReconciliationForm {
    noted: f64,
    call: Option<f64>,
    #[serde(with = "bigint", default)]
    at: Option<u64>,
    #[serde(default)]
    unsure: bool,
}

impl From<&Reconciliation> for ReconciliationForm {
    fn from(pending: &Reconciliation) -> Self {
        Self {
            noted: pending.noted_at as f64,
            call: pending.call.map(|call| call as f64),
            at: pending.progress.map(|at| at.id),
            unsure: pending.progress.is_some_and(|at| at.is_unverified),
        }
    }
}

impl From<ReconciliationForm> for Reconciliation {
    fn from(form: ReconciliationForm) -> Self {
        Self {
            noted_at: form.noted as u64,
            call: form.call.map(|call| call as u64),
            progress: form.at.map(|id| Progress { id, is_unverified: form.unsure }),
        }
    }
}

fn flags(flags: &[bool]) -> Vec<u8> {
    flags.iter().copied().map(u8::from).collect()
}

fn from_flags(flags: &[u8]) -> Vec<bool> {
    flags.iter().map(|flag| *flag != 0).collect()
}
