//! The calls that remove something on the server: removals of messages and deletions of conversations.

use super::context::Context;
use super::tab;
use crate::error::{Code, Failure};
use crate::model::{ConversationId, Removal};
use crate::rest::{Caller, ChangeTracker, conversations, http, removal};
use crate::store::{Batch, Call, CallState, Fact};
use crate::sync::Sync;
use crate::tabs::election::Input;
use futures_util::future::LocalBoxFuture;
use std::cell::Cell;
use std::rc::Rc;

/// A change on the server.
pub enum Mutation {
    /// Messages of a conversation are removed.
    Remove(ConversationId, Removal),
    /// A conversation is deleted, with or without its messages.
    Delete { conversation: ConversationId, with_messages: bool },
    /// All conversations and messages are deleted.
    DeleteAll,
}

impl Mutation {
    /// The name of the call.
    fn name(&self) -> &'static str {
        match self {
            Self::Remove(..) => "removeMessagesFromServer",
            Self::Delete { .. } => "deleteConversationFromServer",
            Self::DeleteAll => "deleteAllMessagesAndConversations",
        }
    }

    /// The conversation that changes; `None` for all.
    fn conversation(&self) -> Option<&ConversationId> {
        match self {
            Self::Remove(conversation, _) | Self::Delete { conversation, .. } => Some(conversation),
            Self::DeleteAll => None,
        }
    }

    /// Whether conversations leave the list.
    fn deletes_conversations(&self) -> bool {
        !matches!(self, Self::Remove(..))
    }

    /// The request.
    fn request(&self, user: &str, device: &str) -> http::Call {
        match self {
            Self::Remove(conversation, what) => removal::of_messages(user, device, conversation, what),
            Self::Delete { conversation, with_messages } => {
                conversations::deletion(user, device, conversation, *with_messages)
            }
            Self::DeleteAll => removal::of_everything(user, device),
        }
    }

    /// The change of the local copy after the server has acted.
    fn into_fact(self) -> Fact {
        match self {
            Self::Remove(conversation, Removal::Ids(ids)) => Fact::Removed { conversation, ids, until: None },
            Self::Remove(conversation, Removal::Until(time)) => {
                Fact::Removed { conversation, ids: Vec::new(), until: Some(time) }
            }
            Self::Delete { conversation, with_messages } => {
                Fact::ConversationDeleted { conversation, with_messages, timestamp: 0 }
            }
            Self::DeleteAll => Fact::AllDeleted { timestamp: 0 },
        }
    }
}

/// Makes a change on the server, then in the local copy.
///
/// The local copy records the call before the request is sent. If the answer is lost, it is unknown whether the server acted, and
/// the local copy is compared with the server.
pub async fn run(context: Rc<Context>, mutation: Mutation) -> Result<(), Failure> {
    let caller = context.caller(mutation.name())?;
    let Sync { store, user, device, .. } = &context.sync;
    let recorded = store.begin_call(mutation.conversation(), mutation.deletes_conversations()).await;
    let recorded = recorded.map_err(|error| store.report(&error)).ok();
    let before_repeat = Box::new(record_repeat(&context, recorded.clone()));
    let change = Rc::new(ChangeTracker { before_repeat, uncertain: Cell::new(false) });
    let request = mutation.request(user, device);
    let answer = request.send(Caller { change: Some(change.clone()), ..caller }).await;
    let done_by = answer.and_then(|answer| {
        // If the answer cannot be read, it is unknown whether the server acted.
        Ok(removal::done_by(&answer).inspect_err(|_| change.uncertain.set(true))?)
    });
    match done_by {
        Ok(done_by) => {
            let call = recorded.clone().map(|name| Call { name, completed_at: done_by });
            let facts = vec![(0, mutation.into_fact())];
            let batch = Batch { queue: String::new(), position: None, facts, call };
            // The server tells other devices only, so `messagesChanged` is the only event.
            let events = match store.apply_with_events(&batch, &[], context.event_scope()).await {
                Ok(events) => events,
                Err(error) => {
                    // The server acted, and the local copy does not show it.
                    if let Some(name) = recorded {
                        record_state(&context, &name, CallState::Unknown).await;
                        tab::handle(&context, Input::ReconciliationNeeded);
                    }
                    return Err(error.into());
                }
            };
            if let Some(events) = events {
                tab::publish(&context, events);
            }
            tab::emit_logged(&context).await;
            // The unread count may be one that only the server knows.
            tab::handle(&context, Input::ReconciliationNeeded);
            Ok(())
        }
        Err(failure) => {
            let is_uncertain = change.uncertain.get();
            let failure = if is_uncertain { explain_uncertainty(failure) } else { failure };
            if let Some(name) = recorded {
                let is_unknown = is_uncertain || is_refused_for_now(&failure);
                let state = if is_unknown { CallState::Unknown } else { CallState::Settled };
                record_state(&context, &name, state).await;
                tab::handle(&context, Input::ReconciliationNeeded);
            }
            Err(failure)
        }
    }
}

/// Records that a call is repeated. The server may act on it again, which other tabs must know.
fn record_repeat(
    context: &Rc<Context>,
    call: Option<String>,
) -> impl Fn() -> LocalBoxFuture<'static, ()> + use<> {
    let context = context.clone();
    move || {
        let (context, call) = (context.clone(), call.clone());
        Box::pin(async move {
            if let Some(call) = call {
                record_state(&context, &call, CallState::Repeated).await;
            }
        })
    }
}

async fn record_state(context: &Context, call: &str, state: CallState) {
    if let Err(error) = context.sync.store.set_call_state(call, state).await {
        context.sync.store.report(&error);
        if state != CallState::Repeated {
            context.unsettled_calls.borrow_mut().push(call.to_owned());
        }
    }
}

/// Records that the results of calls are unknown for which that failed. What they changed is then compared with the server.
pub async fn record_unsettled(context: &Context) -> Result<(), Failure> {
    let calls = context.unsettled_calls.take();
    for (at, call) in calls.iter().enumerate() {
        if let Err(error) = context.sync.store.set_call_state(call, CallState::Unknown).await {
            context.unsettled_calls.borrow_mut().extend_from_slice(&calls[at..]);
            return Err(error.into());
        }
    }
    Ok(())
}

/// Adds to the message of a failure that the server may have acted.
fn explain_uncertainty(failure: Failure) -> Failure {
    match failure {
        Failure::Error(mut error) => {
            error.message.push_str(
                "; it may or may not have been done: what is kept here is compared with the server as soon as that can be \
                 reached",
            );
            Failure::Error(error)
        }
        aborted @ Failure::Aborted(_) => aborted,
    }
}

/// Whether the server refused the call for a temporary reason, such as a busy server or an expired token.
///
/// The server did not act on this request. But browsers repeat requests on broken connections on their own, and an earlier one
/// of them may have succeeded.
fn is_refused_for_now(failure: &Failure) -> bool {
    match failure {
        Failure::Error(error) => matches!(
            error.code,
            Code::ServerBusy
                | Code::ExceedServiceLimit
                | Code::InvalidToken
                | Code::TokenExpired
                | Code::UserPermissionDenied
                | Code::GroupNotJoined
        ),
        Failure::Aborted(_) => false,
    }
}
