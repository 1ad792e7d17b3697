//! What the readers say equals what tshark says, capture by capture.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use netsift_capture::{CaptureWriter, WriterOptions};
use netsift_packet::{Depth, Frame, LinkType, Timestamp};

use super::firsts::{self, Firsts};
use super::flows::{self, Facts, Key};
use super::groups::Group;
use super::lines::{Kind, joined};
use super::observed::applications;
use super::{Deliberate, Differences, unpack};
use crate::captures::in_folder;
use crate::shared;

/// What tshark is told to print between fields.
const BETWEEN: char = '\u{1e}';

/// What a frame is, its Community ID, and whether it only quotes another.
const FRAME_FIELDS: [&str; 4] = ["frame.protocols", "communityid", "icmp.type", "icmpv6.type"];

const DNS_FIELDS: [&str; 9] = [
    "dns.id",
    "dns.flags.response",
    "dns.qry.name",
    "dns.qry.type",
    "dns.flags.rcode",
    "dns.count.answers",
    "dns.a",
    "dns.aaaa",
    "dns.cname",
];

const HTTP_FIELDS: [&str; 5] = [
    "http.request.method",
    "http.request.uri",
    "http.host",
    "http.user_agent",
    "http.response.code",
];

/// Behind `tls.` and `dtls.`.
const HELLO_FIELDS: [&str; 9] = [
    "handshake.type",
    "handshake.version",
    "handshake.ciphersuite",
    "handshake.extension.type",
    "handshake.extensions_server_name",
    "handshake.extensions_alpn_str",
    "handshake.extensions.supported_version",
    "handshake.ja3",
    "handshake.ja3s",
];

const QUIC_FIELDS: [&str; 7] = [
    "quic.version",
    "quic.dcid",
    "quic.scid",
    "quic.long.packet_type",
    "quic.long.packet_type_v2",
    "quic.token_length",
    "quic.supported_version",
];

const DELIBERATE: &Deliberate = &[
    ("Community ID", "capwap.pcap", 1, INSIDE),
    ("Community ID", "custom_categories.pcapng", 1, PORTLESS),
    ("Community ID", "fuzz-2006-06-26-2594.pcap", 3, LENGTHLESS),
    ("Community ID", "fuzz-2020-02-16-11740.pcap", 1, LENGTHLESS),
    ("Community ID", "sflow.pcap", 1, INSIDE),
    ("Community ID", "vrrp3.pcapng", 10, PORTLESS),
    ("DNS", "badpackets.pcap", 3, CUT),
    ("DNS", "fuzz-2006-06-26-2594.pcap", 4, CUT),
    ("DTLS hello", "capwap.pcap", 3, TUNNEL),
    ("DTLS hello", "stun_zoom.pcapng", 2, "the hello is spread over datagrams"),
    ("HTTP", "1kxun.pcap", 2, HOLE),
    ("HTTP", "KakaoTalk_talk.pcap", 1, HOLE),
    ("HTTP", "soap.pcap", 1, HOLE),
    (
        "QUIC hello",
        "quic-forcing-vn-with-data.pcapng",
        1,
        "tshark keeps the keys of the version that was refused",
    ),
    (
        "QUIC header",
        "snapchat_call_v1.pcapng",
        33,
        "tshark takes encrypted packets for headers of versions that nobody knows",
    ),
    ("TLS hello", "4in6tunnel.pcap", 1, HOLE),
    ("TLS hello", "KakaoTalk_chat.pcap", 2, HOLE),
    ("TLS hello", "KakaoTalk_talk.pcap", 2, HOLE),
    ("TLS hello", "android.pcap", 1, HOLE),
    ("TLS hello", "anydesk.pcapng", 2, PORTS),
    ("TLS hello", "gnutella.pcap", 2, PORTS),
    ("TLS hello", "haproxy.pcap", 1, "the hello stands behind a proxy's line"),
    (
        "TLS hello",
        "heuristic_tcp_ack_payload.pcap",
        10,
        "tshark takes them for segments sent again",
    ),
    ("TLS hello", "ookla.pcap", 2, PORTS),
    ("TLS hello", "openvpn_nohmac.pcapng", 3, TUNNEL),
    ("TLS hello", "rdp2.pcap", 2, TUNNEL),
    ("TLS hello", "rdp_over_tls.pcap", 2, PORTS),
    ("TLS hello", "reddit.pcap", 1, RETRY),
    ("TLS hello", "steam.pcapng", 2, RETRY),
    ("TLS hello", "teams.pcap", 16, HOLE),
    ("TLS hello", "tls_cipher_lens.pcap", 3, MALFORMED),
    ("TLS hello", "tls_invalid_reads.pcap", 2, MALFORMED),
    ("TLS hello", "tls_port_80.pcapng", 2, PORTS),
    ("TLS hello", "viber.pcap", 2, HOLE),
];

const CUT: &str = "the message is cut inside its header, of which tshark tells what is there";
const HOLE: &str =
    "tshark hands nothing on of a stream with a segment missing; ours is the head that is there";
const INSIDE: &str = "tshark takes addresses of a packet that the payload holds";
const LENGTHLESS: &str = "tshark goes no further than a damaged IP header";
const MALFORMED: &str = "a length in the hello lies, of which tshark tells what is there";
const PORTLESS: &str = "tshark names no conversation of IPv6 without ports";
const PORTS: &str = "tshark takes the ports for another protocol's";
const RETRY: &str = "the second hello stands behind a ChangeCipherSpec";
const TUNNEL: &str = "the hello is in a tunnel that is not entered";

/// What was told by tshark and compared.
const COMPARED: [(Kind, usize); 7] = [
    (Kind::Dns, 3024),
    (Kind::Tls, 1342),
    (Kind::Dtls, 56),
    (Kind::QuicHeader, 866),
    (Kind::QuicHello, 130),
    (Kind::Http, 993),
    (Kind::CommunityId, 105_278),
];

#[test]
fn what_the_readers_say_of_real_captures() {
    let (Some(archive), Some(folder)) =
        (shared("data/ndpi/pcap.tar.zst"), shared("reference/cicflowmeter/pcaps"))
    else {
        return;
    };
    if !is_there() {
        return;
    }
    let mut captures = unpack(&archive);
    for path in in_folder(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Those that came from nDPI are in its archive; made ones hold no messages, only their ports.
        if !name.starts_with("ndpi_") && !name.starts_with("synth_") {
            captures.insert(name, std::fs::read(path).unwrap());
        }
    }
    let groups = Group::of_captures(captures);
    let (groups, tally) = (Mutex::new(groups), Mutex::new(Tally::default()));
    let work = || loop {
        let Some(group) = groups.lock().unwrap().pop() else { break };
        Comparison::of(group).tell(&mut tally.lock().unwrap());
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    tally.into_inner().unwrap().print_and_judge();
}

/// No capture holds version 2; the RFCs' own packets do.
#[test]
fn the_initial_packets_of_rfc_9001_and_rfc_9369() {
    if !is_there() {
        return;
    }
    // Both have the same connection IDs, so that tshark must not see both at once.
    for [client, server] in INITIAL_PACKETS {
        let mut writer = CaptureWriter::new(Vec::new(), WriterOptions::new()).unwrap();
        for packet in [datagram(true, &unhex(client)), datagram(false, &unhex(server))] {
            writer.write(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &packet)).unwrap();
        }
        let capture = ("initial packets".to_owned(), writer.finish().unwrap());
        let [group] = Group::of_captures([capture]).try_into().ok().unwrap();
        let mut tally = Tally::default();
        Comparison::of(group).tell(&mut tally);
        tally.differences.judge(&[]);
        let compared = [(Kind::CommunityId, 2), (Kind::QuicHeader, 2), (Kind::QuicHello, 1)];
        assert_eq!(tally.compared, BTreeMap::from(compared));
    }
}

/// The client's and the server's packet of version 1 and of version 2.
const INITIAL_PACKETS: [[&str; 2]; 2] = [
    [
        include_str!("../../../../packet/src/application/vectors/rfc9001-a2.hex"),
        include_str!("../../../../packet/src/application/vectors/rfc9001-a3.hex"),
    ],
    [
        include_str!("../../../../packet/src/application/vectors/rfc9369-a2.hex"),
        include_str!("../../../../packet/src/application/vectors/rfc9369-a3.hex"),
    ],
];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).unwrap()).collect()
}

/// An IPv4 packet with a datagram to or from port 443.
fn datagram(from_client: bool, payload: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(28 + payload.len()).unwrap().to_be_bytes();
    let [udp_high, udp_low] = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
    let (client, server) = ([10, 0, 0, 1], [10, 0, 0, 2]);
    let (port, https) = ([0xc0, 0], [1, 0xbb]);
    let (from, to) = if from_client { (client, server) } else { (server, client) };
    let (source, destination) = if from_client { (port, https) } else { (https, port) };
    let ip = [&[0x45, 0, high, low, 0, 0, 0, 0, 64, 17, 0, 0][..], &from, &to].concat();
    let udp = [&source[..], &destination, &[udp_high, udp_low, 0, 0]].concat();
    [&ip[..], &udp, payload].concat()
}

#[derive(Default)]
struct Tally {
    compared: BTreeMap<Kind, usize>,
    differences: Differences,
    of_flows: firsts::Tally,
}

impl Tally {
    fn print_and_judge(&self) {
        println!("{:<13} {:>9} {:>7}", "tshark", "compared", "differ");
        for (kind, _) in COMPARED {
            let compared = self.compared.get(&kind).copied().unwrap_or_default();
            println!(
                "{:<13} {compared:>9} {:>7}",
                kind.name(),
                self.differences.count(kind.name())
            );
        }
        self.of_flows.print_and_judge();
        self.differences.judge(DELIBERATE);
        assert_eq!(self.compared, BTreeMap::from(COMPARED));
    }
}

/// The lines of both sides, those of tshark counted up and ours counted down.
struct Comparison {
    names: Vec<String>,
    balance: BTreeMap<(usize, Kind), BTreeMap<String, i64>>,
    compared: BTreeMap<Kind, usize>,
    /// QUIC hellos count once a flow: they are sent again until they are answered.
    quic_hellos: [BTreeSet<(usize, Key, String)>; 2],
    /// What tshark tells of a flow first, and how it compares with what the flow says.
    firsts: Firsts,
    of_flows: firsts::Tally,
}

impl Comparison {
    fn of(mut group: Group) -> Self {
        let mut comparison = Self {
            names: group.captures.iter().map(|(name, _)| name.clone()).collect(),
            balance: BTreeMap::new(),
            compared: BTreeMap::new(),
            quic_hellos: Default::default(),
            firsts: Firsts::default(),
            of_flows: firsts::Tally::default(),
        };
        let output = run(&group.take_capture());
        let rows: Vec<_> = output.lines().collect();
        assert_eq!(rows.len(), group.frames.len(), "a row for every frame");
        for (row, frame) in rows.into_iter().zip(&group.frames) {
            let row = Row::of(row);
            comparison.take_theirs(&row, frame.capture, frame.flow);
            if let Some(flow) = frame.flow {
                comparison.firsts.take((frame.capture, flow), &row);
            }
            if let Some(ours) = frame.community_id.clone() {
                let theirs = row.community_id.to_owned();
                comparison.compare((frame.capture, Kind::CommunityId), theirs, ours);
            }
            let (theirs, ours) = (row.long_headers(), frame.quic.clone().unwrap_or_default());
            // Any bytes may look like the header of a version that nobody knows.
            if !theirs.is_empty()
                || is_read(&ours[..ours.len().min(10)]) && !ours.starts_with(NO_VERSION)
            {
                comparison.compare((frame.capture, Kind::QuicHeader), theirs, ours);
            }
        }
        for (capture, (name, bytes)) in group.captures.iter().enumerate() {
            let ours = applications(bytes, Depth::Innermost);
            comparison.firsts.compare((capture, name), &ours, &mut comparison.of_flows);
            for (key, facts) in flows::facts(bytes, Depth::Innermost) {
                comparison.take_ours(capture, key, &facts);
            }
        }
        comparison.balance_quic_hellos();
        comparison
    }

    fn take_theirs(&mut self, row: &Row<'_>, capture: usize, flow: Option<Key>) {
        for (kind, line) in row.lines() {
            if kind == Kind::QuicHello {
                self.quic_hellos[0].extend(flow.map(|flow| (capture, flow, line)));
            } else {
                self.count((capture, kind), line, 1);
            }
        }
    }

    fn take_ours(&mut self, capture: usize, flow: Key, facts: &Facts) {
        for (kind, line) in &facts.lines {
            let line = plain(line);
            if *kind == Kind::QuicHello {
                self.quic_hellos[1].insert((capture, flow, line));
            } else {
                self.count((capture, *kind), line, -1);
            }
        }
    }

    fn balance_quic_hellos(&mut self) {
        let [theirs, ours] = std::mem::take(&mut self.quic_hellos);
        for (lines, sign) in [(theirs, 1), (ours, -1)] {
            for (capture, flow, line) in lines {
                self.count((capture, Kind::QuicHello), format!("{flow:?} {line}"), sign);
            }
        }
    }

    /// Compares what is said of one frame.
    fn compare(&mut self, place: (usize, Kind), theirs: String, ours: String) {
        self.count(place, theirs, 1);
        self.count(place, ours, -1);
    }

    fn count(&mut self, place: (usize, Kind), line: String, sign: i64) {
        *self.balance.entry(place).or_default().entry(line).or_default() += sign;
        *self.compared.entry(place.1).or_default() += usize::from(sign > 0);
    }

    fn tell(self, tally: &mut Tally) {
        tally.of_flows.add(self.of_flows);
        for (kind, compared) in self.compared {
            *tally.compared.entry(kind).or_default() += compared;
        }
        for ((capture, kind), mut balance) in self.balance {
            // Where tshark reads no head at all, it took the ports for another protocol's.
            if kind == Kind::Http && balance.values().all(|&n| n < 0) {
                continue;
            }
            let side = |sign: i64| -> i64 { balance.values().map(|n| (n * sign).max(0)).sum() };
            let count = usize::try_from(side(1).max(side(-1))).unwrap();
            if count > 0 {
                balance.retain(|_, n| *n != 0);
                let example = format!("{balance:?}");
                tally.differences.add(kind.name(), &self.names[capture], count, example);
            }
        }
    }
}

/// What tshark says of a frame.
pub(super) struct Row<'a> {
    protocols: &'a str,
    community_id: &'a str,
    pub(super) is_quoted: bool,
    pub(super) dns: Vec<&'a str>,
    pub(super) http: Vec<&'a str>,
    tls: Vec<&'a str>,
    dtls: Vec<&'a str>,
    quic: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn of(line: &'a str) -> Self {
        let mut cells = line.split(BETWEEN);
        let mut next = || cells.next().unwrap();
        let (protocols, community_id) = (next(), next());
        let is_quoted = [next(), next()].concat() != "";
        let mut take = |fields: &[&str]| fields.iter().map(|_| next()).collect();
        let (dns, http) = (take(&DNS_FIELDS), take(&HTTP_FIELDS));
        let (tls, dtls) = (take(&HELLO_FIELDS), take(&HELLO_FIELDS));
        Self { protocols, community_id, is_quoted, dns, http, tls, dtls, quic: take(&QUIC_FIELDS) }
    }

    fn is(&self, protocols: &[&str]) -> bool {
        self.protocols.split(':').any(|protocol| protocols.contains(&protocol))
    }

    pub(super) fn is_dns(&self) -> bool {
        !self.is_quoted && !self.dns[0].is_empty() && self.is(&["dns", "mdns", "llmnr"])
    }

    fn lines(&self) -> Vec<(Kind, String)> {
        let mut lines = Vec::new();
        if self.is_quoted {
            return lines;
        }
        if self.is_dns() {
            lines.push((Kind::Dns, dns_line(&self.dns)));
        }
        if !self.http[0].is_empty() || !self.http[4].is_empty() {
            lines.push((Kind::Http, plain(&self.http.join("|"))));
        }
        let of_tls = if self.quic[0].is_empty() { Kind::Tls } else { Kind::QuicHello };
        for (kind, cells) in [(of_tls, &self.tls), (Kind::Dtls, &self.dtls)] {
            let hello = cells[0].split(',').find(|kind| ["1", "2"].contains(kind));
            // What servers say in QUIC is not put together, and versions without keys are not opened.
            let is_ours = |&hello: &&str| {
                kind != Kind::QuicHello || hello == "1" && self.quic[0].split(',').all(is_read)
            };
            if let Some(hello) = hello.filter(is_ours) {
                lines.push((kind, plain(&format!("{hello}|{}", cells[1..].join("|")))));
            }
        }
        lines
    }

    /// The long headers; short ones in the same datagram are not told of by ours.
    fn long_headers(&self) -> String {
        let [versions, destinations, sources, kinds, kinds_of_v2, tokens, offered] = self.quic[..]
        else {
            panic!("{} fields of QUIC", self.quic.len())
        };
        if versions.is_empty() || self.is_quoted {
            return String::new();
        }
        let count = versions.split(',').count();
        let destinations = joined(destinations.split(',').take(count).map(str::to_owned));
        let (kinds, tokens) = match versions.split(',').all(is_read) {
            true => ([kinds, kinds_of_v2].concat(), tokens),
            false => (String::new(), ""),
        };
        [versions, &destinations, sources, &kinds, tokens, offered].join("|")
    }
}

/// The version of version negotiation.
const NO_VERSION: &str = "0x00000000";

/// Whether packets of this version have the form of version 1.
fn is_read(version: &str) -> bool {
    let known = [NO_VERSION, "0x00000001", "0x6b3343cf"];
    let draft = version.strip_prefix("0xff0000").and_then(|d| u8::from_str_radix(d, 16).ok());
    known.contains(&version) || draft.is_some_and(|draft| draft >= 23)
}

/// Where tshark refuses a name it says so and goes on; ours ends there.
fn dns_line(cells: &[&str]) -> String {
    let mut cells: Vec<_> = cells.iter().map(|cell| plain(cell)).collect();
    let names: Vec<_> = cells[2].split(',').map(str::to_owned).collect();
    if let Some(refused) =
        names.iter().position(|name| name.starts_with("<Unknown") || name.starts_with("<Name"))
    {
        let kinds = joined(cells[3].split(',').take(refused).map(str::to_owned));
        cells[2] = names[..refused].join(",");
        cells[3] = kinds;
        cells[6..=8].iter_mut().for_each(String::clear);
    }
    cells.join("|")
}

/// A line in which every run of bytes that is not visible ASCII is one question mark: tshark writes
/// some as octal numbers, some as letters, and puts others together as UTF-8.
pub(super) fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let is_escape = c == '\\'
            && (rest.next_if(|c| "abfnrtv".contains(*c)).is_some()
                || (0..3).filter(|_| rest.next_if(char::is_ascii_digit).is_some()).count() > 0);
        match c {
            ' '..='~' if !is_escape => text.push(c),
            _ if text.ends_with('?') => {}
            _ => text.push('?'),
        }
    }
    text.replace("<Root>", ".")
}

/// Whether tshark can be run; says aloud if not.
fn is_there() -> bool {
    crate::output_of(Command::new("tshark").arg("--version")).is_some()
}

/// What tshark says of every frame of a capture, a line each.
fn run(capture: &[u8]) -> String {
    let mut command = Command::new("tshark");
    command.args(["-r", "-", "-n", "--enable-protocol", "communityid"]);
    // A head is told when it is there, not when its body is; datagrams are read as they come.
    command.args(["-o", "http.desegment_body:FALSE", "-o", "ip.defragment:FALSE", "-T", "fields"]);
    command.args(["-E".into(), format!("separator={BETWEEN}")]);
    let hellos = ["tls", "dtls"].map(|of| HELLO_FIELDS.map(|field| format!("{of}.{field}")));
    for field in FRAME_FIELDS.iter().chain(&DNS_FIELDS).chain(&HTTP_FIELDS) {
        command.args(["-e", field]);
    }
    for field in hellos.iter().flatten() {
        command.args(["-e", field]);
    }
    for field in &QUIC_FIELDS {
        command.args(["-e", field]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || drop(input.write_all(capture)));
        child.wait_with_output().unwrap()
    });
    String::from_utf8_lossy(&output.stdout).into_owned()
}
