//! What is said of a host once, and what else is said of it: alone and together.

use netsift_alert::{Action, Alert, Level};
use netsift_detect::lists::{ListOptions, Lists};
use netsift_detect::{Models, Path, PathBuilder, Policy};
use netsift_flow::Profile;
use netsift_packet::Timestamp;

use crate::{ACK, RST, SYN, Told, classifier, push_all, push_segment, started, traffic};

const SECOND: i64 = 1_000_000_000;
const START: Timestamp = Timestamp::from_nanos(1_750_000_000 * SECOND);
const INSIDE: [u8; 4] = [10, 0, 0, 1];

/// Asks a place every three seconds, which says no.
fn push_calls(path: &mut Path, place: [u8; 4], start: Timestamp) {
    for step in 0..20 {
        let time = start.plus_nanos(step * 3 * SECOND);
        push_segment(path, (INSIDE, place), SYN, time);
        push_segment(path, (place, INSIDE), RST | ACK, time.plus_nanos(1_000_000));
    }
}

/// Asks ten hosts of a network, which say no; again and again, so that it is found more than once.
fn push_scan(path: &mut Path, times: u8) {
    for (step, host) in (0..times).flat_map(|_| 10..60_u8).enumerate() {
        let time = START.plus_nanos(step as i64 * 1_000_000);
        push_segment(path, (INSIDE, [10, 0, 7, host]), SYN, time);
        push_segment(path, ([10, 0, 7, host], INSIDE), RST | ACK, time.plus_nanos(500_000));
    }
}

fn alerts(told: &Told, what: &str) -> Vec<Alert> {
    let alerts = told.try_iter().filter_map(|(_, alert)| alert);
    alerts.filter(|alert| alert.what == what).collect()
}

#[test]
fn who_only_polls_is_watched_however_many_places_it_polls() {
    let (mut path, told) = started(PathBuilder::new());
    // With a sixth it would be a scan, since all of them say no.
    for place in 1..6 {
        let start = START.plus_nanos(i64::from(place) * 100_000_000);
        push_calls(&mut path, [203, 0, 113, place], start);
    }
    path.finish();
    let alerts = alerts(&told, "beacon");
    assert_eq!(alerts.len(), 5);
    for alert in alerts {
        assert_eq!((alert.level, alert.action), (Level::Medium, Action::Watch), "{alert}");
        assert!(alert.host.is_some_and(|host| host < 30.0), "{:?}", alert.host);
    }
}

#[test]
fn who_scans_and_calls_home_is_isolated() {
    let (mut path, told) = started(PathBuilder::new());
    push_scan(&mut path, 1);
    push_calls(&mut path, [203, 0, 113, 1], START.plus_nanos(SECOND));
    path.finish();
    let alerts = alerts(&told, "beacon");
    let [beacon] = &alerts[..] else { panic!("{alerts:?}") };
    assert_eq!((beacon.level, beacon.action), (Level::High, Action::Isolate), "{beacon:?}");
    let terms: Vec<_> = beacon.terms.iter().map(|it| (it.of.as_str(), it.says.as_str())).collect();
    assert_eq!(terms, [("behaviour", "beacon"), ("host", "horizontal-scan")]);
}

#[test]
fn who_calls_a_listed_place_at_regular_times_is_isolated() {
    for (severity, level) in [(Level::Low, Level::Medium), (Level::Medium, Level::High)] {
        let list = ListOptions::new("bad").severity(severity).read(&b"203.0.113.1\n"[..]).unwrap();
        let (mut path, told) = started(PathBuilder::new().lists(Lists::default().with(list)));
        push_calls(&mut path, [203, 0, 113, 1], START);
        path.finish();
        let beacon = &alerts(&told, "beacon")[0];
        // Its calls are on the list, too: so it is a bad host, whatever the list.
        assert_eq!((beacon.level, beacon.action), (level, Action::Isolate), "{beacon:?}");
        assert!(beacon.terms.iter().any(|term| term.of == "list" && term.says == "bad"));
    }
}

/// What its host was found to do makes a flow worse that something else is said of, and no other.
#[test]
fn deeds_make_worse_what_is_bad_anyhow() {
    let toml = "[[allow]]\nclass = \"benign\"\n";
    let policy = || Policy::from_toml(toml).unwrap();
    let models = || Models::default().classifier(classifier(Profile::Native)).unwrap();
    let (mut path, told) = started(PathBuilder::new().models(models()).policy(policy()));
    push_scan(&mut path, 2);
    // Behind the flows of the scan, others of the same host.
    push_calls(&mut path, [203, 0, 113, 1], START.plus_nanos(SECOND));
    push_all(&mut path, traffic(3, 3_000));
    path.finish();
    let (mut worse, mut alone) = (0, 0);
    for (verdict, _) in told {
        let own: Vec<f64> =
            verdict.terms.iter().filter(|it| it.of != "host").map(|it| it.risk).collect();
        let deeds = verdict.terms.iter().find(|it| it.of == "host");
        let own = netsift_detect::score::points(own);
        let risk = deeds.map_or(0.0, |it| it.risk);
        assert!(risk <= own / 100.0 + 1e-9, "{verdict:?}");
        assert!((verdict.score - 100.0 + (100.0 - own) * (1.0 - risk)).abs() < 1e-9);
        assert!(verdict.terms.is_empty() || verdict.what() != "host");
        worse += u32::from(risk > 0.0);
        alone += u32::from(verdict.terms.is_empty());
    }
    assert!(worse > 0 && alone > 0, "{worse} {alone}");
}
