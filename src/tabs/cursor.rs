//! Which events this tab has emitted.
//!
//! The event log is a part of the local copy. Each [`EventBatch`] in it has a number, and the number of the batch before
//! it. So a tab that missed a batch notices that with the next one, and reads the log.

use super::election::Effect;
use crate::store::EventBatch;

/// The wait before the log is read again after a failure.
const RETRY_MS: u64 = 1_000;

/// A position in the event log.
#[derive(Debug, Default)]
pub struct Cursor {
    /// All batches up to this number are emitted, or older than the login; `None` while that is unknown.
    emitted: Option<u64>,
    /// The first position is not before this number.
    floor: u64,
    /// The first position is not after this number: the time just before the session was up. Numbers are close to times.
    ceiling: Option<u64>,
    /// The highest number that another tab announced.
    announced: u64,
    is_reading: bool,
    /// Whether the log must be read again, because it may have grown during the read.
    read_again: bool,
    retry_at: Option<u64>,
}

impl Cursor {
    /// A cursor without a position. The batches up to the number `floor` were emitted by an earlier login.
    pub fn new(floor: u64) -> Self {
        Self { floor, ..Self::default() }
    }

    /// Whether the cursor has a position.
    pub fn is_known(&self) -> bool {
        self.emitted.is_some()
    }

    /// The number up to which this tab has emitted every batch; `None` while it reads the log.
    pub fn settled(&self) -> Option<u64> {
        self.emitted.filter(|_| !self.is_reading)
    }

    /// The number after which the log may have batches that this tab must emit; `None` if the session was never up.
    pub fn unreported_after(&self) -> Option<u64> {
        self.emitted.or(self.ceiling.map(|ceiling| ceiling.max(self.floor)))
    }

    /// When the log must be read again after a failure.
    pub fn retry_at(&self) -> Option<u64> {
        self.retry_at
    }

    /// The session is up: this tab must emit every batch from now on.
    pub fn session_up(&mut self, now: u64) {
        self.ceiling.get_or_insert(now.saturating_sub(1));
    }

    /// Another tab has emitted all batches up to this number. A cursor without a position begins there.
    pub fn announce(&mut self, number: u64) -> Option<Effect> {
        self.begin(number);
        self.announced = self.announced.max(number);
        if self.emitted? < self.announced { self.read_log() } else { None }
    }

    /// A batch took effect. `is_own`: this tab's session received it.
    pub fn receive(&mut self, batch: EventBatch, is_own: bool) -> Option<Effect> {
        let EventBatch { number, prev, events } = batch;
        if !is_own {
            // A batch that another tab sends after the login is new to this tab.
            self.begin(prev);
        }
        match self.emitted {
            Some(emitted) if number <= emitted => None,
            Some(emitted) if prev == emitted => {
                self.emitted = Some(number);
                Some(Effect::EmitEvents(events))
            }
            None => {
                self.floor = self.floor.max(number);
                Some(Effect::EmitEvents(events))
            }
            Some(_) => {
                self.announced = self.announced.max(number);
                self.read_log()
            }
        }
    }

    /// The log may have batches that no tab announced.
    pub fn read_log(&mut self) -> Option<Effect> {
        self.retry_at = None;
        let number = self.emitted?;
        if self.is_reading {
            self.read_again = true;
            return None;
        }
        self.is_reading = true;
        Some(Effect::ReadLog(number))
    }

    fn begin(&mut self, number: u64) {
        let number = self.ceiling.map_or(number, |ceiling| number.min(ceiling));
        self.emitted.get_or_insert(number.max(self.floor));
    }

    /// The answer to [`Effect::ReadLog`], oldest batch first.
    pub fn finish_read(&mut self, batches: Vec<EventBatch>, effects: &mut Vec<Effect>) {
        self.is_reading = false;
        self.emit(batches, effects);
        if std::mem::take(&mut self.read_again) {
            effects.extend(self.read_log());
        } else {
            // An announced batch that the log does not have is lost: the local copy was wiped meanwhile.
            self.emitted = self.emitted.map(|emitted| emitted.max(self.announced));
        }
    }

    /// Emits the batches that the log has after [`Self::unreported_after`], except those that were emitted meanwhile.
    pub fn emit(&mut self, batches: Vec<EventBatch>, effects: &mut Vec<Effect>) {
        if !batches.is_empty() {
            self.emitted = self.unreported_after();
        }
        for EventBatch { number, events, .. } in batches {
            if self.emitted.is_some_and(|emitted| emitted < number) {
                self.emitted = Some(number);
                effects.push(Effect::EmitEvents(events));
            }
        }
    }

    /// The log could not be read.
    pub fn fail_read(&mut self, now: u64) {
        self.is_reading = false;
        self.read_again = false;
        self.retry_at = Some(now + RETRY_MS);
    }
}
