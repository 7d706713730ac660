//! The conversation list. Table `conversations`, key: the number of a shard.
//!
//! Reading the list costs by the record, not by the byte: a record each made 500 conversations twice as dear as
//! 32 records with about 16 each.

use super::db::{Key, Record, Result, Table, Transaction};
use crate::model::{Conversation, JsonText, MessageKey, StoredMessage};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// So many records hold the list. With another number conversations are looked for where they are not: that takes
/// an upgrade.
pub(super) const SHARDS: u32 = 32;

/// One of the list.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    /// The conversation's key, such as `singleChat:bob`.
    pub(super) key: JsonText,
    /// What JS gets.
    pub(super) shown: JsonText,
    pub(super) place: Place,
}

/// What orders the list, readable without decoding what is shown; and its order, which is from the end: pinned ones
/// first, the latest pinned on top, then by last message, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// When it was pinned; 0 where it is not.
    pub(super) pinned: u64,
    /// Where its last message stands.
    pub(super) last: Option<MessageKey>,
}

/// Those of the list whose keys have the same number.
#[derive(Clone, Debug, Default)]
pub(super) struct Shard {
    pub(super) listed: Vec<Listed>,
}

impl Record for Shard {
    const TABLE: Table = Table::Conversations;
}

/// The number of the shard that a conversation belongs to: FNV-1a, its halves folded, because the low bits know of
/// nothing but low bits.
pub(super) fn shard(key: &str) -> u32 {
    let mix = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = key.bytes().fold(0x811c_9dc5, mix);
    (hash ^ hash >> 16) % SHARDS
}

/// Where a shard stands.
pub(super) fn name(shard: u32) -> Key {
    Key::Name(shard.to_string())
}

impl Shard {
    /// One of them.
    pub(super) fn get(&self, key: &str) -> Option<&Listed> {
        self.listed.iter().find(|listed| listed.is(key))
    }

    /// One of them, decoded. What cannot be read counts as none: the server's list brings it again.
    pub(super) fn read(&self, key: &str) -> Option<Conversation> {
        self.get(key)?.shown.read()
    }

    /// Puts one in its place, or takes it out.
    pub(super) fn set(&mut self, key: &str, conversation: Option<&Conversation>) {
        let Some(conversation) = conversation else {
            self.listed.retain(|listed| !listed.is(key));
            return;
        };
        let new = Listed {
            key: JsonText::of(&key),
            shown: JsonText::of(conversation),
            place: Place {
                pinned: conversation.pinned_time as u64,
                last: conversation.last_message.as_ref().map(StoredMessage::key),
            },
        };
        match self.listed.iter_mut().find(|listed| listed.is(key)) {
            Some(listed) => *listed = new,
            None => self.listed.push(new),
        }
    }

    /// The keys of all.
    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn keys(&self) -> impl Iterator<Item = String> {
        self.listed.iter().filter_map(|listed| listed.key.read())
    }

    /// How large it is, roughly.
    pub(super) fn bytes(&self) -> usize {
        self.listed.iter().map(|listed| listed.shown.bytes().len()).sum()
    }
}

/// The list of these conversations.
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "only a disk has earlier versions"))]
pub(super) fn shards(conversations: &[Conversation]) -> BTreeMap<u32, Shard> {
    let mut shards: BTreeMap<u32, Shard> = BTreeMap::new();
    for conversation in conversations {
        let key = conversation.id().storage_key();
        shards.entry(shard(&key)).or_default().set(&key, Some(conversation));
    }
    shards
}

impl Listed {
    /// The lower, the further up.
    fn rank(&self) -> (Reverse<Place>, &[u8]) {
        (Reverse(self.place), self.key.bytes())
    }

    fn is(&self, key: &str) -> bool {
        self.key.read::<String>().is_some_and(|own| own == key)
    }
}

/// The list in its order. Where nothing else tells two apart, their keys do, so that they keep their places.
pub(super) fn list(tx: &Transaction) -> Result<Vec<JsonText>> {
    let mut listed: Vec<_> = tx.values::<Shard>()?.into_iter().flat_map(|shard| shard.listed).collect();
    listed.sort_by(|one, other| one.rank().cmp(&other.rank()));
    Ok(listed.into_iter().map(|one| one.shown).collect())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use crate::model::ConversationId;
    use proptest::prelude::*;
    use roamkit_wire::conversation::ChatType;

    fn conversation(peer: &str, unread_count: u32) -> Conversation {
        let id = ConversationId::new(ChatType::Group, peer);
        Conversation { unread_count, ..Conversation::with_message(&id, None) }
    }

    fn key(peer: &str) -> String {
        ConversationId::new(ChatType::Group, peer).storage_key()
    }

    proptest! {
        #[test]
        fn shards_hold_what_was_put_last_and_nothing_else(
            steps in prop::collection::vec(("[a-c\"\n\\\\ü]{0,2}", prop::option::of(any::<u32>())), 0..60),
        ) {
            let (mut shards, mut kept) = (BTreeMap::<u32, Shard>::new(), std::collections::BTreeMap::new());
            for (peer, unread) in &steps {
                let key = key(peer);
                let new = unread.map(|unread| conversation(peer, unread));
                shards.entry(shard(&key)).or_insert_with(Shard::default).set(&key, new.as_ref());
                match new {
                    Some(new) => drop(kept.insert(key, new)),
                    None => drop(kept.remove(&key)),
                }
            }
            for (peer, _) in &steps {
                let key = key(peer);
                prop_assert_eq!(shards.get(&shard(&key)).and_then(|shard| shard.read(&key)), kept.get(&key).cloned());
            }
            let mut keys: Vec<_> = shards.values().flat_map(Shard::keys).collect();
            keys.sort();
            prop_assert_eq!(keys, kept.keys().cloned().collect::<Vec<_>>());
            let again = super::shards(&kept.into_values().collect::<Vec<_>>());
            for (number, shard) in shards {
                let shown = |shard: Option<&Shard>| {
                    let listed = shard.map_or(&[][..], |shard| &shard.listed);
                    let mut shown: Vec<_> = listed.iter().map(|one| one.shown.bytes().to_vec()).collect();
                    shown.sort();
                    shown
                };
                prop_assert_eq!(shown(Some(&shard)), shown(again.get(&number)));
            }
        }

        #[test]
        fn a_list_is_spread_over_all_shards(
            first in 0..u64::MAX / 2,
            step in prop::sample::select(vec![1, 2, 64, 1_000_003]),
        ) {
            let mut counts = [0; SHARDS as usize];
            for at in 0..500 {
                counts[shard(&key(&(first + at * step).to_string())) as usize] += 1;
            }
            prop_assert!(counts.iter().all(|count| *count <= 48), "{:?}", counts);
            prop_assert!(counts.iter().filter(|count| **count == 0).count() <= 2, "{:?}", counts);
        }
    }

    #[test]
    fn the_number_of_a_shard_is_for_ever() {
        let numbers = ["singleChat:bob", "groupChat:1", "chatRoom:ü"].map(shard);
        assert_eq!(numbers, [30, 23, 14]);
    }
}
