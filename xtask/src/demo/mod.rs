//! The demo's sample data: users, groups, and conversations in several languages with every message type.

mod bodies;
mod conversations;
mod messages;
mod phrases;
mod random;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow};
use serde_json::{Value, json};

use crate::rest::Rest;
use conversations::{Conversation, Kind, MAIN, PASSWORD, USERS};

/// The app key of the demo's server.
pub(crate) const APP_KEY: &str = "demo#chat";

/// The number of conversations that are filled at the same time.
const WORKERS: usize = 6;
/// The number of messages between two lines of progress.
const PROGRESS: usize = 1000;

/// Creates the sample data through the server's REST API, unless the server has it already.
pub(crate) fn seed(base_url: &str, client_id: &str, client_secret: &str) -> Result<()> {
    let rest = Rest::login(base_url, APP_KEY, client_id, client_secret)?;
    if has_users(&rest) {
        println!("the sample users exist already");
        return Ok(());
    }
    create_users(&rest)?;
    let conversations = conversations::all();
    let addresses =
        conversations.iter().map(|conversation| address(&rest, conversation)).collect::<Result<Vec<_>>>()?;
    fill(&rest, &conversations, &addresses)?;
    pin(&rest, base_url, &conversations, &addresses)
}

fn has_users(rest: &Rest) -> bool {
    user_token(rest).is_ok()
}

fn user_token(rest: &Rest) -> Result<String> {
    let login = json!({ "grant_type": "password", "username": MAIN, "password": PASSWORD });
    let answer = rest.post("/token", &login)?;
    answer["access_token"].as_str().map(ToOwned::to_owned).context("the token answer has no access_token")
}

fn create_users(rest: &Rest) -> Result<()> {
    let users: Vec<Value> =
        USERS.iter().map(|user| json!({ "username": user, "password": PASSWORD })).collect();
    rest.post("/users", &users.into())?;
    println!("{} users, all with the password {}", USERS.len(), PASSWORD);
    Ok(())
}

/// The receiver of a conversation's messages: the peer, or the group, which this function creates.
fn address(rest: &Rest, conversation: &Conversation) -> Result<String> {
    match conversation.kind {
        Kind::Single { peer } => Ok(peer.to_owned()),
        Kind::Group { name, members } => {
            let (owner, others) = members.split_first().context("a group without members")?;
            let group = json!({
                "groupname": name, "desc": name, "public": false, "maxusers": 200,
                "owner": owner, "members": others,
            });
            let answer = rest.post("/chatgroups", &group)?;
            match &answer["data"]["groupid"] {
                Value::String(id) => Ok(id.clone()),
                Value::Number(id) => Ok(id.to_string()),
                _ => Err(anyhow!("the group {name} got no id: {answer}")),
            }
        }
    }
}

/// Sends all messages. Those of one conversation go one after the other, to keep their order.
fn fill(rest: &Rest, conversations: &[Conversation], addresses: &[String]) -> Result<()> {
    let total: usize = conversations.iter().map(|conversation| conversation.messages).sum();
    let now = now_ms()?;
    let next = AtomicUsize::new(0);
    let sent = AtomicUsize::new(0);
    let failure = Mutex::new(None);

    let work = || -> Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let (Some(conversation), Some(address)) = (conversations.get(at), addresses.get(at)) else {
                return Ok(());
            };
            for message in messages::of(conversation, at as u64, address, now) {
                rest.post(conversation.path(), &message)?;
                let done = sent.fetch_add(1, Ordering::Relaxed) + 1;
                if done.is_multiple_of(PROGRESS) || done == total {
                    println!("{done} of {total} messages");
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                if let Err(error) = work() {
                    next.store(conversations.len(), Ordering::Relaxed);
                    if let Ok(mut failure) = failure.lock() {
                        failure.get_or_insert(error);
                    }
                }
            });
        }
    });
    match failure.into_inner() {
        Ok(None) => Ok(()),
        Ok(Some(error)) => Err(error),
        Err(_) => Err(anyhow!("a worker panicked")),
    }
}

/// Pins conversations. That needs the user's own token.
fn pin(rest: &Rest, base_url: &str, conversations: &[Conversation], addresses: &[String]) -> Result<()> {
    let token = user_token(rest)?;
    let base = format!("{}/{}", base_url.trim_end_matches('/'), APP_KEY.replace('#', "/"));
    for (conversation, address) in conversations.iter().zip(addresses).filter(|(it, _)| it.pinned) {
        let chat_type = if conversation.is_group() { "groupchat" } else { "chat" };
        ureq::post(format!("{base}/sdk/user/{MAIN}/user_channel/top?resource=seed"))
            .header("Authorization", format!("Bearer {token}"))
            .send_json(json!({ "type": chat_type, "to": address }))
            .with_context(|| format!("pinning {address}"))?;
    }
    Ok(())
}

fn now_ms() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64)
}
