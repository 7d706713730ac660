//! Which tab has the session, without I/O: what happened and the time in, what is to be done out.
//!
//! ```text
//!               lock granted
//!    Waiting ─────────────────▶ Leading        Waiting, Leading ── page hidden ──▶ Suspended ── shown ──▶ Waiting
//!       ▲                          │           Waiting, Leading ── no locks, no database ──▶ Alone
//!       └────── lock stolen ───────┘           any ── the server's final word ──▶ Off
//! ```

mod signals;

pub use signals::{Effect, Input, Session, Token};

use super::cursor::Cursor;
use super::message::{Status, TabMessage};
use crate::error::{Code, Error};

use crate::store::EventBatch;

/// A leader that does not answer for so long is hung or frozen: its lock is taken from it.
pub const ANSWER_MS: u64 = 3_000;
/// A leader that said nothing for so long is asked whether it is there.
const PING_MS: u64 = 30_000;
/// When the session passes from one tab to the next, it counts as up for so long.
pub const HANDOVER_MS: u64 = 2_000;
/// A timer that comes so late says nothing of others: this tab itself was asleep.
const LATE_MS: u64 = 1_000;
/// Then what was said meanwhile is heard first.
const CATCH_UP_MS: u64 = 500;
/// "Another one took this device's place" may mean the tab that took the lock: that is known within this time.
const VERDICT_MS: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Leading,
    /// Without others.
    Alone,
    /// Asleep; whether it was alone.
    Suspended(bool),
    Off,
}

/// One tab's part, from its login to its end.
#[derive(Debug)]
pub struct Election {
    state: State,
    token: Token,
    /// Whether the server took the token; `None` while it is asked.
    checked: Option<bool>,
    /// Whether the application takes the session for up.
    shown: bool,
    /// How the session is, this tab's or the leader's.
    status: Status,
    /// The latest leader's, and that of the one whom this tab followed.
    term: u64,
    followed: u64,
    cursor: Cursor,
    /// It was asleep, and may have missed something.
    missed: bool,
    /// The tokens of which an end was told.
    warned: String,
    expired: String,
    /// Until when a leader must answer, and whether that was put off once.
    answer_by: Option<(u64, bool)>,
    ping_at: Option<u64>,
    /// Until when a session that passes on counts as up.
    up_until: Option<u64>,
    verdict: Option<(u64, Error)>,
    effects: Vec<Effect>,
}

impl Election {
    /// A tab logs in. `checked`: the server gave it the token this moment. `floor`: the highest number it told already.
    pub fn start(now: u64, token: Token, checked: bool, shared: bool, floor: u64) -> (Self, Vec<Effect>) {
        let mut tab = Self {
            state: State::Alone,
            token,
            checked: Some(checked),
            shown: false,
            status: Status::Connecting,
            term: 0,
            followed: 0,
            cursor: Cursor::new(floor),
            missed: false,
            warned: String::new(),
            expired: String::new(),
            answer_by: None,
            ping_at: None,
            up_until: None,
            verdict: None,
            effects: Vec::new(),
        };
        if shared {
            tab.join(now);
        } else {
            tab.start_session();
        }
        let effects = std::mem::take(&mut tab.effects);
        (tab, effects)
    }

    /// Whether this tab has the session.
    pub fn has_session(&self) -> bool {
        matches!(self.state, State::Leading | State::Alone)
    }

    /// Whether what the session brings is to go into the log of news.
    pub fn is_shared(&self) -> bool {
        matches!(self.state, State::Leading | State::Waiting | State::Suspended(false))
    }

    /// Whether the news of a batch could be told in their order: if not, the log's end must be said first.
    pub fn knows_log(&self) -> bool {
        self.cursor.is_known()
    }

    /// After which number the log may have what this tab is still to tell. Also where it has the session: a leader before it
    /// may have written something, even after this one began.
    pub fn untold(&self) -> Option<u64> {
        self.cursor.told().filter(|_| self.is_shared())
    }

    /// When it wants an [`Input::Tick`].
    pub fn next_tick(&self) -> Option<u64> {
        if matches!(self.state, State::Suspended(_) | State::Off) {
            return None;
        }
        let (answer, verdict) = (self.answer_by.map(|(at, _)| at), self.verdict.as_ref().map(|(at, _)| *at));
        [answer, self.ping_at, self.up_until, verdict, self.cursor.retry_at()].into_iter().flatten().min()
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: u64, input: Input) -> Vec<Effect> {
        if self.state != State::Off {
            self.take(now, input);
        }
        std::mem::take(&mut self.effects)
    }

    fn take(&mut self, now: u64, input: Input) {
        match (input, self.state) {
            (Input::Granted, State::Waiting) => self.lead(now),
            (Input::Lost(true), State::Leading | State::Waiting) => self.deposed(now),
            (Input::Lost(false) | Input::Unshared, State::Leading | State::Waiting) => self.part(now),
            (Input::Heard(said), State::Leading | State::Waiting) => self.hear(now, said),
            (Input::Session(said), State::Leading | State::Alone) => self.session(now, said),
            (Input::Kept(news), _) => self.kept(news),
            (Input::LogEnd(Some(number)), State::Leading) if !self.cursor.is_known() => {
                let step = self.cursor.begin(number);
                self.step(step);
                self.say_state();
            }
            (Input::LogEnd(None), State::Leading) => self.cursor.failed(now),
            (Input::Log(read), _) => self.read(now, read),
            (Input::Past(news), _) => {
                self.cursor.past(news, &mut self.effects);
            }
            (Input::Checked(answer), _) => self.token_checked(now, answer),
            (Input::Renewed(token), _) => {
                self.say(TabMessage::Renewed { token: token.value.clone(), expires_at: token.expires_at });
                self.renewed(now, token);
            }
            (Input::Refused(token), _) if token == self.token.value => self.expire(),
            (Input::Changed, _) => self.say(TabMessage::Changed),
            (Input::Doubted, State::Waiting) => self.say(TabMessage::Doubted),
            (Input::Doubted, State::Leading | State::Alone) => self.effects.push(Effect::Compare),
            (Input::Suspend, State::Leading | State::Waiting) => self.suspend(false),
            (Input::Suspend, State::Alone) => self.suspend(true),
            (Input::Resume | Input::Visible, State::Suspended(alone)) => self.resume(now, alone),
            // A leader in the background may wait long before it connects again.
            (Input::Visible, State::Waiting) => self.hello(now),
            (Input::Tick, State::Leading | State::Waiting | State::Alone) => self.tick(now),
            _ => {}
        }
    }

    // How a tab comes to the session.

    fn join(&mut self, now: u64) {
        self.state = State::Waiting;
        self.effects.push(Effect::Join);
        self.effects.push(Effect::Ask);
        self.hello(now);
    }

    fn hello(&mut self, now: u64) {
        self.answer_by.get_or_insert((now + ANSWER_MS, false));
        self.say(TabMessage::Hello { eager: !self.shown });
    }

    fn lead(&mut self, now: u64) {
        self.state = State::Leading;
        // Also where a clock was set back.
        self.followed = self.term;
        self.term = now.max(self.term + 1);
        (self.answer_by, self.ping_at) = (None, None);
        self.passes_on(now);
        self.start_session();
        self.look();
        self.say_state();
    }

    fn start_session(&mut self) {
        // The session itself finds out what the server thinks of the token.
        self.checked = Some(true);
        self.status = Status::Connecting;
        self.effects.push(Effect::StartSession(self.token.clone()));
    }

    /// The leader changes.
    fn passes_on(&mut self, now: u64) {
        self.status = Status::Connecting;
        self.verdict = None;
        if self.shown {
            self.up_until.get_or_insert(now + HANDOVER_MS);
        }
    }

    fn deposed(&mut self, now: u64) {
        if self.state == State::Leading {
            self.effects.push(Effect::StopSession);
        }
        self.passes_on(now);
        self.state = State::Waiting;
        self.effects.push(Effect::Ask);
        self.hello(now);
    }

    /// From now on every tab has its own session.
    fn part(&mut self, now: u64) {
        let led = self.state == State::Leading;
        self.state = State::Alone;
        (self.answer_by, self.ping_at) = (None, None);
        self.effects.push(Effect::Leave);
        if !led {
            self.passes_on(now);
            self.start_session();
        }
    }

    fn suspend(&mut self, alone: bool) {
        if self.has_session() {
            self.effects.push(Effect::StopSession);
        }
        if !alone {
            self.effects.push(Effect::Leave);
        }
        self.state = State::Suspended(alone);
        (self.answer_by, self.ping_at, self.up_until, self.verdict) = (None, None, None, None);
    }

    fn resume(&mut self, now: u64, alone: bool) {
        self.missed = true;
        if alone {
            self.state = State::Alone;
            self.start_session();
        } else {
            self.join(now);
            self.effects.push(Effect::TellChanged);
        }
        self.passes_on(now);
    }

    fn off(&mut self, error: Error) {
        self.state = State::Off;
        self.effects.push(Effect::Down(error, false));
    }

    // What others say.

    fn hear(&mut self, now: u64, said: TabMessage) {
        let leads = self.state == State::Leading;
        match said {
            TabMessage::Hello { eager } if leads => {
                if eager && matches!(self.status, Status::Down(_)) && self.verdict.is_none() {
                    self.start_session();
                }
                self.say_state();
                // It may have come after that was said.
                let token = self.token.value.clone();
                if eager && self.expired == token {
                    self.say(TabMessage::Expired(token));
                } else if eager && self.warned == token {
                    self.say(TabMessage::WillExpire(token));
                }
            }
            TabMessage::State { term, number, status } if !leads && term >= self.term => {
                let news = term > self.term && self.term > 0;
                self.term = term;
                self.answer_by = None;
                self.ping_at = Some(now + PING_MS);
                if std::mem::take(&mut self.missed) || news {
                    self.look();
                }
                if let Some(number) = number {
                    let step = self.cursor.begin(number);
                    self.step(step);
                }
                self.leader_is(now, status);
            }
            // A lock may be faster than a word: then that was said to this tab, too.
            TabMessage::Ended { term, error, token }
                if term >= self.term || (term == self.followed && self.status == Status::Connecting) =>
            {
                if is_of_token(error.code) && token != self.token.value {
                    // The lock is free now, and this tab's own token may be better.
                    if !leads {
                        self.passes_on(now);
                    }
                } else {
                    self.off(error);
                }
            }
            TabMessage::Events(news) => {
                let step = self.cursor.news(news, false);
                self.step(step);
            }
            // Who has just come with another token hears of that one only: this may be long over for it.
            TabMessage::WillExpire(token) if self.shown || token == self.token.value => {
                self.will_expire(token);
            }
            TabMessage::Expired(token) if self.shown || token == self.token.value => self.has_expired(token),
            TabMessage::Renewed { token, expires_at } => {
                self.renewed(now, Token { value: token, expires_at });
            }
            TabMessage::Changed => self.effects.push(Effect::TellChanged),
            TabMessage::Doubted if leads => self.effects.push(Effect::Compare),
            _ => {}
        }
    }

    fn leader_is(&mut self, now: u64, status: Status) {
        match &status {
            Status::Connecting => self.passes_on(now),
            Status::Up => match self.checked {
                Some(true) => self.show_up(now),
                Some(false) => {
                    self.checked = None;
                    self.effects.push(Effect::CheckToken(self.token.clone()));
                }
                None => {}
            },
            Status::Down(error) => self.show_down(error.clone()),
        }
        self.status = status;
    }

    /// What the leader's session does not say of a follower's token.
    fn token_checked(&mut self, now: u64, answer: Result<u64, Error>) {
        if self.checked.is_some() {
            return;
        }
        match answer {
            Err(error) if is_of_token(error.code) => return self.off(error),
            Ok(expires_at) => self.token.expires_at = expires_at,
            // Nothing is known of it; a call will tell.
            Err(_) => {}
        }
        self.token_is_good(now);
    }

    fn token_is_good(&mut self, now: u64) {
        self.checked = Some(true);
        if self.state == State::Waiting && self.status == Status::Up {
            self.show_up(now);
        }
    }

    fn renewed(&mut self, now: u64, token: Token) {
        self.token = token.clone();
        if self.has_session() {
            self.effects.push(Effect::RenewSession(token.clone()));
        }
        self.effects.push(Effect::TakeToken(token));
        // Also where the old one is still being asked about: nobody waits for that answer any more.
        self.token_is_good(now);
    }

    // What the session says.

    fn session(&mut self, now: u64, said: Session) {
        match said {
            Session::Up => {
                self.status = Status::Up;
                self.say_state();
                self.show_up(now);
            }
            Session::Down(error, true) => {
                self.status = Status::Down(error.clone());
                self.say_state();
                self.show_down(error);
            }
            Session::Down(error, false)
                if error.code == Code::UserLoginAnotherDevice && self.state == State::Leading =>
            {
                self.status = Status::Down(error.clone());
                self.verdict = Some((now + VERDICT_MS, error));
            }
            Session::Down(error, false) => self.ended(error),
            Session::WillExpire => {
                let token = self.token.value.clone();
                self.say(TabMessage::WillExpire(token.clone()));
                self.will_expire(token);
            }
            Session::Expired => self.expire(),
        }
    }

    fn ended(&mut self, error: Error) {
        let token = self.token.value.clone();
        self.say(TabMessage::Ended { term: self.term, error: error.clone(), token });
        self.off(error);
    }

    fn show_up(&mut self, now: u64) {
        self.up_until = None;
        self.cursor.up(now);
        if !std::mem::replace(&mut self.shown, true) {
            self.effects.push(Effect::Up);
        }
    }

    fn show_down(&mut self, error: Error) {
        self.up_until = None;
        self.shown = false;
        self.effects.push(Effect::Down(error, true));
    }

    fn will_expire(&mut self, token: String) {
        if self.warned != token {
            self.warned = token;
            self.effects.push(Effect::TellWillExpire);
        }
    }

    fn expire(&mut self) {
        let token = self.token.value.clone();
        if self.expired != token {
            self.say(TabMessage::Expired(token.clone()));
            self.has_expired(token);
        }
    }

    fn has_expired(&mut self, token: String) {
        if self.expired != token {
            self.expired = token;
            self.effects.push(Effect::TellExpired);
        }
    }

    // Events.

    fn kept(&mut self, news: EventBatch) {
        if news.number == 0 {
            self.effects.push(Effect::Tell(news.events));
            return;
        }
        self.say(TabMessage::Events(news.clone()));
        let step = self.cursor.news(news, true);
        self.step(step);
    }

    fn look(&mut self) {
        let step = self.cursor.look();
        self.step(step);
        if self.state == State::Leading && !self.cursor.is_known() {
            self.effects.push(Effect::ReadLogEnd);
        }
    }

    fn read(&mut self, now: u64, read: Option<Vec<EventBatch>>) {
        let Some(read) = read else { return self.cursor.failed(now) };
        self.cursor.log(read, &mut self.effects);
        // Those that came meanwhile wait for the number.
        if self.cursor.settled().is_some() {
            self.say_state();
        }
    }

    fn step(&mut self, step: Option<Effect>) {
        if let Some(step) = step {
            self.effects.push(step);
        }
    }

    fn say(&mut self, said: TabMessage) {
        if matches!(self.state, State::Leading | State::Waiting) {
            self.effects.push(Effect::Say(said));
        }
    }

    fn say_state(&mut self) {
        if self.state == State::Leading {
            let (number, status) = (self.cursor.settled(), self.status.clone());
            self.say(TabMessage::State { term: self.term, number, status });
        }
    }

    fn tick(&mut self, now: u64) {
        let due = |at: u64| now >= at;
        if let Some((at, put_off)) = self.answer_by.filter(|(at, _)| due(*at)) {
            if put_off || now < at + LATE_MS {
                self.answer_by = Some((now + ANSWER_MS, false));
                self.effects.push(Effect::Steal);
            } else {
                self.answer_by = Some((now + CATCH_UP_MS, true));
            }
        }
        if self.ping_at.is_some_and(due) {
            self.ping_at = None;
            self.answer_by.get_or_insert((now + ANSWER_MS, false));
            self.say(TabMessage::Hello { eager: false });
        }
        if self.up_until.is_some_and(due) {
            self.show_down(Error::new(Code::Network, "the connection was lost"));
        }
        if let Some((_, error)) = self.verdict.take_if(|(at, _)| due(*at)) {
            self.ended(error);
            return;
        }
        if self.cursor.retry_at().is_some_and(due) {
            self.look();
        }
    }
}

/// Whether the server refused a token with that code.
fn is_of_token(code: Code) -> bool {
    matches!(code, Code::InvalidToken | Code::TokenExpired | Code::UserAuthenticationFailed)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
