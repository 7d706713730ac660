//! The state of one message queue of the server.

/// The acknowledged position of a queue, and the ids of its latest metas.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Queue {
    /// The position that was acknowledged last.
    pub(crate) position: Option<u64>,
    /// The ids of the latest metas, oldest first. The server delivers at least once, and a known id is a repetition.
    pub(crate) seen: Vec<u64>,
}
