//! A walk through the server's conversation list, page by page.

use crate::api::options::FetchConversationsOptions;
use crate::model::{Conversation, RequestTime};
use crate::rest::conversations::{Page, Query};
use crate::sorted_set::SortedSet;
use roamkit_wire::rest::MAX_PAGE_SIZE;
use std::cell::RefCell;

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
    /// When the first page was requested. The list says nothing about later events.
    pub requested_at: RequestTime,
}

impl ListWalk {
    /// Begins a walk.
    pub fn new(include_empty: bool, requested_at: RequestTime) -> Self {
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

    /// The request of the next page.
    pub fn next_query(&self) -> Query<'_> {
        Query {
            size: MAX_PAGE_SIZE,
            cursor: Some(&self.cursor),
            pinned_only: false,
            include_empty: self.include_empty,
        }
    }

    /// Goes back to the head of the list, where conversations may be that moved during the walk. Returns false if none can have
    /// moved.
    pub fn return_to_head(&mut self) -> bool {
        self.cursor.clear();
        self.has_pages
    }

    /// Adds a page of the head of the list. Returns whether the next page may have more conversations that moved.
    pub fn add_moved(&mut self, page: &Page) -> bool {
        let has_new = self.note(&page.conversations);
        self.cursor = page.cursor.clone().unwrap_or_default();
        has_new && page.cursor.is_some()
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
        requested_at: RequestTime,
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
        let mut walk = ListWalk::new(true, RequestTime::default());
        assert!(!walk.add(&page(&["a", "b"], Some("2"))));
        assert!(!walk.has_pages);
        assert!(walk.add(&page(&["b", "c"], None)));
        assert!(walk.has_pages);
        let seen: Vec<_> = walk.seen.iter().map(String::as_str).collect();
        assert_eq!(seen, ["singleChat:a", "singleChat:b", "singleChat:c"]);
    }

    #[test]
    fn the_head_is_read_until_a_page_has_nothing_new() {
        let mut walk = ListWalk::new(true, RequestTime::default());
        walk.add(&page(&["a", "b"], None));
        assert!(!walk.return_to_head(), "one page is one moment");
        let mut walk = ListWalk::new(true, RequestTime::default());
        walk.add(&page(&["a", "b"], Some("2")));
        walk.add(&page(&["c"], None));
        assert!(walk.return_to_head());
        assert_eq!(walk.next_query().cursor, Some(""));
        assert!(walk.add_moved(&page(&["d", "a"], Some("2"))));
        assert_eq!(walk.next_query().cursor, Some("2"));
        assert!(!walk.add_moved(&page(&["a", "b"], Some("3"))));
        assert!(!walk.add_moved(&page(&["e"], None)));
    }
}
