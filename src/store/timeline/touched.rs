//! What changed lately in a way that a page may not know which was asked for before: an edit, and a live message,
//! which may have been sent after the page was made and yet stand inside its range. Such a page is *overtaken*: it
//! is asked for again instead of being believed.

use super::merge::Covered;
use super::{Needs, Timeline};
use crate::model::MessageKey;

/// So many changes are remembered. With more of them in the time that a page takes, it is asked for again anyway.
const KEPT: usize = 32;

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Touch {
    /// Its place; the time is 0 where a message was edited that is not known here.
    pub(crate) key: MessageKey,
    /// The local time at which it was noted.
    pub(crate) noted: u64,
    /// Whether its content changed. Otherwise it came.
    pub(crate) edited: bool,
}

/// The latest of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    /// Oldest first.
    pub(crate) latest: Vec<Touch>,
    /// When the last one was noted that is no longer remembered.
    pub(crate) forgotten: u64,
}

impl Touched {
    fn note(&mut self, touch: Touch) {
        if self.latest.len() >= KEPT {
            self.forgotten = self.forgotten.max(self.latest.remove(0).noted);
        }
        self.latest.push(touch);
    }
}

impl<M: Clone> Timeline<M> {
    /// Notes that a message came or changed.
    pub(crate) fn touch(&mut self, touch: Touch) {
        self.directory.touched.note(touch);
        self.changes.directory = true;
    }

    /// What was asked for by that time no longer counts.
    pub(crate) fn outdate(&mut self, time: u64) {
        let touched = &mut self.directory.touched;
        self.changes.directory |= touched.forgotten < time;
        touched.forgotten = touched.forgotten.max(time);
    }

    /// Whether what was asked for at that time no longer counts.
    pub(crate) fn is_outdated(&self, time: u64) -> bool {
        self.directory.touched.forgotten >= time
    }

    /// Whether a message may have come since that time.
    pub(crate) fn came_since(&self, time: u64) -> bool {
        let touched = &self.directory.touched;
        self.is_outdated(time) || touched.latest.iter().any(|touch| touch.noted >= time && !touch.edited)
    }

    /// Messages after one place and up to another that were there when a page was asked for at that time.
    pub(crate) fn unconfirmed(
        &self,
        after: Option<MessageKey>,
        through: Option<MessageKey>,
        asked_at: u64,
    ) -> Needs<Vec<u64>> {
        let from = self.directory.spans.partition_point(|span| Some(span.last) <= after);
        let to = self.directory.spans.partition_point(|span| Some(span.first) <= through);
        self.require(from..to.max(from))?;
        let came = |id| {
            let mut latest = self.directory.touched.latest.iter();
            latest.any(|touch| touch.key.id == id && touch.noted >= asked_at && !touch.edited)
        };
        let mut ids = Vec::new();
        for span in &self.directory.spans[from..to.max(from)] {
            let Some(block) = self.block(span.first) else { continue };
            for key in &block.keys {
                if Some(*key) > after && Some(*key) <= through && !came(key.id) {
                    ids.push(key.id);
                }
            }
        }
        Ok(ids)
    }

    /// Whether something changed that a page which was asked for at that time may not know.
    pub(crate) fn overtakes(&self, page: &Covered<'_, M>, asked_at: u64) -> Needs<bool> {
        let touched = &self.directory.touched;
        if touched.forgotten >= asked_at {
            return Ok(true);
        }
        if touched.latest.iter().all(|touch| touch.noted < asked_at) {
            return Ok(false);
        }
        let range = self.range(page)?;
        Ok(touched.latest.iter().any(|touch| {
            let returned = page.messages.iter().any(|(key, _)| key.id == touch.key.id);
            let overtakes = if touch.edited { returned } else { !returned && range.contains(&touch.key) };
            touch.noted >= asked_at && overtakes
        }))
    }
}
