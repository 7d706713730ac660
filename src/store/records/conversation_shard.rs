//! One part of the conversation list.
//!
//! The cost of reading the list grows with the number of records, not of bytes: 500 conversations took twice as long as
//! one record each than as 32 records of about 16 conversations.

use crate::model::{Conversation, JsonText, MessageKey, StoredMessage};
use litemap::LiteMap;
use std::cmp::Reverse;

/// The number of shards. A conversation is looked up by its shard, so a change of this number needs a migration.
pub(crate) const SHARD_COUNT: u32 = 32;

/// One conversation of the list.
#[derive(Clone, Debug)]
pub(crate) struct ListedConversation {
    /// The conversation's key, such as `singleChat:bob`, as a JSON string.
    pub(crate) key: JsonText,
    /// The public `Conversation` object.
    pub(crate) json: JsonText,
    /// The position in the list, readable without decoding `json`.
    pub(crate) sort_key: SortKey,
}

/// The sort key of a conversation. The list is in descending order: pinned conversations first, latest pin on top, then
/// by last message, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SortKey {
    /// The time of the pin; 0 if the conversation is not pinned.
    pub(crate) pinned_at: u64,
    /// The position of the last message.
    pub(crate) last_message: Option<MessageKey>,
}

/// The conversations whose keys have the same [`shard_number`].
#[derive(Clone, Debug, Default)]
pub(crate) struct ConversationShard {
    pub(crate) conversations: Vec<ListedConversation>,
}

/// The number of the shard that holds a conversation: FNV-1a, its upper half folded into the lower, because the lowest
/// bits of FNV-1a depend only on the lowest bits of the input.
pub(crate) fn shard_number(key: &str) -> u32 {
    let mix = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = key.bytes().fold(0x811c_9dc5, mix);
    (hash ^ hash >> 16) % SHARD_COUNT
}

/// Groups conversations into shards, by shard number.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a disk has earlier versions"))]
pub(crate) fn group_into_shards(conversations: &[Conversation]) -> LiteMap<u32, ConversationShard> {
    let mut shards: LiteMap<u32, ConversationShard> = LiteMap::default();
    for conversation in conversations {
        let key = conversation.id().storage_key();
        shards.entry(shard_number(&key)).or_default().set(&key, Some(conversation));
    }
    shards
}

impl ConversationShard {
    /// The entry of a conversation.
    pub(crate) fn get(&self, key: &str) -> Option<&ListedConversation> {
        self.conversations.iter().find(|listed| listed.has_key(key))
    }

    /// A conversation, decoded. An entry that cannot be decoded counts as missing: the server's list restores it.
    pub(crate) fn read(&self, key: &str) -> Option<Conversation> {
        self.get(key)?.json.read()
    }

    /// Inserts, replaces or (with `None`) removes a conversation.
    pub(crate) fn set(&mut self, key: &str, conversation: Option<&Conversation>) {
        let Some(conversation) = conversation else {
            self.conversations.retain(|listed| !listed.has_key(key));
            return;
        };
        let new = ListedConversation {
            key: JsonText::of(&key),
            json: JsonText::of(conversation),
            sort_key: SortKey {
                pinned_at: conversation.pinned_time,
                last_message: conversation.last_message.as_ref().map(StoredMessage::key),
            },
        };
        match self.conversations.iter_mut().find(|listed| listed.has_key(key)) {
            Some(listed) => *listed = new,
            None => self.conversations.push(new),
        }
    }

    /// The keys of all conversations.
    pub(crate) fn keys(&self) -> impl Iterator<Item = String> {
        self.conversations.iter().filter_map(|listed| listed.key.read())
    }

    /// The size of the conversations in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.conversations.iter().map(|listed| listed.json.bytes().len()).sum()
    }
}

impl ListedConversation {
    /// The rank in the list, in ascending order. The key breaks ties, so that the order is stable.
    pub(crate) fn rank(&self) -> (Reverse<SortKey>, &[u8]) {
        (Reverse(self.sort_key), self.key.bytes())
    }

    fn has_key(&self, key: &str) -> bool {
        self.key.read::<String>().is_some_and(|own| own == key)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use crate::model::ConversationId;
    use proptest::prelude::*;
    use roamkit_wire::conversation::ChatType;
    use std::collections::BTreeMap;

    fn conversation(peer: &str, unread_count: u32) -> Conversation {
        let id = ConversationId::new(ChatType::Group, peer);
        Conversation { unread_count, ..Conversation::with_message(&id, None) }
    }

    fn key(peer: &str) -> String {
        ConversationId::new(ChatType::Group, peer).storage_key()
    }

    proptest! {
        #[test]
        fn shards_hold_the_values_set_last(
            steps in prop::collection::vec(("[a-c\"\n\\\\ü]{0,2}", prop::option::of(any::<u32>())), 0..60),
        ) {
            let mut shards = LiteMap::<u32, ConversationShard>::default();
            let mut expected = BTreeMap::new();
            for (peer, unread) in &steps {
                let key = key(peer);
                let new = unread.map(|unread| conversation(peer, unread));
                shards.entry(shard_number(&key)).or_default().set(&key, new.as_ref());
                match new {
                    Some(new) => drop(expected.insert(key, new)),
                    None => drop(expected.remove(&key)),
                }
            }
            for (peer, _) in &steps {
                let key = key(peer);
                let found = shards.get(&shard_number(&key)).and_then(|shard| shard.read(&key));
                prop_assert_eq!(found, expected.get(&key).cloned());
            }
            let mut keys: Vec<_> = shards.values().flat_map(ConversationShard::keys).collect();
            keys.sort();
            prop_assert_eq!(keys, expected.keys().cloned().collect::<Vec<_>>());
            let regrouped = group_into_shards(&expected.into_values().collect::<Vec<_>>());
            for (number, shard) in shards {
                let texts = |shard: Option<&ConversationShard>| {
                    let listed = shard.map_or(&[][..], |shard| &shard.conversations);
                    let mut texts: Vec<_> = listed.iter().map(|one| one.json.bytes().to_vec()).collect();
                    texts.sort();
                    texts
                };
                prop_assert_eq!(texts(Some(&shard)), texts(regrouped.get(&number)));
            }
        }

        #[test]
        fn conversations_are_distributed_over_all_shards(
            first in 0..u64::MAX / 2,
            step in prop::sample::select(vec![1, 2, 64, 1_000_003]),
        ) {
            let mut counts = [0; SHARD_COUNT as usize];
            for at in 0..500 {
                counts[shard_number(&key(&(first + at * step).to_string())) as usize] += 1;
            }
            prop_assert!(counts.iter().all(|count| *count <= 48), "{:?}", counts);
            prop_assert!(counts.iter().filter(|count| **count == 0).count() <= 2, "{:?}", counts);
        }
    }

    #[test]
    fn shard_numbers_never_change() {
        let numbers = ["singleChat:bob", "groupChat:1", "chatRoom:ü"].map(shard_number);
        assert_eq!(numbers, [30, 23, 14]);
    }
}
