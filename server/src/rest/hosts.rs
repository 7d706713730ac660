//! Host discovery. The server names itself by the address that the client used.

use crate::state::SharedState;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde_json::{Value, json};

/// `GET /easemob/server.json`
pub(crate) async fn discover(State(state): State<SharedState>, headers: HeaderMap) -> Json<Value> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let settings = &state.settings;
    let proxy_uses_tls = settings.trust_proxy > 0 && header("x-forwarded-proto") == Some("https");
    let protocol = if settings.tls_cert.is_some() || proxy_uses_tls { "https" } else { "http" };
    let host = header(HOST.as_str()).unwrap_or("localhost");
    let (domain, port) = split_port(host, if protocol == "https" { 443 } else { 80 });
    let hosts = json!({"hosts": [{"protocol": protocol, "domain": domain, "ip": domain, "port": port}]});
    Json(json!({"rest": hosts, "msync-wx": hosts, "msync-ws": hosts, "deploy_name": "roamkit",
                "enableDataReport": "false", "enableReportLogs": "false"}))
}

fn split_port(host: &str, default_port: u16) -> (&str, u16) {
    match host.rsplit_once(':') {
        Some((domain, port)) if !port.ends_with(']') => (domain, port.parse().unwrap_or(default_port)),
        _ => (host, default_port),
    }
}

#[cfg(test)]
mod tests {
    use super::split_port;

    #[test]
    fn the_port_is_split_from_the_host() {
        assert_eq!(split_port("127.0.0.1:8080", 80), ("127.0.0.1", 8080));
        assert_eq!(split_port("chat.example", 443), ("chat.example", 443));
        assert_eq!(split_port("[::1]", 80), ("[::1]", 80));
        assert_eq!(split_port("[::1]:9", 80), ("[::1]", 9));
    }
}
