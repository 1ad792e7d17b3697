//! Fragments belong to the flow of the first of their datagram.

use netsift_flow::{Columns, Profile};
use netsift_packet::{LinkType, Protocol};
use netsift_synth::encapsulation::{Enclosed, Envelope};

use crate::packets::{Caught, SECOND, START, between, frames};
use crate::rows::{Whole, metered, number};

static PAYLOAD: [u8; 300] = [7; 300];

/// An IP packet of a conversation with 300 bytes of payload.
fn packet(v6: bool, protocol: Protocol, port: u16) -> Vec<u8> {
    let (src, dst) = if v6 { ("[::1]:0", "[::2]:53") } else { ("10.0.0.1:0", "10.0.0.2:53") };
    let mut record = between(0, src, dst, protocol);
    (record.src_port, record.payload, record.payload_len) = (port, &PAYLOAD, 300);
    record.tcp.window = 500;
    frames(&[record]).remove(0).bytes.split_off(14)
}

fn caught(nth: usize, enclosed: Enclosed) -> Caught {
    let time = START + nth as i64 * 1_000;
    Caught { time, link: LinkType::ETHERNET, bytes: enclosed.bytes }
}

fn cut(packet: &[u8]) -> Vec<Caught> {
    let fragments = Envelope::of_ip(packet).unwrap().fragments(104).unwrap();
    fragments.into_iter().enumerate().map(|(nth, f)| caught(nth, f.ethernet())).collect()
}

fn meter(frames: &[Caught]) -> Whole {
    metered(Columns::all(Profile::Native).config(), 2, frames)
}

#[test]
fn one_datagram_is_one_flow() {
    for v6 in [false, true] {
        for (protocol, count) in [(Protocol::UDP, 3), (Protocol::TCP, 4)] {
            let whole = meter(&cut(&packet(v6, protocol, 1_000)));
            let tied = whole.intake.tied_fragments;
            assert_eq!((whole.rows.len(), tied), (1, count - 1), "{v6} {protocol}");
            let row = &whole.rows[0];
            assert_eq!((row[2].as_str(), row[4].as_str()), ("1000", "53"));
            assert_eq!(number(row, "Total Fwd Packet"), count as f64);
            assert_eq!(number(row, "Fwd Fragments"), count as f64);
            assert_eq!(number(row, "Total Length of Fwd Packet"), 300.0);
        }
    }
}

/// Later fragments have no transport header: nothing is made of the fields that are not there.
#[test]
fn later_fragments_are_no_segments() {
    let whole = meter(&cut(&packet(false, Protocol::TCP, 1_000)));
    let row = &whole.rows[0];
    for name in ["Fwd Retransmissions", "Fwd Missing Segments", "Fwd Zero Windows"] {
        assert_eq!(number(row, name), 0.0, "{name}");
    }
    assert_eq!(number(row, "Fwd Window Min"), 500.0);
    assert_eq!(number(row, "Fwd Seg Size Min"), 20.0);
}

#[test]
fn what_overtakes_the_first_is_an_orphan() {
    let fragments = cut(&packet(false, Protocol::UDP, 1_000));
    let turned = [fragments[2].clone(), fragments[0].clone(), fragments[1].clone()];
    let whole = meter(&turned);
    let intake = &whole.intake;
    assert_eq!((intake.orphan_fragments, intake.tied_fragments), (1, 1));
    assert_eq!(whole.rows.len(), 2);
    assert_eq!(whole.counts.flow_packets, 3);
}

/// The same identification again is the next datagram's.
#[test]
fn an_identification_used_again_belongs_to_the_last() {
    let (one, other) =
        (cut(&packet(false, Protocol::UDP, 1_000)), cut(&packet(false, Protocol::UDP, 2_000)));
    let whole = meter(&[&one[..], &other].concat());
    let packets: Vec<_> = whole.rows.iter().map(|row| number(row, "Total Fwd Packet")).collect();
    assert_eq!(packets, [3.0, 3.0]);
    let mixed = [one[0].clone(), other[0].clone(), one[1].clone(), other[1].clone()];
    let whole = meter(&mixed);
    let packets: Vec<_> = whole.rows.iter().map(|row| number(row, "Total Fwd Packet")).collect();
    assert_eq!(packets, [1.0, 3.0]);
}

#[test]
fn a_minute_later_nobody_waits_for_it() {
    for (wait, tied) in [(60 * SECOND, 2), (60 * SECOND + 1, 1)] {
        let mut fragments = cut(&packet(true, Protocol::UDP, 1_000));
        fragments[2].time = fragments[0].time + wait;
        let intake = meter(&fragments).intake;
        assert_eq!((intake.tied_fragments, intake.orphan_fragments), (tied, 2 - tied));
    }
}

/// Only the first fragment of a tunnel's packet shows what is in it; the rest are of the same flow.
#[test]
fn a_fragmented_tunnel_is_the_flow_inside() {
    let inside = packet(true, Protocol::UDP, 1_000);
    for v6 in [false, true] {
        let tunnel = Envelope::of_ip(&inside).unwrap();
        let tunnel = if v6 { tunnel.ipv6() } else { tunnel.gre(None) }.unwrap();
        let fragments = tunnel.fragments(160).unwrap();
        assert!(fragments.len() > 1);
        let frames: Vec<_> = fragments
            .into_iter()
            .enumerate()
            .map(|(nth, fragment)| caught(nth, fragment.ethernet()))
            .collect();
        let whole = meter(&frames);
        assert_eq!(whole.rows.len(), 1, "{v6}");
        assert_eq!(whole.rows[0][1..5], ["::1", "1000", "::2", "53"]);
        assert_eq!(number(&whole.rows[0], "Total Fwd Packet"), frames.len() as f64);
        assert_eq!(whole.intake.tied_fragments, frames.len() as u64 - 1);
    }
}

/// A whole tunnel that carries fragments.
#[test]
fn fragments_inside_a_tunnel_are_tied() {
    let fragments = Envelope::of_ip(&packet(false, Protocol::UDP, 1_000)).unwrap();
    let fragments = fragments.fragments(104).unwrap().into_iter().enumerate();
    let frames: Vec<_> = fragments
        .map(|(nth, fragment)| caught(nth, fragment.vxlan(9).unwrap().ethernet()))
        .collect();
    let whole = meter(&frames);
    assert_eq!((whole.rows.len(), whole.intake.tied_fragments), (1, 2));
    assert_eq!(whole.rows[0][1..5], ["10.0.0.1", "1000", "10.0.0.2", "53"]);
}
