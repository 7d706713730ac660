//! The terms of the leaders, which order them in time.

/// The terms that this tab knows; 0 for none. A term is the time at which its leader began, or the last term plus one where
/// that is more, since clocks may be set back.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// The term of the latest leader.
    latest: u64,
    /// The term of the leader that this tab followed before it became the leader.
    followed: u64,
}

impl Terms {
    /// The term of the latest leader.
    pub(super) fn latest(&self) -> u64 {
        self.latest
    }

    /// This tab becomes the leader.
    pub(super) fn begin(&mut self, now: u64) {
        self.followed = self.latest;
        self.latest = now.max(self.latest + 1);
    }

    /// Another tab leads in a term that is not older than the latest. Returns whether it replaces a known leader.
    pub(super) fn follow(&mut self, term: u64) -> bool {
        let is_replacement = term > self.latest && self.latest > 0;
        self.latest = term;
        is_replacement
    }

    /// Whether a message from the leader of this term is outdated.
    pub(super) fn is_outdated(&self, term: u64) -> bool {
        term < self.latest
    }

    /// Whether this tab followed the leader of this term before it became the leader itself.
    pub(super) fn was_followed(&self, term: u64) -> bool {
        term == self.followed
    }
}
