//! Which news a tab has told its application. `EventBatch` have rising numbers and name the number before theirs, so that a
//! tab that missed some knows; the log in the local copy has what was missed.

use super::election::Effect;
use crate::store::EventBatch;

/// After a read that failed the log is read again, ms later.
const RETRY_MS: u64 = 1_000;

/// How far a tab has told the news.
#[derive(Debug, Default)]
pub struct Cursor {
    /// Up to here they are told, or are from before its login; none while that is not known.
    number: Option<u64>,
    /// It does not begin before that.
    floor: u64,
    /// Nor after that: the time just before the session was up. Numbers are times, nearly.
    ceiling: Option<u64>,
    /// The highest number it heard of.
    heard: u64,
    reading: bool,
    /// Something came while it read.
    again: bool,
    retry_at: Option<u64>,
}

impl Cursor {
    /// One that does not yet know where it begins, but not before that number.
    pub fn new(floor: u64) -> Self {
        Self { floor, ..Self::default() }
    }

    /// Whether it knows where it is.
    pub fn is_known(&self) -> bool {
        self.number.is_some()
    }

    /// Up to where everything is told for sure.
    pub fn settled(&self) -> Option<u64> {
        self.number.filter(|_| !self.reading)
    }

    /// Up to where everything is told, whatever may be on its way; or what is to be told begins after that. None where the
    /// session was never up.
    pub fn told(&self) -> Option<u64> {
        self.number.or(self.ceiling.map(|ceiling| ceiling.max(self.floor)))
    }

    /// When it wants to read again.
    pub fn retry_at(&self) -> Option<u64> {
        self.retry_at
    }

    /// The session is up: whatever comes from now on is to be told.
    pub fn up(&mut self, now: u64) {
        self.ceiling.get_or_insert(now.saturating_sub(1));
    }

    /// Begins after that number, where it did not know; else it hears that there is news up to there.
    pub fn begin(&mut self, number: u64) -> Option<Effect> {
        self.start(number);
        self.heard = self.heard.max(number);
        self.catch_up()
    }

    /// `EventBatch` came; `own` where this tab's session brought it.
    pub fn news(&mut self, news: EventBatch, own: bool) -> Option<Effect> {
        let EventBatch { number, prev, events } = news;
        if !own {
            // What others say after the login is new to this tab.
            self.start(prev);
        }
        match self.number {
            Some(told) if number <= told => None,
            Some(told) if prev == told => {
                self.number = Some(number);
                Some(Effect::Tell(events))
            }
            None => {
                self.floor = self.floor.max(number);
                Some(Effect::Tell(events))
            }
            Some(_) => {
                self.heard = self.heard.max(number);
                self.look()
            }
        }
    }

    /// There may be news that nobody said.
    pub fn look(&mut self) -> Option<Effect> {
        self.retry_at = None;
        let number = self.number?;
        if self.reading {
            self.again = true;
            return None;
        }
        self.reading = true;
        Some(Effect::ReadLog(number))
    }

    fn start(&mut self, number: u64) {
        let number = self.ceiling.map_or(number, |ceiling| number.min(ceiling));
        self.number.get_or_insert(number.max(self.floor));
    }

    fn catch_up(&mut self) -> Option<Effect> {
        if self.number? < self.heard { self.look() } else { None }
    }

    /// What the log has after the number that was asked for, oldest first.
    pub fn log(&mut self, news: Vec<EventBatch>, effects: &mut Vec<Effect>) {
        self.reading = false;
        self.past(news, effects);
        if std::mem::take(&mut self.again) {
            if let Some(read) = self.look() {
                effects.push(read);
            }
        } else {
            // What the log no longer has is lost: the copy was wiped meanwhile.
            self.number = self.number.map(|told| told.max(self.heard));
        }
    }

    /// What the log has after the number that was told, read besides.
    pub fn past(&mut self, news: Vec<EventBatch>, effects: &mut Vec<Effect>) {
        if !news.is_empty() {
            self.number = self.told();
        }
        for EventBatch { number, events, .. } in news {
            if self.number.is_some_and(|told| told < number) {
                self.number = Some(number);
                effects.push(Effect::Tell(events));
            }
        }
    }

    /// The log could not be read.
    pub fn failed(&mut self, now: u64) {
        self.reading = false;
        self.again = false;
        self.retry_at = Some(now + RETRY_MS);
    }
}
