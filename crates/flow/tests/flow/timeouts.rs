//! Timeouts at their borders: what is as long as a timeout is not over, a nanosecond more is.

use netsift_flow::{Columns, End, FlowConfig, FlowTable, Profile, Record};
use netsift_packet::Timestamp;

use crate::packets::{ACK, FIN, SECOND, START, SYN, tcp, udp};
use crate::rows::told;

fn native() -> FlowConfig {
    Columns::all(Profile::Native).config()
}

/// Packets and end of each flow, in the order in which they are told.
fn flows(config: FlowConfig, records: &[Record<'_>]) -> Vec<(u64, End)> {
    let (mut table, mut flows) = (FlowTable::new(config), Vec::new());
    let mut take = |flow: &netsift_flow::Flow| flows.push((flow.packets(), flow.end()));
    records.iter().for_each(|record| table.push(record, &mut take));
    table.finish(&mut take);
    flows
}

#[test]
fn idle() {
    for timeout in [1_000_000, 7 * SECOND, 120 * SECOND, 86_400 * SECOND] {
        let config = native().idle_timeout(timeout).unwrap();
        let config = config.active_timeout(8_640_000 * SECOND).unwrap();
        for sign in [1, -1] {
            let at = |gap| [udp(START, 1), udp(START + sign * gap, 1)];
            assert_eq!(flows(config, &at(timeout)), [(2, End::Input)], "{timeout}");
            let over = [(1, End::Idle), (1, End::Input)];
            assert_eq!(flows(config, &at(timeout + 1)), over, "{timeout}");
        }
    }
}

/// Silence that other flows' packets measure.
#[test]
fn idle_by_the_clock() {
    let config = native();
    let others = |until: i64| (0..=until).map(|at| udp(START + at * SECOND, 2));
    let mut records: Vec<_> = [udp(START, 1)].into_iter().chain(others(120)).collect();
    records.push(udp(START + 120 * SECOND, 1));
    assert_eq!(flows(config, &records), [(2, End::Input), (121, End::Input)]);
    // The clock has gone further than the packet's own time.
    records.pop();
    records.push(udp(START + 121 * SECOND, 2));
    records.push(udp(START + 119 * SECOND, 1));
    assert_eq!(flows(config, &records)[0], (1, End::Idle));
}

#[test]
fn active() {
    let config = native();
    let until = |last: i64| {
        let steady = (0..=17).map(|at| udp(START + at * 100 * SECOND, 1));
        steady.chain([udp(START + 1_800 * SECOND + last, 1)]).collect::<Vec<_>>()
    };
    assert_eq!(flows(config, &until(0)), [(19, End::Input)]);
    assert_eq!(flows(config, &until(1)), [(18, End::Active), (1, End::Input)]);
}

#[test]
fn linger() {
    let closed = [tcp(START, true, FIN), tcp(START, false, FIN), tcp(START, true, ACK)];
    let then = |after: i64| [&closed[..], &[tcp(START + after, false, ACK)]].concat();
    assert_eq!(flows(native(), &then(5 * SECOND)), [(4, End::Fin)]);
    assert_eq!(flows(native(), &then(5 * SECOND + 1)), [(3, End::Fin), (1, End::Input)]);
    // A flow that lingers is not kept longer than one that is open.
    let short = native().idle_timeout(SECOND).unwrap();
    assert_eq!(flows(short, &then(SECOND)), [(4, End::Fin)]);
    assert_eq!(flows(short, &then(SECOND + 1)), [(3, End::Fin), (1, End::Input)]);
}

#[test]
fn the_cics_cut_at_two_minutes_and_at_nothing_else() {
    for profile in [Profile::Cic, Profile::CicFixed] {
        let config = Columns::all(profile).config().idle_timeout(SECOND).unwrap();
        let at = |gap| [tcp(START, true, ACK), tcp(START, true, ACK), tcp(START + gap, true, ACK)];
        assert_eq!(flows(config, &at(120 * SECOND)), [(3, End::Input)], "{profile}");
        let cut = flows(config, &at(120 * SECOND + 1));
        assert_eq!(cut[0], (2, End::Active), "{profile}");
    }
}

#[test]
fn time_that_passes_without_packets() {
    let mut table = FlowTable::new(native());
    let mut ends = Vec::new();
    let closed = [tcp(START, true, FIN), tcp(START, false, FIN), tcp(START, true, ACK)];
    table.push(&udp(START, 1), |_| ());
    closed.iter().for_each(|record| table.push(record, |_| ()));
    let mut advance = |seconds: i64| {
        table.advance(Timestamp::from_nanos(START + seconds * SECOND), |flow| {
            ends.push(flow.end());
        });
        ends.clone()
    };
    assert_eq!(advance(5), []);
    assert_eq!(advance(9), [End::Fin], "lingers a few ticks at most");
    assert_eq!(advance(120), [End::Fin]);
    assert_eq!(advance(-500), [End::Fin], "time does not go back");
    assert_eq!(advance(124), [End::Fin, End::Idle]);
    assert!(table.is_empty());
}

/// A new connection between the same ends is another flow at once.
#[test]
fn nothing_lingers_in_the_way_of_a_new_connection() {
    let closed = [tcp(START, true, FIN), tcp(START, false, FIN), tcp(START, true, ACK)];
    let (rows, _) = told(native(), &[&closed[..], &[tcp(START + 1, true, SYN)]].concat());
    assert_eq!(rows.len(), 2);
}

/// Time may leap by any number of the wheel's ticks, over flows that were touched since they were entered.
#[test]
fn leaps_of_any_length_end_what_was_silent() {
    for profile in Profile::ALL {
        let config = Columns::all(profile).config();
        for leap in (0..700).chain([5_000, 86_400, 1_000_000]) {
            for (live, by_packets) in [(130, true), (220, true), (220, false)] {
                let mut table = FlowTable::new(config);
                let mut told = 0;
                let touches =
                    (0..=live).step_by(10).flat_map(|at| [1, 2, 3].map(|host| (at, host)));
                for (at, host) in touches {
                    table.push(&udp(START + at * SECOND, host), |_| told += 1);
                }
                let after = START + (live + leap) * SECOND;
                if by_packets {
                    (0..70).for_each(|_| table.push(&udp(after, 9), |_| told += 1));
                } else {
                    table.advance(Timestamp::from_nanos(after), |_| told += 1);
                }
                if profile == Profile::Native && leap > 123 {
                    assert!(told >= 3, "{told} of 3 after {leap} s");
                }
                table.finish(|_| told += 1);
                assert!(told >= 3 && table.is_empty());
            }
        }
    }
}

/// Where every packet comes after a silence the clock hesitates, and no flow may look silent for that.
#[test]
fn sparse_traffic_is_not_cut_by_a_clock_that_hesitates() {
    for start in [START, 0] {
        let round = |hour: i64| {
            let at = move |millis: i64| start + hour * 3_600 * SECOND + millis * (SECOND / 1_000);
            [udp(at(0), 1), udp(at(1_000), 2), udp(at(2_000), 1), udp(at(3_000), 2)]
        };
        let records: Vec<_> = (0..100).flat_map(round).collect();
        let told = flows(native(), &records);
        assert_eq!(told.len(), 200);
        assert!(told.iter().all(|(packets, _)| *packets == 2), "{told:?}");
    }
}

/// A forged time keeps no flow for ever.
#[test]
fn a_flow_from_the_far_future_ends_all_the_same() {
    let mut table = FlowTable::new(native());
    let mut told = Vec::new();
    table.push(&udp(START, 1), |_| {});
    table.push(&udp(START + 1_000_000 * SECOND, 2), |_| {});
    for at in 1..400 {
        table.push(&udp(START + at * SECOND, 3), |flow| told.push(flow.end()));
    }
    assert_eq!((told, table.len()), (vec![End::Idle, End::Idle], 1));
}
