//! TCP: what each side says fits what the other has said.

use std::collections::HashMap;

use netsift_synth::{Class, Mix, Scenario};

use crate::{play, reader};

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;

#[derive(Default)]
struct Side {
    /// One past the highest byte seen of it.
    end: Option<u32>,
    ack: Option<u32>,
    /// Holes that a loss before the capture has left.
    holes: Vec<(u32, u32)>,
    payloads: HashMap<u32, Vec<u8>>,
}

#[derive(Default, Debug)]
struct Tally {
    gaps: u32,
    repeats: u32,
    repaired: u32,
    syns: u32,
    fins: u32,
    resets: u32,
}

fn after(a: u32, b: u32) -> bool {
    a != b && a.wrapping_sub(b) < 1 << 31
}

/// Plays the scenario and checks every connection in it.
fn check(scenario: Scenario) -> Tally {
    let mut sides: HashMap<_, Side> = HashMap::new();
    let mut tally = Tally::default();
    play(&scenario, |_, frame| {
        let packet = reader::read(frame);
        let Some(tcp) = packet.tcp else { return };
        let (own, other) = ((packet.src, packet.dst), (packet.dst, packet.src));
        let length = packet.payload.len() as u32 + u32::from(tcp.flags & (SYN | FIN) != 0);
        let end = tcp.seq.wrapping_add(length);
        tally.syns += u32::from(tcp.flags & SYN != 0);
        tally.fins += u32::from(tcp.flags & FIN != 0);
        tally.resets += u32::from(tcp.flags & RST != 0);
        if tcp.flags & 0x10 != 0 {
            let heard = sides.entry(other).or_default();
            let most = heard.end.expect("an acknowledgement of something");
            assert!(!after(tcp.ack, most), "acknowledges what was not sent");
            let hole = heard.holes.iter().find(|(start, _)| after(tcp.ack, *start));
            assert!(hole.is_none(), "acknowledges over a hole");
        }
        let side = sides.entry(own).or_default();
        if tcp.flags & RST != 0 {
            return;
        }
        if tcp.flags & 0x10 != 0 {
            let back = side.ack.is_some_and(|before| after(before, tcp.ack));
            assert!(!back, "takes back an acknowledgement");
            side.ack = Some(tcp.ack);
        }
        match side.end {
            Some(next) if after(tcp.seq, next) => {
                tally.gaps += 1;
                side.holes.push((next, tcp.seq));
            }
            Some(next) if length > 0 && after(next, tcp.seq) && tcp.flags & SYN == 0 => {
                tally.repeats += 1;
                let hole = side.holes.iter().position(|(start, _)| *start == tcp.seq);
                if let Some(hole) = hole {
                    assert_eq!(side.holes.remove(hole), (tcp.seq, end), "fills the hole whole");
                    tally.repaired += 1;
                } else {
                    let before = &side.payloads[&tcp.seq];
                    assert_eq!(before, packet.payload, "sends again what it sent before");
                }
            }
            _ => {}
        }
        if side.end.is_none_or(|before| after(end, before)) {
            side.end = Some(end);
        }
        side.payloads.insert(tcp.seq, packet.payload.to_vec());
    });
    tally
}

#[test]
fn every_connection_keeps_to_its_numbers() {
    let tally = check(Scenario::new(12).packets(80_000).warm_up(0.0));
    assert!(tally.gaps > 20 && tally.repaired > 20 && tally.repeats > tally.repaired, "{tally:?}");
    assert!(tally.syns > 1_000 && tally.fins > 500 && tally.resets > 100, "{tally:?}");
}

#[test]
fn every_connection_keeps_to_its_numbers_on_a_bad_line() {
    let mix = Mix::only(Class::FileTransfer).with(Class::Ssh, 1.0).with(Class::Chat, 1.0);
    let tally = check(Scenario::new(13).mix(mix).loss(0.1).packets(40_000).warm_up(0.0));
    assert!(tally.repaired > 300 && tally.repeats > 600, "{tally:?}");
}

#[test]
fn a_line_without_loss_repeats_nothing() {
    let mix = Mix::benign();
    let tally = check(Scenario::new(14).mix(mix).loss(0.0).packets(40_000).warm_up(0.0));
    assert_eq!((tally.gaps, tally.repeats), (0, 0));
}
