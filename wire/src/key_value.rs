//! Typed pairs, in which messages carry their sender's own fields.

use prost::{Enumeration, Message, Oneof};

/// A typed value under a name.
#[derive(Clone, PartialEq, Message)]
pub struct KeyValue {
    /// The name.
    #[prost(string, tag = "1")]
    pub key: String,
    /// A [`ValueType`]; tells booleans from numbers and JSON from text.
    #[prost(enumeration = "ValueType", tag = "2")]
    pub r#type: i32,
    /// The value.
    #[prost(oneof = "Value", tags = "3, 4, 5, 6")]
    pub value: Option<Value>,
}

/// Where a [`KeyValue`] keeps its value.
#[derive(Clone, PartialEq, Oneof)]
pub enum Value {
    /// Booleans and whole numbers.
    #[prost(int64, tag = "3")]
    Varint(i64),
    /// Single precision.
    #[prost(float, tag = "4")]
    Float(f32),
    /// Double precision.
    #[prost(double, tag = "5")]
    Double(f64),
    /// Text, or JSON as text.
    #[prost(string, tag = "6")]
    Text(String),
}

/// The types of a [`KeyValue`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
#[allow(missing_docs, reason = "the names say it")]
pub enum ValueType {
    Unknown = 0,
    Bool = 1,
    Int = 2,
    Uint = 3,
    Llint = 4,
    Float = 5,
    Double = 6,
    String = 7,
    JsonString = 8,
}
