//! Several tabs that open, hang, sleep and close at random: each of them emits each event once.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

/// A tab with its surroundings.
#[allow(clippy::struct_excessive_bools, reason = "each is an independent state of a tab")]
struct Tab {
    election: Election,
    /// The inputs that wait, by source. The inputs of one source keep their order.
    inbox: [VecDeque<Input>; 3],
    /// The pending reads of the log: after this number, or (with `None`) of its end.
    reads: VecDeque<Option<u64>>,
    /// Whether the tab's session is up; `None` without a session.
    session: Option<bool>,
    joined: bool,
    hung: bool,
    asleep: bool,
    up: bool,
    /// The number of events in the log when the session first was up.
    up_since: Option<usize>,
    /// How often the tab emitted each event.
    emitted: BTreeMap<u64, u32>,
    /// The last event in the log when a call of this tab resolved.
    log_end_at_call: u64,
}

const LOCK: usize = 0;
const MESSAGES: usize = 1;
const OWN: usize = 2;

struct World {
    now: u64,
    tabs: BTreeMap<usize, Tab>,
    opened: usize,
    holder: Option<usize>,
    queue: VecDeque<usize>,
    /// The last event that the server sent.
    sent: u64,
    /// The last event that took effect.
    applied: u64,
    log: Vec<EventBatch>,
}

fn events(text: &str) -> Vec<u64> {
    text.split(',').map(|event| event.parse().unwrap()).collect()
}

impl World {
    fn new() -> Self {
        Self {
            now: T0,
            tabs: BTreeMap::new(),
            opened: 0,
            holder: None,
            queue: VecDeque::new(),
            sent: 0,
            applied: 0,
            log: Vec::new(),
        }
    }

    fn open(&mut self) {
        let (election, effects) = Election::start(self.now, token("t"), true, true, 0);
        let tab = Tab {
            election,
            inbox: Default::default(),
            reads: VecDeque::new(),
            session: None,
            joined: false,
            hung: false,
            asleep: false,
            up: false,
            up_since: None,
            emitted: BTreeMap::new(),
            log_end_at_call: 0,
        };
        self.opened += 1;
        self.tabs.insert(self.opened, tab);
        self.perform(self.opened, effects);
    }

    fn grant(&mut self, to: usize) {
        self.holder = Some(to);
        self.tabs.get_mut(&to).unwrap().inbox[LOCK].push_back(Input::LockGranted);
    }

    /// Releases the lock, or withdraws the request for it.
    fn release_lock(&mut self, id: usize) {
        self.queue.retain(|other| *other != id);
        if let Some(tab) = self.tabs.get_mut(&id) {
            tab.inbox[LOCK].clear();
        }
        if self.holder == Some(id) {
            self.holder = None;
            if let Some(next) = self.queue.pop_front() {
                self.grant(next);
            }
        }
    }

    fn close(&mut self, id: usize) {
        self.release_lock(id);
        self.tabs.remove(&id);
    }

    fn perform(&mut self, id: usize, effects: Vec<Effect>) {
        for effect in effects {
            let applied = self.applied as usize;
            let Some(tab) = self.tabs.get_mut(&id) else { return };
            match effect {
                Effect::OpenChannel => tab.joined = true,
                Effect::Leave => {
                    tab.joined = false;
                    tab.inbox[MESSAGES].clear();
                    self.release_lock(id);
                }
                Effect::RequestLock => {
                    self.release_lock(id);
                    if self.holder.is_none() { self.grant(id) } else { self.queue.push_back(id) }
                }
                Effect::StealLock => {
                    self.release_lock(id);
                    self.queue.retain(|other| *other != id);
                    if let Some(holder) = self.holder {
                        self.tabs.get_mut(&holder).unwrap().inbox[LOCK].push_back(Input::LockStolen);
                    }
                    self.grant(id);
                }
                Effect::Send(said) => {
                    assert!(tab.joined);
                    let others = self.tabs.iter_mut().filter(|(other, tab)| **other != id && tab.joined);
                    for (_, tab) in others {
                        tab.inbox[MESSAGES].push_back(Input::Message(said.clone()));
                    }
                }
                // The events of an earlier session are ignored.
                Effect::StartSession(_) => {
                    tab.inbox[OWN].retain(|input| !matches!(input, Input::Session(_)));
                    tab.session = Some(false);
                }
                Effect::StopSession => {
                    tab.inbox[OWN].retain(|input| !matches!(input, Input::Session(_)));
                    tab.session = None;
                }
                Effect::ReadLogEnd => tab.reads.push_back(None),
                Effect::ReadLog(after) => tab.reads.push_back(Some(after)),
                Effect::Up => {
                    assert!(!std::mem::replace(&mut tab.up, true));
                    tab.up_since.get_or_insert(applied);
                }
                Effect::Down { will_reconnect, .. } => {
                    assert!(will_reconnect, "no session ends for good here");
                    tab.up = false;
                    if tab.up_since.is_none() {
                        // The login failed.
                        self.close(id);
                    }
                }
                Effect::EmitEvents(text) => {
                    for event in events(&text) {
                        assert!(event > tab.log_end_at_call, "{id} emits {event} after the call resolved");
                        *tab.emitted.entry(event).or_default() += 1;
                    }
                }
                Effect::EmitChanged | Effect::Reconcile => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn handle(&mut self, id: usize, input: Input) {
        let now = self.now;
        if let Some(tab) = self.tabs.get_mut(&id) {
            let effects = tab.election.handle(now, input);
            self.perform(id, effects);
        }
    }

    /// Delivers an input of this source; returns whether there was one.
    fn deliver(&mut self, id: usize, source: usize) -> bool {
        let Some(input) = self.tabs.get_mut(&id).and_then(|tab| tab.inbox[source].pop_front()) else {
            return false;
        };
        let past: Vec<_> = match &input {
            Input::LogBeforeCall(batch) => batch.iter().flat_map(|batch| events(&batch.events)).collect(),
            _ => Vec::new(),
        };
        self.handle(id, input);
        if let Some(tab) = self.tabs.get_mut(&id) {
            // Events from before the session was up need not be emitted.
            let up_since = tab.up_since.map_or(u64::MAX, |up_since| up_since as u64);
            let owed = past.iter().filter(|event| **event > up_since);
            let missed: Vec<_> = owed.filter(|event| !tab.emitted.contains_key(event)).collect();
            assert!(missed.is_empty(), "{id} resolves a call before it emits {missed:?}");
            tab.log_end_at_call = past.into_iter().fold(tab.log_end_at_call, u64::max);
        }
        true
    }

    /// A call of this tab is about to resolve: the tab reads the log first.
    fn finish_call(&mut self, id: usize) {
        let Some(tab) = self.tabs.get_mut(&id) else { return };
        if let Some(after) = tab.election.unreported_after() {
            let batch = self.log.iter().filter(|batch| batch.number > after).cloned().collect();
            tab.inbox[OWN].push_back(Input::LogBeforeCall(batch));
        }
    }

    /// Answers a read of the log.
    fn answer_read(&mut self, id: usize) -> bool {
        let Some(tab) = self.tabs.get_mut(&id) else { return false };
        let Some(read) = tab.reads.pop_front() else { return false };
        let answer = match read {
            None => Input::LogEnd(Some(self.log.last().map_or(0, |batch| batch.number))),
            Some(after) => {
                Input::Log(Some(self.log.iter().filter(|batch| batch.number > after).cloned().collect()))
            }
        };
        tab.inbox[OWN].push_back(answer);
        true
    }

    /// The tab's session comes up, and replaces those of the device's other tabs.
    fn connect(&mut self, id: usize) -> bool {
        if self.tabs.get(&id).and_then(|tab| tab.session) != Some(false) {
            return false;
        }
        let others: Vec<_> = self.tabs.keys().copied().filter(|other| *other != id).collect();
        for other in others {
            self.lose_connection(other);
        }
        let tab = self.tabs.get_mut(&id).unwrap();
        tab.session = Some(true);
        tab.inbox[OWN].push_back(Input::Session(SessionEvent::Up));
        true
    }

    fn lose_connection(&mut self, id: usize) {
        let Some(tab) = self.tabs.get_mut(&id).filter(|tab| tab.session == Some(true)) else { return };
        tab.session = Some(false);
        tab.inbox[OWN].push_back(Input::Session(SessionEvent::Down {
            error: error(Code::Network),
            will_reconnect: true,
        }));
    }

    /// The tab's session stores a batch of events.
    fn apply(&mut self, id: usize, most: u64) -> bool {
        let end = self.log.last().map_or(0, |batch| batch.number);
        let Some(tab) = self.tabs.get(&id).filter(|tab| tab.session == Some(true)) else { return false };
        if self.sent == self.applied {
            return false;
        }
        if !tab.election.knows_log() {
            self.handle(id, Input::LogEnd(Some(end)));
        }
        let Some(tab) = self.tabs.get_mut(&id) else { return false };
        let last = self.sent.min(self.applied + most);
        let batch: Vec<_> = (self.applied + 1..=last).map(|event| event.to_string()).collect();
        self.applied = last;
        let batch = EventBatch { number: self.now.max(end + 1), prev: end, events: batch.join(",") };
        self.log.push(batch.clone());
        tab.inbox[OWN].push_back(Input::Stored(batch));
        true
    }

    fn tick(&mut self, id: usize) -> bool {
        let due =
            self.tabs.get(&id).and_then(|tab| tab.election.next_tick()).is_some_and(|at| at <= self.now);
        if due {
            self.handle(id, Input::Tick);
        }
        due
    }

    fn pick(&self, which: u8) -> Option<usize> {
        self.tabs.keys().copied().nth(usize::from(which) % self.tabs.len().max(1))
    }

    fn sleep(&mut self, id: usize, asleep: bool) {
        if std::mem::replace(&mut self.tabs.get_mut(&id).unwrap().asleep, asleep) != asleep {
            self.handle(id, if asleep { Input::Suspend } else { Input::Resume });
        }
    }

    fn step(&mut self, (what, which, how): (u8, u8, u8)) {
        match what {
            0..=2 if self.tabs.len() < 5 => return self.open(),
            3..=12 => return self.sent += 1,
            13 => return self.now += u64::from(how) * 40,
            _ => {}
        }
        let Some(id) = self.pick(which) else { return };
        if what == 14 {
            return self.close(id);
        }
        let tab = self.tabs.get_mut(&id).unwrap();
        if what == 15 {
            tab.hung = !tab.hung;
        }
        if tab.hung {
            return;
        }
        match what {
            16 => self.sleep(id, true),
            17 => self.sleep(id, false),
            18 => self.lose_connection(id),
            19 => self.handle(id, Input::Visible),
            20..=23 => drop(self.connect(id)),
            24..=33 => drop(self.apply(id, u64::from(how % 3) + 1)),
            34..=37 => drop(self.answer_read(id)),
            38 => drop(self.tick(id)),
            39..=41 => self.finish_call(id),
            _ => drop(self.deliver(id, usize::from(how) % 3)),
        }
    }

    /// Lets everything happen that waits, until nothing is left.
    fn settle(&mut self) {
        let ids: Vec<_> = self.tabs.keys().copied().collect();
        for id in ids {
            self.finish_call(id);
            self.tabs.get_mut(&id).unwrap().hung = false;
            self.sleep(id, false);
        }
        let end = self.now + 600_000;
        while self.now < end {
            let mut busy = true;
            while busy {
                busy = false;
                for id in self.tabs.keys().copied().collect::<Vec<_>>() {
                    for source in [LOCK, MESSAGES, OWN] {
                        busy |= self.deliver(id, source);
                    }
                    busy |= self.answer_read(id) | self.connect(id) | self.apply(id, 2);
                }
            }
            let next = self.tabs.values().filter_map(|tab| tab.election.next_tick()).min();
            self.now = next.unwrap_or(end).clamp(self.now + 1, end);
            for id in self.tabs.keys().copied().collect::<Vec<_>>() {
                self.tick(id);
            }
        }
    }

    fn check(&self) {
        let leaders = self.tabs.values().filter(|tab| tab.election.has_session()).count();
        assert_eq!(leaders, usize::from(!self.tabs.is_empty()), "one tab leads");
        for (id, tab) in &self.tabs {
            assert!(tab.up, "{id} is not up: {:?}", tab.election);
            let twice: Vec<_> = tab.emitted.iter().filter(|(_, times)| **times > 1).collect();
            assert!(twice.is_empty(), "{id} emitted twice: {twice:?}");
            let up_since = tab.up_since.unwrap() as u64;
            let missed: Vec<_> =
                (up_since + 1..=self.applied).filter(|event| !tab.emitted.contains_key(event)).collect();
            assert!(missed.is_empty(), "{id} never emitted {missed:?}: {:?}", tab.election);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn every_tab_emits_every_event_once(
        steps in prop::collection::vec((0..83u8, any::<u8>(), any::<u8>()), 0..400),
    ) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.sent += 1;
        world.settle();
        world.sent += 1;
        world.settle();
        world.check();
        prop_assert_eq!(world.applied, if world.tabs.is_empty() { world.applied } else { world.sent });
    }
}
