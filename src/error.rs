//! The error that crosses the boundary: a stable code, its name and a sentence that helps.
//!
//! Codes and names are those of the service's native SDKs. An aborted call is no error of ours: it rejects
//! with the reason of its `AbortSignal`, as every platform API does.

use std::fmt::{self, Display};
use wasm_bindgen::prelude::*;

/// Codes of the service's native SDKs.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal,)*) => {
        /// What kind of failure it was.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name = $code,)*
        }

        impl Code {
            /// The constant's name in the service's documentation.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The code of that number.
            pub const fn of(number: u32) -> Option<Self> {
                match number { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

codes! {
    /// Nothing more precise is known.
    General = 1 "GENERAL_ERROR",
    /// The request did not get through, or its answer did not.
    Network = 2 "NETWORK_ERROR",
    /// The local copy could not be read or written.
    Database = 3 "DATABASE_ERROR",
    /// More was asked for than the service gives.
    ExceedServiceLimit = 4 "EXCEED_SERVICE_LIMIT",
    /// Not `org#app`.
    InvalidAppKey = 100 "INVALID_APP_KEY",
    /// Not a user id.
    InvalidUserName = 101 "INVALID_USER_NAME",
    /// Empty or refused.
    InvalidPassword = 102 "INVALID_PASSWORD",
    /// The server does not take the token.
    InvalidToken = 104 "INVALID_TOKEN",
    /// The token's life is over.
    TokenExpired = 108 "TOKEN_EXPIRED",
    /// An argument is not what it should be.
    InvalidParam = 110 "INVALID_PARAM",
    /// The call needs a session; log in first.
    UserNotLogin = 201 "USER_NOT_LOGIN",
    /// The server refused the login.
    UserAuthenticationFailed = 202 "USER_AUTHENTICATION_FAILED",
    /// There is no such user.
    UserNotFound = 204 "USER_NOT_FOUND",
    /// Another device took this one's place.
    UserLoginAnotherDevice = 206 "USER_LOGIN_ANOTHER_DEVICE",
    /// The account was removed.
    UserRemoved = 207 "USER_REMOVED",
    /// The user may not do that.
    UserPermissionDenied = 210 "USER_PERMISSION_DENIED",
    /// The user is online on as many devices as the service allows.
    UserLoginTooManyDevices = 214 "USER_LOGIN_TOO_MANY_DEVICES",
    /// The password was changed elsewhere.
    UserKickedByChangePassword = 216 "USER_KICKED_BY_CHANGE_PASSWORD",
    /// Another device ended this session.
    UserKickedByOtherDevice = 217 "USER_KICKED_BY_OTHER_DEVICE",
    /// Nothing answers at that address.
    ServerNotReachable = 300 "SERVER_NOT_REACHABLE",
    /// No answer came in time.
    ServerTimeout = 301 "SERVER_TIMEOUT",
    /// The server asks to come back later.
    ServerBusy = 302 "SERVER_BUSY",
    /// The server answered something that makes no sense here.
    ServerUnknownError = 303 "SERVER_UNKNOWN_ERROR",
    /// The service's host list could not be had.
    ServerGetDnsListFailed = 304 "SERVER_GET_DNSLIST_FAILED",
    /// A message could not be read.
    MessageInvalid = 500 "MESSAGE_INVALID",
    /// The service does not offer this to the app.
    ServiceNotEnabled = 505 "SERVICE_NOT_ENABLED",
    /// The user is not in the group.
    GroupNotJoined = 602 "GROUP_NOT_JOINED",
    /// There is no such group.
    GroupNotExist = 605 "GROUP_NOT_EXIST",
}

/// A failure, before it becomes a `RoamError` of JS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of the failure.
    pub code: Code,
    /// What happened, and what would be right.
    pub message: String,
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.reason(), self.message)
    }
}

impl std::error::Error for Error {}

/// The result of fallible functions of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure of that kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A call that needs a session came without one.
    pub fn not_logged_in(call: &str) -> Self {
        Self::new(Code::UserNotLogin, format!("{call} needs a session: await client.login(…) first"))
    }

    /// The application ended it.
    pub fn ended() -> Self {
        Self::new(Code::General, "the call was ended by logout or close")
    }

    /// The `RoamError` of JS.
    pub fn to_js(&self) -> JsValue {
        RoamError::new(self.code as u32, self.code.reason(), &self.message).into()
    }
}

/// How a call ends when it does not end well: with an [`Error`], or with the reason its `AbortSignal` gave.
#[derive(Clone, Debug)]
pub enum Failure {
    /// Becomes a `RoamError`.
    Error(Error),
    /// Goes to JS as it is.
    Aborted(JsValue),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Error(error) => error.to_js(),
            Failure::Aborted(reason) => reason,
        }
    }
}

#[wasm_bindgen(module = "/src/js/application.js")]
extern "C" {
    /// The class of JS.
    #[wasm_bindgen(extends = js_sys::Error)]
    type RoamError;

    // Only an import of a function can export the class without a second typing.
    #[wasm_bindgen(js_name = RoamError, reexport = "RoamError", skip_typescript)]
    #[allow(dead_code, reason = "it stands for the export and is never called")]
    fn exported();

    #[wasm_bindgen(constructor)]
    fn new(code: u32, reason: &str, message: &str) -> RoamError;
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/**
 * What every call of RoamKit rejects with. An aborted call rejects with its signal's reason instead
 * (the platform's `AbortError` unless another was given).
 *
 * @example
 * try { await client.login({ token }); }
 * catch (e) { if (e instanceof RoamError && e.code === 108) renew(); else throw e; }
 */
export class RoamError extends Error {
    /** The service's error code, as in its native SDKs (Android: `HyphenateException.getErrorCode()`). */
    readonly code: number;
    /** The code's name in the service's documentation, such as `INVALID_PARAM`. */
    readonly reason: string;
    /** RoamKit makes them; an application may, too, to test how it takes them. */
    constructor(code: number, reason: string, message: string);
}
"#;
