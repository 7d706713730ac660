use super::*;
use crate::model::{
    Arrived, Body, Conversation, ConversationType, Direction, Edit, JsonText, StoredMessage, TxtBody,
};
use prost::Message as _;
use roamkit_wire::body as wire_body;
use roamkit_wire::ext::{self, Object};
use roamkit_wire::meta::Namespace;
use roamkit_wire::msync::Jid;
use roamkit_wire::rest::{ListEntry, ListMessage};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn payload(body: &wire_body::Body, ext: &Object, r#type: MessageType) -> MessageBody {
    MessageBody {
        r#type: r#type as i32,
        contents: vec![body.to_content()],
        ext: ext::to_pairs(ext),
        ..MessageBody::default()
    }
}

fn meta(from: Jid, to: Jid, payload: &MessageBody) -> Meta {
    Meta {
        id: 1_500_000_000_000_000_001,
        from: Some(from),
        to: Some(to),
        timestamp: 1_700_000_000_123,
        ns: Namespace::Chat as i32,
        payload: payload.encode_to_vec(),
        ..Meta::default()
    }
}

fn history(meta: &[u8], conversation: &ConversationId) -> Option<StoredMessage> {
    let mut read = from_history(&[meta.to_vec()], conversation, "alice");
    read.pop().map(|(key, json)| StoredMessage { key, json })
}

/// The message after an edit that changes nothing.
fn unchanged(message: &StoredMessage) -> StoredMessage {
    let json: Value = message.json.read().unwrap();
    let fields: BTreeMap<String, JsonText> = message.json.read().unwrap();
    let edit = Edit { body: fields["body"].clone(), ext: None };
    assert_eq!(edit.body.read::<Value>().unwrap(), json["body"]);
    message.edited(&edit).unwrap()
}

#[test]
fn every_body_is_the_same_message_from_protobuf_and_from_the_list() {
    let key = "demo#chat";
    let bob = ConversationId::new(ChatType::Single, "bob");
    let fields = json!({"n": 1, "half": 0.5, "deep": {"a": [true, "x"]}}).as_object().cloned().unwrap();
    for body in wire_body::samples() {
        let meta =
            meta(Jid::user(key, "bob"), Jid::user(key, "alice"), &payload(&body, &fields, MessageType::Chat));
        let from_history = history(&meta.encode_to_vec(), &bob).unwrap();

        let list = ListMessage {
            id: meta.id,
            from: "bob".into(),
            to: "alice".into(),
            timestamp: meta.timestamp,
            body: body.to_json().to_string(),
            ext: Value::from(fields.clone()).to_string(),
        };
        let entry = ListEntry {
            peer: "bob".into(),
            chat_type: ChatType::Single,
            unread: 0,
            is_pinned: false,
            pinned_time: 0,
            marks: vec![],
            last: Some(list),
        };
        let read = ListEntry::read(&entry.write_cursor_form(key), key).unwrap();
        let from_list = read.last.as_ref().and_then(|last| from_list(last, &bob, "alice"));
        assert_eq!(from_list.as_ref(), Some(&from_history), "{body:?}");
        let is_command = matches!(body, wire_body::Body::Command { .. });
        assert_eq!(from_history.is_command(), is_command);
        let arrived = Arrived {
            conversation: bob.clone(),
            message: from_history.clone(),
            is_unread: !is_command,
            is_command,
        };
        assert_eq!(Incoming::read(&meta, "alice"), Some(Incoming::Message(arrived)));
        // Read and written again it is the same, to the byte.
        assert_eq!(unchanged(&from_history), from_history);
        let json: Value = from_history.json.read().unwrap();
        assert_eq!(json["body"]["type"], body.kind());
        assert_eq!(from_history.json.read(), Some(from_history.clone()));
        // The typings say the same.
        let form = from_history.form().unwrap();
        assert_eq!(StoredMessage::from(&form), from_history);
        let listed = Conversation::with_message(&bob, Some(from_history));
        assert_eq!(JsonText::of(&listed).read(), Some(listed));
    }
}

#[test]
fn an_edit_replaces_what_it_brings_and_nothing_else() {
    let edit = |ext: &Object| {
        let body = wire_body::Body::Text { msg: "new".into() };
        let payload = MessageBody { edit_message_id: 7, ..payload(&body, ext, MessageType::Edit) };
        let meta = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &payload);
        match Incoming::read(&meta, "alice") {
            Some(Incoming::Edit { id: 7, edit, .. }) => edit,
            other => panic!("{other:?}"),
        }
    };
    let bob = ConversationId::new(ChatType::Single, "bob");
    let own = json!({"a": 1}).as_object().cloned().unwrap();
    let old = payload(&wire_body::Body::Command { action: "go".into() }, &own, MessageType::Chat);
    let old = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &old);
    let old = history(&old.encode_to_vec(), &bob).unwrap();
    for (ext, expected) in [
        (Object::new(), own),
        (json!({"b": 2}).as_object().cloned().unwrap(), json!({"b": 2}).as_object().cloned().unwrap()),
    ] {
        let new = old.edited(&edit(&ext)).unwrap().form().unwrap();
        let body = Body::Txt(TxtBody { msg: "new".into() });
        assert_eq!(
            new,
            Message { body, ext: serde_json::from_value(expected.into()).unwrap(), ..old.form().unwrap() }
        );
    }
    let broken = StoredMessage { json: JsonText::of("no object"), ..old };
    assert_eq!(broken.edited(&edit(&Object::new())), None);
}

#[test]
fn a_conversation_is_identified_by_the_other_end() {
    let body = payload(&wire_body::Body::Text { msg: "x".into() }, &Object::new(), MessageType::Chat);
    let read = |from: Jid, to: Jid, body: &MessageBody| match Incoming::read(&meta(from, to, body), "alice") {
        Some(Incoming::Message(arrived)) => {
            let form = arrived.message.form().unwrap();
            assert_eq!(arrived.is_unread, form.direction == Direction::Receive);
            (form.conversation_id, form.conversation_type, form.direction)
        }
        other => panic!("{other:?}"),
    };
    let (alice, bob) = (Jid::user("d#c", "alice"), Jid::user("d#c", "bob"));
    let single = ConversationType::SingleChat;
    assert_eq!(read(alice.clone(), bob.clone(), &body), ("bob".into(), single, Direction::Send));
    assert_eq!(read(bob.clone(), alice.clone(), &body), ("bob".into(), single, Direction::Receive));
    let to = Jid::group("d#c", "77");
    let group = MessageBody { r#type: MessageType::GroupChat as i32, ..body.clone() };
    assert_eq!(
        read(bob.clone(), to.clone(), &group),
        ("77".into(), ConversationType::GroupChat, Direction::Receive)
    );
    let room = MessageBody { r#type: MessageType::ChatRoom as i32, ..body.clone() };
    assert_eq!(read(bob, to, &room), ("77".into(), ConversationType::ChatRoom, Direction::Receive));
    for nobody in [Jid::group("d#c", ""), Jid::user("d#c", "")] {
        assert_eq!(Incoming::read(&meta(alice.clone(), nobody, &body), "alice"), Some(Incoming::Other));
    }
}

#[test]
fn unreadable_messages_are_refused() {
    let bob = ConversationId::new(ChatType::Single, "bob");
    assert_eq!(history(b"\xff\xff\xff", &bob), None);
    let mut unknown = payload(&wire_body::Body::Text { msg: "x".into() }, &Object::new(), MessageType::Chat);
    unknown.contents[0].r#type = 99;
    let unknown = meta(Jid::user("d#c", "bob"), Jid::user("d#c", "alice"), &unknown);
    let place = history(&unknown.encode_to_vec(), &bob).unwrap();
    assert_eq!((place.key.id, place.json), (unknown.id, JsonText::unreadable()), "its place is kept");
    assert_eq!(Incoming::read(&unknown, "alice"), None);
    let far = Meta { timestamp: u64::MAX, ..unknown };
    assert_eq!(history(&far.encode_to_vec(), &bob), None);
}
