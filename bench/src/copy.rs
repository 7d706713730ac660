//! The local copy.

use crate::{Pages, failed, group};
use roamkit::model::{
    Arrived, Conversation, ConversationId, Direction, HistoryPage, JsonText, RequestTime, SearchDirection,
    StoredMessage,
};
use roamkit::store::{Batch, Fact, LocalQuery, Store};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// A local copy, as the SDK's client holds it. `RoamClient.open` with the same names opens the same one.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Copy {
    store: Store,
}

#[wasm_bindgen]
impl Copy {
    /// Opens it, or makes an empty one.
    pub async fn open(app_key: String, user: String, device: String) -> Result<Self, JsValue> {
        let store = Store::open(&app_key, &user, &device);
        // It opens in the background: what is measured is to begin with an open one.
        if store.is_in_memory().await.map_err(failed)? {
            return Err(failed("there is no database here"));
        }
        Ok(Self { store })
    }

    /// Saves one of the pages, in a transaction of its own.
    #[wasm_bindgen(js_name = savePage)]
    pub async fn save_page(&self, name: String, pages: &mut Pages, at: usize) -> Result<(), JsValue> {
        let page = pages.take(at).ok_or_else(|| failed("that page was saved before"))?;
        self.save(&group(&name), page).await
    }

    /// Reads the page of `size` messages before `anchor`; the newest where that is left out. A walk needs no more
    /// of the answer than the messages.
    pub async fn page(&self, name: String, anchor: Option<u64>, size: u32) -> Result<JsValue, JsValue> {
        let query = LocalQuery { anchor, direction: SearchDirection::Up, size };
        let page = self.store.page(&group(&name), query).await.map_err(failed)?;
        let list = JsonText::list(page.messages.iter().map(|(_, message)| message));
        js_sys::JSON::parse(&String::from_utf8_lossy(&list))
    }

    /// Takes in a message that has just been sent. Tells whether it was new.
    pub async fn live(&self, message: JsValue) -> Result<bool, JsValue> {
        let form = crate::message(&message)?;
        let conversation = ConversationId::new(form.conversation_type.into(), &form.conversation_id);
        let is_unread = form.direction == Direction::Receive;
        let message = StoredMessage::from(&form);
        self.apply(Fact::Message(Arrived { conversation, message, is_unread, is_command: false })).await
    }

    /// Removes messages by their ids.
    #[wasm_bindgen(js_name = removeIds)]
    pub async fn remove_ids(&self, name: String, ids: Vec<u64>) -> Result<bool, JsValue> {
        self.apply(Fact::Removed { conversation: group(&name), ids, until: None }).await
    }

    /// Removes everything up to a time.
    #[wasm_bindgen(js_name = removeUntil)]
    pub async fn remove_until(&self, name: String, time: f64) -> Result<bool, JsValue> {
        self.apply(Fact::Removed { conversation: group(&name), ids: Vec::new(), until: Some(time as u64) })
            .await
    }

    /// Saves a whole conversation list.
    #[wasm_bindgen(js_name = saveList)]
    pub async fn save_list(&self, list: JsValue) -> Result<(), JsValue> {
        let list: Vec<serde_json::Value> = serde_wasm_bindgen::from_value(list).map_err(failed)?;
        let list: Vec<Conversation> =
            list.iter().filter_map(|listed| Conversation::from_json(listed.to_string().as_bytes())).collect();
        self.store.save_conversations(&list, now()).await.map(drop).map_err(failed)
    }

    /// Lets go of it.
    pub fn close(&self) {
        self.store.close();
    }

    /// Closes and deletes it.
    pub async fn wipe(&self) -> Result<(), JsValue> {
        self.store.wipe().await.map_err(failed)
    }

    pub(crate) async fn save(&self, id: &ConversationId, page: HistoryPage) -> Result<(), JsValue> {
        let kept =
            self.store.save_page(id, &HistoryPage { asked_at: now(), ..page }).await.map_err(failed)?;
        if kept.is_some() { Ok(()) } else { Err(failed("the page was overtaken")) }
    }

    async fn apply(&self, fact: Fact) -> Result<bool, JsValue> {
        let batch = Batch { queue: String::new(), position: None, facts: vec![(0, fact)], call: None };
        let new = self.store.apply(&batch).await.map_err(failed)?;
        Ok(new == [true])
    }
}

/// A request by a tab that knows everything that was changed before.
fn now() -> RequestTime {
    RequestTime { known_write: u64::MAX, sent_at: js_sys::Date::now() as u64 + 1 }
}
