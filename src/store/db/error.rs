//! The errors of the database, by their remedy.

use crate::error::{Code, Error};

/// The remedy for an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(not(target_arch = "wasm32"), allow(dead_code, reason = "memory does not fail like that"))]
pub enum ErrorKind {
    /// The connection is gone: open it again and repeat the work.
    Gone,
    /// The storage is full: delete something and repeat the work.
    Full,
    /// The database is damaged: create it again.
    Damaged,
    /// A newer version of this code made the database: leave it alone.
    Newer,
    /// This page gets no database.
    Refused,
    /// The application closed the copy.
    Closed,
    /// The data of this work cannot be stored, whatever the state of the database: leave them out.
    Invalid,
    /// There is no remedy.
    Other,
}

/// An error of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbError {
    /// The remedy.
    pub kind: ErrorKind,
    /// A sentence that describes the error, with advice.
    pub message: String,
}

pub type Result<T, E = DbError> = std::result::Result<T, E>;

impl DbError {
    /// An error of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// An error without a remedy.
    pub fn other(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Other, message)
    }

    /// The error of a call on a closed copy.
    pub fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the local copy is closed; open the client anew")
    }
}

impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        let code = if error.kind == ErrorKind::Invalid { Code::MessageInvalid } else { Code::Database };
        Self::new(code, error.message)
    }
}
