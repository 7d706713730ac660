//! The sender's own fields of a message.

use super::JsonText;
use roamkit_wire::ext::RawObject;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The sender's own fields, sorted by name. Values stay JSON text, so that each number stays as its sender wrote it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExtFields(BTreeMap<String, JsonText>);

impl ExtFields {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<RawObject> for ExtFields {
    fn from(fields: RawObject) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name, value.into())).collect())
    }
}

impl From<Map<String, Value>> for ExtFields {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name, JsonText::of(&value))).collect())
    }
}
