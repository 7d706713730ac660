//! Counters, gauges and histograms, in the text format that Prometheus reads.

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// The media type of [`Metrics::encode`].
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The time for which a count of the queued envelopes is reused, because counting reads a whole index.
const QUEUE_COUNT_AGE: Duration = Duration::from_secs(15);
/// Upper bounds of the histogram buckets in seconds, from an answer out of memory to one that a caller gave up
/// on.
const BUCKETS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// `route` is a route of the route table, so the number of label values is bounded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LoginLabels {
    grant: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    pool: &'static str,
    state: &'static str,
}

/// All metrics of the server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<ResponseLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
    logins: Family<LoginLabels, Counter>,
    open_sockets: Gauge,
    online_devices: Gauge,
    queued_envelopes: Gauge,
    fan_out_delay: Histogram,
    connections: Family<PoolLabels, Gauge>,
    resident_memory: Gauge,
    queue_counted_at: Mutex<Option<Instant>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let requests = Family::default();
        let durations: Family<RouteLabels, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let (logins, connections) = (Family::default(), Family::default());
        let (open_sockets, online_devices, queued_envelopes, resident_memory) =
            <(Gauge, Gauge, Gauge, Gauge)>::default();
        let fan_out_delay = Histogram::new(BUCKETS);
        registry.register("roamkit_http_requests", "Requests answered", requests.clone());
        let help = "Time from the head of a request to the head of its response";
        registry.register("roamkit_http_request_duration_seconds", help, durations.clone());
        registry.register("roamkit_logins", "Token requests and socket logins", logins.clone());
        let help = "Open sockets, before and after their login";
        registry.register("roamkit_sockets_open", help, open_sockets.clone());
        registry.register(
            "roamkit_devices_online",
            "Devices online through this node",
            online_devices.clone(),
        );
        let help = "Envelopes queued for devices, in the whole database";
        registry.register("roamkit_queue_envelopes", help, queued_envelopes.clone());
        let help =
            "Time from a commit, or another node's announcement, to the tasks of the sockets concerned";
        registry.register("roamkit_fan_out_delay_seconds", help, fan_out_delay.clone());
        registry.register("roamkit_database_connections", "Connections to the database", connections.clone());
        registry.register("process_resident_memory_bytes", "Resident memory", resident_memory.clone());
        Self {
            registry,
            requests,
            durations,
            logins,
            open_sockets,
            online_devices,
            queued_envelopes,
            fan_out_delay,
            connections,
            resident_memory,
            queue_counted_at: Mutex::default(),
        }
    }
}

impl Metrics {
    pub(crate) fn record_request(&self, method: &'static str, route: &str, status: u16, time: Duration) {
        let route = route.to_owned();
        self.requests.get_or_create(&ResponseLabels { method, route: route.clone(), status }).inc();
        self.durations.get_or_create(&RouteLabels { method, route }).observe(time.as_secs_f64());
    }

    pub(crate) fn record_login(&self, grant: &'static str, ok: bool) {
        self.logins.get_or_create(&LoginLabels { grant, result: if ok { "ok" } else { "refused" } }).inc();
    }

    /// Counts a socket as open until the guard is dropped.
    pub(crate) fn open_socket(&self) -> OpenSocketGuard {
        self.open_sockets.inc();
        OpenSocketGuard(self.open_sockets.clone())
    }

    pub(crate) fn record_fan_out_delay(&self, delay: Duration) {
        self.fan_out_delay.observe(delay.as_secs_f64());
    }

    pub(crate) fn set_online_devices(&self, count: usize) {
        self.online_devices.set(count as i64);
    }

    pub(crate) fn set_connections(&self, pool: &'static str, idle: i64, used: i64) {
        for (state, count) in [("idle", idle), ("used", used)] {
            self.connections.get_or_create(&PoolLabels { pool, state }).set(count);
        }
    }

    /// Runs `count` and stores its result, unless the last run was less than [`QUEUE_COUNT_AGE`] ago.
    pub(crate) async fn update_queued_envelopes(&self, count: impl Future<Output = Option<i64>>) {
        let mut counted_at = self.queue_counted_at.lock().await;
        if counted_at.is_some_and(|at| at.elapsed() < QUEUE_COUNT_AGE) {
            return;
        }
        // A failed count is not repeated at once either.
        *counted_at = Some(Instant::now());
        if let Some(count) = count.await {
            self.queued_envelopes.set(count);
        }
    }

    /// All metrics as text.
    pub(crate) fn encode(&self) -> String {
        if let Some(bytes) = resident_memory() {
            self.resident_memory.set(bytes);
        }
        let mut body = String::new();
        // Writing to a `String` cannot fail.
        let _ = text::encode(&mut body, &self.registry);
        body
    }
}

/// Keeps a socket counted as open.
#[derive(Debug)]
pub(crate) struct OpenSocketGuard(Gauge);

impl Drop for OpenSocketGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The resident memory of this process. Known on Linux only.
fn resident_memory() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<i64>().ok().map(|kib| kib * 1024)
}
