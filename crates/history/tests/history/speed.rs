//! Answers come within their limit, and writing does not wait for those who read.

use std::time::{Duration, Instant};

use netsift_history::{AlertsAsked, FlowsAsked, History, HistoryError, HistorySettings, Reader};

use crate::LONG;
use crate::made::{alert, flow};

#[test]
fn a_question_that_takes_too_long_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut settings = HistorySettings::new(&path);
    settings.room.alerts = 100_000;
    let history = History::open(settings).unwrap();
    (0..60_000).for_each(|number| history.hand().alert(alert(number)));
    assert!(history.flush(LONG));
    let reader = Reader::open(&path).unwrap().within(Duration::from_millis(2));
    let mut asked = AlertsAsked::default();
    asked.text = Some("a%b_c that is nowhere".into());
    let began = Instant::now();
    let answer = reader.alerts(&asked);
    assert!(matches!(answer, Err(HistoryError::TooSlow { .. })), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(2));
    // The next one has its own time.
    asked.text = None;
    asked.limit = 1;
    assert_eq!(reader.within(LONG).alerts(&asked).unwrap().total.counted, 10_000);
}

#[test]
fn handing_over_is_not_held_up_by_those_who_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(HistorySettings::new(&path)).unwrap();
    let hand = history.hand();
    (0..20_000).for_each(|number| hand.flow(flow(number)));
    assert!(history.flush(LONG));
    let reading = std::thread::spawn(move || {
        let reader = Reader::open(&path).unwrap();
        (0..50).all(|_| reader.flows(&FlowsAsked::default()).unwrap().rows.len() == 100)
    });
    let mut longest = Duration::ZERO;
    for number in 0..40_000 {
        let began = Instant::now();
        hand.flow(flow(20_000 + number));
        longest = longest.max(began.elapsed());
    }
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    assert!(reading.join().unwrap() && history.flush(LONG));
    assert_eq!(history.finish().lost.total(), 0);
}
