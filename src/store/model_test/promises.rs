//! The promises that hold after each step, and those that hold when nothing is on its way.

use super::server::{CHATS, id_of, message};
use super::{World, now, opened, queue_name};
use crate::model::SearchDirection::{self, Down, Up};
use crate::model::{Conversation, MessageKey, StoredMessage};
use crate::store::db::Table;
use crate::store::records::Tombstones;
use crate::store::rules::reconciliation;
use crate::store::{Comparison, Fact, LocalPage, LocalQuery, MAX_RESPONSE_AGE_MS, Store};

/// The number of a handle that only reads.
const READER: u64 = 1_000_000;

/// More messages than any test sends.
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

fn is_stale(tab: &Store, chat: usize) -> bool {
    let key = id_of(chat).storage_key();
    now(tab.read(&[Table::Reconciliations], |work| reconciliation::is_stale(work, &key))).unwrap()
}

fn tombstones(tab: &Store) -> Vec<(String, Tombstones)> {
    now(tab.read(&[Table::Tombstones], |work| work.tx.all::<Tombstones>())).unwrap()
}

impl World {
    pub(super) fn check_promises(&self) {
        for tab in &self.tabs {
            let reader = if self.reads_apart { opened(tab.other_tab(READER)) } else { tab.clone() };
            for chat in 0..CHATS {
                self.check_reads(&reader, chat);
            }
        }
        for shown in list(&self.tabs[0]) {
            if let Some(last) = shown.last_message {
                assert!(
                    !self.removed_ids.contains(&last.key().id),
                    "the list shows {:?}, which was removed",
                    last.key()
                );
            }
        }
    }

    /// Reads the whole history, from gap to gap.
    fn check_reads(&self, tab: &Store, chat: usize) {
        let is_stale = is_stale(tab, chat);
        let mut anchor = None;
        loop {
            let (page, messages) = read(tab, chat, anchor.map(|key: MessageKey| key.id), Up, ALL);
            let keys: Vec<_> = messages.iter().map(StoredMessage::key).collect();
            assert!(keys.is_sorted_by(|a, b| a > b));
            for message in &messages {
                assert!(!self.removed_ids.contains(&message.key().id), "{:?} came back", message.key());
                assert!(is_stale || self.may_be_shown(chat, message), "{message:?} is not on the server");
            }
            assert!(!page.complete || (!is_stale && page.contiguous_count == keys.len()));
            let mut newer = anchor;
            for key in &keys[..page.contiguous_count] {
                self.check_no_message_between(chat, Some(*key), newer);
                newer = Some(*key);
            }
            if page.is_last
                && !is_stale
                && page.contiguous_count == keys.len()
                && (page.complete || newer.is_some())
            {
                self.check_no_message_between(chat, None, newer);
            }
            match keys.get(page.contiguous_count) {
                Some(key) if !is_stale => anchor = Some(*key),
                _ => break,
            }
        }
        let (page, messages) = read(tab, chat, None, Down, ALL);
        let mut older = None;
        for message in &messages[..page.contiguous_count] {
            self.check_no_message_between(chat, older, Some(message.key()));
            older = Some(message.key());
        }
        if page.is_last && page.complete {
            self.check_no_message_between(chat, older, None);
        }
    }

    /// The entries of the queues that were not applied yet.
    fn pending_items(&self) -> impl Iterator<Item = &super::Item> {
        let sent = self.batches.iter().flat_map(|(_, items)| items);
        let items = self.server.queues.iter().flatten().chain(sent);
        items.filter(|item| !self.applied.contains(&item.meta))
    }

    /// True if the server has this version of the message, or a notice of its removal or edit is on its way.
    fn may_be_shown(&self, chat: usize, shown: &StoredMessage) -> bool {
        let key = shown.key();
        if self.server.chats[chat].messages.get(&key).is_some_and(|is| message(chat, key, *is) == *shown) {
            return true;
        }
        let executed = self.removals.iter().filter_map(|removal| removal.done.as_ref());
        executed.flat_map(|(_, taken)| taken).any(|id| *id == key.id)
            || self.pending_items().any(|item| {
                item.removed.contains(&key.id)
                    || matches!(&item.fact, Fact::Edited { id, .. } if *id == key.id)
            })
    }

    /// Checks that the server has no message between two neighbors, except for those that it is about to deliver.
    fn check_no_message_between(&self, chat: usize, older: Option<MessageKey>, newer: Option<MessageKey>) {
        let server = &self.server.chats[chat];
        let between = server
            .messages
            .keys()
            .filter(|key| older.is_none_or(|older| older < **key) && newer.is_none_or(|newer| **key < newer));
        for key in between {
            let is_pending = self
                .pending_items()
                .any(|item| matches!(&item.fact, Fact::Message(arrived) if arrived.message.key == *key));
            // The known end may be older than messages without a live delivery.
            let is_undelivered = newer.is_none() && server.undelivered.contains(&key.id);
            assert!(is_pending || is_undelivered, "{key:?} is missing between {older:?} and {newer:?}");
        }
    }

    /// Delivers everything, compares stale data, and fetches all pages. Afterwards the copy equals the server's data.
    pub(super) fn settle(&mut self, size: usize, up: bool) {
        for at in (0..self.removals.len()).rev() {
            self.receive_result(at, at % 3 == 0);
            self.check_promises();
        }
        self.deliver_all();
        self.check_promises();
        while !self.responses.is_empty() {
            self.arrive(0);
            self.check_promises();
        }
        // The server acts on some removals without a response after a comparison.
        self.compare_all(size);
        for at in (0..self.removals.len()).filter(|at| at % 3 < 2) {
            self.act(at);
        }
        self.check_promises();
        self.wait(60_001);
        self.compare_all(size);
        self.check_promises();
        self.check_no_deleted_conversation_is_listed();
        assert!((0..CHATS).all(|chat| !is_stale(&self.tabs[0], chat)));
        self.fetch_everything(size, up);
        self.check_histories();
        self.check_list(false);
        for (queue, position) in self.positions.iter().enumerate() {
            assert_eq!(now(self.tabs[1].queue_position(&queue_name(queue))).unwrap(), *position);
        }
        // A sweep drops what was noted before the sweep before it.
        for _ in 0..3 {
            self.wait(MAX_RESPONSE_AGE_MS + 1);
            now(self.tabs[0].sweep()).unwrap();
        }
        assert_eq!(tombstones(&self.tabs[0]), []);
        self.check_histories();
        self.fetch_everything(size, !up);
        self.check_histories();
        self.check_list(true);
    }

    fn compare_all(&mut self, size: usize) {
        for tab in 0..self.tabs.len() {
            if now(self.tabs[tab].next_comparison(true)).unwrap() == Comparison::List {
                // Two transactions and a request take longer than a millisecond.
                self.tick(1);
                let (list, asked_at) = (self.server.list(), self.tabs[tab].request_time());
                self.tick(1);
                now(self.tabs[tab].save_compared_list(&list, asked_at)).unwrap();
            }
            let mut pages = 0;
            while self.compare(tab, size) {
                pages += 1;
                assert!(pages < 1_000, "the comparison does not end");
                self.arrive(0);
                self.tick(1);
            }
        }
    }

    fn fetch_everything(&mut self, size: usize, up: bool) {
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
        let list = self.server.list();
        let keys = list.iter().map(|listed| listed.id().storage_key()).collect();
        let asked_at = self.tabs[0].request_time();
        now(self.tabs[0].save_conversations(&list, asked_at)).unwrap();
        now(self.tabs[0].drop_unlisted(&keys, asked_at)).unwrap();
        self.check_promises();
    }

    fn check_histories(&self) {
        for (chat, server) in self.server.chats.iter().enumerate() {
            let all: Vec<_> = server.messages.iter().map(|(key, is)| message(chat, *key, *is)).collect();
            let (page, messages) = read(&self.tabs[1], chat, None, Down, ALL);
            assert_eq!((&messages, page.complete, page.is_last), (&all, true, true));
        }
    }

    fn check_no_deleted_conversation_is_listed(&self) {
        let there: Vec<_> = self.server.list().iter().map(Conversation::id).collect();
        for shown in list(&self.tabs[1]) {
            assert!(there.contains(&shown.id()), "{:?} is listed, but was deleted", shown.id());
        }
    }

    /// Compares the list with the server's. Before the tombstones are swept, a conversation that came back with a message
    /// and lost that message again may be hidden.
    fn check_list(&self, is_swept: bool) {
        let mut there: Vec<_> =
            list(&self.tabs[1]).into_iter().map(|shown| (shown.id(), shown.last_message)).collect();
        let last =
            |entry: &(_, Option<StoredMessage>)| std::cmp::Reverse(entry.1.as_ref().map(StoredMessage::key));
        assert!(there.is_sorted_by_key(last));
        let mut all: Vec<_> =
            self.server.list().into_iter().map(|entry| (entry.id(), entry.last_message)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        there.sort_by(|a, b| a.0.cmp(&b.0));
        if !is_swept {
            let tombstones = tombstones(&self.tabs[0]);
            all.retain(|(id, last)| {
                let key = id.storage_key();
                let own = tombstones.iter().filter(|(name, _)| name.is_empty() || *name == key);
                there.iter().any(|(listed, _)| listed == id)
                    || !own
                        .into_iter()
                        .any(|(_, own)| own.covers_deletion_of(last.as_ref().map(StoredMessage::key)))
            });
        }
        assert_eq!(there, all);
    }
}
