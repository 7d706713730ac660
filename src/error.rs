//! The error that crosses the boundary to JS: a stable code, the name of the code, and a helpful sentence.
//!
//! Codes and names are those of the service's native SDKs. An aborted call is not an error of the SDK: it rejects with the
//! reason of its `AbortSignal`, like every platform API.

use std::fmt::{self, Display};
use wasm_bindgen::prelude::*;

/// Defines [`Code`] and its conversions from one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal,)*) => {
        /// The kind of a failure.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name = $code,)*
        }

        impl Code {
            /// The constant's name in the service's documentation.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The code with this number.
            pub const fn of(number: u32) -> Option<Self> {
                match number { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

codes! {
    /// A failure without a more precise code.
    General = 1 "GENERAL_ERROR",
    /// The request or its response was lost.
    Network = 2 "NETWORK_ERROR",
    /// The local copy could not be read or written.
    Database = 3 "DATABASE_ERROR",
    /// The call exceeds a limit of the service.
    ExceedServiceLimit = 4 "EXCEED_SERVICE_LIMIT",
    /// The app key does not have the form `org#app`.
    InvalidAppKey = 100 "INVALID_APP_KEY",
    /// The user id is invalid.
    InvalidUserName = 101 "INVALID_USER_NAME",
    /// The password is empty, or the server refuses it.
    InvalidPassword = 102 "INVALID_PASSWORD",
    /// The server refuses the token.
    InvalidToken = 104 "INVALID_TOKEN",
    /// The token has expired.
    TokenExpired = 108 "TOKEN_EXPIRED",
    /// An argument is invalid.
    InvalidParam = 110 "INVALID_PARAM",
    /// The call needs a login.
    UserNotLogin = 201 "USER_NOT_LOGIN",
    /// The server refused the login.
    UserAuthenticationFailed = 202 "USER_AUTHENTICATION_FAILED",
    /// The user does not exist.
    UserNotFound = 204 "USER_NOT_FOUND",
    /// Another device replaced this one.
    UserLoginAnotherDevice = 206 "USER_LOGIN_ANOTHER_DEVICE",
    /// The account was removed.
    UserRemoved = 207 "USER_REMOVED",
    /// The user does not have the permission.
    UserPermissionDenied = 210 "USER_PERMISSION_DENIED",
    /// The user is online on as many devices as the service allows.
    UserLoginTooManyDevices = 214 "USER_LOGIN_TOO_MANY_DEVICES",
    /// The password was changed on another device.
    UserKickedByChangePassword = 216 "USER_KICKED_BY_CHANGE_PASSWORD",
    /// Another device ended this session.
    UserKickedByOtherDevice = 217 "USER_KICKED_BY_OTHER_DEVICE",
    /// No server answers at the address.
    ServerNotReachable = 300 "SERVER_NOT_REACHABLE",
    /// The server did not answer in time.
    ServerTimeout = 301 "SERVER_TIMEOUT",
    /// The server is busy.
    ServerBusy = 302 "SERVER_BUSY",
    /// The server's answer has an unexpected status or form.
    ServerUnknownError = 303 "SERVER_UNKNOWN_ERROR",
    /// The service's host list could not be fetched.
    ServerGetDnsListFailed = 304 "SERVER_GET_DNSLIST_FAILED",
    /// A message could not be read.
    MessageInvalid = 500 "MESSAGE_INVALID",
    /// The service is not enabled for the app.
    ServiceNotEnabled = 505 "SERVICE_NOT_ENABLED",
    /// The user is not a member of the group.
    GroupNotJoined = 602 "GROUP_NOT_JOINED",
    /// The group does not exist.
    GroupNotExist = 605 "GROUP_NOT_EXIST",
}

/// A failure, before it becomes a `RoamError` of JS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The kind of the failure.
    pub code: Code,
    /// A sentence that describes the failure and, if possible, its remedy.
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
    /// A failure of this kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The error of a call that needs a login, and has none.
    pub fn not_logged_in(call: &str) -> Self {
        Self::new(Code::UserNotLogin, format!("{call} needs a session: await client.login(…) first"))
    }

    /// The error of a call that `logout` or `close` ended.
    pub fn ended() -> Self {
        Self::new(Code::General, "the call was ended by logout or close")
    }

    /// The `RoamError` of JS.
    pub fn to_js(&self) -> JsValue {
        RoamError::new(self.code as u32, self.code.reason(), &self.message).into()
    }
}

/// The failure of a call: an [`Error`], or the reason of its `AbortSignal`.
#[derive(Clone, Debug)]
pub enum Failure {
    /// It becomes a `RoamError`.
    Error(Error),
    /// The reason, which JS receives unchanged.
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
    /// The class in JS.
    #[wasm_bindgen(extends = js_sys::Error)]
    type RoamError;

    // `reexport` on an imported function exports the class without a second typing.
    #[wasm_bindgen(js_name = RoamError, reexport = "RoamError", skip_typescript)]
    #[allow(dead_code, reason = "the import exists for its export, and is never called")]
    fn exported();

    #[wasm_bindgen(constructor)]
    fn new(code: u32, reason: &str, message: &str) -> RoamError;
}

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/**
 * The error with which the calls of RoamKit reject. An aborted call rejects with the reason of its signal instead: by default
 * the platform's `AbortError`.
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
    /** RoamKit creates these errors. An application can create them in its tests. */
    constructor(code: number, reason: string, message: string);
}
"#;
