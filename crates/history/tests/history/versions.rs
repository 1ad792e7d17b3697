//! Files of older versions are brought up, those of newer ones refused.

use netsift_history::{
    AlertsAsked, Desk, FlowsAsked, History, HistoryError, HistorySettings, Reader, Times, Top,
};
use rusqlite::Connection;

/// A file that version 1 wrote, as its own rows; `tests/fixtures/version_1.py` makes it.
const VERSION_1: &str = include_str!("../fixtures/version_1.sql");

fn version_1(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")
        .unwrap();
    connection.execute_batch(VERSION_1).unwrap();
}

#[test]
fn a_file_of_version_1_is_brought_up_with_all_that_is_in_it() {
    for way in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        version_1(&path);
        match way {
            0 => drop(History::open(HistorySettings::new(&path)).unwrap()),
            1 => drop(Desk::open(&path).unwrap()),
            _ => {}
        }
        let reader = Reader::open(&path).unwrap();
        let page = reader.alerts(&AlertsAsked::default()).unwrap();
        assert_eq!((page.rows.len(), page.rows[0].comments), (2, 0));
        assert_eq!(page.rows[0].alert.what, "syn-scan");
        let mut asked = FlowsAsked::default();
        asked.address = Some("2001:db8::7".parse().unwrap());
        let flows = reader.flows(&asked).unwrap();
        assert_eq!(flows.rows[0].flow.names, ["a\u{0}b", "example.org"]);
        assert_eq!(reader.top(Top::Sources, Times::ALL, 9).unwrap()[0].name, "192.0.2.7");
        let (id, mark) = (page.rows[1].alert.id, reader.mark().unwrap());
        let mut desk = Desk::open(&path).unwrap();
        desk.comment(id, "ann", "kept since version 1", 1).unwrap();
        assert_eq!(reader.comments(id).unwrap().len(), 1);
        assert_eq!(reader.allowances().unwrap().rows, []);
        desk.allow(r#"{"port":53}"#, "ann", "", 2).unwrap();
        // What the file held is no news, and what is written now is.
        let news = reader.news(mark, 10).unwrap();
        assert_eq!((news.alerts.len(), news.changes.len(), news.is_gap), (0, 2, false));
        assert_eq!(reader.check().unwrap(), [""; 0]);
        // What the file held counts as written now, and goes a month later.
        let connection = Connection::open(&path).unwrap();
        connection.execute("UPDATE brought_up SET second = second - 31 * 86400", []).unwrap();
        drop(History::open(HistorySettings::new(&path)).unwrap());
        assert_eq!(reader.flows(&asked).unwrap().rows.len(), 0);
        assert_eq!(reader.alerts(&AlertsAsked::default()).unwrap().rows.len(), 2);
    }
}

#[test]
fn a_newer_version_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(HistorySettings::new(&path)).unwrap());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 5).unwrap();
    let before = std::fs::read(&path).unwrap();
    for error in [
        History::open(HistorySettings::new(&path)).err(),
        Reader::open(&path).err(),
        Desk::open(&path).err(),
    ] {
        let error = error.unwrap();
        assert!(matches!(error, HistoryError::NewerVersion { found: 5, newest: 4, .. }), "{error}");
        assert!(
            error
                .to_string()
                .ends_with("the history is of version 5, and this program knows versions up to 4")
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
