//! A set as a sorted list.
//!
//! The SDK's maps and sets are sorted lists: [`LiteMap`], and this set over it. They hold a few dozen entries, or grow
//! mostly at their end, where a list is as fast as a tree. Every tree of the standard library, in contrast, brings the
//! code to split and merge its nodes, once for each type of key and value.

use litemap::LiteMap;
use std::borrow::Borrow;

/// A set of keys in ascending order. An insertion before the end moves the keys after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SortedSet<K>(LiteMap<K, ()>);

impl<K> Default for SortedSet<K> {
    fn default() -> Self {
        Self(LiteMap::new_vec())
    }
}

impl<K: Ord> SortedSet<K> {
    /// Inserts a key. Returns false if the set contained it.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.try_insert(key, ()).is_none()
    }

    /// Removes a key. Returns false if the set did not contain it.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).is_some()
    }

    /// True if the set contains the key.
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// True if the set contains no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys in ascending order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.0.keys()
    }

    /// Removes the keys for which the predicate is false.
    pub fn retain(&mut self, predicate: impl Fn(&K) -> bool) {
        self.0.retain(|key, ()| predicate(key));
    }

    /// Removes all keys.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl<K: Ord> FromIterator<K> for SortedSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        // Sorted keys are appended, so that a large set costs no more than its sorting.
        let mut keys: Vec<_> = keys.into_iter().collect();
        keys.sort_unstable();
        let mut set = Self::default();
        for key in keys {
            set.insert(key);
        }
        set
    }
}

impl<K> IntoIterator for SortedSet<K> {
    type Item = K;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(K, ())>, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_tuple_vec().into_iter().map(|(key, ())| key)
    }
}
