//! The receipts of `markConversationAsRead`. The local copy holds them until the server answers.
//!
//! The tab with the session sends them after each call, and when the queues are read. So a receipt that was noted offline, or whose
//! answer was lost, is sent by the next session.

use super::context::Context;
use crate::api::event::Event;
use crate::message::receipt;
use crate::platform::spawn;
use crate::session::machine::Answer;
use crate::tabs::election::Input;
use std::rc::Rc;

/// Sends the receipts of the local copy over the session of this login. The session ignores those that are under way, and all of
/// them until its queues are read.
pub fn send_all(context: &Rc<Context>, login: u32) {
    let client = Rc::downgrade(context);
    let store = context.sync.store.clone();
    spawn(async move {
        // If the copy cannot be read now, the next heartbeat causes another attempt.
        let receipts = store.pending_receipts().await.unwrap_or_default();
        let Some(context) = client.upgrade().filter(|_| !receipts.is_empty()) else { return };
        let app_key = context.app_key.text();
        let metas = receipts.iter().map(|one| receipt::to_meta(one, &app_key, &context.sync.user));
        if let Some(session) = context.logins.tab(login).as_ref().and_then(|tab| tab.session.as_ref()) {
            session.send(metas);
        }
    });
}

/// Applies the answer to a receipt. `handle` gives an input to the election of the current login.
pub fn finish(context: Rc<Context>, answer: Answer, handle: Rc<dyn Fn(Input)>) {
    let Answer { meta, result } = answer;
    spawn(async move {
        let Context { sync, .. } = &*context;
        let up_to = result.as_ref().ok().map(|server_id| receipt::read_up_to(&meta, *server_id));
        match sync.store.finish_receipt(meta.id, up_to).await {
            Ok(true) => {
                sync.listeners.emit(&Event::ConversationsChanged);
                handle(Input::CopyChanged);
            }
            Ok(false) => {}
            Err(error) => sync.store.report(&error),
        }
        if let Err(refusal) = result {
            sync.listeners.emit(&Event::Error(refusal));
        }
        // The unread count may be one that only the server knows, and further receipts may wait.
        handle(Input::ReconciliationNeeded);
        handle(Input::ReceiptsPending);
    });
}
