//! When a token expires.

/// When a token expires, as the server told it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenExpiry {
    /// The server did not tell.
    #[default]
    Unknown,
    /// At this time of the server's clock, in ms since the epoch.
    OnServer(u64),
    /// At this time of this page's clock, in ms since the epoch: the server told a lifetime.
    OnDevice(u64),
}

impl TokenExpiry {
    /// The expiry of a token with a lifetime of so many seconds, which was requested at `asked_at`; 0 for unknown.
    pub fn after(asked_at: u64, seconds: u64) -> Self {
        match seconds {
            0 => Self::Unknown,
            seconds => Self::OnDevice(asked_at.saturating_add(seconds.saturating_mul(1_000))),
        }
    }

    /// The expiry at a time of the server's clock; 0 for unknown.
    pub fn at(server_time: u64) -> Self {
        if server_time == 0 { Self::Unknown } else { Self::OnServer(server_time) }
    }

    /// The time of the server's clock at which the token expires; 0 if it is unknown to another page.
    pub fn server_time(self) -> u64 {
        if let Self::OnServer(time) = self { time } else { 0 }
    }
}
