//! The token of this tab: its check by the server, its renewal and its expiry.

use super::input::{Effect, Token};
use super::{Election, State, TokenCheck};
use crate::error::{Code, Error};
use crate::tabs::message::{Status, TabMessage};
use crate::token_expiry::TokenExpiry;

impl Election {
    pub(super) fn finish_token_check(&mut self, now: u64, answer: Result<u64, Error>) {
        if self.token_check != TokenCheck::Pending {
            return;
        }
        match answer {
            Err(error) if is_about_token(error.code) => return self.end(error),
            Ok(expires_at) => self.token.expiry = TokenExpiry::at(expires_at),
            // The server could not be asked. A refused token fails the next call.
            Err(_) => {}
        }
        self.accept_token(now);
    }

    pub(super) fn accept_token(&mut self, now: u64) {
        self.token_check = TokenCheck::Done;
        if self.state == State::Following && self.status == Status::Up {
            self.report_up(now);
        }
    }

    pub(super) fn set_token(&mut self, now: u64, token: Token) {
        self.token = token.clone();
        if self.has_session() {
            self.effects.push(Effect::RenewSession(token.clone()));
        }
        self.effects.push(Effect::SetToken(token));
        // A pending check concerns the old token, and is ignored.
        self.accept_token(now);
    }

    pub(super) fn warn_of_token_end(&mut self) {
        let token = self.token.value.clone();
        self.send(TabMessage::WillExpire(token.clone()));
        self.reports.token_will_expire(token, &mut self.effects);
    }

    pub(super) fn expire_token(&mut self) {
        let token = self.token.value.clone();
        if !self.reports.has_expired(&token) {
            // The server may be the first to tell, so that nothing warned before.
            if !self.reports.has_warned(&token) {
                self.warn_of_token_end();
            }
            self.send(TabMessage::Expired(token.clone()));
            self.reports.token_expired(token, &mut self.effects);
        }
    }
}

/// Whether an error with this code concerns the token.
pub fn is_about_token(code: Code) -> bool {
    matches!(code, Code::InvalidToken | Code::TokenExpired | Code::UserAuthenticationFailed)
}
