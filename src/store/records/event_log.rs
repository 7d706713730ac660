//! The event log: batches of events that the tab with the session hands to the other tabs.

/// The events of one applied batch.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EventBatch {
    /// The sequence number, which increases with every batch; 0 for a batch outside the log.
    pub number: u64,
    /// The sequence number of the batch before; 0 if there is none.
    pub prev: u64,
    /// A JSON list of `[name, event]` pairs.
    pub events: String,
}

/// The index of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct EventLog {
    /// The sequence numbers of the stored batches, oldest first.
    #[serde(with = "super::typed_arrays::u64s", default)]
    pub(crate) numbers: Vec<u64>,
}
