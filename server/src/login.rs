//! Password verification with throttling.

use crate::error::ApiResult;
use crate::limits::login_throttle::LoginAttempt;
use crate::state::AppState;
use crate::store::users::{self, User};

/// Returns whether a password is correct. For an unknown user it takes the same time, so the time reveals
/// nothing.
pub(crate) async fn verify_password(
    state: &AppState,
    attempt: &LoginAttempt,
    user: Option<&User>,
    password: String,
) -> ApiResult<bool> {
    state.login_throttle.check(attempt)?;
    let id = user.map_or(0, |user| user.id);
    let hash = users::password_hash(&mut *state.store.acquire().await?, id).await?;
    let permit = state.passwords.acquire().await?;
    // Other attempts may have failed while this one waited for its permit. Without the second check, parallel
    // attempts would get more guesses than sequential ones.
    state.login_throttle.check(attempt)?;
    let (throttle, attempt) = (state.login_throttle.clone(), attempt.clone());
    let record = move |correct| {
        if correct { throttle.record_success(&attempt) } else { throttle.record_failure(&attempt) }
    };
    permit.verify(password, hash, record).await
}
