//! Records of the log of news.

use super::super::news::{Log, News};
use super::codec::{Form, Record, number, numbers, record};
use js_sys::{BigUint64Array, Reflect};
use wasm_bindgen::JsValue;

fn field(record: &Record, name: &str) -> JsValue {
    Reflect::get(record, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

impl Form for Log {
    fn write(&self) -> JsValue {
        record([("numbers", BigUint64Array::from(&self.numbers[..]).into())])
    }

    fn read(record: &Record) -> Option<Self> {
        Some(Self { numbers: numbers(field(record, "numbers")) })
    }
}

impl Form for News {
    fn write(&self) -> JsValue {
        record([
            ("number", (self.number as f64).into()),
            ("prev", (self.prev as f64).into()),
            ("events", (&*self.events).into()),
        ])
    }

    fn read(record: &Record) -> Option<Self> {
        Some(Self {
            number: number(&field(record, "number"))?,
            prev: number(&field(record, "prev"))?,
            events: field(record, "events").as_string()?,
        })
    }
}
