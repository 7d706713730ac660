//! Pages of a conversation's history.

use super::http::{Call, Method, escape};
use super::retry::Repeat;
use super::{decode, list, unexpected};
use crate::error::{Code, Error, Result};
use crate::message::from_history;
use crate::model::{HistoryPage, HistoryQuery, RequestTime, SearchDirection};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use roamkit_wire::rest::HistoryRequest;
use roamkit_wire::{lenient, names};
use web_sys::AbortSignal;

/// The encoding of messages in a page. Some senders pad it, some do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Asks for a page.
pub fn call(user: &str, query: &HistoryQuery, signal: Option<AbortSignal>) -> Call {
    Call {
        method: Method::POST,
        path: format!("/users/{}/messageroaming", escape(user)),
        query: Vec::new(),
        body: request(query),
        signal,
        repeat: Repeat::Idempotent,
    }
}

fn request(query: &HistoryQuery) -> Option<String> {
    let conversation = &query.conversation;
    let request = HistoryRequest {
        queue: names::queue(&conversation.peer, conversation.chat_type.domain()),
        start: query.anchor.map_or_else(|| (-1).into(), |id| id.to_string().into()),
        end: (-1).into(),
        pull_number: query.page_size,
        is_positive: query.direction == SearchDirection::Down,
        msg_type: Some(query.msg_types.clone()),
        start_time: query.start_time.map(|time| time as i64),
        end_time: query.end_time.map(|time| time as i64),
        user_id: query.from.clone(),
    };
    serde_json::to_string(&request).ok()
}

/// Reads the answer to a query that was sent at `asked_at`, as `user` sees it.
pub fn read(body: &str, query: &HistoryQuery, asked_at: RequestTime, user: &str) -> Result<HistoryPage> {
    let answer = decode(body)?;
    let data = &answer["data"];
    let is_last = data["is_last"].as_bool().unwrap_or(false);
    let cursor = lenient::as_number(&data["next_key"]).filter(|&id| id > 0);
    let texts = list(data, "msgs")?.iter().map(|entry| entry["msg"].as_str());
    let texts: Option<Vec<_>> = texts.collect();
    let texts = texts.ok_or_else(|| unexpected("an entry of its msgs has no msg"))?;
    let total = texts.len();
    let metas: Vec<_> = texts.into_iter().filter_map(|text| BASE64.decode(text).ok()).collect();
    let messages = from_history(&metas, &query.conversation, user);
    let unreadable = messages.iter().filter(|(_, text)| text.is_unreadable()).count();
    let without_place = total - messages.len();
    if !is_last && cursor.is_none() && total > 0 {
        return Err(Error::new(
            Code::ServerUnknownError,
            "the server's page of history says that there is more, but not where",
        ));
    }
    Ok(HistoryPage {
        unreadable: unreadable + without_place,
        messages,
        anchor: query.anchor,
        direction: query.direction,
        covers: query.is_unfiltered() && without_place == 0,
        cursor,
        is_last: is_last || total == 0,
        asked_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConversationId;
    use base64::engine::general_purpose::STANDARD;
    use prost::Message as _;
    use roamkit_wire::body::samples;
    use roamkit_wire::conversation::ChatType;
    use roamkit_wire::meta::{MessageBody, Meta, Namespace};
    use roamkit_wire::msync::Jid;
    use serde_json::{Value, json};

    fn query() -> HistoryQuery {
        let bob = ConversationId::new(ChatType::Single, "bob");
        HistoryQuery { page_size: 20, ..HistoryQuery::before(&bob, None) }
    }

    fn read(text: &str) -> Result<HistoryPage> {
        super::read(text, &query(), RequestTime::default(), "alice")
    }

    fn message(id: u64) -> String {
        let payload = MessageBody { contents: vec![samples()[0].to_content()], ..MessageBody::default() };
        let meta = Meta {
            id,
            from: Some(Jid::user("d#c", "bob")),
            to: Some(Jid::user("d#c", "alice")),
            timestamp: 1_700_000_000_000 + id,
            ns: Namespace::Chat as i32,
            payload: payload.encode_to_vec(),
            ..Meta::default()
        };
        STANDARD.encode(meta.encode_to_vec())
    }

    #[test]
    fn one_bad_message_costs_only_itself() {
        let text = json!({"data": {"msgs": [{"msg": message(9)}, {"msg": "%%%"}, {"msg": "/////w=="},
                                            {"msg": message(8).trim_end_matches('=')}],
                                   "is_last": false, "next_key": "8"}})
        .to_string();
        let page = read(&text).unwrap();
        let ids: Vec<u64> = page.messages.iter().map(|(key, _)| key.id).collect();
        assert_eq!(ids, [9, 8]);
        assert_eq!((page.unreadable, page.cursor, page.is_last), (2, Some(8), false));
        assert!(!page.covers, "nobody knows where they belong");
    }

    #[test]
    fn a_message_of_an_unknown_type_keeps_its_place() {
        let mut content = samples()[0].to_content();
        content.r#type = 77;
        let payload = MessageBody { contents: vec![content], ..MessageBody::default() }.encode_to_vec();
        let meta = Meta { id: 8, ns: Namespace::Chat as i32, timestamp: 5, payload, ..Meta::default() };
        let unknown = STANDARD.encode(meta.encode_to_vec());
        let msgs = json!([{"msg": message(9)}, {"msg": unknown}, {"msg": message(7)}]);
        let page = read(&json!({"data": {"msgs": msgs, "is_last": true}}).to_string()).unwrap();
        let places: Vec<_> = page.messages.iter().map(|(key, text)| (key.id, text.is_unreadable())).collect();
        assert_eq!(places, [(9, false), (8, true), (7, false)]);
        assert_eq!((page.unreadable, page.covers), (1, true));
    }

    #[test]
    fn half_an_emoji_is_a_replacement_character() {
        let payload = MessageBody { contents: vec![samples()[0].to_content()], ..MessageBody::default() };
        let mut payload = payload.encode_to_vec();
        // The text of the first sample begins with a character of three bytes.
        let text = payload.windows(3).position(|bytes| bytes == "你".as_bytes()).unwrap();
        payload[text..text + 3].copy_from_slice(&[0xED, 0xA0, 0xBD]);
        let meta = Meta { id: 9, ns: Namespace::Chat as i32, payload, ..Meta::default() };
        let msg = STANDARD.encode(meta.encode_to_vec());
        let page = read(&json!({"data": {"msgs": [{"msg": msg}], "is_last": true}}).to_string()).unwrap();
        assert_eq!((page.messages.len(), page.unreadable), (1, 0));
        assert!(page.messages[0].1.as_str().contains('\u{fffd}'));
    }

    #[test]
    fn the_end_has_many_spellings() {
        for next in [json!("undefined"), json!(""), json!(null), json!("0")] {
            let text = json!({"data": {"msgs": [], "is_last": true, "next_key": next}}).to_string();
            let page = read(&text).unwrap();
            assert_eq!((page.cursor, page.is_last), (None, true));
        }
    }

    #[test]
    fn garbage_is_the_server_s_error() {
        for text in ["", "<html>", "[]", "{\"data\":7}", "{\"data\":{\"msgs\":[{\"msg\":7}]}}"] {
            assert_eq!(read(text).unwrap_err().code, Code::ServerUnknownError, "{text}");
        }
        let endless =
            json!({"data": {"msgs": [{"msg": message(9)}], "is_last": false, "next_key": "undefined"}});
        assert_eq!(read(&endless.to_string()).unwrap_err().code, Code::ServerUnknownError);
    }

    #[test]
    fn the_request_is_the_service_s_form() {
        let request = request(&HistoryQuery {
            anchor: Some(u64::MAX),
            direction: SearchDirection::Down,
            from: Some("bob".into()),
            msg_types: "txt,img".into(),
            start_time: Some(1),
            end_time: Some(2),
            ..query()
        })
        .unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&request).unwrap(),
            json!({"queue": "bob@easemob.com", "start": "18446744073709551615", "end": -1, "pull_number": 20,
                   "is_positive": true, "msgType": "txt,img", "startTime": 1, "endTime": 2, "userId": "bob"})
        );
    }
}
