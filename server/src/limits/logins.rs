//! Guessing passwords is slow: after some failures each further attempt has to wait, twice as long each time.
//!
//! Failures are counted for a name from an address, for a name from anywhere (against many addresses), and for an
//! address (against many names). Names count whether or not there is such a user, so that waiting tells nothing. What
//! others do does not lock a user out: an address from which the user lately logged in does not wait for the failures
//! of other addresses, and nobody else waits for more than a minute.

use super::recent::Recent;
use crate::error::{ApiError, ApiResult};
use crate::settings::Settings;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What is remembered of each kind, at most.
const CAPACITY: usize = 50_000;
/// A name has this many times the free failures of a name from one address.
const OF_ACCOUNT: u32 = 4;
/// And an address this many: many people may share it.
const OF_ADDRESS: u32 = 10;
/// Nobody waits longer for what strangers did to their name.
const MOST_FOR_ACCOUNT: Duration = Duration::from_mins(1);
/// The first wait.
const FIRST: Duration = Duration::from_secs(1);
/// Failures are forgotten when there were none for this long, or for the longest wait.
const FORGET: Duration = Duration::from_mins(15);

/// Someone who says who they are.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    account: String,
    address: IpAddr,
    /// Whether failures elsewhere count. Not for the app: anyone could keep it out.
    everywhere: bool,
}

impl Attempt {
    /// As a user, who need not exist.
    pub(crate) fn user(app: &str, name: &str, address: IpAddr) -> Self {
        Self { account: format!("{app}/{name}"), address, everywhere: true }
    }

    /// As the app.
    pub(crate) fn app(app: &str, address: IpAddr) -> Self {
        Self { account: app.to_owned(), address, everywhere: false }
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
struct Counts<K>(Recent<K, Failures>);

impl<K: Eq + Hash + Clone> Counts<K> {
    fn new() -> Self {
        Self(Recent::new(CAPACITY))
    }

    fn of(&self, key: &K, forget: Duration) -> Option<Failures> {
        self.0.get(key).copied().filter(|failures| failures.last.elapsed() < forget)
    }

    /// How long is to be waited yet, where so many failures are free.
    fn wait(&self, key: &K, free: u32, longest: Duration) -> Option<Duration> {
        let failures = self.of(key, FORGET.max(longest))?;
        let doublings = failures.count.checked_sub(free)?;
        let wait = FIRST.saturating_mul(1 << doublings.min(20)).min(longest);
        Some(wait.saturating_sub(failures.last.elapsed())).filter(|wait| !wait.is_zero())
    }

    fn add(&mut self, key: K, forget: Duration) {
        let before = self.of(&key, forget).map_or(0, |failures| failures.count);
        self.0.insert(key, Failures { count: before.saturating_add(1), last: Instant::now() });
    }

    fn take_back(&mut self, key: &K, count: u32) {
        if let Some(failures) = self.0.remove(key).filter(|failures| failures.count > count) {
            self.0.insert(key.clone(), Failures { count: failures.count - count, ..failures });
        }
    }
}

#[derive(Debug)]
struct Tables {
    pairs: Counts<(String, IpAddr)>,
    accounts: Counts<String>,
    addresses: Counts<IpAddr>,
    /// From where users logged in.
    known: Recent<(String, IpAddr), ()>,
}

/// The failures of late.
#[derive(Debug)]
pub(crate) struct Logins {
    tables: Mutex<Tables>,
    /// Failures of a name from an address that cost nothing; 0: all.
    free: u32,
    longest: Duration,
}

impl Logins {
    pub(crate) fn new(settings: &Settings) -> Self {
        let tables = Tables {
            pairs: Counts::new(),
            accounts: Counts::new(),
            addresses: Counts::new(),
            known: Recent::new(CAPACITY),
        };
        Self {
            tables: Mutex::new(tables),
            free: settings.login_failures,
            longest: Duration::from_secs(settings.login_wait),
        }
    }

    /// Whether it may be tried now.
    pub(crate) fn check(&self, attempt: &Attempt) -> ApiResult<()> {
        if self.free == 0 {
            return Ok(());
        }
        let tables = self.lock();
        let pair = attempt.pair();
        let of_pair = tables.pairs.wait(&pair, self.free, self.longest);
        let of_address =
            tables.addresses.wait(&attempt.address, self.free.saturating_mul(OF_ADDRESS), self.longest);
        let of_account = if attempt.everywhere && tables.known.get(&pair).is_none() {
            let most = self.longest.min(MOST_FOR_ACCOUNT);
            tables.accounts.wait(&attempt.account, self.free.saturating_mul(OF_ACCOUNT), most)
        } else {
            None
        };
        match of_pair.max(of_address).max(of_account) {
            None => Ok(()),
            Some(wait) => Err(ApiError::too_many(wait)),
        }
    }

    /// It was wrong.
    pub(crate) fn failed(&self, attempt: &Attempt) {
        if self.free == 0 {
            return;
        }
        let forget = FORGET.max(self.longest);
        let mut tables = self.lock();
        tables.pairs.add(attempt.pair(), forget);
        tables.addresses.add(attempt.address, forget);
        if attempt.everywhere {
            tables.accounts.add(attempt.account.clone(), forget);
        }
    }

    /// It was right: this name's failures from there were slips. Those of other names are not, or one's own account
    /// would be the key to all others.
    pub(crate) fn succeeded(&self, attempt: &Attempt) {
        if self.free == 0 {
            return;
        }
        let mut tables = self.lock();
        let pair = attempt.pair();
        let slips = tables.pairs.0.remove(&pair).map_or(0, |failures| failures.count);
        tables.addresses.take_back(&attempt.address, slips);
        if attempt.everywhere {
            tables.accounts.take_back(&attempt.account, slips);
            tables.known.insert(pair, ());
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

    fn logins(flags: &[&str]) -> Logins {
        let base = ["roamkit-server", "--app", "d#c", "--client-id", "i", "--client-secret", "s"];
        Logins::new(&Settings::try_parse_from(base.iter().chain(flags)).unwrap())
    }

    fn user(name: &str, last: u8) -> Attempt {
        Attempt::user("d#c", name, [10, 0, 0, last].into())
    }

    /// Fails as often as it may at once.
    fn fail(logins: &Logins, attempt: &Attempt) -> u32 {
        let mut times = 0;
        while times < 1000 && logins.check(attempt).is_ok() {
            logins.failed(attempt);
            times += 1;
        }
        times
    }

    fn wait(logins: &Logins, attempt: &Attempt) -> u64 {
        logins.check(attempt).err().and_then(|error| error.retry_after()).unwrap_or(0)
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_a_bound_and_end_with_a_success() {
        let logins = logins(&["--login-failures", "3", "--login-wait", "20"]);
        let ann = user("ann", 1);
        assert_eq!(fail(&logins, &ann), 3);
        for seconds in [1, 2, 4, 8, 16, 20, 20] {
            assert_eq!(wait(&logins, &ann), seconds);
            tokio::time::advance(Duration::from_millis(1000 * seconds - 1)).await;
            assert_eq!(wait(&logins, &ann), 1, "one is rounded up");
            tokio::time::advance(Duration::from_millis(1)).await;
            assert_eq!(fail(&logins, &ann), 1);
        }
        assert_eq!(wait(&logins, &user("bob", 1)), 0, "another user is not held up");
        assert_eq!(wait(&logins, &user("ann", 2)), 0, "nor is the user, elsewhere");
        logins.succeeded(&ann);
        assert_eq!(fail(&logins, &ann), 3);
        tokio::time::advance(FORGET).await;
        assert_eq!(fail(&logins, &ann), 3, "it is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn many_names_from_one_address_and_one_name_from_many_wait_too() {
        let logins = logins(&["--login-failures", "2"]);
        let failed: u32 = (0..100).map(|name| fail(&logins, &user(&format!("u{name}"), 1))).sum();
        assert_eq!(failed, 2 * OF_ADDRESS);
        assert!(wait(&logins, &user("fresh", 1)) > 0);
        assert_eq!(wait(&logins, &user("fresh", 2)), 0);

        logins.succeeded(&user("ann", 200));
        let failed: u32 = (10..100).map(|address| fail(&logins, &user("ann", address))).sum();
        assert_eq!(failed, 2 * OF_ACCOUNT);
        assert!(wait(&logins, &user("ann", 101)) > 0);
        assert_eq!(wait(&logins, &user("ann", 200)), 0, "where the user logged in before, it goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn ones_own_account_does_not_buy_guesses_at_others() {
        let logins = logins(&["--login-failures", "2"]);
        let mut failed = 0;
        for name in 0..100 {
            failed += fail(&logins, &user(&format!("u{name}"), 1));
            logins.succeeded(&user("mallory", 1));
        }
        assert_eq!(failed, 2 * OF_ADDRESS);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_keeps_the_app_out_from_elsewhere() {
        let logins = logins(&["--login-failures", "2"]);
        let app = |last| Attempt::app("d#c", [10, 0, 0, last].into());
        for address in 1..100 {
            assert_eq!(fail(&logins, &app(address)), 2);
        }
        assert_eq!(wait(&logins, &app(200)), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn none_is_no_limit() {
        assert_eq!(fail(&logins(&["--login-failures", "0"]), &user("ann", 1)), 1000);
    }
}
