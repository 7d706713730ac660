//! How much of the server one caller gets: requests, frames, sockets, guesses at passwords. Each node counts for
//! itself, in memory that is bounded.

pub(crate) mod buckets;
pub(crate) mod gate;
pub(crate) mod logins;
pub(crate) mod pace;
pub(crate) mod places;
mod recent;

use crate::error::{ApiError, ApiResult};
use crate::settings::Settings;
use buckets::Buckets;
use std::net::IpAddr;
use std::time::Duration;

/// How many requests each user and each address may make.
#[derive(Debug)]
pub(crate) struct Rates {
    users: Buckets<i64>,
    addresses: Buckets<IpAddr>,
}

impl Rates {
    pub(crate) fn new(settings: &Settings) -> Self {
        let burst = Duration::from_secs(settings.rate_burst.into());
        Self {
            users: Buckets::new(settings.rate_user, burst),
            addresses: Buckets::new(settings.rate_address, burst),
        }
    }

    /// Counts a request of a user.
    pub(crate) fn user(&self, user: i64) -> ApiResult<()> {
        self.users.take(user).map_err(ApiError::too_many)
    }

    /// Counts a request from an address.
    pub(crate) fn address(&self, address: IpAddr) -> ApiResult<()> {
        self.addresses.take(address).map_err(ApiError::too_many)
    }
}
