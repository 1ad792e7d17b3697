//! Who has to go where there is no room: whose connection is over, then who has had one packet, then who has
//! been silent for longest.

use std::collections::BTreeMap;

use netsift_flow::{Columns, End, FlowTable, Profile};
use proptest::prelude::*;

use crate::packets::{ACK, FIN, RST, SECOND, START, tcp, udp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Over,
    Single,
    Settled,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// Steps are longer than what the table takes for simultaneous: a hundredth of the idle timeout.
    #[test]
    fn the_right_one_goes(
        steps in prop::collection::vec((0u16..14, prop::bool::weighted(0.15)), 1..100),
        most in 1usize..8,
    ) {
        let columns = Columns::all(Profile::Native);
        let mut table = FlowTable::new(columns.config().max_flows(most).unwrap());
        let mut model: BTreeMap<u16, (Class, i64)> = BTreeMap::new();
        for (nth, (host, reset)) in steps.into_iter().enumerate() {
            let time = START + nth as i64 * (SECOND + 1_000);
            let mut record = tcp(time, true, if reset { RST } else { ACK });
            record.src_port = 100 + host;
            let mut told = Vec::new();
            table.push(&record, |flow| told.push((flow.source().port() - 100, flow.end())));
            let is_new = !model.contains_key(&host);
            let mut evicted = 0;
            for (gone, end) in told {
                let (class, touched) = model.remove(&gone).unwrap();
                if end == End::Evicted {
                    evicted += 1;
                    let first = model.values().filter(|_| gone != host).min();
                    prop_assert!(first.is_none_or(|first| (class, touched) < *first));
                    prop_assert!(is_new && class != Class::Over);
                } else {
                    prop_assert_eq!((end, class), (End::Rst, Class::Over));
                }
            }
            prop_assert!(evicted <= 1);
            if evicted == 1 {
                prop_assert!(model.values().all(|(class, _)| *class != Class::Over));
            }
            let class = match model.get(&host) {
                Some((Class::Over, _)) => Class::Over,
                _ if reset => Class::Over,
                Some(_) => Class::Settled,
                None => Class::Single,
            };
            model.insert(host, (class, time));
            prop_assert_eq!(table.len(), model.len());
            prop_assert!(table.len() <= most);
        }
    }
}

#[test]
fn closed_then_single_then_oldest() {
    let columns = Columns::all(Profile::Native);
    let mut table = FlowTable::new(columns.config().max_flows(3).unwrap());
    let mut told = Vec::new();
    let mut push = |second: i64, host: u16, flags: &[(bool, u16)]| {
        for (forward, flags) in flags {
            let mut record = tcp(START + second * SECOND, *forward, *flags);
            let port = if *forward { &mut record.src_port } else { &mut record.dst_port };
            *port = host;
            table.push(&record, |flow| told.push((flow.source().port(), flow.end())));
        }
    };
    push(0, 1, &[(true, ACK), (false, ACK)]);
    push(2, 2, &[(true, ACK)]);
    push(4, 3, &[(true, FIN), (false, FIN), (true, ACK)]);
    push(6, 4, &[(true, ACK), (false, ACK)]);
    push(8, 5, &[(true, ACK), (false, ACK)]);
    push(10, 6, &[(true, ACK)]);
    assert_eq!(told, [(3, End::Fin), (2, End::Evicted), (1, End::Evicted)]);
    let evictions = table.counts().evictions;
    assert_eq!((evictions.over, evictions.single, evictions.settled), (1, 1, 1));
}

#[test]
fn the_cap_on_bytes_holds_as_well() {
    for profile in Profile::ALL {
        let config = Columns::all(profile).config().max_bytes(1 << 20).unwrap();
        let mut table = FlowTable::new(config);
        table.push(&udp(START, 0), |_| ());
        let fit = (1 << 20) / table.bytes();
        let mut told = Vec::new();
        for number in 1..fit as u32 + 10 {
            let time = START + i64::from(number) * 10_000_000;
            table.push(&udp(time, number), |flow| told.push(flow.source()));
            assert!(table.bytes() <= 1 << 20);
        }
        assert_eq!(table.len(), fit, "{profile}");
        assert_eq!(table.counts().evictions.single, 10, "{profile}");
    }
}

/// What the corrected fork keeps of segments counts, so that one flow does not fill the memory.
#[test]
fn segments_seen_take_room_too() {
    let config = Columns::all(Profile::CicFixed).config().max_bytes(1 << 20).unwrap();
    let mut table = FlowTable::new(config);
    for seq in 0..200_000 {
        let mut record = tcp(START + i64::from(seq) * 1_000, true, ACK);
        record.tcp.seq = seq;
        table.push(&record, |_| ());
        assert!(table.bytes() <= 1 << 20);
    }
    assert!(table.counts().evictions.settled > 1);
}
