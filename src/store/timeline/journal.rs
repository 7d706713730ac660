//! The journal of a timeline: which messages were added, replaced and removed. It becomes the event `messagesChanged`.

use crate::model::MessageKey;
use litemap::LiteMap;

/// The number of removed blocks whose messages are named, newest first. Reading all blocks of a long history would take
/// much longer than deleting them.
const MAX_NAMED_BLOCKS: usize = 8;

/// The last change of one message.
#[derive(Clone, Debug, PartialEq)]
enum Change<M> {
    Added(M),
    Updated(M),
    Removed,
}

/// The changes since the journal was started, one for each message id.
#[derive(Clone, Debug)]
pub(crate) struct Journal<M> {
    changes: LiteMap<u64, (MessageKey, Change<M>)>,
    removed_until: Option<u64>,
    /// The number of removed blocks whose messages are named.
    pub(super) named_blocks: usize,
}

impl<M> Default for Journal<M> {
    fn default() -> Self {
        Self { changes: LiteMap::default(), removed_until: None, named_blocks: MAX_NAMED_BLOCKS }
    }
}

/// The changes of a journal, oldest message first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JournalEntries<M> {
    /// Messages that were not known before.
    pub(crate) added: Vec<(MessageKey, M)>,
    /// Messages that have a new content or position.
    pub(crate) updated: Vec<(MessageKey, M)>,
    /// The ids of messages that are gone.
    pub(crate) removed: Vec<u64>,
    /// All messages up to this time are gone, also those whose ids are not in the list.
    pub(crate) removed_until: Option<u64>,
}

impl<M> Journal<M> {
    pub(super) fn note_added(&mut self, key: MessageKey, item: M) {
        let change = match self.changes.get(&key.id) {
            None | Some((_, Change::Added(_))) => Change::Added(item),
            Some((_, Change::Updated(_) | Change::Removed)) => Change::Updated(item),
        };
        self.changes.insert(key.id, (key, change));
    }

    pub(super) fn note_updated(&mut self, key: MessageKey, item: M) {
        let change = match self.changes.get(&key.id) {
            Some((_, Change::Added(_))) => Change::Added(item),
            _ => Change::Updated(item),
        };
        self.changes.insert(key.id, (key, change));
    }

    pub(super) fn note_removed(&mut self, key: MessageKey) {
        if let Some((_, Change::Added(_))) = self.changes.get(&key.id) {
            self.changes.remove(&key.id);
        } else {
            self.changes.insert(key.id, (key, Change::Removed));
        }
    }

    pub(super) fn note_removed_until(&mut self, time: u64) {
        self.removed_until = self.removed_until.max(Some(time));
    }

    /// The changes; `None` if there are none.
    pub(crate) fn into_entries(self) -> Option<JournalEntries<M>> {
        let mut entries = JournalEntries {
            added: Vec::new(),
            updated: Vec::new(),
            removed: Vec::new(),
            removed_until: self.removed_until,
        };
        for (id, (key, change)) in self.changes {
            match change {
                Change::Added(item) => entries.added.push((key, item)),
                Change::Updated(item) => entries.updated.push((key, item)),
                Change::Removed => entries.removed.push(id),
            }
        }
        entries.added.sort_by_key(|(key, _)| *key);
        entries.updated.sort_by_key(|(key, _)| *key);
        let has_changes = !entries.added.is_empty() || !entries.updated.is_empty();
        (has_changes || !entries.removed.is_empty() || entries.removed_until.is_some()).then_some(entries)
    }
}
