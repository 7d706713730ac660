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

use super::super::conversations::{Listed, Place, Shard};
use super::super::doubts::{Doubt, Reached};
use super::super::positions::Queue;
use super::super::remembered::Stamp;
use super::super::removals::{Mark, Removals};
use super::super::timeline::{Block, Directory, Span, Touch, Touched};
use super::super::tx::Key;
use crate::list::List as _;
use crate::model::{Conversation, MessageKey, Text};
use js_sys::{Array, BigUint64Array, Float64Array, JSON, Reflect, Uint8Array, Uint32Array};
use std::rc::Rc;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

#[wasm_bindgen]
extern "C" {
    /// A record, read field by field without a text for each field's name. What is not there is undefined.
    pub(in super::super) type Record;

    #[wasm_bindgen(method, getter)]
    fn conversation(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn places(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn edges(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn spans(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn touched(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn forgotten(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn ids(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn times(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn joins(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn messages(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn text(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn ends(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn noted(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn until(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = untilNoted)]
    fn until_noted(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn gone(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = goneNoted)]
    fn gone_noted(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn unsure(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = unsureNoted)]
    fn unsure_noted(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn position(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn seen(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn call(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn at(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn tab(this: &Record) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn count(this: &Record) -> JsValue;
}

/// No message stands there.
const NOWHERE: MessageKey = MessageKey { timestamp: 0, id: 0 };

/// What stands in the database, if it is a record at all.
pub(in super::super) fn read<T: Form>(value: &JsValue) -> Option<T> {
    if value.is_object() { T::read(value.unchecked_ref()) } else { None }
}

/// How a record stands in the database.
pub(in super::super) trait Form: Sized {
    fn write(&self) -> JsValue;
    fn read(record: &Record) -> Option<Self>;
}

/// A key as the database has it.
pub(super) fn key(key: &Key) -> JsValue {
    match key {
        Key::Name(name) => name.into(),
        Key::Block(conversation, first) => {
            Array::of3(&conversation.into(), &(first.timestamp as f64).into(), &padded(first.id).into())
                .into()
        }
    }
}

impl Form for Shard {
    fn write(&self) -> JsValue {
        let texts = self.listed.iter().flat_map(|listed| [listed.key.clone(), listed.shown.clone()]);
        let (text, ends) = Text::join(&texts.list());
        let places = self.listed.iter().flat_map(|listed| {
            let last = listed.place.last.unwrap_or(NOWHERE);
            [listed.place.pinned, last.timestamp, last.id]
        });
        record([
            ("text", Uint8Array::from(&text[..]).into()),
            ("ends", Uint32Array::from(&ends[..]).into()),
            ("places", BigUint64Array::from(&places.list()[..]).into()),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        let texts = texts(record)?;
        let places = numbers(record.places());
        let listed = texts.as_chunks::<2>().0.iter().zip(places.as_chunks::<3>().0);
        let listed = listed.map(|([key, shown], &[pinned, timestamp, id])| {
            let last = Some(MessageKey { timestamp, id }).filter(|last| *last != NOWHERE);
            Listed { key: key.clone(), shown: shown.clone(), place: Place { pinned, last } }
        });
        Some(Self { listed: listed.list() })
    }
}

impl Form for Directory {
    fn write(&self) -> JsValue {
        let spans: Vec<u64> = self
            .spans
            .iter()
            .flat_map(|span| {
                let Span { first, last, low, high, count } = *span;
                [first.timestamp, first.id, last.timestamp, last.id, low, high, count]
            })
            .list();
        let edges: Vec<u8> = self.edges.iter().copied().map(u8::from).list();
        let touched: Vec<u64> = self
            .touched
            .latest
            .iter()
            .flat_map(|touch| [touch.key.timestamp, touch.key.id, touch.noted, touch.edited.into()])
            .list();
        record([
            ("spans", BigUint64Array::from(&spans[..]).into()),
            ("edges", Uint8Array::from(&edges[..]).into()),
            ("touched", BigUint64Array::from(&touched[..]).into()),
            ("forgotten", (self.touched.forgotten as f64).into()),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        let edges = record.edges().dyn_into::<Uint8Array>().ok()?.to_vec();
        let spans = record.spans().dyn_into::<BigUint64Array>().ok()?.to_vec();
        let spans = spans.as_chunks::<7>().0.iter().map(|&[from, first, to, last, low, high, count]| Span {
            first: MessageKey { timestamp: from, id: first },
            last: MessageKey { timestamp: to, id: last },
            low,
            high,
            count,
        });
        let touched = numbers(record.touched());
        let latest = touched.as_chunks::<4>().0.iter().map(|&[timestamp, id, noted, edited]| Touch {
            key: MessageKey { timestamp, id },
            noted,
            edited: edited != 0,
        });
        Some(Self {
            spans: spans.list(),
            edges: edges.iter().map(|edge| *edge != 0).list(),
            touched: Touched {
                latest: latest.list(),
                forgotten: number(&record.forgotten()).unwrap_or_default(),
            },
        })
    }
}

impl Form for Block<Text> {
    fn write(&self) -> JsValue {
        let ids: Vec<u64> = self.keys.iter().map(|key| key.id).list();
        let times: Vec<f64> = self.keys.iter().map(|key| key.timestamp as f64).list();
        let joins: Vec<u8> = self.joins.iter().copied().map(u8::from).list();
        let (text, ends) = Text::join(&self.items);
        record([
            ("ids", BigUint64Array::from(&ids[..]).into()),
            ("times", Float64Array::from(&times[..]).into()),
            ("joins", Uint8Array::from(&joins[..]).into()),
            ("text", Uint8Array::from(&text[..]).into()),
            ("ends", Uint32Array::from(&ends[..]).into()),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        let ids = record.ids().dyn_into::<BigUint64Array>().ok()?.to_vec();
        let times = record.times().dyn_into::<Float64Array>().ok()?.to_vec();
        let joins = record.joins().dyn_into::<Uint8Array>().ok()?.to_vec();
        let items = messages(record)?;
        let keys = times.into_iter().zip(ids).map(|(time, id)| MessageKey { timestamp: time as u64, id });
        Some(Self { keys: keys.list(), joins: joins.iter().map(|join| *join != 0).list(), items })
    }
}

impl Form for Removals {
    fn write(&self) -> JsValue {
        let (ids, noted): (Vec<u64>, Vec<f64>) =
            self.ids.iter().map(|(id, noted)| (*id, *noted as f64)).unzip();
        let number = |number: Option<u64>| number.map_or(JsValue::UNDEFINED, |number| (number as f64).into());
        record([
            ("ids", BigUint64Array::from(&ids[..]).into()),
            ("noted", Float64Array::from(&noted[..]).into()),
            ("until", number(self.until.map(|mark| mark.time))),
            ("untilNoted", number(self.until.map(|mark| mark.noted))),
            ("gone", number(self.gone.map(|mark| mark.time))),
            ("goneNoted", number(self.gone.map(|mark| mark.noted))),
            ("unsure", number(self.unsure.map(|mark| mark.time))),
            ("unsureNoted", number(self.unsure.map(|mark| mark.noted))),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        let noted = record.noted().dyn_into::<Float64Array>().map(|noted| noted.to_vec());
        let noted = noted.unwrap_or_default().into_iter().map(|noted| noted as u64);
        // The first version did not note when: such a mark goes with the next sweep, which is not before what it
        // was kept for has come.
        let mark = |time: JsValue, noted: JsValue| {
            number(&time).map(|time| Mark { time, noted: number(&noted).unwrap_or_default() })
        };
        Some(Self {
            ids: Rc::new(numbers(record.ids()).into_iter().zip(noted).collect()),
            until: mark(record.until(), record.until_noted()),
            gone: mark(record.gone(), record.gone_noted()),
            unsure: mark(record.unsure(), record.unsure_noted()),
        })
    }
}

impl Form for Queue {
    fn write(&self) -> JsValue {
        record([
            ("position", self.position.map_or(JsValue::UNDEFINED, JsValue::from)),
            ("seen", BigUint64Array::from(&self.seen[..]).into()),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        let position = u64::try_from(record.position()).ok();
        Some(Self { position, seen: numbers(record.seen()) })
    }
}

impl Form for Doubt {
    fn write(&self) -> JsValue {
        record([
            ("noted", (self.noted as f64).into()),
            ("call", self.call.map_or(JsValue::UNDEFINED, |call| (call as f64).into())),
            ("at", self.at.map_or(JsValue::UNDEFINED, |at| at.id.into())),
            ("unsure", self.at.is_some_and(|at| at.unsure).into()),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        let at = u64::try_from(record.at()).ok();
        Some(Self {
            noted: number(&record.noted())?,
            call: number(&record.call()),
            at: at.map(|id| Reached { id, unsure: record.unsure().is_truthy() }),
        })
    }
}

impl Form for Stamp {
    fn write(&self) -> JsValue {
        record([("tab", (self.tab as f64).into()), ("count", (self.count as f64).into())])
    }

    fn read(record: &Record) -> Option<Self> {
        Some(Self { tab: number(&record.tab())?, count: number(&record.count())? })
    }
}

/// A conversation of the first version.
pub(super) fn first_version(value: &JsValue) -> Option<Conversation> {
    let record: &Record = value.is_object().then(|| value.unchecked_ref())?;
    Conversation::from_json(&written(&record.conversation())?)
}

/// A record's texts.
fn texts(record: &Record) -> Option<Vec<Text>> {
    let text = record.text().dyn_into::<Uint8Array>().ok()?.to_vec();
    Some(Text::cut(text, &record.ends().dyn_into::<Uint32Array>().ok()?.to_vec()))
}

/// A block's messages.
fn messages(record: &Record) -> Option<Vec<Text>> {
    if !record.text().is_undefined() {
        return texts(record);
    }
    let (mut whole, mut ends) = (Vec::new(), Vec::new());
    for message in record.messages().dyn_into::<Array>().ok()?.to_vec() {
        whole.extend(written(&message)?);
        ends.push(whole.len() as u32);
    }
    Some(Text::cut(whole, &ends))
}

/// The text of what the first version kept as an object.
fn written(object: &JsValue) -> Option<Vec<u8>> {
    let text = JSON::stringify(object).ok().filter(|_| object.is_object())?;
    Some(String::from(text).into_bytes())
}

pub(super) fn number(value: &JsValue) -> Option<u64> {
    value.as_f64().map(|number| number as u64)
}

pub(super) fn numbers(value: JsValue) -> Vec<u64> {
    value.dyn_into::<BigUint64Array>().map(|numbers| numbers.to_vec()).unwrap_or_default()
}

/// A record of these fields.
pub(super) fn record<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = js_sys::Object::new();
    for (name, value) in fields {
        set(&object, name, &value);
    }
    object.into()
}

fn set(record: &js_sys::Object, name: &str, value: &JsValue) {
    // Setting a field of a fresh object cannot fail.
    let _ = Reflect::set(record, &JsValue::from_str(name), value);
}

/// Ids in an order that is also that of the numbers.
fn padded(id: u64) -> String {
    format!("{id:020}")
}
