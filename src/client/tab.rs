//! Carries out what the election among the tabs decides: the one side of it is the session, the other the
//! application.

use super::inner::Inner;
use crate::error::{Code, Error, Failure};
use crate::event::Event;
use crate::platform::page::{Life, Page};
use crate::platform::{Timer, Work, now, spawn};
use crate::rest::{Caller, token};
use crate::session::driver::{Host, Session};
use crate::session::frames::Identity;
use crate::session::machine;
use crate::store::EventBatch;
use crate::tabs::channel::Channel;
use crate::tabs::election::{self, Effect, Election, Input, Token};
use crate::tabs::lock::{self, Lock, Outcome};
use std::cell::RefMut;
use std::rc::{Rc, Weak};

/// The longest time a platform's timer takes, ms.
const MAX_TIMER_MS: u64 = 2_000_000_000;

/// One login's part among the tabs, with everything it holds. Dropping it lets go of all of that.
pub(super) struct Tab {
    election: Election,
    channel: Option<Channel>,
    lock: Option<Lock>,
    page: Option<Page>,
    session: Option<Session>,
    timer: Option<(u64, Timer)>,
}

impl Tab {
    /// A login begins. `checked`: the server gave out the token this moment.
    pub(super) fn start(token: Token, checked: bool, told: u64) -> (Self, Vec<Effect>) {
        let (election, effects) = Election::start(now(), token, checked, lock::is_available(), told);
        (Self { election, channel: None, lock: None, page: None, session: None, timer: None }, effects)
    }
}

impl Inner {
    /// The first things a login does.
    pub(super) fn begin_tab(self: &Rc<Self>, number: u32, effects: Vec<Effect>) {
        let tell = self.teller(number);
        let page = Page::listen(move |life| {
            tell(match life {
                Life::Suspend => Input::Suspend,
                Life::Resume => Input::Resume,
                Life::Visible => Input::Visible,
            });
        });
        if let Some(mut tab) = self.tab(number) {
            tab.page = Some(page);
        }
        self.perform(number, effects);
        self.set_timer(number);
        let store = self.sync.store.clone();
        // Copies in memory have nothing in common.
        self.later(
            number,
            async move { store.is_in_memory().await.unwrap_or(false).then_some(Input::Unshared) },
        );
    }

    /// That login's part, if it is still there. To be let go of before anything is told to anybody.
    fn tab(&self, number: u32) -> Option<RefMut<'_, Tab>> {
        RefMut::filter_map(self.login.borrow_mut(), |login| {
            login.as_mut().filter(|login| login.number == number).map(|login| &mut login.tab)
        })
        .ok()
    }

    /// Something happened to the present login, if there is one.
    pub(super) fn happened(self: &Rc<Self>, input: Input) {
        let number = self.login.borrow().as_ref().map(|login| login.number);
        if let Some(number) = number {
            self.happened_to(number, input);
        }
    }

    /// Something happened to that login, if it is still there. Nothing of the client may be borrowed.
    fn happened_to(self: &Rc<Self>, number: u32, input: Input) {
        let Some(mut tab) = self.tab(number) else { return };
        if matches!(input, Input::Tick) {
            // It has fired; perhaps a little early, and the next is for the same time.
            tab.timer = None;
        }
        let effects = tab.election.handle(now(), input);
        drop(tab);
        self.perform(number, effects);
        self.set_timer(number);
    }

    /// A function for the platform to call. It keeps nothing alive.
    fn teller(self: &Rc<Self>, number: u32) -> impl Fn(Input) + 'static {
        let inner = Rc::downgrade(self);
        move |input| {
            if let Some(inner) = inner.upgrade() {
                inner.happened_to(number, input);
            }
        }
    }

    fn set_timer(self: &Rc<Self>, number: u32) {
        let tell = self.teller(number);
        let Some(mut tab) = self.tab(number) else { return };
        let at = tab.election.next_tick();
        if at != tab.timer.as_ref().map(|(at, _)| *at) {
            tab.timer = at.map(|at| {
                let wait = at.saturating_sub(now()).clamp(1, MAX_TIMER_MS);
                (at, Timer::new(wait as u32, move || tell(Input::Tick)))
            });
        }
    }

    fn perform(self: &Rc<Self>, number: u32, effects: Vec<Effect>) {
        for effect in effects {
            // A listener may have ended the login.
            if self.tab(number).is_none() {
                return;
            }
            self.perform_one(number, effect);
        }
    }

    fn perform_one(self: &Rc<Self>, number: u32, effect: Effect) {
        match effect {
            Effect::Join => {
                let tell = self.teller(number);
                let channel = Channel::open(&self.scope, move |said| tell(Input::Heard(said)));
                if let Some(mut tab) = self.tab(number) {
                    tab.channel = channel;
                }
            }
            Effect::Leave => {
                let gone = self.tab(number).map(|mut tab| (tab.channel.take(), tab.lock.take()));
                drop(gone);
            }
            Effect::Ask => self.ask(number, false),
            Effect::Steal => self.ask(number, true),
            Effect::Say(said) => {
                if let Some(channel) = self.tab(number).as_ref().and_then(|tab| tab.channel.as_ref()) {
                    channel.say(&said);
                }
            }
            Effect::StartSession(token) => self.start_session(number, token),
            Effect::StopSession => {
                let session = self.tab(number).and_then(|mut tab| tab.session.take());
                drop(session);
            }
            Effect::RenewSession(Token { value, expires_at }) => {
                if let Some(session) = self.tab(number).as_ref().and_then(|tab| tab.session.as_ref()) {
                    session.renew(value, expires_at);
                }
            }
            Effect::TakeToken(token) => {
                if let Some(login) = self.login.borrow_mut().as_mut() {
                    login.token = token.value;
                }
            }
            Effect::CheckToken(token) => {
                let Ok(caller) = self.caller("login") else { return };
                let answer = token::expiry(&self.sync.user).send(Caller { token: token.value, ..caller });
                self.later(number, async {
                    Some(Input::Checked(match answer.await {
                        Ok(answer) => token::expires_at(&answer),
                        Err(Failure::Error(error)) => Err(error),
                        Err(Failure::Aborted(_)) => Ok(0),
                    }))
                });
            }
            Effect::ReadLogEnd => {
                let store = self.sync.store.clone();
                self.later(number, async move { Some(Input::LogEnd(store.log_end().await.ok())) });
            }
            Effect::ReadLog(after) => {
                let store = self.sync.store.clone();
                self.later(number, async move { Some(Input::Log(store.log_after(after).await.ok())) });
            }
            Effect::Up => self.up(),
            Effect::Down(error, will_reconnect) => self.down(error, will_reconnect),
            Effect::Tell(events) => self.tell(&events),
            Effect::TellChanged => self.sync.listeners.emit(&Event::ConversationsChanged),
            Effect::TellWillExpire => self.sync.listeners.emit(&Event::TokenWillExpire),
            Effect::TellExpired => self.sync.listeners.emit(&Event::TokenExpired),
            Effect::Compare => self.compare_here(),
        }
    }

    /// Does something that takes time, and says what came of it, if the client is still there then.
    fn later(self: &Rc<Self>, number: u32, work: impl Future<Output = Option<Input>> + 'static) {
        fn run(inner: Weak<Inner>, number: u32, work: Work<Option<Input>>) {
            spawn(async move {
                if let (Some(input), Some(inner)) = (work.await, inner.upgrade()) {
                    inner.happened_to(number, input);
                }
            });
        }
        run(Rc::downgrade(self), number, Box::pin(work));
    }

    fn ask(self: &Rc<Self>, number: u32, steal: bool) {
        if self.tab(number).is_none_or(|tab| tab.channel.is_none()) {
            // Who cannot hear the others must not lead them.
            self.happened_to(number, Input::Lost(false));
            return;
        }
        let tell = self.teller(number);
        let lock = Lock::ask(&self.scope, steal, move |outcome| {
            tell(match outcome {
                Outcome::Held => Input::Granted,
                Outcome::Stolen => Input::Lost(true),
                Outcome::None => Input::Lost(false),
            });
        });
        if let Some(mut tab) = self.tab(number) {
            tab.lock = Some(lock);
        }
    }

    fn start_session(self: &Rc<Self>, number: u32, token: Token) {
        let socket = self.login.borrow().as_ref().map(|login| login.socket.clone());
        let Some(socket) = socket else { return };
        let identity = Identity {
            app_key: self.app_key.text(),
            user: self.sync.user.clone(),
            device: self.sync.device.clone(),
        };
        self.sessions.set(self.sessions.get().wrapping_add(1));
        let host = SessionHost { inner: Rc::downgrade(self), login: number, session: self.sessions.get() };
        let session = Session::start(identity, socket, token.value, token.expires_at, host);
        if let Some(mut tab) = self.tab(number) {
            tab.session = Some(session);
        }
    }

    // What the application hears.

    /// The local copy changed by something done here: every tab hears it.
    pub(super) fn changed(self: &Rc<Self>) {
        self.sync.listeners.emit(&Event::ConversationsChanged);
        self.happened(Input::Changed);
    }

    fn tell(&self, events: &str) {
        self.sync.listeners.emit(&Event::ConversationsChanged);
        self.sync.listeners.tell(events);
    }

    fn up(&self) {
        self.connected.set(true);
        let waiting = self.login.borrow_mut().as_mut().and_then(|login| login.waiting.take());
        if let Some(waiting) = waiting {
            drop(waiting.tell(Ok(())));
        }
        self.sync.listeners.emit(&Event::Connected);
    }

    fn down(&self, mut error: Error, will_reconnect: bool) {
        let was_connected = self.connected.replace(false);
        let waiting = self.login.borrow_mut().as_mut().and_then(|login| login.waiting.take());
        if let Some(waiting) = waiting {
            // The login never came up: its caller hears why, and decides whether to try again.
            self.end_login();
            if error.code == Code::Network {
                error.code = Code::ServerNotReachable;
            }
            drop(waiting.tell(Err(error)));
            return;
        }
        if !will_reconnect {
            self.end_login();
        }
        if was_connected || !will_reconnect {
            self.sync.listeners.emit(&Event::disconnected(&error, will_reconnect));
        }
    }

    // What the session brings.

    async fn take_batch(self: &Rc<Self>, number: u32, batch: machine::Batch) -> bool {
        let kept = async {
            let tab = self.tab(number).map(|tab| (tab.election.is_shared(), tab.election.knows_log()));
            let (shared, knows_log) = tab.unwrap_or_default();
            // Before the first batch is written: else nobody knew which one that is.
            if shared && !knows_log {
                let end = self.sync.store.log_end().await?;
                self.happened_to(number, Input::LogEnd(Some(end)));
            }
            self.sync.batch(batch, shared).await
        };
        match kept.await {
            Ok(news) => {
                if let Some(news) = news {
                    self.kept(news);
                }
                true
            }
            Err(error) => {
                self.sync.listeners.emit(&Event::Error(error));
                false
            }
        }
    }

    /// Tells what the log has by now. So an application that removed something hears of nothing afterwards that another
    /// tab took in before.
    pub(super) async fn tell_past(self: &Rc<Self>) {
        let untold = self.login.borrow().as_ref().map(|login| (login.number, login.tab.election.untold()));
        let Some((number, Some(after))) = untold else { return };
        // If it cannot be read now, the word on the channel has it read again.
        if let Ok(news) = self.sync.store.log_after(after).await {
            self.happened_to(number, Input::Past(news));
        }
    }

    /// Whatever became of its session meanwhile, it is told: nobody else in this tab will.
    fn kept(self: &Rc<Self>, news: EventBatch) {
        self.told.set(self.told.get().max(news.number));
        if self.login.borrow().is_some() {
            self.happened(Input::Kept(news));
        } else {
            self.tell(&news.events);
        }
    }
}

/// What a session tells its client. The client may be gone: nobody holds it alive for the session's sake.
struct SessionHost {
    inner: Weak<Inner>,
    login: u32,
    session: u32,
}

impl SessionHost {
    /// The client, if this session is still its own.
    fn client(&self) -> Option<Rc<Inner>> {
        let inner = self.inner.upgrade()?;
        let own = inner.sessions.get() == self.session;
        let own = own && inner.tab(self.login).is_some_and(|tab| tab.election.has_session());
        own.then_some(inner)
    }

    fn said(&self, said: election::Session) {
        if let Some(inner) = self.client() {
            inner.happened_to(self.login, Input::Session(said));
        }
    }
}

impl Host for SessionHost {
    fn up(&self) {
        if let Some(inner) = self.client() {
            inner.present(false);
        }
        self.said(election::Session::Up);
    }

    fn down(&self, error: Error, will_reconnect: bool) {
        self.said(election::Session::Down(error, will_reconnect));
    }

    fn token_will_expire(&self) {
        self.said(election::Session::WillExpire);
    }

    fn token_expired(&self) {
        self.said(election::Session::Expired);
    }

    fn caught_up(&self) {
        if let Some(inner) = self.client() {
            inner.sync.caught_up();
            inner.present(true);
        }
    }

    async fn apply(&self, batch: machine::Batch) -> bool {
        match self.client() {
            Some(inner) => inner.take_batch(self.login, batch).await,
            None => false,
        }
    }
}
