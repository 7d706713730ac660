//! Runs the machine: waits for the socket, for other inputs and for the time, and performs the machine's effects one by one.
//! While a batch is being stored, the driver processes nothing else.

use super::frames::Identity;
use super::machine::{Answer, Batch, Effect, Input, Machine};
use super::network_monitor::{NetworkEvent, NetworkMonitor};
use super::socket::{Socket, SocketEvent};
use crate::error::Error;
use crate::host_pool::HostPool;
use crate::platform::clock::{self, SleepDetector};
use crate::platform::{is_offline, now, spawn, within};
use crate::token_expiry::TokenExpiry;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use roamkit_wire::meta::Meta;
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

/// The longest wait for one timer: browsers store its milliseconds in a signed 32-bit number.
const MAX_TIMER_MS: u64 = 2_000_000_000;

/// Receives the events of a session.
pub trait Host {
    /// The session is up.
    fn up(&self);
    /// The session is down.
    fn down(&self, error: Error, will_reconnect: bool);
    /// The queues are empty.
    fn caught_up(&self);
    /// The server answered to a sent meta.
    fn answered(&self, answer: Answer);
    /// Four fifths of the token's lifetime are over.
    fn token_will_expire(&self);
    /// The token has expired.
    fn token_expired(&self);
    /// Applies a batch together with its position. Returns whether that succeeded.
    async fn apply(&self, batch: Batch) -> bool;
}

/// A running session. Dropping it ends it.
#[must_use = "dropping it ends the session"]
pub struct Session {
    inputs: UnboundedSender<Input<'static>>,
}

impl Session {
    /// Starts a session on the first host that answers. `expiry` tells when the token expires.
    pub fn start(
        identity: Identity,
        sockets: Rc<HostPool>,
        token: String,
        expiry: TokenExpiry,
        host: impl Host + 'static,
    ) -> Self {
        let (sender, inputs) = unbounded();
        let session = Self { inputs: sender.clone() };
        let seed = (js_sys::Math::random() * 9e15) as u64;
        spawn(async move {
            // The first connection is tried in any case, because the platform may be wrong about its network.
            if is_offline() {
                let _ = sender.unbounded_send(Input::Offline);
            }
            let _monitor = NetworkMonitor::listen(move |event| {
                let _ = sender.unbounded_send(network_input(event));
            });
            let machine = Machine::new(identity, seed).with_hosts(sockets.count(), sockets.good());
            let sleep = SleepDetector::start(clock::reading());
            let mut driver =
                Driver { machine, sockets, socket: None, inputs, host, effects: VecDeque::new(), sleep };
            driver.handle(Input::Start { token, expiry });
            driver.run().await;
        });
        session
    }

    /// Replaces the token.
    pub fn renew(&self, token: String, expiry: TokenExpiry) {
        let _ = self.inputs.unbounded_send(Input::Renew { token, expiry });
    }

    /// Sends metas, whose ids are local ones. Those that cannot be sent now, or are under way, are ignored.
    pub fn send(&self, metas: impl IntoIterator<Item = Meta>) {
        for meta in metas {
            let _ = self.inputs.unbounded_send(Input::Send(Box::new(meta)));
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.inputs.unbounded_send(Input::Stop);
    }
}

fn network_input(event: NetworkEvent) -> Input<'static> {
    match event {
        NetworkEvent::Online => Input::Online,
        NetworkEvent::Offline => Input::Offline,
        // A frozen page may have missed the events of its network.
        NetworkEvent::Awake => Input::Awake { offline: is_offline() },
    }
}

/// An event that the driver waits for.
enum Event {
    /// An input from the application or from the network monitor.
    Input(Input<'static>),
    Socket(SocketEvent),
    Tick,
}

struct Driver<H> {
    machine: Machine,
    sockets: Rc<HostPool>,
    socket: Option<Socket>,
    inputs: UnboundedReceiver<Input<'static>>,
    host: H,
    /// Effects that are not performed yet.
    effects: VecDeque<Effect>,
    sleep: SleepDetector,
}

impl<H: Host> Driver<H> {
    async fn run(&mut self) {
        loop {
            while let Some(batch) = self.perform_effects() {
                let applied = self.host.apply(batch).await;
                self.handle(if applied { Input::Applied } else { Input::NotApplied });
            }
            if self.machine.is_stopped() {
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
        if self.sleep.has_slept(clock::reading()) {
            self.handle(Input::Slept);
        }
        match event {
            Event::Socket(SocketEvent::Opened) => self.handle(Input::Opened),
            Event::Socket(SocketEvent::Frame(frame)) => self.handle(Input::Frame(&frame)),
            Event::Socket(SocketEvent::Closed { in_order }) => {
                self.socket = None;
                self.handle(Input::Closed { in_order });
            }
            Event::Input(input) => self.handle(input),
            Event::Tick => self.handle(Input::Tick),
        }
    }

    fn handle(&mut self, input: Input<'_>) {
        self.effects.extend(self.machine.handle(now(), input));
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
                Effect::Answered(answer) => self.host.answered(*answer),
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
            self.handle(Input::Closed { in_order: false });
        }
    }
}
