//! Random conversations, compared with a simple model. Each user reads their history in both directions, in
//! pages of any size, with any filters and from any message.

use super::support::*;
use serde_json::{Value, json};
use std::collections::HashSet;

/// A small random number generator, so that a failing case can be repeated by its seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

#[derive(Clone, Debug)]
struct ModelMessage {
    time: u64,
    id: u64,
    sender: &'static str,
    kind: &'static str,
    receivers: HashSet<&'static str>,
    recalled: bool,
}

impl ModelMessage {
    /// Commands are in the history only.
    fn is_listed(&self) -> bool {
        self.kind != "cmd"
    }
}

#[derive(Default)]
struct Model {
    messages: Vec<ModelMessage>,
    removed: HashSet<(&'static str, u64)>,
}

impl Model {
    /// The messages that a user sees, oldest first.
    fn visible(&self, user: &'static str) -> Vec<&ModelMessage> {
        let mut visible: Vec<&ModelMessage> = self
            .messages
            .iter()
            .filter(|m| !m.recalled && m.receivers.contains(user) && !self.removed.contains(&(user, m.id)))
            .collect();
        visible.sort_by_key(|m| (m.time, m.id));
        visible
    }
}

const BASE: u64 = 1_700_000_000_000;
const NAMES: [&str; 3] = ["ann", "ben", "cat"];
const KINDS: [&str; 4] = ["txt", "loc", "cmd", "custom"];

struct Case<'a> {
    server: &'a TestServer,
    random: Random,
    users: Vec<TestUser>,
    prefix: String,
    group: Option<String>,
    members: HashSet<&'static str>,
    model: Model,
}

impl Case<'_> {
    /// The name of a user of this case.
    fn full_name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn peer(&self, name: &str) -> String {
        self.group.clone().unwrap_or_else(|| self.full_name(if name == "ann" { "ben" } else { "ann" }))
    }

    async fn step(&mut self) {
        let members: Vec<&'static str> =
            NAMES.into_iter().filter(|name| self.members.contains(name)).collect();
        match self.random.below(20) {
            0..=13 => {
                let sender = *self.random.pick(&members);
                let time = BASE + self.random.below(12) as u64;
                let kind = *self.random.pick(&KINDS);
                let to = self.peer(sender);
                let body = json!({"msg": "m", "action": "a", "customEvent": "e", "addr": "x"});
                let targets: HashSet<&'static str> = match &self.group {
                    Some(_) if self.random.below(4) == 0 => HashSet::from([*self.random.pick(&members)]),
                    _ => HashSet::new(),
                };
                let id = if targets.is_empty() {
                    self.server.send_body(&self.full_name(sender), &to, kind, &body, Some(time)).await
                } else {
                    self.send_to_members(sender, &targets, kind, &body, time).await
                };
                let mut receivers = if targets.is_empty() { self.members.clone() } else { targets };
                receivers.insert(sender);
                self.model.messages.push(ModelMessage { time, id, sender, kind, receivers, recalled: false });
            }
            14 => {
                // A message for online devices only leaves no trace.
                let from = *self.random.pick(&members);
                let to = self.peer(from);
                let path = if self.group.is_some() { "/messages/chatgroups" } else { "/messages/users" };
                let message = json!({"from": self.full_name(from), "to": [to], "type": "txt",
                                     "body": {"msg": "now"}, "routetype": "ROUTE_ONLINE"});
                self.server.app_call("POST", path, Some(message)).await;
            }
            15 => self.remove_ids().await,
            16 => self.remove_time().await,
            17 => {
                if let Some(at) =
                    (!self.model.messages.is_empty()).then(|| self.random.below(self.model.messages.len()))
                {
                    let message = &mut self.model.messages[at];
                    if !message.recalled {
                        message.recalled = true;
                        let id = message.id.to_string();
                        self.server
                            .app_call("POST", "/messages/msg_recall", Some(json!({"msg_id": id})))
                            .await;
                    }
                }
            }
            _ => {
                // In a group, a user joins or leaves.
                if let Some(group) = &self.group {
                    let name = *self.random.pick(&NAMES[1..]);
                    let joins = !self.members.contains(name);
                    let method = if joins { "POST" } else { "DELETE" };
                    let path = format!("/chatgroups/{group}/users/{}", self.full_name(name));
                    self.server.app_call(method, &path, None).await;
                    if joins {
                        self.members.insert(name)
                    } else {
                        self.members.remove(name)
                    };
                }
            }
        }
    }

    /// Sends a message to some members of the group and returns its id.
    async fn send_to_members(
        &self,
        sender: &str,
        targets: &HashSet<&'static str>,
        kind: &str,
        body: &Value,
        time: u64,
    ) -> u64 {
        let group = self.group.as_deref().unwrap();
        let users: Vec<String> = targets.iter().map(|name| self.full_name(name)).collect();
        let message = json!({"from": self.full_name(sender), "to": [group], "type": kind, "body": body,
                             "users": users, "msg_timestamp": time});
        let answer = self.server.app_call("POST", "/messages/chatgroups/users", Some(message)).await;
        answer["data"][group].as_str().unwrap().parse().unwrap()
    }

    async fn remove_ids(&mut self) {
        if self.model.messages.is_empty() {
            return;
        }
        let name = *self.random.pick(&NAMES[..2]);
        let ids: Vec<u64> = (0..=self.random.below(4))
            .map(|_| self.model.messages[self.random.below(self.model.messages.len())].id)
            .collect();
        self.model.removed.extend(ids.iter().map(|&id| (name, id)));
        let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.remove(name, "", &format!("msgIdList={list}")).await;
    }

    async fn remove_time(&mut self) {
        let name = *self.random.pick(&NAMES[..2]);
        let until = BASE + self.random.below(7) as u64;
        let removed: Vec<u64> =
            self.model.messages.iter().filter(|m| m.time <= until).map(|m| m.id).collect();
        self.model.removed.extend(removed.into_iter().map(|id| (name, id)));
        self.remove(name, "/time", &format!("delTime={until}")).await;
    }

    async fn remove(&self, name: &str, tail: &str, query: &str) {
        let (kind, key) = if self.group.is_some() { ("group", "groupId") } else { ("chat", "userId") };
        let (user, peer) = (self.full_name(name), self.peer(name));
        let path = format!("/sdk/message/roaming/{kind}/user/{user}{tail}?{key}={peer}&{query}&resource=r");
        let user = &self.users[NAMES.iter().position(|n| *n == name).unwrap()];
        let (status, answer) = self.server.call("DELETE", &path, &user.token, None).await;
        // A user who never was a member cannot remove messages.
        assert!(status == 200 || status == 403, "{answer}");
    }

    /// Reads the whole history of a user with random filters, direction, start and page size.
    async fn check_history(&mut self, at: usize) {
        let name = NAMES[at];
        let kinds: Vec<&str> = KINDS.into_iter().filter(|_| self.random.below(3) == 0).collect();
        let from = (self.random.below(4) == 0).then(|| BASE + self.random.below(12) as u64);
        let to = (self.random.below(4) == 0).then(|| BASE + self.random.below(12) as u64);
        let sender = (self.random.below(4) == 0).then(|| *self.random.pick(&NAMES));
        let forward = self.random.below(2) == 0;
        let size = 1 + self.random.below(50);
        let start = match (self.random.below(2), self.model.messages.len()) {
            (0, n) if n > 0 => Some(self.model.messages[self.random.below(n)].clone()),
            _ => None,
        };
        let mut expected: Vec<u64> = self
            .model
            .visible(name)
            .into_iter()
            .filter(|m| kinds.is_empty() || kinds.contains(&m.kind))
            .filter(|m| from.is_none_or(|t| m.time >= t) && to.is_none_or(|t| m.time <= t))
            .filter(|m| sender.is_none_or(|s| m.sender == s))
            .filter(|m| {
                start.as_ref().is_none_or(|s| {
                    if forward { (m.time, m.id) > (s.time, s.id) } else { (m.time, m.id) < (s.time, s.id) }
                })
            })
            .map(|m| m.id)
            .collect();
        if !forward {
            expected.reverse();
        }
        let user = self.users[at].clone();
        let peer = self.peer(name);
        let mut next = start.map_or(json!(-1), |s| json!(s.id.to_string()));
        let mut actual = Vec::new();
        loop {
            let page = self
                .server
                .read_history(
                    &user,
                    &peer,
                    json!({"start": next, "is_positive": forward, "pull_number": size,
                    "msgType": kinds.join(","), "startTime": from, "endTime": to,
                    "userId": sender.map(|s| self.full_name(s))}),
                )
                .await;
            assert!(page.ids.len() <= size);
            assert_eq!(page.is_last, actual.len() + page.ids.len() >= expected.len(), "is_last");
            next = json!(page.next);
            actual.extend(page.ids);
            if page.is_last {
                break;
            }
        }
        assert_eq!(actual, expected, "{name}, forward {forward}, size {size}");
    }

    /// Checks the newest message and the unread count in the list.
    async fn check_list(&self, at: usize) {
        let name = NAMES[at];
        let is_listed = self.model.messages.iter().any(|m| m.is_listed() && m.receivers.contains(name));
        let Some(entry) = self.server.find_conversation(&self.users[at], &self.peer(name)).await else {
            assert!(!is_listed, "{name} has no conversation");
            return;
        };
        assert!(is_listed, "{name} has a conversation");
        let visible: Vec<_> = self.model.visible(name).into_iter().filter(|m| m.is_listed()).collect();
        let newest = visible.last().map(|m| m.id.to_string());
        assert_eq!(entry["meta"]["id"].as_str().map(ToOwned::to_owned), newest, "{name}");
        let unread = visible.iter().filter(|m| m.sender != name).count();
        assert_eq!(entry["unread_num"].as_u64().unwrap() as usize, unread, "{name}");
    }
}

async fn run(server: &TestServer, seed: u64, grouped: bool) {
    let prefix = format!("s{seed}{}.", if grouped { "g" } else { "d" });
    let mut users = Vec::new();
    for name in NAMES {
        users.push(server.create_user(&format!("{prefix}{name}")).await);
    }
    let names: Vec<String> = users.iter().map(|user| user.name.clone()).collect();
    let group =
        if grouped { Some(server.create_group("chatgroups", &names[0], &[&names[1]]).await) } else { None };
    let mut case = Case {
        server,
        random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        users,
        prefix,
        group,
        members: HashSet::from(["ann", "ben"]),
        model: Model::default(),
    };
    for _ in 0..60 {
        case.step().await;
    }
    for at in 0..2 {
        for _ in 0..12 {
            case.check_history(at).await;
        }
        case.check_list(at).await;
    }
    if grouped && case.model.messages.iter().any(|m| m.receivers.contains("cat")) {
        case.check_history(2).await;
        case.check_list(2).await;
    }
}

#[tokio::test]
async fn direct_conversations_match_the_model() {
    let server = TestServer::start(&[]).await;
    for seed in 1..=15 {
        println!("seed {seed}");
        run(&server, seed, false).await;
    }
}

#[tokio::test]
async fn groups_with_changing_members_match_the_model() {
    let server = TestServer::start(&[]).await;
    for seed in 1..=15 {
        println!("seed {seed}");
        run(&server, seed, true).await;
    }
}
