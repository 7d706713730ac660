//! The fields of an options object, checked by `src/js/options.js`.

use crate::model::{ConversationId, ConversationType};
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

    /// A text, if it was given.
    #[wasm_bindgen(method, js_name = get)]
    pub fn text(this: &Options, name: &str) -> Option<String>;

    /// A yes or no, if it was given.
    #[wasm_bindgen(method, js_name = get)]
    pub fn flag(this: &Options, name: &str) -> Option<bool>;

    #[wasm_bindgen(method, js_name = get)]
    fn signal_named(this: &Options, name: &str) -> Option<AbortSignal>;

    /// Message ids, if they were given.
    #[wasm_bindgen(method, js_name = get)]
    pub fn ids(this: &Options, name: &str) -> Option<Vec<u64>>;

    #[wasm_bindgen(method)]
    fn number(this: &Options, name: &str) -> f64;

    #[wasm_bindgen(method)]
    fn id(this: &Options, name: &str) -> u64;
}

/// Of pages of which nothing else is said.
pub const DEFAULT_PAGE_SIZE: u32 = 20;

impl Options {
    /// A number, if it was given.
    pub fn whole(&self, name: &str) -> Option<u64> {
        Some(self.number(name) as u64).filter(|&number| number > 0)
    }

    /// A message's id, if it was given.
    pub fn message_id(&self, name: &str) -> Option<u64> {
        Some(self.id(name)).filter(|&id| id > 0)
    }

    /// Which conversation.
    pub fn conversation(&self) -> (ConversationId, ConversationType) {
        let chat_type = match self.number("conversationType") as u32 {
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
        if self.number("searchDirection") > 0.0 { SearchDirection::Down } else { SearchDirection::Up }
    }

    /// A signal, if it was given.
    pub fn signal(&self) -> Option<AbortSignal> {
        self.signal_named("signal")
    }
}
