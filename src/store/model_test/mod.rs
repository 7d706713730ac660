//! Random lives of a device against a plain model of the server: the promises of the whole local copy.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used, clippy::panic)]

mod promises;
mod server;
mod steps;

use super::handle::set_clock;
use super::{Batch, Call, CallState, Check, Comparison, Fact, PATIENCE_MS, Store};
use crate::model::{Conversation, MessageKey};
use crate::model::{HistoryPage, SearchDirection};
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use server::{CHATS, Item, NOTICES, Removal, Server, id_of};
use std::collections::{BTreeSet, VecDeque};
use steps::{Step, step};

/// In memory nothing waits.
fn now<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().unwrap()
}

/// A removal that this device asked for.
struct Asked {
    /// Which tab did; none where it is no longer there.
    tab: Option<usize>,
    name: String,
    what: Removal,
    /// When the server did it, and what went.
    done: Option<(u64, Vec<u64>)>,
}

/// An answer of the server on its way.
enum Answer {
    Page { chat: usize, page: HistoryPage, filtered: bool, size: usize },
    List { list: Vec<Conversation>, whole: bool, asked_at: u64 },
    Check { check: Check, page: HistoryPage },
}

struct World {
    server: Server,
    tabs: Vec<Store>,
    /// What reads is not what writes: a tab that reads after each step would never write by what it remembers of
    /// long ago.
    reads_apart: bool,
    opened: u64,
    asked: Vec<Asked>,
    answers: Vec<(usize, Answer)>,
    /// Batches on their way to the first tab, which has the session, in their order.
    batches: VecDeque<(usize, Vec<Item>)>,
    /// Metas that took effect.
    applied: BTreeSet<u64>,
    positions: [Option<u64>; CHATS + 1],
    /// Messages whose removal took effect here.
    gone: BTreeSet<u64>,
}

/// Other tabs share what is open.
fn opened(tab: Store) -> Store {
    now(tab.position("")).unwrap();
    tab
}

fn queue_name(queue: usize) -> String {
    format!("queue {queue}")
}

impl World {
    fn new() -> Self {
        let server = Server::new(2 * PATIENCE_MS);
        set_clock(server.now);
        let first = opened(Store::in_memory());
        let tabs = vec![first.clone(), opened(first.other_tab(2))];
        Self {
            server,
            tabs,
            reads_apart: false,
            opened: 2,
            asked: Vec::new(),
            answers: Vec::new(),
            batches: VecDeque::new(),
            applied: BTreeSet::new(),
            positions: [None; CHATS + 1],
            gone: BTreeSet::new(),
        }
    }

    fn tick(&mut self, ms: u64) {
        self.server.now += ms;
        set_clock(self.server.now);
    }

    /// A removal is asked for; the server may do it at once.
    fn ask(&mut self, tab: usize, what: Removal, at_once: bool) {
        let id = what.chat().map(id_of);
        let store = &self.tabs[tab];
        let deletes = matches!(what, Removal::Conversation(..) | Removal::All);
        let name = now(store.begin_call(id.as_ref(), deletes)).unwrap();
        self.asked.push(Asked { tab: Some(tab), name, what, done: None });
        if at_once {
            self.act(self.asked.len() - 1);
        }
    }

    fn act(&mut self, at: usize) {
        if self.asked[at].done.is_none() {
            let time = self.server.now;
            let taken = self.server.remove(&self.asked[at].what, false, false);
            self.asked[at].done = Some((time, taken));
        }
    }

    /// The answer to what was asked for arrives, or nobody will ever hear it.
    fn hear(&mut self, at: usize, lost: bool) {
        let Asked { tab, name, what, done } = self.asked.swap_remove(at);
        let Some(tab) = tab.map(|tab| &self.tabs[tab]) else { return };
        match done {
            _ if lost => {
                now(tab.note_call(&name, CallState::Unknown)).unwrap();
                // The server may come to it still.
                if done.is_none() {
                    self.asked.push(Asked { tab: None, name, what, done });
                }
            }
            None => drop(now(tab.note_call(&name, CallState::Settled)).unwrap()),
            Some((done_by, taken)) => {
                let call = Some(Call { name, done_by: Some(done_by) });
                let facts = vec![(0, what.own_fact())];
                now(tab.apply(&Batch { queue: String::new(), position: None, facts, call })).unwrap();
                let named = matches!(what, Removal::Ids(..) | Removal::Until(..));
                self.note_gone(&taken, named);
            }
        }
    }

    /// A deletion does not name messages: one that comes later is compared.
    fn note_gone(&mut self, taken: &[u64], named: bool) {
        let coming = |id: u64| {
            let mut items = self.batches.iter().flat_map(|(_, items)| items);
            items.any(|item| matches!(&item.fact, Fact::Message(arrived) if arrived.message.key.id == id))
        };
        let gone: Vec<_> = taken.iter().copied().filter(|id| named || !coming(*id)).collect();
        self.gone.extend(gone);
    }

    /// A batch sets out.
    fn send_batch(&mut self, queue: usize, count: usize) {
        let items: Vec<_> = self.server.queues[queue].iter().take(count).cloned().collect();
        if !items.is_empty() {
            self.batches.push_back((queue, items));
        }
    }

    /// The first batch on its way arrives. Its acknowledgement may be lost: then it comes again.
    fn take_batch(&mut self, heard: bool) {
        let Some((queue, items)) = self.batches.pop_front() else { return };
        let position = items.last().map(|item| item.meta);
        let facts: Vec<_> = items.iter().map(|item| (item.meta, item.fact.clone())).collect();
        let batch = Batch { queue: queue_name(queue), position, facts, call: None };
        now(self.tabs[0].apply(&batch)).unwrap();
        self.positions[queue] = position;
        for item in &items {
            if self.applied.insert(item.meta) {
                let vague = matches!(&item.fact, Fact::Removed { ids, until: None, .. } if ids.is_empty());
                if !vague {
                    let named = matches!(item.fact, Fact::Removed { .. } | Fact::Recalled { .. });
                    self.note_gone(&item.removed, named);
                }
            }
        }
        if heard {
            self.server.queues[queue].retain(|item| Some(item.meta) > position);
        }
    }

    /// An answer arrives. A page that was overtaken is asked for again.
    fn arrive(&mut self, at: usize) {
        let (tab, answer) = self.answers.swap_remove(at);
        match answer {
            Answer::Page { chat, page, filtered, size } => {
                let (anchor, direction, asked_at) = (page.anchor, page.direction, page.asked_at);
                let fetched = page.messages.clone();
                let Some(saved) = now(self.tabs[tab].save_page(&id_of(chat), &page)).unwrap() else {
                    self.fetch(tab, chat, anchor, direction, size, filtered);
                    return;
                };
                assert!(!saved.iter().any(|(key, _)| self.gone.contains(&key.id)), "shown again");
                let shown = now(self.tabs[tab].filter_removed(&id_of(chat), &fetched, asked_at)).unwrap();
                assert!(!shown.iter().any(|(key, _)| self.gone.contains(&key.id)), "shown again");
                for message in fetched {
                    self.server.chats[chat].unheard.remove(&message.0.id);
                }
            }
            Answer::List { list, whole, asked_at } => {
                now(self.tabs[tab].save_conversations(&list, whole, asked_at)).unwrap();
            }
            Answer::Check { check, page } => {
                now(self.tabs[tab].save_compared(&check, page)).unwrap();
            }
        }
    }

    /// Asks for a page and gets it: nothing overtakes it.
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
        let page = self.server.page(chat, anchor.copied(), direction, size, filtered);
        let next = page.messages.last().filter(|_| !page.is_last).map(|(key, _)| *key);
        let fetched: Vec<_> = page.messages.iter().map(|(key, _)| key.id).collect();
        let saved = now(self.tabs[tab].save_page(&id_of(chat), &page)).unwrap();
        assert!(saved.is_some(), "overtaken by nothing");
        for id in fetched {
            self.server.chats[chat].unheard.remove(&id);
        }
        next
    }

    /// Asks for the next page to compare. Tells whether there is any.
    fn compare(&mut self, tab: usize, size: usize) -> bool {
        // What the socket brings sooner than a lost answer is noticed: the comparison is of what is there.
        while !self.batches.is_empty() {
            self.take_batch(true);
        }
        // No two transactions and a request fit into a millisecond.
        self.tick(1);
        let Comparison::Page(check) = now(self.tabs[tab].comparison(false)).unwrap() else { return false };
        let chat = (0..CHATS).find(|chat| id_of(*chat) == check.conversation).unwrap();
        let sent = &self.server.chats[chat].sent;
        let anchor = check.anchor.map(|id| *sent.iter().find(|key| key.id == id).unwrap());
        let page = self.server.page(chat, anchor, SearchDirection::Up, size, false);
        self.answers.push((tab, Answer::Check { check, page }));
        true
    }

    /// The tab dies; another is opened in its place.
    fn crash(&mut self, tab: usize) {
        self.opened += 1;
        self.tabs[tab] = opened(self.tabs[tab].other_tab(self.opened));
        self.answers.retain(|(own, _)| *own != tab);
        for asked in self.asked.iter_mut().filter(|asked| asked.tab == Some(tab)) {
            asked.tab = None;
        }
        if tab == 0 {
            self.batches.clear();
        }
    }

    /// So long that nothing that was asked for is answered any more.
    fn wait(&mut self, ms: u64) {
        while let Some(at) = self.asked.len().checked_sub(1) {
            self.hear(at, true);
        }
        self.tick(ms);
    }

    fn has_no_mail(&self) -> bool {
        self.batches.is_empty() && self.server.queues.iter().all(VecDeque::is_empty)
    }

    fn deliver_all(&mut self) {
        while !self.batches.is_empty() {
            self.take_batch(true);
        }
        for queue in 0..=NOTICES {
            self.send_batch(queue, usize::MAX);
            self.take_batch(true);
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
            world.promises();
        }
        world.settle(size, up);
    }
}
