//! Reads the options object of a call into a derived struct.
//!
//! [`Fields`] is a serde `Deserializer`. It asks the object for the fields that the struct declares, ignores all others,
//! and takes `null` for a field that was left out. If a field is refused, the error names the call, the field, its value
//! and the values that are allowed.

use crate::error::{Code, Error, Result};
use js_sys::{Array, Object, Reflect};
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde::{Deserializer, forward_to_deserialize_any};
use std::fmt::{self, Display};
use std::slice;
use wasm_bindgen::prelude::*;

/// The options object of one call.
pub struct Fields {
    call: &'static str,
    object: JsValue,
}

impl Fields {
    /// Refuses values that are no options object. A caller may leave the object out.
    pub fn new(call: &'static str, object: &JsValue) -> Result<Self> {
        let fields = Self { call, object: object.clone() };
        if fields.is_left_out() || object.is_object() && !Array::is_array(object) {
            return Ok(fields);
        }
        Err(fields.no_object())
    }

    /// Separate arguments of a call, by their names.
    pub fn of_arguments<const N: usize>(
        call: &'static str,
        arguments: [(&'static str, &JsValue); N],
    ) -> Result<Self> {
        let object = Object::new();
        for (name, value) in arguments {
            Reflect::set(&object, &name.into(), value).map_err(|_| unreadable(call, name))?;
        }
        Ok(Self { call, object: object.into() })
    }

    /// Reads and checks the fields.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(self).map_err(|invalid| self.error(invalid))
    }

    /// The error of the call.
    fn error(&self, invalid: Invalid) -> Error {
        match invalid {
            _ if self.is_left_out() => self.no_object(),
            Invalid::Refused(error) => error,
            Invalid::Value { .. } | Invalid::Unreadable => {
                Error::new(Code::InvalidParam, format!("{}: the options cannot be read", self.call))
            }
        }
    }

    /// Whether the first of two fields was given. Refuses options that have both or neither.
    pub fn has_first(&self, first: &'static str, second: &'static str) -> Result<bool> {
        if self.is_left_out() {
            return Err(self.no_object());
        }
        let given = |name| self.get(name).map(|value| !is_nullish(&value));
        let found = match (given(first)?, given(second)?) {
            (true, false) => return Ok(true),
            (false, true) => return Ok(false),
            (true, true) => "both were",
            (false, false) => "neither was",
        };
        let message = format!("{} takes {first} or {second}, but {found} given", self.call);
        Err(Error::new(Code::InvalidParam, message))
    }

    /// The only one of these fields that was given. Refuses options that have none or several of them.
    pub fn only_one_of<const N: usize>(&self, names: [&'static str; N]) -> Result<&'static str> {
        if self.is_left_out() {
            return Err(self.no_object());
        }
        let mut given = Vec::with_capacity(N);
        for name in names {
            if !is_nullish(&self.get(name)?) {
                given.push(name);
            }
        }
        let found = match given[..] {
            [name] => return Ok(name),
            [] => "neither was".to_owned(),
            [one, other] => format!("both {one} and {other} were"),
            _ => format!("{} were", given.join(", ")),
        };
        let message = format!("{} takes exactly one of {}, but {found} given", self.call, names.join(", "));
        Err(Error::new(Code::InvalidParam, message))
    }

    /// Refuses a field that does not fit another one.
    pub fn refuse(&self, name: &'static str, expected: &str) -> Error {
        match self.get(name) {
            Ok(value) => self.refusal(name, &value, Invalid::value(&expected)),
            Err(error) => error,
        }
    }

    fn is_left_out(&self) -> bool {
        is_nullish(&self.object)
    }

    fn no_object(&self) -> Error {
        let message = format!("{} takes an options object, not {}", self.call, describe(&self.object));
        Error::new(Code::InvalidParam, message)
    }

    fn get(&self, name: &'static str) -> Result<JsValue> {
        if self.is_left_out() {
            return Ok(JsValue::UNDEFINED);
        }
        // A getter of the application may throw.
        Reflect::get(&self.object, &name.into()).map_err(|_| unreadable(self.call, name))
    }

    fn refusal(&self, name: &'static str, value: &JsValue, invalid: Invalid) -> Error {
        let call = self.call;
        match invalid {
            Invalid::Refused(error) => error,
            Invalid::Unreadable => unreadable(call, name),
            Invalid::Value { expected, element: None, .. } if is_nullish(value) => {
                Error::new(Code::InvalidParam, format!("{call}: {name} is missing; it must be {expected}"))
            }
            Invalid::Value { expected, has_right_type, found, element } => {
                // Credentials do not belong into logs.
                let is_secret = has_right_type && matches!(name, "token" | "password");
                let but = if is_secret {
                    String::new()
                } else {
                    format!(", but was {}", found.unwrap_or_else(|| describe(value)))
                };
                let element = element.map_or_else(String::new, |index| format!("[{index}]"));
                let code = if has_right_type { code(name) } else { Code::InvalidParam };
                Error::new(code, format!("{call}: {name}{element} must be {expected}{but}"))
            }
        }
    }
}

/// The code for a field that has the right type and a wrong value.
fn code(name: &str) -> Code {
    match name {
        "appKey" => Code::InvalidAppKey,
        "user" => Code::InvalidUserName,
        "password" => Code::InvalidPassword,
        "token" => Code::InvalidToken,
        _ => Code::InvalidParam,
    }
}

fn unreadable(call: &str, name: &str) -> Error {
    Error::new(Code::InvalidParam, format!("{call}: {name} cannot be read"))
}

fn is_nullish(value: &JsValue) -> bool {
    value.is_undefined() || value.is_null()
}

/// The longest string that an error repeats, in characters.
const MAX_REPEATED: usize = 40;

/// Describes a value for an error.
pub fn describe(value: &JsValue) -> String {
    if let Some(text) = value.as_string() {
        return match text.char_indices().nth(MAX_REPEATED) {
            Some((end, _)) => format!("\"{}…\"", &text[..end]),
            None => format!("\"{text}\""),
        };
    }
    if let Some(number) = value.as_f64() {
        let text = js_sys::Number::from(number).to_string_with_radix(10);
        return format!("the number {}", text.map_or_else(|_| number.to_string(), String::from));
    }
    if let Some(flag) = value.as_bool() {
        return flag.to_string();
    }
    if value.is_undefined() {
        return "undefined".into();
    }
    if value.is_null() {
        return "null".into();
    }
    if value.is_object() {
        return if Array::is_array(value) { "an array" } else { "an object" }.into();
    }
    format!("a {}", value.js_typeof().as_string().unwrap_or_default())
}

/// The reason why a value is refused.
#[derive(Debug)]
pub enum Invalid {
    /// It is not what is expected.
    Value {
        /// The allowed values, in words.
        expected: String,
        /// Whether only the value is wrong, not its type.
        has_right_type: bool,
        /// A description that is better than that of the field's value.
        found: Option<String>,
        /// The element of the array that is wrong.
        element: Option<usize>,
    },
    /// Looking at it throws.
    Unreadable,
    /// The field is known, and the error complete.
    Refused(Error),
}

impl Invalid {
    fn value(expected: &dyn Expected) -> Self {
        Self::Value { expected: expected.to_string(), has_right_type: true, found: None, element: None }
    }

    fn other_type(expected: &dyn Expected) -> Self {
        Self::Value { expected: expected.to_string(), has_right_type: false, found: None, element: None }
    }

    /// The same reason for an element of an array.
    fn at(self, index: usize, value: &JsValue) -> Self {
        match self {
            Self::Value { expected, has_right_type, found, .. } => Self::Value {
                expected,
                has_right_type,
                found: Some(found.unwrap_or_else(|| describe(value))),
                element: Some(index),
            },
            other => other,
        }
    }
}

impl Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value { expected, .. } => write!(f, "must be {expected}"),
            Self::Unreadable => f.write_str("cannot be read"),
            Self::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Invalid {}

impl de::Error for Invalid {
    fn custom<T: Display>(_: T) -> Self {
        Self::Unreadable
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::other_type(expected)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::value(expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let found = Some(format!("an array of {length}"));
        Self::Value { expected: expected.to_string(), has_right_type: false, found, element: None }
    }
}

impl<'de> Deserializer<'de> for &Fields {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        Err(Invalid::other_type(&visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        visitor.visit_map(Entries { fields: self, names: names.iter(), current: None })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The fields of a struct, in the order of its declaration. Fields that were left out are `undefined`.
struct Entries<'a> {
    fields: &'a Fields,
    names: slice::Iter<'static, &'static str>,
    current: Option<(&'static str, JsValue)>,
}

impl Entries<'_> {
    /// Goes to the next field, and returns its name.
    fn advance(&mut self) -> Result<Option<&'static str>, Invalid> {
        let Some(name) = self.names.next() else { return Ok(None) };
        self.current = Some((name, self.fields.get(name).map_err(Invalid::Refused)?));
        Ok(Some(name))
    }

    /// The value of the current field.
    fn value(&self) -> Value {
        Value(self.current.as_ref().map_or(JsValue::UNDEFINED, |(_, value)| value.clone()))
    }

    /// The refusal of the current field.
    fn refusal(&self, invalid: Invalid) -> Invalid {
        match &self.current {
            Some((name, value)) => Invalid::Refused(self.fields.refusal(name, value, invalid)),
            None => invalid,
        }
    }
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Invalid;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Invalid> {
        match self.advance()? {
            Some(name) => seed.deserialize(name.into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Invalid> {
        seed.deserialize(self.value()).map_err(|invalid| self.refusal(invalid))
    }
}

/// The value of a field, or of an element of an array.
struct Value(JsValue);

impl<'de> Deserializer<'de> for Value {
    type Error = Invalid;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        let Self(value) = self;
        if let Some(text) = value.as_string() {
            visitor.visit_string(text)
        } else if let Some(flag) = value.as_bool() {
            visitor.visit_bool(flag)
        } else if let Some(number) = value.as_f64() {
            visitor.visit_f64(number)
        } else if Array::is_array(&value) {
            let length = value.unchecked_ref::<Array>().length() as usize;
            visitor.visit_seq(Elements { array: value, length, next: 0 })
        } else {
            Err(Invalid::other_type(&visitor))
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        match self.0.as_bool() {
            Some(flag) => visitor.visit_bool(flag),
            None => Err(Invalid::other_type(&"true or false")),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        if is_nullish(&self.0) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Invalid> {
        if is_nullish(&self.0) { visitor.visit_unit() } else { Err(Invalid::other_type(&"left out")) }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        let text = self.0.as_string();
        match variants.iter().find(|variant| text.as_deref() == Some(**variant)) {
            Some(variant) => visitor.visit_enum((*variant).into_deserializer()),
            None => Err(Invalid::value(&one_of(variants).as_str())),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        visitor.visit_newtype_struct(self)
    }

    // `serde_wasm_bindgen::preserve` asks for a JS value like this.
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Invalid> {
        let deserializer = serde_wasm_bindgen::Deserializer::from(self.0);
        deserializer.deserialize_tuple_struct(name, length, visitor).map_err(|_| Invalid::Unreadable)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit_struct seq tuple map struct
        identifier ignored_any
    }
}

/// Lists allowed strings, such as `one of "up", "down"`.
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("one of {}", quoted.join(", "))
}

/// The elements of an array.
struct Elements {
    array: JsValue,
    length: usize,
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements {
    type Error = Invalid;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Invalid> {
        if self.next >= self.length {
            return Ok(None);
        }
        let index = self.next;
        self.next += 1;
        let value = Reflect::get_u32(&self.array, index as u32).map_err(|_| Invalid::Unreadable)?;
        seed.deserialize(Value(value.clone())).map(Some).map_err(|invalid| invalid.at(index, &value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.next)
    }
}
