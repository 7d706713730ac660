//! Takes fields out of an options object, each with its own rule and its own sentence.

use crate::error::{Error, Result};
use crate::list::List as _;
use crate::text::joined;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen(module = "/src/js/application.js")]
extern "C" {
    fn describe(value: &JsValue) -> String;
}

/// The options object of one call.
pub struct Reader<'a> {
    call: &'a str,
    object: JsValue,
}

impl<'a> Reader<'a> {
    /// The options of `call`; anything but an object is refused.
    pub fn new(call: &'a str, value: &JsValue) -> Result<Self> {
        if value.is_object() && !js_sys::Array::is_array(value) {
            return Ok(Self { call, object: value.clone() });
        }
        Err(Error::param(format!("{call} takes an options object, not {}", describe(value))))
    }

    /// The same, where leaving the options out is fine.
    pub fn optional(call: &'a str, value: &JsValue) -> Result<Self> {
        if value.is_undefined() || value.is_null() {
            return Ok(Self { call, object: js_sys::Object::new().into() });
        }
        Self::new(call, value)
    }

    /// The field, or `None` where it is left out, `undefined` or `null`.
    pub fn get(&self, name: &str) -> Result<Option<JsValue>> {
        // Reflect::get runs getters, which may throw.
        let value = js_sys::Reflect::get(&self.object, &JsValue::from_str(name))
            .map_err(|_| self.wrong(name, "readable", &JsValue::from_str("(threw)")))?;
        Ok(Some(value).filter(|value| !value.is_undefined() && !value.is_null()))
    }

    /// The error for a field that is not what it should be.
    pub fn wrong(&self, name: &str, allowed: &str, value: &JsValue) -> Error {
        Error::param(format!("{}: {name} must be {allowed}, but was {}", self.call, describe(value)))
    }

    /// The error for a field that is missing.
    pub fn missing(&self, name: &str, allowed: &str) -> Error {
        Error::param(format!("{}: {name} is missing; it must be {allowed}", self.call))
    }

    /// A text, if given.
    pub fn string(&self, name: &str) -> Result<Option<String>> {
        self.get(name)?
            .map(|value| value.as_string().ok_or_else(|| self.wrong(name, "a string", &value)))
            .transpose()
    }

    /// A text that is not empty.
    pub fn required_string(&self, name: &str) -> Result<String> {
        let text = self.string(name)?.ok_or_else(|| self.missing(name, "a string that is not empty"))?;
        if text.is_empty() {
            return Err(self.wrong(name, "a string that is not empty", &JsValue::from_str("")));
        }
        Ok(text)
    }

    /// A yes or no, if given.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        self.get(name)?
            .map(|value| value.as_bool().ok_or_else(|| self.wrong(name, "true or false", &value)))
            .transpose()
    }

    /// A whole number in a range, if given.
    pub fn integer(&self, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>> {
        self.get(name)?
            .map(|value| {
                value
                    .as_f64()
                    .filter(|number| number.fract() == 0.0 && *number >= 0.0)
                    .map(|number| number as u64)
                    .filter(|number| range.contains(number))
                    .ok_or_else(|| {
                        let allowed = format!("a whole number from {} to {}", range.start(), range.end());
                        self.wrong(name, &allowed, &value)
                    })
            })
            .transpose()
    }

    /// A point in time in milliseconds, if given.
    pub fn time(&self, name: &str) -> Result<Option<u64>> {
        self.integer(name, 1..=9_007_199_254_740_991)
    }

    /// A message id, if given: the digits of a 64-bit number, as a string.
    pub fn message_id(&self, name: &str) -> Result<Option<u64>> {
        self.get(name)?.map(|value| self.id(name, &value)).transpose()
    }

    /// A list of message ids, if given.
    pub fn message_ids(&self, name: &str, at_most: usize) -> Result<Option<Vec<u64>>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        let allowed = format!("an array of 1 to {at_most} message ids");
        if !js_sys::Array::is_array(&value) {
            return Err(self.wrong(name, &allowed, &value));
        }
        let list = js_sys::Array::from(&value);
        if list.length() == 0 || list.length() as usize > at_most {
            let count = format!("an array of {}", list.length());
            return Err(Error::param(format!("{}: {name} must be {allowed}, but was {count}", self.call)));
        }
        let mut ids = Vec::with_capacity(list.length() as usize);
        for (index, value) in list.iter().enumerate() {
            let id = self.id(&format!("{name}[{index}]"), &value)?;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        Ok(Some(ids))
    }

    fn id(&self, name: &str, value: &JsValue) -> Result<u64> {
        value
            .as_string()
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .filter(|&id| id > 0)
            .ok_or_else(|| self.wrong(name, "a message id (a string of digits)", value))
    }

    /// One of a few words, if given.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Option<T>> {
        let Some(value) = self.get(name)? else { return Ok(None) };
        self.word(name, words, &value).map(Some)
    }

    /// A list of such words, if given.
    pub fn some_of<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Result<Vec<T>> {
        let Some(value) = self.get(name)? else { return Ok(Vec::new()) };
        if !js_sys::Array::is_array(&value) {
            return Err(self.wrong(name, &format!("an array with any of {}", spell(words)), &value));
        }
        let list = js_sys::Array::from(&value);
        list.iter().enumerate().map(|(i, value)| self.word(&format!("{name}[{i}]"), words, &value)).tried()
    }

    fn word<T: Copy>(&self, name: &str, words: &[(&str, T)], value: &JsValue) -> Result<T> {
        let text = value.as_string().unwrap_or_default();
        words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, meaning)| *meaning)
            .ok_or_else(|| self.wrong(name, &format!("one of {}", spell(words)), value))
    }

    /// An `AbortSignal`, if given.
    pub fn signal(&self) -> Result<Option<AbortSignal>> {
        self.get("signal")?
            .map(|value| {
                // Not instanceof alone: a signal from another realm (an iframe) is one, too.
                let fits = value.is_instance_of::<AbortSignal>()
                    || js_sys::Reflect::get(&value, &"aborted".into()).is_ok_and(|v| v.as_bool().is_some());
                if fits {
                    Ok(value.unchecked_into())
                } else {
                    Err(self.wrong("signal", "an AbortSignal", &value))
                }
            })
            .transpose()
    }
}

fn spell<T>(words: &[(&str, T)]) -> String {
    let words: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).list();
    joined(&words, ", ")
}
