//! The options of `login` and `logout`, and the argument of `renewToken`.

use crate::api::argument::{Password, Token};
use crate::api::fields::Fields;
use crate::error::Result;
use serde::Deserialize;
use tsify::Tsify;
use wasm_bindgen::prelude::*;

/// Options of `login`: a token or a password, not both.
#[derive(Tsify)]
#[serde(untagged)]
pub enum LoginOptions {
    /// With a token.
    Token(TokenLogin),
    /// With a password.
    Password(PasswordLogin),
}

/// A login by a token that the application's own server got.
#[derive(Deserialize, Tsify)]
pub struct TokenLogin {
    /// The user token.
    #[tsify(type = "string")]
    pub token: Token,
    /// Not beside a token.
    #[tsify(optional, type = "undefined")]
    #[expect(dead_code, reason = "it is part of the typing")]
    password: (),
}

/// A login by the user's password, where the app allows it.
#[derive(Deserialize, Tsify)]
pub struct PasswordLogin {
    /// The password.
    #[tsify(type = "string")]
    pub password: Password,
    /// Not beside a password.
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
    /// Whether the local copy is deleted from this browser; false if left out.
    #[tsify(optional)]
    pub wipe: Option<bool>,
}

impl LogoutOptions {
    /// Reads and checks the options.
    pub fn read(value: &JsValue) -> Result<Self> {
        Fields::new("logout", value)?.read()
    }
}
