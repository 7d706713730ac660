//! Connects the election with the platform: passes inputs to it, and performs its effects.

use super::context::Context;
use super::login::Tab;
use super::receipts;
use super::session_host::SessionHost;
use crate::api::event::Event;
use crate::error::{Error, Failure};
use crate::model::{ConversationId, MessagesChangedEvent, StoredMessage};
use crate::platform::page::{PageLifecycle, PageMonitor};
use crate::platform::{now, spawn};
use crate::rest::{Caller, TokenOwner, token};
use crate::session::driver::Session;
use crate::session::frames::Identity;
use crate::store::EventBatch;
use crate::tabs::channel::Channel;
use crate::tabs::election::{Effect, Input, Token, is_about_token};
use crate::tabs::lock::{Lock, LockOutcome};
use crate::token_expiry::TokenExpiry;
use gloo_timers::callback::Timeout;
use std::rc::Rc;

/// The longest delay of one timer: browsers store its milliseconds in a signed 32-bit number.
const MAX_TIMER_MS: u64 = 2_000_000_000;

/// Starts the election of a new login.
pub fn begin(context: &Rc<Context>, login: u32, effects: Vec<Effect>) {
    let handle = handler(context, login);
    let page = PageMonitor::listen(move |life| {
        handle(match life {
            PageLifecycle::Suspend => Input::Suspend,
            PageLifecycle::Resume => Input::Resume,
            PageLifecycle::Visible => Input::Visible,
        });
    });
    if let Some(mut tab) = context.logins.tab(login) {
        tab.page = Some(page);
    }
    perform_all(context, login, effects);
    set_timer(context, login);
    let store = context.sync.store.clone();
    // Tabs whose copies are in memory share nothing.
    handle_later(context, login, async move {
        store.is_in_memory().await.unwrap_or(false).then_some(Input::CopyNotShared)
    });
}

/// Gives an input to the election of the current login, if there is one.
pub fn handle(context: &Rc<Context>, input: Input) {
    if let Some(login) = context.logins.number() {
        handle_for(context, login, input);
    }
}

/// Gives an input to the election of this login, if that is the current one. The caller must not hold a borrow.
pub fn handle_for(context: &Rc<Context>, login: u32, input: Input) {
    let Some(mut tab) = context.logins.tab(login) else { return };
    if matches!(input, Input::Tick) {
        // A timer may fire a little early. The next one may then be for the same time.
        tab.timer = None;
    }
    let effects = tab.election.handle(now(), input);
    drop(tab);
    perform_all(context, login, effects);
    set_timer(context, login);
}

/// Gives the output of a future to the election, if the client still exists then.
fn handle_later(context: &Rc<Context>, login: u32, input: impl Future<Output = Option<Input>> + 'static) {
    let client = Rc::downgrade(context);
    spawn(async move {
        if let (Some(input), Some(context)) = (input.await, client.upgrade()) {
            handle_for(&context, login, input);
        }
    });
}

/// A callback for the platform. It does not keep the client alive.
fn handler(context: &Rc<Context>, login: u32) -> impl Fn(Input) + 'static {
    let client = Rc::downgrade(context);
    move |input| {
        if let Some(context) = client.upgrade() {
            handle_for(&context, login, input);
        }
    }
}

/// Begins the session of a login anew with another token, after the server refused the token before.
pub fn restart(context: &Rc<Context>, login: u32, token: String) {
    context.logins.set_token(token.clone());
    let token = Token { value: token, expiry: TokenExpiry::Unknown };
    let (tab, effects) = Tab::start(token, false, context.logins.reported());
    let ended = context.logins.tab(login).map(|mut current| std::mem::replace(&mut *current, tab));
    drop(ended);
    begin(context, login, effects);
}

fn set_timer(context: &Rc<Context>, login: u32) {
    let handle = handler(context, login);
    let Some(mut tab) = context.logins.tab(login) else { return };
    let next = tab.election.next_tick();
    if next != tab.timer.as_ref().map(|(at, _)| *at) {
        tab.timer = next.map(|at| {
            let delay = at.saturating_sub(now()).clamp(1, MAX_TIMER_MS);
            (at, Timeout::new(delay as u32, move || handle(Input::Tick)))
        });
    }
}

fn perform_all(context: &Rc<Context>, login: u32, effects: Vec<Effect>) {
    for effect in effects {
        // A listener may have ended the login.
        if context.logins.tab(login).is_none() {
            return;
        }
        perform(context, login, effect);
    }
}

fn perform(context: &Rc<Context>, login: u32, effect: Effect) {
    let listeners = &context.sync.listeners;
    match effect {
        Effect::OpenChannel => {
            let handle = handler(context, login);
            let channel = Channel::open(&context.scope, move |message| handle(Input::Message(message)));
            if let Some(mut tab) = context.logins.tab(login) {
                tab.channel = channel;
            }
        }
        Effect::Leave => {
            let left = context.logins.tab(login).map(|mut tab| (tab.channel.take(), tab.lock.take()));
            drop(left);
        }
        Effect::RequestLock => request_lock(context, login, false),
        Effect::StealLock => request_lock(context, login, true),
        Effect::Send(message) => {
            if let Some(channel) = context.logins.tab(login).as_ref().and_then(|tab| tab.channel.as_ref()) {
                channel.send(&message);
            }
        }
        Effect::StartSession(token) => start_session(context, login, token),
        Effect::StopSession => {
            let session = context.logins.tab(login).and_then(|mut tab| tab.session.take());
            drop(session);
        }
        Effect::RenewSession(Token { value, expiry }) => {
            if let Some(session) = context.logins.tab(login).as_ref().and_then(|tab| tab.session.as_ref()) {
                session.renew(value, expiry);
            }
        }
        Effect::SetToken(token) => {
            context.logins.set_token(token.value);
            if let Some(mut source) = context.logins.token_source(login) {
                source.renewal.renewed();
            }
        }
        Effect::CheckToken(token) => check_token(context, login, token.value),
        Effect::ReadLogEnd => {
            let store = context.sync.store.clone();
            handle_later(
                context,
                login,
                async move { Some(Input::LogEnd(store.last_event_number().await.ok())) },
            );
        }
        Effect::ReadLog(after) => {
            let store = context.sync.store.clone();
            handle_later(
                context,
                login,
                async move { Some(Input::Log(store.events_after(after).await.ok())) },
            );
        }
        Effect::Up => report_up(context),
        Effect::Down { error, will_reconnect } => report_down(context, login, &error, will_reconnect),
        Effect::EmitEvents(events) => context.emit_batch(&events),
        Effect::EmitSaved { conversation_type, conversation_id, ids } => {
            emit_saved(context, ConversationId::new(conversation_type.into(), &conversation_id), &ids);
        }
        Effect::EmitChanged => listeners.emit(&Event::ConversationsChanged),
        Effect::EmitTokenWillExpire => {
            listeners.emit(&Event::TokenWillExpire);
            context.token_ends(login, false);
        }
        Effect::EmitTokenExpired => {
            listeners.emit(&Event::TokenExpired);
            context.token_ends(login, false);
        }
        Effect::Reconcile => context.request_reconciliation(),
        Effect::SendReceipts => receipts::send_all(context, login),
    }
}

fn request_lock(context: &Rc<Context>, login: u32, steal: bool) {
    if context.logins.tab(login).is_none_or(|tab| tab.channel.is_none()) {
        // A tab that cannot hear the others must not lead them.
        handle_for(context, login, Input::LockUnavailable);
        return;
    }
    let handle = handler(context, login);
    let lock = Lock::request(&context.scope, steal, move |outcome| {
        handle(match outcome {
            LockOutcome::Granted => Input::LockGranted,
            LockOutcome::Stolen => Input::LockStolen,
            LockOutcome::Unavailable => Input::LockUnavailable,
        });
    });
    if let Some(mut tab) = context.logins.tab(login) {
        tab.lock = Some(lock);
    }
}

fn start_session(context: &Rc<Context>, login: u32, token: Token) {
    let Some(sockets) = context.logins.sockets() else { return };
    let identity = Identity {
        app_key: context.app_key.text(),
        user: context.sync.user.clone(),
        device: context.sync.device.clone(),
    };
    let client = Rc::downgrade(context);
    let host = SessionHost::new(context, login, move |input| {
        if let Some(context) = client.upgrade() {
            handle(&context, input);
        }
    });
    let session = Session::start(identity, sockets, token.value, token.expiry, host);
    if let Some(mut tab) = context.logins.tab(login) {
        tab.session = Some(session);
    }
}

fn check_token(context: &Rc<Context>, login: u32, token: String) {
    let Some((_, api)) = context.logins.credentials() else { return };
    let caller = Caller { pace: Some(context.background.clone()), ..context.caller_with(token, api) };
    let answer = token::expiry(&context.sync.user).send(caller);
    handle_later(context, login, async {
        Some(Input::TokenChecked(match answer.await {
            Ok(answer) => token::expires_at(&answer),
            Err(Failure::Error(error)) => Err(error),
            Err(Failure::Aborted(_)) => Ok(0),
        }))
    });
}

fn report_up(context: &Context) {
    context.logins.set_connected(true);
    context.logins.resolve();
    context.sync.listeners.emit(&Event::Connected);
}

fn report_down(context: &Rc<Context>, login: u32, error: &Error, mut will_reconnect: bool) {
    let was_connected = context.logins.set_connected(false);
    // A login that never came up rejects its call, and the application decides about another attempt.
    if context.logins.reject(error) {
        return;
    }
    if !will_reconnect && is_about_token(error.code) {
        will_reconnect = context.token_ends(login, true);
    }
    if !will_reconnect {
        context.end_login();
    }
    if was_connected || !will_reconnect {
        context.sync.listeners.emit(&Event::disconnected(error, will_reconnect));
    }
}

/// Emits `conversationsChanged` in all tabs, after a call of this client changed the local copy.
pub fn notify_changed(context: &Rc<Context>) {
    context.sync.listeners.emit(&Event::ConversationsChanged);
    handle(context, Input::CopyChanged);
}

/// Emits the events of a change that this client made, in all tabs. They include `conversationsChanged`.
pub fn publish(context: &Rc<Context>, batch: EventBatch) {
    context.logins.set_reported(&batch);
    if context.logins.number().is_some() {
        handle(context, Input::Stored(batch));
    } else {
        context.emit_batch(&batch.events);
    }
}

/// Emits `messagesChanged` in all tabs, after this client saved new messages of a conversation and changed nothing else. The
/// other tabs read them from the local copy.
pub fn publish_added(context: &Rc<Context>, added: MessagesChangedEvent) {
    let saved = Input::MessagesSaved {
        conversation_type: added.conversation_type,
        conversation_id: added.conversation_id.clone(),
        ids: added.added.iter().map(|message| message.key.id.to_string()).collect(),
    };
    context.sync.listeners.emit(&Event::MessagesChanged(added));
    handle(context, saved);
}

/// Emits the event of messages that another tab saved, as far as the local copy still has them.
fn emit_saved(context: &Rc<Context>, id: ConversationId, ids: &[String]) {
    let ids = ids.iter().filter_map(|id| id.parse().ok()).collect();
    let context = context.clone();
    spawn(async move {
        let messages = match context.sync.store.messages(&id, ids).await {
            Ok(messages) => messages,
            Err(error) => return context.sync.store.report(&error),
        };
        let added: Vec<_> = messages.into_iter().map(|(key, json)| StoredMessage { key, json }).collect();
        if !added.is_empty() {
            let event = MessagesChangedEvent { added, ..MessagesChangedEvent::new(&id) };
            context.sync.listeners.emit(&Event::MessagesChanged(event));
        }
    });
}

/// Emits the events that are in the log already. A removal calls this before it resolves, so that no event of an older batch
/// follows it.
pub async fn emit_logged(context: &Rc<Context>) {
    let Some(login) = context.logins.number() else { return };
    let unreported = context.logins.tab(login).and_then(|tab| tab.election.unreported_after());
    // If the log cannot be read now, the next message on the channel causes another read.
    if let Some(after) = unreported
        && let Ok(batches) = context.sync.store.events_after(after).await
    {
        handle_for(context, login, Input::LogBeforeCall(batches));
    }
}

impl TokenOwner for Context {
    /// The election reports a refused token once, and ignores tokens that were replaced meanwhile.
    fn token_refused(self: Rc<Self>, token: &str) {
        handle(&self, Input::TokenRefused(token.to_owned()));
    }
}
