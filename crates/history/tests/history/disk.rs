//! A disk that fills up, and places that cannot be written to.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use netsift_history::{AlertsAsked, History, HistoryError, HistorySettings, MOST_ROWS, Reader};

use crate::LONG;
use crate::made::{alert, flow};

/// Names the folder that is a small disk.
const DISK: &str = "NETSIFT_HISTORY_ON_A_SMALL_DISK";
const SIZE: &str = "size=4m";

/// On a disk of 4 MB in a namespace of its own.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_loses_nothing_that_was_good() {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o {SIZE} none \"${DISK}\" && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).arg(std::env::current_exe().unwrap());
    command.args(["--exact", "disk::on_a_small_disk", "--ignored", "--nocapture"]);
    let Ok(done) = command.env(DISK, folder.path()).output() else { return skipped("no unshare") };
    let said = String::from_utf8_lossy(&done.stderr);
    if said.contains("unshare failed") || said.contains("mount:") {
        return skipped(&said);
    }
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && told.contains("1 passed"), "{told}{said}");
}

fn skipped(why: &str) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{why}");
    eprintln!("SKIPPED: a small disk needs root: {why}");
}

#[test]
#[ignore = "is started by the test above, on a small disk"]
fn on_a_small_disk() {
    let folder = std::env::var(DISK).unwrap();
    let folder = Path::new(&folder);
    let path = folder.join("history.db");
    let mut settings = HistorySettings::new(&path);
    (settings.commit_seconds, settings.room.verdicts) = (0.01, 2_000);
    let history = History::open(settings).unwrap();
    let hand = history.hand();
    let mut number = 0;
    hand.alert(alert(0));
    assert!(history.flush(LONG));
    // Until it is full, and beyond.
    let until = Instant::now() + LONG;
    while history.state().trouble.is_none() || history.state().lost.verdicts == 0 {
        assert!(Instant::now() < until, "{:?}", history.state());
        (0..100).for_each(|more| hand.flow(flow(number + more)));
        number += 100;
        std::thread::sleep(Duration::from_millis(1));
    }
    let full = history.state();
    assert!(full.trouble.unwrap().ends_with("history.db: the disk is full"));
    // Alerts have a room of their own, and wait there.
    (1..50).for_each(|number| hand.alert(alert(number)));
    let began = Instant::now();
    (0..1_000).for_each(|more| hand.flow(flow(number + more)));
    assert!(began.elapsed() < Duration::from_secs(1), "handing over waits for the disk");
    assert_eq!(Reader::open(&path).unwrap().check().unwrap(), [""; 0]);
    // Somebody makes room: as much as it takes, since a log that ends is taken over into the file.
    let mounted =
        Command::new("mount").args(["-o", "remount,size=64m"]).arg(folder).status().unwrap();
    assert!(mounted.success());
    assert!(history.flush(LONG), "{:?}", history.state());
    let state = history.finish();
    assert_eq!((state.trouble, state.lost.alerts, state.waiting.total()), (None, 0, 0));
    assert_eq!(state.written.alerts, 50);
    assert_eq!(state.written.verdicts + state.lost.verdicts, number + 1_000);
    let reader = Reader::open(&path).unwrap();
    let mut asked = AlertsAsked::default();
    asked.limit = MOST_ROWS;
    assert_eq!(reader.alerts(&asked).unwrap().rows.len(), 50);
    assert_eq!(reader.check().unwrap(), [""; 0]);
}

#[test]
fn where_nothing_can_be_written_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let (file, missing) = (folder.path().join("file"), folder.path().join("none/history.db"));
    std::fs::write(&file, "").unwrap();
    for path in [missing, file.join("history.db"), folder.path().to_owned()] {
        let error = History::open(HistorySettings::new(&path)).err().unwrap();
        assert!(matches!(error, HistoryError::File { what: "opened", .. }), "{error}");
        assert!(error.to_string().starts_with(&format!("{}: cannot be opened: ", path.display())));
    }
    #[cfg(target_os = "linux")]
    assert!(History::open(HistorySettings::new("/proc/history.db")).is_err());
}
