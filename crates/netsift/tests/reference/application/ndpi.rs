//! Fingerprints and names equal what nDPI wrote about its own captures.

use std::collections::BTreeMap;

use netsift_flow::{Application, Dns, Http, Tls};
use netsift_packet::Depth;

use super::flows::{Key, facts, key};
use super::observed::{applications, unescaped};
use super::{Deliberate, Differences, unpack};
use crate::shared;

const DELIBERATE: &Deliberate = &[
    ("JA4", "dtls.pcap", 1, "DTLS 1.3 stands in the extension, which nDPI does not read there"),
    ("JA4", "dtls_old_version.pcapng", 1, "version 0x0100 is none that the description names"),
    (
        "query",
        "fuzz-2006-06-26-2594.pcap",
        2,
        "the damaged name, or the damaged IP header, is refused",
    ),
    ("user agent", "1kxun.pcap", 1, "nDPI stops where the first segment ends"),
];

#[test]
fn fingerprints_and_names_of_ndpis_captures() {
    let Some(folder) = shared("data/ndpi") else { return };
    let captures = unpack(&folder.join("pcap.tar.zst"));
    let results = unpack(&folder.join("result.tar.zst"));
    let mut tally = Tally::default();
    for (name, capture) in &captures {
        let Some(result) = results.get(&format!("{name}.out")) else { continue };
        let result = String::from_utf8_lossy(result);
        let told: Vec<_> = result.lines().filter_map(Told::of).collect();
        if told.iter().any(Told::is_comparable) {
            let inner = applications(capture, Depth::Innermost);
            let outer = applications(capture, Depth::Outermost);
            let messages = facts(capture, Depth::Innermost);
            for told in &told {
                let found = inner.get(&told.key).or_else(|| outer.get(&told.key));
                let names = messages.get(&told.key).map_or(&[][..], |facts| &facts.names);
                tally.compare(name, told, found.unwrap_or(&Application::default()), names);
            }
        }
    }
    tally.print_and_judge();
}

/// One flow's line of nDPI's result.
struct Told<'a> {
    key: Key,
    line: &'a str,
}

impl<'a> Told<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace().skip(1);
        let protocol = match words.next()? {
            "TCP" => 6,
            "UDP" => 17,
            _ => return None,
        };
        let (from, _arrow, to) = (words.next()?, words.next()?, words.next()?);
        Some(Self { key: key(protocol, from.parse().ok()?, to.parse().ok()?), line })
    }

    /// What stands behind `[name: `, and all that follows.
    fn from(&self, name: &str) -> Option<&'a str> {
        let start = self.line.find(&format!("[{name}: "))? + name.len() + 3;
        Some(&self.line[start..])
    }

    /// The text behind `[name: `.
    fn fact(&self, name: &str) -> Option<&'a str> {
        let rest = self.from(name)?;
        Some(&rest[..rest.find("][")?])
    }

    /// The user agent. It may hold brackets: theirs is ours, if it goes on like ours.
    fn agent<'t>(&'t self, ours: Option<&'t str>) -> Option<&'t str> {
        let text = self.from("User-Agent")?;
        let same = ours.filter(|ours| text.starts_with(&format!("{ours}][")));
        same.or_else(|| self.fact("User-Agent"))
    }

    /// Whether the flow speaks a version of QUIC that is read: 1, 2, and the drafts from 23 on.
    fn is_quic_that_is_read(&self) -> bool {
        let version = self.fact("QUIC ver").unwrap_or("V-1");
        let draft = version.strip_prefix("Draft-").and_then(|draft| draft.parse::<u8>().ok());
        version.starts_with("V-")
            || version == "Ver-Negotiation"
            || draft.is_some_and(|draft| draft >= 23)
    }

    fn is_comparable(&self) -> bool {
        ["JA3C", "JA3S", "JA4", "Hostname/SNI", "User-Agent"]
            .iter()
            .any(|fact| self.fact(fact).is_some())
    }

    fn is_of(&self, protocols: &[&str]) -> bool {
        let of = self.fact("proto").unwrap_or_default();
        let name = of.rsplit('/').next().unwrap_or_default();
        protocols.contains(&name.split('.').next().unwrap_or_default())
    }
}

#[derive(Default)]
struct Tally {
    unread: usize,
    /// Flows of which nDPI tells another name than the first.
    later: usize,
    compared: BTreeMap<&'static str, usize>,
    differences: Differences,
}

impl Tally {
    /// `names` are those in all messages of the flow.
    fn compare(&mut self, capture: &str, told: &Told<'_>, found: &Application, names: &[Vec<u8>]) {
        if !told.is_quic_that_is_read() {
            self.unread += 1;
            return;
        }
        let mut one = |fact, theirs, ours| self.one((fact, capture), told, theirs, ours);
        let of_tls = |fact: fn(&Tls) -> Option<&str>| found.tls().and_then(fact).map(str::to_owned);
        let of_http = |fact: fn(&Http) -> Option<&str>| found.http().and_then(fact);
        one("JA3", told.fact("JA3C"), of_tls(Tls::ja3));
        one("JA4", told.fact("JA4"), found.tls().and_then(ja4_as_written));
        let alpn = of_tls(Tls::alpn).unwrap_or_default();
        one("ALPN", told.fact("(Advertised) ALPNs"), Some(alpn.replace(',', ";")));
        let ja3s = told.fact("JA3S").and_then(|text| text.split(' ').next());
        one("JA3S", ja3s, of_tls(Tls::ja3s));
        let host = told.fact("Hostname/SNI");
        if told.is_of(&["TLS", "QUIC", "DTLS"]) {
            one("SNI", host, of_tls(Tls::server_name).map(|name| name.to_lowercase()));
        } else if told.is_of(&["HTTP", "SSDP"]) {
            one("host", host, of_http(Http::host).map(|host| host_as_written(told, host)));
            let agent = of_http(Http::user_agent);
            one("user agent", told.agent(agent), agent.map(str::to_owned));
        } else if told.is_of(&["DNS", "MDNS", "LLMNR"]) {
            let name = found.dns().and_then(Dns::name);
            let name = name.map(|name| name_as_written(&unescaped(name)));
            let is_theirs = |name: &str| host.is_some_and(|host| is_written(name, host));
            match name {
                Some(name) if is_theirs(&name) => one("query", host, host.map(str::to_owned)),
                // Of a flow with many names nDPI tells one of the later ones. tshark judges which is first.
                Some(_) if names.iter().any(|name| is_theirs(&name_as_written(name))) => {
                    self.later += 1;
                }
                name => one("query", host, name),
            }
        }
    }

    fn one(
        &mut self,
        (fact, capture): (&'static str, &str),
        told: &Told<'_>,
        theirs: Option<&str>,
        ours: Option<String>,
    ) {
        let Some(theirs) = theirs else { return };
        *self.compared.entry(fact).or_default() += 1;
        if ours.as_deref() != Some(theirs) {
            let example = format!("{:?}: theirs {theirs}, ours {ours:?}", told.key);
            self.differences.add(fact, capture, 1, example);
        }
    }

    fn print_and_judge(&self) {
        println!("{} flows of which nDPI tells a later name than the first", self.later);
        println!("{} flows of QUIC versions that are not read", self.unread);
        for (fact, &compared) in &self.compared {
            let different = self.differences.count(fact);
            println!("{fact}: {compared} flows compared, {different} differ");
            assert!(different * 100 <= compared, "more than 1 % of {fact} differ");
        }
        self.differences.judge(DELIBERATE);
    }
}

/// JA4 as nDPI of that time wrote it. Against the published description it takes the first two
/// characters of the ALPN instead of the first and the last, has `i` for a numeric server name only
/// instead of for none, and sums up empty lists instead of writing zeros.
fn ja4_as_written(tls: &Tls) -> Option<String> {
    const EMPTY_SUM: &str = "e3b0c44298fc";
    let numeric = tls.server_name().is_some_and(|name| name.parse::<std::net::IpAddr>().is_ok());
    let alpn: Vec<_> = tls.alpn().into_iter().flat_map(|list| list.split(',')).collect();
    let first_two = match &alpn[..] {
        [] => "00".into(),
        // A list that is but two characters long loses the second.
        [only] if only.len() == 2 => format!("{}0", &only[..1]),
        [first, ..] => first[..first.len().min(2)].to_owned(),
    };
    let (head, sums) = tls.ja4()?.split_at(10);
    let letter = if numeric { 'i' } else { 'd' };
    Some(format!(
        "{}{letter}{}{first_two}{}",
        &head[..3],
        &head[4..8],
        sums.replace("000000000000", EMPTY_SUM)
    ))
}

/// A host as nDPI writes it: in lower case, over TCP without its port.
fn host_as_written(told: &Told<'_>, host: &str) -> String {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if told.key.0 == 6 && port.parse::<u16>().is_ok() => bare,
        _ => host,
    };
    bare.to_lowercase()
}

/// A name as nDPI writes it: in lower case, with a question mark for what is not visible ASCII and an
/// underscore for what is no part of a host's name.
fn name_as_written(name: &[u8]) -> String {
    let written = |&byte: &u8| match byte.to_ascii_lowercase() {
        byte @ (b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b':') => char::from(byte),
        b' '..=b'~' => '_',
        _ => '?',
    };
    name.iter().map(written).collect()
}

/// Whether they wrote this name; of long ones they keep the end.
fn is_written(name: &str, theirs: &str) -> bool {
    /// What they have room for.
    const LONGEST: usize = 79;
    name == theirs || theirs.len() >= LONGEST && name.ends_with(theirs)
}
