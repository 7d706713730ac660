//! Histories as they are kept. Table `directories`, key: the conversation's; table `blocks`, key: conversation
//! and oldest message.

use super::db::{Key, Record, Result, Table, Transaction};
use super::timeline::{Block, Directory, Missing, Timeline};
use crate::model::JsonText;

/// A history as it is kept.
pub(super) type History = Timeline<JsonText>;

impl Record for Directory {
    const TABLE: Table = Table::Directories;
}

impl Record for Block<JsonText> {
    const TABLE: Table = Table::Blocks;
}

/// Loads a directory; the blocks follow when they are needed.
pub(super) fn load(tx: &Transaction, conversation: &str) -> Result<History> {
    let directory = tx.get::<Directory>(&conversation.into())?;
    Ok(Timeline::new(directory.unwrap_or_default()))
}

/// Loads the blocks that something asked for.
pub(super) fn load_blocks(
    tx: &Transaction,
    conversation: &str,
    history: &mut History,
    Missing(missing): Missing,
) -> Result<()> {
    let mut keys = Vec::new();
    for first in &missing {
        keys.push(Key::Block(conversation.to_owned(), *first));
    }
    for (first, block) in missing.into_iter().zip(tx.get_each(&keys)?) {
        history.load(first, block);
    }
    Ok(())
}

/// Writes what changed.
pub(super) fn save(tx: &Transaction, conversation: &str, history: &mut History) {
    let changes = history.take_changes();
    if let Some(through) = changes.cleared_through {
        tx.delete_blocks(conversation, through);
    }
    for first in changes.deleted {
        tx.delete(Table::Blocks, &Key::Block(conversation.to_owned(), first));
    }
    for first in changes.written {
        if let Some(block) = history.block(first) {
            tx.put(&Key::Block(conversation.to_owned(), first), block);
        }
    }
    if changes.directory {
        tx.put(&conversation.into(), history.directory());
    }
}
