//! Runs the machine: waits for the socket, for inputs and for time, and performs the machine's effects one by one. A batch
//! takes effect before the driver looks at anything else.

use super::frames::Identity;
use super::machine::{Batch, Effect, Machine, Signal};
use super::network_monitor::{NetworkEvent, NetworkMonitor};
use super::socket::{Socket, SocketEvent};
use crate::error::Error;
use crate::host_pool::HostPool;
use crate::platform::{is_offline, now, spawn, within};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

/// A timer of the browser takes a signed 32-bit number of milliseconds.
const MAX_TIMER_MS: u64 = 2_000_000_000;

/// Receives the events of a session.
pub trait Host {
    /// The session is up.
    fn up(&self);
    /// The session is down.
    fn down(&self, error: Error, will_reconnect: bool);
    /// The queues are empty.
    fn caught_up(&self);
    /// Four fifths of the token's lifetime are over.
    fn token_will_expire(&self);
    /// The token has expired.
    fn token_expired(&self);
    /// Applies a batch together with its position. Returns whether that succeeded.
    async fn apply(&self, batch: Batch) -> bool;
}

/// An input that does not come from the socket.
#[derive(Debug)]
enum Input {
    /// The application renewed the token.
    Renew { token: String, expires_at: u64 },
    /// The network may have changed.
    Network(NetworkEvent),
    /// The session must end.
    Stop,
}

/// A running session. Dropping it ends it.
#[must_use = "dropping it ends the session"]
pub struct Session {
    inputs: UnboundedSender<Input>,
}

impl Session {
    /// Starts a session on the first of the hosts that answers. `expires_at` is the end of the token's lifetime, 0 where
    /// that is not known.
    pub fn start(
        identity: Identity,
        sockets: Rc<HostPool>,
        token: String,
        expires_at: u64,
        host: impl Host + 'static,
    ) -> Self {
        let (sender, inputs) = unbounded();
        let session = Self { inputs: sender.clone() };
        let seed = (js_sys::Math::random() * 9e15) as u64;
        spawn(async move {
            // The first connection is tried in any case: the platform may be wrong about its network.
            if is_offline() {
                let _ = sender.unbounded_send(Input::Network(NetworkEvent::Offline));
            }
            let _monitor = NetworkMonitor::listen(move |event| {
                let _ = sender.unbounded_send(Input::Network(event));
            });
            let machine = Machine::new(identity, seed).with_hosts(sockets.count(), sockets.good());
            let mut driver =
                Driver { machine, sockets, socket: None, inputs, host, effects: VecDeque::new() };
            driver.handle(Signal::Start { token, expires_at });
            driver.run().await;
        });
        session
    }

    /// Hands over a new token.
    pub fn renew(&self, token: String, expires_at: u64) {
        let _ = self.inputs.unbounded_send(Input::Renew { token, expires_at });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.inputs.unbounded_send(Input::Stop);
    }
}

/// What ends a wait of the driver.
enum Event {
    Input(Input),
    Socket(SocketEvent),
    Tick,
}

struct Driver<H> {
    machine: Machine,
    sockets: Rc<HostPool>,
    socket: Option<Socket>,
    inputs: UnboundedReceiver<Input>,
    host: H,
    /// Effects that are not performed yet.
    effects: VecDeque<Effect>,
}

impl<H: Host> Driver<H> {
    async fn run(&mut self) {
        loop {
            while let Some(batch) = self.perform_effects() {
                let applied = self.host.apply(batch).await;
                self.handle(if applied { Signal::Applied } else { Signal::NotApplied });
            }
            if self.machine.is_resting() {
                return;
            }
            let event = self.next_event().await;
            self.take(event);
        }
    }

    /// Waits for the next event. An event that is ready wins over the timer: a page that wakes up may find both, and the
    /// event may be the very answer that the timer waits for.
    async fn next_event(&mut self) -> Event {
        let Self { machine, socket, inputs, .. } = self;
        let socket_event = pin!(async {
            match socket {
                Some(socket) => socket.next().await,
                None => std::future::pending().await,
            }
        });
        let event = async {
            match select(inputs.next(), socket_event).await {
                Either::Left((input, _)) => Event::Input(input.unwrap_or(Input::Stop)),
                Either::Right((event, _)) => Event::Socket(event),
            }
        };
        let Some(at) = machine.next_tick() else { return event.await };
        let wait = at.saturating_sub(now()).min(MAX_TIMER_MS);
        within(wait as u32, event).await.unwrap_or(Event::Tick)
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Socket(SocketEvent::Opened) => self.handle(Signal::Opened),
            Event::Socket(SocketEvent::Frame(frame)) => self.handle(Signal::Frame(&frame)),
            Event::Socket(SocketEvent::Closed) => {
                self.socket = None;
                self.handle(Signal::Closed);
            }
            Event::Input(Input::Renew { token, expires_at }) => {
                self.handle(Signal::Renew { token, expires_at });
            }
            Event::Input(Input::Network(NetworkEvent::Online)) => self.handle(Signal::Online),
            Event::Input(Input::Network(NetworkEvent::Offline)) => self.handle(Signal::Offline),
            // A frozen page may have missed the events of its network.
            Event::Input(Input::Network(NetworkEvent::Awake)) => {
                self.handle(Signal::Awake { offline: is_offline() });
            }
            Event::Input(Input::Stop) => self.handle(Signal::Stop),
            Event::Tick => self.handle(Signal::Tick),
        }
    }

    fn handle(&mut self, signal: Signal<'_>) {
        self.effects.extend(self.machine.handle(now(), signal));
    }

    /// Performs the effects up to the next batch, which it returns: a batch must be awaited.
    fn perform_effects(&mut self) -> Option<Batch> {
        while let Some(effect) = self.effects.pop_front() {
            match effect {
                Effect::Connect => self.connect(),
                // Dropping the socket closes it.
                Effect::Disconnect => self.socket = None,
                Effect::Send(frame) => {
                    if let Some(socket) = &self.socket {
                        socket.send(&frame);
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
        self.socket = Socket::open(self.sockets.url(self.machine.host())).ok();
        if self.socket.is_none() {
            self.handle(Signal::Closed);
        }
    }
}
