//! The options of `login` and `logout`, and the argument of `renewToken`.

use crate::api::argument::{GetToken, Password, Token};
use crate::api::fields::Fields;
use crate::error::Result;
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `login`: exactly one of a token, a function that gets tokens, and a password.
#[derive(Tsify)]
#[serde(untagged)]
pub enum LoginOptions {
    /// Logs in with a token.
    Token(TokenLogin),
    /// Logs in with a password.
    Password(PasswordLogin),
    /// Logs in with the application's function.
    GetToken(GetTokenLogin),
}

/// Logs in with a token, which the application's own server requests from the service.
#[derive(Deserialize, Tsify)]
pub struct TokenLogin {
    /// The user token.
    #[tsify(type = "string")]
    pub token: Token,
    /// Not allowed together with `token`.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    password: (),
    /// Not allowed together with `token`.
    #[serde(rename = "getToken")]
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    get_token: (),
}

/// Logs in with the user's password, if the app allows that.
#[derive(Deserialize, Tsify)]
pub struct PasswordLogin {
    /// The user's password.
    #[tsify(type = "string")]
    pub password: Password,
    /// Not allowed together with `password`.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    token: (),
    /// Not allowed together with `password`.
    #[serde(rename = "getToken")]
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    get_token: (),
}

/// Logs in with a function that gets tokens, for example from the application's own server.
///
/// The client calls it for the first token, and again when a token is about to expire, has expired, or is refused: once for each
/// token, and after a failure after 5 seconds, then 10, 20, and so on up to 5 minutes. Each failure emits `error`: the function
/// threw or rejected (code 1), returned no string that can be a token (104), did not settle within `requestTimeoutMs` (301), or the
/// server refused the token. Of several tabs, the one with the session calls its function first, and all tabs use that token.
///
/// `tokenWillExpire` and `tokenExpired` are emitted, too. An application with `getToken` need not listen to them.
///
/// Android: `EMConnectionListener.onTokenWillExpire` and `EMClient.renewToken`, done by the client.
///
/// @example
/// ```ts
/// await client.login({ getToken: async () => (await fetch("/chat-token")).text() });
/// ```
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct GetTokenLogin {
    /// Returns a user token, or a promise of one.
    #[tsify(type = "() => Promise<string> | string")]
    pub get_token: GetToken,
    /// Not allowed together with `getToken`.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    token: (),
    /// Not allowed together with `getToken`.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    password: (),
}

impl LoginOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("login", value)?;
        match fields.only_one_of(["token", "password", "getToken"])? {
            "token" => fields.read().map(Self::Token),
            "password" => fields.read().map(Self::Password),
            _ => fields.read().map(Self::GetToken),
        }
    }
}

/// The argument of `renewToken`.
#[derive(Deserialize)]
pub struct TokenArgument {
    /// The new token.
    pub token: Token,
}

impl TokenArgument {
    /// Reads and checks the argument.
    pub fn read(token: &JsValue) -> Result<Self> {
        Fields::of_arguments("renewToken", [("token", token)])?.read()
    }

    /// Reads and checks a token that the application's function `getToken` returned.
    pub fn from_application(token: &JsValue) -> Result<Self> {
        Fields::of_arguments("getToken", [("token", token)])?.read()
    }
}

/// Options of `logout`.
#[derive(Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LogoutOptions {
    /// True if the local copy is deleted from this browser. Default: false.
    #[tsify(optional)]
    pub wipe: Option<bool>,
}

impl LogoutOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        Fields::new("logout", value)?.read()
    }
}
