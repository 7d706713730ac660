//! Conversations of which something was removed without word of what: by a notice that does not say, by a call
//! whose answer never came. What is kept of them is compared with the server, page by page from the newest; until
//! then no page of them is called complete. Table `doubts`, key: the conversation's, or `""` for all.
//!
//! A removal that is being asked for is noted as a doubt first, so that a page that dies before the answer is
//! there leaves word of it; its key goes on with the call's own name. A deletion is noted twice: it changes the
//! conversation list, too, whose doubts have the key `"list"`.

use super::db::{Key, Record, Result, Table, Transaction};
use super::facts::CallState;
use super::removals::EVERYWHERE;
use super::work::Work;
use crate::model::{ConversationId, HistoryPage, MessageKey, SearchDirection};

/// How long the server may take to act on a call, ms: a comparison that is younger may have come before it.
pub const CALL_MS: u64 = 5_000;

/// A doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The local time at which it was noted.
    pub(super) noted: u64,
    /// Whose call is under way, or [`NOBODY`]'s; none where a notice said so.
    pub(super) call: Option<u64>,
    /// How far the comparison has come; none where it begins.
    pub(super) at: Option<Reached>,
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reached {
    /// The next page begins after this message.
    pub(super) id: u64,
    /// Whether it was not itself compared: then it is the newest below a gap, and forgotten when what is older
    /// has been.
    pub(super) unsure: bool,
}

/// What is to be compared with the server next.
#[derive(Clone, Debug, PartialEq)]
pub enum Comparison {
    /// The conversation list: fetch all of it and hand it to [`Store::save_compared_list`](super::Store).
    List,
    /// A page of a conversation.
    Page(Check),
    /// Nothing at the moment; whether something is doubted all the same.
    Nothing {
        /// What a call's owner has not settled yet does not count.
        doubted: bool,
    },
}

/// A page to compare: fetch it and hand it to [`Store::save_compared`](super::Store).
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Of this conversation.
    pub conversation: ConversationId,
    /// Upwards from this message; from the newest where left out.
    pub anchor: Option<u64>,
    /// The newest that was kept then.
    newest: Option<MessageKey>,
    name: String,
    doubt: Doubt,
}

impl Record for Doubt {
    const TABLE: Table = Table::Doubts;
}

/// The conversation list's key; no conversation has such a one.
const LIST: &str = "list";
/// Whose a call is that nobody waits for any more.
const NOBODY: u64 = 0;
/// Parts a call's name from its conversation's key.
const CALL: u8 = b'\n';
const CALL_TEXT: &str = "\n";

/// The conversation that a doubt's key names.
fn conversation(name: &str) -> &str {
    name.split_once(CALL as char).map_or(name, |(key, _)| key)
}

/// The name of an owner's how many-th call, which concerns what has that key.
pub(super) fn call(key: &str, own: u64, number: u32) -> String {
    format!("{key}{CALL_TEXT}{own}.{number}")
}

/// The doubts of a call: the conversation's and, where it is a deletion, the list's.
fn of_call(name: &str) -> Vec<Key> {
    let mut keys = vec![Key::from(name)];
    if let Some((_, call)) = name.split_once(CALL as char) {
        keys.push(Key::Name(format!("{LIST}{CALL_TEXT}{call}")));
    }
    keys
}

/// Whether what is kept of a conversation may differ from the server's, as the owner of `own` calls sees it.
pub(super) fn concern(tx: &Transaction, key: &str, own: u64) -> Result<bool> {
    // Mostly there are none: then one request tells.
    if tx.keys(Table::Doubts)?.is_empty() {
        return Ok(false);
    }
    let doubts = tx.all::<Doubt>()?;
    Ok(doubts.iter().any(|(name, doubt)| {
        let named = conversation(name);
        doubt.call != Some(own) && (named == key || named == EVERYWHERE)
    }))
}

impl Work<'_> {
    /// Notes that something of a conversation may be gone. A comparison that is under way begins anew.
    pub(super) fn doubt(&self, key: &str) {
        self.tx.put(&Key::from(key), &Doubt { noted: self.now, call: None, at: None });
    }

    /// Notes that the conversation list may differ from the server's.
    pub(super) fn doubt_list(&self) {
        self.doubt(LIST);
    }

    /// Notes that something is being removed; `deletes` where whole conversations are.
    pub(super) fn begin_call(&self, name: &str, own: u64, deletes: bool) {
        for key in of_call(name).into_iter().take(1 + usize::from(deletes)) {
            self.tx.put(&key, &Doubt { noted: self.now, call: Some(own), at: None });
        }
    }

    /// Notes how it goes on.
    pub(super) fn note_call(&self, name: &str, state: CallState) -> Result<()> {
        for key in of_call(name) {
            if state == CallState::Settled {
                self.tx.delete(Table::Doubts, &key);
            } else if let Some(mut doubt) = self.tx.get::<Doubt>(&key)? {
                doubt.at = None;
                if state == CallState::Repeated {
                    doubt.noted = self.now;
                } else {
                    doubt.call = Some(NOBODY);
                }
                self.tx.put(&key, &doubt);
            }
        }
        Ok(())
    }

    /// The server's whole list was taken over, as it was at that time.
    pub(super) fn list_compared(&self, own: u64, asked_at: u64) -> Result<()> {
        for (name, doubt) in self.tx.all::<Doubt>()? {
            if conversation(&name) != LIST || doubt.call == Some(own) {
                continue;
            }
            if doubt.call.is_some() && doubt.is_young(asked_at) {
                self.tx.put(&Key::from(&*name), &Doubt { at: Some(Reached::DONE), ..doubt });
            } else {
                self.tx.delete(Table::Doubts, &Key::Name(name));
            }
        }
        Ok(())
    }

    /// What to compare next: the list, unless it is not to be, then the conversation that changed last.
    pub(super) fn comparison(&mut self, own: u64, with_list: bool) -> Result<Comparison> {
        let (mut doubts, mut doubted) = (Vec::new(), false);
        for (name, doubt) in self.tx.all::<Doubt>()? {
            doubted |= doubt.call != Some(own);
            if doubt.is_due(own, self.now) {
                doubts.push((name, doubt));
            }
        }
        if with_list && doubts.iter().any(|(name, _)| conversation(name) == LIST) {
            return Ok(Comparison::List);
        }
        // What another tab is asking for may concern conversations that are not known yet: it waits.
        let now = self.now;
        let splits = |doubt: &Doubt| doubt.call.is_none() || !doubt.is_young(now);
        let all = |(name, doubt): &(String, Doubt)| conversation(name) == EVERYWHERE && splits(doubt);
        while let Some(at) = doubts.iter().position(all) {
            let (name, doubt) = doubts.swap_remove(at);
            self.tx.delete(Table::Doubts, &Key::from(&*name));
            for key in self.known()? {
                let name = format!("{key}{name}");
                self.tx.put(&Key::from(&*name), &doubt);
                doubts.push((name, doubt.clone()));
            }
            // Of those that are not known here something may be on its way.
            self.removals(EVERYWHERE)?.add_gone(0, now.saturating_sub(1));
        }
        self.prepare(&doubts.iter().map(|(name, _)| conversation(name)).collect::<Vec<_>>())?;
        let mut latest = None;
        for (name, doubt) in doubts {
            let Some(id) = ConversationId::from_storage_key(conversation(&name)) else { continue };
            let last = self.last(&id.storage_key())?;
            if latest.as_ref().is_none_or(|(known, _)| *known < last) {
                let anchor = doubt.at.filter(|_| !doubt.is_done()).map(|at| at.id);
                latest = Some((last, Check { conversation: id, anchor, newest: None, name, doubt }));
            }
        }
        let Some((_, mut check)) = latest else { return Ok(Comparison::Nothing { doubted }) };
        let key = check.conversation.storage_key();
        let before = self.now.saturating_sub(1);
        let from_start = check.anchor.is_none();
        check.newest = self.history(&key, |history| {
            // A page that was asked for before, and comes when this is over, would be compared no more.
            if from_start {
                history.outdate(before);
            }
            Ok(history.newest_key())
        })?;
        Ok(Comparison::Page(check))
    }

    /// Takes over a page that was fetched to compare.
    pub(super) fn compared(&mut self, check: &Check, page: &HistoryPage) -> Result<()> {
        let key = check.conversation.storage_key();
        let first = page.messages.first().map(|(key, _)| *key);
        let last = page.messages.last().map(|(key, _)| *key);
        let (first_page, is_last, asked_at) = (page.anchor.is_none(), page.is_last, page.asked_at);
        debug_assert_eq!(page.direction, SearchDirection::Up);
        let kept = self.save_page(&check.conversation, page)?.is_some();
        let name = Key::from(&*check.name);
        let known = self.tx.get::<Doubt>(&name)?;
        // Something else was doubted meanwhile, or the page is too old to tell: again.
        if !kept || known.as_ref() != Some(&check.doubt) {
            return Ok(());
        }
        if let Some(Reached { id, unsure: true }) = check.doubt.at.filter(|at| Some(at.id) == check.anchor) {
            self.history(&key, |history| history.forget(id))?;
            let last = self.last(&key)?;
            if last.is_some_and(|last| last.id == id) {
                self.show_newest(&key)?;
            }
        }
        if first_page {
            // A page says nothing of what is newer: it may have come since. What was here before did not.
            let gone = self.history(&key, |history| history.unconfirmed(first, check.newest, asked_at))?;
            self.history(&key, |history| history.remove_ids(&gone))?;
            self.show_newest(&key)?;
        }
        let older = match last.filter(|_| !is_last) {
            Some(last) => self.history(&key, |history| history.before(last))?.map(|found| (last, found)),
            None => None,
        };
        let reached = older.map(|(last, (older, joins)): (MessageKey, _)| {
            if joins {
                Reached { id: last.id, unsure: false }
            } else {
                Reached { id: older.id, unsure: true }
            }
        });
        // A call without an answer may have been on its way when this began: then once more when none can be any longer.
        let call = check.doubt.call.filter(|_| !first_page || check.doubt.is_young(asked_at));
        let at = match (reached, call) {
            (Some(at), _) => at,
            (None, Some(_)) => Reached::DONE,
            (None, None) => {
                self.tx.delete(Table::Doubts, &name);
                return Ok(());
            }
        };
        self.tx.put(&name, &Doubt { at: Some(at), call, ..check.doubt });
        Ok(())
    }
}

impl Doubt {
    fn is_young(&self, now: u64) -> bool {
        now < self.noted.saturating_add(CALL_MS)
    }

    /// Whether it is to be looked into now, by the owner of `own` calls.
    fn is_due(&self, own: u64, now: u64) -> bool {
        self.call != Some(own) && !(self.is_done() && self.is_young(now))
    }

    fn is_done(&self) -> bool {
        self.at == Some(Reached::DONE)
    }
}

impl Reached {
    /// Compared to its end once; no message has the id 0.
    const DONE: Self = Self { id: 0, unsure: false };
}
