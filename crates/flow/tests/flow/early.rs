//! Rows of flows that go on.

use netsift_flow::{Columns, Early, End, Flow, FlowTable, Meter, Profile, Record, Sink};
use netsift_packet::Timestamp;
use proptest::prelude::*;

use crate::packets::{MILLI, SECOND, START, records, traffic, udp};
use crate::rows::{Row, Rows, names, place, told};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn an_early_row_is_that_of_the_packets_so_far(
        records in records(60),
        packets in prop::option::of(1u64..8),
        nanos in prop::option::of(1..2_000 * MILLI),
        profile in prop::sample::select(Profile::ALL.to_vec()),
    ) {
        let config = Columns::all(profile).config();
        let early = config.early(Early { packets, nanos }).unwrap();
        let mut table = FlowTable::new(early);
        let mut rows = Rows::of(profile);
        let mut expected = 0;
        for (at, record) in records.iter().enumerate() {
            let before = rows.rows.len();
            let mut flow_is = (0, 0);
            table.push(record, |flow| {
                if flow.end() == End::Early {
                    flow_is = (flow.packets(), flow.duration_nanos());
                    rows.take(flow);
                }
            });
            for row in &rows.rows[before..] {
                expected += 1;
                let enough = packets.is_some_and(|packets| flow_is.0 >= packets)
                    || nanos.is_some_and(|nanos| flow_is.1 >= nanos);
                prop_assert!(enough);
                if profile == Profile::Cic && flow_is.0 == 1 {
                    continue; // CICFlowMeter does not tell flows of one packet in the end.
                }
                let so_far = told(config, &records[..=at]).0;
                let same = |other: &Row| without_end(other) == without_end(row);
                prop_assert!(so_far.iter().any(same), "{:?}", row);
            }
        }
        prop_assert_eq!(table.counts().early, expected);
        let (rows, counts) = told(config, &records);
        let (rows_with, counts_with) = told(early, &records);
        let ended = counts_with.early as usize + rows.len();
        prop_assert_eq!((rows_with.len(), counts.flows), (ended, counts_with.flows));
        prop_assert!(counts_with.early <= counts.flows + counts.untold);
    }
}

/// A native row without the reason why it is told, which is another.
fn without_end(row: &Row) -> Row {
    let mut row = row.clone();
    let names = names(Profile::Native);
    if row.len() == names.len() {
        row.remove(place(Profile::Native, "End"));
    }
    row
}

#[test]
fn one_a_flow_with_the_packet_that_makes_it_so() {
    let of = |packets, nanos| {
        let early = Early { packets, nanos };
        let config = Columns::all(Profile::Native).config().early(early).unwrap();
        let mut table = FlowTable::new(config);
        let mut seen = Vec::new();
        let at: Vec<Record<'_>> = (0..6).map(|at| udp(START + at * MILLI, 1)).collect();
        at.iter().for_each(|record| {
            table.push(record, |flow| seen.push((flow.packets(), flow.end())));
        });
        table.finish(|flow| seen.push((flow.packets(), flow.end())));
        seen
    };
    let last = (6, End::Input);
    assert_eq!(of(None, None), [last]);
    assert_eq!(of(Some(3), None), [(3, End::Early), last]);
    assert_eq!(of(None, Some(2 * MILLI)), [(3, End::Early), last]);
    assert_eq!(of(None, Some(2 * MILLI + 1)), [(4, End::Early), last]);
    assert_eq!(of(Some(5), Some(MILLI)), [(2, End::Early), last]);
    assert_eq!(of(Some(7), None), [last]);
}

/// Flows that are told while the clock goes on: their packets, and why they are told.
fn told_at(table: &mut FlowTable, nanos: i64) -> Vec<(u64, End)> {
    let mut seen = Vec::new();
    table.advance(Timestamp::from_nanos(nanos), |flow| seen.push((flow.packets(), flow.end())));
    seen
}

/// With rows of flows that have lasted ten seconds.
fn after_ten_seconds() -> FlowTable {
    let early = Early { packets: None, nanos: Some(10 * SECOND) };
    FlowTable::new(Columns::all(Profile::Native).config().early(early).unwrap())
}

fn early(_: &Flow) {
    panic!("only the clock tells it");
}

#[test]
fn what_is_silent_behind_a_short_talk_is_told_once_the_clock_says_so() {
    let mut table = after_ten_seconds();
    table.push(&udp(START, 1), early);
    table.push(&udp(START + 50 * MILLI, 1), early);
    table.push(&udp(START + SECOND, 2), early);
    assert_eq!(told_at(&mut table, START + 10 * SECOND - 1), []);
    assert_eq!(told_at(&mut table, i64::MIN), [], "of which nobody knows how late it is");
    assert_eq!(told_at(&mut table, START + 10 * SECOND), [(2, End::Early)]);
    assert_eq!(told_at(&mut table, START + 60 * SECOND), [], "one packet is no talk");
    let mut ends = Vec::new();
    table.push(&udp(START + 61 * SECOND, 2), |flow| ends.push((flow.packets(), flow.end())));
    table.finish(|flow| ends.push((flow.packets(), flow.end())));
    assert_eq!(ends, [(2, End::Early), (2, End::Input), (2, End::Input)]);
}

#[test]
fn meters_tell_by_the_clock_if_somebody_knows_it_and_not_at_the_end() {
    let early = Early { packets: None, nanos: Some(10 * SECOND) };
    let config = Columns::all(Profile::Native).config().early(early).unwrap();
    let frames = traffic(24, 50);
    let last = frames[49].time;
    for workers in [1, 3] {
        let told = |times: &[i64]| {
            let mut meter = Meter::new(config, workers, || |_: &Flow| ()).unwrap();
            frames.iter().for_each(|frame| meter.push(frame.frame()));
            times.iter().for_each(|&time| meter.advance(Timestamp::from_nanos(time)));
            meter.finish().counts.early
        };
        let by_packets = told(&[]);
        assert_eq!(told(&[i64::MIN]), by_packets, "{workers} workers");
        let by_clock = told(&[last + 11 * SECOND]);
        assert!(by_clock > by_packets, "{workers} workers: {by_clock}");
        assert_eq!(told(&[last + 11 * SECOND, last + 12 * SECOND]), by_clock, "{workers} workers");
    }
}

#[test]
fn packets_of_others_and_the_end_of_a_capture_tell_nothing_early() {
    let mut table = after_ten_seconds();
    table.push(&udp(START, 1), early);
    table.push(&udp(START + 50 * MILLI, 1), early);
    table.push(&udp(START + 60 * SECOND, 2), early);
    let mut ends = Vec::new();
    table.finish(|flow| ends.push(flow.end()));
    assert_eq!(ends, [End::Input; 2]);
}

#[test]
fn a_packet_of_a_wild_time_keeps_nobody_waiting() {
    let mut table = after_ten_seconds();
    for time in [START, START + 9_999 * 3_600 * SECOND, START + MILLI] {
        let port = if time > START + SECOND { 2 } else { 1 };
        table.push(&udp(time, port), early);
        table.push(&udp(time, port), early);
    }
    let told = told_at(&mut table, START + 11 * SECOND);
    assert!(told.contains(&(4, End::Early)), "{told:?}");
}
