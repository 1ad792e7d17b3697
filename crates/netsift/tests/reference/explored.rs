//! Captures in numbers equal tshark's statistics: conversations, endpoints, the hierarchy of protocols, and frames over time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::SplitWhitespace;

use netsift_packet::{Frame, Protocol};
use netsift_report::{CaptureNumbers, Explorer, ProtocolNumbers, Volume};

use super::captures::{Capture, in_folder};
use super::{output_of, shared};

/// A disagreement that is meant: capture, statistic, in how many lines, and why.
type Deliberate = (&'static str, &'static str, usize, &'static str);

const DELIBERATE: &[Deliberate] = &[
    ("ndpi_4in4tunnel", "endpoints", 2, TUNNEL),
    ("ndpi_4in4tunnel", "pairs", 1, TUNNEL),
    ("ndpi_6in4tunnel", "endpoints", 2, TUNNEL),
    ("ndpi_6in4tunnel", "pairs", 1, TUNNEL),
    ("ndpi_BGP_redist", "over time", 1, LAST),
    ("ndpi_dlt_ppp", "over time", 1, LAST),
    ("ndpi_dns_fragmented", "endpoints", 4, IPV6_FRAGMENTS),
    ("ndpi_dns_fragmented", "pairs", 3, IPV6_FRAGMENTS),
    ("ndpi_dns_fragmented", "protocols", 2, FRAGMENTS),
    ("ndpi_dns_fragmented", "udp", 7, FRAGMENTS),
    ("ndpi_ip_fragmented_garbage", "protocols", 1, FRAGMENTS),
    ("ndpi_ip_fragmented_garbage", "tcp", 4, FRAGMENTS),
    ("ndpi_ipsec_isakmp_esp", "over time", 36, BACK),
    ("ndpi_monero", "over time", 2, SILENCE),
    ("ndpi_teredo", "endpoints", 6, TUNNEL),
    ("ndpi_teredo", "pairs", 5, TUNNEL),
    ("ndpi_teredo", "udp", 5, TUNNEL),
    ("synth_dissect", "endpoints", 2, CUT),
    ("synth_dissect", "eth", 2, CUT),
    ("synth_dissect", "pairs", 1, CUT),
    ("synth_dissect", "protocols", 4, CUT),
    ("synth_dissect", "tcp", 6, CUT),
    ("synth_dissect", "udp", 2, CUT),
    ("synth_timeouts", "over time", 12, SILENCE),
    ("tcpdump_802.1ad_QinQ", "over time", 1, LAST),
    ("tcpdump_afs", "protocols", 1, FRAGMENTS),
    ("tcpdump_afs", "udp", 1, FRAGMENTS),
    ("tcpdump_mptcp-tcprst", "over time", 1, LAST),
    ("zeek_icmp_icmp-destunreach-udp", "over time", 1, LAST),
    ("zeek_icmp_icmp-timeexceeded", "over time", 1, LAST),
    ("zeek_ipv4_fragmented-syn", "over time", 1, LAST),
    ("zeek_ipv4_fragmented-syn", "protocols", 1, FRAGMENTS),
    ("zeek_ipv4_fragmented-syn", "tcp", 1, FRAGMENTS),
    ("zeek_tcp_truncated-header", "tcp", 1, CUT),
];

const TUNNEL: &str =
    "ours are the hosts that talk; tshark counts those at the ends of the tunnel as well";
const LAST: &str =
    "tshark leaves out the frame that comes as an interval begins and the capture ends";
const BACK: &str =
    "tshark has no interval for what comes with times before that of the first frame";
const SILENCE: &str =
    "tshark counts frames beside a silence in a later interval than their times say";
const FRAGMENTS: &str = "later fragments belong to the ports and the protocol of their first; tshark takes them for data";
const IPV6_FRAGMENTS: &str = "tshark counts later fragments of IPv6 for no host";
const CUT: &str =
    "headers that are cut or lie are told as far as they could be read, or counted as rejects";

/// What tshark counts, by what it counts it of: packets and bytes there and back.
type Lines = BTreeMap<String, [u64; 4]>;

/// Statistics by their names.
type Statistics = BTreeMap<&'static str, Lines>;

/// The statistics of endpoints and of conversations, as their headings begin.
const ENDPOINTS: [(&str, &str); 3] = [
    ("Ethernet Endpoints", "eth"),
    ("IPv4 Endpoints", "endpoints"),
    ("IPv6 Endpoints", "endpoints"),
];
const CONVERSATIONS: [(&str, &str); 5] = [
    ("IPv4 Conversations", "pairs"),
    ("IPv6 Conversations", "pairs"),
    ("TCP Conversations", "tcp"),
    ("UDP Conversations", "udp"),
    ("SCTP Conversations", "sctp"),
];
const HIERARCHY: &str = "Protocol Hierarchy Statistics";
const OVER_TIME: &str = "| IO Statistics";

/// Protocols under both of their names. Others are told by one of the two alone, as everything above the transport.
const NAMES: [(&str, &str); 27] = [
    ("eth", "Ethernet"),
    ("sll", "Linux cooked"),
    ("ppp", "PPP"),
    ("raw", "raw IP"),
    ("null", "loopback"),
    ("vlan", "VLAN"),
    ("ieee8021ad", "VLAN"),
    ("ip", "IPv4"),
    ("ipv6", "IPv6"),
    ("arp", "ARP"),
    ("ipx", "IPX"),
    ("lldp", "LLDP"),
    ("eapol", "EAPOL"),
    ("tcp", "TCP"),
    ("udp", "UDP"),
    ("icmp", "ICMP"),
    ("icmpv6", "ICMPv6"),
    ("igmp", "IGMP"),
    ("sctp", "SCTP"),
    ("esp", "ESP"),
    ("ah", "AH"),
    ("gre", "GRE"),
    ("ospf", "OSPF"),
    ("pim", "PIM"),
    ("vrrp", "VRRP"),
    ("eigrp", "EIGRP"),
    ("teredo", "Teredo"),
];

#[test]
fn numbers_equal_tsharks_statistics() {
    let Some(captures) = shared("reference/cicflowmeter/pcaps") else { return };
    if output_of(Command::new("tshark").arg("--version")).is_none() {
        return;
    }
    let is_quick = |path: &PathBuf| path.metadata().unwrap().len() <= LARGEST;
    let paths: Vec<PathBuf> = in_folder(&captures).into_iter().filter(is_quick).collect();
    let differences = std::thread::scope(|scope| {
        let halves: Vec<_> = (0..2)
            .map(|half| paths.iter().skip(half).step_by(2))
            .map(|paths| scope.spawn(|| paths.flat_map(|path| compare(path)).collect::<Vec<_>>()))
            .collect();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect::<BTreeMap<_, _>>()
    });
    assert!(paths.len() >= 40, "{} captures", paths.len());
    judge(&differences);
}

/// Larger captures take tshark seconds each.
const LARGEST: u64 = 600_000;

type Differences = BTreeMap<(String, &'static str), Vec<String>>;

/// Where the two differ, by capture and statistic.
fn compare(path: &Path) -> Differences {
    let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
    let capture = Capture::read(path).unwrap();
    let ours = explored(&capture);
    let width = ours.timeline.width_nanos as f64 / 1e9;
    let theirs = theirs(&statistics(path, width));
    let ours = of_ours(&ours);
    let mut differences = Differences::new();
    for statistic in theirs.keys().chain(ours.keys()).copied().collect::<BTreeSet<_>>() {
        let nothing = Lines::new();
        let [ours, theirs] = [&ours, &theirs].map(|all| all.get(statistic).unwrap_or(&nothing));
        let lines: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        let differ: Vec<String> = lines
            .into_iter()
            .filter(|line| ours.get(*line).is_none_or(|ours| !agree(ours, theirs.get(*line))))
            .map(|line| format!("{line}: ours {:?}, theirs {:?}", ours.get(line), theirs.get(line)))
            .collect();
        if !differ.is_empty() {
            differences.insert((name.clone(), statistic), differ);
        }
    }
    differences
}

/// Thousands of bytes of a conversation are not told exactly: they have this mark, and endpoints tell them.
const INEXACT: u64 = u64::MAX;

fn agree(ours: &[u64; 4], theirs: Option<&[u64; 4]>) -> bool {
    theirs.is_some_and(|theirs| {
        ours.iter().zip(theirs).all(|(ours, theirs)| ours == theirs || *theirs == INEXACT)
    })
}

/// Times are told from the first frame on, as tshark does.
fn explored(capture: &Capture) -> CaptureNumbers {
    let explorer = Explorer::new().top(1_000_000).unwrap().bins(200).unwrap();
    let mut exploration = explorer.start().unwrap();
    let first = capture.frames().next().map_or(0, |frame| frame.time.as_nanos());
    for frame in capture.frames() {
        exploration.push(Frame { time: frame.time.plus_nanos(-first), ..frame });
    }
    exploration.finish()
}

fn statistics(path: &Path, width: f64) -> String {
    let mut command = Command::new("tshark");
    command.args(["-n", "-q", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE", "-r"]);
    command.arg(path);
    for kind in ["ip", "ipv6", "tcp", "udp", "sctp"] {
        command.args(["-z".to_owned(), format!("conv,{kind}")]);
    }
    for kind in ["eth", "ip", "ipv6"] {
        command.args(["-z".to_owned(), format!("endpoints,{kind}")]);
    }
    command.args(["-z", "io,phs", "-z", &format!("io,stat,{width}")]);
    String::from_utf8(output_of(&mut command).unwrap().stdout).unwrap()
}

fn theirs(text: &str) -> Statistics {
    let mut statistics = Statistics::new();
    for block in text.split("=====\n") {
        let mut lines = block.lines().skip_while(|line| line.trim_matches('=').is_empty());
        let heading = lines.next().unwrap_or_default();
        let named = |of: &[(&str, &'static str)]| {
            of.iter().find(|(start, _)| heading.starts_with(start)).map(|(_, name)| *name)
        };
        if let Some(name) = named(&ENDPOINTS) {
            lines.filter_map(endpoint).for_each(|(key, own)| add(&mut statistics, name, key, own));
        } else if let Some(name) = named(&CONVERSATIONS) {
            let told = lines.filter_map(conversation);
            told.for_each(|(key, own)| add(&mut statistics, name, key, own));
        } else if heading.starts_with(HIERARCHY) {
            hierarchy(lines, &mut statistics);
        } else if heading.starts_with(OVER_TIME) {
            over_time(lines, &mut statistics);
        }
    }
    statistics
}

fn add(statistics: &mut Statistics, name: &'static str, key: String, own: [u64; 4]) {
    let line = statistics.entry(name).or_default().entry(key).or_default();
    line.iter_mut().zip(own).for_each(|(sum, own)| *sum = sum.saturating_add(own));
}

/// Address, packets, bytes, and both sent and received.
fn endpoint(line: &str) -> Option<(String, [u64; 4])> {
    let mut words = line.split_whitespace();
    let address = words.next()?.to_owned();
    let numbers: Vec<u64> = words.map_while(|word| word.parse().ok()).collect();
    let [_, _, sent, sent_bytes, received, received_bytes] = numbers[..] else { return None };
    Some((address, [sent, sent_bytes, received, received_bytes]))
}

/// Both ends, and frames and bytes that came back, went there, and together.
fn conversation(line: &str) -> Option<(String, [u64; 4])> {
    let (one, rest) = line.split_once("<->")?;
    let mut words = rest.split_whitespace();
    let (one, other) = (one.trim().to_owned(), words.next()?.to_owned());
    let [back, there] = [frames_and_bytes(&mut words)?, frames_and_bytes(&mut words)?];
    Some(in_order(one, other, there, back))
}

/// The end whose name comes first is told first, whoever began.
fn in_order(one: String, other: String, there: [u64; 2], back: [u64; 2]) -> (String, [u64; 4]) {
    if one == other {
        // Whether a host talks to itself there or back is nobody's business.
        return (one, [there[0] + back[0], there[1].saturating_add(back[1]), 0, 0]);
    }
    match one <= other {
        true => (format!("{one} {other}"), [there[0], there[1], back[0], back[1]]),
        false => (format!("{other} {one}"), [back[0], back[1], there[0], there[1]]),
    }
}

fn frames_and_bytes(words: &mut SplitWhitespace<'_>) -> Option<[u64; 2]> {
    let frames = words.next()?.parse().ok()?;
    let bytes: u64 = words.next()?.parse().ok()?;
    Some([frames, if words.next()? == "bytes" { bytes } else { INEXACT }])
}

/// Paths of protocols, as far as both name them.
fn hierarchy<'a>(lines: impl Iterator<Item = &'a str>, statistics: &mut Statistics) {
    let mut path: Vec<&str> = Vec::new();
    for line in lines {
        let Some((name, numbers)) = line.trim().split_once("frames:") else { continue };
        let depth = (line.len() - line.trim_start().len()) / 2;
        path.truncate(depth);
        path.push(name.trim());
        let Some((frames, bytes)) = numbers.split_once(" bytes:") else { continue };
        let ours =
            |name: &&str| NAMES.iter().find(|(theirs, _)| theirs == name).map(|(_, ours)| *ours);
        let names: Option<Vec<&str>> = path.iter().map(ours).collect();
        if let Some(key) = names.and_then(|names| in_both(&names)) {
            let own = [frames.parse().unwrap(), bytes.trim().parse().unwrap(), 0, 0];
            add(statistics, "protocols", key, own);
        }
    }
}

/// A path of protocols under one name, unless it goes on behind a transport that is no tunnel.
fn in_both(names: &[&str]) -> Option<String> {
    let ends = ["TCP", "ICMP", "ICMPv6", "SCTP", "IGMP", "ESP"];
    let (_, before) = names.split_last()?;
    let is_known = |name: &&str| NAMES.iter().any(|(_, ours)| ours == name);
    let is_whole = !before.iter().any(|name| ends.contains(name));
    (is_whole && names.iter().all(is_known)).then(|| names.join(" "))
}

fn over_time<'a>(lines: impl Iterator<Item = &'a str>, statistics: &mut Statistics) {
    let intervals = lines.filter(|line| line.contains("<>"));
    for (number, line) in intervals.enumerate() {
        let cells: Vec<u64> = line.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
        let [frames, bytes] = cells[..] else { panic!("{line}") };
        if frames > 0 {
            add(statistics, "over time", format!("{number:04}"), [frames, bytes, 0, 0]);
        }
    }
}

/// Ours in the same form.
fn of_ours(numbers: &CaptureNumbers) -> Statistics {
    let mut statistics = Statistics::new();
    for host in &numbers.link_hosts.by_packets {
        let own = both(host.sent, host.received);
        add(&mut statistics, "eth", host.address.to_string(), own);
    }
    for host in numbers.sources.by_packets.iter().chain(&numbers.destinations.by_packets) {
        let hosts = statistics.entry("endpoints").or_default();
        hosts.insert(host.address.to_string(), both(host.sent, host.received));
    }
    for pair in &numbers.pairs.by_packets {
        let ends = (pair.one.to_string(), pair.other.to_string());
        let (key, own) = in_order(ends.0, ends.1, two(pair.there), two(pair.back));
        add(&mut statistics, "pairs", key, own);
    }
    for own in &numbers.conversations.by_packets {
        let Some(name) = transport(own.protocol) else { continue };
        let end = |end: std::net::SocketAddr| format!("{}:{}", end.ip(), end.port());
        let (there, back) = (two(own.there), two(own.back));
        let (key, own) = in_order(end(own.one), end(own.other), there, back);
        add(&mut statistics, name, key, own);
    }
    protocols(&numbers.protocols, &mut Vec::new(), &mut statistics);
    // Counted from the first frame, which is not the earliest where the clock went back.
    let start = numbers.timeline.start.as_nanos() / numbers.timeline.width_nanos;
    for (number, bin) in (start..).zip(&numbers.timeline.bins).filter(|(_, it)| it.packets > 0) {
        let own = [bin.packets, bin.bytes, 0, 0];
        add(&mut statistics, "over time", format!("{number:04}"), own);
    }
    statistics
}

fn transport(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::TCP => Some("tcp"),
        Protocol::UDP => Some("udp"),
        Protocol::SCTP => Some("sctp"),
        _ => None,
    }
}

fn protocols<'a>(
    nodes: &'a [ProtocolNumbers],
    path: &mut Vec<&'a str>,
    statistics: &mut Statistics,
) {
    for node in nodes {
        // tshark has no name for it.
        let is_named = node.name != "IP in IP";
        if is_named {
            path.push(&node.name);
            if let Some(key) = in_both(path) {
                let own = [node.volume.packets, node.volume.bytes, 0, 0];
                add(statistics, "protocols", key, own);
            }
        }
        protocols(&node.carries, path, statistics);
        if is_named {
            path.pop();
        }
    }
}

fn two(volume: Volume) -> [u64; 2] {
    [volume.packets, volume.bytes]
}

fn both(one: Volume, other: Volume) -> [u64; 4] {
    [one.packets, one.bytes, other.packets, other.bytes]
}

/// Every difference is one that is meant, and every one that is meant was seen.
fn judge(differences: &Differences) {
    let mut wrong = Vec::new();
    for ((capture, statistic), lines) in differences {
        let meant = DELIBERATE.iter().find(|meant| (meant.0, meant.1) == (capture, *statistic));
        match meant {
            Some((.., count, _)) if *count == lines.len() => {}
            _ => wrong.push(format!("{capture} {statistic} {}: {}", lines.len(), lines[0])),
        }
    }
    for (capture, statistic, ..) in DELIBERATE {
        if !differences.contains_key(&((*capture).to_owned(), *statistic)) {
            wrong.push(format!("{capture} {statistic}: meant, but not seen"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
