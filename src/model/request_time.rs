//! When a response was requested.

/// The moment of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestTime {
    /// The latest write to the copy that the tab knew when it sent the request. The response reflects what was noted up to
    /// then, and may not reflect what was noted later.
    pub known_write: u64,
    /// The time by this page's clock, which tells the age of the response.
    pub sent_at: u64,
}

impl RequestTime {
    /// True if the response may lack a change that was noted at that time of the copy.
    pub fn is_before(self, noted_at: u64) -> bool {
        noted_at > self.known_write
    }
}
