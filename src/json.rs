//! The JSON forms of what is kept, told and fetched. By hand where `serde` could derive them: a derived reader takes ten
//! times the code, and a form is read or written here in one way only. `serde`'s own are for tests, and say the same.

use crate::error::{Code, Error};
use roamkit_wire::json::{self, Fields, Json};

/// What has a JSON form.
pub trait Write {
    /// Writes it.
    fn write(&self, to: &mut Vec<u8>);

    /// Whether a field of it is left out.
    fn is_left_out(&self) -> bool {
        false
    }
}

/// What is read from its JSON form. Nothing comes of another form.
pub trait Read: Sized {
    /// Reads it.
    fn read(value: Json<'_>) -> Option<Self>;

    /// What stands for a field that is left out.
    fn missing() -> Option<Self> {
        None
    }
}

/// The text of it.
pub fn text(value: &impl Write) -> Vec<u8> {
    let mut text = Vec::new();
    value.write(&mut text);
    text
}

/// Writes a field.
pub fn write_field(fields: &mut Fields<'_>, name: &str, value: &impl Write) {
    if !value.is_left_out() {
        value.write(fields.name(name));
    }
}

/// Reads a field.
pub fn field<T: Read>(object: Json<'_>, name: &str) -> Option<T> {
    object.get(name).map_or_else(T::missing, T::read)
}

/// A list.
pub fn write_list<'a, T: Write + 'a>(list: impl IntoIterator<Item = &'a T>, to: &mut Vec<u8>) {
    to.push(b'[');
    for (at, value) in list.into_iter().enumerate() {
        if at > 0 {
            to.push(b',');
        }
        value.write(to);
    }
    to.push(b']');
}

impl Write for String {
    fn write(&self, to: &mut Vec<u8>) {
        json::write_text(self, to);
    }
}

impl Read for String {
    fn read(value: Json<'_>) -> Option<Self> {
        value.text()
    }
}

impl Write for &str {
    fn write(&self, to: &mut Vec<u8>) {
        json::write_text(self, to);
    }
}

impl Write for f64 {
    fn write(&self, to: &mut Vec<u8>) {
        json::write_number(*self, to);
    }
}

impl Read for f64 {
    fn read(value: Json<'_>) -> Option<Self> {
        value.double()
    }
}

impl Write for u32 {
    fn write(&self, to: &mut Vec<u8>) {
        json::write_number(f64::from(*self), to);
    }
}

impl Read for u32 {
    fn read(value: Json<'_>) -> Option<Self> {
        value.whole().and_then(|number| number.try_into().ok())
    }
}

impl Write for u64 {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.to_string().as_bytes());
    }
}

impl Read for u64 {
    fn read(value: Json<'_>) -> Option<Self> {
        value.whole()
    }
}

impl Write for bool {
    fn write(&self, to: &mut Vec<u8>) {
        json::write_flag(*self, to);
    }
}

impl Read for bool {
    fn read(value: Json<'_>) -> Option<Self> {
        value.flag()
    }
}

impl Write for Json<'_> {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(self.bytes());
    }
}

impl<T: Write> Write for Vec<T> {
    fn write(&self, to: &mut Vec<u8>) {
        write_list(self, to);
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: Json<'_>) -> Option<Self> {
        if !value.is_list() {
            return None;
        }
        let mut all = Self::new();
        for value in value.items() {
            all.push(T::read(value)?);
        }
        Some(all)
    }
}

impl<T: Write> Write for Option<T> {
    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(to),
            None => to.extend_from_slice(b"null"),
        }
    }

    fn is_left_out(&self) -> bool {
        self.is_none()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(value: Json<'_>) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

/// The object form of a struct: the names of its fields there.
macro_rules! written {
    ($type:ty { $($field:ident: $name:literal),* $(,)? }) => {
        impl $type {
            pub(crate) fn fields(&self, fields: &mut roamkit_wire::json::Fields<'_>) {
                $($crate::json::write_field(fields, $name, &self.$field);)*
            }
        }

        impl $crate::json::Write for $type {
            fn write(&self, to: &mut Vec<u8>) {
                let mut fields = roamkit_wire::json::Fields::new(to);
                self.fields(&mut fields);
                fields.end();
            }
        }
    };
}

/// The same, and it is read from there, too.
macro_rules! object {
    ($type:ident { $($field:ident: $name:literal),* $(,)? }) => {
        $crate::json::written!($type { $($field: $name),* });

        impl $crate::json::Read for $type {
            fn read(value: roamkit_wire::json::Json<'_>) -> Option<Self> {
                if !value.is_object() {
                    return None;
                }
                Some(Self { $($field: $crate::json::field(value, $name)?),* })
            }
        }
    };
}

/// An enum whose form is a word.
macro_rules! words {
    ($type:ident { $($variant:ident: $word:literal),* $(,)? }) => {
        impl $crate::json::Write for $type {
            fn write(&self, to: &mut Vec<u8>) {
                roamkit_wire::json::write_text(match self { $(Self::$variant => $word),* }, to);
            }
        }

        impl $crate::json::Read for $type {
            fn read(value: roamkit_wire::json::Json<'_>) -> Option<Self> {
                match &*value.text()? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use {object, words, written};

/// An answer of the server, whose form is not to be trusted.
pub struct Answer<'a> {
    is_object: bool,
    /// Found once: the text is long.
    fields: Vec<(Json<'a>, Json<'a>)>,
}

impl<'a> Answer<'a> {
    /// Reads a text.
    pub fn read(text: &'a str) -> Result<Self, Error> {
        json::read(text.as_bytes())
            .map(Self::of)
            .map_err(|error| unexpected(&format!("it is no JSON from byte {} on", error.at() as u64)))
    }

    fn of(json: Json<'a>) -> Self {
        Self { is_object: json.is_object(), fields: json.fields().collect() }
    }

    /// What its field `data` holds.
    pub fn data(&self) -> Result<Self, Error> {
        let data = self.field("data").ok().flatten().filter(|data| data.is_object());
        data.map(Self::of).ok_or_else(|| wrong("data"))
    }

    /// A field, if it is there.
    pub fn find<T: Read>(&self, name: &str) -> Result<Option<T>, Error> {
        self.field(name)?.map(|value| T::read(value).ok_or_else(|| wrong(name))).transpose()
    }

    /// A field as it stands there, if it does.
    pub fn field(&self, name: &str) -> Result<Option<Json<'a>>, Error> {
        if !self.is_object {
            return Err(unexpected("it is no object"));
        }
        let last = self.fields.iter().rev().find(|(key, _)| key.is(name));
        Ok(last.map(|(_, value)| *value))
    }

    /// What a field lists, if it is there.
    pub fn list(&self, name: &str) -> Result<impl Iterator<Item = Json<'a>> + use<'a>, Error> {
        let list = self.field(name)?.unwrap_or(Json::NULL);
        if list.is_list() || list.is_null() { Ok(list.items()) } else { Err(wrong(name)) }
    }

    /// A field that must be there.
    pub fn get<T: Read>(&self, name: &str) -> Result<T, Error> {
        self.find(name)?.or_else(T::missing).ok_or_else(|| wrong(name))
    }
}

/// What is said of a field of another form.
pub fn wrong(name: &str) -> Error {
    unexpected(&format!("`{name}` is missing, or of another form"))
}

fn unexpected(why: &str) -> Error {
    Error::new(Code::ServerUnknownError, format!("the server's answer is not as expected: {why}"))
}
