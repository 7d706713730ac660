//! The options of `login` and `logout`.

use super::Reader;
use crate::error::{Code, Error, Result};
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::new("login", value)?;
        match (options.string("token")?, options.string("password")?) {
            (Some(given), None) => {
                Ok(Self::Token(TokenLogin { token: token("login", &given)?, password: () }))
            }
            (None, Some(password)) if password.is_empty() => {
                Err(Error::new(Code::InvalidPassword, "login: password must not be empty"))
            }
            (None, Some(password)) => Ok(Self::Password(PasswordLogin { password, token: () })),
            (Some(_), Some(_)) => Err(Error::param("login takes a token or a password, but both were given")),
            (None, None) => Err(Error::param("login takes a token or a password, but neither was given")),
        }
    }
}

/// A token goes into a header: visible ASCII only. The error never repeats it.
pub fn token(call: &str, token: &str) -> Result<String> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::new(
            Code::InvalidToken,
            format!("{call}: token must be a string of visible ASCII characters that is not empty"),
        ));
    }
    Ok(token.to_owned())
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
    pub fn read(value: &JsValue) -> Result<Self> {
        let options = Reader::optional("logout", value)?;
        Ok(Self { wipe: options.boolean("wipe")?.unwrap_or(false) })
    }
}
