//! Valid inputs from the wire's own encoders, broken at any depth: a part is broken before it is wrapped in base64,
//! JSON or a frame, so that the outer decoders accept the input and the mistake reaches the inner one.

use crate::decoders::{APP_KEY, DEVICE, USER};
use crate::mutate::mutate;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use fastrand::Rng;
use prost::Message as _;
use roamkit_wire::body::{self, Body};
use roamkit_wire::conversation::ChatType;
use roamkit_wire::ext;
use roamkit_wire::meta::{MessageBody, Meta};
use roamkit_wire::msync::{
    CommNotice, CommSyncDl, CommSyncUl, CommUnreadDl, Jid, Logout, MSync, MetaQueue, Provision, RedirectInfo,
    StatisticsBody, Status,
};
use roamkit_wire::notice::{ConversationOp, Notice};
use roamkit_wire::rest::{ListEntry, ListMessage};
use serde_json::{Value, json};

/// Makes the input of a case.
pub fn input(rng: &mut Rng) -> Vec<u8> {
    if rng.u8(..) < 8 {
        let length = 1 << rng.u32(0..12);
        return std::iter::repeat_with(|| rng.u8(..)).take(length).collect();
    }
    let valid = valid(rng);
    if rng.u8(..) < 16 { valid } else { mutate(rng, valid) }
}

/// An input whose outer form is valid.
fn valid(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..20) {
        0..=2 => frame(rng),
        3 => provision(rng),
        4 => unread(rng),
        5 | 6 => sync(rng),
        7 => CommSyncUl { meta: Some(meta(rng)), key: Some(rng.u64(..)), ..CommSyncUl::default() }
            .encode_to_vec(),
        8 | 9 => meta(rng).encode_to_vec(),
        10 => payload(rng),
        11 | 12 => notice(rng),
        13 => text(&body(rng).to_json()),
        14 => text(&entry(rng)),
        15 | 16 => list(rng),
        17 | 18 => history(rng),
        _ => answer(rng),
    }
}

/// Breaks one input in four.
fn maybe_broken(rng: &mut Rng, bytes: Vec<u8>) -> Vec<u8> {
    if rng.u8(..4) == 0 { mutate(rng, bytes) } else { bytes }
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn name(rng: &mut Rng) -> String {
    let names =
        ["bob", "alice", "ALICE", "77", "", "demo#chat_bob", "a b", "häj 你好 👋", "x@easemob.com", "@"];
    rng.choice(names).unwrap_or_default().to_owned()
}

fn jid(rng: &mut Rng) -> Jid {
    let name = name(rng);
    match rng.u8(..4) {
        0 => Jid::group(APP_KEY, &name),
        1 => Jid::device(APP_KEY, &name, DEVICE),
        _ => Jid::user(APP_KEY, &name),
    }
}

fn number(rng: &mut Rng) -> u64 {
    let edges = [0, 1, 1_700_000_000_000, (1 << 53) - 1, 1 << 53, i64::MAX as u64, u64::MAX - 1, u64::MAX];
    if rng.bool() { rng.choice(edges).unwrap_or_default() } else { rng.u64(..) }
}

fn body(rng: &mut Rng) -> Body {
    rng.choice(body::samples()).unwrap_or(Body::Command { action: String::new() })
}

fn fields(rng: &mut Rng) -> ext::Object {
    let all = json!({"n": 1, "no": false, "half": 0.5, "far": u64::MAX, "text": "你好", "none": null,
                     "list": [1, [2, {"x": []}]], "deep": {"a": {"b": {"c": [true]}}}});
    let all = all.as_object().cloned().unwrap_or_default();
    all.into_iter().filter(|_| rng.bool()).collect()
}

fn payload(rng: &mut Rng) -> Vec<u8> {
    let contents = (0..rng.u8(..3)).map(|_| body(rng).to_content()).collect();
    let body = MessageBody {
        r#type: rng.i32(0..10),
        from: rng.bool().then(|| jid(rng)),
        to: rng.bool().then(|| jid(rng)),
        contents,
        ext: ext::to_pairs(&fields(rng)),
        ack_message_id: number(rng),
        edit_message_id: number(rng),
        ..MessageBody::default()
    };
    let bytes = body.encode_to_vec();
    maybe_broken(rng, bytes)
}

fn meta(rng: &mut Rng) -> Meta {
    let ns = rng.choice([0, 1, 1, 1, 5, 5, 3, 9]).unwrap_or_default();
    let payload = match ns {
        0 => StatisticsBody { operation: rng.i32(0..6), reason: name(rng) }.encode_to_vec(),
        5 => notice(rng),
        _ => payload(rng),
    };
    Meta {
        id: number(rng),
        from: rng.bool().then(|| jid(rng)),
        to: (rng.u8(..4) > 0).then(|| jid(rng)),
        timestamp: number(rng),
        ns,
        payload,
        ext: ext::to_pairs(&fields(rng)),
        directed_users: (0..rng.u8(..3)).map(|_| name(rng)).collect(),
        ..Meta::default()
    }
}

fn status(rng: &mut Rng) -> Option<Status> {
    let code = if rng.bool() { 0 } else { rng.i32(-1..23) };
    let words = ["", "user not found", "token expired", "Sorry, token or password does not match"];
    let reason = rng.choice(words).unwrap_or_default().to_owned();
    let redirect_info = vec![RedirectInfo { host: "b.example".into(), port: rng.u32(..) }];
    rng.bool().then_some(Status { error_code: code, reason, redirect_info })
}

fn provision(rng: &mut Rng) -> Vec<u8> {
    let auth = text(&json!({"expires_in": number(rng)}));
    let auth = maybe_broken(rng, auth);
    Provision {
        status: status(rng),
        resource: DEVICE.into(),
        auth_token: String::from_utf8_lossy(&auth).into_owned(),
        compress_type: vec![0, 2],
        ..Provision::default()
    }
    .encode_to_vec()
}

fn unread(rng: &mut Rng) -> Vec<u8> {
    let unread = (0..rng.u8(..5)).map(|_| MetaQueue { queue: rng.bool().then(|| jid(rng)), n: rng.u32(..) });
    CommUnreadDl { unread: unread.collect(), status: None, timestamp: 1 }.encode_to_vec()
}

fn sync(rng: &mut Rng) -> Vec<u8> {
    CommSyncDl {
        status: if rng.u8(..4) == 0 { status(rng) } else { None },
        metas: (0..rng.u8(..4)).map(|_| meta(rng)).collect(),
        next_key: rng.bool().then(|| number(rng)),
        queue: rng.bool().then(|| Jid::user(APP_KEY, "bob")),
        is_last: rng.bool(),
        ..CommSyncDl::default()
    }
    .encode_to_vec()
}

fn frame(rng: &mut Rng) -> Vec<u8> {
    let command = rng.i32(0..6);
    let payload = match command {
        0 => sync(rng),
        1 => unread(rng),
        2 => CommNotice { queue: Some(jid(rng)) }.encode_to_vec(),
        3 => provision(rng),
        _ => Logout { reason: name(rng), status: status(rng), ..Logout::default() }.encode_to_vec(),
    };
    let payload = maybe_broken(rng, payload);
    MSync { version: 1, guid: Some(jid(rng)), command, payload, encrypt_type: vec![0], ..MSync::default() }
        .encode_to_vec()
}

fn chat_type(rng: &mut Rng) -> ChatType {
    rng.choice([ChatType::Single, ChatType::Group, ChatType::Room]).unwrap_or(ChatType::Single)
}

fn notice(rng: &mut Rng) -> Vec<u8> {
    use ConversationOp::{Deleted, Marked, Pinned, Unmarked, Unpinned};
    let notice = if rng.bool() {
        let ids = (0..rng.u8(..4)).map(|_| number(rng)).collect();
        let time = rng.bool().then(|| number(rng));
        Notice::MessagesRemoved {
            conversation: name(rng),
            chat_type: chat_type(rng),
            resource: name(rng),
            ids,
            time,
        }
    } else {
        Notice::Conversation {
            op: rng.choice([Deleted, Marked, Pinned, Unmarked, Unpinned]).unwrap_or(Deleted),
            conversation: name(rng),
            chat_type: chat_type(rng),
            resource: name(rng),
            timestamp: number(rng),
            from: name(rng),
            ext: name(rng),
        }
    };
    let bytes = notice.encode();
    maybe_broken(rng, bytes)
}

/// Any form of an entry, its message's payload as text or as an object, whole or broken.
fn entry(rng: &mut Rng) -> Value {
    let last = ListMessage {
        id: number(rng),
        from: USER.into(),
        to: name(rng),
        timestamp: number(rng),
        body: body(rng).to_json().to_string(),
        ext: Value::from(fields(rng)).to_string(),
    };
    let entry = ListEntry {
        peer: name(rng),
        chat_type: chat_type(rng),
        unread: rng.u32(..),
        is_pinned: rng.bool(),
        pinned_time: number(rng),
        marks: vec!["mark_0".into(), name(rng)],
        last: (rng.u8(..8) > 0).then_some(last),
    };
    let mut value =
        if rng.bool() { entry.write_cursor_form(APP_KEY) } else { entry.write_channel_form(APP_KEY) };
    if let Some(payload) = value.pointer_mut("/meta/payload") {
        let text = payload.as_str().unwrap_or_default().as_bytes().to_vec();
        *payload = match rng.u8(..3) {
            0 => serde_json::from_slice(&text).unwrap_or_default(),
            _ => String::from_utf8_lossy(&maybe_broken(rng, text)).as_ref().into(),
        };
    }
    value
}

fn list(rng: &mut Rng) -> Vec<u8> {
    let entries: Vec<Value> = (0..rng.u8(..5)).map(|_| entry(rng)).collect();
    let cursor = rng.choice([json!(null), json!(""), json!("undefined"), json!("ZGVtbw=="), json!(7)]);
    text(&json!({"data": {"channel_infos": entries, "cursor": cursor}, "timestamp": number(rng)}))
}

fn history(rng: &mut Rng) -> Vec<u8> {
    let message = |rng: &mut Rng| {
        let meta = meta(rng).encode_to_vec();
        let meta = maybe_broken(rng, meta);
        let engine = if rng.bool() { STANDARD } else { STANDARD_NO_PAD };
        json!({"msg": engine.encode(meta)})
    };
    let messages: Vec<Value> = (0..rng.u8(..5)).map(|_| message(rng)).collect();
    let next =
        rng.choice([json!("undefined"), json!("8"), json!(u64::MAX), json!(""), json!(null), json!([])]);
    text(&json!({"data": {"msgs": messages, "is_last": rng.bool(), "next_key": next}}))
}

/// The small answers.
fn answer(rng: &mut Rng) -> Vec<u8> {
    let host =
        |protocol: &str, port: Value| json!({"protocol": protocol, "domain": "a.example", "port": port});
    text(&match rng.u8(..4) {
        0 => {
            json!({"error": "invalid_grant", "exception": "x", "error_description": "token expired 你好".repeat(40),
                    "error_code": 40001, "timestamp": number(rng), "duration": 0})
        }
        1 => json!({"access_token": "YWMt", "expires_in": number(rng), "user": {"username": "alice"}}),
        2 => {
            json!({"queue": "bob@easemob.com", "start": "-1", "end": -1, "pull_number": 20, "is_positive": true,
                    "msgType": "txt,img", "startTime": number(rng), "endTime": -1, "userId": null})
        }
        _ => json!({"rest": {"hosts": [host("http", json!(80)), host("https", json!(number(rng)))]},
                    "msync-wx": {"hosts": [host("wss", json!("6717")), host("https", json!(null))]}}),
    })
}
