//! The transactions that run on a connection, so that they can be ended from outside.

use crate::sorted::Map;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use web_sys::IdbTransaction;

/// Those of one connection.
#[derive(Default)]
pub(super) struct Running(Rc<List>);

#[derive(Default)]
struct List {
    count: Cell<u32>,
    transactions: RefCell<Map<u32, IdbTransaction>>,
}

/// One of them, for as long as somebody waits for it.
pub(super) struct Entry {
    list: Rc<List>,
    number: u32,
}

impl Running {
    pub(super) fn add(&self, transaction: IdbTransaction) -> Entry {
        let number = self.0.count.get();
        self.0.count.set(number.wrapping_add(1));
        self.0.transactions.borrow_mut().insert(number, transaction);
        Entry { list: self.0.clone(), number }
    }

    /// Rolls them back. Who waits for one hears of it.
    pub(super) fn abort(&self) {
        for transaction in self.0.transactions.borrow().values() {
            // One that is over, or about to be, cannot be ended any more.
            let _ = transaction.abort();
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.list.transactions.borrow_mut().remove(&self.number);
    }
}
