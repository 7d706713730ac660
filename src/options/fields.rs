//! The fields of an options object, checked by `src/js/options.js`.

use crate::model::{ConversationId, ConversationType, SearchDirection};
use crate::platform::numbers;
use roamkit_wire::conversation::ChatType;
use std::vec;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    #[wasm_bindgen(js_name = readOptions, catch)]
    fn read(call: &str, given: &JsValue, names: &str) -> Result<Vec<JsValue>, JsValue>;
}

/// The options of one call, all of which are as they should be. They are taken one after the other, in the order of their names:
/// a name again at each of them would be code at each of them.
pub struct Options(vec::IntoIter<JsValue>);

/// Of pages of which nothing else is said.
pub const DEFAULT_PAGE_SIZE: u32 = 20;

impl Options {
    /// Checks them: `names` are the fields that the call reads, those that must be there with `!`, and two with `|` between
    /// where just one of them must be. Fails with the `RoamError` that the call is to reject with.
    pub fn read(call: &str, given: &JsValue, names: &str) -> Result<Self, JsValue> {
        Ok(Self(read(call, given, names)?.into_iter()))
    }

    fn next(&mut self) -> JsValue {
        self.0.next().unwrap_or_default()
    }

    /// A text, if it was given.
    pub fn text(&mut self) -> Option<String> {
        self.next().as_string()
    }

    /// A yes or no, if it was given.
    pub fn flag(&mut self) -> Option<bool> {
        self.next().as_bool()
    }

    /// `StoredMessage` ids, if they were given.
    pub fn ids(&mut self) -> Option<Vec<u64>> {
        numbers(&self.next())
    }

    /// A number, if it was given.
    pub fn whole(&mut self) -> Option<u64> {
        self.next().as_f64().map(|number| number as u64)
    }

    /// A message's id, if it was given.
    pub fn message_id(&mut self) -> Option<u64> {
        u64::try_from(self.next()).ok()
    }

    /// Which conversation: `conversationId` and `conversationType`.
    pub fn conversation(&mut self) -> (ConversationId, ConversationType) {
        let peer = self.text().unwrap_or_default();
        let chat_type = match self.whole() {
            Some(1) => ChatType::Group,
            Some(2) => ChatType::Room,
            _ => ChatType::Single,
        };
        (ConversationId::new(chat_type, &peer), chat_type.into())
    }

    /// How many a page.
    pub fn page_size(&mut self) -> u32 {
        self.whole().map_or(DEFAULT_PAGE_SIZE, |size| size as u32)
    }

    /// Which way.
    pub fn direction(&mut self) -> SearchDirection {
        if self.whole() == Some(1) { SearchDirection::Down } else { SearchDirection::Up }
    }

    /// A signal, if it was given.
    pub fn signal(&mut self) -> Option<AbortSignal> {
        Some(self.next()).filter(|signal| !signal.is_undefined()).map(JsCast::unchecked_into)
    }
}
