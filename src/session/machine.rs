//! The session's decisions, without I/O: signals and time in, effects out, and when to be asked again.
//!
//! ```text
//!            start               opened               provision ok
//!   Resting ───────▶ Connecting ────────▶ Provisioning ───────────▶ Online
//!      ▲  ▲               │ closed, silent      │ closed, silent       │ closed, silent
//!      │  └───────────────┴─────────────────────┴───────▶ Waiting ◀────┘
//!      └── refused, kicked, stopped        time, back online, visible ──▶ Connecting
//! ```
//!
//! Times are the platform's wall clock, which may jump, and timers may come late: in a hidden page once a minute, after
//! a sleep hours later. A tick that comes too late proves nothing about the server, since what it sent meanwhile may
//! still wait behind the tick: the server is asked (again) first, once.

mod reading;
mod token;
mod verdict;

use super::frames::Identity;
use crate::backoff::Backoff;
use crate::error::{Code, Error};

use prost::Message as _;
use reading::{Answer, Current, Reading, same_queue};
use roamkit_wire::meta::Meta;
use roamkit_wire::msync::{CommNotice, CommSyncDl, CommUnreadDl, Command, ErrorCode, Jid, MSync, Provision};
use serde_json::Value;
use token::Token;
use verdict::{kicked, verdict};

/// After this much silence the server is asked whether it is there.
pub const HEARTBEAT_MS: u64 = 30_000;
/// And this long it may take to answer.
pub const ANSWER_MS: u64 = 10_000;
/// How long connecting and provisioning may take, each.
pub const CONNECT_MS: u64 = 10_000;
/// A tick that comes this much after its time came too late to tell anything.
const LATE_MS: u64 = 1_000;
/// A session this old was stable: the next loss starts with short waits again.
const STABLE_MS: u64 = 60_000;

/// What happens to the session.
#[derive(Debug)]
pub enum Signal<'a> {
    /// Log in, with a token and the time its life ends, if known (ms; 0: not known).
    Start {
        /// The user token.
        token: String,
        /// When it expires.
        expires_at: u64,
    },
    /// There is a new token.
    Renew {
        /// The user token.
        token: String,
        /// When it expires.
        expires_at: u64,
    },
    /// The socket is open.
    Opened,
    /// A frame came.
    Frame(&'a [u8]),
    /// The socket is closed.
    Closed,
    /// The batch that was handed out last has taken effect.
    Applied,
    /// The batch that was handed out last could not be kept: it must come again.
    NotApplied,
    /// Time has passed.
    Tick,
    /// The platform is on a network again, or on another one.
    Online,
    /// The platform is on no network: until it is, nothing is tried.
    Offline,
    /// The page is shown, or runs on after it was frozen.
    Awake {
        /// Whether the platform is on no network now.
        offline: bool,
    },
    /// Log out.
    Stop,
}

/// What is to be done about it, in this order.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Open a socket to [`Machine::host`]; an older one is closed.
    Connect,
    /// Close the socket.
    Disconnect,
    /// Send a frame.
    Send(Vec<u8>),
    /// The session is up.
    Up,
    /// The session is down.
    Down {
        /// Why.
        error: Error,
        /// Whether the machine comes back by itself.
        will_reconnect: bool,
    },
    /// Let these take effect, together with the position, then say [`Signal::Applied`].
    Apply(Batch),
    /// Nothing is left in the queues.
    CaughtUp,
    /// Four fifths of the token's life are over.
    TokenWillExpire,
    /// The token's life is over.
    TokenExpired,
}

/// A batch of a queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The queue.
    pub queue: Jid,
    /// The position that acknowledges it.
    pub position: Option<u64>,
    /// Oldest first.
    pub metas: Vec<Meta>,
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Resting,
    Connecting { until: u64 },
    Provisioning { until: u64 },
    Online { since: u64 },
    Waiting { until: u64 },
}

/// The session.
#[derive(Debug)]
pub struct Machine {
    identity: Identity,
    state: State,
    token: Token,
    /// Whether the server was asked with the token before this one: its answer says nothing of this one.
    overtaken: bool,
    backoff: Backoff,
    reading: Reading,
    /// Which of how many hosts is good, as far as is known.
    host: usize,
    hosts: usize,
    /// How many were tried in this round.
    tried: usize,
    offline: bool,
    /// The latest time that was seen.
    seen: u64,
    last_heard: u64,
    /// When a heartbeat was sent that nothing answered yet.
    asked_at: Option<u64>,
    /// Whether a tick came too late to tell, and more time was given.
    graced: bool,
}

impl Machine {
    /// A session that rests until it is started. The seed spreads reconnects.
    pub fn new(identity: Identity, seed: u64) -> Self {
        Self {
            identity,
            state: State::Resting,
            token: Token::default(),
            overtaken: false,
            backoff: Backoff::new(seed),
            reading: Reading::default(),
            host: 0,
            hosts: 1,
            tried: 0,
            offline: false,
            seen: 0,
            last_heard: 0,
            asked_at: None,
            graced: false,
        }
    }

    /// One that may choose between so many hosts, and begins with that one.
    #[must_use]
    pub fn with_hosts(self, hosts: usize, first: usize) -> Self {
        Self { hosts: hosts.max(1), host: first % hosts.max(1), ..self }
    }

    /// The host to connect to, counted from 0. One that failed makes way for the next; a good one stays.
    pub fn host(&self) -> usize {
        self.host
    }

    /// Whether the session is up.
    pub fn is_online(&self) -> bool {
        matches!(self.state, State::Online { .. })
    }

    /// Whether nothing will happen any more by itself.
    pub fn is_resting(&self) -> bool {
        self.state == State::Resting
    }

    /// When the machine wants a [`Signal::Tick`], ms since the epoch.
    pub fn next_tick(&self) -> Option<u64> {
        let state = match &self.state {
            State::Resting => return None,
            State::Waiting { .. } if self.offline => None,
            State::Connecting { until } | State::Provisioning { until } | State::Waiting { until } => {
                Some(*until)
            }
            State::Online { .. } => Some(match self.asked_at {
                Some(at) => at + ANSWER_MS,
                None => self.last_heard + HEARTBEAT_MS,
            }),
        };
        [state, self.token.next_tick(), self.reading.overdue_at()].into_iter().flatten().min()
    }

    /// Takes a signal in.
    pub fn handle(&mut self, now: u64, signal: Signal<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.set_back(self.seen.saturating_sub(now));
        self.seen = now;
        match signal {
            Signal::Start { token, expires_at } => {
                self.token = Token::new(token, now, expires_at);
                self.backoff.reset();
                self.tried = 0;
                self.connect(now, &mut effects);
            }
            Signal::Renew { token, expires_at } => {
                self.overtaken = matches!(self.state, State::Provisioning { .. });
                self.token = Token::new(token, now, expires_at);
            }
            Signal::Opened if matches!(self.state, State::Connecting { .. }) => {
                self.state = State::Provisioning { until: now + CONNECT_MS };
                self.graced = false;
                self.overtaken = false;
                effects.push(Effect::Send(self.identity.provision(&self.token.value, now)));
            }
            Signal::Opened => {}
            Signal::Frame(bytes) => self.frame(now, bytes, &mut effects),
            Signal::Closed => {
                self.lost(now, Error::new(Code::Network, "the connection was lost"), &mut effects);
            }
            Signal::Applied => self.applied(now, true, &mut effects),
            Signal::NotApplied => self.applied(now, false, &mut effects),
            Signal::Tick => self.tick(now, &mut effects),
            Signal::Online => {
                self.offline = false;
                // A socket of another network may be dead without a word.
                self.wake(now, 0, &mut effects);
            }
            Signal::Offline => self.offline = true,
            Signal::Awake { offline } => {
                self.offline = offline;
                self.wake(now, ANSWER_MS, &mut effects);
            }
            Signal::Stop => self.stop(&mut effects),
        }
        effects
    }

    /// The wall clock was set back: what was to come at a time comes at the same distance.
    fn set_back(&mut self, by: u64) {
        if by == 0 {
            return;
        }
        match &mut self.state {
            State::Connecting { until: time }
            | State::Provisioning { until: time }
            | State::Waiting { until: time }
            | State::Online { since: time } => *time = time.saturating_sub(by),
            State::Resting => {}
        }
        self.last_heard = self.last_heard.saturating_sub(by);
        self.asked_at = self.asked_at.map(|at| at.saturating_sub(by));
        if let Some(current) = &mut self.reading.current {
            current.asked_at = current.asked_at.saturating_sub(by);
        }
    }

    /// Something may be better, or worse, than it was: connects now instead of later, and asks whether the server is
    /// there if it has been silent for that long.
    fn wake(&mut self, now: u64, silence_ms: u64, effects: &mut Vec<Effect>) {
        match self.state {
            State::Waiting { .. } if !self.offline => self.connect(now, effects),
            State::Online { .. } if self.asked_at.is_none() && now >= self.last_heard + silence_ms => {
                self.ask(now, effects);
            }
            _ => {}
        }
    }

    /// Asks whether the server is there, and what it has.
    fn ask(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.asked_at = Some(now);
        effects.push(Effect::Send(self.identity.unread()));
    }

    fn connect(&mut self, now: u64, effects: &mut Vec<Effect>) {
        self.reading = Reading::default();
        self.asked_at = None;
        self.graced = false;
        self.last_heard = now;
        self.state = State::Connecting { until: now + CONNECT_MS };
        effects.push(Effect::Connect);
    }

    fn frame(&mut self, now: u64, bytes: &[u8], effects: &mut Vec<Effect>) {
        self.last_heard = now;
        self.asked_at = None;
        self.graced = false;
        // A frame that cannot be read is passed over: what matters comes again.
        let Ok(frame) = MSync::decode(bytes) else { return };
        let payload = frame.payload.as_slice();
        match (Command::try_from(frame.command), &self.state) {
            (Ok(Command::Provision), State::Provisioning { .. }) => {
                if let Ok(provision) = Provision::decode(payload) {
                    self.provisioned(now, &provision, effects);
                }
            }
            (Ok(Command::Unread), State::Online { .. }) => {
                if let Ok(unread) = CommUnreadDl::decode(payload) {
                    for queue in unread.unread.into_iter().filter_map(|unread| unread.queue) {
                        self.reading.add(queue);
                    }
                    self.read_next(now, effects);
                }
            }
            (Ok(Command::Notice), State::Online { .. }) => {
                if let Ok(CommNotice { queue: Some(queue) }) = CommNotice::decode(payload) {
                    self.reading.add(queue);
                    self.read_next(now, effects);
                }
            }
            (Ok(Command::Sync), State::Online { .. }) => {
                if let Ok(batch) = CommSyncDl::decode(payload) {
                    self.batch(now, batch, effects);
                }
            }
            (Ok(Command::Logout), State::Online { .. }) => {
                self.lost(now, Error::new(Code::Network, "the server closed the session"), effects);
            }
            _ => {}
        }
    }

    fn provisioned(&mut self, now: u64, provision: &Provision, effects: &mut Vec<Effect>) {
        let status = provision.status.clone().unwrap_or_default();
        if let Some((error, for_good)) = verdict(&status) {
            if for_good && !self.overtaken {
                self.end(error, effects);
            } else {
                self.lost(now, error, effects);
            }
            return;
        }
        let auth: Option<Value> = serde_json::from_str(&provision.auth_token).ok();
        let expires_at = auth.and_then(|auth| auth.get("expires_in")?.as_u64());
        if let Some(expires_at) = expires_at.filter(|_| !self.overtaken) {
            self.token.expires_at = expires_at;
        }
        self.state = State::Online { since: now };
        self.tried = 0;
        effects.push(Effect::Up);
        effects.push(Effect::Send(self.identity.unread()));
    }

    fn batch(&mut self, now: u64, batch: CommSyncDl, effects: &mut Vec<Effect>) {
        let status = batch.status.unwrap_or_default();
        if status.error_code != ErrorCode::Ok as i32 {
            let message = format!("the server refused to deliver: {}", status.reason);
            self.lost(now, Error::new(Code::ServerUnknownError, message), effects);
            return;
        }
        // Service words end the session, whichever queue they come in.
        if let Some(error) = batch.metas.iter().find_map(kicked) {
            self.end(error, effects);
            return;
        }
        let Some(current) = self.reading.current.as_mut().filter(|current| current.applying.is_none()) else {
            return;
        };
        // A late answer for another queue comes again when that one is asked for.
        if batch.queue.as_ref().is_some_and(|queue| !same_queue(queue, &current.queue)) {
            return;
        }
        let answer =
            Answer { next_key: batch.next_key, is_last: batch.is_last, empty: batch.metas.is_empty() };
        current.applying = Some(answer);
        if answer.empty {
            self.applied(now, true, effects);
        } else {
            let queue = current.queue.clone();
            effects.push(Effect::Apply(Batch { queue, position: batch.next_key, metas: batch.metas }));
        }
    }

    fn applied(&mut self, now: u64, kept: bool, effects: &mut Vec<Effect>) {
        let Some(mut current) = self.reading.current.take() else { return };
        let Some(answer) = current.applying.take() else {
            self.reading.current = Some(current);
            return;
        };
        if !kept {
            // Nothing was acknowledged: a new connection gets it again.
            self.lost(now, Error::new(Code::Database, "what came could not be kept"), effects);
            return;
        }
        // The last batch is acknowledged, too: else the next connection would bring it again.
        let more = !answer.is_last || (!answer.empty && answer.next_key.is_some());
        if more || current.again {
            current.again = current.again && more;
            current.asked_at = now;
            current.graced = false;
            effects.push(Effect::Send(self.identity.sync(&current.queue, answer.next_key)));
            self.reading.current = Some(current);
        } else {
            self.read_next(now, effects);
        }
    }

    fn read_next(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if self.reading.current.is_some() {
            return;
        }
        let Some(queue) = self.reading.take() else {
            effects.push(Effect::CaughtUp);
            return;
        };
        effects.push(Effect::Send(self.identity.sync(&queue, None)));
        self.reading.current =
            Some(Current { queue, asked_at: now, graced: false, applying: None, again: false });
    }

    fn tick(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if !self.is_resting() {
            if self.token.warn_due(now) {
                self.token.warned = true;
                effects.push(Effect::TokenWillExpire);
            }
            if self.token.expiry_due(now) {
                self.token.expired = true;
                effects.push(Effect::TokenExpired);
            }
        }
        match &mut self.state {
            State::Connecting { until } | State::Provisioning { until } if now >= *until => {
                if is_late(now, *until) && !std::mem::replace(&mut self.graced, true) {
                    *until = now + ANSWER_MS;
                } else {
                    let error = Error::new(Code::ServerTimeout, "the server did not answer in time");
                    self.lost(now, error, effects);
                }
            }
            State::Waiting { until } if now >= *until && !self.offline => self.connect(now, effects),
            State::Online { .. } => self.listen(now, effects),
            _ => {}
        }
    }

    /// Looks whether the server is still there.
    fn listen(&mut self, now: u64, effects: &mut Vec<Effect>) {
        let silent = self.asked_at.map(|at| at + ANSWER_MS).filter(|due| now >= *due);
        let stuck = self.reading.overdue_at().filter(|due| now >= *due);
        let dead = silent.is_some_and(|due| self.graced || !is_late(now, due))
            || stuck.is_some_and(|due| self.reading.is_graced() || !is_late(now, due));
        if dead {
            self.lost(now, Error::new(Code::ServerTimeout, "the server fell silent"), effects);
        } else if silent.is_some() || stuck.is_some() {
            if silent.is_some() {
                self.graced = true;
            }
            if stuck.is_some() {
                self.reading.grace(now + ANSWER_MS);
            }
            self.ask(now, effects);
        } else if self.asked_at.is_none() && now >= self.last_heard + HEARTBEAT_MS {
            self.ask(now, effects);
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        if self.is_online() {
            effects.push(Effect::Send(self.identity.logout()));
        }
        if !self.is_resting() {
            effects.push(Effect::Disconnect);
        }
        self.rest();
    }

    /// The connection is lost; it is tried again after a while, on another host at once.
    fn lost(&mut self, now: u64, error: Error, effects: &mut Vec<Effect>) {
        match self.state {
            State::Resting | State::Waiting { .. } => return,
            State::Connecting { .. } | State::Provisioning { .. } => {
                self.host = (self.host + 1) % self.hosts;
                self.tried += 1;
                if self.tried < self.hosts && !self.offline {
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
        self.reading = Reading::default();
        self.asked_at = None;
        self.tried = 0;
        self.state = State::Waiting { until: now + self.backoff.next() };
    }

    /// The server's final word.
    fn end(&mut self, error: Error, effects: &mut Vec<Effect>) {
        effects.push(Effect::Disconnect);
        effects.push(Effect::Down { error, will_reconnect: false });
        self.rest();
    }

    fn rest(&mut self) {
        self.state = State::Resting;
        self.reading = Reading::default();
        self.token = Token::default();
    }
}

/// Whether a tick that was due then comes too late to tell anything.
fn is_late(now: u64, due: u64) -> bool {
    now > due + LATE_MS
}

// proptest does not build for the browser.
#[cfg(not(target_arch = "wasm32"))]
#[cfg(test)]
mod tests;
