//! What payloads say, against the tools that read it too.
//!
//! | reader | facts | judged by |
//! |---|---|---|
//! | DNS | id, kind, names, types, codes, addresses, aliases | tshark; names also by nDPI |
//! | TLS and DTLS hellos | versions, suites, extensions, SNI, ALPN, JA3, JA3S | tshark and nDPI |
//! | QUIC long headers | versions, connection IDs, kinds, lengths of tokens, versions offered | tshark |
//! | QUIC Initial packets | the ClientHello inside: as TLS | tshark and nDPI |
//! | JA4 | | nDPI: tshark 4.0 has none |
//! | HTTP/1 | method, target, host, user agent, status | tshark; names also by nDPI |
//! | Community ID | | its makers' baseline, and tshark |
//!
//! On how many messages stands in `tshark::COMPARED` and is printed by `ndpi`. QUIC's version 2 is in
//! the packets of RFC 9369 alone.

mod community_id;
mod firsts;
mod flows;
mod groups;
mod lines;
mod ndpi;
mod observed;
mod tshark;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The files of a `.tar.zst`, by name without folders.
fn unpack(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::File::open(archive).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).unwrap());
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let Some(name) = entry.path().unwrap().file_name().map(ToOwned::to_owned) else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if !bytes.is_empty() {
            files.insert(name.into_string().unwrap(), bytes);
        }
    }
    files
}

/// Disagreements that are meant: fact, capture, how many, and why.
type Deliberate = [(&'static str, &'static str, usize, &'static str)];

/// Disagreements by fact and capture, with an example of each.
#[derive(Default)]
struct Differences(BTreeMap<(&'static str, String), (usize, String)>);

impl Differences {
    fn add(&mut self, fact: &'static str, capture: &str, count: usize, example: String) {
        let entry = self.0.entry((fact, capture.to_owned())).or_insert_with(|| (0, example));
        entry.0 += count;
    }

    fn count(&self, fact: &str) -> usize {
        let of_it = self.0.iter().filter(|((name, _), _)| *name == fact);
        of_it.map(|(_, (count, _))| count).sum()
    }

    /// Prints what differs and why, and fails if that is not exactly what is meant.
    fn judge(&self, deliberate: &Deliberate) {
        let reason = |fact: &str, capture: &str, count: usize| {
            let meant = deliberate
                .iter()
                .find(|meant| (meant.0, meant.1, meant.2) == (fact, capture, count));
            meant.map(|meant| meant.3)
        };
        let mut unmeant = 0;
        for ((fact, capture), (count, example)) in &self.0 {
            let reason = reason(fact, capture, *count);
            unmeant += usize::from(reason.is_none());
            println!("  {fact}, {capture}: {count}, {}", reason.unwrap_or("NOT MEANT"));
            if reason.is_none() {
                println!("    {example}");
            }
        }
        assert_eq!(
            (unmeant, self.0.len()),
            (0, deliberate.len()),
            "differences that are not meant"
        );
    }
}
