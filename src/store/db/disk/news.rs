//! Records of the log of news.

use super::codec::{Form, number, numbers, to_number, to_numbers};
use crate::store::records::{EventBatch, EventLog};
use wasm_bindgen::JsValue;

impl Form for EventLog {
    const FIELDS: &'static str = "numbers/BigUint64";

    fn fields(&self) -> Vec<JsValue> {
        vec![numbers(&self.numbers)]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        Some(Self { numbers: to_numbers(fields.first()?).unwrap_or_default() })
    }
}

impl Form for EventBatch {
    const FIELDS: &'static str = "number prev events";

    fn fields(&self) -> Vec<JsValue> {
        vec![number(self.number), number(self.prev), (&*self.events).into()]
    }

    fn from_fields(fields: &[JsValue]) -> Option<Self> {
        let [number, prev, events] = fields else { return None };
        Some(Self { number: to_number(number)?, prev: to_number(prev)?, events: events.as_string()? })
    }
}
