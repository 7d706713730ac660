//! Old tombstones are dropped, so that they do not accumulate.

use super::super::db::Result;
use super::super::unit_of_work::UnitOfWork;
use super::tombstones::MAX_RESPONSE_AGE_MS;
use super::{event_log, reads};

/// Drops tombstones, reads and events that nothing needs anymore. To be called when the device's queues are empty: everything
/// that was queued when a tombstone was noted has been applied, and a response of that time would be too old.
pub fn sweep(work: &mut UnitOfWork<'_>) -> Result<()> {
    let before = work.now.saturating_sub(MAX_RESPONSE_AGE_MS);
    // All are read before any is required, so that they are loaded together.
    let tombstones = work.all_tombstones().map(|all| all.for_each(|one| one.drop_before(before)));
    let reads = reads::drop_before(work, before);
    event_log::drop_before(work, before)?;
    tombstones.and(reads)
}
