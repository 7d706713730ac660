//! The messages of a sample conversation, and their times.

use serde_json::{Value, json};

use super::bodies;
use super::conversations::{Conversation, Kind, MAIN};
use super::phrases::{self, Language};
use super::random::Random;

/// The bodies of the REST calls that send the conversation's messages, oldest first.
pub(super) fn of(conversation: &Conversation, seed: u64, to: &str, now: u64) -> Vec<Value> {
    let mut random = Random::new(seed);
    let times = times(conversation, now, &mut random);
    let mut from = MAIN;
    let mut language = conversation.languages.first().copied();
    let mut previous = String::new();
    times
        .into_iter()
        .enumerate()
        .map(|(at, time)| {
            // A person often says two or three things in a row.
            if at == 0 || random.below(3) != 0 {
                from = sender(conversation, &mut random);
                language = language_of(conversation, from, &mut random);
            }
            let (kind, body) = match conversation.special_every {
                every if every > 0 && at % every == every - 1 => bodies::other(at / every),
                _ => {
                    let text = phrases::text(language, &mut random);
                    // Two equal texts in a row look like a mistake, so draw again.
                    previous = if text == previous { phrases::text(language, &mut random) } else { text };
                    ("txt", json!({ "msg": previous }))
                }
            };
            let receiver = match conversation.kind {
                Kind::Single { .. } if from != MAIN => MAIN,
                _ => to,
            };
            let mut message = json!({
                "from": from, "to": [receiver], "type": kind, "body": body, "msg_timestamp": time,
            });
            if let Kind::Group { name, .. } = conversation.kind {
                // The roaming lists do not contain the names of groups, so the page reads them from the messages.
                message["ext"] = json!({ "group_name": name });
            }
            message
        })
        .collect()
}

fn language_of(conversation: &Conversation, from: &str, random: &mut Random) -> Option<Language> {
    let languages = conversation.languages;
    match conversation.kind {
        Kind::Group { members, .. } if members.len() == languages.len() => {
            members.iter().position(|member| *member == from).and_then(|at| languages.get(at)).copied()
        }
        _ => random.one_of(languages).copied(),
    }
}

fn sender(conversation: &Conversation, random: &mut Random) -> &'static str {
    match conversation.kind {
        Kind::Single { peer } => random.one_of(&[MAIN, peer]).copied().unwrap_or(MAIN),
        Kind::Group { members, .. } => random.one_of(members).copied().unwrap_or(MAIN),
    }
}

/// Strictly increasing times: bursts of a few minutes with hours between them, scaled to the conversation's time span.
fn times(conversation: &Conversation, now: u64, random: &mut Random) -> Vec<u64> {
    const MINUTE: u64 = 60_000;
    let last = now - conversation.last_minutes_ago * MINUTE;
    let span = last - (now - conversation.first_hours_ago * 60 * MINUTE);
    let gaps: Vec<u64> = (0..conversation.messages)
        .map(|_| if random.below(14) == 0 { 3 * 3_600 + random.below(36_000) } else { 8 + random.below(100) })
        .collect();
    let whole: u64 = gaps.iter().sum::<u64>().max(1);
    let mut passed = 0;
    let mut before = 0;
    gaps.iter()
        .map(|gap| {
            passed += gap;
            let time = last - span + (u128::from(span) * u128::from(passed) / u128::from(whole)) as u64;
            before = time.max(before + 1);
            before
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::conversations;
    use std::collections::HashSet;

    const NOW: u64 = 1_800_000_000_000;

    #[test]
    fn the_messages_are_the_same_in_every_run_and_in_order() {
        for (at, conversation) in conversations::all().iter().enumerate() {
            let first = of(conversation, at as u64, "peer", NOW);
            assert_eq!(first, of(conversation, at as u64, "peer", NOW));
            assert_eq!(first.len(), conversation.messages);
            let times: Vec<u64> = first.iter().filter_map(|m| m["msg_timestamp"].as_u64()).collect();
            assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(times.last() <= Some(&NOW));
        }
    }

    #[test]
    fn every_message_is_within_the_limits_and_every_type_occurs() {
        let mut kinds = HashSet::new();
        for (at, conversation) in conversations::all().iter().enumerate() {
            for message in of(conversation, at as u64, "peer", NOW) {
                assert!(message["body"].to_string().len() < 3_000, "{message}");
                assert_ne!(message["from"], message["to"][0]);
                kinds.insert(message["type"].to_string());
            }
        }
        assert_eq!(kinds.len(), 9, "{kinds:?}");
    }
}
