//! The lifecycle of a client: open, log in, renew the token, log out, close.

use super::context::Context;
use super::hosts::HostDirectory;
use super::list_walk::ListWalkSlot;
use super::login::{LoginSlot, Tab};
use super::token_source::TokenSource;
use super::{reconciliation, tab, token_renewal};
use crate::api::event::{Event, Listeners};
use crate::api::options::{LoginOptions, LogoutOptions, OpenOptions};
use crate::api::results::StorageEstimate;
use crate::cancellation::CancellationSource;
use crate::error::{Code, Error, Failure, Result};
use crate::platform::{self, now};
use crate::rest::token;
use crate::store::{self, Store};
use crate::sync::Sync;
use crate::tabs::election::Token;
use crate::token_expiry::TokenExpiry;
use futures_channel::mpsc::unbounded;
use futures_channel::oneshot;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Opens the local copy.
pub async fn open(options: OpenOptions) -> Result<Rc<Context>> {
    if options.persist.unwrap_or(false) {
        platform::persist();
    }
    let app_key = options.app_key.text();
    let timeout_ms = options.timeout_ms();
    let user = options.user.0;
    let (device, fault) = match options.device_id {
        Some(device) => (device.0, None),
        // Without a database, the device id lasts only as long as the page, like the copy.
        None => match store::device_id(&app_key, &user).await {
            Ok(device) => (device, None),
            Err(error) => (store::temporary_device_id()?, Some(error)),
        },
    };
    let store = Store::open(&app_key, &user, &device);
    let listeners = Rc::new(Listeners::new());
    let fault_listeners = listeners.clone();
    store.on_fault(move |error| fault_listeners.emit(&Event::Error(error)));
    if let Some(fault) = fault {
        store.report(&fault);
    }
    let (api_url, socket_url) = (options.api_url.map(|url| url.0), options.socket_url.map(|url| url.0));
    let address = |url: &Option<String>| url.clone().unwrap_or_default();
    let scope = format!("{} {} {}", store.name(), address(&api_url), address(&socket_url));
    let (reconciliation, requests) = unbounded();
    let (renewals, renewal_changes) = unbounded();
    let context = Rc::new(Context {
        app_key: options.app_key,
        sync: Sync {
            store,
            listeners,
            user,
            device,
            swept_at: Cell::new(0),
            presence_recorded_at: Cell::new(0),
        },
        timeout_ms,
        hosts: HostDirectory::new(api_url, socket_url),
        scope,
        logins: LoginSlot::default(),
        requests: CancellationSource::new(),
        reconciliation,
        renewals,
        list_walk: ListWalkSlot::default(),
        queues_emptied: Cell::new(0),
        is_list_check_due: Cell::new(false),
        unsettled_calls: RefCell::default(),
        background: Rc::default(),
        closed: Cell::new(false),
    });
    platform::spawn(reconciliation::run(Rc::downgrade(&context), requests));
    platform::spawn(token_renewal::run(Rc::downgrade(&context), renewal_changes));
    Ok(context)
}

/// Logs in, and waits until the session is up.
pub async fn login(context: Rc<Context>, options: LoginOptions) -> Result<(), Failure> {
    context.check_open()?;
    let attempt = context.logins.next_attempt();
    let hosts = context.hosts.get(&context.app_key, context.timeout_ms, context.requests.token()).await?;
    let by_password = matches!(options, LoginOptions::Password(_));
    let mut token_source = None;
    let token = match options {
        LoginOptions::Token(given) => Token { value: given.token.0, expiry: TokenExpiry::Unknown },
        LoginOptions::GetToken(given) => {
            let call = given.get_token.call(context.timeout_ms);
            let value = context.requests.token().run_until_cancelled(call).await;
            let value = value.unwrap_or_else(|| Err(Error::ended()))?;
            token_source = Some(TokenSource::new(given.get_token));
            Token { value, expiry: TokenExpiry::Unknown }
        }
        LoginOptions::Password(given) => {
            let asked_at = now();
            let call = token::by_password(&context.sync.user, &given.password.0, asked_at);
            let answer = call.send(context.caller_with(String::new(), hosts.api.clone())).await;
            let answer = answer.inspect_err(|failure| {
                if let Failure::Error(error) = failure {
                    context.hosts.forget_after(error);
                }
            })?;
            let (value, seconds) = token::read(&answer)?;
            Token { value, expiry: TokenExpiry::after(asked_at, seconds) }
        }
    };
    context.check_open()?;
    // A later call of `login` or `logout` counts, even if the answers for this one arrive after those for that one.
    if !context.logins.is_latest_attempt(attempt) {
        return Err(login_ended());
    }
    let value = token.value.clone();
    let (tab, effects) = Tab::start(token, by_password, context.logins.reported());
    let (number, outcome) = context.logins.begin(value, hosts, tab, token_source);
    tab::begin(&context, number, effects);
    match outcome.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            context.hosts.forget_after(&error);
            Err(error.into())
        }
        Err(oneshot::Canceled) => Err(login_ended()),
    }
}

fn login_ended() -> Failure {
    Error::new(Code::General, "the login was ended by another login, logout or close").into()
}

/// Ends the session, and deletes the local copy if the application requests that.
pub async fn logout(context: Rc<Context>, options: LogoutOptions) -> Result<(), Failure> {
    context.check_open()?;
    context.logins.next_attempt();
    context.requests.cancel();
    context.end_login();
    if options.wipe.unwrap_or(false) {
        context.closed.set(true);
        context.sync.listeners.close();
        context.sync.store.wipe().await?;
        let Sync { user, device, .. } = &context.sync;
        store::forget_device_id(&context.app_key.text(), user, device).await?;
    }
    Ok(())
}

/// Ends the session, and closes the local copy.
pub fn close(context: &Context) {
    if !context.closed.replace(true) {
        context.requests.cancel();
        context.end_login();
        context.sync.listeners.close();
        context.sync.store.close();
    }
}

/// Measures the local copy.
pub async fn estimate_storage(context: Rc<Context>) -> Result<StorageEstimate> {
    context.check_open()?;
    let store::Estimate { messages, conversations, bytes } = context.sync.store.estimate().await?;
    Ok(StorageEstimate { messages, conversations, bytes })
}
