//! Passwords as argon2id hashes. Hashing is slow on purpose, so it runs off the async threads, and only so many
//! at once as there are cores: logins queue up, other calls do not notice.

use crate::error::{ApiError, ApiResult};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

/// Longest password, in bytes.
pub(crate) const MAX_PASSWORD_BYTES: usize = 64;

/// Hashes and checks passwords.
#[derive(Debug)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    running: Semaphore,
}

impl Passwords {
    pub(crate) fn new(memory_kib: u32) -> Self {
        let params = Params::new(memory_kib, Params::DEFAULT_T_COST, Params::DEFAULT_P_COST, None);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params.unwrap_or_default()),
            running: Semaphore::new(cores),
        }
    }

    /// The hash to keep.
    pub(crate) async fn hash(&self, password: String) -> ApiResult<String> {
        let argon2 = self.argon2.clone();
        self.run(move || argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()))
            .await?
            .map_err(|error| ApiError::internal(&error))
    }

    /// Whether a password fits a hash.
    pub(crate) async fn fits(&self, password: String, hash: String) -> ApiResult<bool> {
        let argon2 = self.argon2.clone();
        self.run(move || {
            PasswordHash::new(&hash)
                .is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    /// Whether this is a hash that passwords can be checked against.
    pub(crate) fn is_hash(text: &str) -> bool {
        text.starts_with("$argon2") && PasswordHash::new(text).is_ok()
    }

    async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> ApiResult<T> {
        let _permit = self.running.acquire().await.map_err(|error| ApiError::internal(&error))?;
        tokio::task::spawn_blocking(job).await.map_err(|error| ApiError::internal(&error))
    }
}
