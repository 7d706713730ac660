//! Host discovery: the hosts of an app, by the service's host list.

use super::Caller;
use super::decode;
use super::http::{Call, Method};
use super::retry::Repeat;
use crate::cancellation::CancellationToken;
use crate::error::{Code, Error, Failure, Result};
use crate::host_pool::HostPool;
use crate::platform;
use roamkit_wire::lenient;
use serde_json::Value;
use std::rc::Rc;

const HOST_LIST_URL: &str = "https://rs.easemob.com/easemob/server.json";
/// The number of hosts of a section that are used.
const MAX_HOSTS: usize = 20;

/// The URLs of the service, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    /// The REST API, such as `https://a1.example.com`.
    pub api: Vec<String>,
    /// The socket, such as `wss://ws.example.com/websocket`.
    pub socket: Vec<String>,
}

/// Asks the service for the hosts of an app. A page that was loaded without TLS may use hosts without TLS, after the others.
pub async fn discover(
    app_key: &str,
    timeout_ms: u32,
    cancellation: CancellationToken,
) -> Result<Hosts, Failure> {
    let query = vec![("app_key", app_key.to_owned())];
    let (path, repeat) = (String::new(), Repeat::Idempotent);
    let call = Call { method: Method::GET, path, query, body: None, signal: None, repeat };
    let api = Rc::new(HostPool::new(vec![HOST_LIST_URL.into()]).ok_or_else(|| failed("there is none"))?);
    let nobody =
        Caller { api, token: String::new(), timeout_ms, owner: None, cancellation, change: None, pace: None };
    let text = call.send(nobody).await.map_err(|failure| match failure {
        Failure::Error(error) => failed(&error.message).into(),
        aborted @ Failure::Aborted(_) => aborted,
    })?;
    let list = decode(&text).map_err(|error| failed(&error.message))?;
    pick(&list, !platform::is_without_tls()).ok_or_else(|| failed("it names no host for this page").into())
}

fn failed(why: &str) -> Error {
    Error::new(
        Code::ServerGetDnsListFailed,
        format!("the service's host list could not be had ({why}); give apiUrl and socketUrl instead"),
    )
}

/// Selects the hosts that a page may use: hosts with TLS, then (unless `tls_only`) hosts without TLS. `None` if there are none.
pub fn pick(list: &Value, tls_only: bool) -> Option<Hosts> {
    Some(Hosts {
        api: urls(&list["rest"], tls_only, ("https", "http"), "")?,
        socket: urls(&list["msync-wx"], tls_only, ("wss", "ws"), "/websocket")?,
    })
}

fn urls(section: &Value, tls_only: bool, schemes: (&str, &str), path: &str) -> Option<Vec<String>> {
    let (mut secure, mut plain) = (Vec::new(), Vec::new());
    for host in section["hosts"].as_array()?.iter().take(MAX_HOSTS) {
        let Some((with_tls, url)) = url(host, schemes, path) else { continue };
        let urls = if with_tls { &mut secure } else { &mut plain };
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    if !tls_only {
        secure.append(&mut plain);
    }
    (!secure.is_empty()).then_some(secure)
}

/// The URL of a host, and whether it uses TLS; `None` for a host with an unknown protocol or without a name.
fn url(host: &Value, (tls, plain): (&str, &str), path: &str) -> Option<(bool, String)> {
    let with_tls = match lenient::as_text(&host["protocol"]) {
        "https" | "wss" => true,
        "http" | "ws" => false,
        _ => return None,
    };
    // Hosts without a name have an address.
    let name =
        ["domain", "ip"].into_iter().find_map(|name| host[name].as_str().filter(|name| !name.is_empty()))?;
    let (scheme, default_port) = if with_tls { (tls, 443) } else { (plain, 80) };
    let port = match lenient::as_number(&host["port"]) {
        None => String::new(),
        Some(port) if port == default_port => String::new(),
        Some(port) => format!(":{port}"),
    };
    Some((with_tls, format!("{scheme}://{name}{port}{path}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(text: &str, tls_only: bool) -> Option<Hosts> {
        super::pick(&decode(text).ok()?, tls_only)
    }

    const LIST: &str = r#"{
        "rest": {"hosts": [{"protocol": "http", "domain": "a.example", "port": 80},
                           {"protocol": "https", "domain": "b.example", "port": 443}, 7, {"protocol": "https"},
                           {"protocol": "https", "domain": "c.example"},
                           {"protocol": "https", "domain": "b.example", "port": "443"},
                           {"protocol": "gopher", "domain": "d.example"}]},
        "msync-wx": {"hosts": [{"protocol": "https", "ip": "192.0.2.1", "port": "6717"},
                               {"protocol": "http", "domain": "e.example", "ip": "192.0.2.2", "port": 8080},
                               {"protocol": "wss", "domain": "f.example"}]}}"#;

    #[test]
    fn a_page_with_tls_uses_hosts_with_tls_in_the_lists_order() {
        let hosts = Hosts {
            api: vec!["https://b.example".into(), "https://c.example".into()],
            socket: vec!["wss://192.0.2.1:6717/websocket".into(), "wss://f.example/websocket".into()],
        };
        assert_eq!(pick(LIST, true), Some(hosts));
    }

    #[test]
    fn a_page_without_tls_may_use_the_others_after_them() {
        let hosts = pick(LIST, false).unwrap();
        assert_eq!(hosts.api, ["https://b.example", "https://c.example", "http://a.example"]);
        assert_eq!(hosts.socket.last().unwrap(), "ws://e.example:8080/websocket");
    }

    #[test]
    fn a_list_without_a_host_that_may_be_used_is_none() {
        let plain = r#"{"rest": {"hosts": [{"protocol": "http", "domain": "a"}]},
                        "msync-wx": {"hosts": [{"protocol": "http", "domain": "a"}]}}"#;
        assert!(pick(plain, true).is_none() && pick(plain, false).is_some());
        for text in [
            "{}",
            "<html>",
            "[]",
            r#"{"rest":{"hosts":7}}"#,
            r#"{"rest":{"hosts":[]},"msync-wx":{"hosts":[]}}"#,
        ] {
            assert_eq!(pick(text, false), None);
        }
    }
}
