//! Raw records, answers and writes, which IndexedDB and memory share.

use super::{Key, Record, Table};
use std::any::Any;
use std::fmt;
use std::ops::RangeInclusive;
use std::rc::Rc;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// The value of a record of any type.
pub trait Value: Any {
    /// The value as IndexedDB stores it.
    #[cfg(target_arch = "wasm32")]
    fn to_js(&self) -> std::result::Result<JsValue, serde_wasm_bindgen::Error>;
}

impl<T: Record> Value for T {
    #[cfg(target_arch = "wasm32")]
    fn to_js(&self) -> std::result::Result<JsValue, serde_wasm_bindgen::Error> {
        serde_wasm_bindgen::to_value(self)
    }
}

/// A record that is not yet converted to its type.
#[derive(Clone)]
pub enum RawRecord {
    /// A record in memory, or one that is to be written.
    Value(Rc<dyn Value>),
    /// A record from IndexedDB.
    #[cfg(target_arch = "wasm32")]
    Js(JsValue),
}

impl RawRecord {
    /// The record for a value.
    pub fn new<T: Record>(value: &T) -> Self {
        Self::Value(Rc::new(value.clone()))
    }

    /// The value; `None` if the record has another type or is damaged.
    pub fn read<T: Record>(&self) -> Option<T> {
        match self {
            Self::Value(value) => {
                let value: &dyn Any = &**value;
                value.downcast_ref().cloned()
            }
            #[cfg(target_arch = "wasm32")]
            Self::Js(record) => serde_wasm_bindgen::from_value(record.clone()).ok(),
        }
    }
}

impl fmt::Debug for RawRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRecord").finish_non_exhaustive()
    }
}

/// The answer to a [`Query`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// One record, if it is there.
    Record(Option<RawRecord>),
    /// Keys. `None` stands for a key that no version of this code writes.
    Keys(Vec<Option<Key>>),
    /// Records.
    Values(Vec<RawRecord>),
}

/// A change of the database.
#[derive(Debug)]
pub enum Write {
    /// Stores a record under its key.
    Put(Table, Key, RawRecord),
    /// Deletes a record.
    Delete(Table, Key),
    /// Deletes the records of a range of keys.
    DeleteRange(Table, RangeInclusive<Key>),
    /// Deletes every record of a table.
    Clear(Table),
}
