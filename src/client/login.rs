//! The current login of a client, and the state of its session.

use super::hosts::Hosts;
use super::tab::Tab;
use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::store::EventBatch;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

/// A login, from its call to its end. Dropping it ends its session.
struct Login {
    number: u32,
    token: String,
    hosts: Hosts,
    tab: Tab,
    /// Gets the outcome of the call of `login`.
    outcome: Option<oneshot::Sender<Result<()>>>,
}

/// The place of the current login.
#[derive(Default)]
pub struct LoginSlot {
    current: RefCell<Option<Login>>,
    connected: Cell<bool>,
    /// The number of the latest login. Callbacks of earlier logins may still come.
    logins: Cell<u32>,
    /// The number of the latest session. Earlier sessions may still report something.
    sessions: Cell<u32>,
    /// The highest number of a batch of events that the listeners got.
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

    /// Begins a login in place of the current one, which ends first: a device has one socket. Returns the number of the
    /// login, and its outcome.
    pub fn begin(&self, token: String, hosts: Hosts, tab: Tab) -> (u32, oneshot::Receiver<Result<()>>) {
        self.end();
        let number = self.logins.get().wrapping_add(1);
        self.logins.set(number);
        let (outcome, later) = oneshot::channel();
        *self.current.borrow_mut() = Some(Login { number, token, hosts, tab, outcome: Some(outcome) });
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

    /// The tab's part in the login of that number, if it is the current one. The borrow must end before a listener or
    /// another part of the client is called.
    pub fn tab(&self, number: u32) -> Option<RefMut<'_, Tab>> {
        RefMut::filter_map(self.current.borrow_mut(), |login| {
            login.as_mut().filter(|login| login.number == number).map(|login| &mut login.tab)
        })
        .ok()
    }

    /// Resolves the call of `login`: the session is up.
    pub fn resolve(&self) {
        if let Some(outcome) = self.take_outcome() {
            drop(outcome.send(Ok(())));
        }
    }

    /// Rejects the call of `login`, if it still waits, and ends the login then.
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

    /// The number of a new session.
    pub fn next_session(&self) -> u32 {
        self.sessions.set(self.sessions.get().wrapping_add(1));
        self.sessions.get()
    }

    /// Whether that session is the latest.
    pub fn is_latest_session(&self, session: u32) -> bool {
        self.sessions.get() == session
    }

    /// The highest number of a batch of events that the listeners got.
    pub fn reported(&self) -> u64 {
        self.reported.get()
    }

    /// Notes that the listeners get a batch of events.
    pub fn set_reported(&self, batch: &EventBatch) {
        self.reported.set(self.reported.get().max(batch.number));
    }
}
