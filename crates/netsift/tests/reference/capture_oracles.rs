//! Every reference capture read whole, and judged by two other readers.

mod rivals;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use netsift_capture::{
    CaptureError, CaptureReader, CaptureWriter, Fault, Format, Frame, FrameSource, WriterOptions,
};

use netsift_packet::Packet;

use rivals::{Oracle, Reading, Seen};

/// Folders with captures, below the shared folder.
const FOLDERS: [&str; 6] = [
    "data/slips",
    "data/slips/test-cc",
    "data/slips/test19-malicious-ssh",
    "data/seeds/bedigambar",
    "reference/cicflowmeter/pcaps",
    "reference/community-id",
];

const ARCHIVES: [&str; 2] = ["data/ndpi/pcap.tar.zst", "data/iot_sentinel/captures.tar.zst"];

/// Captures of which an oracle sees less than we do, and why we are right.
const DISAGREEMENTS: [(&str, Oracle, &str); 5] = [
    (
        "zeek_tcp_truncated-header.pcap",
        Oracle::PcapFile,
        "refuses frames longer on the wire than the snap length, which is what a snap length makes",
    ),
    ("combined.pcap.gz", Oracle::PcapFile, "reads no gzip"),
    ("combined.pcap.gz", Oracle::PcapParser, "reads no gzip"),
    (
        "pcap/fuzz-2021-06-07-c6c72a0a56.pcap",
        Oracle::PcapFile,
        "refuses fractions of a second that exceed one; libpcap and Wireshark read on",
    ),
    (
        "pcap/rsh-syslog-false-positive.pcap",
        Oracle::PcapFile,
        "refuses frames longer on the wire than the snap length, which is what a snap length makes",
    ),
];

/// Frames without a readable network header, by what is wrong with them.
const REJECTS: [(&str, usize); 4] = [
    ("Ethernet cut short", 6),
    ("IPv4 cut short", 6),
    ("IPv4 with a wrong header length", 5),
    ("IPv4 with a wrong version", 19),
];

#[test]
fn every_capture_is_read_whole_and_two_oracles_agree() {
    let mut tally = Tally::default();
    if !each_capture(|name, bytes| tally.judge(name, bytes)) {
        return;
    }
    println!("{tally:#?}");
    let expected = DISAGREEMENTS.map(|(name, oracle, _)| (name.to_owned(), oracle));
    assert_eq!(tally.disagreements, expected);
    assert!(tally.files >= 899, "captures are missing");
}

#[test]
fn every_capture_without_its_last_byte_keeps_all_before_it_and_says_where_it_is_cut() {
    each_capture(|name, bytes| {
        if name.ends_with(".gz") {
            return;
        }
        let whole = read(bytes).unwrap();
        let cut = read(&bytes[..bytes.len() - 1]).unwrap();
        assert_eq!(cut.frames, whole.frames[..cut.frames.len()], "{name}");
        assert!(whole.frames.len() - cut.frames.len() <= 1, "{name}");
        let Some(CaptureError::Broken { offset, fault: Fault::Cut { had, .. }, .. }) = cut.error
        else {
            panic!("{name}: {:?}", cut.error);
        };
        assert_eq!(offset + had, bytes.len() as u64 - 1, "{name}");
    });
}

#[test]
fn every_capture_written_again_reads_the_same() {
    each_capture(|name, bytes| {
        let first = read(bytes).unwrap();
        let options = WriterOptions::new().format(Format::PcapNg).snap_len(1 << 20);
        let mut writer = CaptureWriter::new(Vec::new(), options).unwrap();
        let mut reader = CaptureReader::new(bytes).unwrap();
        while let Some(frame) = reader.next_frame().unwrap() {
            writer.write(&frame).unwrap();
        }
        let again = read(&writer.finish().unwrap()).unwrap();
        assert!(again.frames == first.frames && again.error.is_none(), "{name}");
    });
}

#[test]
fn every_frame_is_parsed_or_says_what_is_wrong_with_it() {
    let mut parsed = Parsed::default();
    if !each_capture(|_, bytes| parsed.take(bytes)) {
        return;
    }
    println!("{parsed:#?}");
    let rejects: Vec<_> = parsed.rejects.iter().map(|(why, n)| (why.as_str(), *n)).collect();
    assert_eq!(rejects, REJECTS);
    let told = parsed.ip + parsed.other + rejects.iter().map(|(_, n)| n).sum::<usize>();
    assert_eq!(told, parsed.frames);
}

/// What every frame of every capture came to.
#[derive(Debug, Default)]
struct Parsed {
    frames: usize,
    ip: usize,
    other: usize,
    in_tunnels: usize,
    rejects: BTreeMap<String, usize>,
    errors: BTreeMap<String, usize>,
}

impl Parsed {
    fn take(&mut self, bytes: &[u8]) {
        let mut reader = CaptureReader::new(bytes).unwrap();
        while let Some(frame) = reader.next_frame().unwrap() {
            self.frames += 1;
            match Packet::parse(frame) {
                Ok(packet) => self.packet(&packet),
                Err(error) => *self.rejects.entry(error.reason().to_string()).or_default() += 1,
            }
        }
    }

    fn packet(&mut self, packet: &Packet<'_>) {
        *if packet.ip_version().is_some() { &mut self.ip } else { &mut self.other } += 1;
        self.in_tunnels += usize::from(packet.tunnel_depth() > 0);
        if let Some(error) = packet.error() {
            *self.errors.entry(error.reason().to_string()).or_default() += 1;
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    files: usize,
    frames: usize,
    captured_bytes: usize,
    agreed_with_pcap_file: usize,
    agreed_with_pcap_parser: usize,
    disagreements: Vec<(String, Oracle)>,
}

impl Tally {
    fn judge(&mut self, name: &str, bytes: &[u8]) {
        let ours = read(bytes).unwrap();
        assert!(ours.error.is_none(), "{name}: {:?}", ours.error);
        self.files += 1;
        self.frames += ours.frames.len();
        self.captured_bytes += ours.frames.iter().map(|frame| frame.data.len()).sum::<usize>();
        self.agreed_with_pcap_file +=
            usize::from(self.agrees(name, bytes, &ours, Oracle::PcapFile));
        self.agreed_with_pcap_parser +=
            usize::from(self.agrees(name, bytes, &ours, Oracle::PcapParser));
    }

    /// Frame by frame: time, wire length and every byte.
    fn agrees<E>(&mut self, name: &str, bytes: &[u8], ours: &Reading<E>, oracle: Oracle) -> bool {
        let theirs = oracle.read(bytes);
        let agreed = theirs.error.is_none() && theirs.frames == ours.frames;
        if !agreed {
            let seen = theirs.frames.len();
            println!(
                "{name}, {oracle:?}: {seen} of {} frames: {:?}",
                ours.frames.len(),
                theirs.error
            );
            assert!(ours.frames.starts_with(&theirs.frames), "{name}: {oracle:?} saw other frames");
            self.disagreements.push((name.to_owned(), oracle));
        }
        agreed
    }
}

fn read(bytes: &[u8]) -> Result<Reading<CaptureError>, CaptureError> {
    let mut reader = CaptureReader::new(bytes)?;
    let mut frames = Vec::new();
    let error = loop {
        match reader.next_frame() {
            Ok(Some(frame)) => frames.push(seen(&frame)),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    Ok(Reading { frames, error })
}

fn seen(frame: &Frame<'_>) -> Seen {
    let nanos = frame.time.as_nanos().into();
    Seen { nanos, wire_len: frame.wire_len, data: frame.data.to_vec() }
}

/// Every reference capture with its name; `false` after saying that they are not there.
fn each_capture(mut judge: impl FnMut(&str, &[u8])) -> bool {
    let mut judge_captures = |name: &str, bytes: &[u8]| {
        if !matches!(
            read(bytes),
            Err(CaptureError::NotACapture { .. } | CaptureError::Empty { .. })
        ) {
            judge(name, bytes);
        }
    };
    for folder in FOLDERS {
        let Some(path) = super::shared(folder) else { return false };
        each_file(&path, &mut judge_captures);
    }
    for archive in ARCHIVES {
        let Some(path) = super::shared(archive) else { return false };
        each_entry(&path, &mut judge_captures);
    }
    true
}

fn each_file(folder: &Path, judge: &mut impl FnMut(&str, &[u8])) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = path.file_name().unwrap().to_string_lossy();
        judge(&name, &fs::read(path).unwrap());
    }
}

fn each_entry(archive: &Path, judge: &mut impl FnMut(&str, &[u8])) {
    let plain = zstd::Decoder::new(File::open(archive).unwrap()).unwrap();
    for entry in tar::Archive::new(plain).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        judge(&name, &bytes);
    }
}
