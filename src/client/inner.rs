//! What a client is made of, and its life: open, log in, log out, close.

use crate::choice::Choice;
use crate::error::{Code, Error, Failure, Result};
use crate::event::{Event, Listeners};
use crate::options::{LoginOptions, LogoutOptions, OpenOptions};
use crate::platform::{self, now};
use crate::rest::{Caller, Change, TokenOwner, hosts, token};
use crate::session::driver::{Host, Session};
use crate::session::frames::Identity;
use crate::session::machine;
use crate::store::{self, Store};
use crate::sync::Sync;
use futures_channel::oneshot;
use roamkit_wire::names::AppKey;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;

/// A client, behind the JS object.
pub struct Inner {
    pub(super) app_key: AppKey,
    pub(super) sync: Sync,
    timeout_ms: u32,
    api_url: Option<String>,
    socket_url: Option<String>,
    /// Where the service is, once that is known.
    hosts: RefCell<Option<Hosts>>,
    /// The token of which it was told that it expired, or is refused.
    told_of: RefCell<String>,
    login: RefCell<Option<Login>>,
    connected: Cell<bool>,
    /// Whether something is being compared with the server.
    pub(super) comparing: Cell<bool>,
    closed: Cell<bool>,
    /// The walk through the conversation list that a caller is on.
    pub(super) walk: RefCell<Option<super::calls::Walk>>,
}

/// Where the service is: remembered as long as the client, each time in another order perhaps.
#[derive(Clone)]
struct Hosts {
    /// With the app's path.
    api: Rc<Choice>,
    socket: Rc<Choice>,
}

/// What a login leaves behind.
struct Login {
    /// Tells it from an earlier one whose last words still arrive.
    number: u32,
    token: String,
    api: Rc<Choice>,
    session: Option<Session>,
    /// Who waits for the session to come up.
    waiting: Option<oneshot::Sender<Result<()>>>,
}

/// What a call needs of the login, by value: nothing is borrowed while it waits.
pub(super) struct Access {
    token: String,
    api: Rc<Choice>,
}

impl Access {
    /// Who asks.
    pub(super) fn caller<'a>(&'a self, inner: &'a Inner) -> Caller<'a> {
        Caller {
            api: &self.api,
            user: &inner.sync.user,
            device: &inner.sync.device,
            token: &self.token,
            timeout_ms: inner.timeout_ms,
            owner: Some(inner),
            change: None,
        }
    }

    /// Who asks for a change.
    pub(super) fn changing<'a>(&'a self, inner: &'a Inner, change: &'a Change<'a>) -> Caller<'a> {
        Caller { change: Some(change), ..self.caller(inner) }
    }
}

impl Inner {
    pub(super) async fn open(options: OpenOptions) -> Result<Self> {
        let app_key = options.app_key.to_string();
        if options.persist {
            platform::persist();
        }
        let (device, trouble) = match options.device_id {
            Some(device) => (device, None),
            // Where no database is to be had, the device lasts as long as its copy does.
            None => match store::device_id(&app_key, &options.user).await {
                Ok(device) => (device, None),
                Err(error) => (store::passing_device_id()?, Some(error)),
            },
        };
        let store = Store::open(&app_key, &options.user, &device);
        let listeners = Rc::new(Listeners::new());
        let to = listeners.clone();
        store.on_trouble(move |error| to.emit(&Event::Error(error)));
        if let Some(trouble) = trouble {
            store.report(&trouble);
        }
        Ok(Self {
            app_key: options.app_key,
            sync: Sync {
                store,
                listeners,
                user: options.user,
                device,
                swept_at: Cell::new(0),
                noted_at: Cell::new(0),
            },
            timeout_ms: options.request_timeout_ms as u32,
            api_url: options.api_url,
            socket_url: options.socket_url,
            hosts: RefCell::new(None),
            told_of: RefCell::default(),
            login: RefCell::new(None),
            connected: Cell::new(false),
            comparing: Cell::new(false),
            closed: Cell::new(false),
            walk: RefCell::new(None),
        })
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connected.get()
    }

    /// Refuses calls on a client that was closed.
    pub(super) fn alive(&self) -> Result<()> {
        if self.closed.get() {
            return Err(Error::new(Code::General, "this client is closed; open a new one"));
        }
        Ok(())
    }

    /// What a call needs, or why it cannot be made.
    pub(super) fn access(&self, call: &str) -> Result<Access> {
        self.alive()?;
        let login = self.login.borrow();
        let login = login.as_ref().ok_or_else(|| Error::not_logged_in(call))?;
        Ok(Access { token: login.token.clone(), api: login.api.clone() })
    }

    async fn hosts(&self) -> Result<Hosts, Failure> {
        let known = self.hosts.borrow().clone();
        if let Some(hosts) = known {
            return Ok(hosts);
        }
        let (api, socket) = match (&self.api_url, &self.socket_url) {
            (Some(api), Some(socket)) => (vec![api.clone()], vec![socket.clone()]),
            (api, socket) => {
                let found = hosts::discover(&self.app_key.to_string(), self.timeout_ms).await?;
                let given = |url: &Option<String>, found| url.clone().map_or(found, |url| vec![url]);
                (given(api, found.api), given(socket, found.socket))
            }
        };
        let path = format!("{}/{}", self.app_key.org, self.app_key.app);
        let api = Choice::new(api.iter().map(|host| format!("{host}/{path}")).collect());
        let none = || Error::new(Code::ServerGetDnsListFailed, "there is no host for this app");
        let (api, socket) = api.zip(Choice::new(socket)).ok_or_else(none)?;
        let hosts = Hosts { api: Rc::new(api), socket: Rc::new(socket) };
        *self.hosts.borrow_mut() = Some(hosts.clone());
        Ok(hosts)
    }

    /// Where nobody could be reached, the next login asks anew where the service is.
    fn forget_hosts(&self, error: &Error) {
        if matches!(error.code, Code::Network | Code::ServerNotReachable | Code::ServerTimeout) {
            self.hosts.borrow_mut().take();
        }
    }

    pub(super) async fn login(self: Rc<Self>, options: LoginOptions) -> Result<JsValue, Failure> {
        self.alive()?;
        let hosts = self.hosts().await?;
        let (token, expires_at) = match options {
            LoginOptions::Token { token } => (token, 0),
            LoginOptions::Password { password } => {
                let asked_at = now();
                let access = Access { token: String::new(), api: hosts.api.clone() };
                let exchanged = token::by_password(&access.caller(&self), &password, asked_at).await;
                let (token, seconds) = exchanged.inspect_err(|failure| {
                    if let Failure::Error(error) = failure {
                        self.forget_hosts(error);
                    }
                })?;
                (token, if seconds == 0 { 0 } else { asked_at.saturating_add(seconds.saturating_mul(1000)) })
            }
        };
        self.alive()?;
        // A login that is still there ends before the new one begins: one device, one socket.
        let number = self.login.borrow().as_ref().map_or(0, |login| login.number) + 1;
        self.end_login();
        let (waiting, up) = oneshot::channel();
        let identity = Identity {
            app_key: self.app_key.to_string(),
            user: self.sync.user.clone(),
            device: self.sync.device.clone(),
        };
        let login =
            Login { number, token: token.clone(), api: hosts.api, session: None, waiting: Some(waiting) };
        *self.login.borrow_mut() = Some(login);
        self.told_of.borrow_mut().clear();
        let host = SessionHost { inner: Rc::downgrade(&self), number };
        let session = Session::start(identity, hosts.socket, token, expires_at, host);
        if let Some(login) = self.login.borrow_mut().as_mut() {
            login.session = Some(session);
        }
        match up.await {
            Ok(Ok(())) => Ok(JsValue::UNDEFINED),
            Ok(Err(error)) => {
                self.forget_hosts(&error);
                Err(error.into())
            }
            Err(oneshot::Canceled) => {
                Err(Error::new(Code::General, "the login was ended by another login, logout or close").into())
            }
        }
    }

    pub(super) async fn renew_token(self: Rc<Self>, token: String) -> Result<JsValue, Failure> {
        let mut access = self.access("renewToken")?;
        access.token.clone_from(&token);
        // A token that the server refuses does not take the old one's place.
        let expires_at = token::expires_at(&access.caller(&self)).await?;
        if let Some(login) = self.login.borrow_mut().as_mut() {
            login.token.clone_from(&token);
            if let Some(session) = &login.session {
                session.renew(token, expires_at);
            }
        }
        Ok(JsValue::UNDEFINED)
    }

    pub(super) async fn logout(self: Rc<Self>, options: LogoutOptions) -> Result<JsValue, Failure> {
        self.alive()?;
        self.end_login();
        if options.wipe {
            self.closed.set(true);
            self.sync.listeners.clear();
            self.sync.store.wipe().await?;
        }
        Ok(JsValue::UNDEFINED)
    }

    pub(super) fn close(&self) {
        if !self.closed.replace(true) {
            self.end_login();
            self.sync.listeners.clear();
            self.sync.store.close();
        }
    }

    /// Ends the session, if there is one. The application did it, so it gets no event but the state's.
    fn end_login(&self) {
        let ended = self.login.borrow_mut().take();
        self.connected.set(false);
        drop(ended);
    }
}

impl TokenOwner for Inner {
    /// Tells of a token once, however many calls find out and whether or not its time is over; of one that was replaced
    /// meanwhile not at all.
    fn token_refused(&self, token: &str) {
        let own = self.login.borrow().as_ref().is_some_and(|login| login.token == token);
        if own && *self.told_of.borrow() != token {
            token.clone_into(&mut self.told_of.borrow_mut());
            self.sync.listeners.emit(&Event::TokenExpired);
        }
    }
}

/// What a session tells its client. The client may be gone: nobody holds it alive for the session's sake.
struct SessionHost {
    inner: Weak<Inner>,
    number: u32,
}

impl SessionHost {
    /// The client, if this session is still its own.
    fn client(&self) -> Option<Rc<Inner>> {
        let inner = self.inner.upgrade()?;
        let own = inner.login.borrow().as_ref().is_some_and(|login| login.number == self.number);
        own.then_some(inner)
    }
}

impl Host for SessionHost {
    fn up(&self) {
        let Some(inner) = self.client() else { return };
        inner.connected.set(true);
        let waiting = inner.login.borrow_mut().as_mut().and_then(|login| login.waiting.take());
        if let Some(waiting) = waiting {
            drop(waiting.send(Ok(())));
        }
        inner.present(false);
        inner.sync.listeners.emit(&Event::Connected);
    }

    fn down(&self, error: Error, will_reconnect: bool) {
        let Some(inner) = self.client() else { return };
        let was_connected = inner.connected.replace(false);
        let waiting = inner.login.borrow_mut().as_mut().and_then(|login| login.waiting.take());
        if let Some(waiting) = waiting {
            // The login never came up: its caller hears why, and decides whether to try again.
            inner.end_login();
            let code = if error.code == Code::Network { Code::ServerNotReachable } else { error.code };
            drop(waiting.send(Err(Error { code, ..error })));
            return;
        }
        if !will_reconnect {
            inner.end_login();
        }
        if was_connected || !will_reconnect {
            inner.sync.listeners.emit(&Event::disconnected(&error, will_reconnect));
        }
    }

    fn token_will_expire(&self) {
        if let Some(inner) = self.client() {
            inner.sync.listeners.emit(&Event::TokenWillExpire);
        }
    }

    fn token_expired(&self) {
        if let Some(inner) = self.client() {
            let token = inner.login.borrow().as_ref().map(|login| login.token.clone());
            inner.token_refused(&token.unwrap_or_default());
        }
    }

    fn caught_up(&self) {
        if let Some(inner) = self.client() {
            inner.sync.caught_up();
            inner.present(true);
        }
    }

    async fn apply(&self, batch: machine::Batch) -> bool {
        match self.client() {
            Some(inner) => inner.sync.batch(batch).await,
            None => false,
        }
    }
}
