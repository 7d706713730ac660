//! Maps and sets in sorted lists. What is looked up at a time is small or comes in order, and a list takes a
//! fraction of a tree's code: that is made anew for each kind of key and value, and every visitor downloads it.

use std::borrow::Borrow;
use std::vec;

/// A map in the order of its keys. Large values are better boxed: they move when a key comes in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Map<K, V> {
    keys: Set<K>,
    values: Vec<V>,
}

/// A set in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Set<K>(Vec<K>);

/// Searching what is sorted: in one function for all kinds of lists, which the library has anew for each.
pub(crate) trait Search<T> {
    /// How many stand at the beginning for which that holds.
    fn before(&self, is_before: impl Fn(&T) -> bool) -> usize;

    /// Where that is, or where it would be.
    fn place<K: Ord>(&self, key: &K, of: impl Fn(&T) -> K) -> Result<usize, usize>;
}

impl<T> Search<T> for [T] {
    fn before(&self, is_before: impl Fn(&T) -> bool) -> usize {
        search(self.len(), &|at| self.get(at).is_some_and(&is_before))
    }

    fn place<K: Ord>(&self, key: &K, of: impl Fn(&T) -> K) -> Result<usize, usize> {
        let at = self.before(|item| of(item) < *key);
        if self.get(at).is_some_and(|item| of(item) == *key) { Ok(at) } else { Err(at) }
    }
}

fn search(length: usize, is_before: &dyn Fn(usize) -> bool) -> usize {
    let (mut from, mut to) = (0, length);
    while from < to {
        let middle = usize::midpoint(from, to);
        if is_before(middle) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { keys: Set::default(), values: Vec::new() }
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord> Set<K> {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Where a key is, or where it would be. Mostly keys come in order.
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<usize, usize>
    where
        K: Borrow<Q>,
    {
        match self.0.last() {
            Some(last) if last.borrow() < key => Err(self.0.len()),
            _ => {
                let at = self.0.before(|own| own.borrow() < key);
                if self.0.get(at).is_some_and(|own| own.borrow() == key) { Ok(at) } else { Err(at) }
            }
        }
    }

    pub(crate) fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.find(key).is_ok()
    }

    /// Whether it was not there yet.
    pub(crate) fn insert(&mut self, key: K) -> bool {
        let place = self.find(&key);
        if let Err(at) = place {
            self.0.insert(at, key);
        }
        place.is_err()
    }

    /// Whether it was there.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        let place = self.find(key);
        if let Ok(at) = place {
            self.0.remove(at);
        }
        place.is_ok()
    }

    /// Drops all up to that one; how many those were.
    pub(crate) fn drop_through(&mut self, key: &K) -> usize {
        let dropped = self.0.before(|own| own <= key);
        self.0.drain(..dropped);
        dropped
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, K> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<K: Ord, V> Map<K, V> {
    pub(crate) const fn new() -> Self {
        Self { keys: Set::new(), values: Vec::new() }
    }

    pub(crate) fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.keys.contains(key)
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.keys.find(key).ok().and_then(|at| self.values.get(at))
    }

    pub(crate) fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.keys.find(key).ok().and_then(|at| self.values.get_mut(at))
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        match self.keys.find(&key) {
            Ok(at) => self.values[at] = value,
            Err(at) => self.put(at, key, value),
        }
    }

    fn put(&mut self, at: usize, key: K, value: V) {
        self.keys.0.insert(at, key);
        self.values.insert(at, value);
    }

    /// What is there; if nothing is, that is put there first.
    pub(crate) fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.keys.find(&key) {
            Ok(at) => at,
            Err(at) => {
                self.put(at, key, make());
                at
            }
        };
        &mut self.values[at]
    }

    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let at = self.keys.find(key).ok()?;
        self.keys.0.remove(at);
        Some(self.values.remove(at))
    }

    pub(crate) fn pop_first(&mut self) -> Option<(K, V)> {
        if self.values.is_empty() {
            return None;
        }
        Some((self.keys.0.remove(0), self.values.remove(0)))
    }

    /// Drops all up to that key.
    pub(crate) fn drop_through(&mut self, key: &K) {
        let dropped = self.keys.drop_through(key);
        self.values.drain(..dropped);
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        for (key, value) in std::mem::take(self) {
            if keep(&key, &value) {
                self.keys.0.push(key);
                self.values.push(value);
            }
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.keys.0.iter().zip(&self.values)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.keys.0.iter().zip(&mut self.values)
    }

    pub(crate) fn keys(&self) -> std::slice::Iter<'_, K> {
        self.keys.iter()
    }

    pub(crate) fn values(&self) -> std::slice::Iter<'_, V> {
        self.values.iter()
    }

    pub(crate) fn values_mut(&mut self) -> std::slice::IterMut<'_, V> {
        self.values.iter_mut()
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = vec::IntoIter<K>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Zip<vec::IntoIter<K>, vec::IntoIter<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.keys.into_iter().zip(self.values)
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::new();
        set.extend(keys);
        set
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

// proptest does not build for the browser.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn they_do_what_trees_do(steps in prop::collection::vec((0..4_u8, 0..12_u8, any::<u8>()), 0..60)) {
            let (mut map, mut tree) = (Map::new(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                    1 => {
                        map.insert(key, value);
                        tree.insert(key, value);
                    }
                    2 => {
                        let own = *map.get_or_insert_with(key, || value);
                        prop_assert_eq!(own, *tree.entry(key).or_insert(value));
                    }
                    _ => {
                        map.retain(|own, kept| (own ^ kept) % 3 != key % 3);
                        tree.retain(|own, kept| (own ^ *kept) % 3 != key % 3);
                    }
                }
                prop_assert!(map.iter().eq(tree.iter()));
                prop_assert_eq!((map.get(&key), map.contains_key(&key)), (tree.get(&key), tree.contains_key(&key)));
                let set: Set<u8> = map.values().copied().collect();
                prop_assert!(set.iter().eq(tree.values().collect::<std::collections::BTreeSet<_>>()));
            }
        }
    }
}
