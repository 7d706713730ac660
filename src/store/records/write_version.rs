//! The identity of the transaction that wrote last.

/// Identifies one writing transaction. No other transaction has the same version, so an unchanged version proves that
/// nothing was written since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct WriteVersion {
    /// The number of the store handle that wrote.
    pub(crate) tab: u64,
    /// The number of the transaction among those of that handle.
    pub(crate) count: u64,
    /// The time of the transaction by the clock of the copy. Older copies have none.
    #[serde(default)]
    pub(crate) time: u64,
}
