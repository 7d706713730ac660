//! Messages and conversations as they are kept: their JSON. In one piece for a whole block, so that the database copies
//! bytes where it would clone fifty objects, and JS reads a page with one `JSON.parse`.

use crate::json::{Read, Write};
use std::rc::Rc;

/// The JSON of one value; often a part of a longer text that it shares with its neighbours.
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

impl PartialEq for JsonText {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl JsonText {
    /// The text of a value.
    pub(crate) fn of<T: Write>(value: &T) -> Self {
        crate::json::text(value).into()
    }

    /// The texts that end there; of ends that lie elsewhere only what is there.
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

    /// Texts in one piece, and where each ends.
    pub(crate) fn join(texts: &[Self]) -> (Vec<u8>, Vec<u32>) {
        let mut whole = Vec::with_capacity(texts.iter().map(|text| text.bytes().len()).sum());
        let mut ends = Vec::with_capacity(texts.len());
        for text in texts {
            whole.extend_from_slice(text.bytes());
            ends.push(whole.len() as u32);
        }
        (whole, ends)
    }

    /// The value; none where it is of another form.
    pub fn read<T: Read>(&self) -> Option<T> {
        roamkit_wire::json::read(self.bytes()).ok().and_then(T::read)
    }

    /// The JSON.
    pub fn bytes(&self) -> &[u8] {
        self.whole.get(self.from..self.to).unwrap_or_default()
    }

    /// The JSON of a list of them.
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
