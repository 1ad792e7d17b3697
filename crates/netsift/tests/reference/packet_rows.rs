//! Rows of packets equal what tshark says of the same frames.

use std::path::Path;
use std::process::Command;

use netsift_flow::{PacketColumns, PacketFacts, Packets};

use crate::captures::Capture;
use crate::{output_of, shared};

/// Our column, tshark's field, and what one of it is in ours. A field is asked of frames with the header that it
/// belongs to, where it is 0 if there is none.
const SAME: [(&str, &str, f64); 37] = [
    ("Gap", "frame.time_delta", 1e6),
    ("Frame Length", "frame.len", 1.0),
    ("Captured Length", "frame.cap_len", 1.0),
    ("IP Version", "ip.version", 1.0),
    ("Protocol Number", "ip.proto", 1.0),
    ("IP Length", "ip.len", 1.0),
    ("IP Header Length", "ip.hdr_len", 1.0),
    ("TTL", "ip.ttl", 1.0),
    ("DSCP", "ip.dsfield.dscp", 1.0),
    ("ECN", "ip.dsfield.ecn", 1.0),
    ("DF Flag", "ip.flags.df", 1.0),
    ("MF Flag", "ip.flags.mf", 1.0),
    ("IP Version", "ipv6.version", 1.0),
    ("TTL", "ipv6.hlim", 1.0),
    ("DSCP", "ipv6.tclass.dscp", 1.0),
    ("ECN", "ipv6.tclass.ecn", 1.0),
    ("Src Port Number", "udp.srcport", 1.0),
    ("Dst Port Number", "udp.dstport", 1.0),
    ("Src Port Number", "tcp.srcport", 1.0),
    ("Dst Port Number", "tcp.dstport", 1.0),
    ("Flow Gap", "tcp.time_delta", 1e6),
    ("FIN Flag", "tcp.flags.fin", 1.0),
    ("SYN Flag", "tcp.flags.syn", 1.0),
    ("RST Flag", "tcp.flags.reset", 1.0),
    ("PSH Flag", "tcp.flags.push", 1.0),
    ("ACK Flag", "tcp.flags.ack", 1.0),
    ("URG Flag", "tcp.flags.urg", 1.0),
    ("ECE Flag", "tcp.flags.ece", 1.0),
    ("CWR Flag", "tcp.flags.cwr", 1.0),
    ("Header Length", "tcp.hdr_len", 1.0),
    ("Payload Length", "tcp.len", 1.0),
    ("TCP Window", "tcp.window_size_value", 1.0),
    ("MSS", "tcp.options.mss_val", 1.0),
    ("Window Scale", "tcp.options.wscale.shift", 1.0),
    ("TCP Options", "tcp.option_kind", 1.0),
    ("ICMP Type", "icmp.type", 1.0),
    ("ICMP Code", "icmp.code", 1.0),
];
/// Old and new TCP, IPv6, VLAN tags, echoes, and frames without IP.
const CAPTURES: [&str; 6] = [
    "ndpi_1kxun",
    "ndpi_icmp-tunnel",
    "ndpi_netflix",
    "ndpi_reddit",
    "ndpi_tor",
    "zeek_http-vlan-0",
];

#[test]
fn rows_of_packets_are_what_tshark_says() {
    let Some(root) = shared("reference/cicflowmeter/pcaps") else { return };
    let mut cells = 0;
    for name in CAPTURES {
        let Some(compared) = compare(&root.join(format!("{name}.pcap"))) else { return };
        cells += compared;
    }
    assert!(cells > 100_000, "only {cells} cells were compared");
    println!("{cells} cells of {} captures equal", CAPTURES.len());
}

/// How many cells of a capture were compared; all are equal.
fn compare(path: &Path) -> Option<usize> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-E", "separator=/t", "-e", "frame.protocols"]);
    command.args(SAME.iter().flat_map(|(_, field, _)| ["-e", field]));
    let output = output_of(command.arg("-r").arg(path))?;
    let text = String::from_utf8(output.stdout).unwrap();
    let capture = Capture::read(path).unwrap();
    let columns = PacketColumns::all();
    let mut packets = Packets::new(&columns);
    assert_eq!(text.lines().count(), capture.records.len());
    let mut cells = 0;
    for (frame, line) in capture.frames().zip(text.lines()) {
        let facts = packets.push(frame).unwrap();
        cells += compare_frame(&columns, &facts, line, path);
    }
    Some(cells)
}

fn compare_frame(columns: &PacketColumns, ours: &PacketFacts, line: &str, path: &Path) -> usize {
    let (protocols, theirs) = line.split_once('\t').unwrap();
    let numbers: Vec<f64> = columns.numbers(ours).collect();
    let mut cells = 0;
    for ((name, field, unit), theirs) in SAME.iter().zip(theirs.split('\t')) {
        let header = field.split('.').next().unwrap();
        if header != "frame" && !protocols.split(':').any(|protocol| protocol == header) {
            continue;
        }
        let at = columns.features().iter().position(|it| it.name.current == *name).unwrap();
        let theirs = match *field {
            "tcp.option_kind" => {
                theirs.split(',').filter(|kind| !matches!(*kind, "" | "0" | "1")).count() as f64
            }
            _ if theirs.is_empty() => 0.0,
            // What an ICMP message quotes comes second.
            _ => theirs.split(',').next().unwrap().parse::<f64>().unwrap() * unit,
        };
        let ours_is = numbers[at];
        let place = format!("{} frame {}: {name}", path.display(), ours.number);
        assert!((ours_is - theirs).abs() < 1e-3, "{place}: {ours_is}, and {theirs} in {field}");
        cells += 1;
    }
    cells
}
