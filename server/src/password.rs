//! Passwords as argon2id hashes. Hashing is slow on purpose, so it runs off the async threads, and only so many
//! at once as there are cores: logins queue up, other calls do not notice. The queue is bounded.

use crate::error::{ApiError, ApiResult};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest password, in bytes.
pub(crate) const MAX_PASSWORD_BYTES: usize = 64;
/// When to come back where too many wait.
const COME_BACK: Duration = Duration::from_secs(2);

/// Hashes and checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    /// Places, for those who wait and those whose turn it is.
    places: Arc<Semaphore>,
    running: Arc<Semaphore>,
}

/// The right to one hash.
#[derive(Debug)]
pub(crate) struct Turn {
    argon2: Argon2<'static>,
    place: OwnedSemaphorePermit,
    running: OwnedSemaphorePermit,
}

impl Passwords {
    pub(crate) fn new(memory_kib: u32, queue: usize) -> Self {
        let params = Params::new(memory_kib, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST, None);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default()),
            places: Arc::new(Semaphore::new(cores + queue)),
            running: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Waits for a turn, unless too many do.
    pub(crate) async fn turn(&self) -> ApiResult<Turn> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| ApiError::busy(COME_BACK))?;
        let running =
            self.running.clone().acquire_owned().await.map_err(|error| ApiError::internal(&error))?;
        Ok(Turn { argon2: self.argon2.clone(), place, running })
    }

    /// Whether this is a hash that passwords can be checked against.
    pub(crate) fn is_hash(text: &str) -> bool {
        text.starts_with("$argon2") && PasswordHash::new(text).is_ok()
    }

    /// The hash to keep.
    pub(crate) async fn hash(&self, password: String) -> ApiResult<String> {
        self.turn().await?.hash(password).await
    }
}

impl Turn {
    /// The hash to keep.
    pub(crate) async fn hash(self, password: String) -> ApiResult<String> {
        self.run(move |argon2| argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| ApiError::internal(&error))
    }

    /// Whether a password fits a hash; none takes as long and never fits. What comes of it is told within the turn, and
    /// also where nobody waits for it any more.
    pub(crate) async fn fits(
        self,
        password: String,
        hash: Option<String>,
        tell: impl FnOnce(bool) + Send + 'static,
    ) -> ApiResult<bool> {
        self.run(move |argon2| {
            let password = password.as_bytes();
            let fits = match &hash {
                Some(hash) => {
                    PasswordHash::new(hash).is_ok_and(|hash| argon2.verify_password(password, &hash).is_ok())
                }
                None => {
                    let _ = argon2.hash_password(password);
                    false
                }
            };
            tell(fits);
            fits
        })
        .await
    }

    /// The turn lasts until the job is done, also where nobody waits for it any more.
    async fn run<T: Send + 'static>(
        self,
        job: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> ApiResult<T> {
        let Self { argon2, place, running } = self;
        let work = move || {
            let done = job(argon2);
            drop((running, place));
            done
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| ApiError::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_queue_is_bounded_and_empties() {
        let passwords = Arc::new(Passwords::new(8, 2));
        let cores = passwords.running.available_permits();
        let mut turns = Vec::new();
        for _ in 0..cores {
            turns.push(passwords.turn().await.unwrap());
        }
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let passwords = passwords.clone();
                tokio::spawn(async move { passwords.hash("x".into()).await })
            })
            .collect();
        while passwords.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = passwords.turn().await.unwrap_err();
        assert_eq!(refused.retry_after(), Some(2));
        drop(turns);
        for one in waiting {
            let hash = one.await.unwrap().unwrap();
            assert!(
                passwords
                    .turn()
                    .await
                    .unwrap()
                    .fits("x".into(), Some(hash), |fits| assert!(fits))
                    .await
                    .unwrap()
            );
        }
        assert!(!passwords.turn().await.unwrap().fits("x".into(), None, |_| ()).await.unwrap());
        assert_eq!(passwords.places.available_permits(), cores + 2);
    }
}
