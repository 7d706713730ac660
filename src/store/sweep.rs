//! Drops the marks of removals that nothing needs any longer.

use super::db::Result;
use super::removals::{PATIENCE_MS, Removals};
use super::work::Work;

impl Work<'_> {
    /// Called when the device's queues are empty: what they held when a mark was noted has taken effect. Marks old
    /// enough that no answer can still be on its way go, so that they do not grow for ever.
    pub(super) fn sweep(&mut self) -> Result<()> {
        let before = self.now.saturating_sub(PATIENCE_MS);
        for (key, removals) in self.tx.all::<Removals>()? {
            self.known_removals(&key, removals).sweep(before);
        }
        Ok(())
    }
}
