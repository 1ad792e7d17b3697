//! Texts that attackers wrote go in and come out as they were, or say what is missing.

use netsift_history::{AlertsAsked, FlowsAsked, HistoryError, MOST_SEARCHED, MOST_TEXT, Reader};

use crate::made::{alert, flow};
use crate::written;

const HOSTILE: [&str; 8] = [
    "a\0b\0",
    "'; DROP TABLE alert; --",
    "\"; ATTACH 'x' AS y; \"",
    "\r\nBcc: all@example.org",
    "=cmd|' /C calc'!A0",
    "\u{1b}[2J\u{202e}\u{feff}\u{ffff}",
    "%_\\%",
    "\u{10ffff}\u{d7ff}\u{e000}",
];

#[test]
fn texts_come_out_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("'quoted' \"%41?mode=memory#.db");
    written(&path, |hand| {
        for (number, text) in HOSTILE.iter().enumerate() {
            let (mut alert, mut flow) = (alert(number as u64), flow(number as u64));
            let own = || (*text).to_owned();
            (alert.what, alert.rule, alert.service) = (own(), own(), Some(own()));
            (alert.names, alert.evidence) = (vec![own(); 3], vec![own()]);
            (flow.protocol, flow.service, flow.names) =
                (own(), Some(own()), vec![own(), String::new()]);
            flow.said.as_mut().unwrap().class = Some(own());
            hand.alert(alert);
            hand.flow(flow);
        }
    });
    assert!(path.exists(), "the name of the file was taken for something else");
    let reader = Reader::open(&path).unwrap();
    for text in HOSTILE {
        let mut asked = AlertsAsked::default();
        asked.what = Some(text.into());
        let page = reader.alerts(&asked).unwrap();
        assert_eq!(page.rows.len(), 1, "{text:?}");
        let alert = &page.rows[0].alert;
        assert_eq!((alert.what.as_str(), alert.rule.as_str(), alert.names.len()), (text, text, 3));
        (asked.what, asked.text) = (None, Some(text.into()));
        assert_eq!(reader.alerts(&asked).unwrap().rows.len(), 1, "{text:?} is searched for");
        let mut asked = FlowsAsked::default();
        asked.class = Some(text.into());
        let page = reader.flows(&asked).unwrap();
        assert_eq!(page.rows[0].flow.names, [text, ""]);
    }
    assert_eq!(reader.check().unwrap(), [""; 0]);
}

#[test]
fn what_is_too_long_or_no_number_is_bounded_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| {
        let mut alert = alert(1);
        alert.what = "x".repeat(100_000);
        alert.evidence = vec!["é".repeat(50_000); 1_000];
        (alert.score, alert.count, alert.terms[0].risk) = (f64::NAN, u64::MAX, f64::INFINITY);
        hand.alert(alert);
        let mut flow = flow(1);
        flow.names = vec!["n".repeat(100_000)];
        flow.sent.bytes = u64::MAX;
        flow.said.as_mut().unwrap().score = f64::NEG_INFINITY;
        hand.flow(flow);
    });
    let reader = Reader::open(&path).unwrap();
    let page = reader.alerts(&AlertsAsked::default()).unwrap();
    let alert = &page.rows[0].alert;
    assert!(alert.what.ends_with("x[95904 bytes left out]"), "{}", alert.what.len());
    assert!(alert.evidence.iter().map(String::len).sum::<usize>() < 20_000);
    assert_eq!(alert.evidence.last().unwrap(), "[936 more left out]");
    assert_eq!((alert.score, alert.terms[0].risk, alert.count), (0.0, 0.0, u64::MAX));
    let flow = &reader.flows(&FlowsAsked::default()).unwrap().rows[0].flow;
    assert!(flow.names[0].len() < MOST_TEXT + 30 && flow.names[0].ends_with("left out]"));
    assert_eq!(flow.said.as_ref().unwrap().score, 0.0);
}

#[test]
fn what_is_searched_for_has_a_bound() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path, |hand| hand.alert(alert(1)));
    let reader = Reader::open(&path).unwrap();
    let mut asked = AlertsAsked::default();
    asked.text = Some("%".repeat(MOST_SEARCHED));
    assert_eq!(reader.alerts(&asked).unwrap().rows.len(), 0);
    asked.text = Some("%".repeat(MOST_SEARCHED + 1));
    assert!(matches!(reader.alerts(&asked), Err(HistoryError::Setting { .. })));
}
