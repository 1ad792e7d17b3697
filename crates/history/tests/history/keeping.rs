//! What is kept, how often it is updated, and when it goes.

use std::fs;

use netsift_alert::{Level, Sink, SinkError};
use netsift_history::{
    AlertsAsked, CountBy, CountsAsked, Flow, FlowsAsked, History, HistorySettings, HostScore, Keep,
    OTHERS, Reader, Times, Top,
};

use crate::made::{SECOND, START, alert, flow};
use crate::{LONG, written, written_as};

const DAY: i64 = 86_400 * SECOND;

#[test]
fn an_alert_that_is_told_again_is_the_same_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| {
        let mut again = alert(1);
        hand.alert(again.clone());
        (again.count, again.nanos, again.level) = (100_000, START + DAY, Level::Critical);
        hand.alert(again);
    });
    let reader = Reader::open(&path).unwrap();
    let page = reader.alerts(&AlertsAsked::default()).unwrap();
    let [row] = &page.rows[..] else { panic!("{page:?}") };
    assert_eq!((row.alert.count, row.alert.level), (100_000, Level::Critical));
    assert_eq!(reader.alert(row.alert.id).unwrap(), *row);
    assert_eq!(reader.span().unwrap().unwrap().until, Some(START + DAY + 1));
}

#[test]
fn only_what_is_wished_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    for kept in 0..6 {
        let path = folder.path().join(format!("{kept}.db"));
        let mut settings = HistorySettings::new(&path);
        let Keep { alerts, verdicts, flows, hosts, counts, talkers, .. } = &mut settings.keep;
        for (number, keeps) in
            [alerts, verdicts, flows, hosts, counts, talkers].into_iter().enumerate()
        {
            *keeps = number == kept;
        }
        written_as(settings, |hand| {
            hand.alert(alert(1));
            hand.flow(flow(1));
            hand.flow(Flow { said: None, ..flow(2) });
            hand.host(HostScore { address: [10, 0, 0, 1].into(), nanos: START, score: 7.0 });
        });
        let reader = Reader::open(&path).unwrap();
        let flows = |verdicts| {
            let mut asked = FlowsAsked::default();
            asked.verdicts = verdicts;
            reader.flows(&asked).unwrap().rows.len()
        };
        let all = CountsAsked { times: Times::ALL, minutes: 1_440, by: CountBy::All };
        let found = [
            reader.alerts(&AlertsAsked::default()).unwrap().rows.len(),
            flows(true),
            flows(false),
            reader.worst_hosts(Times::ALL, 10).unwrap().len(),
            reader.counts(&all).unwrap().len(),
            reader.top(Top::Targets, Times::ALL, 10).unwrap().len(),
        ];
        let expected: Vec<usize> = (0..6).map(|number| usize::from(number == kept)).collect();
        assert_eq!(found[..], expected);
    }
}

/// Captures of years ago, one with forged times, that are judged today: they stay as long as what is seen live.
#[test]
fn what_is_old_goes_by_when_it_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut settings = HistorySettings::new(&path);
    settings.keep.flows = true;
    let at = |nanos: i64, said: bool| {
        let said = flow(0).said.filter(|_| said);
        Flow { first: nanos, last: nanos, said, ..flow(0) }
    };
    written_as(settings.clone(), |hand| {
        for years in [0, 1, 20] {
            let nanos = START - years * 365 * DAY;
            hand.flow(at(nanos, true));
            hand.flow(at(nanos, false));
            let mut alert = alert(0);
            (alert.nanos, alert.first) = (nanos, nanos);
            alert.id = netsift_alert::AlertId::of(nanos, "old", [None, None]);
            hand.alert(alert);
            hand.host(HostScore { address: [10, 0, 0, 1].into(), nanos, score: 7.0 });
        }
        // A forged time, later than any clock.
        hand.flow(at(i64::MAX, true));
    });
    assert_eq!(held(&path), [3, 4, 3, 1]);
    // The same, and so many days later.
    for (days, left) in [(6, [3, 4, 3, 1]), (8, [3, 4, 0, 1]), (31, [3, 0, 0, 1]), (366, [0; 4])] {
        let connection = rusqlite::Connection::open(&path).unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let written = now.as_secs() as i64 - days * 86_400;
        for table in ["alert", "verdict", "flow", "host", "minute", "talker"] {
            connection.execute(&format!("UPDATE {table} SET written = ?1"), [written]).unwrap();
        }
        drop(connection);
        written_as(settings.clone(), |_| ());
        assert_eq!(held(&path), left, "after {days} days");
    }
}

/// How many alerts, verdicts, other flows and hosts there are.
fn held(path: &std::path::Path) -> [usize; 4] {
    let reader = Reader::open(path).unwrap();
    let flows = |verdicts| {
        let mut asked = FlowsAsked::default();
        asked.verdicts = verdicts;
        reader.flows(&asked).unwrap().rows.len()
    };
    let alerts = reader.alerts(&AlertsAsked::default()).unwrap().rows.len();
    [alerts, flows(true), flows(false), reader.worst_hosts(Times::ALL, 10).unwrap().len()]
}

#[test]
fn a_file_that_is_too_large_loses_flows_before_alerts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut settings = HistorySettings::new(&path);
    (settings.retention.most_megabytes, settings.room.verdicts) = (4, 100_000);
    for part in 0..4 {
        let state = written_as(settings.clone(), |hand| {
            (0..100).for_each(|number| hand.alert(alert(part * 100 + number)));
            (0..10_000).for_each(|number| hand.flow(flow(part * 10_000 + number)));
        });
        assert_eq!(state.lost.total(), 0);
    }
    let length = fs::metadata(&path).unwrap().len();
    assert!((2_000_000..=4_000_000).contains(&length), "{length}");
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.alerts(&AlertsAsked::default()).unwrap().total.counted, 400);
    let page = reader.flows(&FlowsAsked::default()).unwrap();
    assert_eq!(page.rows[0].flow, flow(39_999));
    assert!(page.total.counted > 1_000);
    assert_eq!(reader.check().unwrap(), [""; 0]);
}

#[test]
fn talkers_that_stay_are_the_first_of_their_hour() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut settings = HistorySettings::new(&path);
    settings.retention.talkers = 3;
    written_as(settings, |hand| {
        for number in 0..2_000_u64 {
            let mut flow = flow(0);
            flow.source.address = [10, 1, (number / 200) as u8, (number % 200) as u8].into();
            flow.sent.bytes = number;
            hand.flow(flow.clone());
            // The hour before is over.
            hand.flow(Flow { last: flow.last - 3_600 * SECOND, ..flow });
        }
    });
    let reader = Reader::open(&path).unwrap();
    let hour = 3_600 * SECOND;
    let over = Times { since: None, until: Some(START / hour * hour) };
    let found = reader.top(Top::Sources, over, 100).unwrap();
    let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["10.1.9.199", "10.1.9.198", "10.1.9.197"]);
}

#[test]
fn classes_that_an_attacker_names_have_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| {
        for number in 0..1_000 {
            let mut flow = flow(0);
            flow.said.as_mut().unwrap().class = Some(format!("class {number}"));
            hand.flow(flow);
        }
    });
    let classes = Reader::open(&path).unwrap().top(Top::Classes, Times::ALL, 1_000).unwrap();
    assert_eq!(classes.iter().map(|class| class.flows).sum::<u64>(), 1_000);
    assert_eq!(classes.len(), 257);
    assert_eq!(classes[0].name, OTHERS);
}

#[test]
fn what_finds_no_room_is_lost_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut settings = HistorySettings::new(&path);
    (settings.room.alerts, settings.room.verdicts, settings.commit_seconds) = (2, 3, 60.0);
    let history = History::open(settings).unwrap();
    let mut hand = history.hand();
    (0..5).for_each(|number| hand.flow(flow(number)));
    let alerts: Vec<_> = (0..5).map(alert).collect();
    assert!(matches!(hand.accept(&alerts), Err(SinkError::Busy { .. })));
    let state = history.state();
    assert_eq!((state.lost.alerts, state.lost.verdicts, state.waiting.total()), (3, 2, 5));
    assert!(history.flush(LONG));
    assert!(hand.accept(&alerts[..2]).is_ok());
    let state = history.finish();
    assert_eq!((state.written.alerts, state.written.verdicts), (4, 3));
    hand.alert(alert(9));
    assert_eq!(Reader::open(&path).unwrap().alerts(&AlertsAsked::default()).unwrap().rows.len(), 2);
}
