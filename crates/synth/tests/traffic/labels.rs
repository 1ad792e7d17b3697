//! Labels: they cover every packet once, and flows can be told apart by them.

use std::collections::{HashMap, HashSet};

use netsift_packet::Timestamp;
use netsift_synth::{Class, LabelledFlow, Mix, Scenario};

use crate::{play, reader};

type Ends = (u8, [(std::net::IpAddr, u16); 2]);

fn ends(protocol: u8, a: (std::net::IpAddr, u16), b: (std::net::IpAddr, u16)) -> Ends {
    (protocol, if a <= b { [a, b] } else { [b, a] })
}

#[test]
fn every_packet_belongs_to_exactly_one_label() {
    let mut seen: HashMap<Ends, Vec<(Timestamp, u64)>> = HashMap::new();
    let labels = play(&Scenario::new(5).packets(60_000).hosts(20), |time, frame| {
        let packet = reader::read(frame);
        let ends = ends(packet.protocol, packet.src, packet.dst);
        seen.entry(ends).or_default().push((time, frame.len() as u64));
    });
    let mut covered = 0;
    for label in &labels {
        let LabelledFlow { start, end, src, src_port, dst, dst_port, .. } = *label;
        let packets = &seen[&ends(label.protocol.0, (src, src_port), (dst, dst_port))];
        let own: Vec<_> = packets.iter().filter(|(t, _)| (start..=end).contains(t)).collect();
        assert_eq!(own.len() as u64, label.packets, "{label:?}");
        assert_eq!(own.iter().map(|(_, len)| len).sum::<u64>(), label.bytes);
        assert_eq!((own[0].0, own[own.len() - 1].0), (start, end));
        covered += own.len();
    }
    assert_eq!(covered, 60_000);
}

#[test]
fn every_class_of_the_mix_appears_about_as_often_as_its_share() {
    let labels = play(&Scenario::new(6).packets(300_000), |_, _| {});
    for class in Class::ALL {
        let flows = labels.iter().filter(|label| label.class == *class).count() as f64;
        let share = flows / labels.len() as f64 * 100.0;
        let wished = Mix::default().share(*class);
        assert!((share / wished - 1.0).abs() < 0.35, "{class}: {share} % instead of {wished} %");
    }
}

#[test]
fn a_flood_comes_from_as_many_ends_as_it_has_flows() {
    let scenario = Scenario::new(7).mix(Mix::only(Class::SynFlood)).packets(200_000);
    let labels = play(&scenario.flows_per_second(100_000.0), |_, _| {});
    let ends: HashSet<_> = labels.iter().map(|l| (l.src, l.src_port, l.dst, l.dst_port)).collect();
    assert_eq!(ends.len(), labels.len());
    assert!(labels.len() > 60_000);
}
