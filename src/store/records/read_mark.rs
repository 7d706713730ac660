//! Up to where the user read a conversation.

use super::typed_arrays::bigint;

/// Up to where the user read a conversation, as long as something may arrive that does not reflect it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReadMark {
    /// Messages with ids up to this one are read; `None` if no received message was known.
    #[serde(with = "bigint", default)]
    pub(crate) up_to: Option<u64>,
    /// The local time at which the read was noted, or the server's answer to it, in milliseconds.
    pub(crate) noted_at: u64,
    /// The number of the receipt that the server did not answer yet; `None` if the server knows of the read.
    #[serde(with = "bigint", default)]
    pub(crate) receipt: Option<u64>,
    /// The number of messages that were read here, and that the server counts as unread until it has the receipt.
    pub(crate) cleared: u32,
}
