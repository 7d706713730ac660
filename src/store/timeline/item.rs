//! The messages of a timeline.

use crate::model::JsonText;

/// A message of a timeline.
pub(crate) trait Item: Clone + PartialEq {
    /// True if it keeps the place of a message that cannot be read. It is not shown.
    fn is_hidden(&self) -> bool;
    /// True if it is hidden, and the server should be asked again.
    fn is_outdated(&self) -> bool;
}

impl Item for JsonText {
    fn is_hidden(&self) -> bool {
        self.is_unreadable()
    }

    fn is_outdated(&self) -> bool {
        self.was_unreadable()
    }
}
