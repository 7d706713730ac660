//! The options of `login` and `logout`.

use super::fields::Options;
use crate::platform::record;
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
#[derive(Tsify)]
#[allow(dead_code, reason = "the field that must not be is part of the typing")]
pub struct TokenLogin {
    /// The user token.
    pub token: String,
    /// Not beside a token.
    #[tsify(optional, type = "undefined")]
    pub password: (),
}

/// A login by the user's password, where the app allows it.
#[derive(Tsify)]
#[allow(dead_code, reason = "the field that must not be is part of the typing")]
pub struct PasswordLogin {
    /// The password.
    pub password: String,
    /// Not beside a password.
    #[tsify(optional, type = "undefined")]
    pub token: (),
}

impl LoginOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        let mut options = Options::read("login", value, "token|password")?;
        Ok(match options.text() {
            Some(token) => Self::Token(TokenLogin { token, password: () }),
            None => {
                let password = options.text().unwrap_or_default();
                Self::Password(PasswordLogin { password, token: () })
            }
        })
    }
}

/// The argument of `renewToken`.
pub fn token(given: &JsValue) -> Result<String, JsValue> {
    let object = record("token", vec![given.clone()]);
    Ok(Options::read("renewToken", &object, "token!")?.text().unwrap_or_default())
}

/// Options of `logout`.
#[derive(Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LogoutOptions {
    /// Whether the local copy is deleted from this browser; false if left out.
    #[tsify(optional, type = "boolean")]
    pub wipe: bool,
}

impl LogoutOptions {
    /// Reads and checks them.
    pub fn read(value: &JsValue) -> Result<Self, JsValue> {
        Ok(Self { wipe: Options::read("logout", value, "wipe")?.flag().unwrap_or(false) })
    }
}
