//! The parts of one client, which its calls share.

use super::hosts::HostDirectory;
use super::list_walk::ListWalkSlot;
use super::login::LoginSlot;
use crate::api::event::Event;
use crate::cancellation::CancellationSource;
use crate::error::{Code, Error, Result};
use crate::host_pool::HostPool;
use crate::rest::{Caller, TokenOwner};
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
    /// The application's walk through the server's conversation list.
    pub list_walk: ListWalkSlot,
    /// Calls with unknown results whose state could not be recorded yet.
    pub unsettled_calls: RefCell<Vec<String>>,
    /// How often this device's queues were found to be empty.
    pub queues_emptied: Cell<u32>,
    /// Whether a session began since the local copy was last checked.
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

    /// The caller of a request with that token.
    pub fn caller_with(self: &Rc<Self>, token: String, api: Rc<HostPool>) -> Caller {
        let owner: Rc<dyn TokenOwner> = self.clone();
        let cancellation = self.requests.token();
        Caller { api, token, timeout_ms: self.timeout_ms, owner: Some(owner), cancellation, change: None }
    }

    /// Requests a comparison of the local copy with the server in this tab.
    pub fn request_reconciliation(&self) {
        // The receiver lives as long as the client.
        let _ = self.reconciliation.unbounded_send(());
    }

    /// Ends the login. The comparisons hear of it, so that their timer ends, too.
    pub fn end_login(&self) {
        self.logins.end();
        self.request_reconciliation();
    }

    /// Emits a batch of events, which changed the conversation list.
    pub fn emit_batch(&self, events: &str) {
        self.sync.listeners.emit(&Event::ConversationsChanged);
        self.sync.listeners.emit_all(events);
    }
}
