//! Whoever is told may be slow, and packets may be many and of many: nothing is lost, and memory is bounded.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use netsift_alert::{Alert, Level};
use netsift_detect::PathBuilder;
use netsift_detect::lists::{ListOptions, Lists};
use netsift_flow::{FlowConfig, Profile};
use netsift_packet::Timestamp;
use netsift_synth::{Generator, Scenario};

use crate::{ACK, SYN, push_all, push_segment, started, traffic};

#[test]
fn a_slow_listener_slows_the_path_and_loses_nothing() {
    let heard = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&heard);
    let path = PathBuilder::new().start(move |_, _| {
        if counted.fetch_add(1, Ordering::Relaxed).is_multiple_of(64) {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    let mut path = path.unwrap();
    push_all(&mut path, traffic(1, 60_000));
    let summary = path.finish();
    let counts = summary.counts;
    let told = counts.flows + counts.early + counts.behaviours;
    assert_eq!((heard.load(Ordering::Relaxed), counts.waiting), (told, 0));
    assert_eq!(summary.table.flows, counts.flows);
}

/// A packet each of ever new sources, all of them on a list: flows are evicted, told and judged, and what is told of the
/// flood is not told again of each of its senders.
#[test]
fn a_storm_of_sources_is_judged_in_bounded_memory() {
    let reading = FlowConfig::new(Profile::Native).max_flows(2_000).unwrap();
    let list = ListOptions::new("bad").severity(Level::High).read(&b"11.0.0.0/8\n"[..]).unwrap();
    let builder = PathBuilder::new().reading(reading).lists(Lists::default().with(list));
    let (mut path, told) = started(builder);
    let (victim, talker) = ([10, 0, 0, 2], [11, 200, 0, 1]);
    for number in 0..50_000_u32 {
        let time = Timestamp::from_micros(i64::from(number) * 20);
        push_segment(&mut path, ((0x0b00_0000 + number).to_be_bytes(), victim), SYN, time);
        // One of them means to talk.
        if number == 25_000 {
            for (from, to, flags) in
                [(talker, victim, SYN), (victim, talker, SYN | ACK), (talker, victim, ACK)]
            {
                push_segment(&mut path, (from, to), flags, time);
            }
        }
    }
    let summary = path.finish();
    assert_eq!(summary.counts.flows, 50_001);
    let alerts: Vec<_> = told.iter().filter_map(|(_, alert)| alert).collect();
    assert!(alerts.len() < 80, "{}", alerts.len());
    let talked = |alert: &&Alert| alert.source.is_some_and(|it| it.address == IpAddr::from(talker));
    assert_eq!(alerts.iter().find(|it| talked(it)).map(|it| it.what.as_str()), Some("bad"));
    assert!(summary.counts.covered > 49_900, "{:?}", summary.counts);
    assert!(alerts.iter().any(|alert| alert.what == "syn-flood"));
}

/// Years forward, hours back, and back to where it was: what hosts do after each leap is found as if there had been none.
#[test]
fn a_scan_behind_a_leap_of_the_clock_is_found() {
    const HOUR: i64 = 3_600_000_000_000;
    let (mut path, told) = started(PathBuilder::new());
    let leaps = [0, 3 * 365 * 24 * HOUR, 3 * 365 * 24 * HOUR - 5 * HOUR, 40 * HOUR, HOUR];
    let starts: Vec<_> =
        leaps.map(|leap| Timestamp::from_secs_nanos(1_750_000_000, 0).plus_nanos(leap)).into();
    let mut frames = 0;
    for (seed, start) in (20..).zip(&starts) {
        let mix = netsift_synth::Mix::benign().with(netsift_synth::Class::SynScan, 30.0);
        let scenario = Scenario::new(seed).mix(mix).packets(20_000).start(*start);
        push_all(&mut path, Generator::new(&scenario).unwrap());
        frames += 20_000;
    }
    let summary = path.finish();
    assert_eq!((summary.counts.frames, summary.counts.waiting), (frames, 0));
    assert_eq!(summary.counts.flows, summary.table.flows);
    let scans: Vec<_> = told
        .iter()
        .filter_map(|(_, alert)| alert)
        .filter(|alert| alert.what.ends_with("-scan"))
        .collect();
    for start in starts {
        let from = start.as_nanos();
        let is_of_it = |alert: &&Alert| (from..from + HOUR).contains(&alert.first);
        assert!(scans.iter().filter(is_of_it).count() > 1, "{start}: {scans:?}");
    }
}

/// A clock that leaps by a year and back ends no path and loses no flow.
#[test]
fn clocks_may_leap() {
    let (mut path, told) = started(PathBuilder::new());
    let year = 365 * 86_400_000_000_000;
    let mut at = 0;
    use netsift_packet::FrameSource;
    let mut traffic = traffic(6, 6_000);
    while let Some(mut frame) = traffic.next_frame().unwrap() {
        at += 1;
        if (2_000..4_000).contains(&at) {
            frame.time = frame.time.plus_nanos(year);
        }
        path.push(frame);
        if at % 1_000 == 0 {
            path.tick(Timestamp::from_nanos(if at % 2_000 == 0 { i64::MAX } else { i64::MIN }));
        }
    }
    let summary = path.finish();
    let flows = told.iter().filter(|(it, _)| matches!(it.about, netsift_detect::About::Flow(_)));
    assert_eq!(flows.count() as u64, summary.counts.flows + summary.counts.early);
    assert_eq!(summary.table.flow_packets, summary.intake.records);
}
