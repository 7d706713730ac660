//! Several addresses of one thing, and which of them is good.

use std::cell::Cell;

/// At least one address. The one that answered last is asked first.
#[derive(Debug)]
pub struct HostPool {
    urls: Vec<String>,
    good: Cell<usize>,
}

impl HostPool {
    /// In the order in which they are to be tried; `None` where there is none.
    pub fn new(urls: Vec<String>) -> Option<Self> {
        (!urls.is_empty()).then(|| Self { urls, good: Cell::new(0) })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.urls.len()
    }

    /// The place of the good one.
    pub fn good(&self) -> usize {
        self.good.get()
    }

    /// Notes which one is good.
    pub fn set_good(&self, at: usize) {
        self.good.set(at % self.urls.len());
    }

    /// The address at a place.
    pub fn url(&self, at: usize) -> &str {
        self.urls.get(at % self.urls.len()).map_or("", String::as_str)
    }

    /// The good one failed: the next one may be better. Where another call found that already, nothing happens.
    pub fn failed(&self, at: usize) {
        if self.good.get() == at % self.urls.len() {
            self.set_good(at + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_failed_makes_way_once() {
        let choice = HostPool::new(vec!["a".into(), "b".into(), "c".into()]).unwrap();
        // Two calls that were on their way to the same host.
        choice.failed(0);
        choice.failed(0);
        assert_eq!((choice.good(), choice.url(choice.good())), (1, "b"));
        choice.failed(1);
        choice.failed(2);
        assert_eq!(choice.url(choice.good()), "a");
        assert!(HostPool::new(Vec::new()).is_none());
    }
}
