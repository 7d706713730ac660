//! Reading ahead: what the facts of a batch need is asked of the database at once, not in turn as each takes effect. A
//! device that was away finds notices about many conversations in one batch.

use super::conversations::{self, Shard};
use super::facts::Fact;
use super::fault::Result;
use super::removals::{EVERYWHERE, Removals};
use super::text::Text;
use super::timeline::{Block, Directory, Timeline};
use super::tx::Key;
use super::work::{Kept, Work};
use crate::model::ConversationId;
use crate::sorted::{Map, Set};
use futures_util::future::try_join4;

/// What is needed of one conversation's blocks.
#[derive(Default)]
struct Needed {
    /// Those with these messages.
    ids: Vec<u64>,
    /// The one that the next message goes into.
    newest: bool,
}

impl Work<'_> {
    /// Reads what these facts will ask for, most probably. What they ask for beyond it is read then.
    pub(super) async fn read_ahead(&mut self, facts: &[(u64, Fact)]) -> Result<()> {
        let mut needed: Map<String, Box<Needed>> = Map::new();
        for (_, fact) in facts {
            match fact {
                Fact::Message(message) => {
                    let id = ConversationId::new(message.conversation_type.into(), &message.conversation_id);
                    needed.get_or_insert_with(id.storage_key(), Box::default).newest = true;
                }
                Fact::Removed { conversation, ids, .. } => {
                    needed.get_or_insert_with(conversation.storage_key(), Box::default).ids.extend(ids);
                }
                Fact::Recalled { conversation, id } | Fact::Edited { conversation, id, .. } => {
                    needed.get_or_insert_with(conversation.storage_key(), Box::default).ids.push(*id);
                }
                _ => {}
            }
        }
        let keys: Vec<_> = needed.keys().map(String::as_str).collect();
        self.prepare(&keys).await?;
        let mut blocks = Vec::new();
        for (key, needed) in needed {
            let Needed { ids, newest } = *needed;
            if let Some(history) = self.histories.get(&key) {
                let ids: Vec<u64> = ids.into_iter().collect::<Set<_>>().into_iter().collect();
                let firsts = history.unloaded(&ids, newest);
                blocks.extend(firsts.into_iter().map(|first| (key.clone(), first)));
            }
        }
        let keys: Vec<_> = blocks.iter().map(|(key, first)| Key::Block(key.clone(), *first)).collect();
        let loaded = self.tx.get_each::<Block<Text>>(&keys).await?;
        for ((key, first), block) in blocks.into_iter().zip(loaded) {
            if let Some(history) = self.histories.get_mut(&key) {
                history.load(first, block);
            }
        }
        Ok(())
    }

    /// Reads of these conversations what nearly everything that changes them needs, unless it is remembered.
    pub(super) async fn prepare(&mut self, keys: &[&str]) -> Result<()> {
        for key in keys.iter().chain(&[EVERYWHERE]) {
            self.recall(key).await?;
        }
        let without = |has: &dyn Fn(&str) -> bool| -> Vec<&str> {
            keys.iter().copied().filter(|key| !has(key)).collect()
        };
        let directories = without(&|key| self.histories.contains_key(key));
        let mut removals = without(&|key| self.removals.contains_key(key));
        let shards: Set<_> = keys.iter().map(|key| conversations::shard(key)).collect();
        let shards: Vec<_> = shards.into_iter().filter(|number| !self.shards.contains_key(number)).collect();
        let shard_names: Vec<_> = shards.iter().copied().map(conversations::name).collect();
        if !self.removals.contains_key(EVERYWHERE) {
            removals.push(EVERYWHERE);
        }
        let named = |keys: &[&str]| -> Vec<Key> { keys.iter().copied().map(Key::from).collect() };
        let (found_directories, found_removals, found_shards, ()) = try_join4(
            self.tx.get_each::<Directory>(&named(&directories)),
            self.tx.get_each::<Removals>(&named(&removals)),
            self.tx.get_each::<Shard>(&shard_names),
            self.look(),
        )
        .await?;
        for (key, directory) in directories.into_iter().zip(found_directories) {
            self.histories.insert(key.to_owned(), Box::new(Timeline::new(directory.unwrap_or_default())));
        }
        for (key, removals) in removals.into_iter().zip(found_removals) {
            self.removals.insert(key.to_owned(), Kept::boxed(removals.unwrap_or_default()));
        }
        for (number, shard) in shards.into_iter().zip(found_shards) {
            self.shards.insert(number, shard.unwrap_or_default());
        }
        Ok(())
    }
}
