//! Password hashes by argon2id. Hashing is slow on purpose, so it runs on blocking threads, at most one per
//! core at a time. Logins wait in a bounded queue, and other requests are not delayed.

use crate::error::{ApiError, ApiResult};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest password, in bytes.
pub(crate) const MAX_PASSWORD_BYTES: usize = 64;
/// The `Retry-After` of a login when the queue is full.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Hashes and verifies passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Permits for waiting and running jobs together.
    queue: Arc<Semaphore>,
    /// Permits for running jobs.
    running: Arc<Semaphore>,
}

/// The permit for one hash.
#[derive(Debug)]
pub(crate) struct HashPermit {
    argon2: Argon2<'static>,
    queued: OwnedSemaphorePermit,
    running: OwnedSemaphorePermit,
}

impl Passwords {
    pub(crate) fn new(memory_kib: u32, max_waiting: usize) -> Self {
        let params = Params::new(memory_kib, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST, None);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default()),
            queue: Arc::new(Semaphore::new(cores + max_waiting)),
            running: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Waits for a permit. Fails at once if the queue is full.
    pub(crate) async fn acquire(&self) -> ApiResult<HashPermit> {
        let queued = self.queue.clone().try_acquire_owned().map_err(|_| ApiError::busy(RETRY_AFTER))?;
        let running =
            self.running.clone().acquire_owned().await.map_err(|error| ApiError::internal(&error))?;
        Ok(HashPermit { argon2: self.argon2.clone(), queued, running })
    }

    /// Returns whether a text is a hash that passwords can be verified against.
    pub(crate) fn is_hash(text: &str) -> bool {
        text.starts_with("$argon2") && PasswordHash::new(text).is_ok()
    }

    /// Hashes a password.
    pub(crate) async fn hash(&self, password: String) -> ApiResult<String> {
        self.acquire().await?.hash(password).await
    }
}

impl HashPermit {
    async fn hash(self, password: String) -> ApiResult<String> {
        self.run(move |argon2| argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| ApiError::internal(&error))
    }

    /// Verifies a password. Without a hash it takes the same time and returns `false`. `record` receives the
    /// result before the permit is released, even if the caller is cancelled.
    pub(crate) async fn verify(
        self,
        password: String,
        hash: Option<String>,
        record: impl FnOnce(bool) + Send + 'static,
    ) -> ApiResult<bool> {
        self.run(move |argon2| {
            let password = password.as_bytes();
            let correct = match &hash {
                Some(hash) => {
                    PasswordHash::new(hash).is_ok_and(|hash| argon2.verify_password(password, &hash).is_ok())
                }
                None => {
                    let _ = argon2.hash_password(password);
                    false
                }
            };
            record(correct);
            correct
        })
        .await
    }

    /// Runs a job on a blocking thread. The permit is released when the job ends, even if the caller is
    /// cancelled.
    async fn run<T: Send + 'static>(
        self,
        job: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> ApiResult<T> {
        let Self { argon2, queued, running } = self;
        let job = move || {
            let result = job(argon2);
            drop((running, queued));
            result
        };
        tokio::task::spawn_blocking(job).await.map_err(|error| ApiError::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_is_bounded_and_empties() {
        let passwords = Arc::new(Passwords::new(8, 2));
        let cores = passwords.running.available_permits();
        let mut permits = Vec::new();
        for _ in 0..cores {
            permits.push(passwords.acquire().await.unwrap());
        }
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash("x".into()).await })
            })
            .collect();
        while passwords.queue.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = passwords.acquire().await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(2));
        drop(permits);
        for job in waiting {
            let hash = job.await.unwrap().unwrap();
            let permit = passwords.acquire().await.unwrap();
            assert!(permit.verify("x".into(), Some(hash), |correct| assert!(correct)).await.unwrap());
        }
        let permit = passwords.acquire().await.unwrap();
        assert!(!permit.verify("x".into(), None, |_| ()).await.unwrap());
        assert_eq!(passwords.queue.available_permits(), cores + 2);
    }
}
