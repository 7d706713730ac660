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

    /// What is there of it. The library's `flatten` brings the states of two iterators.
    #[allow(clippy::manual_flatten, reason = "see above")]
    fn there<T>(self) -> Vec<T>
    where
        Self: Iterator<Item = Option<T>>,
    {
        let mut list = Vec::new();
        for item in self {
            if let Some(item) = item {
                list.push(item);
            }
        }
        list
    }
}

impl<I: Iterator> List for I {}

/// The earliest of these times, of which some may not be there.
pub(crate) fn earliest(times: &[Option<u64>]) -> Option<u64> {
    let mut earliest = None;
    for time in times {
        if time.is_some() && (earliest.is_none() || *time < earliest) {
            earliest = *time;
        }
    }
    earliest
}
