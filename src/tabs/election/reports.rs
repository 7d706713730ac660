//! The state of the session as this tab reported it to its application.

use super::input::Effect;
use crate::error::{Code, Error};

/// A session that passes from one tab to another counts as up for this time.
pub const HANDOVER_MS: u64 = 2_000;

/// The reports of this tab. Each change is reported once.
#[derive(Debug, Default)]
pub(super) struct Reports {
    is_up: bool,
    /// The session passes to another tab, and is reported as down if it is not up again at this time.
    handover_until: Option<u64>,
    /// The last token whose coming expiry was reported.
    warned_token: String,
    /// The last token whose expiry was reported.
    expired_token: String,
}

impl Reports {
    /// Whether the session was reported as up.
    pub(super) fn is_up(&self) -> bool {
        self.is_up
    }

    /// The session is up.
    pub(super) fn up(&mut self, effects: &mut Vec<Effect>) {
        self.handover_until = None;
        if !std::mem::replace(&mut self.is_up, true) {
            effects.push(Effect::Up);
        }
    }

    /// The session is down, and reconnects.
    pub(super) fn down(&mut self, error: Error, effects: &mut Vec<Effect>) {
        self.handover_until = None;
        self.is_up = false;
        effects.push(Effect::Down { error, will_reconnect: true });
    }

    /// The session passes to another tab.
    pub(super) fn start_handover(&mut self, now: u64) {
        if self.is_up {
            self.handover_until.get_or_insert(now + HANDOVER_MS);
        }
    }

    /// The page is suspended, and cannot wait for the end of a handover.
    pub(super) fn suspend(&mut self) {
        self.handover_until = None;
    }

    /// Ends a handover that takes too long.
    pub(super) fn tick(&mut self, now: u64, effects: &mut Vec<Effect>) {
        if self.handover_until.is_some_and(|until| now >= until) {
            self.down(Error::new(Code::Network, "the connection was lost"), effects);
        }
    }

    /// When [`Self::tick`] is due.
    pub(super) fn next_tick(&self) -> Option<u64> {
        self.handover_until
    }

    /// The token will expire soon.
    pub(super) fn token_will_expire(&mut self, token: String, effects: &mut Vec<Effect>) {
        if self.warned_token != token {
            self.warned_token = token;
            effects.push(Effect::EmitTokenWillExpire);
        }
    }

    /// The token has expired.
    pub(super) fn token_expired(&mut self, token: String, effects: &mut Vec<Effect>) {
        if self.expired_token != token {
            self.expired_token = token;
            effects.push(Effect::EmitTokenExpired);
        }
    }

    /// Whether the coming expiry of this token was reported.
    pub(super) fn has_warned(&self, token: &str) -> bool {
        self.warned_token == token
    }

    /// Whether the expiry of this token was reported.
    pub(super) fn has_expired(&self, token: &str) -> bool {
        self.expired_token == token
    }
}
