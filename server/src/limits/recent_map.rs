//! A map of bounded size that forgets old keys.

use std::collections::HashMap;
use std::hash::Hash;

/// A map in two generations. When the young one is full, it becomes the old one, and the previous old one is
/// dropped. Inserting a key again moves it to the young generation, so it survives at least `capacity / 2`
/// insertions of others.
#[derive(Debug)]
pub(super) struct RecentMap<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    max_young: usize,
}

impl<K: Eq + Hash + Clone, V> RecentMap<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), max_young: (capacity / 2).max(1) }
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let (young, old) = (self.young.remove(key), self.old.remove(key));
        young.or(old)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        if self.young.len() >= self.max_young && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }
}

#[cfg(test)]
mod tests {
    use super::RecentMap;

    #[test]
    fn the_size_is_bounded_and_used_keys_survive() {
        let mut map = RecentMap::new(10);
        map.insert(-1, 0);
        for key in 0..1000 {
            map.insert(key, key);
            assert!(map.len() <= 10);
            assert_eq!(map.get(&key), Some(&key));
            if let Some(value) = map.remove(&-1) {
                map.insert(-1, value);
            }
        }
        assert_eq!(map.get(&-1), Some(&0), "it was inserted again and again");
        assert_eq!(map.get(&5), None);
        assert_eq!(map.remove(&999), Some(999));
        assert_eq!(map.get(&999), None);
    }
}
