//! What a client is made of, and its life: open, log in, log out, close.

use super::tab::Tab;
use crate::error::{Code, Error, Failure, Result};
use crate::event::{Event, Listeners};
use crate::host_pool::HostPool;
use crate::later::{Teller, pair};
use crate::options::{LoginOptions, LogoutOptions, OpenOptions};
use crate::platform::{self, now};
use crate::rest::ended::UnderWay;
use crate::rest::{Caller, TokenOwner, hosts, token};
use crate::store::{self, Store};
use crate::sync::Sync;
use crate::tabs::election::{Input, Token};
use roamkit_wire::names::AppKey;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
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
    /// What the tabs that share a session have in common: the copy, and the servers that they were told to use.
    pub(super) scope: String,
    pub(super) login: RefCell<Option<Login>>,
    pub(super) under_way: UnderWay,
    pub(super) connected: Cell<bool>,
    /// Tells sessions from earlier ones whose last words still arrive.
    pub(super) sessions: Cell<u32>,
    /// The highest number of news that was told.
    pub(super) told: Cell<u64>,
    /// Whether something is being compared with the server.
    pub(super) comparing: Cell<bool>,
    /// Whether that was asked for again meanwhile.
    pub(super) compare_again: Cell<bool>,
    closed: Cell<bool>,
    /// The walk through the conversation list that a caller is on.
    pub(super) walk: RefCell<Option<super::calls::Walk>>,
}

/// Where the service is: remembered as long as the client, each time in another order perhaps.
#[derive(Clone)]
struct Hosts {
    /// With the app's path.
    api: Rc<HostPool>,
    socket: Rc<HostPool>,
}

/// What a login leaves behind.
pub(super) struct Login {
    /// Tells it from an earlier one whose last words still arrive.
    pub(super) number: u32,
    pub(super) token: String,
    api: Rc<HostPool>,
    pub(super) socket: Rc<HostPool>,
    pub(super) tab: Tab,
    /// Who waits for the session to come up.
    pub(super) waiting: Option<Teller<Result<()>>>,
}

impl Inner {
    pub(super) async fn open(options: OpenOptions) -> Result<Self> {
        let app_key = options.app_key.text();
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
        let part = |url: &Option<String>| url.clone().unwrap_or_default();
        let scope = format!("{} {} {}", store.name(), part(&options.api_url), part(&options.socket_url));
        Ok(Self {
            scope,
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
            under_way: UnderWay::new(),
            connected: Cell::new(false),
            sessions: Cell::new(0),
            told: Cell::new(0),
            comparing: Cell::new(false),
            compare_again: Cell::new(false),
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

    /// Who makes that call, or why it cannot be made.
    pub(super) fn caller(self: &Rc<Self>, call: &str) -> Result<Caller> {
        self.alive()?;
        let login = self.login.borrow();
        let login = login.as_ref().ok_or_else(|| Error::not_logged_in(call))?;
        Ok(self.showing(login.token.clone(), login.api.clone()))
    }

    /// Who shows that token.
    fn showing(self: &Rc<Self>, token: String, api: Rc<HostPool>) -> Caller {
        let owner: Rc<dyn TokenOwner> = self.clone();
        let ended = self.under_way.ended();
        Caller { api, token, timeout_ms: self.timeout_ms, owner: Some(owner), ended, change: None }
    }

    async fn hosts(&self) -> Result<Hosts, Failure> {
        let known = self.hosts.borrow().clone();
        if let Some(hosts) = known {
            return Ok(hosts);
        }
        let (api, socket) = match (&self.api_url, &self.socket_url) {
            (Some(api), Some(socket)) => (vec![api.clone()], vec![socket.clone()]),
            (api, socket) => {
                let ended = self.under_way.ended();
                let found = hosts::discover(&self.app_key.text(), self.timeout_ms, ended).await?;
                let given = |url: &Option<String>, found| url.clone().map_or(found, |url| vec![url]);
                (given(api, found.api), given(socket, found.socket))
            }
        };
        let path = format!("{}/{}", self.app_key.org, self.app_key.app);
        let mut paths = Vec::new();
        for host in api {
            paths.push(format!("{host}/{path}"));
        }
        let api = HostPool::new(paths);
        let (Some(api), Some(socket)) = (api, HostPool::new(socket)) else {
            return Err(Error::new(Code::ServerGetDnsListFailed, "there is no host for this app").into());
        };
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
        let by_password = matches!(options, LoginOptions::Password(_));
        let (value, expires_at) = match options {
            LoginOptions::Token(given) => (given.token, 0),
            LoginOptions::Password(given) => {
                let asked_at = now();
                let call = token::by_password(&self.sync.user, &given.password, asked_at);
                let answer = call.send(self.showing(String::new(), hosts.api.clone())).await;
                let answer = answer.inspect_err(|failure| {
                    if let Failure::Error(error) = failure {
                        self.forget_hosts(error);
                    }
                })?;
                let (token, seconds) = token::read(&answer)?;
                (
                    token,
                    if seconds == 0 {
                        0
                    } else {
                        asked_at.saturating_add(seconds.min(u64::MAX / 1000) * 1000)
                    },
                )
            }
        };
        self.alive()?;
        // A login that is still there ends before the new one begins: one device, one socket.
        let number = self.login.borrow().as_ref().map_or(0, |login| login.number) + 1;
        self.end_login();
        let (waiting, up) = pair();
        let token = value.clone();
        let (tab, effects) = Tab::start(Token { value, expires_at }, by_password, self.told.get());
        let waiting = Some(waiting);
        let login = Login { number, token, api: hosts.api, socket: hosts.socket, tab, waiting };
        *self.login.borrow_mut() = Some(login);
        self.begin_tab(number, effects);
        match up.await {
            Some(Ok(())) => Ok(JsValue::UNDEFINED),
            Some(Err(error)) => {
                self.forget_hosts(&error);
                Err(error.into())
            }
            None => {
                Err(Error::new(Code::General, "the login was ended by another login, logout or close").into())
            }
        }
    }

    pub(super) async fn renew_token(self: Rc<Self>, token: String) -> Result<JsValue, Failure> {
        let caller = Caller { token: token.clone(), ..self.caller("renewToken")? };
        // A token that the server refuses does not take the old one's place.
        let answer = token::expiry(&self.sync.user).send(caller).await?;
        let expires_at = token::expires_at(&answer)?;
        // The login may have ended meanwhile: then nobody takes it.
        self.caller("renewToken")?;
        self.happened(Input::Renewed(Token { value: token, expires_at }));
        Ok(JsValue::UNDEFINED)
    }

    pub(super) async fn logout(self: Rc<Self>, options: LogoutOptions) -> Result<JsValue, Failure> {
        self.alive()?;
        self.under_way.end();
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
            self.under_way.end();
            self.end_login();
            self.sync.listeners.clear();
            self.sync.store.close();
        }
    }

    /// Ends the session, if there is one. The application did it, so it gets no event but the state's.
    pub(super) fn end_login(&self) {
        let ended = self.login.borrow_mut().take();
        self.connected.set(false);
        drop(ended);
    }
}

impl TokenOwner for Inner {
    /// Tells of a token once, however many calls find out and whether or not its time is over; of one that was replaced
    /// meanwhile not at all.
    fn token_refused(self: Rc<Self>, token: &str) {
        self.happened(Input::Refused(token.to_owned()));
    }
}
