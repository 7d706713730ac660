//! What the server can be told, by flags, environment or file.

use clap::{ArgAction, Parser, ValueEnum};
use roamkit_wire::names::AppKey;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A chat server for message roaming: REST and MSYNC, on SQLite or PostgreSQL.
#[derive(Clone, Debug, Parser)]
#[command(name = "roamkit-server", version)]
pub struct Settings {
    /// A TOML file with any of these settings, named as the flags are; flags and environment go first.
    #[arg(long, env = "ROAMKIT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on; port 0 picks a free one.
    #[arg(long, env = "ROAMKIT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Where the data is: `sqlite:FILE` (made if missing), `sqlite::memory:` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(long, env = "ROAMKIT_DATABASE", default_value = "sqlite:roamkit.db", hide_env_values = true)]
    pub database: Secret,
    /// A file that holds the database's URL, for the password in it.
    #[arg(long, env = "ROAMKIT_DATABASE_FILE", value_name = "FILE")]
    pub database_file: Option<PathBuf>,
    /// Connections to the database, at most.
    #[arg(long, env = "ROAMKIT_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,
    /// An app to serve, `org#app`; may be repeated.
    #[arg(long = "app", env = "ROAMKIT_APP", value_delimiter = ',', required = true, value_parser = app_key)]
    pub apps: Vec<AppKey>,
    /// Client id for app tokens.
    #[arg(long, env = "ROAMKIT_CLIENT_ID")]
    pub client_id: String,
    /// Client secret for app tokens.
    #[arg(long, env = "ROAMKIT_CLIENT_SECRET", hide_env_values = true)]
    pub client_secret: Secret,
    /// A file that holds the client secret.
    #[arg(long, env = "ROAMKIT_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Let users register without a token.
    #[arg(long, env = "ROAMKIT_OPEN_REGISTRATION", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub open_registration: bool,
    /// Whether history can be fetched.
    #[arg(long, env = "ROAMKIT_ROAMING", value_enum, default_value = "on")]
    pub roaming: Switch,
    /// For whom deleting a conversation deletes it.
    #[arg(long, env = "ROAMKIT_CONVERSATION_DELETION", value_enum, default_value = "everyone")]
    pub conversation_deletion: DeletionScope,
    /// Directory of static files to serve at `/`.
    #[arg(long, env = "ROAMKIT_WWW")]
    pub www: Option<PathBuf>,
    /// A further directory of static files, `/path=DIR`; may be repeated.
    #[arg(long = "mount", env = "ROAMKIT_MOUNT", value_delimiter = ',', value_parser = mount)]
    pub mounts: Vec<Mount>,
    /// How far back the default conversation list reaches.
    #[arg(long, env = "ROAMKIT_LIST_WINDOW_DAYS", default_value_t = 7)]
    pub list_window_days: u32,
    /// How many conversations the default list holds.
    #[arg(long, env = "ROAMKIT_LIST_WINDOW_COUNT", default_value_t = 10)]
    pub list_window_count: u32,
    /// How many devices of a user may be online together.
    #[arg(long, env = "ROAMKIT_MAX_DEVICES", default_value_t = 4)]
    pub max_devices: u32,
    /// How many envelopes one SYNC answer holds at most.
    #[arg(long, env = "ROAMKIT_SYNC_BATCH", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub sync_batch: u32,
    /// How many envelopes wait for a device that is away; older ones are dropped.
    #[arg(long, env = "ROAMKIT_QUEUE_LENGTH", default_value_t = 20_000)]
    pub queue_length: u32,
    /// How long envelopes wait for a device that is away.
    #[arg(long, env = "ROAMKIT_QUEUE_DAYS", default_value_t = 30)]
    pub queue_days: u32,
    /// Seconds between two clearings of queues and tokens.
    #[arg(long, env = "ROAMKIT_CLEAR_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub clear_seconds: u64,
    /// How many devices of a user are remembered.
    #[arg(long, env = "ROAMKIT_KNOWN_DEVICES", default_value_t = 20)]
    pub known_devices: u32,
    /// Lifetime of user and app tokens, in seconds, where a request names none.
    #[arg(long, env = "ROAMKIT_TOKEN_TTL", default_value_t = 5_184_000)]
    pub token_ttl: u32,
    /// Largest message, in bytes.
    #[arg(long, env = "ROAMKIT_MESSAGE_BYTES", default_value_t = 5 * 1024)]
    pub message_bytes: usize,
    /// Seconds a socket may take to say who it is.
    #[arg(long, env = "ROAMKIT_SOCKET_PROVISION", default_value_t = 10)]
    pub socket_provision: u64,
    /// Seconds without a frame after which a socket is closed.
    #[arg(long, env = "ROAMKIT_SOCKET_IDLE", default_value_t = 120)]
    pub socket_idle: u64,
    /// Memory of the password hash, KiB.
    #[arg(long, env = "ROAMKIT_PASSWORD_MEMORY", default_value_t = 19_456, value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub password_memory: u32,
    /// Requests a second of one user, on average; 0: no limit.
    #[arg(long, env = "ROAMKIT_RATE_USER", default_value_t = 100)]
    pub rate_user: u32,
    /// Requests a second from one address (an IPv6 /64), on average; 0: no limit.
    #[arg(long, env = "ROAMKIT_RATE_ADDRESS", default_value_t = 1000)]
    pub rate_address: u32,
    /// Frames a second of one socket, on average, beyond which it is read more slowly; 0: no limit.
    #[arg(long, env = "ROAMKIT_RATE_FRAMES", default_value_t = 100)]
    pub rate_frames: u32,
    /// How many seconds' worth of requests or frames may come at once.
    #[arg(long, env = "ROAMKIT_RATE_BURST", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub rate_burst: u32,
    /// Failed logins of a name from an address before further ones have to wait; four times as many from anywhere, ten times for an address; 0: none waits.
    #[arg(long, env = "ROAMKIT_LOGIN_FAILURES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=1000))]
    pub login_failures: u32,
    /// Longest wait after failed logins, in seconds.
    #[arg(long, env = "ROAMKIT_LOGIN_WAIT", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub login_wait: u64,
    /// Passwords that may wait to be hashed; beyond, logins answer 503.
    #[arg(long, env = "ROAMKIT_LOGIN_QUEUE", default_value_t = 256, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub login_queue: u32,
    /// Answer the login of an unknown user as one with a wrong password. The service does not, and clients tell them apart.
    #[arg(long, env = "ROAMKIT_HIDE_USERS", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub hide_users: bool,
    /// Sockets in all; 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_SOCKETS", default_value_t = 50_000)]
    pub max_sockets: usize,
    /// Sockets from one address (an IPv6 /64); 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_SOCKETS_ADDRESS", default_value_t = 1000)]
    pub max_sockets_address: usize,
    /// Connections in all that have not become sockets; 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_CONNECTIONS", default_value_t = 10_000)]
    pub max_connections: usize,
    /// Such connections from one address, unless behind a proxy; 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_CONNECTIONS_ADDRESS", default_value_t = 1000)]
    pub max_connections_address: usize,
    /// Seconds for the TLS handshake, and for the head of each request.
    #[arg(long, env = "ROAMKIT_HEADER_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub header_timeout: u64,
    /// Seconds for the body of a request.
    #[arg(long, env = "ROAMKIT_BODY_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub body_timeout: u64,
    /// Seconds without progress after which a reader that does not read is given up.
    #[arg(long, env = "ROAMKIT_WRITE_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub write_timeout: u64,
    /// Seconds that answers and sockets may take to finish when the server is told to stop.
    #[arg(long, env = "ROAMKIT_SHUTDOWN_TIMEOUT", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub shutdown_timeout: u64,
    /// Groups and chat rooms that one user may be in.
    #[arg(long, env = "ROAMKIT_USER_GROUPS", default_value_t = 3000)]
    pub user_groups: u32,
    /// An origin whose pages may call, `https://chat.example`; may be repeated. None: all may. Cookies play no part.
    #[arg(long = "cors-origin", env = "ROAMKIT_CORS_ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,
    /// PEM file of the certificate, with its chain: HTTPS and WSS on the same port.
    #[arg(long, env = "ROAMKIT_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's key.
    #[arg(long, env = "ROAMKIT_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// How many proxies stand before this server: so many words of `X-Forwarded-For`, from the right, are believed, and `X-Forwarded-Proto`.
    #[arg(long, env = "ROAMKIT_TRUST_PROXY", default_value_t = 0)]
    pub trust_proxy: u8,
    /// `Content-Security-Policy` of the static files; empty: none.
    #[arg(long, env = "ROAMKIT_CSP", default_value = crate::headers::DEFAULT_CSP, value_parser = policy)]
    pub csp: String,
    /// Seconds between two looks of a node at what other nodes did, should their calls be lost.
    #[arg(long, env = "ROAMKIT_NODE_POLL", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub node_poll: u64,
    /// Number of this node, 0 to 1023; part of every id it makes. Nodes on one database need one each.
    #[arg(long, env = "ROAMKIT_NODE", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..1024))]
    pub node: u16,
    /// An address of their own for `/metrics` (and `/health`); without it they are at `--listen`, too.
    #[arg(long, env = "ROAMKIT_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Form of the logs on stderr. What they tell is set by `ROAMKIT_LOG`: `info`, `debug`, `roamkit_server=debug`, …
    #[arg(long, env = "ROAMKIT_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// Form of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// An object a line.
    Json,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// For whom a deleted conversation is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeletionScope {
    /// For everyone in it.
    Everyone,
    /// For the caller alone.
    #[value(name = "self")]
    Caller,
}

/// A text that does not show in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// A directory of static files under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The path, with a leading slash and none at the end.
    pub path: String,
    /// The directory.
    pub dir: PathBuf,
}

pub(crate) fn app_key(text: &str) -> Result<AppKey, String> {
    AppKey::parse(text).ok_or_else(|| format!("{text:?} is not of the form org#app"))
}

/// As browsers write it: a scheme, a host and perhaps a port, in lower case, and nothing behind.
fn origin(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let fit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    if rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(fit)) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not of the form https://host[:port], in lower case"))
    }
}

fn policy(text: &str) -> Result<String, String> {
    match text.parse::<axum::http::HeaderValue>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn mount(text: &str) -> Result<Mount, String> {
    let (path, dir) = text.split_once('=').ok_or("expected /path=DIR")?;
    let path = path.trim_end_matches('/');
    let fit =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(fit)) && !dir.is_empty() {
        Ok(Mount { path: path.into(), dir: dir.into() })
    } else {
        Err(format!("{text:?} is not of the form /path=DIR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(more: &[&str]) -> Result<Settings, clap::Error> {
        let base = ["roamkit-server", "--app", "demo#chat", "--client-id", "i", "--client-secret", "s3cret"];
        Settings::try_parse_from(base.iter().chain(more))
    }

    #[test]
    fn defaults_and_flags() {
        let settings =
            parse(&["--app", "a#b", "--mount", "/pkg/=dist", "--conversation-deletion", "self"]).unwrap();
        assert_eq!(settings.apps.iter().map(ToString::to_string).collect::<Vec<_>>(), ["demo#chat", "a#b"]);
        assert_eq!(settings.mounts, [Mount { path: "/pkg".into(), dir: "dist".into() }]);
        assert_eq!(settings.conversation_deletion, DeletionScope::Caller);
        assert_eq!(settings.roaming, Switch::On);
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn bad_flags_are_refused() {
        for bad in [
            ["--app", "chat"],
            ["--mount", "pkg=dist"],
            ["--mount", "/{a}=dist"],
            ["--roaming", "maybe"],
            ["--node", "1024"],
            ["--cors-origin", "chat.example"],
            ["--cors-origin", "https://chat.example/"],
            ["--cors-origin", "*"],
            ["--tls-cert", "cert.pem"],
            ["--tls-key", "key.pem"],
            ["--csp", "a\nb"],
            ["--rate-burst", "0"],
            ["--rate-user", "-1"],
        ] {
            assert!(parse(&bad).is_err(), "{bad:?}");
        }
    }
}
