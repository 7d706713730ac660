//! The lifetime of the user token.

use crate::server_clock::ServerClock;
use crate::token_expiry::TokenExpiry;
use crate::token_renewal::RenewalPace;

/// A token, and which of its events were emitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Token {
    pub(super) value: String,
    /// When the machine received the token, ms since the epoch.
    received_at: u64,
    expiry: TokenExpiry,
    warned: bool,
    expired: bool,
    pace: RenewalPace,
}

/// An event in the lifetime of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenEvent {
    /// Four fifths of the lifetime are over.
    WillExpire,
    /// The token has expired.
    Expired,
}

impl Token {
    /// Replaces the token. The same token again emits no event twice.
    pub(super) fn replace(&mut self, value: String, now: u64, expiry: TokenExpiry) {
        if self.value == value && !value.is_empty() {
            self.expiry = expiry;
        } else {
            *self = Self { value, received_at: now, expiry, warned: false, expired: false, pace: self.pace };
        }
    }

    /// The server told when the token expires.
    pub(super) fn set_expiry(&mut self, expiry: TokenExpiry) {
        self.expiry = expiry;
    }

    /// Returns the events that are due, each of them once.
    pub(super) fn take_due_events(&mut self, now: u64, clock: &ServerClock) -> Vec<TokenEvent> {
        let mut events = Vec::new();
        let Some(expires_at) = self.expires_at(clock) else { return events };
        let warn_at = self.warn_at(expires_at);
        if !self.warned && now >= self.pace.earliest(warn_at) {
            self.warned = true;
            self.pace.count(now, warn_at);
            events.push(TokenEvent::WillExpire);
        }
        if self.warned && !self.expired && now >= expires_at {
            self.expired = true;
            events.push(TokenEvent::Expired);
        }
        events
    }

    /// The server refused the token because it has expired. Returns the events that were not emitted yet. A token whose expiry was
    /// never known had no session, so only its login fails.
    pub(super) fn take_events_of_refusal(&mut self) -> Vec<TokenEvent> {
        if self.expiry == TokenExpiry::Unknown {
            return Vec::new();
        }
        let events = [(&mut self.warned, TokenEvent::WillExpire), (&mut self.expired, TokenEvent::Expired)];
        let new = events
            .into_iter()
            .filter_map(|(is_emitted, event)| (!std::mem::replace(is_emitted, true)).then_some(event));
        new.collect()
    }

    /// When the next event is due.
    pub(super) fn next_tick(&self, clock: &ServerClock) -> Option<u64> {
        let expires_at = self.expires_at(clock).filter(|_| !self.expired)?;
        let warning = self.pace.earliest(self.warn_at(expires_at));
        Some(if self.warned { expires_at } else { warning })
    }

    /// When the token expires by this page's clock; `None` if that is unknown.
    fn expires_at(&self, clock: &ServerClock) -> Option<u64> {
        match self.expiry {
            TokenExpiry::Unknown => None,
            TokenExpiry::OnDevice(time) => Some(time),
            TokenExpiry::OnServer(time) => clock.local_time(time),
        }
    }

    fn warn_at(&self, expires_at: u64) -> u64 {
        let lifetime = expires_at.saturating_sub(self.received_at);
        self.received_at + lifetime / 5 * 4
    }

    /// Keeps all distances when the clock is set back.
    pub(super) fn shift_back(&mut self, by: u64) {
        self.received_at = self.received_at.saturating_sub(by);
        self.pace.shift_back(by);
    }
}
