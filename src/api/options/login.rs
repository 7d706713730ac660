//! The options of `login` and `logout`, and the argument of `renewToken`.

use crate::api::argument::{Password, Token};
use crate::api::fields::Fields;
use crate::error::Result;
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `login`: either a token or a password.
#[derive(Tsify)]
#[serde(untagged)]
pub enum LoginOptions {
    /// Logs in with a token.
    Token(TokenLogin),
    /// Logs in with a password.
    Password(PasswordLogin),
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
}

impl LoginOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        let fields = Fields::new("login", value)?;
        if fields.has_first("token", "password")? {
            fields.read().map(Self::Token)
        } else {
            fields.read().map(Self::Password)
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
