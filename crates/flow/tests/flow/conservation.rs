//! Every packet is in one flow that is told, or counted.

use netsift_flow::{Columns, Early, Flow, FlowConfig, FlowTable, Profile, Record};
use proptest::prelude::*;

use crate::hostile::any_records;
use crate::packets::{frames, records, traffic, wrapped};
use crate::rows::metered;

/// Pushes records and holds the counts to account after each.
fn account(config: FlowConfig, records: &[Record<'_>]) {
    let mut table = FlowTable::new(config);
    let (mut flows, mut packets) = (0, 0);
    let mut take = |flow: &Flow| {
        if flow.end() != netsift_flow::End::Early {
            flows += 1;
            packets += flow.packets();
        }
    };
    for record in records {
        table.push(record, &mut take);
    }
    table.finish(&mut take);
    assert!(table.is_empty());
    assert_eq!(table.bytes(), 0, "bytes of no flows");
    let counts = table.counts();
    assert_eq!((counts.flows, counts.flow_packets), (flows, packets));
    assert_eq!(counts.packets, records.len() as u64);
    assert_eq!(counts.packets, packets + counts.untold_packets + counts.dropped);
    let ends: u64 = netsift_flow::End::ALL.iter().map(|end| counts.with_end(*end)).sum();
    assert_eq!(ends, flows);
}

fn configs(profile: Profile, most: usize) -> [FlowConfig; 3] {
    let config = Columns::all(profile).config();
    let early = Early { packets: Some(2), nanos: Some(1_000) };
    [config, config.max_flows(most).unwrap(), config.early(early).unwrap().max_flows(3).unwrap()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn packets_in_are_packets_told_and_counted(records in records(150), most in 1usize..6) {
        for profile in Profile::ALL {
            configs(profile, most).into_iter().for_each(|config| account(config, &records));
        }
    }

    #[test]
    fn hostile_ones_too(records in any_records(150), most in 1usize..6) {
        for profile in Profile::ALL {
            configs(profile, most).into_iter().for_each(|config| account(config, &records));
        }
    }

    #[test]
    fn what_is_open_has_the_rest(records in records(80), cut in any::<prop::sample::Index>()) {
        let config = Columns::all(Profile::CicFixed).config();
        let mut table = FlowTable::new(config);
        let cut = cut.index(records.len());
        records[..cut].iter().for_each(|record| table.push(record, |_| ()));
        let (before, mut rest) = (table.counts().clone(), 0);
        table.finish(|flow| rest += flow.packets());
        let told = before.flow_packets + before.untold_packets + before.dropped;
        prop_assert_eq!(before.packets, told + rest);
    }

    #[test]
    fn what_is_open_is_found(records in records(80)) {
        let mut table = FlowTable::new(Columns::all(Profile::Native).config());
        for record in &records {
            let before = table.find(record).map_or(0, Flow::packets);
            let mut told = 0;
            table.push(record, |_| told += 1);
            if told == 0 {
                prop_assert_eq!(table.find(record).map(Flow::packets), Some(before + 1));
            }
        }
        table.finish(|_| ());
        prop_assert!(records.iter().all(|record| table.find(record).is_none()));
    }
}

#[test]
fn frames_in_are_records_and_rejects() {
    let mut captured = wrapped(&traffic(31, 1_500));
    for (nth, caught) in captured.iter_mut().enumerate() {
        match nth % 11 {
            3 => caught.bytes.truncate(nth % 40),
            4 => caught.bytes[12] ^= 0xff,
            _ => {}
        }
    }
    captured.extend(frames(&[crate::packets::udp(0, 1)]));
    for profile in Profile::ALL {
        for workers in [1, 3] {
            let config = Columns::all(profile).config().max_flows(40).unwrap();
            let whole = metered(config, workers, &captured);
            let (intake, counts) = (&whole.intake, &whole.counts);
            let rejects: u64 = intake.rejects.values().sum();
            assert_eq!(intake.frames, captured.len() as u64);
            assert!(rejects > 50, "{profile}: {rejects} rejects");
            assert_eq!(intake.frames, intake.records + rejects);
            assert_eq!(intake.records, counts.packets);
            let told = counts.flow_packets + counts.untold_packets + counts.dropped;
            assert_eq!(counts.packets, told, "{profile}, {workers} workers");
            assert!(counts.evictions.single + counts.evictions.settled > 0);
        }
    }
}
