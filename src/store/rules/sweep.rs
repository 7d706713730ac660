//! Old tombstones are dropped, so that they do not accumulate.

use super::super::db::Result;
use super::super::unit_of_work::UnitOfWork;
use super::{event_log, reads};

/// A note that is older by the copy's time goes also in a page that is open for a short time only.
const MAX_CLOCK_ERROR_MS: u64 = 7 * 86_400_000;

/// Drops tombstones, reads and events that nothing needs anymore. To be called when the device's queues are empty: everything
/// that was queued when a tombstone was noted has been applied, and a response of that time would be too old.
///
/// `noted_until`: what was noted up to this time of the copy is older than a response can be, measured by this page; 0 if the
/// page does not know such a time yet.
pub fn sweep(work: &mut UnitOfWork<'_>, noted_until: u64) -> Result<()> {
    // No clock is wrong by more than that while a response is on its way.
    let before = (noted_until + 1).max(work.now.saturating_sub(MAX_CLOCK_ERROR_MS));
    // All are read before any is required, so that they are loaded together.
    let tombstones = work.all_tombstones().map(|all| all.for_each(|one| one.drop_before(before)));
    let reads = reads::drop_before(work, before);
    event_log::drop_before(work, before)?;
    tombstones.and(reads)
}
