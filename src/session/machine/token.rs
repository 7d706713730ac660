//! The life of a token.

/// A token, and what was told of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Token {
    pub(super) value: String,
    pub(super) known_since: u64,
    pub(super) expires_at: u64,
    pub(super) warned: bool,
    pub(super) expired: bool,
}

impl Token {
    pub(super) fn new(value: String, now: u64, expires_at: u64) -> Self {
        Self { value, known_since: now, expires_at, warned: false, expired: false }
    }

    pub(super) fn warn_at(&self) -> u64 {
        let life = self.expires_at.saturating_sub(self.known_since);
        self.known_since + life / 5 * 4
    }

    pub(super) fn warn_due(&self, now: u64) -> bool {
        self.expires_at > 0 && !self.warned && now >= self.warn_at()
    }

    pub(super) fn expiry_due(&self, now: u64) -> bool {
        self.expires_at > 0 && !self.expired && now >= self.expires_at
    }

    pub(super) fn next_tick(&self) -> Option<u64> {
        match (self.expires_at, self.warned, self.expired) {
            (0, ..) | (_, _, true) => None,
            (_, false, _) => Some(self.warn_at()),
            (at, true, false) => Some(at),
        }
    }
}
