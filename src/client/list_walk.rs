//! A walk through the server's conversation list, page by page.

use crate::api::options::FetchConversationsOptions;
use crate::model::Conversation;
use crate::rest::conversations::Page;
use std::cell::RefCell;

/// The pages of a walk from the start of the list. Conversations that a whole walk does not meet are gone on the server.
pub struct ListWalk {
    /// The cursor of the next page.
    cursor: String,
    /// The conversations of the pages so far.
    pub seen: Vec<Conversation>,
    include_empty: bool,
    /// The time of the first request, in ms since the epoch. The list says nothing about later events.
    pub requested_at: u64,
}

/// The place of the current walk. Another walk replaces it.
#[derive(Default)]
pub struct ListWalkSlot(RefCell<Option<ListWalk>>);

impl ListWalkSlot {
    /// Adds a page to the walk that it belongs to. Returns the walk if the page is its last.
    pub fn add_page(
        &self,
        options: &FetchConversationsOptions,
        page: &Page,
        requested_at: u64,
    ) -> Option<ListWalk> {
        if options.is_default_window() || options.pinned_only() {
            return None;
        }
        let include_empty = options.include_empty();
        let mut slot = self.0.borrow_mut();
        let mut walk = match (options.cursor.as_deref(), slot.take()) {
            (None | Some(""), _) => {
                ListWalk { cursor: String::new(), seen: Vec::new(), include_empty, requested_at }
            }
            (Some(cursor), Some(walk)) if walk.cursor == cursor && walk.include_empty == include_empty => {
                walk
            }
            _ => return None,
        };
        walk.seen.extend(page.conversations.iter().cloned());
        match &page.cursor {
            Some(cursor) => {
                walk.cursor.clone_from(cursor);
                *slot = Some(walk);
                None
            }
            None => Some(walk),
        }
    }
}
