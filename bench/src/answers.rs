//! The server's answers themselves, for what it costs to read them before they are saved.
//!
//! The steps are those of the SDK's `rest/history.rs`, which is private to it: JSON, base64, protobuf, `StoredMessage`.

use crate::pages::walk;
use crate::{Copy, failed, group, message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use js_sys::Array;
use prost::Message as _;
use roamkit::message::from_history;
use roamkit::model::{Body, ConversationId, HistoryPage, Message, RequestTime, StoredMessage};
use roamkit_wire::body::Body as WireBody;
use roamkit_wire::meta::{MessageBody, MessageType, Meta, Namespace};
use roamkit_wire::msync::Jid;
use roamkit_wire::rest::{self, Data, HistoryMessage};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

const APP_KEY: &str = "bench#bench";
/// Whose copy it is; none of the messages is from them.
const USER: &str = "reader";

/// The answers of a walk through one group from its newest message to its oldest.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Answers {
    answers: Vec<Answer>,
}

#[derive(Debug)]
struct Answer {
    text: String,
    anchor: Option<u64>,
}

#[wasm_bindgen]
impl Answers {
    /// Writes the answers that bring these text messages, given oldest first.
    #[wasm_bindgen(constructor)]
    pub fn new(messages: &Array, size: usize) -> Result<Self, JsValue> {
        let messages: Vec<Message> =
            messages.iter().map(|listed| message(&listed)).collect::<Result<_, _>>()?;
        let mut rest = messages.iter().rev();
        let answers = walk(messages.iter().map(StoredMessage::from), size)
            .map(|page| Answer::write(&page, rest.by_ref().take(size)))
            .collect::<Result<_, _>>();
        Ok(Self { answers: answers.map_err(failed)? })
    }

    /// How many there are.
    #[wasm_bindgen(getter)]
    pub fn count(&self) -> usize {
        self.answers.len()
    }

    /// Reads one of them and saves the page.
    pub async fn save(&self, copy: &Copy, name: String, at: usize) -> Result<(), JsValue> {
        let id = group(&name);
        let answer = self.answers.get(at).ok_or_else(|| failed("there is no such answer"))?;
        let page = answer.read(&id).map_err(failed)?;
        // As the SDK does: the caller gets the messages, too.
        copy.save(&id, page.clone()).await
    }
}

impl Answer {
    fn write<'a>(
        page: &HistoryPage,
        messages: impl Iterator<Item = &'a Message>,
    ) -> Result<Self, serde_json::Error> {
        let msgs = messages.map(|message| HistoryMessage { msg: STANDARD.encode(meta(message)) });
        let next = page.messages.last().map_or_else(|| "undefined".to_owned(), |(key, _)| key.id.to_string());
        let data = rest::HistoryAnswer { msgs: msgs.collect(), is_last: page.is_last, next_key: next.into() };
        Ok(Self { text: serde_json::to_string(&Data { data })?, anchor: page.anchor })
    }

    fn read(&self, id: &ConversationId) -> Result<HistoryPage, serde_json::Error> {
        let answer = serde_json::from_str::<Data<rest::HistoryAnswer>>(&self.text)?.data;
        let metas = answer.msgs.iter().filter_map(|entry| STANDARD.decode(&entry.msg).ok());
        let metas: Vec<_> = metas.collect();
        Ok(HistoryPage {
            messages: from_history(&metas, id, USER),
            anchor: self.anchor,
            direction: roamkit::model::SearchDirection::Up,
            covers: true,
            is_last: answer.is_last,
            unreadable: 0,
            cursor: None,
            asked_at: RequestTime::default(),
        })
    }
}

/// The protobuf in which the server keeps a text message to a group.
fn meta(message: &Message) -> Vec<u8> {
    let msg = match &message.body {
        Body::Txt(body) => body.msg.clone(),
        _ => String::new(),
    };
    let payload = MessageBody {
        r#type: MessageType::GroupChat as i32,
        contents: vec![WireBody::Text { msg }.to_content()],
        ..MessageBody::default()
    };
    let key = StoredMessage::from(message).key;
    Meta {
        id: key.id,
        from: Some(Jid::user(APP_KEY, &message.from)),
        to: Some(Jid::group(APP_KEY, &message.to)),
        timestamp: key.timestamp,
        ns: Namespace::Chat as i32,
        payload: payload.encode_to_vec(),
        ..Meta::default()
    }
    .encode_to_vec()
}
