//! What must hold after each step, and when all is quiet.

use super::server::{CHATS, id_of, message};
use super::{World, now, opened, queue_name};
use crate::model::SearchDirection::{self, Down, Up};
use crate::model::{Conversation, MessageKey, StoredMessage};
use crate::store::db::Table;
use crate::store::removals::Removals;
use crate::store::{Comparison, Fact, LocalPage, LocalQuery, PATIENCE_MS, Store, doubts};

/// The number of a handle that does nothing but read.
const READER: u64 = 1_000_000;

/// More messages than a test sends.
const ALL: u32 = 100_000;

fn read(
    tab: &Store,
    chat: usize,
    anchor: Option<u64>,
    direction: SearchDirection,
    size: u32,
) -> (LocalPage, Vec<StoredMessage>) {
    let page = now(tab.page(&id_of(chat), LocalQuery { anchor, direction, size })).unwrap();
    let messages = page.messages.iter().map(|(_, text)| text.read().unwrap()).collect();
    (page, messages)
}

fn list(tab: &Store) -> Vec<Conversation> {
    let list = now(tab.conversations()).unwrap();
    list.into_iter().map(|shown| shown.read().unwrap()).collect()
}

fn doubted(tab: &Store, chat: usize) -> bool {
    let key = id_of(chat).storage_key();
    now(tab.read(&[Table::Doubts], |tx| doubts::concern(tx, &key, tab.number()))).unwrap()
}

#[allow(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime only")]
fn removals(tab: &Store) -> Vec<(String, Removals)> {
    now(tab.read(&[Table::Removals], |tx| tx.all::<Removals>())).unwrap()
}

impl World {
    pub(super) fn promises(&self) {
        for tab in &self.tabs {
            let reader = if self.reads_apart { opened(tab.other_tab(READER)) } else { tab.clone() };
            for chat in 0..CHATS {
                self.reading_holds(&reader, chat);
            }
        }
        for shown in list(&self.tabs[0]) {
            if let Some(last) = shown.last_message {
                assert!(!self.gone.contains(&last.key().id), "the list shows {:?} again", last.key());
            }
        }
    }

    /// Reads all, from gap to gap.
    fn reading_holds(&self, tab: &Store, chat: usize) {
        let doubted = doubted(tab, chat);
        let mut anchor = None;
        loop {
            let (page, messages) = read(tab, chat, anchor.map(|key: MessageKey| key.id), Up, ALL);
            let keys: Vec<_> = messages.iter().map(StoredMessage::key).collect();
            assert!(keys.is_sorted_by(|a, b| a > b));
            for message in &messages {
                assert!(!self.gone.contains(&message.key().id), "{:?} came back", message.key());
                assert!(doubted || self.may_be_there(chat, message), "{message:?} is not on the server");
            }
            assert!(!page.complete || (!doubted && page.whole == keys.len()));
            let mut newer = anchor;
            for key in &keys[..page.whole] {
                self.nothing_between(chat, Some(*key), newer);
                newer = Some(*key);
            }
            if page.is_last && !doubted && page.whole == keys.len() && (page.complete || newer.is_some()) {
                self.nothing_between(chat, None, newer);
            }
            match keys.get(page.whole) {
                Some(key) if !doubted => anchor = Some(*key),
                _ => break,
            }
        }
        let (page, messages) = read(tab, chat, None, Down, ALL);
        let mut older = None;
        for message in &messages[..page.whole] {
            self.nothing_between(chat, older, Some(message.key()));
            older = Some(message.key());
        }
        if page.is_last && page.complete {
            self.nothing_between(chat, older, None);
        }
    }

    /// What did not take effect yet.
    fn to_come(&self) -> impl Iterator<Item = &super::Item> {
        let sent = self.batches.iter().flat_map(|(_, items)| items);
        let items = self.server.queues.iter().flatten().chain(sent);
        items.filter(|item| !self.applied.contains(&item.meta))
    }

    /// Whether the server has it just so, or word that it does not is on its way.
    fn may_be_there(&self, chat: usize, shown: &StoredMessage) -> bool {
        let key = shown.key();
        if self.server.chats[chat].messages.get(&key).is_some_and(|is| message(chat, key, *is) == *shown) {
            return true;
        }
        let asked = self.asked.iter().filter_map(|asked| asked.done.as_ref());
        asked.flat_map(|(_, taken)| taken).any(|id| *id == key.id)
            || self.to_come().any(|item| {
                item.removed.contains(&key.id)
                    || matches!(&item.fact, Fact::Edited { id, .. } if *id == key.id)
            })
    }

    /// The server has nothing between two neighbours, but for what it is about to tell.
    fn nothing_between(&self, chat: usize, older: Option<MessageKey>, newer: Option<MessageKey>) {
        let server = &self.server.chats[chat];
        let between = server
            .messages
            .keys()
            .filter(|key| older.is_none_or(|older| older < **key) && newer.is_none_or(|newer| **key < newer));
        for key in between {
            let comes = self
                .to_come()
                .any(|item| matches!(&item.fact, Fact::Message(arrived) if arrived.message.key == *key));
            // The end is where it was when it was last heard of.
            let unheard = newer.is_none() && server.unheard.contains(&key.id);
            assert!(comes || unheard, "{key:?} stands between {older:?} and {newer:?}");
        }
    }

    /// Everything arrives, what is doubted is compared, what is there is walked through: the copy is the server's.
    pub(super) fn settle(&mut self, size: usize, up: bool) {
        for at in (0..self.asked.len()).rev() {
            self.hear(at, at % 3 == 0);
            self.promises();
        }
        self.deliver_all();
        self.promises();
        while !self.answers.is_empty() {
            self.arrive(0);
            self.promises();
        }
        // Some of what nobody hears of any more is done after a comparison.
        self.compare_all(size);
        for at in (0..self.asked.len()).filter(|at| at % 3 < 2) {
            self.act(at);
        }
        self.promises();
        self.wait(60_001);
        self.compare_all(size);
        self.promises();
        self.nothing_listed_that_is_gone();
        assert!((0..CHATS).all(|chat| !doubted(&self.tabs[0], chat)));
        self.walk(size, up);
        self.same_histories();
        self.same_list(false);
        for (queue, position) in self.positions.iter().enumerate() {
            assert_eq!(now(self.tabs[1].position(&queue_name(queue))).unwrap(), *position);
        }
        self.wait(PATIENCE_MS + 1);
        now(self.tabs[0].sweep()).unwrap();
        assert_eq!(removals(&self.tabs[0]), []);
        self.same_histories();
        self.walk(size, !up);
        self.same_histories();
        self.same_list(true);
    }

    fn compare_all(&mut self, size: usize) {
        for tab in 0..self.tabs.len() {
            if now(self.tabs[tab].comparison(true)).unwrap() == Comparison::List {
                // As with every comparison: no two transactions and a request fit into a millisecond.
                self.tick(1);
                let (list, asked_at) = (self.server.list(), self.server.now);
                self.tick(1);
                now(self.tabs[tab].save_compared_list(&list, asked_at)).unwrap();
            }
            let mut pages = 0;
            while self.compare(tab, size) {
                pages += 1;
                assert!(pages < 1_000, "comparing does not end");
                self.arrive(0);
                self.tick(1);
            }
        }
    }

    fn walk(&mut self, size: usize, up: bool) {
        for chat in 0..CHATS {
            let mut anchor = None;
            loop {
                anchor = self.fetch(
                    0,
                    chat,
                    anchor.map(|key: MessageKey| key.id),
                    if up { Up } else { Down },
                    size,
                    false,
                );
                if anchor.is_none() {
                    break;
                }
            }
        }
        self.tick(1);
        now(self.tabs[0].save_conversations(&self.server.list(), true, self.server.now)).unwrap();
        self.promises();
    }

    fn same_histories(&self) {
        for (chat, server) in self.server.chats.iter().enumerate() {
            let all: Vec<_> = server.messages.iter().map(|(key, is)| message(chat, *key, *is)).collect();
            let (page, messages) = read(&self.tabs[1], chat, None, Down, ALL);
            assert_eq!((&messages, page.complete, page.is_last), (&all, true, true));
        }
    }

    fn nothing_listed_that_is_gone(&self) {
        let there: Vec<_> = self.server.list().iter().map(Conversation::id).collect();
        for shown in list(&self.tabs[1]) {
            assert!(there.contains(&shown.id()), "{:?} is listed, and was deleted", shown.id());
        }
    }

    /// Unless the marks of deletions are swept, a conversation that came back and lost what brought it may be hidden.
    fn same_list(&self, swept: bool) {
        let mut there: Vec<_> =
            list(&self.tabs[1]).into_iter().map(|shown| (shown.id(), shown.last_message)).collect();
        let last =
            |entry: &(_, Option<StoredMessage>)| std::cmp::Reverse(entry.1.as_ref().map(StoredMessage::key));
        assert!(there.is_sorted_by_key(last));
        let mut all: Vec<_> =
            self.server.list().into_iter().map(|entry| (entry.id(), entry.last_message)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        there.sort_by(|a, b| a.0.cmp(&b.0));
        if !swept {
            let gone = removals(&self.tabs[0]);
            all.retain(|(id, last)| {
                let key = id.storage_key();
                let own = gone.iter().filter(|(name, _)| name.is_empty() || *name == key);
                there.iter().any(|(listed, _)| listed == id)
                    || !own
                        .into_iter()
                        .any(|(_, removals)| removals.outlives(last.as_ref().map(StoredMessage::key)))
            });
        }
        assert_eq!(there, all);
    }
}
