//! What was written since somebody asked last, while others write, and when files change under the asking.

use std::collections::BTreeMap;
use std::fs;

use netsift_history::{Desk, History, HistorySettings, Mark, Reader};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::LONG;
use crate::made::{alert, any_alert};

/// All that is new, so many at a time: what it says in the end, and where that ends.
fn caught_up(
    reader: &Reader,
    mut mark: Mark,
    limit: usize,
) -> (Vec<(String, u64)>, Vec<String>, Mark) {
    let (mut alerts, mut changes) = (Vec::new(), Vec::new());
    loop {
        let news = reader.news(mark, limit).unwrap();
        assert!(!news.is_gap && news.alerts.len() + news.changes.len() <= limit);
        alerts.extend(news.alerts.iter().map(|row| (row.alert.id.to_string(), row.alert.count)));
        changes.extend(news.changes.into_iter().map(|change| change.subject));
        mark = news.mark;
        if !news.is_more {
            return (alerts, changes, mark);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_is_written_is_missed_or_told_twice(
        batches in prop::collection::vec(prop::collection::vec(any_alert(), 0..12), 1..5),
        limit in 1..30_usize,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let history = History::open(HistorySettings::new(&path)).unwrap();
        let (reader, mut desk) = (Reader::open(&path).unwrap(), Desk::open(&path).unwrap());
        let mut mark = reader.mark().unwrap();
        for (number, batch) in batches.into_iter().enumerate() {
            let mut expected = BTreeMap::new();
            for alert in batch {
                expected.insert(alert.id.to_string(), alert.count);
                history.hand().alert(alert);
            }
            prop_assert!(history.flush(LONG));
            desk.note_change("ann", "restarted", &number.to_string(), "", 1).unwrap();
            let (alerts, changes, end) = caught_up(&reader, mark, limit);
            prop_assert_eq!(alerts.len(), expected.len(), "one comes twice");
            prop_assert_eq!(alerts.into_iter().collect::<BTreeMap<_, _>>(), expected);
            prop_assert_eq!(changes, [number.to_string()]);
            prop_assert_eq!(end, reader.mark().unwrap());
            mark = end;
        }
        let news = reader.news(mark, limit).unwrap();
        prop_assert!(news.alerts.is_empty() && news.changes.is_empty() && !news.is_more);
    }
}

#[test]
fn marks_hold_when_all_that_was_there_has_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(HistorySettings::new(&path)).unwrap();
    (0..5).for_each(|number| history.hand().alert(alert(number)));
    assert!(history.flush(LONG));
    let (reader, mut desk) = (Reader::open(&path).unwrap(), Desk::open(&path).unwrap());
    desk.note_change("ann", "restarted", "one", "", 1).unwrap();
    let mark = reader.mark().unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("DELETE FROM alert; DELETE FROM audit;").unwrap();
    history.hand().alert(alert(9));
    assert!(history.flush(LONG));
    desk.note_change("ann", "restarted", "two", "", 1).unwrap();
    let (alerts, changes, _) = caught_up(&reader, mark, 100);
    assert_eq!((alerts.len(), changes), (1, vec!["two".to_owned()]));
}

#[test]
fn of_another_file_a_mark_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other] = ["history.db", "other.db"].map(|name| folder.path().join(name));
    for path in [&path, &other] {
        let history = History::open(HistorySettings::new(path)).unwrap();
        history.hand().alert(alert(1));
        assert!(history.flush(LONG));
    }
    let mark = Reader::open(&path).unwrap().mark().unwrap();
    let reader = Reader::open(&other).unwrap();
    let news = reader.news(mark, 10).unwrap();
    assert!(news.is_gap && news.alerts.is_empty());
    assert_eq!(news.mark, reader.mark().unwrap());
    // A copy of before that was put back.
    drop(reader);
    let copy = folder.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    Desk::open(&path).unwrap().note_change("ann", "restarted", "one", "", 1).unwrap();
    let mark = Reader::open(&path).unwrap().mark().unwrap();
    assert!(Reader::open(&copy).unwrap().news(mark, 10).unwrap().is_gap);
}
