//! A queue that two programs want.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::spool::{Spool, SpoolSettings, resend};
use netsift_alert::{Alert, Delivery, Dispatcher, Sink, SinkError};

use crate::{PATIENCE, alert, myself};

/// Who runs beside looks here for the queue.
const FOLDER: &str = "NETSIFT_SHARED_FOLDER";
/// So long dead letters come from one program, and are sent again by another.
const BESIDE: Duration = Duration::from_millis(700);

/// Refuses everything: all of it becomes dead letters.
struct Never;

impl Sink for Never {
    fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
        Err(SinkError::Refused { target: "never".into(), answer: "no".into() })
    }
}

/// Takes everything.
#[derive(Default)]
struct Always(Vec<i64>);

impl Sink for Always {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        self.0.extend(alerts.iter().map(|alert| alert.nanos));
        Ok(())
    }
}

/// A program that ends with the test, as kill -9 does it.
struct Beside(Child);

impl Beside {
    fn new(folder: &Path) -> Self {
        let mut command = myself("shared::makes_dead_letters_until_it_is_killed");
        command.env(FOLDER, folder).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut beside = Self(command.spawn().unwrap());
        let mut output = BufReader::new(beside.0.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("begin") {
            assert!(output.read_line(&mut said).unwrap() > 0, "it ended by itself");
        }
        beside
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn dispatcher(folder: &Path) -> Result<Dispatcher, SinkError> {
    Dispatcher::builder().remote("never", Never, Delivery::default(), folder).start()
}

#[test]
fn one_program_has_a_queue_and_another_may_send_its_dead_letters() {
    let folder = tempfile::tempdir().unwrap();
    let beside = Beside::new(folder.path());
    let (start, mut sent) = (Instant::now(), Always::default());
    while start.elapsed() < BESIDE {
        let refused = Spool::open(folder.path(), SpoolSettings::default()).map(drop);
        assert!(matches!(refused, Err(SinkError::Taken { .. })), "{refused:?}");
        resend(folder.path(), &mut sent).unwrap();
    }
    let meanwhile = sent.0.len();
    drop(beside);
    // What it leaves behind is the next one's, at once.
    let states = dispatcher(folder.path()).unwrap().finish(PATIENCE);
    assert_eq!(states[0].waiting, 0);
    resend(folder.path(), &mut sent).unwrap();
    let all: BTreeSet<i64> = sent.0.iter().copied().collect();
    let lost: Vec<_> = (0..all.len() as i64).filter(|number| !all.contains(number)).collect();
    assert!(meanwhile > 10 && lost.is_empty(), "{meanwhile} sent meanwhile; lost: {lost:?}");
    // The one that was buried as it was killed may be buried once more.
    assert!(sent.0.len() <= all.len() + 1, "{} of {}", sent.0.len(), all.len());
}

#[test]
#[ignore = "run by its neighbour, which kills it"]
fn makes_dead_letters_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let dispatcher = dispatcher(&folder).unwrap();
    std::io::stdout().write_all(b"begin\n").unwrap();
    for number in 0.. {
        dispatcher.tell(alert(number));
        thread::sleep(Duration::from_millis(1));
    }
}
