//! The readers of network input, and the promises that each result must keep.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message as _;
use roamkit::decoders::{self, Effect, Identity, Input, Machine, TokenExpiry};
use roamkit::message::{Incoming, from_history};
use roamkit::model::{
    Conversation, ConversationId, HistoryQuery, JsonText, MessageKey, RequestTime, StoredMessage,
};
use roamkit_wire::body::Body;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::ext;
use roamkit_wire::meta::{MessageBody, Meta};
use roamkit_wire::msync::{
    CommNotice, CommSyncDl, CommSyncUl, CommUnreadDl, Command, Jid, Logout, MSync, Provision, StatisticsBody,
};
use roamkit_wire::names::{self, AppKey};
use roamkit_wire::notice::Notice;
use roamkit_wire::rest::{Data, ErrorBody, HistoryRequest, ListEntry};
use serde_json::{Value, json};

/// The app key in all valid inputs.
pub const APP_KEY: &str = "demo#chat";
/// The user who reads.
pub const USER: &str = "alice";
/// The device that reads.
pub const DEVICE: &str = "web_1";

/// A reader of bytes. It panics where its result breaks a promise.
pub struct Decoder {
    /// Its name.
    pub name: &'static str,
    /// Reads an input.
    pub run: fn(&[u8]),
}

macro_rules! decoders {
    ($($name:literal: $run:expr,)*) => { &[$(Decoder { name: $name, run: $run },)*] };
}

/// All decoders. Every input goes to each: valid input of one is garbage for the others.
pub const ALL: &[Decoder] = decoders! {
    "frame": protobuf::<MSync>,
    "provision": protobuf::<Provision>,
    "unread": protobuf::<CommUnreadDl>,
    "notice frame": protobuf::<CommNotice>,
    "sync down": protobuf::<CommSyncDl>,
    "sync up": protobuf::<CommSyncUl>,
    "logout": protobuf::<Logout>,
    "statistics": protobuf::<StatisticsBody>,
    "meta": protobuf::<Meta>,
    "message body": message_body,
    "notice": notice,
    "body of a list": body,
    "entry of a list": entry,
    "error form": |bytes| drop(text(bytes).map(ErrorBody::read)),
    "token": |bytes| drop(text(bytes).map(decoders::token)),
    "history request": |bytes| drop(serde_json::from_slice::<HistoryRequest>(bytes)),
    "any data": |bytes| drop(serde_json::from_slice::<Data<Value>>(bytes)),
    "names": names,
    "incoming": incoming,
    "message of history": |bytes| all_sound(from_history(&[bytes.to_vec()], &bob(), USER)),
    "page of history": history,
    "history of one": history_of_one,
    "conversations": conversations,
    "refusal": refusal,
    "hosts": |bytes| drop(text(bytes).and_then(decoders::hosts)),
    "session": session,
    "session, as payload": session_payload,
};

fn bob() -> ConversationId {
    ConversationId::new(ChatType::Single, "bob")
}

/// The input as text. `fetch` gives valid UTF-8 only.
fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// A decoded message must read back as it was written. The bytes are compared, since NaN does not equal itself.
fn protobuf<T: prost::Message + Default>(bytes: &[u8]) {
    if let Ok(read) = T::decode(bytes) {
        let written = read.encode_to_vec();
        drop(read);
        let again = T::decode(written.as_slice()).map(|again| again.encode_to_vec());
        assert!(again.is_ok_and(|again| again == written), "what was written does not read back");
    }
}

fn message_body(bytes: &[u8]) {
    let Ok(read) = MessageBody::decode(bytes) else { return };
    drop((ext::to_pairs(&ext::from_pairs(&read.ext)), ext::raw_from_pairs(&read.ext)));
    for body in read.contents.iter().filter_map(Body::from_content) {
        same_in_json(&body);
        drop(body.to_content());
    }
}

fn notice(bytes: &[u8]) {
    if let Some(notice) = Notice::decode(bytes) {
        let written = notice.encode();
        assert!(written.iter().all(|&byte| byte >= 0x10), "a notice holds a low byte");
        assert_eq!(Notice::decode(&written), Some(notice));
    }
}

fn body(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice(bytes) else { return };
    if let Some(body) = Body::from_json(&value) {
        same_in_json(&body);
        drop(body.to_content());
    }
}

fn same_in_json(body: &Body) {
    assert_eq!(Body::from_json(&body.to_json()).as_ref(), Some(body));
}

fn entry(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice(bytes) else { return };
    if let Some(entry) = ListEntry::read(&value, APP_KEY) {
        assert!(!entry.peer.is_empty(), "an entry without a conversation");
        drop(entry.write_cursor_form(APP_KEY));
        drop(entry.write_channel_form(APP_KEY));
    }
}

fn names(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let _ = (names::split_jid(text, APP_KEY), names::split_jid(text, ""), ChatType::parse(text));
    drop((AppKey::parse(text), names::user_id(text)));
}

fn incoming(bytes: &[u8]) {
    let Ok(meta) = Meta::decode(bytes) else { return };
    match Incoming::read(&meta, USER) {
        Some(Incoming::Message(arrived)) => sound(&arrived.message),
        Some(Incoming::OnlineOnly(message)) => sound(&message),
        Some(
            Incoming::Recall { conversation, .. }
            | Incoming::Edit { conversation, .. }
            | Incoming::Read { conversation, .. },
        ) => {
            assert!(!conversation.peer.is_empty(), "a change in no conversation");
        }
        Some(Incoming::Other) | None => {}
    }
    drop(decoders::interpret(&meta, USER, DEVICE));
}

/// A message must have a key, and must read back from its JSON.
fn sound(message: &StoredMessage) {
    let form = message.form();
    assert!(form.is_some(), "a message of another form than the typings'");
    let Some(form) = &form else { return };
    assert!(!form.conversation_id.is_empty(), "a message of no conversation");
    assert_eq!(message.key.id.to_string(), form.id);
    assert_eq!(&StoredMessage::from(form), message, "a message that does not read back");
    assert_eq!(message.json.read::<StoredMessage>().as_ref(), Some(message));
}

/// Checks the messages that can be read. Others have a place in the history and nothing more.
fn all_sound(messages: Vec<(MessageKey, JsonText)>) {
    for (key, json) in messages.into_iter().filter(|(_, json)| !json.is_unreadable()) {
        sound(&StoredMessage { key, json });
    }
}

fn history(bytes: &[u8]) {
    if let Some(Ok(page)) = text(bytes).map(|text| {
        decoders::history(text, &HistoryQuery::before(&bob(), None), RequestTime::default(), USER)
    }) {
        let (is_last, cursor) = (page.is_last, page.cursor);
        all_sound(page.messages);
        assert!(is_last || cursor.is_some(), "a page with more that does not say where");
    }
}

/// The input as the only message of a page.
fn history_of_one(bytes: &[u8]) {
    let page = json!({"data": {"msgs": [{"msg": STANDARD.encode(bytes)}], "is_last": true}});
    history(page.to_string().as_bytes());
}

fn conversations(bytes: &[u8]) {
    let Some(Ok(page)) = text(bytes).map(|text| decoders::conversations(text, APP_KEY, USER)) else { return };
    for conversation in page.conversations {
        assert!(!conversation.conversation_id.is_empty(), "a conversation with nobody");
        conversation.last_message.iter().for_each(sound);
        let again = Conversation::from_json(&conversation.to_json());
        assert_eq!(again, Some(conversation));
    }
}

fn refusal(bytes: &[u8]) {
    for status in [400, 401, 403, 404, 429, 500] {
        let error = decoders::refusal(status, &String::from_utf8_lossy(bytes));
        assert!(error.message.chars().count() < 400, "a long sentence");
    }
}

/// The input as a frame, in every state in which frames count.
fn session(bytes: &[u8]) {
    let mut machine = connected();
    take(&mut machine, bytes);
    for input in [Input::Tick, Input::Frame(bytes), Input::Stop] {
        drop(machine.handle(3_000, input));
    }
    let mut machine = reading();
    for _ in 0..2 {
        take(&mut machine, bytes);
    }
}

/// The input as the payload of each command's frame.
fn session_payload(bytes: &[u8]) {
    for command in 0..=4 {
        let frame = MSync { command, payload: bytes.to_vec(), ..MSync::default() }.encode_to_vec();
        let mut machine = if command == Command::Provision as i32 { connected() } else { reading() };
        take(&mut machine, &frame);
    }
}

fn take(machine: &mut Machine, frame: &[u8]) {
    for effect in machine.handle(2_000, Input::Frame(frame)) {
        if let Effect::Apply(batch) = effect {
            for meta in &batch.metas {
                drop(decoders::interpret(meta, USER, DEVICE));
            }
            drop(machine.handle(2_000, Input::Applied));
        }
    }
    let next = machine.next_tick();
    drop(next.map(|next| machine.handle(next, Input::Tick)));
}

/// A session that waits for the answer to its login.
fn connected() -> Machine {
    let identity = Identity { app_key: APP_KEY.into(), user: USER.into(), device: DEVICE.into() };
    let mut machine = Machine::new(identity, 1);
    drop(machine.handle(1_000, Input::Start { token: "t".into(), expiry: TokenExpiry::Unknown }));
    drop(machine.handle(1_000, Input::Opened));
    machine
}

/// A session that has asked for bob's queue.
fn reading() -> Machine {
    let mut machine = connected();
    let frame = |command: Command, payload: Vec<u8>| {
        MSync { command: command as i32, payload, ..MSync::default() }.encode_to_vec()
    };
    let provision = frame(Command::Provision, Provision::default().encode_to_vec());
    drop(machine.handle(1_000, Input::Frame(&provision)));
    let notice = CommNotice { queue: Some(Jid::user(APP_KEY, "bob")) };
    drop(machine.handle(1_000, Input::Frame(&frame(Command::Notice, notice.encode_to_vec()))));
    assert!(machine.is_online(), "the session is not up");
    machine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Most, trial};
    use roamkit_wire::msync::MetaQueue;

    /// Longer than the inputs of a run: it once took a time of queues times entries, ten seconds.
    #[test]
    fn a_megabyte_of_queues_is_read_in_time() {
        let entry = |n| MetaQueue { queue: Some(Jid { name: format!("{n:x}"), ..Jid::default() }), n: 1 };
        let unread = (0..9_999).map(entry).chain(std::iter::repeat_n(entry(9_998), 100_000));
        let unread = CommUnreadDl { unread: unread.collect(), ..CommUnreadDl::default() }.encode_to_vec();
        let frame = MSync { command: Command::Unread as i32, payload: unread, ..MSync::default() };
        let session = Decoder { name: "session", run: |bytes| take(&mut reading(), bytes) };
        let outcome = trial(&[session], &frame.encode_to_vec(), &mut Most::default());
        assert!(outcome.is_ok(), "{}", outcome.err().map(|failure| failure.what).unwrap_or_default());
    }
}
