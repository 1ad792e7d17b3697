//! How TCP connections end, case by case.

use netsift_flow::{Columns, End, FlowTable, Profile};

use crate::packets::{ACK, FIN, MILLI, RST, START, SYN, tcp};

const FA: u16 = FIN | ACK;
const SA: u16 = SYN | ACK;

/// Name; packets as (from the source, flags), a millisecond apart; packets and end of each flow told.
type Case = (&'static str, &'static [(bool, u16)], &'static [(u64, End)]);

const CASES: [Case; 15] = [
    ("no teardown", &[(true, SYN), (false, SA), (true, ACK)], &[(3, End::Input)]),
    ("both FINs", &[(true, FA), (false, FA), (true, ACK)], &[(3, End::Fin)]),
    ("unacknowledged", &[(true, FA), (false, FA)], &[(2, End::Fin)]),
    (
        "another connection behind FINs whose last acknowledgement was not seen",
        &[(true, FA), (false, FA), (true, SYN), (false, SA), (true, ACK)],
        &[(2, End::Fin), (3, End::Input)],
    ),
    ("half-close", &[(true, FA), (false, ACK), (false, ACK), (false, ACK)], &[(4, End::Input)]),
    (
        "half-close, then the other half",
        &[(true, FA), (false, ACK), (false, ACK), (false, FA), (true, ACK)],
        &[(5, End::Fin)],
    ),
    ("simultaneous close", &[(true, FA), (false, FA), (false, ACK), (true, ACK)], &[(4, End::Fin)]),
    (
        "a FIN sent again is no other end's",
        &[(true, FA), (true, FA), (false, ACK), (true, ACK)],
        &[(4, End::Input)],
    ),
    (
        "a FIN sent again in closing acknowledges nothing",
        &[(true, FA), (false, FA), (false, FA)],
        &[(3, End::Input)],
    ),
    ("reset", &[(true, SYN), (false, RST | ACK)], &[(2, End::Rst)]),
    ("reset while closing", &[(true, FA), (false, RST)], &[(2, End::Rst)]),
    (
        "what trails a reset joins",
        &[(true, RST), (false, ACK), (true, RST), (false, FA)],
        &[(4, End::Rst)],
    ),
    (
        "a trailing ACK joins",
        &[(true, FA), (false, FA), (true, ACK), (false, ACK)],
        &[(4, End::Fin)],
    ),
    (
        "a SYN behind the close is another connection",
        &[(true, FA), (false, FA), (true, ACK), (true, SYN), (false, SA)],
        &[(3, End::Fin), (2, End::Input)],
    ),
    (
        "a SYN from the other end behind a reset is another connection",
        &[(true, SYN), (false, RST), (false, SYN), (true, RST)],
        &[(2, End::Rst), (2, End::Rst)],
    ),
];

#[test]
fn connections_end_as_they_should() {
    for (name, packets, expected) in CASES {
        let mut table = FlowTable::new(Columns::all(Profile::Native).config());
        let mut told = Vec::new();
        let mut take = |flow: &netsift_flow::Flow| told.push((flow.packets(), flow.end()));
        for (nth, (forward, flags)) in packets.iter().enumerate() {
            table.push(&tcp(START + nth as i64 * MILLI, *forward, *flags), &mut take);
        }
        table.finish(&mut take);
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn the_other_end_can_open_the_next_connection() {
    let mut table = FlowTable::new(Columns::all(Profile::Native).config());
    let mut sources = Vec::new();
    let mut take = |flow: &netsift_flow::Flow| sources.push(flow.source().port());
    for (at, forward, flags) in [(0, true, SYN), (1, false, RST), (2, false, SYN)] {
        table.push(&tcp(START + at, forward, flags), &mut take);
    }
    table.finish(&mut take);
    assert_eq!(sources, [1_000, 80]);
}
