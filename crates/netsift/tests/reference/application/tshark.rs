//! DNS and HTTP facts equal tshark's, capture by capture.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use netsift_packet::Depth;
use netsift_packet::dns::{Message, RecordData};
use netsift_packet::http::{Request, Response};

use super::{Differences, flows, unpack};
use crate::shared;

/// What tshark prints between values of one field, and between fields.
const BETWEEN: char = '\u{1e}';

pub(super) fn dns_line(message: &Message<'_>) -> String {
    let questions: Vec<_> = message.questions().map_while(Result::ok).collect();
    let names = questions.iter().map(|question| question.name.to_string());
    let kinds = questions.iter().map(|question| question.kind.0.to_string());
    let (mut a, mut aaaa, mut cname) = (Vec::new(), Vec::new(), Vec::new());
    for record in message.records().map_while(Result::ok) {
        match record.data() {
            Ok(RecordData::A(address)) => a.push(address.to_string()),
            Ok(RecordData::Aaaa(address)) => aaaa.push(address.to_string()),
            Ok(RecordData::Cname(name)) => cname.push(name.to_string()),
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

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(",")
}

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

#[test]
fn dns_and_http_facts_of_real_captures() {
    let (Some(archive), Some(folder)) =
        (shared("data/ndpi/pcap.tar.zst"), shared("reference/cicflowmeter/pcaps"))
    else {
        return;
    };
    let place = std::env::temp_dir().join(format!("netsift-tshark-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let mut dns = Differences::default();
    let mut compared = 0;
    for (name, bytes) in &unpack(&archive) {
        let path = place.join(name);
        std::fs::write(&path, bytes).unwrap();
        let flows = flows::facts(bytes, Depth::Innermost);
        let ours_dns: Vec<_> = flows.values().flat_map(|facts| facts.dns.clone()).collect();
        let ours_http: Vec<_> = flows.values().flat_map(|facts| facts.http.clone()).collect();
        let Some((dns_lines, http_lines)) = theirs(&path) else { return };
        compared += dns_lines.len() + http_lines.len();
        diff(name, "dns", dns_lines, ours_dns, &mut dns);
        diff(name, "http", http_lines, ours_http, &mut dns);
        std::fs::remove_file(&path).unwrap();
    }
    println!("{compared} compared");
    dns.print();
}

fn diff(name: &str, what: &str, theirs: Vec<String>, ours: Vec<String>, d: &mut Differences) {
    let mut m: BTreeMap<String, i64> = BTreeMap::new();
    theirs.into_iter().for_each(|l| *m.entry(l).or_default() += 1);
    ours.into_iter().for_each(|l| *m.entry(l).or_default() -= 1);
    for (l, n) in m {
        if n != 0 {
            println!("DIFF {what} {name} {} {n}: {l}", if n > 0 { "theirs" } else { "ours" });
            d.add(if n > 0 { "theirs" } else { "ours" }, || format!("{name}: {l}"));
        }
    }
}

fn theirs(path: &Path) -> Option<(Vec<String>, Vec<String>)> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-Y", "dns or mdns or llmnr or http or ssdp", "-T", "fields", "-E"]);
    command.args([format!("separator={BETWEEN}"), "-E".into(), "aggregator=,".into()]);
    command.arg("-r").arg(path).args(["-e", "frame.protocols"]);
    DNS_FIELDS.iter().chain(&HTTP_FIELDS).for_each(|field| drop(command.args(["-e", field])));
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            assert!(std::env::var_os("NETSIFT_CI").is_none(), "tshark is missing");
            println!("SKIPPED: tshark is missing");
            return None;
        }
        Err(error) => panic!("tshark: {error}"),
    };
    let (mut dns, mut http) = (Vec::new(), Vec::new());
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let cells: Vec<_> = line.split(BETWEEN).collect();
        if cells.len() != 15 {
            println!("ODD {path:?} {line}");
            continue;
        }
        if !cells[1].is_empty() {
            dns.push(cells[1..10].join("|"));
        }
        if !cells[10].is_empty() || !cells[14].is_empty() {
            http.push(cells[10..15].join("|"));
        }
    }
    Some((dns, http))
}
