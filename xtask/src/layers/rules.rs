//! The layers of each crate, as tables. When a module changes its task, change its row here and in `docs/architecture.md`.

/// The rules of one crate.
pub(super) struct Crate {
    pub(super) name: &'static str,
    /// The file of the root module.
    pub(super) root: &'static str,
    /// The rows. The row with the longest path that contains a module holds for that module.
    pub(super) layers: &'static [Layer],
    /// Modules that every layer may use, except the layers in this list.
    pub(super) common: &'static [&'static str],
}

/// A module with all modules inside it, and the modules that it may use in addition to itself and the common ones.
pub(super) struct Layer(pub(super) &'static str, pub(super) &'static [&'static str]);

pub(super) const CRATES: [Crate; 3] = [SDK, WIRE, SERVER];

/// `client → sync → {rest, session, tabs, store} → {wire, model}`
const SDK: Crate = Crate {
    name: "roamkit",
    root: "src/lib.rs",
    layers: &[
        Layer("client", &["sync", "rest", "session", "tabs", "store", "api", "message"]),
        Layer("sync", &["session", "tabs", "store", "api", "message"]),
        Layer("rest", &["message"]),
        Layer("session", &[]),
        Layer("tabs", &["store", "api"]),
        // The local copy: `records ← db ← unit_of_work ← rules ← Store`.
        Layer("store", &["message"]),
        Layer(
            "store::rules",
            &[
                "store::unit_of_work",
                "store::cache",
                "store::tables",
                "store::db",
                "store::timeline",
                "store::records",
                "store::facts",
            ],
        ),
        Layer(
            "store::unit_of_work",
            &[
                "store::cache",
                "store::clock",
                "store::tables",
                "store::db",
                "store::timeline",
                "store::records",
            ],
        ),
        Layer("store::cache", &["store::db", "store::timeline", "store::records"]),
        Layer("store::clock", &[]),
        Layer("store::tables", &["store::db", "store::records"]),
        Layer("store::db", &["store::records"]),
        Layer("store::timeline", &["store::records"]),
        Layer("store::records", &[]),
        Layer("store::facts", &["store::records"]),
        Layer("api", &[]),
        Layer("message", &[]),
        // For the fuzzer: everything that reads input from outside.
        Layer("decoders", &["sync", "rest", "session", "tabs", "store", "api", "message"]),
        // Common modules.
        Layer("model", &["error"]),
        Layer("platform", &["error", "cancellation"]),
        Layer("backoff", &[]),
        Layer("cancellation", &[]),
        Layer("deadline", &[]),
        Layer("error", &[]),
        Layer("host_pool", &[]),
        Layer("request_pace", &[]),
        Layer("server_clock", &[]),
        Layer("sorted_set", &[]),
        Layer("token_expiry", &[]),
        Layer("token_renewal", &[]),
    ],
    common: &[
        "backoff",
        "cancellation",
        "deadline",
        "error",
        "host_pool",
        "model",
        "platform",
        "request_pace",
        "server_clock",
        "sorted_set",
        "token_expiry",
        "token_renewal",
    ],
};

const WIRE: Crate =
    Crate { name: "roamkit-wire", root: "wire/src/lib.rs", layers: &[Layer("", &[])], common: &[] };

/// `server → routes → {rest, session, monitoring} → state → {hub, cluster, metrics, limits, chat} → store`. The parts that
/// the state composes do not know each other, except that the hub takes the wake-ups of chat operations.
const SERVER: Crate = Crate {
    name: "roamkit-server",
    root: "server/src/lib.rs",
    layers: &[
        // The command line; opening, serving and shutting down.
        Layer("cli", &["transfer"]),
        Layer("server", &["routes", "session", "connections", "cluster", "state", "store"]),
        // Import and export.
        Layer("transfer", &["chat", "store"]),
        // The routes and their handlers.
        Layer("routes", &["rest", "session", "monitoring", "rate_limit", "request_log", "extract", "state"]),
        Layer("rest", &["login", "extract", "request_log", "state", "chat", "limits", "store"]),
        Layer("session", &["extract", "request_log", "state", "hub", "cluster", "chat", "limits", "store"]),
        Layer("monitoring", &["state", "metrics", "store"]),
        // The parts that handlers share.
        Layer("login", &["state", "limits", "store"]),
        Layer("extract", &["request_log", "state", "store"]),
        Layer("rate_limit", &["state"]),
        Layer("request_log", &["state"]),
        Layer("state", &["hub", "cluster", "metrics", "chat", "limits", "store"]),
        // The parts that the state composes.
        Layer("hub", &["chat"]),
        Layer("cluster", &["store"]),
        Layer("metrics", &[]),
        Layer("chat", &["store"]),
        Layer("limits", &[]),
        Layer("store", &[]),
        Layer("connections", &["limits"]),
        // Common modules.
        Layer("address", &[]),
        Layer("error", &["ids"]),
        Layer("ids", &[]),
        Layer("log_filter", &[]),
        Layer("password", &["error"]),
        Layer("response_headers", &[]),
        Layer("settings", &["response_headers"]),
        Layer("tls", &[]),
        Layer("token", &["error"]),
    ],
    common: &[
        "address",
        "error",
        "ids",
        "log_filter",
        "password",
        "response_headers",
        "settings",
        "tls",
        "token",
    ],
};
