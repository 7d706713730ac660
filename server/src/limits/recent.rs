//! A map of bounded size that forgets what was not used for longest.

use std::collections::HashMap;
use std::hash::Hash;

/// Two halves: when the young one is full, it becomes the old one, and what was in the old one is forgotten. What is
/// used moves to the young one, so it outlives at least half of the capacity of others.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    half: usize,
}

impl<K: Eq + Hash + Clone, V> Recent<K, V> {
    /// One that holds so many at most.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), half: (capacity / 2).max(1) }
    }

    /// What is kept for a key, if anything is.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// Takes it out.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let (young, old) = (self.young.remove(key), self.old.remove(key));
        young.or(old)
    }

    /// Keeps something for a key.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.half && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn it_stays_small_and_keeps_what_is_used() {
        let mut recent = Recent::new(10);
        recent.insert(-1, 0);
        for key in 0..1000 {
            recent.insert(key, key);
            assert!(recent.len() <= 10);
            assert_eq!(recent.get(&key), Some(&key));
            if let Some(value) = recent.remove(&-1) {
                recent.insert(-1, value);
            }
        }
        assert_eq!(recent.get(&-1), Some(&0), "it was used all the time");
        assert_eq!(recent.get(&5), None);
        assert_eq!(recent.remove(&999), Some(999));
        assert_eq!(recent.get(&999), None);
    }
}
