//! Pages of history, as the SDK has them once it has read the server's answer.

use crate::message;
use js_sys::Array;
use roamkit::model::{HistoryPage, Message, RequestTime, SearchDirection, StoredMessage};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The pages of a walk through one conversation from its newest message to its oldest. Each is taken once.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Pages {
    pages: Vec<Option<HistoryPage>>,
}

#[wasm_bindgen]
impl Pages {
    /// Cuts messages, oldest first, into the pages of such a walk.
    #[wasm_bindgen(constructor)]
    pub fn new(messages: &Array, size: usize) -> Result<Self, JsValue> {
        let messages: Vec<Message> =
            messages.iter().map(|listed| message(&listed)).collect::<Result<_, _>>()?;
        Ok(Self { pages: walk(messages.iter().map(StoredMessage::from), size).map(Some).collect() })
    }

    /// How many pages.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.pages.len()
    }

    pub(crate) fn take(&mut self, at: usize) -> Option<HistoryPage> {
        self.pages.get_mut(at).and_then(Option::take)
    }
}

/// The walk's pages, newest first.
pub(crate) fn walk(
    messages: impl Iterator<Item = StoredMessage>,
    size: usize,
) -> impl Iterator<Item = HistoryPage> {
    let mut messages: Vec<_> = messages.map(|message| (message.key, message.json)).collect();
    messages.reverse();
    let count = messages.len().div_ceil(size.max(1));
    let mut rest = messages.into_iter();
    let mut anchor = None;
    (1..=count).map(move |number| {
        let messages: Vec<_> = rest.by_ref().take(size).collect();
        let after = messages.last().map(|(key, _)| key.id);
        let page = HistoryPage {
            messages,
            anchor,
            direction: SearchDirection::Up,
            covers: true,
            is_last: number == count,
            asked_at: RequestTime::default(),
            unreadable: 0,
            cursor: None,
        };
        anchor = after;
        page
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_walk_goes_from_the_newest_to_the_oldest() {
        let message = |n: u64| {
            let form: Message = serde_json::from_value(json!({
                "id": n.to_string(), "conversationId": "g", "conversationType": "groupChat", "from": "a",
                "to": "g", "timestamp": n, "direction": "receive", "body": {"type": "txt", "msg": "x"}, "ext": {},
            }))
            .unwrap();
            StoredMessage::from(&form)
        };
        let pages: Vec<_> = walk((1..=5).map(message), 2).collect();
        let seen: Vec<_> = pages
            .iter()
            .map(|page| {
                let ids: Vec<_> = page.messages.iter().map(|(key, _)| key.id).collect();
                (ids, page.anchor, page.is_last)
            })
            .collect();
        assert_eq!(seen, [(vec![5, 4], None, false), (vec![3, 2], Some(4), false), (vec![1], Some(2), true)]);
    }
}
