//! Chat operations, independent of REST and sockets. Each file is one operation: it checks whether the
//! operation is allowed, stores it, and puts envelopes into the queues of the devices concerned.
//!
//! An operation runs inside the caller's transaction. The caller commits it and then wakes the devices named by
//! the returned [`Wakeup`]s.

pub(crate) mod addresses;
mod audience;
pub(crate) mod deletion;
pub(crate) mod delivery;
pub(crate) mod edit;
pub(crate) mod envelope;
pub(crate) mod member;
pub(crate) mod missed;
pub(crate) mod notices;
pub(crate) mod peer;
pub(crate) mod recall;
pub(crate) mod receipt;
pub(crate) mod send;

use crate::error::ApiError;
use crate::ids::Ids;
use crate::settings::Settings;
use roamkit_wire::msync::{ErrorCode, Status};

/// The context of an operation: the app and the parts of the server that operations need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChatContext<'a> {
    pub(crate) ids: &'a Ids,
    pub(crate) settings: &'a Settings,
    /// The app key, `org#app`.
    pub(crate) app: &'a str,
}

/// The reason why an operation is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChatError {
    #[error("user not found: {0}")]
    UserNotFound(String),
    #[error("group not found: {0}")]
    GroupNotFound(String),
    #[error("not in group or chatroom")]
    NotMember,
    #[error("a message may have {0} bytes")]
    TooLarge(usize),
    #[error("no such message")]
    MessageNotFound,
    #[error("not the sender's message")]
    NotSender,
    #[error("ext and the fields of a custom body may be nested {0} levels deep")]
    TooDeep(usize),
    #[error("a message may name {0} receivers")]
    TooManyTargets(usize),
    #[error("a command cannot be edited, and no message becomes one")]
    CommandEdited,
    #[error("unreadable")]
    Malformed,
    #[error(transparent)]
    Store(#[from] sqlx::Error),
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::UserNotFound(name) => Self::user_not_found(&name),
            ChatError::GroupNotFound(id) => Self::group_not_found(&id),
            ChatError::NotMember => Self::forbidden("The user not in this group!"),
            ChatError::TooLarge(_) => Self::too_large(error.to_string()),
            ChatError::MessageNotFound => Self::message_not_found(),
            ChatError::NotSender => Self::forbidden("only the sender may do this"),
            ChatError::TooDeep(_)
            | ChatError::TooManyTargets(_)
            | ChatError::CommandEdited
            | ChatError::Malformed => Self::bad_request(error.to_string()),
            ChatError::Store(cause) => cause.into(),
        }
    }
}

impl ChatError {
    /// The status that sockets receive. Clients compare these reasons.
    pub(crate) fn status(&self) -> Status {
        let fail = |reason: &str| Status::error(ErrorCode::Fail, reason);
        match self {
            Self::UserNotFound(name) => fail(&format!("username {name} doesn't exist!")),
            Self::GroupNotFound(_) => fail("group not found"),
            Self::NotMember => fail("not in group or chatroom"),
            Self::TooLarge(_) => Status::error(ErrorCode::PermissionDenied, "Sorry, data is too large"),
            Self::MessageNotFound => fail("Sorry, message does not exist"),
            Self::NotSender => fail("Sorry, You do not have permission"),
            Self::TooDeep(levels) => fail(&format!("Sorry, ext is nested deeper than {levels} levels")),
            Self::TooManyTargets(_) => fail("limit directed users"),
            Self::CommandEdited => fail("Sorry, format is incorrect"),
            Self::Malformed => Status::error(ErrorCode::WrongParameter, "unreadable message"),
            Self::Store(cause) => {
                tracing::error!(%cause, "internal error");
                fail("internal error")
            }
        }
    }
}

/// A queue of a user's devices has new envelopes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wakeup {
    pub(crate) user_id: i64,
    pub(crate) queue: String,
    /// The device whose queue has no new envelopes; 0: none.
    pub(crate) except_device: i64,
}
