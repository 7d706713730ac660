//! Records as they stand in the database. What is not of these forms counts as not there.
//!
//! | store | value |
//! |---|---|
//! | `conversations` | `{text: Uint8Array, ends: Uint32Array, places: BigUint64Array}`: the text is the key and the conversation by turns, as JSON, one after the other, and each ends there; three numbers a conversation (when it was pinned; the last message's time and id, or zeros) |
//! | `directories` | `{spans: BigUint64Array, edges: Uint8Array, touched: BigUint64Array, forgotten}`: seven numbers a block (first time and id, last time and id, lowest id, highest id, count), four a touch (time, id, noted, whether edited) |
//! | `blocks` | `{ids: BigUint64Array, times: Float64Array, joins: Uint8Array, text: Uint8Array, ends: Uint32Array}`, oldest first; the text is the messages' JSON, one after the other, and each ends there |
//! | `removals` | `{ids: BigUint64Array, noted: Float64Array, until?, untilNoted?, gone?, goneNoted?, unsure?, unsureNoted?}` |
//! | `queues` | `{position?: bigint, seen: BigUint64Array}` |
//! | `doubts` | `{noted, call?, at?: bigint, unsure}` |
//! | `news` | `""`: `{numbers: BigUint64Array}`; each number: `{number, prev, events}`, the events one JSON text |
//! | `stamps` | `{tab, count}` |
//!
//! The first version had a record for each conversation, which the upgrade takes apart, and in blocks objects instead of
//! the text, `messages`, which are still read.
//!
//! A block's key is `[conversation, time, id]` of its oldest message, the id padded to 20 digits.

use crate::model::{Conversation, JsonText, MessageKey};
use crate::platform::{self, list, parts, record};
use crate::store::db::Key;
use crate::store::records::{
    Block, ConversationShard, Directory, ListedConversation, Progress, Queue, RecentChange, RecentChanges,
    Reconciliation, SortKey, Span, Tombstones, Watermark, WriteVersion,
};
use js_sys::{BigUint64Array, JSON, Uint8Array};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// A record's fields, all at once: typed arrays as their bytes or, where their numbers have eight, eight by eight; what
    /// is not there as undefined. Of what is no record, none.
    #[wasm_bindgen(js_name = takeApart)]
    fn take_apart(record: &JsValue, names: &str) -> Vec<JsValue>;
}

/// No message stands there.
const NOWHERE: MessageKey = MessageKey { timestamp: 0, id: 0 };

/// How a record stands in the database.
pub trait Form: Sized {
    /// Its fields' names; behind a slash, of what kind a typed array is.
    const FIELDS: &'static str;

    /// Its fields, in the order of their names.
    fn fields(&self) -> Vec<JsValue>;

    /// The same the other way.
    fn from_fields(fields: &[JsValue]) -> Option<Self>;
}

/// What stands in the database, if it is a record at all.
pub fn read<T: Form>(value: &JsValue) -> Option<T> {
    T::from_fields(&take_apart(value, T::FIELDS))
}

/// A record as the database has it.
pub fn write<T: Form>(value: &T) -> JsValue {
    record(T::FIELDS, value.fields())
}

/// A key as the database has it.
pub fn key(key: &Key) -> JsValue {
    match key {
        Key::Name(name) => name.into(),
        Key::Block(conversation, first) => {
            list(vec![conversation.into(), number(first.timestamp), format!("{:020}", first.id).into()])
        }
    }
}

impl Form for ConversationShard {
    const FIELDS: &'static str = "text/Uint8 ends/Uint32 places/BigUint64";

    fn fields(&self) -> Vec<JsValue> {
        let (mut texts, mut places) = (Vec::new(), Vec::new());
        for ListedConversation { key, json, sort_key } in &self.conversations {
            texts.push(key.clone());
            texts.push(json.clone());
            let last = sort_key.last_message.unwrap_or(NOWHERE);
            places.extend_from_slice(&[sort_key.pinned_at, last.timestamp, last.id]);
        }
        let [text, ends] = texts_fields(&texts);
        vec![text, ends, numbers(&places)]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [text, ends, places] = fields else { return None };
        let (texts, places) = (texts(text, ends)?, to_numbers(places).unwrap_or_default());
        let mut conversations = Vec::new();
        for ([key, json], place) in texts.as_chunks().0.iter().zip(places.as_chunks().0) {
            let [pinned_at, timestamp, id] = *place;
            let last_message = Some(MessageKey { timestamp, id }).filter(|last| *last != NOWHERE);
            let sort_key = SortKey { pinned_at, last_message };
            conversations.push(ListedConversation { key: key.clone(), json: json.clone(), sort_key });
        }
        Some(Self { conversations })
    }
}

impl Form for Directory {
    const FIELDS: &'static str = "spans/BigUint64 edges/Uint8 touched/BigUint64 forgotten";

    fn fields(&self) -> Vec<JsValue> {
        let (mut spans, mut touched) = (Vec::new(), Vec::new());
        for Span { first, last, min_id, max_id, count } in &self.spans {
            spans.extend_from_slice(&[
                first.timestamp,
                first.id,
                last.timestamp,
                last.id,
                *min_id,
                *max_id,
                *count,
            ]);
        }
        for RecentChange { key, noted_at, is_edit } in &self.recent.changes {
            touched.extend_from_slice(&[key.timestamp, key.id, *noted_at, u64::from(*is_edit)]);
        }
        vec![numbers(&spans), flags(&self.edges), numbers(&touched), number(self.recent.outdated_until)]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [spans, edges, touched, forgotten] = fields else { return None };
        let (mut all, mut changes) = (Vec::new(), Vec::new());
        for &[from, first, to, last, min_id, max_id, count] in to_numbers(spans)?.as_chunks().0 {
            let first = MessageKey { timestamp: from, id: first };
            let last = MessageKey { timestamp: to, id: last };
            all.push(Span { first, last, min_id, max_id, count });
        }
        for &[timestamp, id, noted_at, edited] in to_numbers(touched).unwrap_or_default().as_chunks().0 {
            let key = MessageKey { timestamp, id };
            changes.push(RecentChange { key, noted_at, is_edit: edited != 0 });
        }
        Some(Self {
            spans: all,
            edges: to_flags(edges)?,
            recent: RecentChanges { changes, outdated_until: to_number(forgotten).unwrap_or_default() },
        })
    }
}

impl Form for Block<JsonText> {
    const FIELDS: &'static str = "ids/BigUint64 times/Float64 joins/Uint8 text/Uint8 ends/Uint32 messages";

    fn fields(&self) -> Vec<JsValue> {
        let ids = self.keys.iter().map(|key| key.id);
        let times = self.keys.iter().map(|key| key.timestamp);
        let [text, ends] = texts_fields(&self.items);
        vec![numbers(&ids.collect::<Vec<_>>()), doubles(times), flags(&self.joins), text, ends]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [ids, times, joins, text, ends, messages] = fields else { return None };
        let mut keys = Vec::new();
        for (timestamp, id) in to_doubles(times)?.into_iter().zip(to_numbers(ids)?) {
            keys.push(MessageKey { timestamp, id });
        }
        let items = if text.is_undefined() { first_messages(messages) } else { texts(text, ends) };
        Some(Self { keys, joins: to_flags(joins)?, items: items? })
    }
}

impl Form for Tombstones {
    const FIELDS: &'static str =
        "ids/BigUint64 noted/Float64 until untilNoted gone goneNoted unsure unsureNoted";

    fn fields(&self) -> Vec<JsValue> {
        let ids = self.ids.keys().copied();
        let noted = self.ids.values().copied();
        let mut fields = vec![numbers(&ids.collect::<Vec<_>>()), doubles(noted)];
        for mark in [self.removed_until, self.deleted_at, self.ambiguous_until] {
            fields.push(if_any(mark.map(|mark| mark.time)));
            fields.push(if_any(mark.map(|mark| mark.noted_at)));
        }
        fields
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [ids, noted, until, until_noted, gone, gone_noted, unsure, unsure_noted] = fields else {
            return None;
        };
        // The first version did not note when: such a mark goes with the next sweep, which is not before what it
        // was kept for has come.
        let mark = |time: &JsValue, noted: &JsValue| {
            to_number(time).map(|time| Watermark { time, noted_at: to_number(noted).unwrap_or_default() })
        };
        let mut removed = BTreeMap::new();
        for (id, noted) in
            to_numbers(ids).unwrap_or_default().into_iter().zip(to_doubles(noted).unwrap_or_default())
        {
            removed.insert(id, noted);
        }
        Some(Self {
            ids: Rc::new(removed),
            removed_until: mark(until, until_noted),
            deleted_at: mark(gone, gone_noted),
            ambiguous_until: mark(unsure, unsure_noted),
        })
    }
}

impl Form for Queue {
    const FIELDS: &'static str = "position seen/BigUint64";

    fn fields(&self) -> Vec<JsValue> {
        vec![self.position.map_or(JsValue::UNDEFINED, JsValue::from), numbers(&self.seen)]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [position, seen] = fields else { return None };
        let position = u64::try_from(position.clone()).ok();
        Some(Self { position, seen: to_numbers(seen).unwrap_or_default() })
    }
}

impl Form for Reconciliation {
    const FIELDS: &'static str = "noted call at unsure";

    fn fields(&self) -> Vec<JsValue> {
        vec![
            number(self.noted_at),
            if_any(self.call),
            self.progress.map_or(JsValue::UNDEFINED, |at| at.id.into()),
            self.progress.is_some_and(|at| at.is_unverified).into(),
        ]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [noted, call, at, unsure] = fields else { return None };
        let at = u64::try_from(at.clone()).ok();
        Some(Self {
            noted_at: to_number(noted)?,
            call: to_number(call),
            progress: at.map(|id| Progress { id, is_unverified: unsure == &true }),
        })
    }
}

impl Form for WriteVersion {
    const FIELDS: &'static str = "tab count";

    fn fields(&self) -> Vec<JsValue> {
        vec![number(self.tab), number(self.count)]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [tab, count] = fields else { return None };
        Some(Self { tab: to_number(tab)?, count: to_number(count)? })
    }
}

/// A conversation of the first version.
pub fn first_version(value: &JsValue) -> Option<Conversation> {
    Conversation::from_json(&written(take_apart(value, "conversation").first()?)?)
}

/// A block's messages in the first version.
fn first_messages(messages: &JsValue) -> Option<Vec<JsonText>> {
    let (mut whole, mut ends) = (Vec::new(), Vec::new());
    for message in parts(messages) {
        whole.extend(written(&message)?);
        ends.push(whole.len() as u32);
    }
    Some(JsonText::cut(whole, &ends))
}

/// The text of what the first version kept as an object.
fn written(object: &JsValue) -> Option<Vec<u8>> {
    let text = JSON::stringify(object).ok().filter(|_| object.is_object())?;
    Some(String::from(text).into_bytes())
}

fn texts_fields(texts: &[JsonText]) -> [JsValue; 2] {
    let (text, ends) = JsonText::join(texts);
    let mut places = Vec::new();
    for end in ends {
        places.extend_from_slice(&end.to_le_bytes());
    }
    [bytes(&text), bytes(&places)]
}

fn texts(text: &JsValue, ends: &JsValue) -> Option<Vec<JsonText>> {
    let ends = to_bytes(ends)?;
    let ends: Vec<_> = ends.as_chunks::<4>().0.iter().map(|end| u32::from_le_bytes(*end)).collect();
    Some(JsonText::cut(to_bytes(text)?, &ends))
}

fn bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

fn to_bytes(value: &JsValue) -> Option<Vec<u8>> {
    platform::bytes(value)
}

pub fn numbers(values: &[u64]) -> JsValue {
    BigUint64Array::from(values).into()
}

pub fn to_numbers(value: &JsValue) -> Option<Vec<u64>> {
    platform::numbers(value)
}

fn doubles(values: impl Iterator<Item = u64>) -> JsValue {
    numbers(&values.map(|value| (value as f64).to_bits()).collect::<Vec<_>>())
}

fn to_doubles(value: &JsValue) -> Option<Vec<u64>> {
    Some(to_numbers(value)?.into_iter().map(|bits| f64::from_bits(bits) as u64).collect())
}

fn flags(values: &[bool]) -> JsValue {
    bytes(&values.iter().copied().map(u8::from).collect::<Vec<_>>())
}

fn to_flags(value: &JsValue) -> Option<Vec<bool>> {
    Some(to_bytes(value)?.iter().map(|flag| *flag != 0).collect())
}

pub fn number(value: u64) -> JsValue {
    (value as f64).into()
}

pub fn to_number(value: &JsValue) -> Option<u64> {
    value.as_f64().map(|number| number as u64)
}

fn if_any(value: Option<u64>) -> JsValue {
    value.map_or(JsValue::UNDEFINED, number)
}
