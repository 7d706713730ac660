//! The state of one message queue of the server.

/// The acknowledged position of a queue, and the ids of its latest metas.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Queue {
    /// The position that was acknowledged last.
    #[serde(with = "super::typed_arrays::bigint", default)]
    pub(crate) position: Option<u64>,
    /// The ids of the latest metas, oldest first. The server delivers at least once, and a known id is a repetition.
    #[serde(with = "super::typed_arrays::u64s", default)]
    pub(crate) seen: Vec<u64>,
}
