//! The decisions of the session, without I/O: [`Input`]s and the time go in, [`Effect`]s come out.
//!
//! ```text
//!            start               opened               provision ok
//!   Stopped ───────▶ Connecting ────────▶ Provisioning ───────────▶ Online
//!      ▲  ▲               │ closed, silent      │ closed, silent       │ closed, silent
//!      │  └───────────────┴─────────────────────┴───────▶ Waiting ◀────┘
//!      └── refused, kicked, stopped        time, back online, visible ──▶ Connecting
//! ```
//!
//! Times are milliseconds of the page's clock ([`crate::platform::now`]). Ticks may come late, see [`crate::deadline`]. The expiry
//! of the token is a time of the server's clock, so its events wait until the server told its time.

mod evictions;
mod hosts;
mod input;
mod liveness;
mod outbox;
mod queues;
mod refusal;
mod token;

pub use input::{Answer, Batch, Effect, Input};
pub use liveness::{ANSWER_MS, HEARTBEAT_MS};

use super::frames::{Identity, ServerFrame};
use crate::backoff::Backoff;
use crate::deadline::{Deadline, DeadlineState};
use crate::error::{Code, Error};
use crate::server_clock::ServerClock;
use crate::token_expiry::TokenExpiry;
use evictions::Evictions;
use hosts::HostRotation;
use liveness::Liveness;
use outbox::Outbox;
use queues::{NextStep, Queues};
use refusal::{login_refusal, session_end};
use roamkit_wire::msync::{CommSyncDl, ErrorCode};
use token::{Token, TokenEvent};

/// The time limit for opening the socket, and for the login on it.
pub const CONNECT_MS: u64 = 10_000;
/// After this time a session counts as stable, and its loss is followed by a short wait again.
const STABLE_MS: u64 = 60_000;

#[derive(Clone, Debug, PartialEq)]
enum State {
    /// Nothing happens until the next start.
    Stopped,
    /// The socket is opening.
    Connecting { deadline: Deadline },
    /// The server checks the token.
    Provisioning {
        deadline: Deadline,
        /// Whether the token was renewed after the login was sent. The answer concerns the old token then.
        token_renewed: bool,
    },
    /// The session is up.
    Online { since: u64 },
    /// The machine reconnects at this time.
    Waiting { until: u64 },
}

/// The state machine of a session.
#[derive(Debug)]
pub struct Machine {
    identity: Identity,
    state: State,
    token: Token,
    server_clock: ServerClock,
    backoff: Backoff,
    evictions: Evictions,
    hosts: HostRotation,
    queues: Queues,
    outbox: Outbox,
    liveness: Liveness,
    /// Whether the platform is on no network.
    offline: bool,
    /// The time of the latest input.
    now: u64,
}

impl Machine {
    /// Creates a machine that is not started. The seed randomizes the waits before it reconnects.
    pub fn new(identity: Identity, seed: u64) -> Self {
        Self {
            identity,
            state: State::Stopped,
            token: Token::default(),
            server_clock: ServerClock::default(),
            backoff: Backoff::new(seed),
            evictions: Evictions::default(),
            hosts: HostRotation::new(1, 0),
            queues: Queues::default(),
            outbox: Outbox::default(),
            liveness: Liveness::default(),
            offline: false,
            now: 0,
        }
    }

    /// Lets the machine choose between `count` hosts, beginning with the host `first`.
    #[must_use]
    pub fn with_hosts(self, count: usize, first: usize) -> Self {
        Self { hosts: HostRotation::new(count, first), ..self }
    }

    /// The host to connect to, counted from 0. The machine changes it if connecting fails, and keeps it otherwise.
    pub fn host(&self) -> usize {
        self.hosts.current()
    }

    /// Whether the session is up.
    pub fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    /// Whether the session is over: nothing happens until the next start.
    pub fn is_stopped(&self) -> bool {
        self.state == State::Stopped
    }

    /// When the machine needs an [`Input::Tick`], in ms since the epoch.
    pub fn next_tick(&self) -> Option<u64> {
        let state = match &self.state {
            State::Stopped => return None,
            State::Waiting { .. } if self.offline => None,
            State::Connecting { deadline } | State::Provisioning { deadline, .. } => Some(deadline.at()),
            State::Waiting { until } => Some(*until),
            State::Online { .. } => Some(self.liveness.next_check()),
        };
        let batch = self.queues.deadline().map(Deadline::at);
        [state, self.token.next_tick(&self.server_clock), batch].into_iter().flatten().min()
    }

    /// Processes an input, and returns what the driver has to do.
    pub fn handle(&mut self, now: u64, input: Input<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.shift_back(self.now.saturating_sub(now));
        self.now = now;
        match input {
            Input::Start { token, expiry } => {
                self.token.replace(token, now, expiry);
                self.backoff.reset();
                self.hosts.reset();
                self.connect(now, &mut effects);
            }
            Input::Renew { token, expiry } => {
                self.token.replace(token, now, expiry);
                if let State::Provisioning { token_renewed, .. } = &mut self.state {
                    *token_renewed = true;
                }
            }
            Input::Opened if matches!(self.state, State::Connecting { .. }) => {
                let deadline = Deadline::new(now + CONNECT_MS);
                self.state = State::Provisioning { deadline, token_renewed: false };
                effects.push(Effect::Send(self.identity.provision(&self.token.value, now)));
            }
            Input::Opened => {}
            Input::Frame(bytes) => self.handle_frame(now, bytes, &mut effects),
            Input::Closed { in_order: true } if self.is_online() => self.evict(now, &mut effects),
            Input::Closed { .. } => {
                self.lose(now, Error::new(Code::Network, "the connection was lost"), &mut effects);
            }
            Input::Applied => self.finish_batch(now, &mut effects),
            Input::NotApplied => {
                if self.queues.is_applying() {
                    // The batch is not acknowledged, so the next connection receives it again.
                    let error = Error::new(Code::Database, "what came could not be kept");
                    self.lose(now, error, &mut effects);
                }
            }
            Input::Send(meta) => {
                if self.outbox.add(&meta) {
                    effects.push(Effect::Send(self.identity.send(&meta)));
                }
            }
            Input::Tick => self.handle_tick(now, &mut effects),
            Input::Online => {
                self.offline = false;
                // The network may have changed, and a socket of the old one dies without an event.
                self.wake(now, 0, &mut effects);
            }
            Input::Offline => self.offline = true,
            Input::Awake { offline } => {
                self.offline = offline;
                self.wake(now, ANSWER_MS, &mut effects);
            }
            // The server may have ended the connection meanwhile.
            Input::Slept => self.wake(now, 0, &mut effects),
            Input::Stop => self.stop(&mut effects),
        }
        effects
    }

    /// Keeps the distance to all times when the wall clock is set back.
    fn shift_back(&mut self, by: u64) {
        if by == 0 {
            return;
        }
        match &mut self.state {
            State::Connecting { deadline } | State::Provisioning { deadline, .. } => deadline.shift_back(by),
            State::Waiting { until: time } | State::Online { since: time } => {
                *time = time.saturating_sub(by);
            }
            State::Stopped => {}
        }
        self.liveness.shift_back(by);
        self.token.shift_back(by);
        self.queues.shift_back(by);
    }

    /// Reacts to a possible change of the network: reconnects now instead of later, or sends a heartbeat if the server has
    /// been silent for `silence_ms`.
    fn wake(&mut self, now: u64, silence_ms: u64, effects: &mut Vec<Effect>) {
        match self.state {
            State::Waiting { .. } if !self.offline => self.connect(now, effects),
            State::Online { .. } if self.liveness.is_heartbeat_due(now, silence_ms) => {
                self.send_heartbeat(now, effects);
            }
            _ => {}
        }
    }

    fn send_heartbeat(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.liveness.heartbeat_sent(now);
        effects.push(Effect::Send(self.identity.unread()));
    }

    fn connect(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.forget_connection();
        self.liveness.heard(now);
        self.state = State::Connecting { deadline: Deadline::new(now + CONNECT_MS) };
        effects.push(Effect::Connect);
    }

    /// Forgets what was under way on a connection.
    fn forget_connection(&mut self) {
        self.queues = Queues::default();
        self.outbox = Outbox::default();
    }

    fn handle_frame(&mut self, now: u64, bytes: &[u8], effects: &mut Vec<Effect>) {
        self.liveness.heard(now);
        // A frame that cannot be read is ignored. The server sends everything again that was not acknowledged.
        let Some(frame) = ServerFrame::decode(bytes) else { return };
        match (frame, &self.state) {
            (ServerFrame::Provision { status, expires_at }, State::Provisioning { token_renewed, .. }) => {
                // An answer about a token that was renewed meanwhile says nothing about the new token.
                let is_outdated = *token_renewed;
                match status.as_ref().and_then(login_refusal) {
                    Some(refusal) if refusal.is_final && !is_outdated => {
                        if refusal.error.code == Code::TokenExpired {
                            effects.extend(self.token.take_events_of_refusal().into_iter().map(token_effect));
                        }
                        self.end(refusal.error, effects);
                    }
                    Some(refusal) => self.lose(now, refusal.error, effects),
                    None => self.finish_login(now, expires_at.filter(|_| !is_outdated), effects),
                }
            }
            (ServerFrame::Unread { queues, server_time }, State::Online { .. }) => {
                self.hear_time(now, server_time);
                for queue in queues {
                    self.queues.add(queue);
                }
                let step = self.queues.start_next(now);
                effects.extend(step.map(|step| self.queue_effect(step)));
            }
            (ServerFrame::Notice(queue), State::Online { .. }) => {
                self.queues.add(queue);
                let step = self.queues.start_next(now);
                effects.extend(step.map(|step| self.queue_effect(step)));
            }
            (ServerFrame::Sync(answer), State::Online { .. }) if answer.meta_id != 0 => {
                effects.extend(self.outbox.answer(&answer).map(Box::new).map(Effect::Answered));
            }
            (ServerFrame::Sync(batch), State::Online { .. }) => self.handle_batch(now, batch, effects),
            (ServerFrame::Logout, State::Online { .. }) => self.evict(now, effects),
            _ => {}
        }
    }

    /// The server told its time with the answer to an UNREAD frame; 0 if it does not tell.
    fn hear_time(&mut self, now: u64, server_time: u64) {
        if server_time > 0 {
            self.server_clock.hear(now, server_time);
        } else {
            self.server_clock.assume_equal();
        }
    }

    fn finish_login(&mut self, now: u64, expires_at: Option<u64>, effects: &mut Vec<Effect>) {
        if let Some(expires_at) = expires_at {
            self.token.set_expiry(TokenExpiry::at(expires_at));
        }
        self.state = State::Online { since: now };
        self.hosts.reset();
        effects.push(Effect::Up);
        effects.push(Effect::Send(self.identity.unread()));
    }

    fn handle_batch(&mut self, now: u64, batch: CommSyncDl, effects: &mut Vec<Effect>) {
        if let Some(status) = &batch.status
            && status.error_code != ErrorCode::Ok as i32
        {
            let message = format!("the server refused to deliver: {}", status.reason);
            self.lose(now, Error::new(Code::ServerUnknownError, message), effects);
            return;
        }
        // Such a meta may come in any queue.
        if let Some(error) = batch.metas.iter().find_map(session_end) {
            self.end(error, effects);
            return;
        }
        match self.queues.accept(batch) {
            Some(batch) if batch.metas.is_empty() => self.finish_batch(now, effects),
            Some(batch) => effects.push(Effect::Apply(batch)),
            None => {}
        }
    }

    /// The current batch is stored.
    fn finish_batch(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let step = self.queues.finish_batch(now);
        effects.extend(step.map(|step| self.queue_effect(step)));
    }

    fn queue_effect(&mut self, step: NextStep) -> Effect {
        match step {
            NextStep::Request(queue, key) => Effect::Send(self.identity.sync(&queue, key)),
            NextStep::CaughtUp => {
                self.outbox.open();
                Effect::CaughtUp
            }
        }
    }

    fn handle_tick(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if !self.is_stopped() {
            let events = self.token.take_due_events(now, &self.server_clock);
            effects.extend(events.into_iter().map(token_effect));
        }
        match &mut self.state {
            State::Connecting { deadline } | State::Provisioning { deadline, .. } => {
                match deadline.state(now) {
                    DeadlineState::Pending => {}
                    DeadlineState::Late => deadline.extend(now + ANSWER_MS),
                    DeadlineState::Missed => {
                        let error = Error::new(Code::ServerTimeout, "the server did not answer in time");
                        self.lose(now, error, effects);
                    }
                }
            }
            State::Waiting { until } if now >= *until && !self.offline => self.connect(now, effects),
            State::Online { .. } => self.check_server(now, effects),
            _ => {}
        }
    }

    /// Ends the connection if the server misses a deadline, and sends heartbeats.
    fn check_server(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let (answer, batch) = (self.liveness.answer_state(now), self.queues.deadline_state(now));
        if answer == DeadlineState::Missed || batch == DeadlineState::Missed {
            self.lose(now, Error::new(Code::ServerTimeout, "the server fell silent"), effects);
            return;
        }
        let is_late = answer == DeadlineState::Late || batch == DeadlineState::Late;
        if answer == DeadlineState::Late {
            self.liveness.extend(now);
        }
        if batch == DeadlineState::Late {
            self.queues.extend_deadline(now);
        }
        if is_late || self.liveness.is_heartbeat_due(now, HEARTBEAT_MS) {
            self.send_heartbeat(now, effects);
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        if self.is_online() {
            effects.push(Effect::Send(self.identity.logout()));
        }
        if !self.is_stopped() {
            effects.push(Effect::Disconnect);
        }
        self.reset();
    }

    /// The server ended the session in order, without a reason: it restarts, or another client has this one's device id.
    fn evict(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if self.evictions.count(now) {
            let message = "the server ended the session three times within a minute: another client has the same device id";
            self.end(Error::new(Code::UserLoginAnotherDevice, message), effects);
        } else {
            self.lose(now, Error::new(Code::Network, "the server closed the session"), effects);
        }
    }

    /// The connection is lost. The machine tries the next host at once; after all hosts failed it waits first.
    fn lose(&mut self, now: u64, error: Error, effects: &mut Vec<Effect>) {
        match self.state {
            State::Stopped | State::Waiting { .. } => return,
            State::Connecting { .. } | State::Provisioning { .. } => {
                if self.hosts.next() && !self.offline {
                    effects.push(Effect::Disconnect);
                    self.connect(now, effects);
                    return;
                }
            }
            State::Online { since } => {
                if now.saturating_sub(since) >= STABLE_MS {
                    self.backoff.reset();
                }
            }
        }
        effects.push(Effect::Disconnect);
        effects.push(Effect::Down { error, will_reconnect: true });
        self.forget_connection();
        self.hosts.reset();
        self.state = State::Waiting { until: now + self.backoff.next() };
    }

    /// The server ended the session for good.
    fn end(&mut self, error: Error, effects: &mut Vec<Effect>) {
        effects.push(Effect::Disconnect);
        effects.push(Effect::Down { error, will_reconnect: false });
        self.reset();
    }

    fn reset(&mut self) {
        self.state = State::Stopped;
        self.forget_connection();
        self.token = Token::default();
    }
}

const fn token_effect(event: TokenEvent) -> Effect {
    match event {
        TokenEvent::WillExpire => Effect::TokenWillExpire,
        TokenEvent::Expired => Effect::TokenExpired,
    }
}

// proptest does not build for the browser.
#[cfg(not(target_arch = "wasm32"))]
#[cfg(test)]
mod tests;
