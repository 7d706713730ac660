//! Runs the machine: waits for the socket, for commands and for time, and carries its effects out, one signal
//! at a time. A batch takes effect before anything else is looked at.

use super::frames::Identity;
use super::link::{Link, Said};
use super::machine::{Batch, Effect, Machine, Signal};
use super::surroundings::{self, Told};
use crate::error::Error;
use crate::host_pool::HostPool;
use crate::later::{Inbox, before};
use crate::platform::{is_offline, now, pause, spawn};
use std::collections::VecDeque;
use std::rc::Rc;

/// The longest time a platform's timer takes, ms.
const MAX_TIMER_MS: u64 = 2_000_000_000;

/// What the session is for: who runs it hears from it here.
pub trait Host {
    /// The session is up.
    fn up(&self);
    /// The session is down.
    fn down(&self, error: Error, will_reconnect: bool);
    /// Nothing is left in the queues.
    fn caught_up(&self);
    /// Four fifths of the token's life are over.
    fn token_will_expire(&self);
    /// The token's life is over.
    fn token_expired(&self);
    /// Lets a batch take effect together with its position; tells whether it did.
    async fn apply(&self, batch: Batch) -> bool;
}

/// What the driver waits for.
#[derive(Debug)]
pub enum Input {
    /// The socket of that number said something.
    Socket(u32, Said),
    /// There is a new token.
    Renew {
        /// The user token.
        token: String,
        /// When it expires; 0: not known.
        expires_at: u64,
    },
    /// The platform said something.
    Platform(Told),
    /// Log out.
    Stop,
}

/// A running session. Dropping it ends it.
#[must_use = "dropping it ends the session"]
pub struct Session {
    inputs: Inbox<Input>,
}

impl Session {
    /// Starts a session for that identity on the first of these sockets that is good, with a token and the time its life
    /// ends (0: not known).
    pub fn start(
        identity: Identity,
        sockets: Rc<HostPool>,
        token: String,
        expires_at: u64,
        host: impl Host + 'static,
    ) -> Self {
        let inputs = Inbox::default();
        let to = inputs.clone();
        let seed = (js_sys::Math::random() * 9e15) as u64;
        spawn(async move {
            let machine = Machine::new(identity, seed).with_hosts(sockets.count(), sockets.good());
            let _surroundings = surroundings::listen(to.clone());
            // A login is tried in any case: the platform may be wrong about its network.
            if is_offline() {
                to.put(Input::Platform(Told::Offline));
            }
            let effects = VecDeque::new();
            let mut driver = Driver { machine, sockets, link: None, number: 0, inputs: to, host, effects };
            driver.handle(Signal::Start { token, expires_at });
            driver.run().await;
        });
        Self { inputs }
    }

    /// Hands over a new token.
    pub fn renew(&self, token: String, expires_at: u64) {
        self.inputs.put(Input::Renew { token, expires_at });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.inputs.put(Input::Stop);
    }
}

struct Driver<H> {
    machine: Machine,
    sockets: Rc<HostPool>,
    link: Option<Link>,
    number: u32,
    inputs: Inbox<Input>,
    host: H,
    /// What is still to be carried out.
    effects: VecDeque<Effect>,
}

impl<H: Host> Driver<H> {
    async fn run(&mut self) {
        loop {
            while let Some(batch) = self.carry_out() {
                let kept = self.host.apply(batch).await;
                self.handle(if kept { Signal::Applied } else { Signal::NotApplied });
            }
            if self.machine.is_resting() {
                return;
            }
            match self.next().await {
                Some(input) => self.take(input),
                None => self.handle(Signal::Tick),
            }
        }
    }

    /// What has come goes before the timer: a page that was asleep finds both. `None` where the time came.
    async fn next(&mut self) -> Option<Input> {
        let Some(at) = self.machine.next_tick() else { return Some(self.inputs.next().await) };
        let wait = at.saturating_sub(now()).min(MAX_TIMER_MS);
        before(pause(wait as u32), self.inputs.next()).await
    }

    fn take(&mut self, input: Input) {
        let frame;
        let signal = match input {
            Input::Socket(number, _) if number != self.number => return,
            Input::Socket(_, Said::Opened) => Signal::Opened,
            Input::Socket(_, Said::Frame(bytes)) => {
                frame = bytes;
                Signal::Frame(&frame)
            }
            Input::Socket(_, Said::Closed) => Signal::Closed,
            Input::Renew { token, expires_at } => Signal::Renew { token, expires_at },
            Input::Platform(Told::Online) => Signal::Online,
            Input::Platform(Told::Offline) => Signal::Offline,
            // A page that was frozen may have missed the network's events.
            Input::Platform(Told::Awake) => Signal::Awake { offline: is_offline() },
            Input::Stop => Signal::Stop,
        };
        self.handle(signal);
    }

    fn handle(&mut self, signal: Signal<'_>) {
        for effect in self.machine.handle(now(), signal) {
            self.effects.push_back(effect);
        }
    }

    /// Carries out what is to be, as far as nothing has to be waited for: then up to a batch that is to take effect.
    fn carry_out(&mut self) -> Option<Batch> {
        while let Some(effect) = self.effects.pop_front() {
            match effect {
                Effect::Connect => self.connect(),
                // Dropping the link closes the socket.
                Effect::Disconnect => self.link = None,
                Effect::Send(frame) => {
                    if let Some(link) = &self.link {
                        link.send(&frame);
                    }
                }
                Effect::Up => {
                    self.sockets.set_good(self.machine.host());
                    self.host.up();
                }
                Effect::Down { error, will_reconnect } => self.host.down(error, will_reconnect),
                Effect::CaughtUp => self.host.caught_up(),
                Effect::TokenWillExpire => self.host.token_will_expire(),
                Effect::TokenExpired => self.host.token_expired(),
                Effect::Apply(batch) => return Some(batch),
            }
        }
        None
    }

    fn connect(&mut self) {
        self.number += 1;
        match Link::open(self.sockets.url(self.machine.host()), self.number, &self.inputs) {
            Ok(link) => self.link = Some(link),
            Err(_) => self.handle(Signal::Closed),
        }
    }
}
