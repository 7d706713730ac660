//! The hosts that serve the same API, and the one that answered last.

use std::cell::Cell;

/// At least one URL. The host that answered last is asked first.
#[derive(Debug)]
pub struct HostPool {
    urls: Vec<String>,
    good: Cell<usize>,
}

impl HostPool {
    /// A pool of these URLs, tried in this order; `None` for an empty list.
    pub fn new(urls: Vec<String>) -> Option<Self> {
        (!urls.is_empty()).then(|| Self { urls, good: Cell::new(0) })
    }

    /// The number of hosts.
    pub fn count(&self) -> usize {
        self.urls.len()
    }

    /// The index of the host to ask first.
    pub fn good(&self) -> usize {
        self.good.get()
    }

    /// Makes this host the first to ask.
    pub fn set_good(&self, at: usize) {
        self.good.set(at % self.urls.len());
    }

    /// The URL at an index, which may be larger than the number of hosts.
    pub fn url(&self, at: usize) -> &str {
        self.urls.get(at % self.urls.len()).map_or("", String::as_str)
    }

    /// Makes the next host the first to ask, after this one failed. If two calls fail on the same host, only one of them moves
    /// on.
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
    fn two_failures_of_one_host_move_on_once() {
        let pool = HostPool::new(vec!["a".into(), "b".into(), "c".into()]).unwrap();
        // Two calls fail on the same host.
        pool.failed(0);
        pool.failed(0);
        assert_eq!((pool.good(), pool.url(pool.good())), (1, "b"));
        pool.failed(1);
        pool.failed(2);
        assert_eq!(pool.url(pool.good()), "a");
        assert!(HostPool::new(Vec::new()).is_none());
    }
}
