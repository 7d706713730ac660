//! What comes later: said by one side, waited for by the other. For one thread, as all of this is: the channels of
//! `futures` are for many, and were 3 KB more of the package.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A value that comes once, or never: who says it, and who waits for it.
pub fn pair<T>() -> (Teller<T>, Later<T>) {
    let state = Rc::new(State { value: Cell::new(None), waiting: Waiting::default() });
    (Teller(state.clone()), Later { state, place: 0 })
}

struct State<T> {
    value: Cell<Option<T>>,
    waiting: Waiting,
}

/// Who wait. What of it does not depend on the value is compiled once.
#[derive(Default)]
struct Waiting {
    over: Cell<bool>,
    /// Each under the number of its place.
    wakers: RefCell<Vec<(u32, Waker)>>,
    places: Cell<u32>,
}

impl Waiting {
    /// Whether there is nothing left to wait for; until then the one at that place is woken.
    fn is_over(&self, place: &mut u32, waker: &Waker) -> bool {
        if self.over.get() {
            return true;
        }
        self.leave(*place);
        if *place == 0 {
            self.places.set(self.places.get() + 1);
            *place = self.places.get();
        }
        self.wakers.borrow_mut().push((*place, waker.clone()));
        false
    }

    fn leave(&self, place: u32) {
        let mut wakers = self.wakers.borrow_mut();
        let at = wakers.iter().position(|(other, _)| *other == place);
        // Dropped when nothing is borrowed any more: what a waker holds may be waiting here, too.
        let gone = at.map(|at| wakers.swap_remove(at));
        drop(wakers);
        drop(gone);
    }

    fn end(&self) {
        self.over.set(true);
        for (_, waker) in self.wakers.take() {
            waker.wake();
        }
    }
}

/// Says it. Dropped, it says that nothing comes.
pub struct Teller<T>(Rc<State<T>>);

impl<T> Teller<T> {
    /// Says it. Where nobody waits any longer, it is handed back.
    pub fn tell(self, value: T) -> Result<(), T> {
        if Rc::strong_count(&self.0) == 1 {
            return Err(value);
        }
        self.0.value.set(Some(value));
        Ok(())
    }
}

impl<T> Drop for Teller<T> {
    fn drop(&mut self) {
        self.0.waiting.end();
    }
}

/// Waits for it: the value, which one gets of those who wait, or nothing where none comes.
pub struct Later<T> {
    state: Rc<State<T>>,
    /// 0 as long as it did not wait.
    place: u32,
}

impl<T> Clone for Later<T> {
    fn clone(&self) -> Self {
        Self { state: self.state.clone(), place: 0 }
    }
}

impl<T> Future for Later<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Self { state, place } = &mut *self;
        if state.waiting.is_over(place, context.waker()) {
            return Poll::Ready(state.value.take());
        }
        Poll::Pending
    }
}

impl<T> Drop for Later<T> {
    fn drop(&mut self) {
        self.state.waiting.leave(self.place);
    }
}

/// What is said again and again, in the order in which it was said: any number say it, one hears it.
pub struct Inbox<T>(Rc<Said<T>>);

struct Said<T> {
    said: RefCell<VecDeque<T>>,
    hearer: Cell<Option<Waker>>,
}

impl<T> Clone for Inbox<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self(Rc::new(Said { said: RefCell::default(), hearer: Cell::new(None) }))
    }
}

impl<T> Inbox<T> {
    /// Says something.
    pub fn put(&self, value: T) {
        self.0.said.borrow_mut().push_back(value);
        if let Some(hearer) = self.0.hearer.take() {
            hearer.wake();
        }
    }

    /// Waits for the next.
    pub async fn next(&self) -> T {
        poll_fn(|context| match self.0.said.borrow_mut().pop_front() {
            Some(value) => Poll::Ready(value),
            None => {
                self.0.hearer.set(Some(context.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

/// What comes out of work, unless the end comes first. Where both have come, it is the work.
pub async fn before<W: Future>(end: impl Future, work: W) -> Option<W::Output> {
    let (mut end, mut work) = (pin!(end), pin!(work));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => end.as_mut().poll(context).map(|_| None),
    })
    .await
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::task::Wake;

    /// Counts how often it was woken.
    #[derive(Default)]
    struct Count(AtomicU32);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Count {
        fn poll<F: Future + Unpin>(self: &Arc<Self>, work: &mut F) -> Poll<F::Output> {
            Pin::new(work).poll(&mut Context::from_waker(&self.clone().into()))
        }

        fn woken(&self) -> u32 {
            self.0.load(Ordering::Relaxed)
        }
    }

    #[test]
    fn a_value_comes_once_and_wakes_all_who_wait() {
        let (teller, mut one) = pair();
        let mut two = one.clone();
        let counts = [(); 2].map(|()| Arc::new(Count::default()));
        for _ in 0..3 {
            assert_eq!(counts[0].poll(&mut one), Poll::Pending);
            assert_eq!(counts[1].poll(&mut two), Poll::Pending);
        }
        assert_eq!(one.state.waiting.wakers.borrow().len(), 2, "each waits once, however often it asked");
        assert_eq!(teller.tell(7), Ok(()));
        assert_eq!(counts.each_ref().map(|count| count.woken()), [1, 1]);
        assert_eq!(counts[1].poll(&mut two), Poll::Ready(Some(7)));
        assert_eq!(counts[0].poll(&mut one), Poll::Ready(None), "the other one got it");
    }

    #[test]
    fn nothing_comes_of_who_says_it_is_gone() {
        let (teller, mut later) = pair::<u32>();
        let count = Arc::new(Count::default());
        assert_eq!(count.poll(&mut later), Poll::Pending);
        drop(teller);
        assert_eq!(count.woken(), 1);
        assert_eq!(count.poll(&mut later), Poll::Ready(None));
        assert_eq!(count.poll(&mut later.clone()), Poll::Ready(None), "who comes too late does not wait");
    }

    #[test]
    fn who_left_is_not_woken_and_what_nobody_waits_for_is_handed_back() {
        let (teller, mut later) = pair();
        let count = Arc::new(Count::default());
        assert_eq!(count.poll(&mut later), Poll::Pending);
        let mut other = later.clone();
        drop(later);
        assert!(other.state.waiting.wakers.borrow().is_empty());
        assert_eq!(count.poll(&mut other), Poll::Pending);
        drop(other);
        assert_eq!(teller.tell("late"), Err("late"));
        assert_eq!(count.woken(), 0);
    }

    #[test]
    fn what_is_said_is_heard_in_its_order() {
        let inbox = Inbox::default();
        let count = Arc::new(Count::default());
        let hear = || count.poll(&mut Box::pin(inbox.next()));
        inbox.put(1);
        assert_eq!(hear(), Poll::Ready(1));
        assert_eq!(hear(), Poll::Pending);
        inbox.clone().put(2);
        inbox.put(3);
        assert_eq!(count.woken(), 1);
        assert_eq!([hear(), hear(), hear()], [Poll::Ready(2), Poll::Ready(3), Poll::Pending]);
    }

    #[test]
    fn work_that_is_done_goes_before_an_end_that_has_come() {
        let count = Arc::new(Count::default());
        let (end, ended) = pair::<()>();
        let (teller, later) = pair();
        let mut work = Box::pin(before(ended.clone(), later));
        assert_eq!(count.poll(&mut work), Poll::Pending);
        teller.tell(1).unwrap();
        drop(end);
        assert_eq!(count.poll(&mut work), Poll::Ready(Some(Some(1))));
        let mut work = Box::pin(before(ended, std::future::pending::<()>()));
        assert_eq!(count.poll(&mut work), Poll::Ready(None));
    }
}
