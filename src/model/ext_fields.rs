//! The sender's own fields of a message.

use roamkit_wire::ext::RawObject;
use serde::{Deserialize, Serialize};

/// The sender's own fields, sorted by name. Values stay JSON text, so that each number stays as its sender wrote it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtFields(RawObject);

impl ExtFields {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.get()))
    }
}

impl PartialEq for ExtFields {
    fn eq(&self, other: &Self) -> bool {
        self.texts().eq(other.texts())
    }
}

impl From<RawObject> for ExtFields {
    fn from(fields: RawObject) -> Self {
        Self(fields)
    }
}
