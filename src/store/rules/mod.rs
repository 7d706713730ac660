//! The rules of the local copy: how facts, pages and lists change it, and how it is read. Each rule is a function over one
//! unit of work.

pub(super) mod apply;
pub(super) mod comparison;
mod conversations;
mod edits;
pub(super) mod event_log;
mod last_message;
pub(super) mod list_check;
pub(super) mod merge_page;
mod messages;
pub(super) mod presence;
pub(super) mod queries;
pub(super) mod read_page;
pub(super) mod reads;
pub(super) mod reconciliation;
mod removals;
pub(super) mod rooms;
pub(super) mod save_list;
pub(super) mod sweep;
pub(super) mod tombstones;
mod unread;
