//! Passes the events of a session to the election, and its batches to the local copy.

use super::context::Context;
use super::receipts;
use crate::api::event::Event;
use crate::error::{Code, Error};
use crate::platform::spawn;
use crate::session::driver::Host;
use crate::session::machine::{self, Answer};
use crate::sync::Outcome;
use crate::tabs::election::{Input, SessionEvent};
use std::rc::{Rc, Weak};

/// The client of one session. The session does not keep the client alive.
pub struct SessionHost {
    client: Weak<Context>,
    login: u32,
    session: u32,
    /// Gives an input to the election of the current login.
    handle: Rc<dyn Fn(Input)>,
}

impl SessionHost {
    /// The host of a new session of this login. `handle` gives an input to the election of the current login.
    pub fn new(client: &Rc<Context>, login: u32, handle: impl Fn(Input) + 'static) -> Self {
        let session = client.logins.next_session();
        Self { client: Rc::downgrade(client), login, session, handle: Rc::new(handle) }
    }

    /// The client, if this session is still its session.
    fn client(&self) -> Option<Rc<Context>> {
        let client = self.client.upgrade()?;
        let is_current = client.logins.is_latest_session(self.session)
            && client.logins.tab(self.login).is_some_and(|tab| tab.election.has_session());
        is_current.then_some(client)
    }

    fn report(&self, event: SessionEvent) {
        if self.client().is_some() {
            (self.handle)(Input::Session(event));
        }
    }

    /// Records that the device is present. After a long absence, everything must be compared with the server.
    fn record_presence(&self, client: Rc<Context>, is_caught_up: bool) {
        let handle = self.handle.clone();
        spawn(async move {
            if client.sync.record_presence(is_caught_up).await {
                client.sync.listeners.emit(&Event::ConversationsChanged);
                handle(Input::CopyChanged);
            }
            if is_caught_up {
                client.request_reconciliation();
            }
        });
    }

    /// Stores a batch. If tabs share the session, the events go into the event log, too.
    async fn store(&self, client: &Rc<Context>, batch: machine::Batch) -> Outcome {
        let state =
            client.logins.tab(self.login).map(|tab| (tab.election.is_shared(), tab.election.knows_log()));
        let (is_shared, knows_log) = state.unwrap_or_default();
        // The end of the log must be known before the first batch is written.
        if is_shared && !knows_log {
            match client.sync.store.last_event_number().await {
                Ok(end) => (self.handle)(Input::LogEnd(Some(end))),
                Err(error) => return Outcome { failure: Some(error), ..Outcome::default() },
            }
        }
        client.sync.apply_batch(batch, client.event_scope()).await
    }
}

impl Host for SessionHost {
    fn up(&self) {
        if let Some(client) = self.client() {
            client.is_list_check_due.set(true);
            self.record_presence(client, false);
        }
        self.report(SessionEvent::Up);
    }

    fn down(&self, error: Error, will_reconnect: bool) {
        self.report(SessionEvent::Down { error, will_reconnect });
    }

    fn token_will_expire(&self) {
        self.report(SessionEvent::TokenWillExpire);
    }

    fn token_expired(&self) {
        self.report(SessionEvent::TokenExpired);
    }

    fn caught_up(&self) {
        if let Some(client) = self.client() {
            client.queues_emptied.set(client.queues_emptied.get().wrapping_add(1));
            client.sync.sweep();
            self.record_presence(client, true);
            (self.handle)(Input::ReceiptsPending);
        }
    }

    fn answered(&self, answer: Answer) {
        if let Some(client) = self.client() {
            receipts::finish(client, answer, self.handle.clone());
        }
    }

    async fn apply(&self, batch: machine::Batch) -> bool {
        let Some(client) = self.client() else { return false };
        let Outcome { events, failure, .. } = self.store(&client, batch).await;
        for batch in events {
            client.logins.set_reported(&batch);
            // No other tab emits these events, so they are emitted here even if the login ended meanwhile.
            if client.logins.number().is_some() {
                (self.handle)(Input::Stored(batch));
            } else {
                client.emit_batch(&batch.events);
            }
        }
        if let Some(error) = failure {
            let is_unusable = error.code == Code::Database;
            client.sync.listeners.emit(&Event::Error(error));
            if is_unusable && self.client().is_some() {
                (self.handle)(Input::CopyUnusable);
            }
            return false;
        }
        true
    }
}
