//! A walk through the server's conversation list, page by page.

use super::context::Context;
use crate::api::options::FetchConversationsOptions;
use crate::error::{Failure, Result};
use crate::model::Conversation;
use crate::platform::now;
use crate::rest::conversations::{self, Page, Query};
use crate::sorted_set::SortedSet;
use roamkit_wire::rest::MAX_PAGE_SIZE;
use std::cell::RefCell;
use std::rc::Rc;

/// The most pages that are requested again at the end of a walk.
const MAX_PAGES: u32 = 20;

/// The pages of a walk from the start of the list. Conversations that a whole walk does not meet are gone on the server.
pub struct ListWalk {
    /// The cursor of the next page.
    cursor: String,
    /// The storage keys of the conversations on the pages so far.
    pub seen: SortedSet<String>,
    include_empty: bool,
    /// True if the walk has more than one page. A conversation that was written to meanwhile may have moved from a later
    /// page to an earlier one, so that no page had it.
    has_pages: bool,
    /// The time of the first request, in ms since the epoch. The list says nothing about later events.
    pub requested_at: u64,
}

impl ListWalk {
    /// Begins a walk.
    pub fn new(include_empty: bool, requested_at: u64) -> Self {
        let (cursor, seen) = (String::new(), SortedSet::default());
        Self { cursor, seen, include_empty, has_pages: false, requested_at }
    }

    /// Adds a page. Returns whether it is the last one.
    pub fn add(&mut self, page: &Page) -> bool {
        self.has_pages |= !self.cursor.is_empty();
        self.note(&page.conversations);
        self.cursor = page.cursor.clone().unwrap_or_default();
        page.cursor.is_none()
    }

    /// Requests the next page. Also returns the time of the request.
    pub async fn fetch_next(&mut self, context: &Rc<Context>, call: &str) -> Result<(Page, u64), Failure> {
        let requested_at = now();
        let query = Query {
            size: MAX_PAGE_SIZE,
            cursor: Some(&self.cursor),
            pinned_only: false,
            include_empty: self.include_empty,
        };
        let request = conversations::call(&context.sync.user, Some(query));
        let answer = request.send(context.caller(call)?).await?;
        let page = conversations::read(&answer, &context.app_key.text(), &context.sync.user)?;
        Ok((page, requested_at))
    }

    /// Requests the conversations that moved to the head of the list during the walk.
    pub async fn fetch_moved(&mut self, context: &Rc<Context>) -> Result<Vec<Conversation>, Failure> {
        let mut moved = Vec::new();
        if !self.has_pages {
            return Ok(moved);
        }
        self.cursor.clear();
        for _ in 0..MAX_PAGES {
            let (page, _) = self.fetch_next(context, "fetchConversationsFromServer").await?;
            let has_new = self.note(&page.conversations);
            self.cursor = page.cursor.unwrap_or_default();
            moved.extend(page.conversations);
            if self.cursor.is_empty() || !has_new {
                break;
            }
        }
        Ok(moved)
    }

    /// Notes the conversations of a page. Returns whether one of them is new.
    fn note(&mut self, page: &[Conversation]) -> bool {
        let mut has_new = false;
        for listed in page {
            has_new |= self.seen.insert(listed.id().storage_key());
        }
        has_new
    }
}

/// The place of the application's current walk. Another walk replaces it.
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
            (None | Some(""), _) => ListWalk::new(include_empty, requested_at),
            (Some(cursor), Some(walk)) if walk.cursor == cursor && walk.include_empty == include_empty => {
                walk
            }
            _ => return None,
        };
        if walk.add(page) {
            return Some(walk);
        }
        *slot = Some(walk);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ConversationId;
    use roamkit_wire::conversation::ChatType;

    fn page(peers: &[&str], cursor: Option<&str>) -> Page {
        let conversation =
            |peer: &&str| Conversation::with_message(&ConversationId::new(ChatType::Single, peer), None);
        Page { conversations: peers.iter().map(conversation).collect(), cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn a_walk_ends_with_the_page_without_a_cursor() {
        let mut walk = ListWalk::new(true, 5);
        assert!(!walk.add(&page(&["a", "b"], Some("2"))));
        assert!(!walk.has_pages);
        assert!(walk.add(&page(&["b", "c"], None)));
        assert!(walk.has_pages);
        let seen: Vec<_> = walk.seen.iter().map(String::as_str).collect();
        assert_eq!(seen, ["singleChat:a", "singleChat:b", "singleChat:c"]);
        assert!(!walk.note(&page(&["a"], None).conversations));
        assert!(walk.note(&page(&["d"], None).conversations));
    }
}
