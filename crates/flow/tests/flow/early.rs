//! Rows of flows that go on.

use netsift_flow::{Columns, Early, End, FlowTable, Profile, Record, Sink};
use proptest::prelude::*;

use crate::packets::{MILLI, START, records, udp};
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
