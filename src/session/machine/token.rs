//! The lifetime of the user token.

/// A token, and which of its events were emitted.
#[derive(Clone, Debug, Default)]
pub(super) struct Token {
    pub(super) value: String,
    /// When the machine received the token, ms since the epoch.
    received_at: u64,
    /// When the token expires, ms since the epoch; 0 if unknown.
    expires_at: u64,
    warned: bool,
    expired: bool,
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
    pub(super) fn new(value: String, now: u64, expires_at: u64) -> Self {
        Self { value, received_at: now, expires_at, warned: false, expired: false }
    }

    /// The server told when the token expires.
    pub(super) fn set_expiry(&mut self, expires_at: u64) {
        self.expires_at = expires_at;
    }

    /// Returns the events that are due, each of them once.
    pub(super) fn take_due_events(&mut self, now: u64) -> Vec<TokenEvent> {
        let mut events = Vec::new();
        if self.expires_at > 0 && !self.warned && now >= self.warn_at() {
            self.warned = true;
            events.push(TokenEvent::WillExpire);
        }
        if self.expires_at > 0 && !self.expired && now >= self.expires_at {
            self.expired = true;
            events.push(TokenEvent::Expired);
        }
        events
    }

    /// When the next event is due.
    pub(super) fn next_tick(&self) -> Option<u64> {
        match (self.expires_at, self.warned, self.expired) {
            (0, ..) | (_, _, true) => None,
            (_, false, _) => Some(self.warn_at()),
            (at, true, false) => Some(at),
        }
    }

    fn warn_at(&self) -> u64 {
        let lifetime = self.expires_at.saturating_sub(self.received_at);
        self.received_at + lifetime / 5 * 4
    }
}
