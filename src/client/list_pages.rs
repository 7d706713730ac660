//! Requests the pages of a walk through the server's conversation list, at the pace of the background.

use super::context::Context;
use super::list_walk::ListWalk;
use crate::error::{Failure, Result};
use crate::model::{Conversation, RequestTime};
use crate::rest::conversations::{self, Page};
use std::rc::Rc;

/// The most pages that are requested again at the end of a walk.
const MAX_PAGES: u32 = 20;

/// Requests the next page. Also returns the time of the request.
pub async fn fetch_next(
    context: &Rc<Context>,
    walk: &ListWalk,
    call: &str,
) -> Result<(Page, RequestTime), Failure> {
    let requested_at = context.sync.store.request_time();
    let request = conversations::call(&context.sync.user, Some(walk.next_query()));
    let answer = request.send(context.background_caller(call)?).await?;
    let page = conversations::read(&answer, &context.app_key.text(), &context.sync.user)?;
    Ok((page, requested_at))
}

/// Requests the conversations that moved to the head of the list during the walk.
pub async fn fetch_moved(
    context: &Rc<Context>,
    walk: &mut ListWalk,
    call: &str,
) -> Result<Vec<Conversation>, Failure> {
    let mut moved = Vec::new();
    if !walk.return_to_head() {
        return Ok(moved);
    }
    for _ in 0..MAX_PAGES {
        let (page, _) = fetch_next(context, walk, call).await?;
        let goes_on = walk.add_moved(&page);
        // A conversation that moved has a message.
        moved.extend(page.conversations.into_iter().filter(|listed| listed.last_message.is_some()));
        if !goes_on {
            break;
        }
    }
    Ok(moved)
}
