//! What is in no log, whatever is asked for.

use tracing_subscriber::filter::{LevelFilter, Targets};

/// Everything but what writes out whole frames: they hold tokens and messages. It stands beside the filter that the
/// operator chooses, and no setting lifts it.
pub fn log_ceiling() -> Targets {
    let frames = ["tungstenite", "tokio_tungstenite"].map(|target| (target, LevelFilter::INFO));
    Targets::new().with_default(LevelFilter::TRACE).with_targets(frames)
}
