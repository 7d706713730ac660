//! The election, case by case, and several tabs that live and die at random.

// Helpers of tests are tests, too.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};

const T0: u64 = 1_700_000_000_000;

fn token(value: &str) -> Token {
    Token { value: value.into(), expires_at: 0 }
}

fn error(code: Code) -> Error {
    Error::new(code, "why")
}

fn start(value: &str) -> (Election, Vec<Effect>) {
    Election::start(T0, token(value), true, true, 0)
}

/// One that leads, with its session up.
fn leader(value: &str) -> Election {
    let (mut tab, _) = start(value);
    tab.handle(T0, Input::Granted);
    tab.handle(T0, Input::LogEnd(Some(0)));
    tab.handle(T0, Input::Session(Session::Up));
    tab
}

fn state(term: u64, status: Status) -> Input {
    Input::Heard(TabMessage::State { term, number: Some(0), status })
}

/// One that follows a leader whose session is up.
fn follower(value: &str) -> Election {
    let (mut tab, _) = start(value);
    tab.handle(T0, state(T0, Status::Up));
    tab
}

#[test]
fn a_leader_starts_the_session_and_a_follower_waits_for_it() {
    let (mut one, effects) = start("t");
    assert_eq!(effects, [Effect::Join, Effect::Ask, Effect::Say(TabMessage::Hello { eager: true })]);
    let effects = one.handle(T0, Input::Granted);
    assert_eq!(effects[0], Effect::StartSession(token("t")));
    assert!(one.has_session());
    assert!(one.handle(T0, Input::Session(Session::Up)).contains(&Effect::Up));

    let (mut two, _) = start("u");
    assert_eq!(two.handle(T0, state(T0, Status::Connecting)), []);
    assert_eq!(two.handle(T0, state(T0, Status::Up)), [Effect::Up]);
    assert_eq!(two.handle(T0, state(T0, Status::Up)), []);
    assert!(!two.has_session());
}

#[test]
fn a_follower_asks_the_server_of_a_token_that_it_was_given() {
    let unchecked = || {
        let mut tab = Election::start(T0, token("t"), false, true, 0).0;
        assert_eq!(tab.handle(T0, state(T0, Status::Up)), [Effect::CheckToken(token("t"))]);
        tab
    };
    let refused = error(Code::InvalidToken);
    let answer = unchecked().handle(T0, Input::Checked(Err(refused.clone())));
    assert_eq!(answer, [Effect::Down(refused, false)]);
    assert_eq!(unchecked().handle(T0, Input::Checked(Ok(7))), [Effect::Up]);
    let unknown = Input::Checked(Err(error(Code::ServerBusy)));
    assert_eq!(unchecked().handle(T0, unknown), [Effect::Up], "a call will tell");
}

#[test]
fn a_token_that_is_renewed_while_the_old_one_is_asked_about_brings_a_follower_up() {
    let mut tab = Election::start(T0, token("old"), false, true, 0).0;
    assert_eq!(tab.handle(T0, state(T0, Status::Up)), [Effect::CheckToken(token("old"))]);
    let effects = tab.handle(T0, Input::Heard(TabMessage::Renewed { token: "new".into(), expires_at: 0 }));
    assert_eq!(effects, [Effect::TakeToken(token("new")), Effect::Up]);
    // The answer comes too late to matter.
    assert_eq!(tab.handle(T0, Input::Checked(Err(error(Code::TokenExpired)))), []);
}

#[test]
fn a_session_that_passes_on_soon_was_never_gone() {
    let mut tab = follower("t");
    let effects = tab.handle(T0 + 5, Input::Granted);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Down(..))));
    assert!(!tab.handle(T0 + 900, Input::Session(Session::Up)).contains(&Effect::Up));

    let mut tab = follower("t");
    tab.handle(T0 + 5, Input::Granted);
    assert_eq!(tab.next_tick(), Some(T0 + 5 + HANDOVER_MS));
    let effects = tab.handle(T0 + 5 + HANDOVER_MS, Input::Tick);
    assert!(matches!(effects[..], [Effect::Down(_, true)]));
    assert!(tab.handle(T0 + 9_000, Input::Session(Session::Up)).contains(&Effect::Up));
}

#[test]
fn a_leader_that_does_not_answer_is_replaced_unless_this_tab_slept() {
    let (mut tab, _) = start("t");
    assert_eq!(tab.next_tick(), Some(T0 + ANSWER_MS));
    assert_eq!(tab.handle(T0 + ANSWER_MS, Input::Tick), [Effect::Steal]);

    let mut tab = follower("t");
    let ping = tab.next_tick().unwrap();
    assert_eq!(tab.handle(ping, Input::Tick), [Effect::Say(TabMessage::Hello { eager: false })]);
    let late = ping + ANSWER_MS + 60_000;
    assert_eq!(tab.handle(late, Input::Tick), [], "what was said meanwhile is heard first");
    let next = tab.next_tick().unwrap();
    assert_eq!(tab.handle(next + 60_000, Input::Tick), [Effect::Steal], "but not put off for ever");
    let mut tab = follower("t");
    tab.handle(ping, Input::Tick);
    tab.handle(late, Input::Tick);
    tab.handle(late, state(T0, Status::Up));
    assert_eq!(tab.next_tick(), Some(late + PING_MS));
}

#[test]
fn what_the_log_has_is_told_before_a_call_is_done() {
    let news = |number, prev, events: &str| EventBatch { number, prev, events: events.into() };
    let mut tab = follower("t");
    assert_eq!(tab.untold(), Some(0));
    let effects = tab.handle(T0, Input::Past(vec![news(5, 0, "a"), news(6, 5, "b")]));
    assert_eq!(effects, [Effect::Tell("a".into()), Effect::Tell("b".into())]);
    assert_eq!(tab.untold(), Some(6));
    // The leader's word comes after that.
    assert_eq!(tab.handle(T0, Input::Heard(TabMessage::Events(news(5, 0, "a")))), []);
    assert_eq!(tab.handle(T0, Input::Heard(TabMessage::Events(news(6, 5, "b")))), []);
    let effects = tab.handle(T0, Input::Heard(TabMessage::Events(news(7, 6, "c"))));
    assert_eq!(effects, [Effect::Tell("c".into())]);

    // Also by one that has just taken over.
    let mut tab = follower("t");
    tab.handle(T0, Input::Granted);
    assert_eq!(tab.untold(), Some(0));
    assert_eq!(tab.handle(T0, Input::Past(vec![news(5, 0, "a")])), [Effect::Tell("a".into())]);
    assert_eq!(tab.handle(T0, Input::Log(Some(vec![news(5, 0, "a")]))).len(), 1, "only how it is");

    // One that does not know the log begins with what came after the session was up.
    let (mut tab, _) = start("t");
    assert_eq!(tab.untold(), None, "nothing is to be told yet");
    let up = TabMessage::State { term: T0, number: None, status: Status::Up };
    tab.handle(T0, Input::Heard(up));
    assert_eq!(tab.untold(), Some(T0 - 1));
    assert_eq!(tab.handle(T0, Input::Past(vec![news(T0, T0 - 9, "a")])), [Effect::Tell("a".into())]);
    assert_eq!(tab.handle(T0, Input::Heard(TabMessage::Events(news(T0, T0 - 9, "a")))), []);

    // Who shares nothing has nothing to read.
    let mut alone = follower("t");
    alone.handle(T0, Input::Unshared);
    assert_eq!(alone.untold(), None);
}

#[test]
fn one_whose_lock_was_stolen_follows() {
    let mut tab = leader("t");
    let effects = tab.handle(T0 + 1, Input::Lost(true));
    assert_eq!(effects[..2], [Effect::StopSession, Effect::Ask]);
    assert!(!tab.has_session());
    // The last words of an earlier leader say nothing.
    tab.handle(T0 + 2, state(T0 + 1, Status::Up));
    assert_eq!(tab.handle(T0 + 3, state(T0, Status::Down(error(Code::Network)))), []);
    // It was the thief's connection that took its place.
    let mut tab = leader("t");
    let replaced = error(Code::UserLoginAnotherDevice);
    assert_eq!(tab.handle(T0, Input::Session(Session::Down(replaced.clone(), false))), []);
    tab.handle(T0 + 100, Input::Lost(true));
    tab.handle(T0 + 200, state(T0 + 1, Status::Up));
    assert_eq!(tab.handle(T0 + VERDICT_MS, Input::Tick), []);
    // Or it was not.
    let mut tab = leader("t");
    tab.handle(T0, Input::Session(Session::Down(replaced.clone(), false)));
    let effects = tab.handle(T0 + VERDICT_MS, Input::Tick);
    assert_eq!(effects.last(), Some(&Effect::Down(replaced, false)));
}

#[test]
fn the_final_word_ends_all_and_a_refused_token_only_its_owners() {
    let kicked = error(Code::UserRemoved);
    let mut one = leader("t");
    let effects = one.handle(T0, Input::Session(Session::Down(kicked.clone(), false)));
    let [Effect::Say(said), Effect::Down(..)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(follower("u").handle(T0, Input::Heard(said.clone())), [Effect::Down(kicked, false)]);
    // The lock was faster than the word.
    let mut next = follower("u");
    next.handle(T0, Input::Granted);
    assert!(matches!(next.handle(T0, Input::Heard(said.clone()))[..], [Effect::Down(_, false)]));

    let refused = error(Code::TokenExpired);
    let effects = leader("t").handle(T0, Input::Session(Session::Down(refused.clone(), false)));
    let [Effect::Say(said), Effect::Down(..)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(follower("t").handle(T0, Input::Heard(said.clone())), [Effect::Down(refused, false)]);
    let mut other = follower("u");
    assert_eq!(other.handle(T0, Input::Heard(said.clone())), []);
    assert!(other.handle(T0, Input::Granted).contains(&Effect::StartSession(token("u"))));
}

#[test]
fn an_eager_hello_ends_a_long_wait() {
    let mut tab = leader("t");
    tab.handle(T0, Input::Session(Session::Down(error(Code::Network), true)));
    let hello = |eager| Input::Heard(TabMessage::Hello { eager });
    assert!(!tab.handle(T0, hello(false)).contains(&Effect::StartSession(token("t"))));
    let effects = tab.handle(T0, hello(true));
    assert_eq!(effects[0], Effect::StartSession(token("t")));
    assert!(matches!(&effects[1], Effect::Say(TabMessage::State { status: Status::Connecting, .. })));
}

#[test]
fn the_end_of_a_token_is_told_once_whoever_leads() {
    let mut tab = follower("t");
    let will = |value: &str| Input::Heard(TabMessage::WillExpire(value.into()));
    assert_eq!(tab.handle(T0, will("t")), [Effect::TellWillExpire]);
    tab.handle(T0, Input::Granted);
    let again = tab.handle(T0, Input::Session(Session::WillExpire));
    assert_eq!(again, [Effect::Say(TabMessage::WillExpire("t".into()))]);
    tab.handle(T0, Input::Renewed(token("u")));
    let effects = tab.handle(T0, Input::Session(Session::WillExpire));
    assert!(effects.contains(&Effect::TellWillExpire));
}

#[test]
fn a_tab_that_comes_late_hears_of_a_token_s_end_too() {
    let mut tab = leader("t");
    let hello = |eager| Input::Heard(TabMessage::Hello { eager });
    let told = Effect::Say(TabMessage::WillExpire("t".into()));
    assert!(!tab.handle(T0, hello(true)).contains(&told));
    tab.handle(T0, Input::Session(Session::WillExpire));
    assert!(tab.handle(T0, hello(true)).contains(&told));
    // Who asks because nothing was said for long has heard it.
    assert!(!tab.handle(T0, hello(false)).contains(&told));
    tab.handle(T0, Input::Session(Session::Expired));
    let effects = tab.handle(T0, hello(true));
    assert!(effects.contains(&Effect::Say(TabMessage::Expired("t".into()))) && !effects.contains(&told));
    tab.handle(T0, Input::Renewed(token("u")));
    let effects = tab.handle(T0, hello(true));
    assert!(matches!(&effects[..], [Effect::Say(TabMessage::State { .. })]), "{effects:?}");

    let said = |value: &str| Input::Heard(TabMessage::WillExpire(value.into()));
    let (mut same, _) = start("t");
    assert_eq!(same.handle(T0, said("t")), [Effect::TellWillExpire]);
    // Its own token is another, and good.
    let (mut other, _) = start("u");
    assert_eq!(other.handle(T0, said("t")), []);
    assert_eq!(follower("u").handle(T0, said("t")), [Effect::TellWillExpire]);
}

#[test]
fn without_locks_or_a_shared_copy_each_is_alone() {
    let (tab, effects) = Election::start(T0, token("t"), true, false, 0);
    assert_eq!(effects, [Effect::StartSession(token("t"))]);
    assert!(!tab.is_shared());
    let (mut tab, _) = start("t");
    assert_eq!(tab.handle(T0, Input::Lost(false)), [Effect::Leave, Effect::StartSession(token("t"))]);
    let mut tab = leader("t");
    assert_eq!(tab.handle(T0, Input::Unshared), [Effect::Leave]);
    assert!(tab.has_session() && !tab.is_shared());
    assert_eq!(tab.handle(T0, Input::Suspend), [Effect::StopSession]);
    assert_eq!(tab.handle(T0, Input::Resume), [Effect::StartSession(token("t"))]);
}

// Several tabs.

/// A tab as the world sees it.
#[allow(clippy::struct_excessive_bools, reason = "one for each thing that befalls it")]
struct Tab {
    election: Election,
    /// What waits to be handled, by where it comes from: each source keeps its order.
    inbox: [VecDeque<Input>; 3],
    /// Reads of the log that are under way.
    reads: VecDeque<Option<u64>>,
    session: Option<bool>,
    joined: bool,
    hung: bool,
    asleep: bool,
    up: bool,
    /// How many events were in the log when it first was up.
    since: Option<usize>,
    told: BTreeMap<u64, u32>,
    /// Up to here the log was when a call of this tab was done.
    past: u64,
}

const LOCK: usize = 0;
const HEARD: usize = 1;
const OWN: usize = 2;

struct World {
    now: u64,
    tabs: BTreeMap<usize, Tab>,
    opened: usize,
    holder: Option<usize>,
    queue: VecDeque<usize>,
    sent: u64,
    /// Up to here events took effect.
    done: u64,
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
            done: 0,
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
            since: None,
            told: BTreeMap::new(),
            past: 0,
        };
        self.opened += 1;
        self.tabs.insert(self.opened, tab);
        self.perform(self.opened, effects);
    }

    fn grant(&mut self, to: usize) {
        self.holder = Some(to);
        self.tabs.get_mut(&to).unwrap().inbox[LOCK].push_back(Input::Granted);
    }

    /// Lets go of the lock, or of the place in the queue.
    fn let_go(&mut self, id: usize) {
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

    fn gone(&mut self, id: usize) {
        self.let_go(id);
        self.tabs.remove(&id);
    }

    fn perform(&mut self, id: usize, effects: Vec<Effect>) {
        for effect in effects {
            let done = self.done as usize;
            let Some(tab) = self.tabs.get_mut(&id) else { return };
            match effect {
                Effect::Join => tab.joined = true,
                Effect::Leave => {
                    tab.joined = false;
                    tab.inbox[HEARD].clear();
                    self.let_go(id);
                }
                Effect::Ask => {
                    self.let_go(id);
                    if self.holder.is_none() { self.grant(id) } else { self.queue.push_back(id) }
                }
                Effect::Steal => {
                    self.let_go(id);
                    self.queue.retain(|other| *other != id);
                    if let Some(holder) = self.holder {
                        self.tabs.get_mut(&holder).unwrap().inbox[LOCK].push_back(Input::Lost(true));
                    }
                    self.grant(id);
                }
                Effect::Say(said) => {
                    assert!(tab.joined);
                    let others = self.tabs.iter_mut().filter(|(other, tab)| **other != id && tab.joined);
                    for (_, tab) in others {
                        tab.inbox[HEARD].push_back(Input::Heard(said.clone()));
                    }
                }
                // An earlier session's last words reach nobody.
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
                    tab.since.get_or_insert(done);
                }
                Effect::Down(_, will_reconnect) => {
                    assert!(will_reconnect, "nobody says a final word here");
                    tab.up = false;
                    if tab.since.is_none() {
                        // The login failed.
                        self.gone(id);
                    }
                }
                Effect::Tell(text) => {
                    for event in events(&text) {
                        assert!(event > tab.past, "{id} goes on, and then tells {event}");
                        *tab.told.entry(event).or_default() += 1;
                    }
                }
                Effect::TellChanged | Effect::Compare => {}
                other => panic!("{other:?}"),
            }
        }
    }

    fn take(&mut self, id: usize, input: Input) {
        let now = self.now;
        if let Some(tab) = self.tabs.get_mut(&id) {
            let effects = tab.election.handle(now, input);
            self.perform(id, effects);
        }
    }

    /// Handles something that waits for a tab; tells whether there was anything.
    fn deliver(&mut self, id: usize, source: usize) -> bool {
        let Some(input) = self.tabs.get_mut(&id).and_then(|tab| tab.inbox[source].pop_front()) else {
            return false;
        };
        let past: Vec<_> = match &input {
            Input::Past(news) => news.iter().flat_map(|news| events(&news.events)).collect(),
            _ => Vec::new(),
        };
        self.take(id, input);
        if let Some(tab) = self.tabs.get_mut(&id) {
            // Of before it was up it need not tell anything.
            let since = tab.since.map_or(u64::MAX, |since| since as u64);
            let owed = past.iter().filter(|event| **event > since);
            let missed: Vec<_> = owed.filter(|event| !tab.told.contains_key(event)).collect();
            assert!(missed.is_empty(), "{id} goes on before it told {missed:?}");
            tab.past = past.into_iter().fold(tab.past, u64::max);
        }
        true
    }

    /// A call of this tab is done; what the log has by then is on its way.
    fn past(&mut self, id: usize) {
        let Some(tab) = self.tabs.get_mut(&id) else { return };
        if let Some(after) = tab.election.untold() {
            let news = self.log.iter().filter(|news| news.number > after).cloned().collect();
            tab.inbox[OWN].push_back(Input::Past(news));
        }
    }

    /// A read of the log is answered; the answer is on its way.
    fn answer(&mut self, id: usize) -> bool {
        let Some(tab) = self.tabs.get_mut(&id) else { return false };
        let Some(read) = tab.reads.pop_front() else { return false };
        let answer = match read {
            None => Input::LogEnd(Some(self.log.last().map_or(0, |news| news.number))),
            Some(after) => {
                Input::Log(Some(self.log.iter().filter(|news| news.number > after).cloned().collect()))
            }
        };
        tab.inbox[OWN].push_back(answer);
        true
    }

    /// A session comes up; another of the device is replaced.
    fn connect(&mut self, id: usize) -> bool {
        if self.tabs.get(&id).and_then(|tab| tab.session) != Some(false) {
            return false;
        }
        let others: Vec<_> = self.tabs.keys().copied().filter(|other| *other != id).collect();
        for other in others {
            self.cut(other);
        }
        let tab = self.tabs.get_mut(&id).unwrap();
        tab.session = Some(true);
        tab.inbox[OWN].push_back(Input::Session(Session::Up));
        true
    }

    fn cut(&mut self, id: usize) {
        let Some(tab) = self.tabs.get_mut(&id).filter(|tab| tab.session == Some(true)) else { return };
        tab.session = Some(false);
        tab.inbox[OWN].push_back(Input::Session(Session::Down(error(Code::Network), true)));
    }

    /// A batch takes effect; that is yet to be told.
    fn apply(&mut self, id: usize, most: u64) -> bool {
        let end = self.log.last().map_or(0, |news| news.number);
        let Some(tab) = self.tabs.get(&id).filter(|tab| tab.session == Some(true)) else { return false };
        if self.sent == self.done {
            return false;
        }
        if !tab.election.knows_log() {
            self.take(id, Input::LogEnd(Some(end)));
        }
        let Some(tab) = self.tabs.get_mut(&id) else { return false };
        let last = self.sent.min(self.done + most);
        let batch: Vec<_> = (self.done + 1..=last).map(|event| event.to_string()).collect();
        self.done = last;
        let news = EventBatch { number: self.now.max(end + 1), prev: end, events: batch.join(",") };
        self.log.push(news.clone());
        tab.inbox[OWN].push_back(Input::Kept(news));
        true
    }

    fn tick(&mut self, id: usize) -> bool {
        let due =
            self.tabs.get(&id).and_then(|tab| tab.election.next_tick()).is_some_and(|at| at <= self.now);
        if due {
            self.take(id, Input::Tick);
        }
        due
    }

    fn pick(&self, which: u8) -> Option<usize> {
        self.tabs.keys().copied().nth(usize::from(which) % self.tabs.len().max(1))
    }

    fn sleep(&mut self, id: usize, asleep: bool) {
        if std::mem::replace(&mut self.tabs.get_mut(&id).unwrap().asleep, asleep) != asleep {
            self.take(id, if asleep { Input::Suspend } else { Input::Resume });
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
            return self.gone(id);
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
            18 => self.cut(id),
            19 => self.take(id, Input::Visible),
            20..=23 => drop(self.connect(id)),
            24..=33 => drop(self.apply(id, u64::from(how % 3) + 1)),
            34..=37 => drop(self.answer(id)),
            38 => drop(self.tick(id)),
            39..=41 => self.past(id),
            _ => drop(self.deliver(id, usize::from(how) % 3)),
        }
    }

    /// Everything that waits happens, until nothing is left that would.
    fn settle(&mut self) {
        let ids: Vec<_> = self.tabs.keys().copied().collect();
        for id in ids {
            self.past(id);
            self.tabs.get_mut(&id).unwrap().hung = false;
            self.sleep(id, false);
        }
        let end = self.now + 600_000;
        while self.now < end {
            let mut busy = true;
            while busy {
                busy = false;
                for id in self.tabs.keys().copied().collect::<Vec<_>>() {
                    for source in [LOCK, HEARD, OWN] {
                        busy |= self.deliver(id, source);
                    }
                    busy |= self.answer(id) | self.connect(id) | self.apply(id, 2);
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
        assert_eq!(leaders, usize::from(!self.tabs.is_empty()), "one leads");
        for (id, tab) in &self.tabs {
            assert!(tab.up, "{id} is not up: {:?}", tab.election);
            let twice: Vec<_> = tab.told.iter().filter(|(_, times)| **times > 1).collect();
            assert!(twice.is_empty(), "{id} told twice: {twice:?}");
            let since = tab.since.unwrap() as u64;
            let missed: Vec<_> =
                (since + 1..=self.done).filter(|event| !tab.told.contains_key(event)).collect();
            assert!(missed.is_empty(), "{id} never told {missed:?}: {:?}", tab.election);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]

    #[test]
    fn every_tab_tells_every_event_once(
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
        prop_assert_eq!(world.done, if world.tabs.is_empty() { world.done } else { world.sent });
    }
}
