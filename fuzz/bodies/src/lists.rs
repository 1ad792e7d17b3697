//! The laws of lists.

use std::io::Read;
use std::net::IpAddr;

use netsift_detect::lists::{
    AddressRange, Entry, Fingerprint, List, ListFormat, ListOptions, LoadReport, LocalEntries,
};

use crate::choices::Choices;

/// How many entries are compared with each other: the square of it is looked at.
const COMPARED: usize = 128;

/// Choices, then a list.
pub(crate) fn body(input: &[u8]) {
    let mut choices = Choices::of(input);
    let options = chosen(choices.byte());
    let file = choices.rest();
    let Ok(list) = options.read(file) else {
        // What is refused is refused in whatever pieces it comes.
        assert!(options.read(Pieces(file)).is_err(), "accepted in pieces alone");
        return;
    };
    everything_is_counted(list.report(), file);
    every_entry_is_found(&list);
    look_ups_are_searches_through_all(&list);
    pieces_change_nothing(&list, &options, file);
    what_is_written_is_read_again(&list);
}

fn chosen(choice: u8) -> ListOptions {
    let options = ListOptions::new("fuzz").max_entries(10_000).subdomains(choice & 8 != 0);
    let local = if choice & 16 == 0 { LocalEntries::Skip } else { LocalEntries::Keep };
    let options = options.local(local);
    match choice & 7 {
        1 => options.format(ListFormat::Plain),
        2 => options.format(ListFormat::Hosts),
        3 => options.format(ListFormat::Csv),
        4 => options.format(ListFormat::JsonLines),
        5 => options.format(ListFormat::Csv).column("b"),
        6 => options.column("b"),
        _ => options,
    }
}

fn everything_is_counted(report: &LoadReport, file: &[u8]) {
    assert_eq!(report.entries, report.loaded + report.skipped(), "entries");
    let holding = report.lines - report.comments;
    match report.format {
        ListFormat::Hosts => assert!(report.entries >= holding, "names of a hosts file"),
        _ => assert_eq!(report.entries, holding, "lines that are no comments"),
    }
    let ends = file.iter().filter(|byte| **byte == b'\n').count();
    let lines = ends + usize::from(file.last().is_some_and(|byte| *byte != b'\n'));
    assert_eq!(report.lines, lines as u64, "lines");
    for facts in &report.defects {
        let told = facts.lines.len() as u64;
        assert!(told == facts.count.min(3), "{facts}");
        assert!(facts.lines.iter().all(|line| (1..=report.lines).contains(line)), "{facts}");
    }
}

fn every_entry_is_found(list: &List) {
    assert_eq!(list.iter().count() as u64, list.report().loaded, "entries told and counted");
    for hit in list.iter() {
        let found = match hit.entry() {
            Entry::Addresses(range) => {
                let ends = [range.first(), range.last()].map(|end| list.address(end));
                for found in ends.into_iter().map(|found| found.map(|found| found.entry())) {
                    let Some(Entry::Addresses(found)) = found else { panic!("{range} is lost") };
                    assert!(width(found) <= width(range), "{found} in place of {range}");
                }
                continue;
            }
            Entry::Domain { name, .. } => list.domain(name.to_uppercase().as_bytes()),
            Entry::Fingerprint(fingerprint) => list.fingerprint(&fingerprint),
            other => panic!("an entry of a new kind: {other}"),
        };
        let Some(found) = found else { panic!("{hit} is lost") };
        let is_alone = matches!(found.entry(), Entry::Domain { subdomains: false, .. });
        assert!(is_alone || found.line() == hit.line(), "{found} in place of {hit}");
    }
}

fn look_ups_are_searches_through_all(list: &List) {
    let (mut ranges, mut names) = (Vec::new(), Vec::new());
    for hit in list.iter().take(COMPARED) {
        match hit.entry() {
            Entry::Addresses(range) => ranges.push(range),
            Entry::Domain { name, subdomains } => names.push((name, subdomains)),
            _ => {}
        }
    }
    // Only where all entries were taken can a search through them know better.
    if list.len() > COMPARED {
        return;
    }
    for range in &ranges {
        for address in around(*range) {
            let candidates = ranges.iter().filter(|range| range.contains(address));
            let narrowest = candidates.min_by_key(|range| (width(**range), range.first()));
            let found = list.address(address).map(|hit| hit.entry());
            assert_eq!(found, narrowest.map(|range| Entry::Addresses(*range)), "{address}");
        }
    }
    for (name, _) in &names {
        for asked in [format!("{name}."), format!("a.b.{name}"), parent(name), format!("x{name}")] {
            let bare = asked.strip_suffix('.').unwrap_or(&asked);
            let is_in = |(name, subdomains): &&(&str, bool)| {
                bare == *name || *subdomains && bare.ends_with(&format!(".{name}"))
            };
            let nearest = names.iter().filter(is_in).map(|(name, _)| name.len()).max();
            let found = list.domain(asked.as_bytes()).map(|hit| match hit.entry() {
                Entry::Domain { name, .. } => name.len(),
                other => panic!("{other} for {asked}"),
            });
            assert!(found == nearest || asked.len() > 253, "{asked}: {found:?}, not {nearest:?}");
        }
    }
}

fn pieces_change_nothing(list: &List, options: &ListOptions, file: &[u8]) {
    match options.read(Pieces(file)) {
        Ok(other) => {
            assert_eq!(other.report(), list.report(), "read in pieces");
            assert_eq!(told(&other), told(list), "read in pieces");
        }
        Err(error) => panic!("refused in pieces: {error}"),
    }
}

fn what_is_written_is_read_again(list: &List) {
    let text: String = list.iter().map(|hit| format!("{}\n", hit.entry())).collect();
    let options = ListOptions::new("fuzz").format(ListFormat::Plain).local(LocalEntries::Keep);
    match options.read(text.as_bytes()) {
        Ok(other) => assert_eq!(entries(&other), entries(list), "written and read"),
        Err(error) => panic!("what was told cannot be read: {error}"),
    }
}

fn told(list: &List) -> Vec<String> {
    let mut told: Vec<String> = list.iter().map(|hit| hit.to_string()).collect();
    told.sort();
    told
}

fn entries(list: &List) -> Vec<String> {
    let mut entries: Vec<String> = list.iter().map(|hit| hit.entry().to_string()).collect();
    entries.sort();
    for entry in &entries {
        assert!(entry.parse::<AddressRange>().is_ok() || !entry.contains('/'), "{entry}");
        assert!(entry.contains('.') || entry.contains(':') || is_short(entry), "{entry}");
    }
    entries
}

/// A fingerprint, or a name without a dot.
fn is_short(entry: &str) -> bool {
    Fingerprint::parse(entry).is_some() || entry.len() <= 63
}

/// The ends of a range and their neighbours.
fn around(range: AddressRange) -> Vec<IpAddr> {
    let neighbours = |address: IpAddr| match address {
        IpAddr::V4(address) => [-1, 0, 1]
            .map(|step| std::net::Ipv4Addr::from_bits(address.to_bits().wrapping_add_signed(step)))
            .map(IpAddr::from),
        IpAddr::V6(address) => [-1, 0, 1]
            .map(|step| std::net::Ipv6Addr::from_bits(address.to_bits().wrapping_add_signed(step)))
            .map(IpAddr::from),
    };
    [range.first(), range.last()].into_iter().flat_map(neighbours).collect()
}

fn width(range: AddressRange) -> u128 {
    let bits = |address| match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    bits(range.last()) - bits(range.first())
}

fn parent(name: &str) -> String {
    name.split_once('.').map_or(name, |(_, parent)| parent).to_owned()
}

/// Hands a byte out at a time.
struct Pieces<'a>(&'a [u8]);

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let len = buffer.len().min(1);
        self.0.read(buffer.get_mut(..len).unwrap_or_default())
    }
}
