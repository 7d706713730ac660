//! The reactions to messages of other tabs.

use super::input::{Effect, Token};
use super::tokens::is_about_token;
use super::{Election, State, TokenCheck};
use crate::tabs::message::{Status, TabMessage};
use crate::token_expiry::TokenExpiry;

impl Election {
    pub(super) fn receive(&mut self, now: u64, message: TabMessage) {
        let is_leading = self.state == State::Leading;
        match message {
            TabMessage::Hello { eager } if is_leading => self.answer_hello(eager),
            TabMessage::State { term, number, status } if !is_leading && !self.terms.is_outdated(term) => {
                let is_replacement = self.terms.follow(term);
                self.leader_watch.answered(now);
                if std::mem::take(&mut self.missed_events) || is_replacement {
                    self.read_log();
                }
                if let Some(number) = number {
                    self.effects.extend(self.cursor.announce(number));
                }
                self.follow_status(now, status);
            }
            // The lock may reach this tab before the message of the leader that released it.
            TabMessage::Ended { term, error, token }
                if !self.terms.is_outdated(term)
                    || (self.terms.was_followed(term) && self.status == Status::Connecting) =>
            {
                if is_about_token(error.code) && token != self.token.value {
                    // This tab has another token, and the lock is free now.
                    if !is_leading {
                        self.start_handover(now);
                    }
                } else {
                    self.end(error);
                }
            }
            TabMessage::Events(batch) => self.effects.extend(self.cursor.receive(batch, false)),
            // A tab that logs in with another token ignores the message: the leader may not know its token yet.
            TabMessage::WillExpire(token) if self.reports.is_up() || token == self.token.value => {
                self.reports.token_will_expire(token, &mut self.effects);
            }
            TabMessage::Expired(token) if self.reports.is_up() || token == self.token.value => {
                self.reports.token_expired(token, &mut self.effects);
            }
            TabMessage::Renewed { token, expires_at } => {
                self.set_token(now, Token { value: token, expiry: TokenExpiry::at(expires_at) });
            }
            TabMessage::Saved { conversation_type, conversation_id, ids } => {
                self.effects.push(Effect::EmitSaved { conversation_type, conversation_id, ids });
            }
            TabMessage::Changed => self.effects.push(Effect::EmitChanged),
            TabMessage::ReconciliationNeeded if is_leading => self.effects.push(Effect::Reconcile),
            TabMessage::ReceiptsPending if is_leading => self.effects.push(Effect::SendReceipts),
            _ => {}
        }
    }

    /// Answers the question who leads. An eager tab waits for the session, and may not know the state of the token.
    fn answer_hello(&mut self, eager: bool) {
        if eager && matches!(self.status, Status::Down(_)) && self.replaced.is_none() {
            self.start_session();
        }
        self.send_state();
        let token = self.token.value.clone();
        if eager && self.reports.has_expired(&token) {
            self.send(TabMessage::Expired(token));
        } else if eager && self.reports.has_warned(&token) {
            self.send(TabMessage::WillExpire(token));
        }
    }

    fn follow_status(&mut self, now: u64, status: Status) {
        match &status {
            Status::Connecting => self.start_handover(now),
            Status::Up => match self.token_check {
                TokenCheck::Done => self.report_up(now),
                // The leader's session may have another token, so it says nothing about this tab's.
                TokenCheck::Needed => {
                    self.token_check = TokenCheck::Pending;
                    self.effects.push(Effect::CheckToken(self.token.clone()));
                }
                TokenCheck::Pending => {}
            },
            Status::Down(error) => self.reports.down(error.clone(), &mut self.effects),
        }
        self.status = status;
    }
}
