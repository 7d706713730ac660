//! The parts of one client, which its calls share.

use super::hosts::HostDirectory;
use super::list_walk::ListWalkSlot;
use super::login::LoginSlot;
use crate::api::event::Event;
use crate::cancellation::CancellationSource;
use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::platform::now;
use crate::request_pace::RequestPace;
use crate::rest::{Caller, TokenOwner};
use crate::store::EventScope;
use crate::sync::Sync;
use futures_channel::mpsc::UnboundedSender;
use roamkit_wire::names::AppKey;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The parts of one client.
pub struct Context {
    /// The app.
    pub app_key: AppKey,
    /// The local copy, with its user, device and listeners.
    pub sync: Sync,
    /// The timeout of a request, in milliseconds.
    pub timeout_ms: u32,
    /// The addresses of the service.
    pub hosts: HostDirectory,
    /// The name of the lock and the channel. Tabs with the same copy and the same servers share it.
    pub scope: String,
    /// The current login.
    pub logins: LoginSlot,
    /// The requests that `logout` and `close` end.
    pub requests: CancellationSource,
    /// Requests to compare the local copy with the server, which `reconciliation.rs` receives.
    pub reconciliation: UnboundedSender<()>,
    /// The pace of the requests in the background.
    pub background: Rc<RefCell<RequestPace>>,
    /// Changes of the due renewals of tokens, which `token_renewal.rs` receives.
    pub renewals: UnboundedSender<()>,
    /// The application's walk through the server's conversation list.
    pub list_walk: ListWalkSlot,
    /// Calls with unknown results whose state could not be recorded yet.
    pub unsettled_calls: RefCell<Vec<String>>,
    /// How often this device's queues were found to be empty.
    pub queues_emptied: Cell<u32>,
    /// Set when a session begins, until the local copy was checked.
    pub is_list_check_due: Cell<bool>,
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

    /// The caller of a request with the token of the current login. Refuses calls without a login.
    pub fn caller(self: &Rc<Self>, call: &str) -> Result<Caller> {
        self.check_open()?;
        let (token, api) = self.logins.credentials().ok_or_else(|| Error::not_logged_in(call))?;
        Ok(self.caller_with(token, api))
    }

    /// The caller of a request in the background, which the application did not ask for. All of them go through here, so that
    /// together they are never more than a few a second.
    pub fn background_caller(self: &Rc<Self>, call: &str) -> Result<Caller> {
        Ok(Caller { pace: Some(self.background.clone()), ..self.caller(call)? })
    }

    /// The caller of a request with that token.
    pub fn caller_with(self: &Rc<Self>, token: String, api: Rc<HostPool>) -> Caller {
        let owner: Rc<dyn TokenOwner> = self.clone();
        let cancellation = self.requests.token();
        Caller {
            api,
            token,
            timeout_ms: self.timeout_ms,
            owner: Some(owner),
            cancellation,
            change: None,
            pace: None,
        }
    }

    /// Requests a comparison of the local copy with the server in this tab.
    pub fn request_reconciliation(&self) {
        // The receiver lives as long as the client.
        let _ = self.reconciliation.unbounded_send(());
    }

    /// The token of this login ends soon, or has ended. Returns whether the application's function will be asked for another.
    pub fn token_ends(&self, login: u32, is_session_over: bool) -> bool {
        let has_session = self.logins.tab(login).is_some_and(|tab| tab.election.has_session());
        let Some(mut source) = self.logins.token_source(login) else { return false };
        source.is_session_over |= is_session_over;
        source.renewal.token_ends(now(), has_session || is_session_over);
        drop(source);
        self.notify_renewals();
        true
    }

    /// A renewal may be due, or no longer.
    pub fn notify_renewals(&self) {
        let _ = self.renewals.unbounded_send(());
    }

    /// Ends the login. The background work hears of it, so that its timers end, too.
    pub fn end_login(&self) {
        self.logins.end();
        self.notify_renewals();
        self.request_reconciliation();
    }

    /// The tabs that must emit the events of a change that this tab makes.
    pub fn event_scope(&self) -> EventScope {
        let tab = self.logins.number().and_then(|login| self.logins.tab(login));
        if tab.is_some_and(|tab| tab.election.is_shared()) {
            EventScope::AllTabs
        } else {
            EventScope::ThisTab
        }
    }

    /// Emits a batch of events, which changed the conversation list.
    pub fn emit_batch(&self, events: &str) {
        self.sync.listeners.emit(&Event::ConversationsChanged);
        self.sync.listeners.emit_all(events);
    }
}
