//! Places for connections and sockets: so many in all, and so many for one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// All are taken.
    All,
    /// This address has all of its own.
    Address,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Only addresses that have one.
    each: HashMap<IpAddr, usize>,
}

/// The places; 0 is no limit.
#[derive(Debug)]
pub(crate) struct Places {
    all: usize,
    each: usize,
    taken: Arc<Mutex<Taken>>,
}

/// A place that is taken; dropping it gives it back.
#[derive(Debug)]
pub(crate) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Places {
    pub(crate) fn new(all: usize, each: usize) -> Self {
        let unless_off = |most| if most == 0 { usize::MAX } else { most };
        Self { all: unless_off(all), each: unless_off(each), taken: Arc::default() }
    }

    /// Takes a place.
    pub(crate) fn take(&self, address: IpAddr) -> Result<Place, Full> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.all {
            return Err(Full::All);
        }
        let of_address = taken.each.get(&address).copied().unwrap_or(0);
        if of_address >= self.each {
            return Err(Full::Address);
        }
        taken.all += 1;
        taken.each.insert(address, of_address + 1);
        Ok(Place { address, taken: self.taken.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.each.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.each.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_run_out_and_come_back() {
        let address = |last| IpAddr::from([10, 0, 0, last]);
        let places = Places::new(3, 2);
        let one = places.take(address(1)).unwrap();
        let two = places.take(address(1)).unwrap();
        assert_eq!(places.take(address(1)).unwrap_err(), Full::Address);
        let other = places.take(address(2)).unwrap();
        assert_eq!(places.take(address(3)).unwrap_err(), Full::All);
        drop(one);
        let again = places.take(address(1)).unwrap();
        drop((two, other, again));
        assert_eq!(places.taken.lock().unwrap().all, 0);
        assert!(places.taken.lock().unwrap().each.is_empty());
        let off = Places::new(0, 0);
        let many: Vec<_> = (0..1000).map(|_| off.take(address(1)).unwrap()).collect();
        drop(many);
    }
}
