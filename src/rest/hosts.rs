//! Host discovery: where the app's REST side and socket are, by the service's own list.

use super::http::Call;
use crate::error::{Code, Error, Failure, Result};
use gloo_net::http::Method;
use serde_json::Value;

const LIST: &str = "https://rs.easemob.com/easemob/server.json";

/// Where to reach the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// Such as `https://a1.example.com`.
    pub api: String,
    /// Such as `wss://ws.example.com/websocket`.
    pub socket: String,
}

/// Asks the service where the app is served.
pub async fn discover(app_key: &str, timeout_ms: u32) -> Result<Hosts, Failure> {
    let call = Call { query: &[("app_key", app_key)], ..Call::new(Method::GET, String::new()) };
    let text = call.send_to(LIST, None, timeout_ms).await.map_err(|failure| match failure {
        Failure::Error(error) => failed(&error.message).into(),
        aborted @ Failure::Aborted(_) => aborted,
    })?;
    pick(&text).ok_or_else(|| failed("it names no host for https").into())
}

fn failed(why: &str) -> Error {
    Error::new(
        Code::ServerGetDnsListFailed,
        format!("the service's host list could not be had ({why}); give apiUrl and socketUrl instead"),
    )
}

/// The first REST host and socket host that a page may use. Pages that are not served over TLS may use TLS
/// hosts, too, so only those are taken.
pub fn pick(text: &str) -> Option<Hosts> {
    let list: Value = serde_json::from_str(text).ok()?;
    let first = |section: &str, protocols: &[&str]| -> Option<String> {
        list.get(section)?.get("hosts")?.as_array()?.iter().find_map(|host| {
            let field = |name: &str| host.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            field("protocol").filter(|protocol| protocols.contains(protocol))?;
            let name = field("domain").or_else(|| field("ip"))?;
            let port = match host.get("port") {
                Some(Value::Number(port)) => port.to_string(),
                Some(Value::String(port)) => port.clone(),
                _ => String::new(),
            };
            Some(if port.is_empty() || port == "443" { name.into() } else { format!("{name}:{port}") })
        })
    };
    Some(Hosts {
        api: format!("https://{}", first("rest", &["https"])?),
        socket: format!("wss://{}/websocket", first("msync-wx", &["https", "wss"])?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hosts_with_tls_are_picked() {
        let text = r#"{
            "rest": {"hosts": [{"protocol": "http", "domain": "a.example", "port": 80},
                               {"protocol": "https", "domain": "b.example", "port": 443}]},
            "msync-wx": {"hosts": [{"protocol": "https", "ip": "192.0.2.1", "port": "6717"}]}}"#;
        let hosts =
            Hosts { api: "https://b.example".into(), socket: "wss://192.0.2.1:6717/websocket".into() };
        assert_eq!(pick(text), Some(hosts));
        assert_eq!(pick("{}"), None);
        assert_eq!(pick("<html>"), None);
    }
}
