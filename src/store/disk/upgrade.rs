//! Making a database, and raising its version, inside the transaction that the browser gives for it: all of it happens,
//! or nothing. By the browser's own calls, whose callbacks may not wait: what waits here is one step after another.

use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbVersionChangeEvent};

/// What is to be done with a database of that version; 0 where it is new.
pub(super) type Steps = fn(&IdbDatabase, &IdbTransaction, f64) -> Done;

/// That it was done, but for what is to come after a request.
pub(super) type Done = Result<Option<Next>, JsValue>;

/// A step that waits for the answer to a request.
pub(super) struct Next {
    pub(super) after: IdbRequest,
    pub(super) step: Box<dyn Fn() -> Result<(), JsValue>>,
}

/// Takes the next step; to be held until it is called.
type GoOn = Closure<dyn FnMut()>;

/// Waits for the browser to say that an upgrade is needed. To be held until the database is open.
pub(super) struct Upgrade {
    request: IdbOpenDbRequest,
    _on_needed: Closure<dyn FnMut(IdbVersionChangeEvent)>,
}

impl Upgrade {
    pub(super) fn of(request: &IdbOpenDbRequest, steps: Steps) -> Self {
        let waiting: Rc<RefCell<Option<GoOn>>> = Rc::default();
        let own = request.clone();
        let on_needed = Closure::<dyn FnMut(_)>::new(move |event: IdbVersionChangeEvent| {
            let (Some(transaction), Ok(db)) = (own.transaction(), own.result()) else { return };
            match steps(db.unchecked_ref(), &transaction, event.old_version()) {
                Ok(Some(next)) => *waiting.borrow_mut() = Some(next.wait(transaction)),
                Ok(None) => {}
                Err(_) => give_up(&transaction),
            }
        });
        request.set_onupgradeneeded(Some(on_needed.as_ref().unchecked_ref()));
        Self { request: request.clone(), _on_needed: on_needed }
    }
}

impl Drop for Upgrade {
    fn drop(&mut self) {
        self.request.set_onupgradeneeded(None);
    }
}

impl Next {
    fn wait(self, transaction: IdbTransaction) -> GoOn {
        let Self { after, step } = self;
        let go_on = GoOn::new(move || {
            if step().is_err() {
                give_up(&transaction);
            }
        });
        after.set_onsuccess(Some(go_on.as_ref().unchecked_ref()));
        go_on
    }
}

/// Nothing else would undo what was done so far. It fails where the browser has done so already.
fn give_up(transaction: &IdbTransaction) {
    let _ = transaction.abort();
}
