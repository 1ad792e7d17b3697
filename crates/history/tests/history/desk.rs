//! What people say of alerts, while the history is written.

use netsift_alert::{AlertId, MAX_SILENCES, Pattern, Silence, Which};
use netsift_history::{
    AlertsAsked, Allowance, Comment, Desk, History, HistoryError, HistorySettings, MOST_ALLOWANCES,
    MOST_TEXT, Reader, SilenceRecord,
};

use crate::LONG;
use crate::made::{alert, flow};

#[test]
fn alerts_are_acknowledged_and_commented_while_others_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(HistorySettings::new(&path)).unwrap();
    let hand = history.hand();
    hand.alert(alert(1));
    assert!(history.flush(LONG));
    let (mut desk, reader, id) =
        (Desk::open(&path).unwrap(), Reader::open(&path).unwrap(), alert(1).id);
    let writing = std::thread::spawn(move || {
        for number in 0..50_000 {
            hand.flow(flow(number));
        }
        // The same alert, told again: what was said of it stays.
        hand.alert(alert(1));
    });
    for number in 0..20 {
        desk.comment(id, "ann", &format!("'{number}\"\0"), number).unwrap();
    }
    desk.acknowledge(id, "ann", 7).unwrap();
    desk.acknowledge(id, "bob", 8).unwrap();
    writing.join().unwrap();
    assert!(history.flush(LONG));
    let row = reader.alert(id).unwrap();
    assert_eq!((row.comments, row.acknowledged.as_ref().unwrap().who.as_str()), (20, "ann"));
    let expected = Comment { nanos: 3, who: "ann".into(), text: "'3\"\0".into() };
    assert_eq!(reader.comments(id).unwrap()[3], expected);
    let mut open = AlertsAsked::default();
    open.acknowledged = Some(false);
    assert_eq!(reader.alerts(&open).unwrap().rows.len(), 0);
    desk.take_back(id, "bob", 9).unwrap();
    desk.take_back(id, "ann", 10).unwrap();
    assert_eq!(reader.alerts(&open).unwrap().rows.len(), 1);
    let changes = reader.changes(3).unwrap();
    let told: Vec<_> =
        changes.iter().map(|it| (it.who.as_str(), it.what.as_str(), it.nanos)).collect();
    let changed = [("bob", "took back", 9), ("ann", "acknowledged", 7), ("ann", "commented", 19)];
    assert_eq!(told, changed, "what changed nothing is noted");
    assert_eq!(changes[0].subject, id.to_string());
}

#[test]
fn there_has_to_be_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(HistorySettings::new(&path)).unwrap());
    let (mut desk, id) = (Desk::open(&path).unwrap(), AlertId::of(1, "none", [None, None]));
    for error in [
        desk.acknowledge(id, "ann", 1),
        desk.comment(id, "ann", "x", 1),
        desk.take_back(id, "ann", 1),
    ] {
        assert!(matches!(error, Err(HistoryError::NoSuchAlert { .. })));
    }
    let reader = Reader::open(&path).unwrap();
    assert!(matches!(reader.alert(id), Err(HistoryError::NoSuchAlert { .. })));
    assert_eq!(reader.changes(10).unwrap(), [], "what did not happen is noted");
}

#[test]
fn silences_are_kept_until_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(HistorySettings::new(&path)).unwrap());
    let (mut desk, reader) = (Desk::open(&path).unwrap(), Reader::open(&path).unwrap());
    let mut silence = Silence::acknowledging(&alert(1), "ann", 20);
    silence.comment = "we scan ourselves, '\"\0 too".into();
    silence.which.source = vec!["10.0.0.0/8".parse().unwrap()];
    let id = desk.silence(&silence, 10).unwrap();
    let kept = SilenceRecord { id, since: 10, silence: silence.clone() };
    assert_eq!(reader.silences(19).unwrap().rows, std::slice::from_ref(&kept));
    assert_eq!(reader.silences(20).unwrap().rows, []);
    let silence = kept;
    assert!(desk.lift(silence.id, "bob", 15).unwrap());
    assert!(!desk.lift(silence.id, "bob", 16).unwrap());
    assert_eq!(reader.silences(0).unwrap().rows, []);
    assert_eq!(reader.changes(10).unwrap().len(), 2);
}

#[test]
fn nobody_silences_everything_and_not_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(HistorySettings::new(&path)).unwrap());
    let mut desk = Desk::open(&path).unwrap();
    let mut silence = Silence::acknowledging(&alert(1), "ann", 20);
    let refused = |told: Result<i64, HistoryError>| match told {
        Err(HistoryError::Setting { rule, .. }) => rule,
        told => panic!("{told:?}"),
    };
    for number in 0..MAX_SILENCES as i64 {
        silence.comment = number.to_string();
        desk.silence(&silence, 10).unwrap();
    }
    assert_eq!(refused(desk.silence(&silence, 10)), "one of at most 1000 that hold");
    assert!(desk.silence(&silence, 20).is_ok(), "those have ended");
    silence.which.what = vec![Pattern::new(&"x".repeat(100)).unwrap(); 50];
    assert_eq!(refused(desk.silence(&silence, 20)), "of at most 4096");
    silence.which = Which::default();
    assert_eq!(refused(desk.silence(&silence, 20)), "about something");
}

#[test]
fn what_is_allowed_is_so_until_somebody_takes_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(HistorySettings::new(&path)).unwrap());
    let (mut desk, reader) = (Desk::open(&path).unwrap(), Reader::open(&path).unwrap());
    let (entry, comment) = (r#"{"network":"10.0.0.0/8","class":"'; --\u0000"}"#, "ours, '\"\0 too");
    let id = desk.allow(entry, "ann", comment, 10).unwrap();
    let other = desk.allow(r#"{"port":53}"#, "bob", "", 11).unwrap();
    let own = str::to_owned;
    let kept =
        Allowance { id, since: 10, who: own("ann"), comment: own(comment), entry: own(entry) };
    // It is in the file, and not only here.
    assert_eq!(Reader::open(&path).unwrap().allowances().unwrap().rows[0], kept);
    assert!(desk.disallow(id, "bob", 15).unwrap());
    assert!(!desk.disallow(id, "bob", 16).unwrap());
    let left = reader.allowances().unwrap().rows;
    assert_eq!(left.iter().map(|it| it.id).collect::<Vec<_>>(), [other]);
    let changes = reader.changes(10).unwrap();
    let told = changes.iter().map(|it| (it.who.as_str(), it.what.as_str(), it.detail.as_str()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("bob", "disallowed", entry),
            ("bob", "allowed", r#"{"port":53}"#),
            ("ann", "allowed", entry)
        ]
    );
    assert_eq!(changes[0].subject, format!("allowance {id}"));
}

#[test]
fn nobody_allows_everything_and_not_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(HistorySettings::new(&path)).unwrap());
    let mut desk = Desk::open(&path).unwrap();
    let mut refused = |entry: &str| match desk.allow(entry, "ann", "", 1) {
        Err(HistoryError::Setting { rule, .. }) => rule,
        told => panic!("{entry}: {told:?}"),
    };
    for entry in ["", "{}", "[]", "null", "7", "{\"port\":53", "{\"port\":53}}", &"[".repeat(4_000)]
    {
        assert_eq!(refused(entry), "an object of JSON about something");
    }
    let long = format!("{{\"domain\":\"{}\"}}", "x".repeat(MOST_TEXT));
    assert_eq!(refused(&long), "of at most 4096");
    for number in 0..MOST_ALLOWANCES {
        desk.allow(&format!("{{\"port\":{number}}}"), "ann", "", 1).unwrap();
    }
    let error = desk.allow(r#"{"port":1}"#, "ann", "", 1).unwrap_err().to_string();
    assert_eq!(error, "the allowance is one more, and must be one of at most 1000 that hold");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.allowances().unwrap().rows.len(), MOST_ALLOWANCES);
    assert_eq!(reader.changes(10_000).unwrap().len(), MOST_ALLOWANCES, "what was refused is noted");
}
