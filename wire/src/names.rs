//! App keys, user ids and the text forms of JIDs.

use crate::jid::{GROUP_DOMAIN, USER_DOMAIN};

/// An app key `org#app`, split.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AppKey {
    /// The part before the `#`.
    pub org: String,
    /// The part after the `#`.
    pub app: String,
}

impl AppKey {
    /// Reads `org#app`. Both parts consist of letters, digits, `-`, `_` and `.`. Every character beyond ASCII counts
    /// as a letter, except white space.
    pub fn parse(text: &str) -> Option<Self> {
        let (org, app) = text.split_once('#')?;
        let fit = |part: &str| {
            !part.is_empty()
                && part.len() <= 128
                && part.chars().all(|c| {
                    c.is_ascii_alphanumeric()
                        || c > '\u{9f}' && !c.is_whitespace()
                        || matches!(c, '-' | '_' | '.')
                })
        };
        (fit(org) && fit(app)).then(|| Self { org: org.into(), app: app.into() })
    }
}

impl AppKey {
    /// The app key as one text.
    pub fn text(&self) -> String {
        format!("{}#{}", self.org, self.app)
    }
}

impl std::fmt::Display for AppKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text())
    }
}

/// The longest user id, in bytes.
pub const MAX_USER_ID_BYTES: usize = 64;

/// A user id in its stored form (lower case). `None` for an invalid id. Valid ids have
/// 1 to 64 bytes of `a-z A-Z 0-9 _ - .`.
pub fn user_id(text: &str) -> Option<String> {
    let fit = !text.is_empty()
        && text.len() <= MAX_USER_ID_BYTES
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    fit.then(|| text.to_ascii_lowercase())
}

/// The queue name of a peer in REST requests: `<peer>@easemob.com`, groups `@conference.easemob.com`.
pub fn queue(peer: &str, domain: &str) -> String {
    format!("{peer}@{domain}")
}

/// Splits a JID in any of its text forms: `[<org>#<app>_]<name>@<domain>`.
/// Returns the name, and `true` for a group or chat room.
pub fn split_jid<'a>(text: &'a str, app_key: &str) -> (&'a str, bool) {
    let (name, domain) = text.rsplit_once('@').unwrap_or((text, USER_DOMAIN));
    let name = name.strip_prefix(app_key).and_then(|rest| rest.strip_prefix("_")).unwrap_or(name);
    (name, domain == GROUP_DOMAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn app_keys_need_both_parts() {
        assert_eq!(AppKey::parse("demo#chat").map(|k| k.to_string()).as_deref(), Some("demo#chat"));
        for bad in ["", "demo", "#chat", "demo#", "a#b#c", "a/b#c", "a b#c", "a\u{3000}b#c", "a\u{85}#c"] {
            assert_eq!(AppKey::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn user_ids_are_lower_case_and_bounded() {
        assert_eq!(user_id("Alice.B-1_x").as_deref(), Some("alice.b-1_x"));
        assert_eq!(user_id(""), None);
        assert_eq!(user_id("a b"), None);
        assert_eq!(user_id("é"), None);
        assert!(user_id(&"a".repeat(64)).is_some());
        assert_eq!(user_id(&"a".repeat(65)), None);
    }

    #[test]
    fn jids_lose_app_key_and_domain() {
        assert_eq!(split_jid("demo#chat_bob@easemob.com", "demo#chat"), ("bob", false));
        assert_eq!(split_jid("bob@easemob.com", "demo#chat"), ("bob", false));
        assert_eq!(split_jid("demo#chat_77@conference.easemob.com", "demo#chat"), ("77", true));
        assert_eq!(split_jid("bob", "demo#chat"), ("bob", false));
    }
}
