//! What is stored where, and how one version becomes the next.

use super::super::tx::Table;
use indexed_db_futures::database::Database;
use indexed_db_futures::prelude::*;

/// Raised with every change; the upgrade goes through every version in between.
pub(super) const VERSION: u8 = 2;

/// The tables of the first version.
const FIRST: [Table; 5] =
    [Table::Conversations, Table::Directories, Table::Blocks, Table::Removals, Table::Queues];

/// Runs inside the upgrade's own transaction: all of it happens, or nothing.
pub(super) fn upgrade(db: &Database, old: f64) -> indexed_db_futures::Result<()> {
    if old < 1.0 {
        for table in FIRST {
            db.create_object_store(table.name()).build()?;
        }
    }
    if old < 2.0 {
        for table in [Table::Doubts, Table::News, Table::Stamps] {
            db.create_object_store(table.name()).build()?;
        }
    }
    Ok(())
}
