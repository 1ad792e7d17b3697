//! What the corpora start from: hand-made frames and captures, and payloads of made traffic.
//!
//! The program `seeds` writes them to the folders of the targets. Nothing in them was captured.

mod bundles;
mod captures;
mod config;
mod files;
mod flows;
mod frames;
mod lists;
mod messages;
mod policy;
mod spool;
mod tables;
mod traffic;

use std::io;

use crate::Target;

/// A seed: the name of its file and its bytes.
type Seed = (String, Vec<u8>);

/// Writes the seeds of `target` into its folder, over what is there; other files stay.
///
/// # Errors
/// If a file cannot be written.
pub fn write(target: &Target) -> io::Result<usize> {
    let seeds = of(target.name);
    std::fs::create_dir_all(target.folder())?;
    for (name, bytes) in &seeds {
        std::fs::write(target.folder().join(name), bytes)?;
    }
    Ok(seeds.len())
}

fn of(target: &str) -> Vec<Seed> {
    match target {
        "packet" => behind(frames::all(), &[8, 0, 0, 0, 50]),
        "cic" => behind(frames::all(), &[1, 0x23]),
        "filter" => filters(),
        "capture" => captures::all(),
        "dns" => [messages::dns(), traffic::payloads(traffic::Kind::Dns)].concat(),
        "tls" => [messages::tls(), traffic::payloads(traffic::Kind::Tls)].concat(),
        "quic" => [messages::quic(), traffic::payloads(traffic::Kind::Quic)].concat(),
        "quic_frames" => messages::quic_frames(),
        "http" => [messages::http(), traffic::payloads(traffic::Kind::Http)].concat(),
        "round_trip" => round_trips(),
        "synth" => scenarios(),
        "container" => files::all(),
        "flow" => flows::captures(),
        "flow_state" => flows::states(),
        "table_csv" => tables::csv(),
        "table_arff" => tables::arff(),
        "bundle" => bundles::all(),
        "lists" => lists::all(),
        "policy" => policy::all(),
        "spool" => spool::all(),
        "config" => config::all(),
        _ => Vec::new(),
    }
}

/// Frames behind the number of their link type and further choices.
fn behind(frames: Vec<frames::Sample>, choices: &[u8]) -> Vec<Seed> {
    let whole = |frame: &frames::Sample| [&[frame.link], choices, &frame.bytes].concat();
    frames.iter().map(|frame| (frame.name.clone(), whole(frame))).collect()
}

const FILTERS: [&str; 16] = [
    "",
    "tcp port 80 or 443 and not (host 10.0.0.1 or 10.0.0.2)",
    "vlan 5 and vlan and ip6 and udp port domain",
    "src net 10.0.0.0/8 and dst portrange 1000-2000",
    "ether host 2:0:0:0:0:1 or ether proto \\arp",
    "net 192.168.0.0 mask 255.255.0.0 && ! icmp",
    "less 100 or greater 1400",
    "ip6 proto \\tcp and src or dst host fd00::1",
    "src and dst port 53 or sctp",
    "not not not (arp or rarp or igmp)",
    "((((((ip))))))",
    "ip proto 50 or ah or esp or pim or vrrp",
    "host 1.2.3.4 or ::1",
    "net fd00::/8",
    "icmp6 or ip proto 17",
    "port 65535 or port 0",
];

fn filters() -> Vec<Seed> {
    let frames = frames::all();
    let pairs = FILTERS.iter().enumerate().map(|(number, text)| {
        // 7 is no divisor of how many there are: every filter meets another kind of frame.
        let frame = &frames[number * 7 % frames.len()];
        let bytes = [text.as_bytes(), &[0, frame.link, 0, 200], &frame.bytes].concat();
        (format!("filter-{number:02}"), bytes)
    });
    pairs.collect()
}

fn round_trips() -> Vec<Seed> {
    let frames = frames::all();
    let seeds = frames.chunks(5).enumerate().map(|(number, frames)| {
        let mut bytes = vec![number as u8, 0, if number % 3 == 0 { 60 } else { 255 }];
        for (second, frame) in frames.iter().enumerate() {
            let nanos = second as u64 * 1_000_000_007;
            let kept = &frame.bytes[..frame.bytes.len().min(255)];
            bytes.push(if number % 2 == 0 { 0 } else { frame.link });
            bytes.extend(nanos.to_be_bytes());
            bytes.extend([1, second as u8, kept.len() as u8]);
            bytes.extend(kept);
        }
        (format!("frames-{number:02}"), bytes)
    });
    seeds.collect()
}

/// A seed, packets, hosts and eight settings that are in their ranges.
fn scenarios() -> Vec<Seed> {
    let scenario = |number: u8| {
        let seed = [0, 0, 0, 0, 0, 0, 0, number];
        let settings = [60 + number, 50, 90, 60, 200, 43, 100];
        [&seed[..], &[40 + number, 0, 20], &settings].concat()
    };
    (0..12).map(|number| (format!("scenario-{number:02}"), scenario(number))).collect()
}

#[cfg(test)]
mod tests {
    use netsift_packet::{Frame, Packet, Timestamp};

    use super::*;
    use crate::TARGETS;
    use crate::choices::LINKS;

    #[test]
    fn every_target_has_seeds_with_names_of_their_own() {
        for target in TARGETS {
            let mut names: Vec<_> = of(target.name).into_iter().map(|(name, _)| name).collect();
            let count = names.len();
            names.sort();
            names.dedup();
            assert!(count >= 8 && names.len() == count, "{}: {count}", target.name);
        }
    }

    #[test]
    fn the_frames_are_sound() {
        for frame in frames::all() {
            let link = LINKS[usize::from(frame.link)];
            let packet = Packet::parse(Frame::new(Timestamp::EPOCH, link, &frame.bytes)).unwrap();
            assert_eq!(packet.error(), None, "{}", frame.name);
        }
    }
}
