//! Datagrams that nobody answers: those that are collected, and those that are a flood.

use netsift_alert::{Action, Alert, Level};
use netsift_detect::{Path, PathBuilder};
use netsift_packet::{Frame, LinkType, Timestamp};

use crate::started;

const MILLI: i64 = 1_000_000;
const START: Timestamp = Timestamp::from_nanos(1_750_000_000_000 * MILLI);
const COLLECTOR: [u8; 4] = [10, 0, 0, 2];

/// Datagrams from one port to another, in bursts of so many a millisecond apart, with pauses of four seconds between.
fn push_bursts(
    path: &mut Path,
    (from, source): ([u8; 4], u16),
    (to, port): ([u8; 4], u16),
    (bursts, of): (i64, i64),
) {
    let mut frame = [
        0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // IPv4
        0, 0, 0, 0, 0, 12, 0, 0, 1, 2, 3, 4, // UDP
    ];
    frame[12..16].copy_from_slice(&from);
    frame[16..20].copy_from_slice(&to);
    frame[20..22].copy_from_slice(&source.to_be_bytes());
    frame[22..24].copy_from_slice(&port.to_be_bytes());
    for step in 0..bursts * of {
        let time = START.plus_nanos((step + step / of * 4_000) * MILLI);
        path.push(Frame::new(time, LinkType::RAW, &frame));
    }
}

/// What is told of what a few hosts of a network send, each from a port of its own to a port of each.
fn told(network: [u8; 3], hosts: u8, bursts: (i64, i64), port: impl Fn(u8) -> u16) -> Vec<Alert> {
    let (mut path, told) = started(PathBuilder::new());
    for host in 10..10 + hosts {
        let [a, b, c] = network;
        let source = ([a, b, c, host], 40_000 + u16::from(host));
        push_bursts(&mut path, source, (COLLECTOR, port(host)), bursts);
    }
    path.finish();
    told.iter().filter_map(|(_, alert)| alert).collect()
}

#[test]
fn who_collects_logs_records_counters_and_sound_is_left_alone() {
    let near = [10, 0, 7];
    for (name, port) in [("syslog", 514), ("counters", 8_125), ("NetFlow", 2_055), ("sFlow", 6_343)]
    {
        assert_eq!(told(near, 20, (4, 50), |_| port), [], "{name}");
    }
    assert_eq!(told(near, 20, (2, 7), |_| 9_999), [], "a few, on a port that nobody knows");
    let sound = |host| 16_384 + 2 * u16::from(host);
    assert_eq!(told(near, 5, (2, 300), sound), [], "sound");
    assert_eq!(told([203, 0, 113], 5, (2, 300), sound), [], "sound from elsewhere");
}

#[test]
fn a_flood_is_worse_the_more_it_pours_and_pauses_do_not_hide_it() {
    let level = |of| {
        let alerts = told([203, 0, 113], 3, (4, of), |_| 27_015);
        let worst = alerts.into_iter().max_by_key(|alert| alert.level);
        worst.map(|alert| (alert.what, alert.level, alert.action))
    };
    let flood = |level, action| Some(("udp-flood".to_owned(), level, action));
    assert_eq!(level(5), flood(Level::Low, Action::Watch));
    assert_eq!(level(20), flood(Level::Medium, Action::RateLimit));
    assert_eq!(level(1_000), flood(Level::Critical, Action::RateLimit));
}
