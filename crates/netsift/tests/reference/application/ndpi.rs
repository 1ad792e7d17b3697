//! Fingerprints and names equal what nDPI wrote about its own captures.

use std::collections::BTreeMap;

use netsift_packet::Depth;

use super::flows::{Facts, Key, facts, key};
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

    /// The text behind `[name: `.
    fn fact(&self, name: &str) -> Option<&'a str> {
        let start = self.line.find(&format!("[{name}: "))? + name.len() + 3;
        let rest = &self.line[start..];
        // A value may hold brackets; the next fact, or the end of the line, follows its own.
        let end = rest.find("][").or_else(|| rest.rfind(']'))?;
        Some(&rest[..end])
    }

    fn is_comparable(&self) -> bool {
        ["JA3C", "JA3S", "JA4", "Hostname/SNI", "User-Agent"].iter().any(|fact| self.fact(fact).is_some())
    }

    fn is_of(&self, protocols: &[&str]) -> bool {
        let of = self.fact("proto").unwrap_or_default();
        let name = of.rsplit('/').next().unwrap_or_default();
        protocols.contains(&name.split('.').next().unwrap_or_default())
    }
}

#[derive(Default)]
struct Tally {
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
        let nothing = Facts::default();
        let found = inner.get(&told.key).or_else(|| outer.get(&told.key)).unwrap_or(&nothing);
        let hello = found.hellos.first();
        self.one("JA3", capture, told, told.fact("JA3C"), hello.map(|hello| hello.ja3.clone()));
        let ja3s = told.fact("JA3S").and_then(|text| text.split(' ').next());
        self.one("JA3S", capture, told, ja3s, found.ja3s.first().cloned());
        self.one("JA4", capture, told, told.fact("JA4"), hello.map(|hello| hello.ja4.clone()));
        let alpn = told.fact("(Advertised) ALPNs");
        self.one("ALPN", capture, told, alpn, hello.map(|hello| hello.alpn.join(";")));
        self.one("user agent", capture, told, told.fact("User-Agent"), found.agents.first().cloned());
        let host = told.fact("Hostname/SNI");
        if told.is_of(&["TLS", "QUIC", "DTLS"]) {
            self.one("SNI", capture, told, host, hello.and_then(|hello| hello.name.clone()));
        } else if told.is_of(&["HTTP", "SSDP"]) {
            self.one("host", capture, told, host, found.hosts.first().cloned());
        } else if told.is_of(&["DNS", "MDNS", "LLMNR"]) {
            self.one("query", capture, told, host, found.names.first().cloned());
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
