//! Reports the faults of the local copy to the application, each kind of fault once.

use super::db::DbError;
use crate::error::Error;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

type Listener = Rc<dyn Fn(Error)>;

/// The reports of one store.
#[derive(Default)]
pub(super) struct FaultReporter {
    /// The kinds of faults that were reported, one bit each.
    reported: Cell<u32>,
    listener: RefCell<Option<Listener>>,
    /// The faults that came before the listener.
    waiting: RefCell<Vec<Error>>,
}

impl FaultReporter {
    /// Reports a fault, unless one of its kind was reported before.
    pub(super) fn report(&self, fault: DbError) {
        let reported = self.reported.get() | 1 << fault.kind as u32;
        if self.reported.replace(reported) == reported {
            return;
        }
        let error = Error::from(fault);
        let listener = self.listener.borrow().clone();
        match listener {
            Some(listener) => listener(error),
            None => self.waiting.borrow_mut().push(error),
        }
    }

    /// Sets the listener. It receives at once the faults that came before it.
    pub(super) fn set_listener(&self, listener: impl Fn(Error) + 'static) {
        let listener: Listener = Rc::new(listener);
        *self.listener.borrow_mut() = Some(listener.clone());
        for error in self.waiting.take() {
            listener(error);
        }
    }
}
