//! The application's function `getToken`.

use crate::api::argument::GetToken;
use crate::api::options::TokenArgument;
use crate::error::{Code, Error, Result};
use crate::platform::{property, within};
use crate::token_renewal::TokenRenewal;
use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// The function of one login. Dropping it lets the function go.
pub struct TokenSource {
    /// The function.
    pub get_token: GetToken,
    /// Decides when it is called.
    pub renewal: TokenRenewal,
    /// True if the server ended the session because of its token. The next token begins another session.
    pub is_session_over: bool,
}

impl TokenSource {
    /// A source whose first token is in use.
    pub fn new(get_token: GetToken) -> Self {
        Self { get_token, renewal: TokenRenewal::default(), is_session_over: false }
    }
}

impl GetToken {
    /// Calls the function, and checks the token that it returns.
    pub async fn call(&self, timeout_ms: u32) -> Result<String> {
        let settled = async {
            let returned = self.0.call0(&JsValue::UNDEFINED)?;
            JsFuture::from(Promise::resolve(&returned)).await
        };
        match within(timeout_ms, settled).await {
            Some(Ok(token)) => Ok(TokenArgument::from_application(&token)?.token.0),
            Some(Err(thrown)) => {
                let reason = thrown.as_string().or_else(|| property(&thrown, "message").as_string());
                let reason = reason.unwrap_or_else(|| "it gave no reason".into());
                Err(Error::new(Code::General, format!("getToken failed: {reason}")))
            }
            None => {
                let message = format!("getToken did not return a token within {timeout_ms} ms");
                Err(Error::new(Code::ServerTimeout, message))
            }
        }
    }
}
