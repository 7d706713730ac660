//! The rate of requests per user and per address.

use super::token_bucket::TokenBuckets;
use crate::error::{ApiError, ApiResult};
use crate::settings::Settings;
use std::net::IpAddr;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct RequestRates {
    users: TokenBuckets<i64>,
    addresses: TokenBuckets<IpAddr>,
}

impl RequestRates {
    pub(crate) fn new(settings: &Settings) -> Self {
        let burst = Duration::from_secs(settings.rate_burst.into());
        Self {
            users: TokenBuckets::new(settings.rate_user, burst),
            addresses: TokenBuckets::new(settings.rate_address, burst),
        }
    }

    /// Counts a request of a user, or refuses it.
    pub(crate) fn admit_user(&self, user: i64) -> ApiResult<()> {
        self.users.take(user).map_err(ApiError::too_many)
    }

    /// Counts a request from an address, or refuses it.
    pub(crate) fn admit_address(&self, address: IpAddr) -> ApiResult<()> {
        self.addresses.take(address).map_err(ApiError::too_many)
    }
}
