//! Host discovery: this server names itself, as the caller knows it.

use crate::state::Shared;
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::HOST;
use serde_json::{Value, json};

/// `GET /easemob/server.json`
pub(crate) async fn discover(State(server): State<Shared>, headers: HeaderMap) -> Json<Value> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let settings = &server.settings;
    let by_proxy = settings.trust_proxy > 0 && text("x-forwarded-proto") == Some("https");
    let protocol = if settings.tls_cert.is_some() || by_proxy { "https" } else { "http" };
    let host = text(HOST.as_str()).unwrap_or("localhost");
    let (domain, port) = split(host, if protocol == "https" { 443 } else { 80 });
    let hosts = json!({"hosts": [{"protocol": protocol, "domain": domain, "ip": domain, "port": port}]});
    Json(json!({"rest": hosts, "msync-wx": hosts, "msync-ws": hosts, "deploy_name": "roamkit",
                "enableDataReport": "false", "enableReportLogs": "false"}))
}

fn split(host: &str, default_port: u16) -> (&str, u16) {
    match host.rsplit_once(':') {
        Some((domain, port)) if !port.ends_with(']') => (domain, port.parse().unwrap_or(default_port)),
        _ => (host, default_port),
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn hosts_are_split_from_ports() {
        assert_eq!(split("127.0.0.1:8080", 80), ("127.0.0.1", 8080));
        assert_eq!(split("chat.example", 443), ("chat.example", 443));
        assert_eq!(split("[::1]", 80), ("[::1]", 80));
        assert_eq!(split("[::1]:9", 80), ("[::1]", 9));
    }
}
