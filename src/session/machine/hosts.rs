//! The order in which the machine tries the hosts of the service.

/// The current host, and the failures of this round. Hosts are counted from 0.
#[derive(Debug)]
pub(super) struct HostRotation {
    current: usize,
    count: usize,
    /// How many hosts failed one after another.
    failed: usize,
}

impl HostRotation {
    /// A rotation over `count` hosts that begins with the host `first`.
    pub(super) fn new(count: usize, first: usize) -> Self {
        let count = count.max(1);
        Self { current: first % count, count, failed: 0 }
    }

    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// The current host failed, and the next one takes its place. Returns false if every host failed in this round.
    pub(super) fn next(&mut self) -> bool {
        self.current = (self.current + 1) % self.count;
        self.failed += 1;
        self.failed < self.count
    }

    /// Begins a new round with the current host.
    pub(super) fn reset(&mut self) {
        self.failed = 0;
    }
}
