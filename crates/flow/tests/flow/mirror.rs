//! What is turned round tells the same turned round.

use std::collections::HashMap;

use netsift_flow::{Columns, Profile, Record};
use netsift_packet::{Protocol, TcpFlags, Timestamp};
use proptest::prelude::*;

use crate::packets::{FIN, RST, SECOND, START, SYN, between, records, tcp};
use crate::rows::{Row, names, place, told};

fn turned(record: &Record<'static>) -> Record<'static> {
    let mut turned = *record;
    (turned.src, turned.dst) = (record.dst, record.src);
    (turned.src_port, turned.dst_port) = (record.dst_port, record.src_port);
    turned
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Who speaks first is the source, wherever it lives.
    #[test]
    fn hosts_exchanged_have_the_same_rows(
        records in records(100),
        profile in prop::sample::select(Profile::ALL.to_vec()),
    ) {
        let config = Columns::all(profile).config();
        let there: Vec<_> = records.iter().map(turned).collect();
        let (rows, counts) = told(config, &records);
        let (other, other_counts) = told(config, &there);
        let exchange = |row: &Row| {
            let mut row = row.clone();
            for (one, other) in [("Src IP", "Dst IP"), ("Src Port", "Dst Port")] {
                row.swap(place(profile, one), place(profile, other));
            }
            row
        };
        // Names of flows begin with the source; of ICMP messages that nobody answers, so does the Community ID.
        let blank = |mut row: Row| {
            let ids = ["Flow ID", "Community ID"];
            let names = names(profile).into_iter().zip(&mut row);
            names.filter(|(name, _)| ids.contains(name)).for_each(|(_, cell)| cell.clear());
            row
        };
        let sorted = |mut rows: Vec<Row>| {
            rows.sort();
            rows
        };
        prop_assert_eq!(
            sorted(rows.into_iter().map(blank).collect()),
            sorted(other.iter().map(exchange).map(blank).collect())
        );
        prop_assert_eq!(counts, other_counts);
    }

    /// A flow that goes on behind the active timeout keeps its source: its packets turned round exchange
    /// what is told of both directions.
    #[test]
    fn directions_exchanged_have_exchanged_columns(records in records(60)) {
        let flags = TcpFlags::MASK & !(SYN | FIN | RST);
        let mut part = records;
        for (nth, record) in part.iter_mut().enumerate() {
            // A tenth of the gaps: the active timeout is the only one to come.
            let since = record.time.as_nanos() - START;
            record.time = Timestamp::from_nanos(START + since / 10 + nth as i64);
            let forward = record.src_port < record.dst_port;
            let like = tcp(0, forward, record.tcp.flags.0 & flags);
            let ends = (like.src, like.dst, like.src_port, like.dst_port);
            (record.src, record.dst, record.src_port, record.dst_port) = ends;
            (record.protocol, record.tcp.flags) = (Protocol::TCP, like.tcp.flags);
            (record.syn_options, record.icmp) = (&[], None);
        }
        let before: Vec<_> =
            (0..19).map(|nth| tcp(START - (1_830 - nth * 100) * SECOND, true, 16)).collect();
        let rest = |part: Vec<Record<'static>>| {
            let config = Columns::all(Profile::Native).config();
            let (rows, _) = told(config, &[&before[..], &part].concat());
            assert_eq!(rows.len(), 2, "another cut than the active timeout");
            rows.into_iter().nth(1).unwrap()
        };
        let (there, back) = (rest(part.clone()), rest(part.iter().map(turned).collect()));
        let places: HashMap<_, _> =
            names(Profile::Native).into_iter().enumerate().map(|(at, name)| (spelt(name), at)).collect();
        for (at, name) in names(Profile::Native).into_iter().enumerate().skip(7) {
            let other = &back[places[&exchanged(&spelt(name))]];
            let expected = match name {
                _ if name.ends_with("Direction") => negative(other),
                "Down/Up Ratio" => {
                    let count = |name: &str| back[places[&spelt(name)]].parse::<f64>().unwrap();
                    let (up, down) = (count("Total Bwd packets"), count("Total Fwd Packet"));
                    format!("{:?}", if up == 0.0 { 0.0 } else { down / up })
                }
                _ => other.clone(),
            };
            prop_assert_eq!(&there[at], &expected, "{}", name);
        }
    }
}

/// A name as both directions spell it.
fn spelt(name: &str) -> String {
    name.to_lowercase().replace("packets", "packet")
}

fn exchanged(name: &str) -> String {
    name.replace("fwd", "\0").replace("bwd", "fwd").replace('\0', "bwd")
}

fn negative(number: &str) -> String {
    format!("{:?}", -number.parse::<f64>().unwrap() + 0.0)
}

/// Whoever answers first is not who asked.
#[test]
fn who_begins_with_an_answer_is_the_destination() {
    let config = Columns::all(Profile::Native).config();
    let mut answer = between(START, "10.0.0.9:443", "10.0.0.7:999", Protocol::TCP);
    answer.tcp.flags = TcpFlags::SYN | TcpFlags::ACK;
    let (rows, _) = told(config, &[answer]);
    assert_eq!(rows[0][1..3], ["10.0.0.7", "999"]);
    answer.tcp.flags = TcpFlags::ACK;
    let (rows, _) = told(config, &[answer]);
    assert_eq!(rows[0][1..3], ["10.0.0.9", "443"]);
}
