//! Throttling of password guesses. After a number of free failures, each further attempt has to wait, twice as
//! long each time.
//!
//! Failures are counted for an account from one address, for an account from all addresses, and for an address
//! over all accounts. Unknown accounts are counted like known ones, so waiting does not reveal which accounts
//! exist. An attacker cannot lock a user out: an address from which the user recently logged in ignores the
//! failures of other addresses, and from elsewhere nobody waits more than a minute for them.

use super::recent_map::RecentMap;
use crate::error::{ApiError, ApiResult};
use crate::settings::Settings;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The number of keys in each table.
const CAPACITY: usize = 50_000;
/// An account from all addresses has this many times the free failures of an account from one address.
const ACCOUNT_FACTOR: u32 = 4;
/// An address over all accounts has this many times the free failures, because many people may share it.
const ADDRESS_FACTOR: u32 = 10;
/// The longest wait for the failures of an account from all addresses.
const MAX_ACCOUNT_WAIT: Duration = Duration::from_mins(1);
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Failures are forgotten after this time without another one, or after the longest wait if that is longer.
const FORGET_AFTER: Duration = Duration::from_mins(15);

/// A login attempt.
#[derive(Clone, Debug)]
pub(crate) struct LoginAttempt {
    account: String,
    address: IpAddr,
    /// Failures from other addresses count for users. They do not count for the app, or anyone could keep it
    /// out.
    counts_all_addresses: bool,
}

impl LoginAttempt {
    /// An attempt of a user, who need not exist.
    pub(crate) fn of_user(app: &str, name: &str, address: IpAddr) -> Self {
        Self { account: format!("{app}/{name}"), address, counts_all_addresses: true }
    }

    /// An attempt with the client id and secret of the app.
    pub(crate) fn of_app(app: &str, address: IpAddr) -> Self {
        Self { account: app.to_owned(), address, counts_all_addresses: false }
    }

    fn pair(&self) -> (String, IpAddr) {
        (self.account.clone(), self.address)
    }
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: Instant,
}

#[derive(Debug)]
struct FailureTable<K>(RecentMap<K, Failures>);

impl<K: Eq + Hash + Clone> FailureTable<K> {
    fn new() -> Self {
        Self(RecentMap::new(CAPACITY))
    }

    fn get(&self, key: &K, forget_after: Duration) -> Option<Failures> {
        self.0.get(key).copied().filter(|failures| failures.last.elapsed() < forget_after)
    }

    /// The remaining wait of a key, with `free` failures that cause none.
    fn wait(&self, key: &K, free: u32, longest: Duration) -> Option<Duration> {
        let failures = self.get(key, FORGET_AFTER.max(longest))?;
        let doublings = failures.count.checked_sub(free)?;
        let wait = FIRST_WAIT.saturating_mul(1 << doublings.min(20)).min(longest);
        Some(wait.saturating_sub(failures.last.elapsed())).filter(|wait| !wait.is_zero())
    }

    fn add(&mut self, key: K, forget_after: Duration) {
        let before = self.get(&key, forget_after).map_or(0, |failures| failures.count);
        self.0.insert(key, Failures { count: before.saturating_add(1), last: Instant::now() });
    }

    fn subtract(&mut self, key: &K, count: u32) {
        if let Some(failures) = self.0.remove(key).filter(|failures| failures.count > count) {
            self.0.insert(key.clone(), Failures { count: failures.count - count, ..failures });
        }
    }
}

#[derive(Debug)]
struct Tables {
    pairs: FailureTable<(String, IpAddr)>,
    accounts: FailureTable<String>,
    addresses: FailureTable<IpAddr>,
    /// The addresses from which accounts logged in.
    trusted: RecentMap<(String, IpAddr), ()>,
}

/// The recent failures, and the waits that follow from them.
#[derive(Debug)]
pub(crate) struct LoginThrottle {
    tables: Mutex<Tables>,
    /// The number of free failures of an account from one address; 0: no throttling.
    free: u32,
    longest_wait: Duration,
}

impl LoginThrottle {
    pub(crate) fn new(settings: &Settings) -> Self {
        let tables = Tables {
            pairs: FailureTable::new(),
            accounts: FailureTable::new(),
            addresses: FailureTable::new(),
            trusted: RecentMap::new(CAPACITY),
        };
        Self {
            tables: Mutex::new(tables),
            free: settings.login_failures,
            longest_wait: Duration::from_secs(settings.login_wait),
        }
    }

    /// Refuses an attempt that has to wait.
    pub(crate) fn check(&self, attempt: &LoginAttempt) -> ApiResult<()> {
        if self.free == 0 {
            return Ok(());
        }
        let (free, longest) = (self.free, self.longest_wait);
        let tables = self.lock();
        let pair = attempt.pair();
        let pair_wait = tables.pairs.wait(&pair, free, longest);
        let address_wait =
            tables.addresses.wait(&attempt.address, free.saturating_mul(ADDRESS_FACTOR), longest);
        let account_wait = if attempt.counts_all_addresses && tables.trusted.get(&pair).is_none() {
            let longest = longest.min(MAX_ACCOUNT_WAIT);
            tables.accounts.wait(&attempt.account, free.saturating_mul(ACCOUNT_FACTOR), longest)
        } else {
            None
        };
        match pair_wait.max(address_wait).max(account_wait) {
            None => Ok(()),
            Some(wait) => Err(ApiError::too_many(wait)),
        }
    }

    pub(crate) fn record_failure(&self, attempt: &LoginAttempt) {
        if self.free == 0 {
            return;
        }
        let forget_after = FORGET_AFTER.max(self.longest_wait);
        let mut tables = self.lock();
        tables.pairs.add(attempt.pair(), forget_after);
        tables.addresses.add(attempt.address, forget_after);
        if attempt.counts_all_addresses {
            tables.accounts.add(attempt.account.clone(), forget_after);
        }
    }

    /// Forgets the failures of this account from this address. Failures of other accounts stay, or an attacker
    /// could reset them by logging in to their own account.
    pub(crate) fn record_success(&self, attempt: &LoginAttempt) {
        if self.free == 0 {
            return;
        }
        let mut tables = self.lock();
        let pair = attempt.pair();
        let forgotten = tables.pairs.0.remove(&pair).map_or(0, |failures| failures.count);
        tables.addresses.subtract(&attempt.address, forgotten);
        if attempt.counts_all_addresses {
            tables.accounts.subtract(&attempt.account, forgotten);
            tables.trusted.insert(pair, ());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    fn throttle(flags: &[&str]) -> LoginThrottle {
        let base = ["roamkit-server", "--app", "d#c", "--client-id", "i", "--client-secret", "s"];
        LoginThrottle::new(&Settings::try_parse_from(base.iter().chain(flags)).unwrap())
    }

    fn user(name: &str, last: u8) -> LoginAttempt {
        LoginAttempt::of_user("d#c", name, [10, 0, 0, last].into())
    }

    /// Fails until an attempt has to wait, and returns the number of failures.
    fn fail(throttle: &LoginThrottle, attempt: &LoginAttempt) -> u32 {
        let mut failures = 0;
        while failures < 1000 && throttle.check(attempt).is_ok() {
            throttle.record_failure(attempt);
            failures += 1;
        }
        failures
    }

    fn wait(throttle: &LoginThrottle, attempt: &LoginAttempt) -> u64 {
        throttle.check(attempt).err().and_then(|error| error.retry_after()).unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_a_bound_and_end_with_a_success() {
        let throttle = throttle(&["--login-failures", "3", "--login-wait", "20"]);
        let ann = user("ann", 1);
        assert_eq!(fail(&throttle, &ann), 3);
        for seconds in [1, 2, 4, 8, 16, 20, 20] {
            assert_eq!(wait(&throttle, &ann), seconds);
            tokio::time::advance(Duration::from_millis(1000 * seconds - 1)).await;
            assert_eq!(wait(&throttle, &ann), 1, "rounded up");
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(fail(&throttle, &ann), 1);
        }
        assert_eq!(wait(&throttle, &user("bob", 1)), 0, "another user does not wait");
        assert_eq!(wait(&throttle, &user("ann", 2)), 0, "the user does not wait elsewhere");
        throttle.record_success(&ann);
        assert_eq!(fail(&throttle, &ann), 3);
        tokio::time::advance(FORGET_AFTER).await;
        assert_eq!(fail(&throttle, &ann), 3, "the failures are forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_of_an_address_and_of_an_account_add_up() {
        let throttle = throttle(&["--login-failures", "2"]);
        let failed: u32 = (0..100).map(|name| fail(&throttle, &user(&format!("u{name}"), 1))).sum();
        assert_eq!(failed, 2 * ADDRESS_FACTOR);
        assert!(wait(&throttle, &user("fresh", 1)) > 0);
        assert_eq!(wait(&throttle, &user("fresh", 2)), 0);

        throttle.record_success(&user("ann", 200));
        let failed: u32 = (10..100).map(|address| fail(&throttle, &user("ann", address))).sum();
        assert_eq!(failed, 2 * ACCOUNT_FACTOR);
        assert!(wait(&throttle, &user("ann", 101)) > 0);
        assert_eq!(wait(&throttle, &user("ann", 200)), 0, "the user logged in from there before");
    }

    #[tokio::test(start_paused = true)]
    async fn logins_to_an_own_account_do_not_reset_failures_of_others() {
        let throttle = throttle(&["--login-failures", "2"]);
        let mut failed = 0;
        for name in 0..100 {
            failed += fail(&throttle, &user(&format!("u{name}"), 1));
            throttle.record_success(&user("mallory", 1));
        }
        assert_eq!(failed, 2 * ADDRESS_FACTOR);
    }

    #[tokio::test(start_paused = true)]
    async fn failures_from_elsewhere_do_not_keep_the_app_out() {
        let throttle = throttle(&["--login-failures", "2"]);
        let app = |last| LoginAttempt::of_app("d#c", [10, 0, 0, last].into());
        for address in 1..100 {
            assert_eq!(fail(&throttle, &app(address)), 2);
        }
        assert_eq!(wait(&throttle, &app(200)), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn zero_free_failures_turn_throttling_off() {
        assert_eq!(fail(&throttle(&["--login-failures", "0"]), &user("ann", 1)), 1000);
    }
}
