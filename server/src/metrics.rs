//! What the server counts, in the text form that Prometheus reads.

use crate::session::hub::Hub;
use crate::state::{Server, Shared};
use crate::store::queues;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How long a count of what waits in queues is good for: it reads a whole index.
const DEPTH_AGE: Duration = Duration::from_secs(15);
/// How long that count may take.
const DEPTH_TIME: Duration = Duration::from_secs(2);
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper bounds in seconds, from an answer out of memory to one that somebody gave up on.
const SECONDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Of which call; routes as the table has them, so that there are only so many.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Login {
    grant: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    pool: &'static str,
    state: &'static str,
}

/// A histogram of seconds.
#[derive(Clone, Debug)]
pub(crate) struct Seconds(Histogram);

impl Default for Seconds {
    fn default() -> Self {
        Self(Histogram::new(SECONDS))
    }
}

impl Seconds {
    pub(crate) fn observe(&self, time: Duration) {
        self.0.observe(time.as_secs_f64());
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answer, Counter>,
    durations: Family<Call, Histogram, fn() -> Histogram>,
    logins: Family<Login, Counter>,
    sockets: Gauge,
    devices: Gauge,
    queued: Gauge,
    connections: Family<Connections, Gauge>,
    memory: Gauge,
    /// When the queues were last counted.
    counted: Mutex<Option<Instant>>,
}

impl Metrics {
    pub(crate) fn new(hub: &Hub) -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        let durations: Family<Call, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(SECONDS));
        let (logins, connections) = (Family::default(), Family::default());
        let (sockets, devices, queued, memory) = <(Gauge, Gauge, Gauge, Gauge)>::default();
        registry.register("roamkit_http_requests", "Requests answered", requests.clone());
        let help = "Time from a request's head to its answer's head";
        registry.register("roamkit_http_request_duration_seconds", help, durations.clone());
        registry.register("roamkit_logins", "Tokens asked for, and devices let in", logins.clone());
        registry.register("roamkit_sockets_open", "Open sockets, let in or not", sockets.clone());
        registry.register("roamkit_devices_online", "Devices online through this node", devices.clone());
        let help = "Envelopes that wait for devices, in the whole database";
        registry.register("roamkit_queue_envelopes", help, queued.clone());
        let help =
            "Time from a commit, or word of it from another node, to the tasks of the sockets concerned";
        registry.register("roamkit_fan_out_delay_seconds", help, hub.delay.0.clone());
        registry.register("roamkit_database_connections", "Connections to the database", connections.clone());
        registry.register("process_resident_memory_bytes", "Resident memory", memory.clone());
        Self {
            registry,
            requests,
            durations,
            logins,
            sockets,
            devices,
            queued,
            connections,
            memory,
            counted: Mutex::default(),
        }
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, time: Duration) {
        self.requests.get_or_create(&Answer { method, route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&Call { method, route: route.to_owned() }).observe(time.as_secs_f64());
    }

    /// Somebody logged in, or tried to.
    pub(crate) fn login(&self, grant: &'static str, ok: bool) {
        self.logins.get_or_create(&Login { grant, result: if ok { "ok" } else { "refused" } }).inc();
    }

    /// A socket is open for as long as this is held.
    pub(crate) fn socket(&self) -> OpenSocket {
        self.sockets.inc();
        OpenSocket(self.sockets.clone())
    }

    /// Looks at what is not counted as it happens.
    async fn look(&self, server: &Server) {
        self.devices.set(server.hub.all().len() as i64);
        for (pool, size, idle) in server.store.connections() {
            let set = |state, value| self.connections.get_or_create(&Connections { pool, state }).set(value);
            set("idle", idle);
            set("used", size - idle);
        }
        if let Some(bytes) = resident_memory() {
            self.memory.set(bytes);
        }
        let mut counted = self.counted.lock().await;
        if counted.is_none_or(|at| at.elapsed() >= DEPTH_AGE) {
            // One that fails is not tried again at once, either.
            *counted = Some(Instant::now());
            let depth = async { queues::depth(&mut *server.store.read().await?).await };
            match timeout(DEPTH_TIME, depth).await {
                Ok(Ok(depth)) => drop(self.queued.set(depth)),
                Ok(Err(cause)) => tracing::warn!(%cause, "could not count what waits in queues"),
                Err(_) => tracing::warn!("could not count what waits in queues in time"),
            }
        }
    }
}

/// An open socket.
#[derive(Debug)]
pub(crate) struct OpenSocket(Gauge);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// As Linux tells it; elsewhere nobody does.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<i64>().ok().map(|kib| kib * 1024)
}

/// `GET /metrics`
pub(crate) async fn show(State(server): State<Shared>) -> Response {
    server.metrics.look(&server).await;
    let mut body = String::new();
    // Writing to a text cannot fail.
    let _ = text::encode(&mut body, &server.metrics.registry);
    ([(CONTENT_TYPE, MEDIA_TYPE)], body).into_response()
}
