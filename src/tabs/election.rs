//! The decisions about which tab has the session, without I/O: [`Input`]s and the time go in, [`Effect`]s come out.
//!
//! ```text
//!                lock granted
//!   Following ─────────────────▶ Leading     Following, Leading ── page suspended ──▶ Suspended ── resumed ──▶ Following
//!       ▲                           │        Following, Leading ── no locks, copy not shared ──▶ Alone
//!       └─────── lock stolen ───────┘        every state ── the server ended the session ──▶ Ended
//! ```

mod input;
mod leader_watch;
mod messages;
mod reports;
mod terms;
mod tokens;

pub use input::{Effect, Input, SessionEvent, Token};
pub use tokens::is_about_token;

use super::cursor::Cursor;
use super::message::{Status, TabMessage};
use crate::error::{Code, Error};
use crate::store::EventBatch;
use leader_watch::LeaderWatch;
use reports::Reports;
use terms::Terms;

/// If another tab took the lock and connected, the server ends this tab's session as "replaced by another device", possibly
/// before this tab knows that its lock was stolen. So it waits so long before it takes the server at its word.
const REPLACED_MS: u64 = 1_000;

/// A tab whose copy is unusable gives up the lead once in this time, so that the session does not wander without end.
const GIVE_UP_MS: u64 = 60_000;

/// The role of this tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The tab waits for the lock; another tab has the session.
    Following,
    /// The tab holds the lock and has the session.
    Leading,
    /// Each tab has a session of its own.
    Alone,
    /// The page is suspended.
    Suspended { was_alone: bool },
    /// The server ended the session for good.
    Ended,
}

/// Whether the server accepts this tab's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TokenCheck {
    /// The server was not asked.
    Needed,
    /// The answer is pending.
    Pending,
    /// The server accepts it, or this tab's own session finds that out.
    Done,
}

/// The part of one tab in the election, from its login to its end.
#[derive(Debug)]
pub struct Election {
    state: State,
    token: Token,
    token_check: TokenCheck,
    /// The status of the shared session, as far as this tab knows.
    status: Status,
    terms: Terms,
    cursor: Cursor,
    leader_watch: LeaderWatch,
    reports: Reports,
    /// Whether the tab was suspended and may have missed events.
    missed_events: bool,
    /// When this tab gave up the lead because its copy was unusable.
    gave_up_at: Option<u64>,
    /// The server ended the session because another one replaced it. At this time the tab believes that.
    replaced: Option<(u64, Error)>,
    effects: Vec<Effect>,
}

impl Election {
    /// Starts a login. `is_checked`: the server has just issued the token. `is_shared`: the platform has locks and channels.
    /// `reported`: the number of the last batch of events that an earlier login emitted.
    pub fn start(
        now: u64,
        token: Token,
        is_checked: bool,
        is_shared: bool,
        reported: u64,
    ) -> (Self, Vec<Effect>) {
        let mut election = Self {
            state: State::Alone,
            token,
            token_check: if is_checked { TokenCheck::Done } else { TokenCheck::Needed },
            status: Status::Connecting,
            terms: Terms::default(),
            cursor: Cursor::new(reported),
            leader_watch: LeaderWatch::default(),
            reports: Reports::default(),
            missed_events: false,
            gave_up_at: None,
            replaced: None,
            effects: Vec::new(),
        };
        if is_shared {
            election.join(now);
        } else {
            election.start_session();
        }
        let effects = std::mem::take(&mut election.effects);
        (election, effects)
    }

    /// Whether this tab has the session.
    pub fn has_session(&self) -> bool {
        matches!(self.state, State::Leading | State::Alone)
    }

    /// Whether other tabs may need the events of this tab's session, so that they belong into the event log.
    pub fn is_shared(&self) -> bool {
        matches!(self.state, State::Leading | State::Following | State::Suspended { was_alone: false })
    }

    /// Whether the cursor has a position. If not, [`Input::LogEnd`] is needed before a batch is stored.
    pub fn knows_log(&self) -> bool {
        self.cursor.is_known()
    }

    /// The number after which the log may have batches that this tab must emit. The leader has one, too: the leader before
    /// it may still have written a batch.
    pub fn unreported_after(&self) -> Option<u64> {
        self.cursor.unreported_after().filter(|_| self.is_shared())
    }

    /// When the election needs an [`Input::Tick`], in ms since the epoch.
    pub fn next_tick(&self) -> Option<u64> {
        if matches!(self.state, State::Suspended { .. } | State::Ended) {
            return None;
        }
        let replaced = self.replaced.as_ref().map(|(at, _)| *at);
        let ticks =
            [self.leader_watch.next_tick(), self.reports.next_tick(), replaced, self.cursor.retry_at()];
        ticks.into_iter().flatten().min()
    }

    /// Processes an input, and returns what the tab has to do.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Effect> {
        if self.state != State::Ended {
            self.dispatch(now, input);
        }
        std::mem::take(&mut self.effects)
    }

    fn dispatch(&mut self, now: u64, input: Input) {
        match (input, self.state) {
            (Input::LockGranted, State::Following) => self.lead(now),
            (Input::LockStolen, State::Leading | State::Following) => self.lose_lock(now),
            (Input::LockUnavailable | Input::CopyNotShared, State::Leading | State::Following) => {
                self.separate(now);
            }
            (Input::CopyUnusable, State::Leading) => self.give_up(now),
            (Input::Message(message), State::Leading | State::Following) => self.receive(now, message),
            (Input::Session(event), State::Leading | State::Alone) => self.handle_session(now, event),
            (Input::Stored(batch), _) => self.publish(batch),
            (Input::LogEnd(Some(number)), State::Leading) if !self.cursor.is_known() => {
                self.effects.extend(self.cursor.announce(number));
                self.send_state();
            }
            (Input::LogEnd(None), State::Leading) => self.cursor.fail_read(now),
            (Input::Log(read), _) => self.finish_read(now, read),
            (Input::LogBeforeCall(batches), _) => self.cursor.emit(batches, &mut self.effects),
            (Input::TokenChecked(answer), _) => self.finish_token_check(now, answer),
            (Input::TokenRenewed(token), _) => {
                self.send(TabMessage::Renewed {
                    token: token.value.clone(),
                    expires_at: token.expiry.server_time(),
                });
                self.set_token(now, token);
            }
            (Input::TokenRefused(token), _) if token == self.token.value => self.expire_token(),
            (Input::CopyChanged, _) => self.send(TabMessage::Changed),
            (Input::MessagesSaved { conversation_type, conversation_id, ids }, _) => {
                self.send(TabMessage::Saved { conversation_type, conversation_id, ids });
            }
            (Input::ReconciliationNeeded, State::Following) => self.send(TabMessage::ReconciliationNeeded),
            (Input::ReconciliationNeeded, State::Leading | State::Alone) => {
                self.effects.push(Effect::Reconcile);
            }
            (Input::ReceiptsPending, State::Following) => self.send(TabMessage::ReceiptsPending),
            (Input::ReceiptsPending, State::Leading | State::Alone) => {
                self.effects.push(Effect::SendReceipts);
            }
            (Input::Suspend, State::Leading | State::Following) => self.suspend(false),
            (Input::Suspend, State::Alone) => self.suspend(true),
            (Input::Resume | Input::Visible, State::Suspended { was_alone }) => self.resume(now, was_alone),
            // The leader may be hidden, and wait long before it reconnects.
            (Input::Visible, State::Following) => self.ask_leader(now),
            (Input::Tick, State::Leading | State::Following | State::Alone) => self.tick(now),
            _ => {}
        }
    }

    // The roles.

    fn join(&mut self, now: u64) {
        self.state = State::Following;
        self.effects.push(Effect::OpenChannel);
        self.effects.push(Effect::RequestLock);
        self.ask_leader(now);
    }

    fn ask_leader(&mut self, now: u64) {
        self.leader_watch.asked(now);
        self.send(TabMessage::Hello { eager: !self.reports.is_up() });
    }

    fn lead(&mut self, now: u64) {
        self.state = State::Leading;
        self.terms.begin(now);
        self.leader_watch.stop();
        self.start_handover(now);
        self.start_session();
        self.read_log();
        self.send_state();
    }

    fn start_session(&mut self) {
        self.token_check = TokenCheck::Done;
        self.status = Status::Connecting;
        self.effects.push(Effect::StartSession(self.token.clone()));
    }

    /// The session passes to another tab, or to this one.
    fn start_handover(&mut self, now: u64) {
        self.status = Status::Connecting;
        self.replaced = None;
        self.reports.start_handover(now);
    }

    fn lose_lock(&mut self, now: u64) {
        if self.state == State::Leading {
            self.effects.push(Effect::StopSession);
        }
        self.start_handover(now);
        self.state = State::Following;
        self.effects.push(Effect::RequestLock);
        self.ask_leader(now);
    }

    /// Another tab may be able to store what the session receives. If none waits for the lock, this tab gets it again.
    fn give_up(&mut self, now: u64) {
        if self.gave_up_at.is_none_or(|at| now >= at + GIVE_UP_MS) {
            self.gave_up_at = Some(now);
            self.lose_lock(now);
        }
    }

    /// From now on each tab has a session of its own.
    fn separate(&mut self, now: u64) {
        let was_leading = self.state == State::Leading;
        self.state = State::Alone;
        self.leader_watch.stop();
        self.effects.push(Effect::Leave);
        if !was_leading {
            self.start_handover(now);
            self.start_session();
        }
    }

    fn suspend(&mut self, was_alone: bool) {
        if self.has_session() {
            self.effects.push(Effect::StopSession);
        }
        if !was_alone {
            self.effects.push(Effect::Leave);
        }
        self.state = State::Suspended { was_alone };
        self.leader_watch.stop();
        self.reports.suspend();
        self.replaced = None;
    }

    fn resume(&mut self, now: u64, was_alone: bool) {
        self.missed_events = true;
        if was_alone {
            self.state = State::Alone;
            self.start_session();
        } else {
            self.join(now);
            self.effects.push(Effect::EmitChanged);
        }
        self.start_handover(now);
    }

    fn end(&mut self, error: Error) {
        self.state = State::Ended;
        self.effects.push(Effect::Down { error, will_reconnect: false });
    }

    // The session of this tab.

    fn handle_session(&mut self, now: u64, event: SessionEvent) {
        match event {
            SessionEvent::Up => {
                self.status = Status::Up;
                self.send_state();
                self.report_up(now);
            }
            SessionEvent::Down { error, will_reconnect: true } => {
                self.status = Status::Down(error.clone());
                self.send_state();
                self.reports.down(error, &mut self.effects);
            }
            SessionEvent::Down { error, .. }
                if error.code == Code::UserLoginAnotherDevice && self.state == State::Leading =>
            {
                self.status = Status::Down(error.clone());
                self.replaced = Some((now + REPLACED_MS, error));
            }
            SessionEvent::Down { error, .. } => self.end_everywhere(error),
            SessionEvent::TokenWillExpire => self.warn_of_token_end(),
            SessionEvent::TokenExpired => self.expire_token(),
        }
    }

    fn report_up(&mut self, now: u64) {
        self.cursor.session_up(now);
        self.reports.up(&mut self.effects);
    }

    fn end_everywhere(&mut self, error: Error) {
        let token = self.token.value.clone();
        self.send(TabMessage::Ended { term: self.terms.latest(), error: error.clone(), token });
        self.end(error);
    }

    // The events.

    /// Emits the events of a batch in all tabs. A batch with the number 0 is not in the log.
    fn publish(&mut self, batch: EventBatch) {
        if batch.number == 0 {
            self.effects.push(Effect::EmitEvents(batch.events));
            return;
        }
        self.send(TabMessage::Events(batch.clone()));
        self.effects.extend(self.cursor.receive(batch, true));
    }

    fn read_log(&mut self) {
        self.effects.extend(self.cursor.read_log());
        if self.state == State::Leading && !self.cursor.is_known() {
            self.effects.push(Effect::ReadLogEnd);
        }
    }

    fn finish_read(&mut self, now: u64, read: Option<Vec<EventBatch>>) {
        let Some(batches) = read else { return self.cursor.fail_read(now) };
        self.cursor.finish_read(batches, &mut self.effects);
        // Tabs that logged in during the read wait for the number.
        if self.cursor.settled().is_some() {
            self.send_state();
        }
    }

    fn send(&mut self, message: TabMessage) {
        if matches!(self.state, State::Leading | State::Following) {
            self.effects.push(Effect::Send(message));
        }
    }

    fn send_state(&mut self) {
        if self.state == State::Leading {
            let (number, status) = (self.cursor.settled(), self.status.clone());
            self.send(TabMessage::State { term: self.terms.latest(), number, status });
        }
    }

    fn tick(&mut self, now: u64) {
        if self.leader_watch.check_answer(now) {
            self.effects.push(Effect::StealLock);
        }
        if self.leader_watch.check_ping(now) {
            self.leader_watch.asked(now);
            self.send(TabMessage::Hello { eager: false });
        }
        self.reports.tick(now, &mut self.effects);
        if let Some((_, error)) = self.replaced.take_if(|(at, _)| now >= *at) {
            self.end_everywhere(error);
            return;
        }
        if self.cursor.retry_at().is_some_and(|at| now >= at) {
            self.read_log();
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
