//! Many alerts at once.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use netsift_alert::sinks::{JsonLines, JsonLinesSettings};
use netsift_alert::{Alert, Delivery, Dispatcher, Sink, SinkError};

use crate::{PATIENCE, alert};

const SECONDS: i64 = 3;
const A_SECOND: i64 = 10_000;

/// Says nothing for a minute.
struct Hanging;

impl Sink for Hanging {
    fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
        thread::sleep(Duration::from_secs(60));
        Ok(())
    }
}

#[test]
fn ten_thousand_a_second_keep_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alerts.jsonl");
    let settings: JsonLinesSettings =
        toml::from_str(&format!("path = {:?}", path.display())).unwrap();
    let dispatcher = Dispatcher::builder()
        .local("file", JsonLines::new(settings).unwrap(), Delivery::default())
        .remote("away", Hanging, Delivery::default(), folder.path().join("queue"))
        .start()
        .unwrap();
    let (start, mut took) = (Instant::now(), Vec::new());
    for number in 0..SECONDS * A_SECOND {
        let alert = alert(number);
        let due = Duration::from_nanos(number as u64 * 1_000_000_000 / A_SECOND as u64);
        thread::sleep(due.saturating_sub(start.elapsed()));
        let began = Instant::now();
        dispatcher.tell(alert);
        took.push(began.elapsed());
    }
    let whole = start.elapsed();
    let states = dispatcher.finish(Duration::from_secs(2));
    took.sort_unstable();
    let mean = took.iter().sum::<Duration>() / took.len() as u32;
    let at = |share: f64| took[(took.len() as f64 * share) as usize];
    println!(
        "hand-over: mean {mean:?}, median {:?}, 99 % {:?}, 99.9 % {:?}, longest {:?}; {} alerts in {whole:?}",
        at(0.5),
        at(0.99),
        at(0.999),
        took[took.len() - 1],
        took.len(),
    );
    // The machine may be busy with something else; a sink that is waited for would take a minute.
    assert!(whole < PATIENCE / 2 && at(0.99) < Duration::from_millis(5), "{whole:?}");
    let all = (SECONDS * A_SECOND) as u64;
    assert_eq!(states[0].delivered + states[0].overflowed, all, "{:?}", states[0]);
    assert_eq!(states[1].waiting + states[1].overflowed, all, "{:?}", states[1]);
    let lines = fs::read_to_string(path).unwrap().lines().count() as u64;
    assert_eq!(lines, states[0].delivered);
}
