//! Reading a page of a history: from what is remembered where that still holds, else from the tables.

use super::conversations::{self, Shard};
use super::db::{self, Key, Query, Table, Transaction};
use super::doubts;
use super::facts::{LocalPage, LocalQuery};
use super::handle::Store;
use super::history::{self, History};
use super::remembered::{Entry, Known, Stamp};
use super::timeline::{Missing, Needs, Reading};
use crate::error::Result;
use crate::model::JsonText;
use crate::model::{ConversationId, MessageKey};

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

impl LocalQuery {
    fn read(self, history: &History, last: Option<MessageKey>) -> Needs<Reading<JsonText>> {
        history.read(self.anchor, self.direction, self.size as usize, last)
    }
}

impl Store {
    /// Reads a page of the local history.
    pub fn page(&self, id: &ConversationId, query: LocalQuery) -> impl Future<Output = Result<LocalPage>> {
        let key = id.storage_key();
        self.read(&TABLES, move |tx| {
            let source = match self.still_known(tx, &key, query)? {
                Some(source) => source,
                None => self.load(tx, &key)?,
            };
            let Source { stamp, doubted, mut history, last, rest } = source;
            let reading = loop {
                match query.read(&history, last) {
                    Ok(reading) => break reading,
                    Err(missing) => history::load_blocks(tx, &key, &mut history, missing)?,
                }
            };
            let entry =
                Entry { history: Some(history), last: Known::As(last), doubted: Some(doubted), ..rest };
            self.remember(&key, stamp, entry);
            let last = reading.messages.last().map(|(key, _)| key.id).or(query.anchor);
            Ok(LocalPage {
                cursor: last.filter(|_| !reading.is_last),
                messages: reading.messages,
                is_last: reading.is_last,
                complete: reading.complete && !doubted,
                whole: if doubted { 0 } else { reading.whole },
            })
        })
    }

    /// What is remembered, if it still holds. The blocks that the page needs are asked for before that is certain.
    fn still_known(&self, tx: &Transaction, key: &str, query: LocalQuery) -> db::Result<Option<Source>> {
        let (Some(mut rest), Some(stamp)) = self.recall(key) else { return Ok(None) };
        let (Some(history), Known::As(last)) = (rest.history.take(), rest.last) else { return Ok(None) };
        let missing = query.read(&history, last).err().map_or_else(Vec::new, |Missing(blocks)| blocks);
        let mut asks = vec![Query::named(Table::Stamps, "")];
        for first in missing {
            asks.push(Query::Record(Table::Blocks, Key::Block(key.to_owned(), first)));
        }
        if rest.doubted.is_none() {
            asks.push(Query::Keys(Table::Doubts));
        }
        tx.prefetch(asks)?;
        let found = Stamp::load(tx)?;
        if found != Some(stamp) {
            return Ok(None);
        }
        let doubted = match rest.doubted {
            Some(doubted) => doubted,
            None => doubts::concern(tx, key, self.number())?,
        };
        Ok(Some(Source { stamp: found, doubted, history, last, rest }))
    }

    /// The same from the tables, asked for all at once: in turn, each request would cost as much as all together.
    fn load(&self, tx: &Transaction, key: &str) -> db::Result<Source> {
        let shard = conversations::name(conversations::shard(key));
        tx.prefetch(vec![
            Query::named(Table::Stamps, ""),
            Query::Keys(Table::Doubts),
            Query::named(Table::Directories, key),
            Query::Record(Table::Conversations, shard.clone()),
        ])?;
        let last = tx.get::<Shard>(&shard)?.and_then(|shard| shard.get(key)?.place.last);
        Ok(Source {
            stamp: Stamp::load(tx)?,
            doubted: doubts::concern(tx, key, self.number())?,
            history: history::load(tx, key)?,
            last,
            rest: Entry::default(),
        })
    }
}
