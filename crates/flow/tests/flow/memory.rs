//! What flows take, and that packets take nothing.

use allocation_counter::measure;
use netsift_flow::{Columns, Flow, FlowTable, Profile};

use crate::packets::{ACK, START, tcp, traffic, udp};
use crate::rows::read;

/// Flows of one packet that are open at once.
const FLOWS: u32 = 1_000_000;
/// What they may take with every feature, index and all.
const MOST: u64 = 3 << 29;
/// What a flow takes itself: one that grows makes every cache miss dearer.
const FLOW_BYTES: usize = 768;
/// What the table says that a flow takes with every feature.
const FLOW_BYTES_IN_ALL: usize = 1_536;

#[test]
fn a_million_flows_take_what_is_said() {
    let config = Columns::all(Profile::Native).config().max_flows(FLOWS as usize).unwrap();
    let mut table = None;
    let taken = measure(|| {
        let mut filled = FlowTable::new(config);
        (0..FLOWS).for_each(|number| filled.push(&udp(START, number), |_| ()));
        table = Some(filled);
    });
    let table = table.unwrap();
    let said = table.bytes() as u64;
    assert_eq!(table.len(), FLOWS as usize);
    assert!(taken.bytes_max < MOST, "{} bytes", taken.bytes_max);
    // Index and lists are not counted: they are a small part.
    let truth = taken.bytes_current as u64;
    assert!(said <= truth && truth - said < truth / 16, "{said} said, {truth} taken");
}

#[test]
fn a_flow_is_no_larger_than_it_was() {
    let columns = Columns::all(Profile::Native);
    let mut table = FlowTable::new(columns.config());
    table.push(&udp(START, 0), |_| ());
    let (flow, all) = (size_of::<Flow>(), table.bytes());
    assert!(flow <= FLOW_BYTES, "{flow} bytes");
    assert!(all <= FLOW_BYTES_IN_ALL, "{all} bytes");
}

/// Segments that the fork keeps are said, too.
#[test]
fn what_a_flow_keeps_is_said() {
    let mut table = FlowTable::new(Columns::all(Profile::CicFixed).config());
    table.push(&tcp(START, true, ACK), |_| ());
    let before = table.bytes();
    let taken = measure(|| {
        for seq in 1..=100_000 {
            let mut record = tcp(START, true, ACK);
            record.tcp.seq = seq;
            table.push(&record, |_| ());
        }
    });
    let (said, truth) = ((table.bytes() - before) as f64, taken.bytes_current as f64);
    assert!((said / truth - 1.0).abs() < 0.02, "{said} said, {truth} taken");
}

#[test]
fn packets_of_open_flows_allocate_nothing() {
    let config = Columns::all(Profile::Native).config();
    let mut table = FlowTable::new(config);
    let frames = traffic(51, 4_000);
    // No connection ends and no time passes: all flows are open after the first round.
    let push = |table: &mut FlowTable| {
        let mut allocated = 0;
        read(&config, &frames, |record| {
            let mut record = *record;
            record.tcp.flags = netsift_packet::TcpFlags(record.tcp.flags.0 & !7);
            record.time = netsift_packet::Timestamp::from_nanos(START);
            allocated += measure(|| table.push(&record, |_| ())).count_total;
        });
        allocated
    };
    assert!(push(&mut table) > 0, "new flows allocate");
    assert!(table.len() > 100);
    assert_eq!(push(&mut table), 0);
}
