//! Proving who one is.

use crate::error::ApiResult;
use crate::limits::logins::Attempt;
use crate::state::Server;
use crate::store::users::{self, User};

/// Whether a password is a user's. It takes as long where there is no such user, so that the time tells nothing.
pub(crate) async fn fits(
    server: &Server,
    attempt: &Attempt,
    user: Option<&User>,
    password: String,
) -> ApiResult<bool> {
    server.logins.check(attempt)?;
    let id = user.map_or(0, |user| user.id);
    let hash = users::password(&mut *server.store.read().await?, id).await?;
    let turn = server.passwords.turn().await?;
    // While this one waited for its turn, others may have failed: no burst gets more guesses than a row.
    server.logins.check(attempt)?;
    let (logins, attempt) = (server.logins.clone(), attempt.clone());
    let tell = move |fits| if fits { logins.succeeded(&attempt) } else { logins.failed(&attempt) };
    turn.fits(password, hash, tell).await
}
