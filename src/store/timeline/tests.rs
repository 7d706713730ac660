//! Cases that the random histories of `model_test` reach too rarely.

use super::item::Item;
use super::{Block, Changes, CoveringPage, Directory, MAX_BLOCK, Span, Timeline};
use crate::model::MessageKey;
use crate::model::SearchDirection::{self, Down, Up};
use crate::sorted_set::SortedSet;

/// A message that keeps the place of one that cannot be read.
const HIDDEN: u64 = u64::MAX;
/// Such a message of an older version.
const OUTDATED: u64 = u64::MAX - 1;

impl Item for u64 {
    fn is_hidden(&self) -> bool {
        matches!(*self, HIDDEN | OUTDATED)
    }

    fn is_outdated(&self) -> bool {
        *self == OUTDATED
    }
}

fn key(timestamp: u64, id: u64) -> MessageKey {
    MessageKey { timestamp, id }
}

fn empty() -> Timeline<u64> {
    Timeline::new(Directory::default())
}

/// Merges a page. All blocks are loaded in these tests.
fn merge(
    timeline: &mut Timeline<u64>,
    keys: &[MessageKey],
    anchor: Option<u64>,
    to: SearchDirection,
    last: bool,
) {
    let messages: Vec<_> = keys.iter().map(|key| (*key, key.id)).collect();
    let page = CoveringPage { messages: &messages, anchor, direction: to, is_last: last };
    timeline.merge(&page, |_| false).unwrap();
}

/// The ids of all messages, whether they are complete, and whether the last page was reached.
fn read(timeline: &Timeline<u64>) -> (Vec<u64>, bool, bool) {
    let page = timeline.read(None, Down, 1000, None).unwrap();
    let ids = page.messages.iter().map(|(_, id)| *id).collect();
    (ids, page.is_complete, page.is_last)
}

#[test]
fn a_moved_message_is_stored_once() {
    let mut timeline = empty();
    merge(&mut timeline, &[key(1, 1), key(2, 2), key(3, 3)], None, Down, true);
    // A live delivery with another time does not move a message that a page brought.
    timeline.insert_live(key(9, 2), &2).unwrap();
    assert_eq!(read(&timeline), (vec![1, 2, 3], true, true));
    // A page with another time moves it.
    merge(&mut timeline, &[key(3, 3), key(9, 2)], Some(1), Down, true);
    assert_eq!(read(&timeline), (vec![1, 3, 2], true, true));
    timeline.insert_filtered(&[(key(4, 1), 1)]).unwrap();
    assert_eq!(read(&timeline), (vec![3, 1, 2], false, true));
}

#[test]
fn a_live_message_between_two_neighbors_separates_them() {
    let mut timeline = empty();
    merge(&mut timeline, &[key(5, 10), key(5, 30)], None, Up, true);
    timeline.insert_live(key(5, 20), &20).unwrap();
    assert_eq!(read(&timeline), (vec![10, 20, 30], false, true));
    merge(&mut timeline, &[key(5, 20), key(5, 10)], Some(30), Up, true);
    assert_eq!(read(&timeline), (vec![10, 20, 30], true, true));
}

#[test]
fn a_page_joins_only_a_known_anchor_at_the_expected_position() {
    let mut timeline = empty();
    merge(&mut timeline, &[key(8, 8), key(9, 9)], None, Up, false);
    merge(&mut timeline, &[key(1, 1), key(2, 2)], Some(5), Up, true);
    assert_eq!(read(&timeline), (vec![1, 2, 8, 9], false, true));
    merge(&mut timeline, &[key(3, 3), key(8, 8)], Some(2), Up, false);
    assert_eq!(read(&timeline), (vec![1, 2, 3, 8, 9], false, true));
}

#[test]
fn an_empty_page_joins_only_known_positions() {
    let mut timeline = empty();
    merge(&mut timeline, &[key(3, 3), key(4, 4)], None, Up, false);
    merge(&mut timeline, &[], Some(7), Up, true);
    assert!(!read(&timeline).1);
    timeline.insert_filtered(&[(key(1, 1), 1)]).unwrap();
    merge(&mut timeline, &[], Some(3), Up, true);
    assert_eq!(read(&timeline), (vec![3, 4], true, true));
    timeline.insert_live(key(5, 5), &5).unwrap();
    merge(&mut timeline, &[], Some(4), Down, true);
    assert_eq!(read(&timeline), (vec![3, 4, 5], false, true));
    merge(&mut timeline, &[], None, Up, true);
    assert_eq!(read(&timeline), (vec![3, 4, 5], false, true));
}

#[test]
fn a_newer_message_in_the_list_moves_the_end() {
    let mut timeline = empty();
    merge(&mut timeline, &[key(1, 1)], None, Up, true);
    let page = timeline.read(None, Up, 5, Some(key(2, 2))).unwrap();
    assert_eq!((page.is_complete, page.is_last), (false, true));
    let page = timeline.read(Some(1), Down, 5, Some(key(2, 2))).unwrap();
    assert_eq!((page.is_complete, page.is_last), (false, false));
    assert!(timeline.read(None, Up, 5, Some(key(1, 1))).unwrap().is_complete);
}

#[test]
fn an_appended_page_rewrites_at_most_one_block() {
    for size in [7, 20, 50] {
        let mut timeline = empty();
        let mut at = 10_000;
        merge(&mut timeline, &[key(at, at)], None, Up, false);
        for _ in 0..40 {
            timeline.take_changes();
            let keys: Vec<_> = (at - size..at).map(|n| key(n, n)).collect();
            merge(&mut timeline, &keys, Some(at), Up, false);
            at -= size;
            let Changes { written, deleted, .. } = timeline.take_changes();
            assert!(written.iter().count() == 1 && deleted.iter().count() <= 1, "{written:?} {deleted:?}");
        }
        let blocks = timeline.directory().spans.len() as u64;
        assert!(blocks <= 40 * size / (MAX_BLOCK as u64 / 2) + 2, "{blocks} of {size}");
    }
}

#[test]
fn a_repeated_page_rewrites_only_its_own_blocks() {
    let mut timeline = empty();
    let keys: Vec<_> = (1..=500).map(|n| key(n, n)).collect();
    merge(&mut timeline, &keys, None, Down, true);
    timeline.take_changes();
    merge(&mut timeline, &keys[100..120], Some(100), Down, false);
    let changes = timeline.take_changes();
    assert!(
        changes.written.iter().count() <= 2 && !changes.directory && changes.deleted.is_empty(),
        "{changes:?}"
    );
}

#[test]
fn the_rest_joins_the_beginning_if_it_joined_the_removed_messages() {
    let two_runs = || {
        let mut timeline = empty();
        let keys = |range: std::ops::RangeInclusive<u64>| range.map(|n| key(n, n)).collect::<Vec<_>>();
        merge(&mut timeline, &keys(1..=60), None, Down, false);
        merge(&mut timeline, &keys(100..=220), None, Up, false);
        assert!(timeline.directory().spans.len() > 2);
        timeline
    };
    let starts = |timeline: &Timeline<u64>| (read(timeline).0.len(), read(timeline).1);
    let mut timeline = two_runs();
    assert!(timeline.remove_until(60).unwrap());
    assert_eq!(starts(&timeline), (121, false));
    for until in [120, timeline.directory().spans[0].last.timestamp, 200] {
        assert!(timeline.remove_until(until).unwrap());
        assert_eq!(starts(&timeline), (220 - until as usize, true));
    }
    assert!(!timeline.remove_until(200).unwrap());
    assert!(!timeline.drop_until(200).unwrap());
    assert_eq!(starts(&timeline), (20, false));
    assert!(timeline.remove_until(220).unwrap());
    assert_eq!(read(&timeline), (vec![], true, true));
    assert!(two_runs().clear().unwrap());
}

#[test]
fn a_damaged_block_becomes_a_gap() {
    let mut timeline = empty();
    let keys: Vec<_> = (1..=200).map(|n| key(n, n)).collect();
    merge(&mut timeline, &keys, None, Down, true);
    let directory = timeline.directory().clone();
    assert!(directory.spans.len() > 2);
    let mut damaged = Timeline::new(directory.clone());
    for (at, Span { first, .. }) in directory.spans.iter().enumerate() {
        let block = timeline.block(*first).cloned();
        let empty = || Block { keys: vec![], joins: vec![], items: vec![] };
        damaged.load_block(*first, if at == 1 { Some(empty()) } else { block });
    }
    let (ids, complete, is_last) = read(&damaged);
    assert_eq!((ids.len() as u64, complete, is_last), (200 - directory.spans[1].count, false, true));
    // An inconsistent directory counts as empty.
    let inconsistent = Directory { spans: directory.spans.iter().rev().copied().collect(), ..directory };
    assert_eq!(read(&Timeline::new(inconsistent)), (vec![], false, false));
}

#[test]
fn a_block_that_loses_its_oldest_message_repeatedly_is_deleted_once() {
    let mut timeline = empty();
    let keys: Vec<_> = (1..=MAX_BLOCK as u64).map(|at| key(at, at)).collect();
    merge(&mut timeline, &keys, None, Up, true);
    timeline.take_changes();
    for id in 1..10 {
        timeline.remove_ids(&[id]).unwrap();
    }
    let Changes { written, deleted, .. } = timeline.take_changes();
    assert_eq!((deleted, written), (SortedSet::from_iter([key(1, 1)]), SortedSet::from_iter([key(10, 10)])));
    timeline.remove_ids(&[10]).unwrap();
    assert_eq!(timeline.take_changes().deleted, SortedSet::from_iter([key(10, 10)]));
}

#[test]
fn a_message_that_cannot_be_read_separates_its_neighbors_without_a_gap() {
    let mut timeline = empty();
    let page = |hidden: u64| [(key(3, 3), 3), (key(2, 2), hidden), (key(1, 1), 1)];
    let merge = |timeline: &mut Timeline<u64>, messages: &[(MessageKey, u64)]| {
        timeline
            .merge(&CoveringPage { messages, anchor: None, direction: Up, is_last: true }, |_| false)
            .unwrap();
    };
    merge(&mut timeline, &page(HIDDEN));
    let read = |timeline: &Timeline<u64>| timeline.read(None, Up, 10, None).unwrap();
    let result = read(&timeline);
    assert_eq!(result.messages, [(key(3, 3), 3), (key(1, 1), 1)]);
    assert_eq!((result.is_complete, result.is_contiguous, result.contiguous_count), (false, true, 2));
    // A newer version asks again.
    merge(&mut timeline, &page(OUTDATED));
    let result = read(&timeline);
    assert_eq!((result.is_complete, result.is_contiguous, result.contiguous_count), (false, false, 1));
    // A page goes on after it.
    let next = timeline.read(Some(2), Up, 10, None).unwrap();
    assert_eq!((next.messages.len(), next.is_complete, next.is_last), (1, true, true));
    assert_eq!(timeline.newest(|_| true), Ok(Some(&3)));
    assert_eq!(timeline.find(&[1, 2]), Ok(vec![(key(1, 1), 1)]));
    timeline.start_journal();
    merge(&mut timeline, &page(2));
    let entries = timeline.take_journal().unwrap().into_entries().unwrap();
    assert_eq!((entries.added, entries.updated, entries.removed), (vec![(key(2, 2), 2)], vec![], vec![]));
    assert!(read(&timeline).is_complete);
}

#[test]
fn the_journal_has_the_last_change_of_each_message() {
    let mut timeline = empty();
    merge(&mut timeline, &[key(1, 1), key(2, 2), key(3, 3)], None, Down, true);
    timeline.start_journal();
    timeline.insert_live(key(4, 4), &4).unwrap();
    timeline.insert_live(key(5, 5), &5).unwrap();
    timeline.edit(4, |_| Ok::<_, ()>(40)).unwrap().unwrap();
    timeline.edit(2, |_| Ok::<_, ()>(20)).unwrap().unwrap();
    timeline.remove_ids(&[5, 3]).unwrap();
    let entries = timeline.take_journal().unwrap().into_entries().unwrap();
    assert_eq!(entries.added, [(key(4, 4), 40)], "its last content; 5 came and went");
    assert_eq!(entries.updated, [(key(2, 2), 20)]);
    assert_eq!((entries.removed, entries.removed_until), (vec![3], None));
    // A page that changes nothing.
    timeline.start_journal();
    let messages = [(key(1, 1), 1), (key(2, 2), 20), (key(4, 4), 40)];
    let page = CoveringPage { messages: &messages, anchor: None, direction: Down, is_last: true };
    timeline.merge(&page, |_| false).unwrap();
    assert_eq!(timeline.take_journal().unwrap().into_entries(), None);
    // A page moves a message, and lacks another one.
    timeline.start_journal();
    merge(&mut timeline, &[key(1, 1), key(9, 2)], None, Down, true);
    let entries = timeline.take_journal().unwrap().into_entries().unwrap();
    assert_eq!((entries.added, entries.updated), (vec![], vec![(key(9, 2), 2)]));
    assert_eq!(entries.removed, [4]);
}

#[test]
fn the_journal_names_a_few_hundred_messages_of_a_long_history() {
    let long = || {
        let mut timeline = empty();
        for start in 0..20 {
            let keys: Vec<_> = (start * 50 + 1..=start * 50 + 50).map(|n| key(n, n)).collect();
            merge(&mut timeline, &keys, (start > 0).then_some(start * 50), Down, start == 19);
        }
        timeline.start_journal();
        timeline
    };
    let mut timeline = long();
    timeline.remove_until(990).unwrap();
    let entries = timeline.take_journal().unwrap().into_entries().unwrap();
    let named: Vec<_> = (551..=990).collect();
    assert_eq!((entries.removed, entries.removed_until), (named, Some(950)));
    let mut timeline = long();
    timeline.name_no_blocks();
    assert!(timeline.clear().unwrap());
    let entries = timeline.take_journal().unwrap().into_entries().unwrap();
    assert_eq!((entries.removed, entries.removed_until), (vec![], Some(1000)));
}
