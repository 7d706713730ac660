//! Reading a page of a history: from what is remembered where that still holds, else from the tables.

use super::conversations::{self, Shard};
use super::doubts;
use super::facts::{LocalPage, PageQuery};
use super::fault;
use super::history::{self, History};
use super::remembered::{Entry, Known, Stamp};
use super::supervisor::Store;
use super::text::Text;
use super::timeline::{Block, Missing, Needs, Reading};
use super::tx::{Key, Table, Tx};
use super::work;
use crate::error::Result;
use crate::model::{ConversationId, MessageKey};
use futures_util::future::{try_join3, try_join4};

const TABLES: [Table; 5] =
    [Table::Conversations, Table::Directories, Table::Blocks, Table::Doubts, Table::Stamps];

/// What a page is read from.
struct Source {
    stamp: Option<Stamp>,
    doubted: bool,
    history: History,
    /// The newest message that the list knows of.
    last: Option<MessageKey>,
    /// What else is remembered of the conversation.
    rest: Entry,
}

impl PageQuery {
    fn read(self, history: &History, last: Option<MessageKey>) -> Needs<Reading<Text>> {
        history.read(self.anchor, self.direction, self.size as usize, last)
    }
}

impl Store {
    /// Reads a page of the local history.
    pub async fn page(&self, id: &ConversationId, query: PageQuery) -> Result<LocalPage> {
        let key = id.storage_key();
        let (reading, doubted) = self
            .read(&TABLES, async |tx| {
                let source = match self.still_known(tx, &key, query).await? {
                    Some(source) => source,
                    None => self.load(tx, &key).await?,
                };
                let Source { stamp, doubted, mut history, last, rest } = source;
                let mut reading = None;
                history::with(tx, &key, &mut history, &mut |history| {
                    reading = Some(query.read(history, last)?);
                    Ok(())
                })
                .await?;
                let reading = reading.ok_or_else(|| work::lost(&key))?;
                let entry =
                    Entry { history: Some(history), last: Known::As(last), doubted: Some(doubted), ..rest };
                self.remember(&key, stamp, entry);
                Ok((reading, doubted))
            })
            .await?;
        let last = reading.messages.last().map(|(key, _)| key.id).or(query.anchor);
        Ok(LocalPage {
            cursor: last.filter(|_| !reading.is_last),
            messages: reading.messages,
            is_last: reading.is_last,
            complete: reading.complete && !doubted,
            whole: if doubted { 0 } else { reading.whole },
        })
    }

    /// What is remembered, if it still holds. The blocks that the page needs are asked for before that is certain.
    async fn still_known(&self, tx: &Tx<'_>, key: &str, query: PageQuery) -> fault::Result<Option<Source>> {
        let (Some(mut rest), Some(stamp)) = self.recall(key) else { return Ok(None) };
        let (Some(mut history), Known::As(last)) = (rest.history.take(), rest.last) else { return Ok(None) };
        let missing = query.read(&history, last).err().map_or_else(Vec::new, |Missing(blocks)| blocks);
        let keys: Vec<_> = missing.iter().map(|first| Key::Block(key.to_owned(), *first)).collect();
        let blocks = tx.get_each::<Block<Text>>(&keys);
        let concern = async {
            match rest.doubted {
                Some(doubted) => Ok(doubted),
                None => doubts::concern(tx, key, self.number()).await,
            }
        };
        let (found, doubted, blocks) = try_join3(Stamp::load(tx), concern, blocks).await?;
        if found != Some(stamp) {
            return Ok(None);
        }
        for (first, block) in missing.into_iter().zip(blocks) {
            history.load(first, block);
        }
        Ok(Some(Source { stamp: found, doubted, history, last, rest }))
    }

    /// The same from the tables, asked for all at once: in turn, each request would cost as much as all together.
    async fn load(&self, tx: &Tx<'_>, key: &str) -> fault::Result<Source> {
        let shard = conversations::name(conversations::shard(key));
        let concern = doubts::concern(tx, key, self.number());
        let shard = tx.get::<Shard>(&shard);
        let (stamp, doubted, history, shard) =
            try_join4(Stamp::load(tx), concern, history::load(tx, key), shard).await?;
        let last = shard.and_then(|shard| shard.get(key)?.place.last);
        Ok(Source { stamp, doubted, history, last, rest: Entry::default() })
    }
}
