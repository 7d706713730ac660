//! Random conversations, held against a plain model: what each user sees, walked both ways, in pages of any size,
//! under any filter, from any message.

use super::support::*;
use serde_json::json;
use std::collections::HashSet;

/// A small random generator, so that a failing case can be repeated by its seed.
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
struct Said {
    time: u64,
    id: u64,
    sender: &'static str,
    kind: &'static str,
    heard_by: HashSet<&'static str>,
    recalled: bool,
}

#[derive(Default)]
struct Model {
    said: Vec<Said>,
    removed: HashSet<(&'static str, u64)>,
}

impl Model {
    /// What a user sees, oldest first.
    fn visible(&self, user: &'static str) -> Vec<&Said> {
        let mut seen: Vec<&Said> = self
            .said
            .iter()
            .filter(|m| !m.recalled && m.heard_by.contains(user) && !self.removed.contains(&(user, m.id)))
            .collect();
        seen.sort_by_key(|m| (m.time, m.id));
        seen
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
    inside: HashSet<&'static str>,
    model: Model,
}

impl Case<'_> {
    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn peer(&self, name: &str) -> String {
        self.group.clone().unwrap_or_else(|| self.full(if name == "ann" { "ben" } else { "ann" }))
    }

    async fn step(&mut self) {
        let insiders: Vec<&'static str> =
            NAMES.into_iter().filter(|name| self.inside.contains(name)).collect();
        match self.random.below(20) {
            0..=13 => {
                let sender = *self.random.pick(&insiders);
                let time = BASE + self.random.below(12) as u64;
                let kind = *self.random.pick(&KINDS);
                let to = self.peer(sender);
                let body = json!({"msg": "m", "action": "a", "customEvent": "e", "addr": "x"});
                let id = self.server.send_body(&self.full(sender), &to, kind, &body, Some(time)).await;
                let heard_by = self.inside.clone();
                self.model.said.push(Said { time, id, sender, kind, heard_by, recalled: false });
            }
            14 | 15 => self.remove_ids().await,
            16 => self.remove_time().await,
            17 => {
                if let Some(at) =
                    (!self.model.said.is_empty()).then(|| self.random.below(self.model.said.len()))
                {
                    let said = &mut self.model.said[at];
                    if !said.recalled {
                        said.recalled = true;
                        let id = said.id.to_string();
                        self.server.app("POST", "/messages/msg_recall", Some(json!({"msg_id": id}))).await;
                    }
                }
            }
            _ => {
                // Someone joins or leaves, where it is a group.
                if let Some(group) = &self.group {
                    let name = *self.random.pick(&NAMES[1..]);
                    let joins = !self.inside.contains(name);
                    let method = if joins { "POST" } else { "DELETE" };
                    let path = format!("/chatgroups/{group}/users/{}", self.full(name));
                    self.server.app(method, &path, None).await;
                    if joins {
                        self.inside.insert(name)
                    } else {
                        self.inside.remove(name)
                    };
                }
            }
        }
    }

    async fn remove_ids(&mut self) {
        if self.model.said.is_empty() {
            return;
        }
        let name = *self.random.pick(&NAMES[..2]);
        let ids: Vec<u64> = (0..=self.random.below(4))
            .map(|_| self.model.said[self.random.below(self.model.said.len())].id)
            .collect();
        self.model.removed.extend(ids.iter().map(|&id| (name, id)));
        let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        self.remove(name, "", &format!("msgIdList={list}")).await;
    }

    async fn remove_time(&mut self) {
        let name = *self.random.pick(&NAMES[..2]);
        let until = BASE + self.random.below(7) as u64;
        let gone: Vec<u64> = self.model.said.iter().filter(|m| m.time <= until).map(|m| m.id).collect();
        self.model.removed.extend(gone.into_iter().map(|id| (name, id)));
        self.remove(name, "/time", &format!("delTime={until}")).await;
    }

    async fn remove(&self, name: &str, tail: &str, query: &str) {
        let (word, key) = if self.group.is_some() { ("group", "groupId") } else { ("chat", "userId") };
        let (user, peer) = (self.full(name), self.peer(name));
        let path = format!("/sdk/message/roaming/{word}/user/{user}{tail}?{key}={peer}&{query}&resource=r");
        let user = &self.users[NAMES.iter().position(|n| *n == name).unwrap()];
        let (status, answer) = self.server.call("DELETE", &path, &user.token, None).await;
        // Nobody can remove from a group they never were in.
        assert!(status == 200 || status == 403, "{answer}");
    }

    /// One walk through everything a user sees, under one random set of filters.
    async fn walk(&mut self, at: usize) {
        let name = NAMES[at];
        let kinds: Vec<&str> = KINDS.into_iter().filter(|_| self.random.below(3) == 0).collect();
        let from = (self.random.below(4) == 0).then(|| BASE + self.random.below(12) as u64);
        let to = (self.random.below(4) == 0).then(|| BASE + self.random.below(12) as u64);
        let sender = (self.random.below(4) == 0).then(|| *self.random.pick(&NAMES));
        let forward = self.random.below(2) == 0;
        let size = 1 + self.random.below(50);
        let start = match (self.random.below(2), self.model.said.len()) {
            (0, n) if n > 0 => Some(self.model.said[self.random.below(n)].clone()),
            _ => None,
        };
        let mut wanted: Vec<u64> = self
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
            wanted.reverse();
        }
        let user = self.users[at].clone();
        let peer = self.peer(name);
        let mut next = start.map_or(json!(-1), |s| json!(s.id.to_string()));
        let mut got = Vec::new();
        loop {
            let page = self
                .server
                .history(
                    &user,
                    &peer,
                    json!({"start": next, "is_positive": forward, "pull_number": size,
                    "msgType": kinds.join(","), "startTime": from, "endTime": to,
                    "userId": sender.map(|s| self.full(s))}),
                )
                .await;
            assert!(page.ids.len() <= size);
            assert_eq!(page.is_last, got.len() + page.ids.len() >= wanted.len(), "is_last");
            next = json!(page.next);
            got.extend(page.ids);
            if page.is_last {
                break;
            }
        }
        assert_eq!(got, wanted, "{name}, forward {forward}, size {size}");
    }

    /// The list shows the newest message that is left, and counts what is unread of it.
    async fn check_list(&self, at: usize) {
        let name = NAMES[at];
        if self.group.is_some() && !self.model.said.iter().any(|m| m.heard_by.contains(name)) {
            return;
        }
        let Some(entry) = self.server.entry(&self.users[at], &self.peer(name)).await else {
            assert!(self.model.said.is_empty());
            return;
        };
        let visible = self.model.visible(name);
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
        users.push(server.user(&format!("{prefix}{name}")).await);
    }
    let names: Vec<String> = users.iter().map(|user| user.name.clone()).collect();
    let group = if grouped { Some(server.group("chatgroups", &names[0], &[&names[1]]).await) } else { None };
    let mut case = Case {
        server,
        random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
        users,
        prefix,
        group,
        inside: HashSet::from(["ann", "ben"]),
        model: Model::default(),
    };
    for _ in 0..60 {
        case.step().await;
    }
    for at in 0..2 {
        for _ in 0..12 {
            case.walk(at).await;
        }
        case.check_list(at).await;
    }
    if grouped && case.model.said.iter().any(|m| m.heard_by.contains("cat")) {
        case.walk(2).await;
        case.check_list(2).await;
    }
}

#[tokio::test]
async fn two_users_see_what_the_model_says() {
    let server = TestServer::start(&[]).await;
    for seed in 1..=15 {
        println!("seed {seed}");
        run(&server, seed, false).await;
    }
}

#[tokio::test]
async fn groups_with_comings_and_goings_are_what_the_model_says() {
    let server = TestServer::start(&[]).await;
    for seed in 1..=15 {
        println!("seed {seed}");
        run(&server, seed, true).await;
    }
}
