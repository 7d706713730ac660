//! What happens when people chat: each file is one thing that can happen, from the check of whether it may to
//! the queues it ends up in. REST and sockets both call these; each runs inside a transaction of the caller's,
//! who commits and then wakes the sockets named in the [`Wake`]s.

pub(crate) mod deletion;
pub(crate) mod edit;
pub(crate) mod fan;
pub(crate) mod missed;
pub(crate) mod notices;
pub(crate) mod peer;
pub(crate) mod recall;
pub(crate) mod receipt;
pub(crate) mod send;

use crate::error::ApiError;
use roamkit_wire::msync::{ErrorCode, Status};

/// Why something may not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChatError {
    #[error("user not found: {0}")]
    NoUser(String),
    #[error("group not found: {0}")]
    NoGroup(String),
    #[error("not in group or chatroom")]
    NotMember,
    #[error("a message may have {0} bytes")]
    TooLarge(usize),
    #[error("no such message")]
    NoMessage,
    #[error("not the sender's message")]
    NotYours,
    #[error("unreadable")]
    Unreadable,
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::NoUser(name) => Self::user_not_found(&name),
            ChatError::NoGroup(id) => Self::group_not_found(&id),
            ChatError::NotMember => Self::forbidden("The user not in this group!"),
            ChatError::TooLarge(_) => Self::too_large(error.to_string()),
            ChatError::NoMessage => Self::message_not_found(),
            ChatError::NotYours => Self::forbidden("only the sender may do this"),
            ChatError::Unreadable => Self::bad_request(error.to_string()),
            ChatError::Store(cause) => cause.into(),
        }
    }
}

impl ChatError {
    /// As sockets are told; clients in the field tell these reasons apart.
    pub(crate) fn status(&self) -> Status {
        let fail = |reason: &str| Status::error(ErrorCode::Fail, reason);
        match self {
            Self::NoUser(name) => fail(&format!("username {name} doesn't exist!")),
            Self::NoGroup(_) => fail("group not found"),
            Self::NotMember => fail("not in group or chatroom"),
            Self::TooLarge(_) => Status::error(ErrorCode::PermissionDenied, "Sorry, data is too large"),
            Self::NoMessage => fail("Sorry, message does not exist"),
            Self::NotYours => fail("Sorry, You do not have permission"),
            Self::Unreadable => Status::error(ErrorCode::WrongParameter, "unreadable message"),
            Self::Store(cause) => {
                tracing::error!(%cause, "internal error");
                fail("internal error")
            }
        }
    }
}

/// Something waits for the devices of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wake {
    /// Whose.
    pub(crate) user_id: i64,
    /// In which queue.
    pub(crate) queue: String,
    /// A device for which it does not; 0: none.
    pub(crate) except: i64,
}
