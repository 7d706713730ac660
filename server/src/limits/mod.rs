//! Limits per caller: requests, frames, sockets, failed logins. Each node counts for itself, in bounded memory.

pub(crate) mod login_throttle;
pub(crate) mod read_throttle;
mod recent_map;
pub(crate) mod request_rates;
pub(crate) mod slots;
mod token_bucket;
