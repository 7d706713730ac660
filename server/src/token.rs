//! Access tokens: random, shown once, stored as hashes.

use crate::error::{ApiError, ApiResult};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

/// Generates a token.
pub(crate) fn generate() -> ApiResult<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The hash under which a token is stored. The time of a lookup by hash reveals nothing about stored tokens.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Compares two secrets in a time that depends neither on the first difference nor on their lengths.
pub(crate) fn equal(a: &str, b: &str) -> bool {
    hash(a).ct_eq(&hash(b)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_compared() {
        assert!(equal("", "") && equal("secret", "secret"));
        for other in ["", "secre", "secret ", "Secret", "tercse"] {
            assert!(!equal("secret", other), "{other:?}");
        }
    }

    #[test]
    fn tokens_are_long_and_differ() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert_eq!(one.len(), 43);
        assert!(!equal(&one, &two));
    }
}
