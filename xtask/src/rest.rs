//! A small REST client for the server, to create sample data.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// REST calls for one app, with an app token.
pub(crate) struct Rest {
    agent: ureq::Agent,
    base: String,
    token: String,
}

impl Rest {
    /// Logs in as the app. `base_url` is the server's address, `app_key` is `org#app`.
    pub(crate) fn login(base_url: &str, app_key: &str, client_id: &str, client_secret: &str) -> Result<Self> {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let base = format!("{}/{}", base_url.trim_end_matches('/'), app_key.replace('#', "/"));
        let mut rest = Self { agent, base, token: String::new() };
        let answer = rest.post(
            "/token",
            &json!({
                "grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret,
            }),
        )?;
        answer["access_token"]
            .as_str()
            .context("the token answer has no access_token")?
            .clone_into(&mut rest.token);
        Ok(rest)
    }

    /// `POST {base}/{org}/{app}{path}`. A status other than 2xx is an error that contains the server's answer.
    pub(crate) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = match self.token.as_str() {
            "" => request,
            token => request.header("Authorization", format!("Bearer {token}")),
        };
        let answer = request.send_json(body).with_context(|| format!("POST {path}"))?;
        read(answer).with_context(|| format!("POST {path}"))
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<Value> {
    let status = answer.status();
    let text = answer.body_mut().read_to_string()?;
    if !status.is_success() {
        bail!("the server answered {status}: {text}");
    }
    serde_json::from_str(&text).with_context(|| format!("the answer is not JSON: {text}"))
}
