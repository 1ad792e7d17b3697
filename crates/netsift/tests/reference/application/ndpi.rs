//! Fingerprints and names equal what nDPI wrote about its own captures.

use std::collections::BTreeMap;

use netsift_packet::Depth;

use super::flows::{Facts, Hello, Key, facts, key};
use super::{Differences, unpack};
use crate::shared;

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
            let inner = facts(capture, Depth::Innermost);
            let outer = facts(capture, Depth::Outermost);
            told.iter().for_each(|told| tally.compare(name, told, &inner, &outer));
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
    compared: BTreeMap<&'static str, usize>,
    differences: BTreeMap<&'static str, Differences>,
}

impl Tally {
    fn compare(
        &mut self,
        capture: &str,
        told: &Told<'_>,
        inner: &BTreeMap<Key, Facts>,
        outer: &BTreeMap<Key, Facts>,
    ) {
        if !told.is_quic_that_is_read() {
            self.unread += 1;
            return;
        }
        let nothing = Facts::default();
        let found = inner.get(&told.key).or_else(|| outer.get(&told.key)).unwrap_or(&nothing);
        let hello = found.hellos.first();
        self.one("JA3", capture, told, told.fact("JA3C"), hello.map(|hello| hello.ja3.clone()));
        let ja3s = told.fact("JA3S").and_then(|text| text.split(' ').next());
        self.one("JA3S", capture, told, ja3s, found.ja3s.first().cloned());
        self.one("JA4", capture, told, told.fact("JA4"), hello.map(ja4_as_written));
        let alpn = told.fact("(Advertised) ALPNs");
        self.one("ALPN", capture, told, alpn, hello.map(|hello| hello.alpn.join(";")));
        // A user agent may hold brackets: theirs is as long as ours, if it goes on like it.
        let agent = found.agents.first();
        let is_same =
            |text: &&str| agent.is_some_and(|agent| text.starts_with(&format!("{agent}][")));
        let theirs = told.from("User-Agent").map(|text| match is_same(&text) {
            true => agent.map(String::as_str).unwrap_or_default(),
            false => told.fact("User-Agent").unwrap_or_default(),
        });
        self.one("user agent", capture, told, theirs, agent.cloned());
        let host = told.fact("Hostname/SNI");
        if told.is_of(&["TLS", "QUIC", "DTLS"]) {
            self.one(
                "SNI",
                capture,
                told,
                host,
                hello.and_then(|hello| hello.name.as_deref()).map(str::to_lowercase),
            );
        } else if told.is_of(&["HTTP", "SSDP"]) {
            let written = |host: &String| match told.key.0 {
                6 => host_as_written(host),
                _ => host.to_lowercase(),
            };
            self.one("host", capture, told, host, found.hosts.first().map(written));
        } else if told.is_of(&["DNS", "MDNS", "LLMNR"]) {
            // A flow may hold many queries, and nDPI tells of one.
            let names: Vec<_> = found.names.iter().map(|name| name_as_written(name)).collect();
            let same = names.iter().find(|name| Some(name.as_str()) == host).or(names.first());
            self.one("query", capture, told, host, same.cloned());
        }
    }

    fn one(
        &mut self,
        fact: &'static str,
        capture: &str,
        told: &Told<'_>,
        theirs: Option<&str>,
        ours: Option<String>,
    ) {
        let Some(theirs) = theirs else { return };
        *self.compared.entry(fact).or_default() += 1;
        if ours.as_deref() != Some(theirs) {
            let reason = "?";
            println!("{fact} {capture} {:?}: theirs {theirs}, ours {ours:?}", told.key);
            self.differences
                .entry(fact)
                .or_default()
                .add(reason, || format!("{capture}: theirs {theirs}, ours {ours:?}"));
        }
    }

    fn print_and_judge(&self) {
        for (fact, compared) in &self.compared {
            let different = self.differences.get(fact).map_or(0, Differences::count);
            println!("{fact}: {compared} flows compared, {different} differ");
            self.differences.get(fact).into_iter().for_each(Differences::print);
        }
    }
}

/// JA4 as nDPI of that time wrote it. Against the published description it takes the first two
/// characters of the ALPN instead of the first and the last, has `i` for a numeric server name only
/// instead of for none, and sums up empty lists instead of writing zeros.
fn ja4_as_written(hello: &Hello) -> String {
    const EMPTY_SUM: &str = "e3b0c44298fc";
    let numeric = hello.name.as_ref().is_some_and(|name| name.parse::<std::net::IpAddr>().is_ok());
    let first_two = hello.alpn.first().map_or("00", |name| &name[..name.len().min(2)]);
    let (head, sums) = hello.ja4.split_at(10);
    let letter = if numeric { 'i' } else { 'd' };
    format!(
        "{}{letter}{}{first_two}{}",
        &head[..3],
        &head[4..8],
        sums.replace("000000000000", EMPTY_SUM)
    )
}

/// A host as nDPI writes it: in lower case, without its port.
fn host_as_written(host: &str) -> String {
    let bare = match host.rsplit_once(':') {
        Some((bare, port)) if !host.starts_with('[') && port.parse::<u16>().is_ok() => bare,
        _ => host,
    };
    bare.to_lowercase()
}

/// A name as nDPI writes it: in lower case, with a question mark for each byte that is not ASCII.
fn name_as_written(name: &str) -> String {
    let mut text = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|code| code.parse::<u8>().ok());
        let (byte, len) = code.map_or((rest.as_bytes()[at + 1], 2), |byte| (byte, 4));
        text.push(if byte.is_ascii_graphic() || byte == b' ' { char::from(byte) } else { '?' });
        rest = &rest[at + len..];
    }
    (text + rest).to_lowercase()
}
