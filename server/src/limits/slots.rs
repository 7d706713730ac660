//! A bounded number of slots for connections or sockets, in all and per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The reason why no slot is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotsFull {
    /// All slots are taken.
    Total,
    /// All slots of this address are taken.
    Address,
}

#[derive(Debug, Default)]
struct Taken {
    total: usize,
    /// Contains only addresses that hold a slot.
    per_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
pub(crate) struct Slots {
    max_total: usize,
    max_per_address: usize,
    taken: Arc<Mutex<Taken>>,
}

/// A taken slot. Dropping it returns the slot.
#[derive(Debug)]
pub(crate) struct Slot {
    address: IpAddr,
    taken: Arc<Mutex<Taken>>,
}

impl Slots {
    /// A maximum of 0 means no limit.
    pub(crate) fn new(max_total: usize, max_per_address: usize) -> Self {
        let limit = |max| if max == 0 { usize::MAX } else { max };
        Self { max_total: limit(max_total), max_per_address: limit(max_per_address), taken: Arc::default() }
    }

    pub(crate) fn take(&self, address: IpAddr) -> Result<Slot, SlotsFull> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.total >= self.max_total {
            return Err(SlotsFull::Total);
        }
        let of_address = taken.per_address.get(&address).copied().unwrap_or(0);
        if of_address >= self.max_per_address {
            return Err(SlotsFull::Address);
        }
        taken.total += 1;
        taken.per_address.insert(address, of_address + 1);
        Ok(Slot { address, taken: self.taken.clone() })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.total = taken.total.saturating_sub(1);
        if let Some(count) = taken.per_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.per_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_bounded_and_can_be_reused() {
        let address = |last| IpAddr::from([10, 0, 0, last]);
        let slots = Slots::new(3, 2);
        let one = slots.take(address(1)).unwrap();
        let two = slots.take(address(1)).unwrap();
        assert_eq!(slots.take(address(1)).unwrap_err(), SlotsFull::Address);
        let other = slots.take(address(2)).unwrap();
        assert_eq!(slots.take(address(3)).unwrap_err(), SlotsFull::Total);
        drop(one);
        let again = slots.take(address(1)).unwrap();
        drop((two, other, again));
        assert_eq!(slots.taken.lock().unwrap().total, 0);
        assert!(slots.taken.lock().unwrap().per_address.is_empty());
        let unlimited = Slots::new(0, 0);
        let many: Vec<_> = (0..1000).map(|_| unlimited.take(address(1)).unwrap()).collect();
        drop(many);
    }
}
