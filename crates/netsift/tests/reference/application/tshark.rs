//! DNS and HTTP facts equal tshark's, capture by capture.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use netsift_packet::Depth;
use netsift_packet::dns::{Message, Name, RecordData};
use netsift_packet::http::{Request, Response};

use super::{Deliberate, Differences, flows, unpack};
use crate::captures::in_folder;
use crate::shared;

/// What tshark is told to print between fields.
const BETWEEN: char = '\u{1e}';

const DNS_FIELDS: [&str; 8] = [
    "dns.id",
    "dns.flags.response",
    "dns.qry.name",
    "dns.qry.type",
    "dns.flags.rcode",
    "dns.count.answers",
    "dns.a",
    "dns.aaaa",
];
const DNS_NAME: &str = "dns.cname";

const HTTP_FIELDS: [&str; 5] = [
    "http.request.method",
    "http.request.uri",
    "http.host",
    "http.user_agent",
    "http.response.code",
];

const DELIBERATE: &Deliberate = &[
    ("DNS", "badpackets.pcap", 3, CUT),
    ("DNS", "fuzz-2006-06-26-2594.pcap", 4, CUT),
    ("HTTP", "1kxun.pcap", 2, HOLE),
    ("HTTP", "KakaoTalk_talk.pcap", 1, HOLE),
    ("HTTP", "soap.pcap", 1, HOLE),
];

const CUT: &str = "the message is cut inside its header, of which tshark tells what is there";
const HOLE: &str =
    "tshark hands nothing on of a stream with a segment missing; ours is the head that is there";

#[test]
fn dns_and_http_facts_of_real_captures() {
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
    let captures: Vec<_> = captures.into_iter().collect();
    // Most of the time goes into starting tshark.
    let (first, second) = captures.split_at(captures.len() / 2);
    let tally = std::thread::scope(|scope| {
        let other = scope.spawn(|| Tally::of(second));
        Tally::of(first).joined(other.join().unwrap())
    });
    tally.print_and_judge();
}

#[derive(Default)]
struct Tally {
    dns: usize,
    http: usize,
    differences: Differences,
}

impl Tally {
    fn of(captures: &[(String, Vec<u8>)]) -> Self {
        let mut tally = Self::default();
        for (name, bytes) in captures {
            let flows = flows::facts(bytes, Depth::Innermost);
            let (dns, http) = theirs(bytes);
            tally.dns += dns.len();
            tally.http += http.len();
            let ours = flows.values().flat_map(|facts| &facts.dns).map(|line| plain(line));
            tally.compare("DNS", name, dns, ours);
            // Where tshark reads none at all, it took the ports for another protocol's.
            if !http.is_empty() {
                let ours = flows.values().flat_map(|facts| &facts.http).map(|line| plain(line));
                tally.compare("HTTP", name, http, ours);
            }
        }
        tally
    }

    /// Counts the lines of one side that the other has not.
    fn compare(
        &mut self,
        fact: &'static str,
        capture: &str,
        theirs: Vec<String>,
        ours: impl Iterator<Item = String>,
    ) {
        let mut balance: BTreeMap<String, i64> = BTreeMap::new();
        theirs.into_iter().for_each(|line| *balance.entry(line).or_default() += 1);
        ours.for_each(|line| *balance.entry(line).or_default() -= 1);
        let side = |sign: i64| -> i64 { balance.values().map(|n| (n * sign).max(0)).sum() };
        let count = usize::try_from(side(1).max(side(-1))).unwrap();
        if count > 0 {
            balance.retain(|_, n| *n != 0);
            self.differences.add(fact, capture, count, format!("{balance:?}"));
        }
    }

    fn joined(mut self, other: Self) -> Self {
        self.dns += other.dns;
        self.http += other.http;
        self.differences.0.extend(other.differences.0);
        self
    }

    fn print_and_judge(&self) {
        for (fact, compared) in [("DNS", self.dns), ("HTTP", self.http)] {
            let different = self.differences.count(fact);
            println!("{fact}: {compared} messages compared, {different} differ");
            assert!(compared > 500);
        }
        self.differences.judge(DELIBERATE);
    }
}

pub(super) fn dns_line(message: &Message<'_>) -> String {
    let questions: Vec<_> = message.questions().map_while(Result::ok).collect();
    let names = questions.iter().map(|question| name(&question.name));
    let kinds = questions.iter().map(|question| question.kind.0.to_string());
    let (mut a, mut aaaa, mut cname) = (Vec::new(), Vec::new(), Vec::new());
    for record in message.records().map_while(Result::ok) {
        match record.data() {
            Ok(RecordData::A(address)) => a.push(address.to_string()),
            Ok(RecordData::Aaaa(address)) => aaaa.push(address.to_string()),
            Ok(RecordData::Cname(target)) => cname.push(name(&target)),
            _ => {}
        }
    }
    let header = message.header;
    let rcode = if header.is_response() { header.rcode().to_string() } else { String::new() };
    format!(
        "{:#06x}|{}|{}|{}|{rcode}|{}|{}|{}|{}",
        header.id,
        u8::from(header.is_response()),
        joined(names),
        joined(kinds),
        header.answers,
        a.join(","),
        aaaa.join(","),
        cname.join(","),
    )
}

pub(super) fn request_line(request: &Request<'_>) -> String {
    let text = |text: Option<netsift_packet::Text<'_>>| {
        text.map(|text| text.to_string()).unwrap_or_default()
    };
    format!(
        "{}|{}|{}|{}|",
        request.method,
        request.target,
        text(request.host()),
        text(request.user_agent())
    )
}

pub(super) fn response_line(response: &Response<'_>) -> String {
    format!("||||{}", response.status)
}

fn name(name: &Name<'_>) -> String {
    if name.is_root() {
        return ".".into();
    }
    let printed =
        |&byte: &u8| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '\u{fffd}' };
    flows::dotted(name).iter().map(printed).collect()
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(",")
}

/// A cell in which every run of bytes that is not visible ASCII is one question mark: tshark writes
/// some as octal numbers, some as letters, and puts others together as UTF-8.
fn plain(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell.chars().peekable();
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

/// Where tshark refuses a name it says so and goes on; ours ends there.
fn cut_at_refused_name(cells: &mut [String]) {
    let names: Vec<_> = cells[2].split(',').map(str::to_owned).collect();
    if let Some(refused) =
        names.iter().position(|name| name.starts_with("<Unknown") || name.starts_with("<Name"))
    {
        let kinds = joined(cells[3].split(',').take(refused).map(str::to_owned));
        cells[2] = names[..refused].join(",");
        cells[3] = kinds;
        cells[6..=8].iter_mut().for_each(String::clear);
    }
}

/// Whether tshark can be run; says aloud if not.
fn is_there() -> bool {
    let found = Command::new("tshark").arg("--version").output().is_ok();
    assert!(found || std::env::var_os("NETSIFT_CI").is_none(), "tshark is missing");
    if !found {
        println!("SKIPPED: tshark is missing");
    }
    found
}

/// What tshark reads in a capture: DNS messages and HTTP heads.
fn theirs(capture: &[u8]) -> (Vec<String>, Vec<String>) {
    let mut command = Command::new("tshark");
    command.args([
        "-r",
        "-",
        "-n",
        "-Y",
        "(dns or mdns or llmnr or http or ssdp) and not icmp and not icmpv6",
    ]);
    // A head is told when it is there, not when its body is; datagrams are read as they come.
    command.args(["-o", "http.desegment_body:FALSE", "-o", "ip.defragment:FALSE", "-T", "fields"]);
    command.args(["-E".into(), format!("separator={BETWEEN}")]);
    for field in DNS_FIELDS.iter().chain([&DNS_NAME]).chain(&HTTP_FIELDS) {
        command.args(["-e", field]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // It stops reading where a capture is broken.
        scope.spawn(move || drop(input.write_all(capture)));
        child.wait_with_output().unwrap()
    });
    let (mut dns, mut http) = (Vec::new(), Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut cells: Vec<_> = line.split(BETWEEN).map(plain).collect();
        cut_at_refused_name(&mut cells);
        let (of_dns, of_http) = cells.split_at(DNS_FIELDS.len() + 1);
        if !of_dns[0].is_empty() {
            dns.push(of_dns.join("|"));
        }
        if !of_http[0].is_empty() || !of_http[4].is_empty() {
            http.push(of_http.join("|"));
        }
    }
    (dns, http)
}
