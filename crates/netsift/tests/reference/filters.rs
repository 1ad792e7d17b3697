//! Filter by filter and frame by frame, what tcpdump selects.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use netsift_packet::filter::Filter;
use netsift_packet::{Frame, LinkType, Timestamp};

use crate::captures::{self, Capture};
use crate::shared;

const EXPRESSIONS: &[&str] = &[
    "",
    "ip",
    "ip6",
    "arp",
    "rarp or arp",
    "tcp",
    "udp",
    "sctp",
    "icmp",
    "icmp6",
    "igmp",
    "esp or ah or pim or vrrp",
    "not ip",
    "not tcp",
    "not (tcp or udp)",
    "!tcp && !udp",
    "ip6 and tcp",
    "ip and not tcp and not udp",
    "tcp or udp and ip6",
    "ip6 and tcp or udp",
    "not tcp or ip6",
    "not not udp",
    "host 192.168.1.2",
    "src host 192.168.1.2",
    "src 192.168.1.2 or 192.168.1.1",
    "dst 224.0.0.252",
    "src or dst 10.0.0.1",
    "src and dst 127.0.0.1",
    "host 192.168",
    "not host 192.168.1.2",
    "ip host 192.168.1.2",
    "arp host 192.168.1.1",
    "host 3232235778",
    "net 10.0.0.0/8",
    "net 192.168",
    "net 10",
    "net 0",
    "net 0.0.0.0/0",
    "src net 192.168.0.0/16 and not dst net 192.168.0.0/16",
    "net 172.16.0.0 mask 255.240.0.0",
    "not src net 192.168.1.0/24",
    "ip net 224.0.0.0/4",
    "ip6 net fe80::/10",
    "net 2001::/16",
    "net ::/0",
    "host ff02::fb or ff02::1:3 or fe80::1",
    "dst net ff00::/8",
    "port 53",
    "not port 53",
    "udp port 53 or 5353",
    "udp and (port 53 or port 5353)",
    "port (80 or 443)",
    "port 80 or 443 and not 8080",
    "tcp port 80 or udp port 443",
    "tcp src port 443",
    "tcp dst port 443 and less 100",
    "src port 53 and dst portrange 1024-65535",
    "src and dst port 123",
    "sctp port 80 or sctp portrange 1-40000",
    "portrange 5000-6000",
    "not portrange 6000-5000",
    "tcp portrange 80",
    "port http or https or domain or ntp",
    "tcp port ssh or ftp or telnet",
    "port 0",
    "port 0x35",
    "port 065",
    "port not 53",
    "proto 17",
    "ip proto 6",
    "ip6 proto 17",
    "ip6 proto 44 or 58 or 0",
    "proto \\icmp or \\udp",
    "ip proto gre or esp",
    "ether proto 0x800",
    "ether proto \\arp",
    "ether proto 0x8847 or 0x8863 or 0x8864",
    "not ether proto 0x86dd",
    "less 64",
    "greater 1000",
    "not less 64 and not greater 1000",
    "greater 100 and less 200 and tcp",
    "tcp and host 192.168.1.2 and port 443",
    "host 192.168.1.2 and (port 80 or port 443) and not src port 80",
    "(tcp or udp) and not (port 53 or port 443)",
    "port 443 and (ip6) or 80",
    // Ethernet only, here and in tcpdump.
    "vlan",
    "not vlan",
    "vlan and ip",
    "vlan 5",
    "vlan 0x5 and tcp",
    "vlan and vlan",
    "vlan and vlan and udp",
    "vlan or ip",
    "ip or vlan and tcp",
    "not vlan and tcp",
    "tcp or (vlan and tcp)",
    "(vlan and port 80) or port 80",
    "vlan and host 192.168.1.1 or vlan 2",
    "not (vlan and ip) and greater 60",
    "ether host ff:ff:ff:ff:ff:ff",
    "ether src 00:1b:17:00:01:17 or 00:0c:29:3c:2e:1e",
    "ether dst 01-00-5e-00-00-fb and udp",
    "not ether host 01:00:5e:00:00:fb",
    "ether dst 3333.0000.0001 or ff:ff:ff:ff:ff:ff and arp",
];

/// Frames are cut here, so that the many runs stay fast; every header of them fits.
const SNAP_LEN: usize = 160;

#[test]
fn every_filter_selects_the_frames_that_tcpdump_selects() {
    let Some(samples) = samples() else { return };
    judge(samples, EXPRESSIONS, &[]);
}

/// Without its optimizer, which reorders questions, so that tcpdump has two answers for frames that
/// end between them; and without masks, of which only the optimizer skips the bytes they do not keep.
#[test]
fn frames_cut_anywhere_are_selected_as_by_tcpdump() {
    let Some(samples) = samples() else { return };
    let cut = samples.iter().map(|(link, sample)| (*link, sample.cut())).collect();
    let texts: Vec<_> = EXPRESSIONS.iter().copied().filter(|text| !text.contains('/')).collect();
    judge(&cut, &texts, &["-O"]);
}

#[test]
fn compositions_by_chance_select_what_they_select_in_tcpdump() {
    let Some(samples) = samples() else { return };
    let frames = &samples[&LinkType::ETHERNET].frames;
    let mut sample = Sample { frames: frames.iter().step_by(17).cloned().collect() };
    // Of shorter ones the optimizer, not the language, decides: see above.
    sample.frames.retain(|(_, data)| data.len() >= 60);
    let mut chance = Chance(20_261_121);
    let texts: Vec<_> = (0..COMPOSITIONS).map(|_| chance.expression(3)).collect();
    let texts: Vec<_> = texts.iter().map(String::as_str).collect();
    judge(&BTreeMap::from([(LinkType::ETHERNET, sample)]), &texts, &[]);
}

/// Each takes tcpdump a few milliseconds.
const COMPOSITIONS: usize = 150;

/// Expressions out of a seed, in the part of the language that both tools share.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }

    fn expression(&mut self, depth: usize) -> String {
        let mut text = self.operand(depth);
        for _ in 0..self.below(4) {
            text += self.of(&[" and ", " or ", " && ", " || "]);
            text += &self.operand(depth);
        }
        text
    }

    fn operand(&mut self, depth: usize) -> String {
        let not = self.of(&["", "", "not ", "! "]);
        if depth > 0 && self.below(3) == 0 {
            return format!("{not}({})", self.expression(depth - 1));
        }
        not.to_owned() + &self.condition()
    }

    fn condition(&mut self) -> String {
        const ALONE: &[&str] = &[
            "ip",
            "ip6",
            "arp",
            "tcp",
            "udp",
            "icmp",
            "icmp6",
            "vlan",
            "vlan 5",
            "less 80",
            "greater 200",
            "ether proto 0x0800",
        ];
        const DIRECTIONS: &[&str] = &["", "", "src ", "dst ", "src or dst ", "src and dst "];
        let [direction, transport] = [self.of(DIRECTIONS), self.of(&["", "tcp ", "udp "])];
        match self.below(6) {
            0 | 1 => self.of(ALONE).to_owned(),
            2 => {
                format!("{transport}{direction}port {}", self.values(&["53", "80", "443", "5353"]))
            }
            3 => format!("{transport}{direction}portrange 1-1023"),
            4 => format!(
                "{direction}host {}",
                self.values(&["192.168.1.2", "224.0.0.252", "ff02::fb"])
            ),
            _ => format!("{direction}net {}", self.values(&["10.0.0.0/8", "192.168", "fe80::/10"])),
        }
    }

    /// One value, or several of which all but the first are bare.
    fn values(&mut self, values: &[&str]) -> String {
        let mut text = self.of(values).to_owned();
        for _ in 0..self.below(3) {
            text += self.of(&[" or ", " and ", " or not "]);
            text += self.of(values);
        }
        text
    }
}

#[test]
fn what_tcpdump_refuses_is_refused() {
    if !has_tcpdump() {
        return;
    }
    for text in REFUSED {
        let status = Command::new("tcpdump").args(["-y", "EN10MB", "-d", text]).output().unwrap();
        assert!(!status.status.success(), "tcpdump takes {text:?}");
        let error = Filter::compile(text).unwrap_err().to_string();
        assert!(!error.contains('\n'), "{error}");
    }
}

const REFUSED: &[&str] = &[
    "and",
    "not",
    "tcp and",
    "tcp udp",
    "(tcp",
    "tcp)",
    "10.0.0.1",
    "80",
    "tcp or 80",
    "vlan 5 or 6",
    "less 100 or 200",
    "(port 80) or 443",
    "port 80 or (tcp and 443)",
    "port tcp",
    "port (80 or tcp)",
    "port 65536",
    "port 080",
    "port 1.2",
    "port nosuchservice",
    "udp port http",
    "ip port 80",
    "arp port 80",
    "tcp host 10.0.0.1",
    "udp net 10.0.0.0/8",
    "ip6 host 1.2.3.4",
    "ip host ::1",
    "host 1.2.3.256",
    "host 1.2.3.4.5",
    "host 10.0.0.0/8",
    "src 10.0.0.0/8",
    "net 10.1.0.0/8",
    "net 10.0.0.0/33",
    "net ::1/64",
    "net ::/129",
    "host 1:2:3:4:5:6",
    "ether net 1:2:3:4:5:6",
    "ether 5",
    "ether port 5",
    "tcp proto 5",
    "src proto 5",
    "proto tcp",
    "proto \\icmp6",
    "src src port 80",
    "src and src port 80",
    "vlan 4096",
    "portrange 1-",
    "proto nosuchprotocol",
];

/// Frames of one link type, each with its number for a time.
#[derive(Default)]
struct Sample {
    frames: Vec<(u32, Vec<u8>)>,
}

impl Sample {
    fn add(&mut self, frame: &Frame<'_>) {
        let data = &frame.data[..frame.data.len().min(SNAP_LEN)];
        self.frames.push((frame.wire_len, data.to_vec()));
    }

    /// Every fifth frame, cut at a place that wanders through its headers.
    fn cut(&self) -> Self {
        let cut = |(number, (wire_len, data)): (usize, &(u32, Vec<u8>))| {
            (*wire_len, data[..data.len().min(number % 90)].to_vec())
        };
        Self { frames: self.frames.iter().step_by(5).enumerate().map(cut).collect() }
    }

    fn to_pcap(&self, link: LinkType) -> Vec<u8> {
        let header = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 0xffff, u32::from(link.0)];
        let mut bytes: Vec<u8> = header.into_iter().flat_map(u32::to_le_bytes).collect();
        for (number, (wire_len, data)) in (0..).zip(&self.frames) {
            let record = [number, 0, data.len() as u32, *wire_len];
            bytes.extend(record.into_iter().flat_map(u32::to_le_bytes));
            bytes.extend(data);
        }
        bytes
    }

    /// The numbers of the frames that we select; `None` for a filter that does not fit the link.
    fn selected(&self, link: LinkType, text: &str) -> Option<Vec<i64>> {
        let filter = Filter::compile(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let matches = |(wire_len, data): &(u32, Vec<u8>)| {
            filter.matches(&Frame::new(Timestamp::EPOCH, link, data).with_wire_len(*wire_len))
        };
        let numbered = (0..).zip(&self.frames).filter(|(_, frame)| matches(frame));
        let numbers: Vec<i64> = numbered.map(|(number, _)| number).collect();
        assert!(filter.supports(link) || numbers.is_empty());
        filter.supports(link).then_some(numbers)
    }
}

fn judge(samples: &Samples, texts: &[&str], options: &[&str]) {
    let Some(differences) = differences(samples, texts, options) else { return };
    assert!(differences.is_empty(), "{differences:#?}");
    let frames: usize = samples.values().map(|sample| sample.frames.len()).sum();
    println!(
        "{} filters, {} link types, {frames} frames: {} decisions",
        texts.len(),
        samples.len(),
        frames * texts.len(),
    );
}

/// What is selected differently; `None` without tcpdump.
fn differences(samples: &Samples, texts: &[&str], options: &[&str]) -> Option<Vec<String>> {
    if !has_tcpdump() {
        return None;
    }
    let folder = Scratch::new();
    let mut differences = Vec::new();
    for (link, sample) in samples {
        let file = folder.0.join(format!("{link}.pcap"));
        std::fs::write(&file, sample.to_pcap(*link)).unwrap();
        for text in texts {
            let ours = sample.selected(*link, text);
            let theirs = tcpdump(&file, text, options);
            if let Some(difference) = first_difference(&ours, &theirs) {
                differences.push(format!("{link} {text:?}: {difference}"));
            }
        }
    }
    Some(differences)
}

type Samples = BTreeMap<LinkType, Sample>;

/// All reference captures and a third of nDPI's classic captures, by link type; and some of their
/// packets once more as each link type would carry them. `None` where they are missing.
fn samples() -> Option<&'static Samples> {
    static SAMPLES: OnceLock<Option<Samples>> = OnceLock::new();
    SAMPLES.get_or_init(read_samples).as_ref()
}

fn read_samples() -> Option<Samples> {
    let folder = shared("reference/cicflowmeter/pcaps")?;
    let archive = shared("data/ndpi/pcap.tar.zst")?;
    let mut samples = Samples::new();
    let named = captures::in_folder(&folder);
    assert_eq!(named.len(), 62);
    let named = named.iter().filter_map(|path| Capture::read(path)).map(|capture| (capture, 1));
    let archived =
        archived(&archive).into_iter().filter_map(Capture::of).map(|capture| (capture, 3));
    for (capture, step) in named.chain(archived) {
        let sample = samples.entry(capture.link).or_default();
        capture.frames().step_by(step).for_each(|frame| sample.add(&frame));
    }
    let ethernet = samples[&LinkType::ETHERNET].frames.clone();
    for link in WRAPPED {
        let wrapped = ethernet.iter().step_by(23).filter_map(|(_, frame)| wrapped(frame, link));
        let wrapped = wrapped.map(|frame| (frame.len() as u32, frame));
        samples.entry(link).or_default().frames.extend(wrapped);
    }
    Some(samples)
}

fn archived(archive: &Path) -> Vec<Vec<u8>> {
    let file = std::fs::File::open(archive).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).unwrap());
    let mut contents = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut bytes = Vec::new();
        entry.unwrap().read_to_end(&mut bytes).unwrap();
        contents.push(bytes);
    }
    contents
}

/// The numbers of the frames that tcpdump selects; `None` where it refuses the filter.
fn tcpdump(file: &Path, text: &str, options: &[&str]) -> Option<Vec<i64>> {
    let output = Command::new("tcpdump")
        .args(options)
        .args(["-w", "-", "-r"])
        .args([file.as_os_str(), text.as_ref()])
        .output()
        .unwrap();
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        if reason.contains("expression rejects all packets") {
            return Some(Vec::new());
        }
        assert!(reason.contains("support"), "{text:?}: {reason}");
        return None;
    }
    let capture = Capture::of(output.stdout).unwrap();
    Some(capture.frames().map(|frame| frame.time.as_secs()).collect())
}

/// The link types that few captures have.
const WRAPPED: [LinkType; 12] = [
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::RAW,
    LinkType::CISCO_HDLC,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType::LINUX_SLL2,
    LinkType::ETHERNET,
    LinkType::IEEE802_11,
    LinkType::RADIOTAP,
];

/// An Ethernet frame's packet behind the header of another link type.
fn wrapped(frame: &[u8], link: LinkType) -> Option<Vec<u8>> {
    let (ethertype, packet) = (frame.get(12..14)?, frame.get(14..)?);
    let is_ipv6 = ethertype == [0x86, 0xdd];
    // FreeBSD's, OpenBSD's and macOS' numbers for IPv6 in turn, and one of nobody.
    let family = if is_ipv6 { [24, 28, 30, 31][packet.len() % 4] } else { 2 };
    let ppp = if is_ipv6 { 0x57 } else { 0x21 };
    let head = match link {
        LinkType::NULL => vec![family, 0, 0, 0],
        LinkType::LOOP => vec![0, 0, 0, family],
        LinkType::PPP | LinkType::PPP_HDLC => vec![0xff, 3, 0, ppp],
        LinkType::CISCO_HDLC => [&[0x0f, 0], ethertype].concat(),
        LinkType::LINUX_SLL2 => [ethertype, &[0; 18]].concat(),
        LinkType::ETHERNET => tagged_head(frame)?,
        LinkType::IEEE802_11 => wireless_head(frame, 0),
        LinkType::RADIOTAP => radiotap_head(frame),
        _ => vec![],
    };
    Some([&head, packet].concat())
}

/// The addresses and one or two VLAN tags, the inner one with the id 5.
fn tagged_head(frame: &[u8]) -> Option<Vec<u8>> {
    let outer: &[u8] = [&[][..], &[0x88, 0xa8, 0, 7], &[0x91, 0, 0, 5]][frame.len() % 3];
    Some([frame.get(..12)?, outer, &[0x81, 0, 0x20, 5], &frame[12..14]].concat())
}

/// Radiotap without flags, with them, with the clock before them, and with a second set of bits.
fn radiotap_head(frame: &[u8]) -> Vec<u8> {
    let flags = [0x10, 0x20][frame.len() / 4 % 2];
    let fields = match frame.len() % 4 {
        0 => vec![8, 0, 0, 0, 0, 0],
        1 => vec![9, 0, 2, 0, 0, 0, flags],
        2 => [&[17, 0, 3, 0, 0, 0][..], &[9; 8], &[flags]].concat(),
        _ => vec![13, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, flags],
    };
    let radiotap = [&[0, 0], &fields[..]].concat();
    let padding = if flags == 0x20 { 4 - (radiotap.len() + 26) % 4 } else { 0 };
    [&radiotap[..], &wireless_head(frame, padding % 4)].concat()
}

/// Data mostly, with and without quality of service, of all directions; a beacon; a control frame.
fn wireless_head(frame: &[u8], padding: usize) -> Vec<u8> {
    let kind = [0x88, 0x08, 0x88, 0x80, 0x08, 0xb4, 0x88][frame.len() % 7];
    let flags = (frame.len() / 7 % 4) as u8;
    let [destination, source] = [&frame[..6], &frame[6..12]];
    let qos: &[u8] = if kind == 0x88 { &[0, 0] } else { &[] };
    let addresses = [destination, source, if flags == 1 { destination } else { source }].concat();
    let control = [kind, flags, 0, 0];
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, frame[12], frame[13]];
    [&control, &addresses[..], &[0, 0], qos, &vec![0; padding], &snap].concat()
}

fn first_difference(ours: &Option<Vec<i64>>, theirs: &Option<Vec<i64>>) -> Option<String> {
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        let differ = ours.is_some() != theirs.is_some();
        return differ.then(|| format!("taken by us: {}", ours.is_some()));
    };
    let [ours, theirs] = [ours, theirs].map(|numbers| numbers.iter().collect::<HashSet<_>>());
    let number = ours.symmetric_difference(&theirs).min()?;
    Some(format!("frame {number}, selected by us: {}", ours.contains(number)))
}

fn has_tcpdump() -> bool {
    crate::output_of(Command::new("tcpdump").arg("--version")).is_some()
}

struct Scratch(PathBuf);

impl Scratch {
    /// A folder of this call alone: tests run side by side.
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("netsift-filters-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
