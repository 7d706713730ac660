//! Random histories against a simple model of the server. They check the promises of the local copy.

// Clippy does not recognize the helper functions as test code.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::{Block, CoveringPage, Directory, JournalEntries, MAX_BLOCK, MissingBlocks, ReadResult, Timeline};
use crate::model::MessageKey;
use crate::model::SearchDirection::{self, Down, Up};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A database in memory. Between two operations only its contents survive.
#[derive(Default)]
struct Disk {
    directory: Directory,
    blocks: BTreeMap<MessageKey, Block<u64>>,
}

impl Disk {
    /// Runs an operation as one transaction: loads the missing blocks, and writes the changes.
    fn run<R>(&mut self, mut work: impl FnMut(&mut Timeline<u64>) -> Result<R, MissingBlocks>) -> R {
        let mut timeline = Timeline::new(self.directory.clone());
        timeline.start_journal();
        let mut expected = self.messages();
        let result = loop {
            match work(&mut timeline) {
                Ok(result) => break result,
                Err(MissingBlocks(keys)) => {
                    assert!(!keys.is_empty());
                    for key in keys {
                        let block = self.blocks.get(&key).cloned();
                        assert!(block.is_some() && timeline.block(key).is_none(), "{key:?}");
                        timeline.load_block(key, block);
                    }
                }
            }
        };
        let journal = timeline.take_journal().unwrap().into_entries();
        let changes = timeline.take_changes();
        if let Some(through) = changes.cleared_through {
            self.blocks.retain(|first, _| *first > through);
        }
        for first in changes.deleted {
            self.blocks.remove(&first);
        }
        for first in changes.written {
            self.blocks.insert(first, timeline.block(first).unwrap().clone());
        }
        if changes.directory {
            self.directory = timeline.directory().clone();
        }
        assert_eq!(&self.directory, timeline.directory());
        self.check();
        if let Some(JournalEntries { added, updated, removed, removed_until }) = journal {
            expected.retain(|id, (key, _)| !removed.contains(id) && Some(key.timestamp) > removed_until);
            for (key, item) in added {
                assert!(expected.insert(key.id, (key, item)).is_none(), "{key:?} was known");
            }
            for (key, item) in updated {
                assert!(expected.insert(key.id, (key, item)).is_some(), "{key:?} was not known");
            }
        }
        assert_eq!(self.messages(), expected, "the journal has all changes");
        result
    }

    /// The messages by id.
    fn messages(&self) -> BTreeMap<u64, (MessageKey, u64)> {
        let blocks = self.blocks.values();
        let messages = blocks.flat_map(|block| block.keys.iter().zip(&block.items));
        messages.map(|(key, item)| (key.id, (*key, *item))).collect()
    }

    fn check(&self) {
        let spans: Vec<_> = self.blocks.values().map(|block| block.span().unwrap()).collect();
        assert_eq!(spans, self.directory.spans);
        assert!(self.keys().windows(2).all(|pair| pair[0] < pair[1]));
        let ids: BTreeSet<_> = self.keys().iter().map(|key| key.id).collect();
        assert_eq!(ids.len(), self.keys().len(), "an id is stored twice");
        for block in self.blocks.values() {
            assert!(block.keys.len() <= MAX_BLOCK);
            assert_eq!(block.keys.len(), block.joins.len() + 1);
            assert!(block.keys.iter().zip(&block.items).all(|(key, item)| key.id == *item));
        }
    }

    fn keys(&self) -> Vec<MessageKey> {
        self.blocks.values().flat_map(|block| block.keys.clone()).collect()
    }

    fn joins(&self) -> Vec<bool> {
        let mut joins = vec![self.directory.edges[0]];
        for (block, edge) in self.blocks.values().zip(&self.directory.edges[1..]) {
            joins.extend(&block.joins);
            joins.push(*edge);
        }
        joins
    }

    fn read(&mut self, anchor: Option<u64>, direction: SearchDirection, size: usize) -> ReadResult<u64> {
        self.run(|timeline| timeline.read(anchor, direction, size, None))
    }
}

#[derive(Clone, Debug)]
struct Page {
    messages: Vec<MessageKey>,
    anchor: Option<u64>,
    direction: SearchDirection,
    is_last: bool,
    is_unfiltered: bool,
}

enum Event {
    Message(MessageKey),
    Removed(Vec<u64>),
    RemovedUntil(u64),
}

#[derive(Default)]
struct World {
    server: BTreeSet<MessageKey>,
    next_id: u64,
    now: u64,
    queue: VecDeque<Event>,
    /// Messages of which no live delivery tells this device.
    undelivered: BTreeSet<MessageKey>,
    /// Messages that were delivered but not acknowledged, so they may be delivered again.
    unacknowledged: Vec<MessageKey>,
    pages_in_flight: Vec<Page>,
    disk: Disk,
    removed_ids: BTreeSet<u64>,
    removed_until: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Without `delivered`, no live delivery follows, as for messages sent before this device existed.
    Send {
        count: u8,
        later: bool,
        delivered: bool,
    },
    Deliver(u8),
    DeliverAgain,
    Fetch {
        anchor: Option<u16>,
        up: bool,
        size: u8,
        filtered: bool,
    },
    Arrive(u8),
    Remove {
        at: u16,
        count: u8,
        here: bool,
    },
    RemoveUntil {
        at: u16,
        here: bool,
    },
    Read {
        anchor: Option<u16>,
        up: bool,
        size: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let anchor = || prop_oneof![1 => Just(None), 3 => any::<u16>().prop_map(Some)];
    let size = || prop_oneof![3 => 1u8..8, 1 => 20u8..51];
    prop_oneof![
        4 => (1u8..40, any::<bool>(), any::<bool>())
            .prop_map(|(count, later, delivered)| Step::Send { count, later, delivered }),
        4 => (1u8..40).prop_map(Step::Deliver),
        1 => Just(Step::DeliverAgain),
        8 => (anchor(), any::<bool>(), size(), prop::bool::weighted(0.2))
            .prop_map(|(anchor, up, size, filtered)| Step::Fetch { anchor, up, size, filtered }),
        8 => any::<u8>().prop_map(Step::Arrive),
        3 => (any::<u16>(), 1u8..6, any::<bool>()).prop_map(|(at, count, here)| Step::Remove { at, count, here }),
        1 => (any::<u16>(), any::<bool>()).prop_map(|(at, here)| Step::RemoveUntil { at, here }),
        3 => (anchor(), any::<bool>(), size()).prop_map(|(anchor, up, size)| Step::Read { anchor, up, size }),
    ]
}

fn pick<T: Copy>(from: &[T], at: u16) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(at) % from.len()])
}

impl World {
    fn fetch(&self, anchor: Option<u64>, direction: SearchDirection, size: usize, filtered: bool) -> Page {
        let at = anchor.map(|id| *self.server.iter().find(|key| key.id == id).unwrap());
        let wanted = |key: &&MessageKey| !filtered || key.id.is_multiple_of(3);
        let mut all: Vec<_> = match direction {
            Up => {
                self.server.iter().rev().filter(|key| at.is_none_or(|at| **key < at)).filter(wanted).collect()
            }
            Down => self.server.iter().filter(|key| at.is_none_or(|at| **key > at)).filter(wanted).collect(),
        };
        let is_last = all.len() <= size;
        all.truncate(size);
        let messages = all.into_iter().copied().collect();
        Page { messages, anchor, direction, is_last, is_unfiltered: !filtered }
    }

    fn arrive(&mut self, page: &Page) {
        let messages: Vec<_> = page.messages.iter().map(|key| (*key, key.id)).collect();
        let (ids, until) = (&self.removed_ids, self.removed_until);
        if page.is_unfiltered {
            let page = CoveringPage {
                messages: &messages,
                anchor: page.anchor,
                direction: page.direction,
                is_last: page.is_last,
            };
            self.disk.run(|timeline| {
                timeline.merge(&page, |key| ids.contains(&key.id))?;
                until.map_or(Ok(false), |until| timeline.remove_until(until))
            });
        } else {
            let visible: Vec<_> = messages
                .into_iter()
                .filter(|(key, _)| !ids.contains(&key.id) && until.is_none_or(|until| key.timestamp > until))
                .collect();
            self.disk.run(|timeline| timeline.insert_filtered(&visible));
        }
    }

    fn apply_message(&mut self, key: MessageKey) {
        if !self.removed_ids.contains(&key.id) && self.removed_until.is_none_or(|until| key.timestamp > until)
        {
            self.disk.run(|timeline| timeline.insert_live(key, &key.id));
        }
    }

    fn apply_removal(&mut self, ids: &[u64]) {
        self.removed_ids.extend(ids);
        self.disk.run(|timeline| timeline.remove_ids(ids));
    }

    fn apply_removal_until(&mut self, until: u64) {
        self.removed_until = self.removed_until.max(Some(until));
        self.disk.run(|timeline| timeline.remove_until(until));
    }

    fn deliver(&mut self, count: usize) {
        for _ in 0..count {
            match self.queue.pop_front() {
                Some(Event::Message(key)) => {
                    self.unacknowledged.push(key);
                    self.apply_message(key);
                }
                Some(Event::Removed(ids)) => self.apply_removal(&ids),
                Some(Event::RemovedUntil(until)) => self.apply_removal_until(until),
                None => break,
            }
        }
    }

    fn step(&mut self, step: Step) {
        let all: Vec<_> = self.server.iter().copied().collect();
        match step {
            Step::Send { count, later, delivered } => {
                for _ in 0..count {
                    self.now += u64::from(later && self.next_id.is_multiple_of(2));
                    self.next_id += 1;
                    let key = MessageKey { timestamp: self.now, id: self.next_id };
                    self.server.insert(key);
                    if delivered {
                        self.queue.push_back(Event::Message(key));
                    } else {
                        self.undelivered.insert(key);
                    }
                }
            }
            Step::Deliver(count) => self.deliver(count.into()),
            Step::DeliverAgain => {
                for key in self.unacknowledged.split_off(self.unacknowledged.len().saturating_sub(5)) {
                    self.apply_message(key);
                }
            }
            Step::Fetch { anchor, up, size, filtered } => {
                let anchor = anchor.and_then(|at| pick(&all, at)).map(|key| key.id);
                let page = self.fetch(anchor, if up { Up } else { Down }, size.into(), filtered);
                self.pages_in_flight.push(page);
            }
            Step::Arrive(at) => {
                if !self.pages_in_flight.is_empty() {
                    let page = self.pages_in_flight.swap_remove(usize::from(at) % self.pages_in_flight.len());
                    self.arrive(&page);
                }
            }
            Step::Remove { at, count, here } => {
                let ids: Vec<_> =
                    (0..u16::from(count)).filter_map(|n| pick(&all, at.wrapping_add(n * 2))).collect();
                self.server.retain(|key| !ids.contains(key));
                let ids: Vec<_> = ids.iter().map(|key| key.id).collect();
                if here { self.apply_removal(&ids) } else { self.queue.push_back(Event::Removed(ids)) }
            }
            Step::RemoveUntil { at, here } => {
                let Some(until) = pick(&all, if at % 2 == 0 { at % 40 } else { at }).map(|key| key.timestamp)
                else {
                    return;
                };
                self.server.retain(|key| key.timestamp > until);
                // Messages sent later must be newer than the removal.
                self.now = self.now.max(until + 1);
                if here {
                    self.apply_removal_until(until);
                } else {
                    self.queue.push_back(Event::RemovedUntil(until));
                }
            }
            Step::Read { anchor, up, size } => {
                let anchor = anchor.and_then(|at| pick(&all, at)).map(|key| key.id);
                self.read(anchor, if up { Up } else { Down }, size.into());
            }
        }
        self.check_promises();
    }

    /// Reads a page. A complete page equals the server's, unless events are still in the queue.
    fn read(&mut self, anchor: Option<u64>, direction: SearchDirection, size: usize) -> bool {
        let page = self.disk.read(anchor, direction, size);
        let got: Vec<_> = page.messages.iter().map(|(key, _)| *key).collect();
        if page.is_complete && self.queue.is_empty() && !self.has_unheard_messages() {
            let want = self.fetch(anchor, direction, size, false);
            assert_eq!(got, want.messages[..got.len()], "{anchor:?} {direction:?} {size}");
            assert!(got.len() == size || page.is_last == want.is_last || !page.is_last);
            assert!(!page.is_last || want.is_last);
            assert!(!page.is_last || got.len() == want.messages.len());
        }
        page.is_complete && (page.is_last || got.len() == size)
    }

    /// True if the server has a message that is newer than all messages here.
    fn has_unheard_messages(&self) -> bool {
        let newest = self.disk.directory.spans.last().map(|span| span.last);
        self.server.last().copied() > newest
    }

    fn is_pending(&self, key: MessageKey) -> bool {
        self.queue.iter().any(|event| matches!(event, Event::Message(pending) if *pending == key))
    }

    fn check_promises(&self) {
        let keys = self.disk.keys();
        let joins = self.disk.joins();
        for key in &keys {
            assert!(!self.removed_ids.contains(&key.id), "{key:?} came back");
            assert!(self.removed_until.is_none_or(|until| key.timestamp > until), "{key:?} came back");
            let pending = self.queue.iter().any(|event| match event {
                Event::Removed(ids) => ids.contains(&key.id),
                Event::RemovedUntil(until) => key.timestamp <= *until,
                Event::Message(_) => false,
            });
            assert!(self.server.contains(key) || pending, "{key:?} is not on the server");
        }
        for (at, joins) in joins.iter().enumerate() {
            let (older, newer) = (at.checked_sub(1).map(|at| keys[at]), keys.get(at).copied());
            let between = self.server.iter().find(|key| {
                older.is_none_or(|older| older < **key)
                    && newer.is_none_or(|newer| **key < newer)
                    && !self.is_pending(**key)
                    // The known end may be older than messages that no live delivery announced.
                    && !(newer.is_none() && self.undelivered.contains(key))
            });
            if let Some(key) = between.filter(|_| *joins) {
                panic!("{key:?} is missing between {older:?} and {newer:?}");
            }
        }
    }

    /// Delivers everything and fetches all pages. Afterwards the timeline equals the server's history.
    fn settle(&mut self, size: usize, up: bool) {
        self.deliver(usize::MAX);
        while let Some(page) = self.pages_in_flight.pop() {
            self.arrive(&page);
            self.check_promises();
        }
        let direction = if up { Up } else { Down };
        let mut anchor = None;
        loop {
            let page = self.fetch(anchor, direction, size, false);
            self.arrive(&page);
            self.check_promises();
            anchor = page.messages.last().map(|key| key.id);
            if page.is_last {
                break;
            }
        }
        assert_eq!(self.disk.keys(), self.server.iter().copied().collect::<Vec<_>>());
        assert!(self.disk.joins().iter().all(|joins| *joins), "{:?}", self.disk.joins());
        for direction in [Up, Down] {
            assert!(self.read(None, direction, size));
            for key in self.disk.keys() {
                assert!(self.read(Some(key.id), direction, size));
            }
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
        steps in prop::collection::vec(step(), 1..60),
        size in prop_oneof![1usize..10, Just(20), Just(50)],
        up in any::<bool>(),
    ) {
        let mut world = World { now: 1, ..World::default() };
        for step in steps {
            world.step(step);
        }
        world.settle(size, up);
    }
}
