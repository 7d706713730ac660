//! The log filter that no setting can override.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// Silences the debug logs of the WebSocket library, because they contain whole frames and thereby tokens and
/// messages. Apply it in addition to the filter that the operator sets.
pub fn log_filter() -> Targets {
    let frames = ["tungstenite", "tokio_tungstenite"].map(|target| (target, LevelFilter::INFO));
    Targets::new().with_default(LevelFilter::TRACE).with_targets(frames)
}
