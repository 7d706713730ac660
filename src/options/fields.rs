//! The fields of an options object, checked by `src/js/options.js`.

use crate::model::{ConversationId, ConversationType};
use crate::platform::numbers;
use crate::store::SearchDirection;
use roamkit_wire::conversation::ChatType;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    /// The options of one call, all of which are as they should be.
    pub type Options;

    /// Checks them: `names` are the fields that the call reads, those that must be there with `!`, and two with `|` between
    /// where just one of them must be. Fails with the `RoamError` that the call is to reject with.
    #[wasm_bindgen(constructor, catch)]
    pub fn new(call: &str, given: &JsValue, names: &str) -> Result<Options, JsValue>;

    /// A field; undefined where it was not given.
    #[wasm_bindgen(method)]
    fn get(this: &Options, name: &str) -> JsValue;
}

/// Of pages of which nothing else is said.
pub const DEFAULT_PAGE_SIZE: u32 = 20;

impl Options {
    /// A text, if it was given.
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    /// A yes or no, if it was given.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).as_bool()
    }

    /// Message ids, if they were given.
    pub fn ids(&self, name: &str) -> Option<Vec<u64>> {
        numbers(&self.get(name))
    }

    /// A number, if it was given.
    pub fn whole(&self, name: &str) -> Option<u64> {
        self.get(name).as_f64().map(|number| number as u64)
    }

    /// A message's id, if it was given.
    pub fn message_id(&self, name: &str) -> Option<u64> {
        u64::try_from(self.get(name)).ok()
    }

    /// Which conversation.
    pub fn conversation(&self) -> (ConversationId, ConversationType) {
        let chat_type = match self.whole("conversationType").unwrap_or(0) {
            0 => ChatType::Single,
            1 => ChatType::Group,
            _ => ChatType::Room,
        };
        let peer = self.text("conversationId").unwrap_or_default();
        (ConversationId::new(chat_type, &peer), chat_type.into())
    }

    /// How many a page.
    pub fn page_size(&self) -> u32 {
        self.whole("pageSize").map_or(DEFAULT_PAGE_SIZE, |size| size as u32)
    }

    /// Which way.
    pub fn direction(&self) -> SearchDirection {
        if self.whole("searchDirection") == Some(1) { SearchDirection::Down } else { SearchDirection::Up }
    }

    /// A signal, if it was given.
    pub fn signal(&self) -> Option<AbortSignal> {
        Some(self.get("signal")).filter(|signal| !signal.is_undefined()).map(JsCast::unchecked_into)
    }
}
