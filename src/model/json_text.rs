//! JSON texts of messages and conversations.
//!
//! A whole block of messages is one text. The database then copies bytes instead of cloning fifty objects, and JS reads a page
//! with one `JSON.parse`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::rc::Rc;

/// The JSON of one value. It is often a part of a longer text that it shares with its neighbors.
#[derive(Clone, Debug, Default)]
pub struct JsonText {
    whole: Rc<Vec<u8>>,
    from: usize,
    to: usize,
}

impl From<Vec<u8>> for JsonText {
    fn from(whole: Vec<u8>) -> Self {
        Self { from: 0, to: whole.len(), whole: Rc::new(whole) }
    }
}

impl From<Box<RawValue>> for JsonText {
    fn from(value: Box<RawValue>) -> Self {
        Box::<str>::from(value).into_string().into_bytes().into()
    }
}

impl Serialize for JsonText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value: &RawValue = serde_json::from_str(self.as_str()).map_err(serde::ser::Error::custom)?;
        value.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl JsonText {
    /// The text of a value; empty if JSON cannot express the value.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        serde_json::to_vec(value).unwrap_or_default().into()
    }

    /// Splits a text at the given ends. Ends beyond the text, or before the previous end, are moved there.
    pub(crate) fn cut(whole: Vec<u8>, ends: &[u32]) -> Vec<Self> {
        let whole = Rc::new(whole);
        let (mut texts, mut from) = (Vec::new(), 0);
        for end in ends {
            let to = (*end as usize).clamp(from, whole.len());
            texts.push(Self { whole: whole.clone(), from, to });
            from = to;
        }
        texts
    }

    /// Joins texts into one, and returns the end of each.
    pub(crate) fn join(texts: &[Self]) -> (Vec<u8>, Vec<u32>) {
        let mut whole = Vec::with_capacity(texts.iter().map(|text| text.bytes().len()).sum());
        let mut ends = Vec::with_capacity(texts.len());
        for text in texts {
            whole.extend_from_slice(text.bytes());
            ends.push(whole.len() as u32);
        }
        (whole, ends)
    }

    /// The value; `None` if the text does not have its form.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.as_str()).ok()
    }

    /// The JSON; empty if the bytes are not UTF-8.
    pub fn as_str(&self) -> &str {
        str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// The JSON as bytes.
    pub fn bytes(&self) -> &[u8] {
        self.whole.get(self.from..self.to).unwrap_or_default()
    }

    /// The JSON list of these texts.
    pub fn list<'a>(texts: impl Iterator<Item = &'a Self>) -> Vec<u8> {
        let mut list = vec![b'['];
        for text in texts {
            if list.len() > 1 {
                list.push(b',');
            }
            list.extend_from_slice(text.bytes());
        }
        list.push(b']');
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_they_were_joined() {
        let texts = ["one", "zwei", ""].map(|text| JsonText::of(&text));
        let (whole, ends) = JsonText::join(&[&texts[..], &texts[1..2]].concat());
        assert_eq!(whole, br#""one""zwei""""zwei""#);
        let again = JsonText::cut(whole, &ends);
        assert_eq!(again[..3], texts);
        assert_eq!(again[3], texts[1]);
        assert_eq!(again[3].read::<String>().unwrap(), "zwei");
        assert_eq!(JsonText::list(again.iter().skip(1)), br#"["zwei","","zwei"]"#);
        assert_eq!(JsonText::list([].into_iter()), b"[]");
    }

    #[test]
    fn ends_that_lie_elsewhere_do_no_harm() {
        let cut: Vec<_> =
            JsonText::cut(b"abc".to_vec(), &[2, 1, 9, 9]).iter().map(|text| text.bytes().to_vec()).collect();
        assert_eq!(cut, [&b"ab"[..], b"", b"c", b""]);
    }
}
