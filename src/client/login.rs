//! The current login of a client, and the state of its session.

use super::hosts::Hosts;
use super::token_source::TokenSource;
use crate::api::argument::GetToken;
use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::platform::now;
use crate::platform::page::PageMonitor;
use crate::session::driver::Session;
use crate::store::EventBatch;
use crate::tabs::channel::Channel;
use crate::tabs::election::{Effect, Election, Token};
use crate::tabs::lock::{self, Lock};
use futures_channel::oneshot;
use gloo_timers::callback::Timeout;
use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

/// A login, from its call to its end. Dropping it ends its session.
struct Login {
    number: u32,
    token: String,
    hosts: Hosts,
    tab: Tab,
    token_source: Option<TokenSource>,
    /// Receives the result of the call of `login`.
    outcome: Option<oneshot::Sender<Result<()>>>,
}

/// This tab's part in the election of a login. Dropping it ends the session and releases the lock.
pub struct Tab {
    /// The election among the tabs.
    pub election: Election,
    /// The channel to the other tabs.
    pub channel: Option<Channel>,
    /// The lock, or the request for it.
    pub lock: Option<Lock>,
    /// The monitor of the page's lifecycle.
    pub page: Option<PageMonitor>,
    /// The session, if this tab has it.
    pub session: Option<Session>,
    /// The time of the election's next tick, and its timer.
    pub timer: Option<(u64, Timeout)>,
}

impl Tab {
    /// Begins a login. `is_checked`: the server has just issued the token. `reported`: the number of the last batch of
    /// events that an earlier login emitted.
    pub fn start(token: Token, is_checked: bool, reported: u64) -> (Self, Vec<Effect>) {
        let (election, effects) = Election::start(now(), token, is_checked, lock::is_available(), reported);
        (Self { election, channel: None, lock: None, page: None, session: None, timer: None }, effects)
    }
}

/// The place of the current login.
#[derive(Default)]
pub struct LoginSlot {
    current: RefCell<Option<Login>>,
    connected: Cell<bool>,
    /// The number of the latest login. It identifies callbacks of earlier logins, which are ignored.
    logins: Cell<u32>,
    /// The number of the latest call of `login` or `logout`. An earlier call of `login` may still wait for an answer.
    attempts: Cell<u32>,
    /// The number of the latest session. It identifies reports of earlier sessions, which are ignored.
    sessions: Cell<u32>,
    /// The highest number of a batch of events that was emitted here.
    reported: Cell<u64>,
}

impl LoginSlot {
    /// Whether the session is up.
    pub fn is_connected(&self) -> bool {
        self.connected.get()
    }

    /// Sets whether the session is up, and returns whether it was.
    pub fn set_connected(&self, connected: bool) -> bool {
        self.connected.replace(connected)
    }

    /// Begins a login. The current login ends first, since a device has only one socket. Returns the number and the outcome
    /// of the new login.
    pub fn begin(
        &self,
        token: String,
        hosts: Hosts,
        tab: Tab,
        token_source: Option<TokenSource>,
    ) -> (u32, oneshot::Receiver<Result<()>>) {
        self.end();
        let number = self.logins.get().wrapping_add(1);
        self.logins.set(number);
        let (outcome, later) = oneshot::channel();
        *self.current.borrow_mut() =
            Some(Login { number, token, hosts, tab, token_source, outcome: Some(outcome) });
        (number, later)
    }

    /// Ends the current login, if there is one.
    pub fn end(&self) {
        let ended = self.current.borrow_mut().take();
        self.connected.set(false);
        drop(ended);
    }

    /// The number of the current login.
    pub fn number(&self) -> Option<u32> {
        self.current.borrow().as_ref().map(|login| login.number)
    }

    /// The token of the current login, and the addresses of the REST side.
    pub fn credentials(&self) -> Option<(String, Rc<HostPool>)> {
        self.current.borrow().as_ref().map(|login| (login.token.clone(), login.hosts.api.clone()))
    }

    /// The addresses of the socket.
    pub fn sockets(&self) -> Option<Rc<HostPool>> {
        self.current.borrow().as_ref().map(|login| login.hosts.socket.clone())
    }

    /// Replaces the token of the current login.
    pub fn set_token(&self, token: String) {
        if let Some(login) = self.current.borrow_mut().as_mut() {
            login.token = token;
        }
    }

    /// This tab's part in the login with this number, if that login is the current one. The borrow must end before a listener
    /// or another part of the client is called.
    pub fn tab(&self, number: u32) -> Option<RefMut<'_, Tab>> {
        RefMut::filter_map(self.current.borrow_mut(), |login| {
            login.as_mut().filter(|login| login.number == number).map(|login| &mut login.tab)
        })
        .ok()
    }

    /// The application's function that gets tokens for the login with this number, if that login is the current one and has
    /// such a function. The borrow must end before a listener or another part of the client is called.
    pub fn token_source(&self, number: u32) -> Option<RefMut<'_, TokenSource>> {
        RefMut::filter_map(self.current.borrow_mut(), |login| {
            login.as_mut().filter(|login| login.number == number)?.token_source.as_mut()
        })
        .ok()
    }

    /// When the next call of such a function is due; `None` if none is.
    pub fn next_renewal(&self) -> Option<u64> {
        self.current.borrow().as_ref()?.token_source.as_ref()?.renewal.next_tick()
    }

    /// The number of the current login and its function, if that must be called now.
    pub fn start_renewal(&self, now: u64) -> Option<(u32, GetToken)> {
        let mut current = self.current.borrow_mut();
        let login = current.as_mut()?;
        let source = login.token_source.as_mut()?;
        source.renewal.start(now).then(|| (login.number, source.get_token.clone()))
    }

    /// Resolves the call of `login`, because the session is up.
    pub fn resolve(&self) {
        if let Some(outcome) = self.take_outcome() {
            drop(outcome.send(Ok(())));
        }
    }

    /// If the call of `login` is pending, rejects it and ends the login. Returns whether it was pending.
    pub fn reject(&self, error: &Error) -> bool {
        let Some(outcome) = self.take_outcome() else { return false };
        self.end();
        let mut error = error.clone();
        if error.code == Code::Network {
            error.code = Code::ServerNotReachable;
        }
        drop(outcome.send(Err(error)));
        true
    }

    fn take_outcome(&self) -> Option<oneshot::Sender<Result<()>>> {
        self.current.borrow_mut().as_mut().and_then(|login| login.outcome.take())
    }

    /// The number of a new call of `login` or `logout`.
    pub fn next_attempt(&self) -> u32 {
        self.attempts.set(self.attempts.get().wrapping_add(1));
        self.attempts.get()
    }

    /// True if that call is the latest.
    pub fn is_latest_attempt(&self, attempt: u32) -> bool {
        self.attempts.get() == attempt
    }

    /// The number of a new session.
    pub fn next_session(&self) -> u32 {
        self.sessions.set(self.sessions.get().wrapping_add(1));
        self.sessions.get()
    }

    /// Whether that session is the latest.
    pub fn is_latest_session(&self, session: u32) -> bool {
        self.sessions.get() == session
    }

    /// The highest number of a batch of events that was emitted here.
    pub fn reported(&self) -> u64 {
        self.reported.get()
    }

    /// Records that a batch of events is emitted.
    pub fn set_reported(&self, batch: &EventBatch) {
        self.reported.set(self.reported.get().max(batch.number));
    }
}
