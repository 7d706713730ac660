//! Hands the reports of a session to its client.

use super::context::Context;
use super::{reconciliation, tab};
use crate::api::event::Event;
use crate::error::{Error, Result};
use crate::session::driver::Host;
use crate::session::machine;
use crate::store::EventBatch;
use crate::tabs::election::{Input, SessionEvent};
use std::rc::{Rc, Weak};

/// The client of one session. The session does not keep it alive.
pub struct SessionHost {
    client: Weak<Context>,
    login: u32,
    session: u32,
}

impl SessionHost {
    /// The host of a new session of that login.
    pub fn new(client: &Rc<Context>, login: u32) -> Self {
        Self { client: Rc::downgrade(client), login, session: client.logins.next_session() }
    }

    /// The client, if this session is still its session.
    fn client(&self) -> Option<Rc<Context>> {
        let client = self.client.upgrade()?;
        let is_current = client.logins.is_latest_session(self.session)
            && client.logins.tab(self.login).is_some_and(|tab| tab.election.has_session());
        is_current.then_some(client)
    }

    fn handle(&self, event: SessionEvent) {
        if let Some(client) = self.client() {
            tab::handle_for(&client, self.login, Input::Session(event));
        }
    }

    /// Saves a batch, in the log of the tabs, too, if there are others. Returns the events of new facts.
    async fn save(&self, client: &Rc<Context>, batch: machine::Batch) -> Result<Option<EventBatch>> {
        let state =
            client.logins.tab(self.login).map(|tab| (tab.election.is_shared(), tab.election.knows_log()));
        let (is_shared, knows_log) = state.unwrap_or_default();
        // The end of the log must be known before the first batch is written.
        if is_shared && !knows_log {
            let end = client.sync.store.log_end().await?;
            tab::handle_for(client, self.login, Input::LogEnd(Some(end)));
        }
        client.sync.batch(batch, is_shared).await
    }
}

impl Host for SessionHost {
    fn up(&self) {
        if let Some(client) = self.client() {
            reconciliation::record_presence(&client, false);
        }
        self.handle(SessionEvent::Up);
    }

    fn down(&self, error: Error, will_reconnect: bool) {
        self.handle(SessionEvent::Down { error, will_reconnect });
    }

    fn token_will_expire(&self) {
        self.handle(SessionEvent::TokenWillExpire);
    }

    fn token_expired(&self) {
        self.handle(SessionEvent::TokenExpired);
    }

    fn caught_up(&self) {
        if let Some(client) = self.client() {
            client.sync.caught_up();
            reconciliation::record_presence(&client, true);
        }
    }

    async fn apply(&self, batch: machine::Batch) -> bool {
        let Some(client) = self.client() else { return false };
        match self.save(&client, batch).await {
            Ok(Some(events)) => tab::report_saved(&client, events),
            Ok(None) => {}
            Err(error) => {
                client.sync.listeners.emit(&Event::Error(error));
                return false;
            }
        }
        true
    }
}
