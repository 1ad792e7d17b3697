//! What hosts do, as the path follows them: across silence, wild times, changes of the policy.

use std::net::IpAddr;
use std::ops::Range;

use netsift_alert::{Alert, Level};
use netsift_detect::lists::{ListOptions, Lists};
use netsift_detect::{About, Path, PathBuilder, Policy};
use netsift_flow::{Columns, Profile};
use netsift_packet::Timestamp;

use crate::{SYN, Told, push_segment, started};

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
/// Longer than a flow may be silent.
const SILENCE: i64 = 130 * SECOND;
const START: Timestamp = Timestamp::from_nanos(1_750_000_000 * SECOND);
const OUTSIDE: [u8; 4] = [203, 0, 113, 1];

/// Asks hosts of a network for a connection that none of them answers.
fn push_probes(path: &mut Path, hosts: Range<u8>, time: Timestamp) {
    hosts.for_each(|host| push_segment(path, (OUTSIDE, [10, 0, 0, host]), SYN, time));
}

/// Has all judged that came up to so long ago that it has ended.
fn settle(path: &mut Path, now: Timestamp) {
    path.tick(now);
    while path.counters().counts().waiting > 0 {
        std::thread::yield_now();
    }
}

/// What was alerted of so far.
fn alerts(told: &Told) -> Vec<String> {
    told.try_iter().filter_map(|(_, alert)| alert).map(|alert: Alert| alert.what).collect()
}

#[test]
fn after_hours_of_silence_what_comes_is_judged_when_it_comes() {
    let (mut path, told) = started(PathBuilder::new());
    push_segment(&mut path, ([10, 0, 0, 1], [10, 0, 0, 2]), SYN, START);
    settle(&mut path, START.plus_nanos(SILENCE));
    let later = START.plus_nanos(2 * HOUR);
    push_probes(&mut path, 2..8, later);
    settle(&mut path, later.plus_nanos(SILENCE));
    assert_eq!(alerts(&told), ["horizontal-scan"]);
    path.finish();
}

#[test]
fn what_comes_behind_a_leap_of_a_capture_is_judged_at_its_end() {
    let (mut path, told) = started(PathBuilder::new());
    push_segment(&mut path, ([10, 0, 0, 1], [10, 0, 0, 2]), SYN, START);
    push_probes(&mut path, 2..8, START.plus_nanos(2 * HOUR));
    path.finish();
    assert_eq!(alerts(&told), ["horizontal-scan"]);
}

/// Probes that are told four hours after their packets, between flows that went on.
#[test]
fn what_a_long_idle_timeout_tells_late_is_not_doubted() {
    let reading = Columns::all(Profile::Native).config();
    let reading = reading.idle_timeout(4 * HOUR).unwrap().active_timeout(24 * HOUR).unwrap();
    let (mut path, told) = started(PathBuilder::new().reading(reading));
    let going_on = |path: &mut Path, host, time| {
        push_segment(path, ([10, 0, 1, host], [10, 0, 2, host]), SYN, time);
    };
    for host in 2..8 {
        going_on(&mut path, host, START);
        push_probes(&mut path, host..host + 1, START);
    }
    (2..8).for_each(|host| going_on(&mut path, host, START.plus_nanos(3 * HOUR)));
    path.finish();
    assert_eq!(alerts(&told), ["horizontal-scan"]);
}

#[test]
fn a_packet_of_a_wild_time_clears_no_host() {
    let list =
        ListOptions::new("bad").severity(Level::High).read(&b"203.0.113.0/24\n"[..]).unwrap();
    let (mut path, _told) = started(PathBuilder::new().lists(Lists::default().with(list)));
    push_segment(&mut path, (OUTSIDE, [10, 0, 0, 2]), SYN, START);
    push_segment(&mut path, ([203, 0, 113, 2], [10, 0, 0, 2]), SYN, START.plus_nanos(9_999 * HOUR));
    push_segment(&mut path, ([203, 0, 113, 3], [10, 0, 0, 2]), SYN, START.plus_nanos(SECOND));
    let hosts = path.finish().hosts;
    let score = |host: [u8; 4]| hosts.iter().find(|(it, _)| *it == IpAddr::from(host)).unwrap().1;
    assert!(score(OUTSIDE) > 30.0 && score([203, 0, 113, 3]) > 30.0, "{hosts:?}");
}

#[test]
fn another_threshold_forgets_nothing_of_what_hosts_have_done() {
    let (mut path, told) = started(PathBuilder::new());
    push_probes(&mut path, 2..7, START);
    settle(&mut path, START.plus_nanos(SILENCE));
    let policy = "[behaviour.thresholds.beacon]\ncalls = 20\n";
    path.control().policy(Policy::from_toml(policy).unwrap()).unwrap();
    let later = START.plus_nanos(SILENCE);
    push_probes(&mut path, 7..8, later);
    settle(&mut path, later.plus_nanos(SILENCE));
    assert_eq!(alerts(&told), ["horizontal-scan"]);
    path.finish();
}

/// Calls a host every few minutes.
fn push_calls(path: &mut Path) {
    for step in 0..20 {
        let time = START.plus_nanos(step * 200 * SECOND);
        push_segment(path, ([10, 0, 0, 1], OUTSIDE), SYN, time);
    }
}

#[test]
fn who_calls_within_the_networks_of_the_policy_calls_nobody_outside() {
    let (mut path, told) = started(PathBuilder::new());
    push_calls(&mut path);
    path.finish();
    assert!(alerts(&told).contains(&"beacon".to_owned()));
    let own = "[actions]\ninside = [\"10.0.0.0/8\", \"203.0.113.0/24\"]\n";
    let policy = || Policy::from_toml(own).unwrap();
    let (mut path, told) = started(PathBuilder::new().policy(policy()));
    push_calls(&mut path);
    path.finish();
    assert_eq!(alerts(&told), [""; 0]);
    let (mut path, told) = started(PathBuilder::new());
    path.control().policy(policy()).unwrap();
    push_calls(&mut path);
    path.finish();
    assert_eq!(alerts(&told), [""; 0]);
}

/// How large a flood was said to be each time that it was told.
fn sizes(builder: PathBuilder) -> Vec<u64> {
    let (mut path, told) = started(builder);
    for step in 0..5_000_u32 {
        let sender = (0x0b00_0000 + step * 7_919).to_be_bytes();
        push_segment(&mut path, (sender, [10, 0, 0, 2]), SYN, START.plus_nanos(step.into()));
    }
    path.finish();
    let size = |about| match about {
        About::Behaviour(finding) if finding.is_estimate => Some(finding.count),
        _ => None,
    };
    told.try_iter().filter_map(|(verdict, _)| size(verdict.about)).collect()
}

#[test]
fn samples_are_drawn_by_the_seed_and_without_one_by_what_is_captured() {
    let of = |seed| sizes(PathBuilder::new().seed(seed));
    assert!(!of(1).is_empty());
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    assert_eq!(sizes(PathBuilder::new()), sizes(PathBuilder::new()));
}
