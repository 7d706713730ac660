//! Records in transit, answers and writes: the same for IndexedDB and memory.

use super::{Key, Record, Table};
use std::any::Any;
use std::fmt;
use std::ops::RangeInclusive;
use std::rc::Rc;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen::JsValue;

/// The value of a record, of whatever type it is.
pub trait Value: Any {
    /// The value as IndexedDB keeps it.
    #[cfg(target_arch = "wasm32")]
    fn to_js(&self) -> std::result::Result<JsValue, serde_wasm_bindgen::Error>;
}

impl<T: Record> Value for T {
    #[cfg(target_arch = "wasm32")]
    fn to_js(&self) -> std::result::Result<JsValue, serde_wasm_bindgen::Error> {
        serde_wasm_bindgen::to_value(self)
    }
}

/// A record before it is read, or after it was written.
#[derive(Clone)]
pub enum RawRecord {
    /// A record that memory keeps, or that is to be written.
    Value(Rc<dyn Value>),
    /// A record out of IndexedDB.
    #[cfg(target_arch = "wasm32")]
    Js(JsValue),
}

impl RawRecord {
    /// The record for a value.
    pub fn new<T: Record>(value: &T) -> Self {
        Self::Value(Rc::new(value.clone()))
    }

    /// The value; none where the record is of another type, or damaged.
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
    /// Keys; `None` stands for one that no version of this code wrote.
    Keys(Vec<Option<Key>>),
    /// Records.
    Values(Vec<RawRecord>),
}

/// A change of the database.
#[derive(Debug)]
pub enum Write {
    /// Puts a record in its place.
    Put(Table, Key, RawRecord),
    /// Deletes a record.
    Delete(Table, Key),
    /// Deletes the records of a range of keys.
    DeleteRange(Table, RangeInclusive<Key>),
    /// Deletes every record of a table.
    Clear(Table),
}
