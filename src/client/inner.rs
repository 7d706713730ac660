//! What a client is made of, and its life: open, log in, log out, close.

use crate::error::{Code, Error, Failure, Result};
use crate::event::{Event, Listeners};
use crate::options::{LoginOptions, LogoutOptions, OpenOptions};
use crate::platform::{self, now};
use crate::rest::hosts::{self, Hosts};
use crate::rest::{Caller, token};
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
    hosts: RefCell<Option<Hosts>>,
    login: RefCell<Option<Login>>,
    connected: Cell<bool>,
    /// Whether something is being compared with the server.
    pub(super) comparing: Cell<bool>,
    closed: Cell<bool>,
    /// The walk through the conversation list that a caller is on.
    pub(super) walk: RefCell<Option<super::calls::Walk>>,
}

/// What a login leaves behind.
struct Login {
    /// Tells it from an earlier one whose last words still arrive.
    number: u32,
    token: String,
    api: String,
    session: Option<Session>,
    /// Who waits for the session to come up.
    waiting: Option<oneshot::Sender<Result<()>>>,
}

/// What a call needs of the login, by value: nothing is borrowed while it waits.
pub(super) struct Access {
    token: String,
    base: String,
}

impl Access {
    /// Who asks.
    pub(super) fn caller<'a>(&'a self, inner: &'a Inner) -> Caller<'a> {
        Caller {
            base: self.base.clone(),
            user: &inner.sync.user,
            device: &inner.sync.device,
            token: &self.token,
            timeout_ms: inner.timeout_ms,
        }
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
        Ok(Access { token: login.token.clone(), base: self.base(&login.api) })
    }

    fn base(&self, api: &str) -> String {
        format!("{api}/{}/{}", self.app_key.org, self.app_key.app)
    }

    async fn hosts(&self) -> Result<Hosts, Failure> {
        if let (Some(api), Some(socket)) = (&self.api_url, &self.socket_url) {
            return Ok(Hosts { api: api.clone(), socket: socket.clone() });
        }
        let known = self.hosts.borrow().clone();
        let found = match known {
            Some(hosts) => hosts,
            None => hosts::discover(&self.app_key.to_string(), self.timeout_ms).await?,
        };
        *self.hosts.borrow_mut() = Some(found.clone());
        Ok(Hosts {
            api: self.api_url.clone().unwrap_or(found.api),
            socket: self.socket_url.clone().unwrap_or(found.socket),
        })
    }

    pub(super) async fn login(self: Rc<Self>, options: LoginOptions) -> Result<JsValue, Failure> {
        self.alive()?;
        let hosts = self.hosts().await?;
        let (token, expires_at) = match options {
            LoginOptions::Token { token } => (token, 0),
            LoginOptions::Password { password } => {
                let base = self.base(&hosts.api);
                let asked_at = now();
                let (token, seconds) =
                    token::by_password(&base, &self.sync.user, &password, asked_at, self.timeout_ms).await?;
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
        let host = SessionHost { inner: Rc::downgrade(&self), number };
        let session = Session::start(identity, vec![hosts.socket], token, expires_at, host);
        if let Some(login) = self.login.borrow_mut().as_mut() {
            login.session = Some(session);
        }
        match up.await {
            Ok(Ok(())) => Ok(JsValue::UNDEFINED),
            Ok(Err(error)) => Err(error.into()),
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
            inner.sync.listeners.emit(&Event::TokenExpired);
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
