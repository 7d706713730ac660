//! What can go wrong with the database, by what can be done about it.

use crate::error::{Code, Error};
use std::ops::Deref;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The connection is gone: open it again and repeat the work.
    Gone,
    /// There is no room.
    Full,
    /// What is there cannot be used: start anew.
    Damaged,
    /// A newer version of this code made it: leave it alone.
    Newer,
    /// There is none to be had here.
    Refused,
    /// The application closed it.
    Closed,
    /// Nothing.
    Other,
}

impl ErrorKind {
    /// In the order of their numbers in `platform.js`.
    pub const ALL: [Self; 7] =
        [Self::Gone, Self::Full, Self::Damaged, Self::Newer, Self::Refused, Self::Closed, Self::Other];
}

/// What went wrong; in a box, as [`Error`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbError(Box<Parts>);

/// What a fault says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub kind: ErrorKind,
    /// In words, with what may help.
    pub message: String,
}

impl Deref for DbError {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

pub type Result<T, E = DbError> = std::result::Result<T, E>;

impl DbError {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts { kind, message: message.into() }))
    }

    pub fn other(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, message)
    }

    /// What a call on a closed copy gets.
    pub fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the local copy is closed; open the client anew")
    }
}

impl From<DbError> for Error {
    fn from(fault: DbError) -> Self {
        Self::new(Code::Database, fault.0.message)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_the_numbers_that_js_knows_them_by() {
        let names: Vec<_> = ErrorKind::ALL.iter().map(|kind| format!("{kind:?}").to_uppercase()).collect();
        let line = format!("const [{}] = [0, 1, 2, 3, 4, 5, 6];", names.join(", "));
        assert!(include_str!("../../js/platform.js").contains(&line), "no such line: {line}");
    }
}
