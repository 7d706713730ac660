//! Tokens: random, shown once, kept as hashes.

use crate::error::{ApiError, ApiResult};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// A new token.
pub(crate) fn make() -> ApiResult<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// What is kept of it. Finding a token by its hash tells nothing about other tokens by the time it takes.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Whether two secrets are the same, in a time that depends neither on where they differ nor on their lengths.
pub(crate) fn same(a: &str, b: &str) -> bool {
    hash(a).ct_eq(&hash(b)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_the_same_or_not() {
        assert!(same("", "") && same("secret", "secret"));
        for other in ["", "secre", "secret ", "Secret", "tercse"] {
            assert!(!same("secret", other), "{other:?}");
        }
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (one, two) = (make().unwrap(), make().unwrap());
        assert_eq!(one.len(), 43);
        assert!(!same(&one, &two));
    }
}
