//! Other tokens for the current login, by `renewToken` or by the application's function `getToken`.

use super::context::Context;
use super::tab;
use super::token_source::TokenSource;
use crate::api::argument::GetToken;
use crate::api::event::Event;
use crate::error::Failure;
use crate::platform::{now, spawn, within};
use crate::rest::{Caller, token};
use crate::tabs::election::{Input, Token};
use crate::token_expiry::TokenExpiry;
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::StreamExt;
use std::rc::{Rc, Weak};

/// Replaces the token of the login. A token that the server refuses does not replace it.
pub async fn renew_token(context: Rc<Context>, token: String) -> Result<(), Failure> {
    let caller = Caller { token: token.clone(), ..context.caller("renewToken")? };
    let answer = token::expiry(&context.sync.user).send(caller).await?;
    let expiry = TokenExpiry::at(token::expires_at(&answer)?);
    // The login may have ended meanwhile.
    context.caller("renewToken")?;
    tab::handle(&context, Input::TokenRenewed(Token { value: token, expiry }));
    Ok(())
}

/// Calls `getToken` when a token ends, as long as the client exists. `changes`: a renewal may be due, or no longer.
pub async fn run(client: Weak<Context>, mut changes: UnboundedReceiver<()>) {
    loop {
        let Some(next) = client.upgrade().map(|context| context.logins.next_renewal()) else { return };
        let change = match next {
            Some(at) => {
                let wait = u32::try_from(at.saturating_sub(now())).unwrap_or(u32::MAX);
                within(wait, changes.next()).await
            }
            None => Some(changes.next().await),
        };
        if let Some(None) = change {
            return;
        }
        if let Some(context) = client.upgrade()
            && let Some((login, get_token)) = context.logins.start_renewal(now())
        {
            ask(&context, login, get_token);
        }
    }
}

/// Calls `getToken`, and uses its token. `logout` and `close` end that.
fn ask(context: &Rc<Context>, login: u32, get_token: GetToken) {
    let cancellation = context.requests.token();
    let (client, timeout_ms) = (Rc::downgrade(context), context.timeout_ms);
    spawn(async move {
        let work = async {
            let token = get_token.call(timeout_ms).await;
            if let Some(context) = client.upgrade() {
                use_token(context, login, token.map_err(Failure::from)).await;
            }
        };
        cancellation.run_until_cancelled(work).await;
    });
}

/// Uses the token that the application returned, unless the login ended meanwhile.
async fn use_token(context: Rc<Context>, login: u32, token: Result<String, Failure>) {
    let source = context.logins.token_source(login).map(|source| source.is_session_over);
    let Some(is_session_over) = source else { return };
    let renewed = match token {
        Ok(token) if is_session_over => {
            tab::restart(&context, login, token);
            Ok(())
        }
        Ok(token) => renew_token(context.clone(), token).await,
        Err(failure) => Err(failure),
    };
    let Some(mut source) = context.logins.token_source(login) else { return };
    let TokenSource { renewal, is_session_over, .. } = &mut *source;
    match renewed {
        Ok(()) => {
            *is_session_over = false;
            renewal.renewed();
        }
        Err(failure) => {
            renewal.failed(now());
            drop(source);
            context.notify_renewals();
            if let Failure::Error(error) = failure {
                context.sync.listeners.emit(&Event::Error(error));
            }
        }
    }
}
