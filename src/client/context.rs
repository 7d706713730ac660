//! The parts of one client, which its calls share.

use super::conversations::ListWalk;
use super::hosts::HostDirectory;
use super::login::LoginSlot;
use super::reconciliation::Reconciliation;
use super::tab;
use crate::api::event::Event;
use crate::cancellation::CancellationSource;
use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::rest::{Caller, TokenOwner};
use crate::sync::Sync;
use crate::tabs::election::Input;
use roamkit_wire::names::AppKey;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The parts of one client.
pub struct Context {
    /// The app.
    pub app_key: AppKey,
    /// The local copy, with its user, device and listeners.
    pub sync: Sync,
    /// How long a request may take, in milliseconds.
    pub timeout_ms: u32,
    /// The addresses of the service.
    pub hosts: HostDirectory,
    /// The name that the tabs of this copy and these servers share.
    pub scope: String,
    /// The current login.
    pub logins: LoginSlot,
    /// The requests that `logout` and `close` end.
    pub requests: CancellationSource,
    /// The comparison of the local copy with the server.
    pub reconciliation: Reconciliation,
    /// The walk of the caller through the server's conversation list.
    pub list_walk: RefCell<Option<ListWalk>>,
    /// Whether the client was closed, or its copy wiped.
    pub closed: Cell<bool>,
}

impl Context {
    /// Refuses calls on a closed client.
    pub fn check_open(&self) -> Result<()> {
        if self.closed.get() {
            return Err(Error::new(Code::General, "this client is closed; open a new one"));
        }
        Ok(())
    }

    /// The caller of a request in the name of the current login. Refuses calls without a login.
    pub fn caller(self: &Rc<Self>, call: &str) -> Result<Caller> {
        self.check_open()?;
        let (token, api) = self.logins.credentials().ok_or_else(|| Error::not_logged_in(call))?;
        Ok(self.caller_with(token, api))
    }

    /// The caller of a request with that token.
    pub fn caller_with(self: &Rc<Self>, token: String, api: Rc<HostPool>) -> Caller {
        let owner: Rc<dyn TokenOwner> = self.clone();
        let cancellation = self.requests.token();
        Caller { api, token, timeout_ms: self.timeout_ms, owner: Some(owner), cancellation, change: None }
    }

    /// Tells the listeners of all tabs that a call of this client changed the local copy.
    pub fn notify_changed(self: &Rc<Self>) {
        self.sync.listeners.emit(&Event::ConversationsChanged);
        tab::handle(self, Input::CopyChanged);
    }
}

impl TokenOwner for Context {
    /// The election reports a refused token once, and ignores tokens that were replaced meanwhile.
    fn token_refused(self: Rc<Self>, token: &str) {
        tab::handle(&self, Input::TokenRefused(token.to_owned()));
    }
}
