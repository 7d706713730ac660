//! The steps of a random history.

use super::server::{CHATS, NOTICES, Removal};
use super::{Response, World, now};
use crate::model::SearchDirection::{Down, Up};
use crate::store::MAX_RESPONSE_AGE_MS;
use crate::store::clock::set_wall_offset;
use proptest::prelude::*;

/// The wall clock is wrong by up to nine hours.
const HOURS: i64 = 9 * 3_600_000;

/// The origin of a removal.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    /// Another device requests it.
    Elsewhere,
    /// Another device requests it, and the notice does not say what was removed.
    Vague,
    /// This device requests it; the server acts at once or later.
    Here { tab: usize, at_once: bool },
}

#[derive(Clone, Copy, Debug)]
pub(super) enum What {
    Ids { at: u16, count: u16 },
    Until { at: u16 },
    UntilTheFuture,
    Conversation { with_messages: bool },
    All,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Send {
        chat: usize,
        count: u8,
        old: Option<u16>,
        heard: bool,
    },
    Edit {
        chat: usize,
        at: u16,
    },
    Recall {
        chat: usize,
        at: u16,
    },
    Remove {
        chat: usize,
        what: What,
        how: How,
    },
    /// The server acts on a requested removal.
    Act(u16),
    /// The response to a removal arrives, or is lost.
    Hear {
        at: u16,
        lost: bool,
    },
    /// The server sends a batch.
    SendBatch {
        queue: usize,
        count: usize,
    },
    /// The first batch on its way arrives. Its acknowledgement may be lost.
    TakeBatch {
        heard: bool,
    },
    SwapNotices(u16),
    Fetch {
        tab: usize,
        chat: usize,
        anchor: Option<u16>,
        up: bool,
        size: usize,
        filtered: bool,
    },
    List {
        tab: usize,
        whole: bool,
    },
    Compare {
        tab: usize,
        size: usize,
    },
    Arrive(u16),
    Crash {
        tab: usize,
    },
    Tick(u64),
    Wait {
        long: bool,
    },
    Sweep,
    /// The wall clock is wrong by so much from now on. Pages that open start with it.
    SetWallClock(i64),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let chat = || prop_oneof![3 => Just(0usize), 1 => 0..CHATS];
    let tab = || 0..2usize;
    let at = any::<u16>;
    let rare = || prop::bool::weighted(0.2);
    let how = || {
        prop_oneof![
            2 => Just(How::Elsewhere),
            1 => Just(How::Vague),
            3 => (tab(), any::<bool>()).prop_map(|(tab, at_once)| How::Here { tab, at_once }),
        ]
    };
    let what = || {
        prop_oneof![
            6 => (at(), 1u16..4).prop_map(|(at, count)| What::Ids { at, count }),
            2 => at().prop_map(|at| What::Until { at }),
            1 => Just(What::UntilTheFuture),
            3 => any::<bool>().prop_map(|with_messages| What::Conversation { with_messages }),
            1 => Just(What::All),
        ]
    };
    let old = || prop_oneof![4 => Just(None), 1 => (0u16..12).prop_map(Some)];
    let size = || 1usize..8;
    prop_oneof![
        6 => (chat(), 1u8..6, old(), prop::bool::weighted(0.7))
            .prop_map(|(chat, count, old, heard)| Step::Send { chat, count, old, heard }),
        2 => (chat(), at()).prop_map(|(chat, at)| Step::Edit { chat, at }),
        1 => (chat(), at()).prop_map(|(chat, at)| Step::Recall { chat, at }),
        4 => (chat(), what(), how()).prop_map(|(chat, what, how)| Step::Remove { chat, what, how }),
        1 => at().prop_map(Step::Act),
        3 => (at(), rare()).prop_map(|(at, lost)| Step::Hear { at, lost }),
        5 => (0..=NOTICES, 1usize..8).prop_map(|(queue, count)| Step::SendBatch { queue, count }),
        6 => prop::bool::weighted(0.8).prop_map(|heard| Step::TakeBatch { heard }),
        1 => at().prop_map(Step::SwapNotices),
        6 => (tab(), chat(), prop::option::of(at()), any::<bool>(), size(), rare()).prop_map(
            |(tab, chat, anchor, up, size, filtered)| Step::Fetch { tab, chat, anchor, up, size, filtered }
        ),
        2 => (tab(), any::<bool>()).prop_map(|(tab, whole)| Step::List { tab, whole }),
        2 => (tab(), size()).prop_map(|(tab, size)| Step::Compare { tab, size }),
        8 => at().prop_map(Step::Arrive),
        1 => tab().prop_map(|tab| Step::Crash { tab }),
        3 => (1u64..4).prop_map(Step::Tick),
        1 => rare().prop_map(|long| Step::Wait { long }),
        1 => Just(Step::Sweep),
        1 => prop_oneof![Just(0), -HOURS..HOURS].prop_map(Step::SetWallClock),
    ]
}

fn pick<T: Copy>(from: &[T], at: u16) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(at) % from.len()])
}

fn index<T>(from: &[T], at: u16) -> Option<usize> {
    (!from.is_empty()).then(|| usize::from(at) % from.len())
}

impl World {
    pub(super) fn step(&mut self, step: &Step) {
        match *step {
            Step::Send { chat, count, old, heard } => {
                for _ in 0..count {
                    self.server.send(chat, old, heard);
                }
            }
            Step::Edit { chat, at } => {
                if let Some(key) = pick(&self.message_keys(chat), at) {
                    self.server.edit(chat, key);
                }
            }
            Step::Recall { chat, at } => {
                if let Some(key) = pick(&self.message_keys(chat), at) {
                    self.server.recall(chat, key);
                }
            }
            Step::Remove { chat, what, how } => self.remove(chat, what, how),
            Step::Act(at) => {
                if let Some(at) = index(&self.removals, at) {
                    self.act(at);
                }
            }
            Step::Hear { at, lost } => {
                if let Some(at) = index(&self.removals, at) {
                    self.receive_result(at, lost);
                }
            }
            Step::SendBatch { queue, count } => self.send_batch(queue, count),
            Step::TakeBatch { heard } => self.receive_batch(heard),
            Step::SwapNotices(at) => self.swap_notices(at),
            Step::Fetch { tab, chat, anchor, up, size, filtered } => {
                let anchor = anchor.and_then(|at| pick(&self.server.chats[chat].sent, at));
                let asked_at = self.tabs[tab].request_time();
                let direction = if up { Up } else { Down };
                let page = self.server.page(chat, anchor, direction, size, filtered, asked_at);
                self.responses.push((tab, Response::Page { chat, page, filtered, size }));
            }
            Step::List { tab, whole } => {
                let mut list = self.server.list();
                if !whole {
                    list.truncate(1);
                }
                self.responses
                    .push((tab, Response::List { list, whole, asked_at: self.tabs[tab].request_time() }));
            }
            Step::Compare { tab, size } => {
                self.compare(tab, size);
            }
            Step::Arrive(at) => {
                if let Some(at) = index(&self.responses, at) {
                    self.arrive(at);
                }
            }
            Step::Crash { tab } => self.crash(tab),
            Step::Tick(ms) => self.tick(ms),
            Step::Wait { long } => self.wait(if long { MAX_RESPONSE_AGE_MS + 1 } else { 60_001 }),
            Step::SetWallClock(offset) => set_wall_offset(offset),
            Step::Sweep => {
                if self.has_no_batches() {
                    now(self.tabs[0].sweep()).unwrap();
                }
            }
        }
        self.tick(0);
    }

    fn message_keys(&self, chat: usize) -> Vec<crate::model::MessageKey> {
        self.server.chats[chat].messages.keys().copied().collect()
    }

    fn remove(&mut self, chat: usize, what: What, how: How) {
        let sent = &self.server.chats[chat].sent;
        let what = match what {
            What::Ids { at, count } => {
                let ids = (0..count).filter_map(|n| pick(sent, at.wrapping_add(n * 2))).map(|key| key.id);
                Removal::Ids(chat, ids.collect())
            }
            What::Until { at } => match pick(sent, at) {
                Some(key) => Removal::Until(chat, key.timestamp),
                None => return,
            },
            What::UntilTheFuture => Removal::Until(chat, u64::MAX),
            What::Conversation { with_messages } => Removal::Conversation(chat, with_messages),
            What::All => Removal::All,
        };
        if matches!(&what, Removal::Ids(_, ids) if ids.is_empty()) {
            return;
        }
        match how {
            How::Elsewhere => drop(self.server.remove(&what, true, false)),
            How::Vague => drop(self.server.remove(&what, true, true)),
            How::Here { tab, at_once } => self.request_removal(tab, what, at_once),
        }
    }

    /// Swaps two neighboring notices of removals.
    fn swap_notices(&mut self, at: u16) {
        let is_sending = self.batches.iter().any(|(queue, _)| *queue == NOTICES);
        let notices = self.server.queues[NOTICES].make_contiguous();
        if let Some(at) = index(notices, at).filter(|at| *at > 0 && !is_sending)
            && !self.applied.contains(&notices[at - 1].meta)
        {
            let (one, other) = (notices[at - 1].meta, notices[at].meta);
            notices.swap(at - 1, at);
            (notices[at - 1].meta, notices[at].meta) = (one, other);
        }
    }
}
