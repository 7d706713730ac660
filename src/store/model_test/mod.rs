//! Random histories of a device against a simple model of the server. They check the promises of the whole local copy.

// Clippy does not recognize the helper functions as test code.
#![allow(clippy::unwrap_used, clippy::panic)]

mod promises;
mod server;
mod steps;

use super::clock::{set_clock, set_wall_offset};
use super::{Batch, Call, CallState, Check, Comparison, EventScope, Fact, MAX_RESPONSE_AGE_MS, Store};
use crate::model::{Conversation, HistoryPage, MessageKey, RequestTime, SearchDirection};
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use server::{CHATS, Item, NOTICES, Removal, Server, id_of};
use std::collections::{BTreeSet, VecDeque};
use steps::{Step, step};

/// The result of a call. The database in memory never waits.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().unwrap()
}

/// A removal that this device requested.
struct RequestedRemoval {
    /// The tab that requested it; `None` if the tab is gone.
    tab: Option<usize>,
    name: String,
    what: Removal,
    /// When the server acted, and the ids of the removed messages.
    done: Option<(u64, Vec<u64>)>,
}

/// A response of the server that is on its way.
enum Response {
    Page { chat: usize, page: HistoryPage, filtered: bool, size: usize },
    List { list: Vec<Conversation>, whole: bool, asked_at: RequestTime },
    Check { check: Check, page: HistoryPage },
}

struct World {
    server: Server,
    tabs: Vec<Store>,
    /// True if the checks read through a separate handle. A tab that reads after each step would never write with an
    /// old cache.
    reads_apart: bool,
    /// The number of handles that were opened.
    opened: u64,
    removals: Vec<RequestedRemoval>,
    responses: Vec<(usize, Response)>,
    /// Batches on their way to the first tab, which has the session, in order.
    batches: VecDeque<(usize, Vec<Item>)>,
    /// The metas that were applied.
    applied: BTreeSet<u64>,
    positions: [Option<u64>; CHATS + 1],
    /// Messages whose removal was applied here.
    removed_ids: BTreeSet<u64>,
}

/// Waits until the tab has opened the database, which all tabs share.
fn opened(tab: Store) -> Store {
    now(tab.queue_position("")).unwrap();
    tab
}

fn queue_name(queue: usize) -> String {
    format!("queue {queue}")
}

impl World {
    fn new() -> Self {
        let server = Server::new(2 * MAX_RESPONSE_AGE_MS);
        set_clock(server.now);
        set_wall_offset(0);
        let first = opened(Store::in_memory());
        let tabs = vec![first.clone(), opened(first.other_tab(2))];
        Self {
            server,
            tabs,
            reads_apart: false,
            opened: 2,
            removals: Vec::new(),
            responses: Vec::new(),
            batches: VecDeque::new(),
            applied: BTreeSet::new(),
            positions: [None; CHATS + 1],
            removed_ids: BTreeSet::new(),
        }
    }

    fn tick(&mut self, ms: u64) {
        self.server.now += ms;
        set_clock(self.server.now);
    }

    /// A tab requests a removal; the server may act at once.
    fn request_removal(&mut self, tab: usize, what: Removal, at_once: bool) {
        let id = what.chat().map(id_of);
        let store = &self.tabs[tab];
        let deletes = matches!(what, Removal::Conversation(..) | Removal::All);
        let name = now(store.begin_call(id.as_ref(), deletes)).unwrap();
        self.removals.push(RequestedRemoval { tab: Some(tab), name, what, done: None });
        if at_once {
            self.act(self.removals.len() - 1);
        }
    }

    fn act(&mut self, at: usize) {
        if self.removals[at].done.is_none() {
            let time = self.server.now;
            let taken = self.server.remove(&self.removals[at].what, false, false);
            self.removals[at].done = Some((time, taken));
        }
    }

    /// The response to a removal arrives, or is lost.
    fn receive_result(&mut self, at: usize, lost: bool) {
        let RequestedRemoval { tab, name, what, done } = self.removals.swap_remove(at);
        let Some(tab) = tab.map(|tab| &self.tabs[tab]) else { return };
        match done {
            _ if lost => {
                now(tab.set_call_state(&name, CallState::Unknown)).unwrap();
                // The server may still act.
                if done.is_none() {
                    self.removals.push(RequestedRemoval { tab: None, name, what, done });
                }
            }
            None => drop(now(tab.set_call_state(&name, CallState::Settled)).unwrap()),
            Some((completed_at, taken)) => {
                let call = Some(Call { name, completed_at: Some(completed_at) });
                let facts = vec![(0, what.own_fact())];
                now(tab.apply(&Batch { queue: String::new(), position: None, facts, call })).unwrap();
                let named = matches!(what, Removal::Ids(..) | Removal::Until(..));
                self.note_removed(&taken, named);
            }
        }
    }

    /// Notes removed messages. A deletion does not name its messages, so a message that arrives later is compared.
    fn note_removed(&mut self, taken: &[u64], named: bool) {
        let is_coming = |id: u64| {
            let mut items = self.batches.iter().flat_map(|(_, items)| items);
            items.any(|item| matches!(&item.fact, Fact::Message(arrived) if arrived.message.key.id == id))
        };
        let removed: Vec<_> = taken.iter().copied().filter(|id| named || !is_coming(*id)).collect();
        self.removed_ids.extend(removed);
    }

    /// The server sends a batch.
    fn send_batch(&mut self, queue: usize, count: usize) {
        let items: Vec<_> = self.server.queues[queue].iter().take(count).cloned().collect();
        if !items.is_empty() {
            self.batches.push_back((queue, items));
        }
    }

    /// The first batch on its way arrives. If its acknowledgement is lost, the server sends it again.
    fn receive_batch(&mut self, is_acknowledged: bool) {
        let Some((queue, items)) = self.batches.pop_front() else { return };
        let position = items.last().map(|item| item.meta);
        let facts: Vec<_> = items.iter().map(|item| (item.meta, item.fact.clone())).collect();
        let batch = Batch { queue: queue_name(queue), position, facts, call: None };
        now(self.tabs[0].apply(&batch)).unwrap();
        self.positions[queue] = position;
        for item in &items {
            if self.applied.insert(item.meta) {
                let is_vague = matches!(&item.fact, Fact::Removed { ids, until: None, .. } if ids.is_empty());
                if !is_vague {
                    let named = matches!(item.fact, Fact::Removed { .. } | Fact::Recalled { .. });
                    self.note_removed(&item.removed, named);
                }
            }
        }
        if is_acknowledged {
            self.server.queues[queue].retain(|item| Some(item.meta) > position);
        }
    }

    /// A response arrives. An overtaken page is requested again.
    fn arrive(&mut self, at: usize) {
        let (tab, response) = self.responses.swap_remove(at);
        match response {
            Response::Page { chat, page, filtered, size } => {
                let (anchor, direction, asked_at) = (page.anchor, page.direction, page.asked_at);
                let fetched = page.messages.clone();
                let Some(saved) = now(self.tabs[tab].save_page(&id_of(chat), &page)).unwrap() else {
                    self.fetch(tab, chat, anchor, direction, size, filtered);
                    return;
                };
                assert!(
                    !saved.iter().any(|(key, _)| self.removed_ids.contains(&key.id)),
                    "a removed message is visible"
                );
                let shown = now(self.tabs[tab].filter_removed(&id_of(chat), &fetched, asked_at)).unwrap();
                assert!(
                    !shown.iter().any(|(key, _)| self.removed_ids.contains(&key.id)),
                    "a removed message is visible"
                );
                for message in fetched {
                    self.server.chats[chat].undelivered.remove(&message.0.id);
                }
            }
            Response::List { list, whole, asked_at } => {
                now(self.tabs[tab].save_conversations(&list, asked_at)).unwrap();
                if whole {
                    let keys = list.iter().map(|listed| listed.id().storage_key()).collect();
                    now(self.tabs[tab].drop_unlisted(&keys, asked_at)).unwrap();
                }
            }
            Response::Check { check, page } => {
                now(self.tabs[tab].save_compared_page(&check, page, EventScope::Nobody)).unwrap();
            }
        }
    }

    /// Fetches a page and merges it. Nothing can overtake it.
    fn fetch(
        &mut self,
        tab: usize,
        chat: usize,
        anchor: Option<u64>,
        direction: SearchDirection,
        size: usize,
        filtered: bool,
    ) -> Option<MessageKey> {
        self.tick(1);
        let anchor = anchor.and_then(|id| self.server.chats[chat].sent.iter().find(|key| key.id == id));
        let asked_at = self.tabs[tab].request_time();
        let page = self.server.page(chat, anchor.copied(), direction, size, filtered, asked_at);
        let next = page.messages.last().filter(|_| !page.is_last).map(|(key, _)| *key);
        let fetched: Vec<_> = page.messages.iter().map(|(key, _)| key.id).collect();
        let saved = now(self.tabs[tab].save_page(&id_of(chat), &page)).unwrap();
        assert!(saved.is_some(), "no change can have overtaken the page");
        for id in fetched {
            self.server.chats[chat].undelivered.remove(&id);
        }
        next
    }

    /// Requests the next page to compare. Returns false if there is none.
    fn compare(&mut self, tab: usize, size: usize) -> bool {
        // The socket delivers batches before a lost response is noticed, so the comparison begins after them.
        while !self.batches.is_empty() {
            self.receive_batch(true);
        }
        // Two transactions and a request take longer than a millisecond.
        self.tick(1);
        let Comparison::Page(check) = now(self.tabs[tab].next_comparison(false)).unwrap() else {
            return false;
        };
        let chat =
            (0..CHATS).find(|chat| id_of(*chat).storage_key() == check.conversation.storage_key()).unwrap();
        let sent = &self.server.chats[chat].sent;
        let anchor = check.anchor.map(|id| *sent.iter().find(|key| key.id == id).unwrap());
        let asked_at = self.tabs[tab].request_time();
        let page = self.server.page(chat, anchor, SearchDirection::Up, size, false, asked_at);
        self.responses.push((tab, Response::Check { check, page }));
        true
    }

    /// A tab dies, and another one takes its place.
    fn crash(&mut self, tab: usize) {
        self.opened += 1;
        self.tabs[tab] = opened(self.tabs[tab].other_tab(self.opened));
        self.responses.retain(|(own, _)| *own != tab);
        for removal in self.removals.iter_mut().filter(|removal| removal.tab == Some(tab)) {
            removal.tab = None;
        }
        if tab == 0 {
            self.batches.clear();
        }
    }

    /// Waits until no response to a removal can arrive anymore.
    fn wait(&mut self, ms: u64) {
        while let Some(at) = self.removals.len().checked_sub(1) {
            self.receive_result(at, true);
        }
        self.tick(ms);
    }

    fn has_no_batches(&self) -> bool {
        self.batches.is_empty() && self.server.queues.iter().all(VecDeque::is_empty)
    }

    fn deliver_all(&mut self) {
        while !self.batches.is_empty() {
            self.receive_batch(true);
        }
        for queue in 0..=NOTICES {
            self.send_batch(queue, usize::MAX);
            self.receive_batch(true);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        max_shrink_iters: 20_000,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
     })]

    #[test]
    fn the_promises_hold(
        steps in prop::collection::vec(step(), 1..70),
        size in prop_oneof![1usize..10, Just(50)],
        up in any::<bool>(),
        reads_apart in any::<bool>(),
    ) {
        let mut world = World { reads_apart, ..World::new() };
        for step in steps {
            world.step(&step);
            world.check_promises();
        }
        world.settle(size, up);
    }
}
