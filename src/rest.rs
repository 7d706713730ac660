//! The REST side: one file for each resource, [`http`] underneath. Knows no local copy.

pub mod conversations;
pub mod history;
pub mod hosts;
pub mod http;
pub mod refusal;
pub mod removal;
pub mod token;

/// Who asks: what every call needs to name and to show.
pub struct Caller<'a> {
    /// `https://host/org/app`.
    pub base: String,
    /// The user's id.
    pub user: &'a str,
    /// The device's id.
    pub device: &'a str,
    /// The user token.
    pub token: &'a str,
    /// How long a request may take.
    pub timeout_ms: u32,
}
