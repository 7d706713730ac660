//! The settings of the server, from flags, the environment or a configuration file.

use clap::{ArgAction, Parser, ValueEnum};
use roamkit_wire::names::AppKey;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A chat server for message roaming: REST and MSYNC, on SQLite or PostgreSQL.
#[derive(Clone, Debug, Parser)]
#[command(name = "roamkit-server", version)]
pub struct Settings {
    /// TOML file with any of these settings, named like the flags. Flags and environment variables take
    /// precedence.
    #[arg(long, env = "ROAMKIT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address to listen on. Port 0 selects a free port.
    #[arg(long, env = "ROAMKIT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Database: `sqlite:FILE` (created if missing), `sqlite::memory:` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(long, env = "ROAMKIT_DATABASE", default_value = "sqlite:roamkit.db", hide_env_values = true)]
    pub database: Secret,
    /// File that contains the database URL, to keep its password out of the command line.
    #[arg(long, env = "ROAMKIT_DATABASE_FILE", value_name = "FILE")]
    pub database_file: Option<PathBuf>,
    /// Maximum number of connections to the database.
    #[arg(long, env = "ROAMKIT_DATABASE_CONNECTIONS", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,
    /// App to serve, as `org#app`. May be repeated.
    #[arg(long = "app", env = "ROAMKIT_APP", value_delimiter = ',', required = true, value_parser = app_key)]
    pub apps: Vec<AppKey>,
    /// Client id for app tokens.
    #[arg(long, env = "ROAMKIT_CLIENT_ID")]
    pub client_id: String,
    /// Client secret for app tokens.
    #[arg(long, env = "ROAMKIT_CLIENT_SECRET", hide_env_values = true)]
    pub client_secret: Secret,
    /// File that contains the client secret.
    #[arg(long, env = "ROAMKIT_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Let users register without a token.
    #[arg(long, env = "ROAMKIT_OPEN_REGISTRATION", action = ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub open_registration: bool,
    /// Message roaming: fetching history and removing messages.
    #[arg(long, env = "ROAMKIT_ROAMING", value_enum, default_value = "on")]
    pub roaming: Switch,
    /// Users for whom a deleted conversation disappears: everyone who has it, or the caller only.
    #[arg(long, env = "ROAMKIT_CONVERSATION_DELETION", value_enum, default_value = "everyone")]
    pub conversation_deletion: DeletionScope,
    /// Directory of static files to serve at `/`.
    #[arg(long, env = "ROAMKIT_WWW")]
    pub www: Option<PathBuf>,
    /// Another directory of static files, as `/path=DIR`. May be repeated.
    #[arg(long = "mount", env = "ROAMKIT_MOUNT", value_delimiter = ',', value_parser = mount)]
    pub mounts: Vec<Mount>,
    /// Age limit of the default conversation list, in days.
    #[arg(long, env = "ROAMKIT_LIST_WINDOW_DAYS", default_value_t = 7)]
    pub list_window_days: u32,
    /// Maximum number of conversations in the default list.
    #[arg(long, env = "ROAMKIT_LIST_WINDOW_COUNT", default_value_t = 10)]
    pub list_window_count: u32,
    /// Maximum number of devices of a user that are online at the same time.
    #[arg(long, env = "ROAMKIT_MAX_DEVICES", default_value_t = 4)]
    pub max_devices: u32,
    /// Maximum number of envelopes in one SYNC answer.
    #[arg(long, env = "ROAMKIT_SYNC_BATCH", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub sync_batch: u32,
    /// Maximum number of envelopes that are queued for a device. Beyond it the oldest are dropped.
    #[arg(long, env = "ROAMKIT_QUEUE_LENGTH", default_value_t = 20_000)]
    pub queue_length: u32,
    /// Maximum age of envelopes that are queued for a device, in days.
    #[arg(long, env = "ROAMKIT_QUEUE_DAYS", default_value_t = 30)]
    pub queue_days: u32,
    /// Seconds between two cleanups of old envelopes and expired tokens.
    #[arg(long, env = "ROAMKIT_CLEAR_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub clear_seconds: u64,
    /// Maximum number of devices of a user whose queues are kept.
    #[arg(long, env = "ROAMKIT_KNOWN_DEVICES", default_value_t = 20)]
    pub known_devices: u32,
    /// Lifetime of user and app tokens in seconds, if the request names none.
    #[arg(long, env = "ROAMKIT_TOKEN_TTL", default_value_t = 5_184_000)]
    pub token_ttl: u32,
    /// Maximum size of an encoded message, in bytes.
    #[arg(long, env = "ROAMKIT_MESSAGE_BYTES", default_value_t = 5 * 1024)]
    pub message_bytes: usize,
    /// Seconds within which a socket must log in.
    #[arg(long, env = "ROAMKIT_SOCKET_PROVISION", default_value_t = 10)]
    pub socket_provision: u64,
    /// Seconds without a frame after which a socket is closed.
    #[arg(long, env = "ROAMKIT_SOCKET_IDLE", default_value_t = 120)]
    pub socket_idle: u64,
    /// Memory of the argon2id password hash, in KiB.
    #[arg(long, env = "ROAMKIT_PASSWORD_MEMORY", default_value_t = 19_456, value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub password_memory: u32,
    /// Maximum average rate of requests per user, per second. 0: no limit.
    #[arg(long, env = "ROAMKIT_RATE_USER", default_value_t = 100)]
    pub rate_user: u32,
    /// Maximum average rate of requests per address (IPv6: per /64), per second. 0: no limit.
    #[arg(long, env = "ROAMKIT_RATE_ADDRESS", default_value_t = 1000)]
    pub rate_address: u32,
    /// Maximum average rate of frames per socket, per second. Beyond it the socket is read more slowly. 0: no
    /// limit.
    #[arg(long, env = "ROAMKIT_RATE_FRAMES", default_value_t = 100)]
    pub rate_frames: u32,
    /// Size of a burst of requests or frames, in seconds of the average rate.
    #[arg(long, env = "ROAMKIT_RATE_BURST", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub rate_burst: u32,
    /// Failed logins of an account from one address before further logins have to wait. Four times as many for
    /// an account from all addresses, ten times as many for an address over all accounts. 0: no waiting.
    #[arg(long, env = "ROAMKIT_LOGIN_FAILURES", default_value_t = 5, value_parser = clap::value_parser!(u32).range(..=1000))]
    pub login_failures: u32,
    /// Maximum wait after failed logins, in seconds.
    #[arg(long, env = "ROAMKIT_LOGIN_WAIT", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub login_wait: u64,
    /// Maximum number of passwords that wait to be hashed. Beyond it logins are answered with 503.
    #[arg(long, env = "ROAMKIT_LOGIN_QUEUE", default_value_t = 256, value_parser = clap::value_parser!(u32).range(..=100_000))]
    pub login_queue: u32,
    /// Answer the login of an unknown user like one with a wrong password. The hosted service does not, and
    /// clients distinguish them.
    #[arg(long, env = "ROAMKIT_HIDE_USERS", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true")]
    pub hide_users: bool,
    /// Maximum number of sockets. 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_SOCKETS", default_value_t = 50_000)]
    pub max_sockets: usize,
    /// Maximum number of sockets per address (IPv6: per /64). 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_SOCKETS_ADDRESS", default_value_t = 1000)]
    pub max_sockets_address: usize,
    /// Maximum number of connections that are not sockets. 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_CONNECTIONS", default_value_t = 10_000)]
    pub max_connections: usize,
    /// Maximum number of connections per address that are not sockets. Ignored behind a proxy. 0: no limit.
    #[arg(long, env = "ROAMKIT_MAX_CONNECTIONS_ADDRESS", default_value_t = 1000)]
    pub max_connections_address: usize,
    /// Timeout of the TLS handshake and of the head of each request, in seconds.
    #[arg(long, env = "ROAMKIT_HEADER_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub header_timeout: u64,
    /// Timeout of the body of a request, in seconds.
    #[arg(long, env = "ROAMKIT_BODY_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub body_timeout: u64,
    /// Seconds after which a connection is closed whose client does not read.
    #[arg(long, env = "ROAMKIT_WRITE_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub write_timeout: u64,
    /// Seconds that running requests and sockets may take to finish at shutdown.
    #[arg(long, env = "ROAMKIT_SHUTDOWN_TIMEOUT", default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub shutdown_timeout: u64,
    /// Maximum number of groups and chat rooms per user.
    #[arg(long, env = "ROAMKIT_USER_GROUPS", default_value_t = 3000)]
    pub user_groups: u32,
    /// Origin whose pages may call the server, as `https://chat.example`. May be repeated. None: all origins.
    /// Cookies are not used.
    #[arg(long = "cors-origin", env = "ROAMKIT_CORS_ORIGIN", value_delimiter = ',', value_parser = origin)]
    pub cors_origins: Vec<String>,
    /// PEM file of the certificate with its chain. Turns on HTTPS and WSS on the same port.
    #[arg(long, env = "ROAMKIT_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file of the certificate's private key.
    #[arg(long, env = "ROAMKIT_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Number of proxies in front of this server. As many addresses of `X-Forwarded-For`, from the right, are
    /// trusted, and `X-Forwarded-Proto`.
    #[arg(long, env = "ROAMKIT_TRUST_PROXY", default_value_t = 0)]
    pub trust_proxy: u8,
    /// `Content-Security-Policy` of the static files. Empty: no policy.
    #[arg(long, env = "ROAMKIT_CSP", default_value = crate::response_headers::DEFAULT_CSP, value_parser = policy)]
    pub csp: String,
    /// Seconds between two heartbeats of a node. At each one it also compares its online devices with the
    /// database, in case announcements were lost.
    #[arg(long, env = "ROAMKIT_NODE_POLL", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=300))]
    pub node_poll: u64,
    /// Number of this node, 0 to 1023. It is part of every id that the node makes. Each node on a database
    /// needs its own number.
    #[arg(long, env = "ROAMKIT_NODE", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..1024))]
    pub node: u16,
    /// Separate address for `/metrics`, also with `/health`. Without it `/metrics` is at `--listen`.
    #[arg(long, env = "ROAMKIT_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Format of the logs on stderr. `ROAMKIT_LOG` sets the level: `info`, `debug`, `roamkit_server=debug`, …
    #[arg(long, env = "ROAMKIT_LOG_FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// The format of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
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

/// The users for whom a deleted conversation disappears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DeletionScope {
    /// Everyone in the conversation.
    Everyone,
    /// The caller only.
    #[value(name = "self")]
    Caller,
}

/// A text that is hidden in debug output.
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

/// A directory of static files that is served under a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The path, with a leading slash and without a trailing one.
    pub path: String,
    /// The directory.
    pub dir: PathBuf,
}

pub(crate) fn app_key(text: &str) -> Result<AppKey, String> {
    AppKey::parse(text).ok_or_else(|| format!("{text:?} is not of the form org#app"))
}

/// Parses an origin as browsers write it: a scheme, a host and an optional port, in lower case.
fn origin(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    if rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_legal)) {
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
    let is_legal =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_legal)) && !dir.is_empty() {
        Ok(Mount { path: path.into(), dir: dir.into() })
    } else {
        Err(format!("{text:?} is not of the form /path=DIR"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(flags: &[&str]) -> Result<Settings, clap::Error> {
        let base = ["roamkit-server", "--app", "demo#chat", "--client-id", "i", "--client-secret", "s3cret"];
        Settings::try_parse_from(base.iter().chain(flags))
    }

    #[test]
    fn defaults_and_flags_are_parsed() {
        let settings =
            parse(&["--app", "a#b", "--mount", "/pkg/=dist", "--conversation-deletion", "self"]).unwrap();
        assert_eq!(settings.apps.iter().map(ToString::to_string).collect::<Vec<_>>(), ["demo#chat", "a#b"]);
        assert_eq!(settings.mounts, [Mount { path: "/pkg".into(), dir: "dist".into() }]);
        assert_eq!(settings.conversation_deletion, DeletionScope::Caller);
        assert_eq!(settings.roaming, Switch::On);
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn invalid_flags_are_refused() {
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
