//! Lists in less code than `collect` makes anew for each kind of iterator, which reserves room and counts ahead.

/// What an iterator brings, in a list.
pub(crate) trait List: Iterator + Sized {
    /// All of it.
    fn list(self) -> Vec<Self::Item> {
        let mut list = Vec::new();
        for item in self {
            list.push(item);
        }
        list
    }
}

impl<I: Iterator> List for I {}
