//! Whoever is told may be slow, and packets may be many and of many: nothing is lost, and memory is bounded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use netsift_detect::PathBuilder;
use netsift_flow::{FlowConfig, Profile};
use netsift_packet::Timestamp;

use crate::{push_all, started, traffic};

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

/// A packet each of ever new sources: flows are evicted, told and judged.
#[test]
fn a_storm_of_sources_is_judged_in_bounded_memory() {
    let reading = FlowConfig::new(Profile::Native).max_flows(2_000).unwrap();
    let (mut path, told) = started(PathBuilder::new().reading(reading));
    for number in 0..50_000_u32 {
        let mut frame = [
            0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2, // IPv4
            0xc0, 0x00, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0x10, 0, 0, 0, 0,
            0, // a SYN
        ];
        frame[12..16].copy_from_slice(&(0x0b00_0000 + number).to_be_bytes());
        let time = Timestamp::from_micros(i64::from(number) * 20);
        let link = netsift_packet::LinkType::RAW;
        path.push(netsift_packet::Frame::new(time, link, &frame));
    }
    let summary = path.finish();
    assert_eq!(summary.counts.flows, 50_000);
    let alerts: Vec<_> = told.iter().filter_map(|(_, alert)| alert).collect();
    assert!(alerts.len() < 40, "{}", alerts.len());
    assert!(alerts.iter().any(|alert| alert.what == "syn-flood"));
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
