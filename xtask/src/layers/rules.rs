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
    /// Wrong directions that still exist, as pairs of layers. The list may only become shorter.
    pub(super) known_directions: &'static [(&'static str, &'static str)],
    /// Modules in circles that still exist. The list may only become shorter.
    pub(super) known_circles: &'static [&'static str],
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
            &["store::cache", "store::tables", "store::db", "store::timeline", "store::records"],
        ),
        Layer("store::cache", &["store::db", "store::timeline", "store::records"]),
        Layer("store::tables", &["store::db", "store::records"]),
        Layer("store::db", &["store::records"]),
        Layer("store::timeline", &["store::records"]),
        Layer("store::records", &[]),
        Layer("store::facts", &[]),
        Layer("api", &[]),
        Layer("message", &[]),
        // For the fuzzer: everything that reads input from outside.
        Layer("decoders", &["sync", "rest", "session", "tabs", "store", "api", "message"]),
        // Common modules.
        Layer("model", &["error"]),
        Layer("platform", &["error", "cancellation"]),
        Layer("backoff", &[]),
        Layer("cancellation", &[]),
        Layer("error", &[]),
        Layer("host_pool", &[]),
        Layer("sorted_set", &[]),
    ],
    common: &["backoff", "cancellation", "error", "host_pool", "model", "platform", "sorted_set"],
    known_directions: &[],
    known_circles: &[
        "client::context",
        "client::conversations",
        "client::login",
        "client::reconciliation",
        "client::session_host",
        "client::tab",
        "model::conversation",
        "model::message",
        "session::machine",
        "session::machine::reading",
    ],
};

const WIRE: Crate = Crate {
    name: "roamkit-wire",
    root: "wire/src/lib.rs",
    layers: &[Layer("", &[])],
    common: &[],
    known_directions: &[],
    known_circles: &["meta", "msync"],
};

/// `routes → {rest, session} → chat → store`
const SERVER: Crate = Crate {
    name: "roamkit-server",
    root: "server/src/lib.rs",
    layers: &[
        Layer("routes", &["rest", "session", "health", "limits", "metrics", "observe", "request", "state"]),
        Layer("rest", &["chat", "store", "limits", "login", "observe", "request", "state"]),
        Layer("session", &["chat", "store", "limits", "metrics", "nodes", "observe", "request", "state"]),
        Layer("session::hub", &[]),
        Layer("chat", &["store", "state"]),
        Layer("store", &[]),
        // Import and export, from the command line.
        Layer("transfer", &["chat", "store"]),
        Layer("config", &["transfer"]),
        Layer("serving", &["limits"]),
        // One server's parts, and the modules that need all of them.
        Layer("state", &["store", "session::hub", "chat", "limits", "metrics", "nodes"]),
        Layer("health", &["state"]),
        Layer("login", &["store", "limits", "state"]),
        Layer("observe", &["state"]),
        Layer("request", &["store", "observe", "state"]),
        Layer("limits", &["state"]),
        Layer("metrics", &[]),
        Layer("nodes", &["store"]),
        // Common modules.
        Layer("address", &[]),
        Layer("ceiling", &[]),
        Layer("error", &["ids"]),
        Layer("headers", &[]),
        Layer("ids", &[]),
        Layer("password", &["error"]),
        Layer("settings", &["headers"]),
        Layer("tls", &[]),
        Layer("token", &["error"]),
        Layer("", &[]),
    ],
    common: &["address", "ceiling", "error", "headers", "ids", "password", "settings", "tls", "token"],
    known_directions: &[
        ("metrics", "session::hub"),
        ("metrics", "state"),
        ("metrics", "store"),
        ("nodes", ""),
        ("nodes", "session::hub"),
        ("nodes", "state"),
        ("session::hub", "chat"),
        ("session::hub", "metrics"),
        ("store", ""),
        ("transfer", ""),
    ],
    known_circles: &[
        "",
        "chat::deletion",
        "chat::edit",
        "chat::fan",
        "chat::missed",
        "chat::notices",
        "chat::recall",
        "chat::receipt",
        "chat::send",
        "health",
        "limits::gate",
        "login",
        "metrics",
        "nodes",
        "observe",
        "request",
        "rest",
        "rest::conversations",
        "rest::groups",
        "rest::history",
        "rest::hosts",
        "rest::messages",
        "rest::pins",
        "rest::removal",
        "rest::tokens",
        "rest::users",
        "routes",
        "session::hub",
        "session::provision",
        "session::socket",
        "session::sync",
        "session::upstream",
        "state",
        "store::engine",
        "store::entries",
        "store::history",
        "store::queues",
        "store::removals",
        "transfer",
        "transfer::export",
        "transfer::import",
    ],
};
