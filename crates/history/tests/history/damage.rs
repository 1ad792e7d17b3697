//! Files that are something else, and files whose bytes were overwritten.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use netsift_history::{
    AlertsAsked, Desk, FlowsAsked, History, HistoryError, HistorySettings, Reader,
};

use crate::made::{alert, flow};
use crate::{LONG, written};

/// The pages of a file in which its tables begin.
const ROOTS: u64 = 64 * 4_096;

#[test]
fn what_is_no_history_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture.pcap");
    for bytes in [&b"\xd4\xc3\xb2\xa1 a capture of packets"[..], &[b'x'; 100_000], &[0; 5_000]] {
        fs::write(&path, bytes).unwrap();
        for error in errors(&path) {
            assert!(matches!(error, HistoryError::NotAHistory { .. }), "{error}");
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "something was put beside it");
}

#[test]
fn there_has_to_be_a_file_that_is_read_or_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    assert!(matches!(Reader::open(&path).err(), Some(HistoryError::Missing { .. })));
    assert!(matches!(Desk::open(&path).err(), Some(HistoryError::Missing { .. })));
    assert!(!path.exists());
}

#[test]
fn a_damaged_file_is_moved_aside_and_a_new_one_begun() {
    for at in [0.1, 0.3, 0.5, 0.7, 0.95] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        written(&path, |hand| (0..5_000).for_each(|number| hand.flow(flow(number))));
        overwrite(&path, at);
        let state = written(&path, |hand| hand.alert(alert(1)));
        let [aside] = &state.aside[..] else { panic!("{at}: {state:?}") };
        assert!(name(aside).starts_with("history.db.damaged-"), "{aside:?}");
        assert!(aside.exists());
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.alerts(&AlertsAsked::default()).unwrap().rows.len(), 1);
        assert_eq!(reader.check().unwrap(), [""; 0]);
        // Who only asks is told.
        let asked = Reader::open(aside).and_then(|reader| reader.check());
        assert!(asked.is_err() || !asked.unwrap().is_empty(), "{at}: it is not damaged");
    }
}

#[test]
fn a_file_that_breaks_while_it_is_open_is_replaced_and_nothing_waits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| (0..20_000).for_each(|number| hand.flow(flow(number))));
    let history = History::open(HistorySettings::new(&path)).unwrap();
    // All but the roots of its tables.
    let behind = fs::metadata(&path).unwrap().len() - ROOTS;
    let mut file = OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(ROOTS)).unwrap();
    file.write_all(&vec![0xa5; behind as usize]).unwrap();
    // Another program writes: what the first one remembers of the file holds no longer.
    let note = "INSERT INTO audit (nanos, who, what, subject, detail) VALUES (1, '', '', '', '')";
    rusqlite::Connection::open(&path).unwrap().execute(note, []).unwrap();
    for number in 0..100 {
        history.hand().alert(alert(number));
        (0..200).for_each(|more| history.hand().flow(flow(20_000 + number * 200 + more)));
        assert!(history.flush(LONG), "{:?}", history.state());
    }
    let state = history.finish();
    assert_eq!(
        (state.written.alerts, state.waiting.total(), state.lost.total()),
        (100, 0, 0),
        "{state:?}"
    );
    assert_eq!((state.aside.len(), state.trouble), (1, None));
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.check().unwrap(), [""; 0]);
    assert_eq!(reader.alerts(&AlertsAsked::default()).unwrap().rows.len(), 100);
}

#[test]
fn who_opened_a_file_before_does_not_look_it_through_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| {
        hand.alert(alert(1));
        (0..5_000).for_each(|number| hand.flow(flow(number)));
    });
    overwrite(&path, 0.5);
    assert!(matches!(Desk::open(&path).err(), Some(HistoryError::Damaged { .. })));
    // Flows are damaged, and no alert is.
    Desk::open_again(&path).unwrap().acknowledge(alert(1).id, "ann", 1).unwrap();
    assert!(Reader::open(&path).unwrap().alert(alert(1).id).unwrap().acknowledged.is_some());
}

#[test]
fn questions_of_a_damaged_file_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| (0..5_000).for_each(|number| hand.flow(flow(number))));
    (1..20).for_each(|part| overwrite(&path, f64::from(part) / 20.0));
    let asked = Reader::open(&path).and_then(|reader| reader.flows(&FlowsAsked::default()));
    assert!(asked.is_err(), "{asked:?}");
}

fn errors(path: &Path) -> Vec<HistoryError> {
    [
        History::open(HistorySettings::new(path)).err(),
        Reader::open(path).err(),
        Desk::open(path).err(),
    ]
    .map(Option::unwrap)
    .into()
}

/// Two pages of it, behind its first.
fn overwrite(path: &Path, at: f64) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    let page = ((length as f64 * at) as u64 / 4_096).max(1);
    file.seek(SeekFrom::Start(page * 4_096)).unwrap();
    file.write_all(&[0xa5; 8_192]).unwrap();
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
