//! What entries of a list become: taken by their kind, or counted for what is wrong with them.

use std::net::IpAddr;

use super::fingerprints::{Fingerprint, Fingerprints};
use super::format::{Cell, Rows};
use super::limits::{BROADEST_V4, BROADEST_V6};
use super::lines::{Line, text};
use super::list::ListKind;
use super::name::Pattern;
use super::names::Names;
use super::range::bits_of;
use super::report::Tally;
use super::spans::{Span, Spans};
use super::{AddressRange, Defect, List, ListFormat, ListOptions, LoadReport, LocalEntries, local};
use crate::DetectError;

/// What was taken so far.
pub(super) struct Intake<'o> {
    options: &'o ListOptions,
    v4: Vec<Span<u32>>,
    v6: Vec<Span<u128>>,
    names: Names,
    fingerprints: Fingerprints,
    tally: Tally,
    lines: u64,
    comments: u64,
    entries: u64,
}

impl<'o> Intake<'o> {
    pub(super) fn new(options: &'o ListOptions) -> Self {
        Self {
            options,
            v4: Vec::new(),
            v6: Vec::new(),
            names: Names::default(),
            fingerprints: Fingerprints::default(),
            tally: Tally::default(),
            lines: 0,
            comments: 0,
            entries: 0,
        }
    }

    /// A line that holds no entry.
    pub(super) fn remark(&mut self) {
        self.lines += 1;
        self.comments += 1;
    }

    pub(super) fn line(
        &mut self,
        rows: &Rows,
        line: Line<'_>,
        number: u64,
    ) -> Result<(), DetectError> {
        let bytes = match line {
            Line::Bytes(bytes) if rows.is_comment(bytes) => {
                self.remark();
                return Ok(());
            }
            Line::Bytes(bytes) | Line::Binary(bytes) => bytes,
            Line::TooLong => {
                (self.lines, self.entries) = (self.lines + 1, self.entries + 1);
                self.tally.note(Defect::TooLong, number);
                return Ok(());
            }
        };
        self.lines += 1;
        let (line, mut remarks) = (text(bytes), 0);
        rows.entries(&line, |cell| {
            let defect = match cell {
                Cell::Remark => {
                    remarks += 1;
                    return;
                }
                Cell::Entry(entry) => self.entry(&entry, number).err(),
                Cell::Defect(defect) => Some(defect),
            };
            self.entries += 1;
            defect.into_iter().for_each(|defect| self.tally.note(defect, number));
        });
        self.comments += remarks;
        self.check_room(number)
    }

    fn check_room(&self, line: u64) -> Result<(), DetectError> {
        let limit = self.options.max_entries;
        if self.len() <= limit {
            return Ok(());
        }
        let list = self.options.name.clone();
        Err(DetectError::TooLarge { list, what: "entries", limit: limit as u64, line })
    }

    fn len(&self) -> usize {
        self.v4.len() + self.v6.len() + self.names.len() + self.fingerprints.len()
    }

    fn entry(&mut self, text: &str, number: u64) -> Result<(), Defect> {
        let line = number as u32; // a line has a byte or more, and there are at most 2^32 of them
        if let Some(parsed) = AddressRange::parse(text) {
            self.range(parsed.range, line)?;
            let notes = [(parsed.has_host_bits, Defect::HostBits), (parsed.has_port, Defect::Port)];
            let notes = notes.into_iter().filter(|(is_so, _)| *is_so);
            notes.for_each(|(_, defect)| self.tally.note(defect, number));
            return Ok(());
        }
        if let Some(fingerprint) = Fingerprint::parse(text) {
            return once(self.fingerprints.insert(fingerprint, line));
        }
        if is_foreign(text) {
            return Err(Defect::Foreign);
        }
        let mut pattern = Pattern::parse(text).ok_or_else(|| unreadable(text))?;
        pattern.subdomains |= self.options.subdomains;
        match (pattern.name.depth(), self.options.local) {
            (1, _) if pattern.subdomains => Err(Defect::TooBroad),
            (1, LocalEntries::Skip) => Err(Defect::Local),
            _ => once(self.names.insert(&pattern, line)),
        }
    }

    fn range(&mut self, range: AddressRange, line: u32) -> Result<(), Defect> {
        let most = match range.first() {
            IpAddr::V4(_) => (u32::MAX >> BROADEST_V4).into(),
            IpAddr::V6(_) => u128::MAX >> BROADEST_V6,
        };
        let skip_local = self.options.local == LocalEntries::Skip;
        if skip_local && local::holds(range) {
            return Err(Defect::Local);
        }
        if range.distance() > most {
            return Err(Defect::TooBroad);
        }
        if skip_local && local::touches(range) {
            return Err(Defect::Local);
        }
        match (range.first(), range.last()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                self.v4.push(Span { first: first.to_bits(), last: last.to_bits(), line });
            }
            (first, last) => {
                self.v6.push(Span { first: bits_of(first), last: bits_of(last), line });
            }
        }
        Ok(())
    }

    pub(super) fn finish(mut self, format: ListFormat) -> Result<List, DetectError> {
        let tally = &mut self.tally;
        let v4 = Spans::new(self.v4, |line| tally.note(Defect::Duplicate, line.into()));
        let v6 = Spans::new(self.v6, |line| tally.note(Defect::Duplicate, line.into()));
        self.names.shrink();
        let loaded = v4.len() + v6.len() + self.names.len() + self.fingerprints.len();
        let report = LoadReport {
            list: self.options.name.clone(),
            format,
            severity: self.options.severity,
            lines: self.lines,
            comments: self.comments,
            entries: self.entries,
            loaded: loaded as u64,
            defects: self.tally.facts(),
        };
        check_damage(&report)?;
        Ok(List {
            kind: ListKind::Read,
            category: self.options.category.clone(),
            v4,
            v6,
            names: self.names,
            fingerprints: self.fingerprints,
            report,
        })
    }
}

fn once(is_new: bool) -> Result<(), Defect> {
    if is_new { Ok(()) } else { Err(Defect::Duplicate) }
}

/// Sums of files and autonomous systems, which could pass for names without a dot.
fn is_foreign(text: &str) -> bool {
    let is_sum = [40, 64, 128].contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    let system = text.strip_prefix("AS").or_else(|| text.strip_prefix("as"));
    is_sum || system.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// What is wrong with what is no entry: honest lists hold addresses of web pages, too.
fn unreadable(text: &str) -> Defect {
    let has_path = |(host, _): (&str, &str)| Pattern::parse(host).is_some();
    match text.contains("://") || text.split_once('/').is_some_and(has_path) {
        true => Defect::WebAddress,
        false => Defect::Unreadable,
    }
}

/// A file of which most is no list: half a download, another file by mistake.
fn check_damage(report: &LoadReport) -> Result<(), DetectError> {
    let damage = report.defects.iter().filter(|facts| facts.defect.is_damage());
    let unreadable: u64 = damage.clone().map(|facts| facts.count).sum();
    if unreadable * 2 <= report.entries {
        return Ok(());
    }
    let line = damage.filter_map(|facts| facts.lines.first()).min();
    Err(DetectError::Damaged {
        list: report.list.clone(),
        unreadable,
        entries: report.entries,
        line: line.copied().unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: impl AsRef<[u8]>) -> List {
        ListOptions::new("test").read(text.as_ref()).unwrap()
    }

    fn entries(list: &List) -> Vec<String> {
        let told = |hit: crate::lists::Hit<'_>| format!("{}: {}", hit.line(), hit.entry());
        let mut entries: Vec<_> = list.iter().map(told).collect();
        entries.sort();
        entries
    }

    #[test]
    fn every_defect_is_counted_with_its_lines() {
        let long = "x".repeat(70_000);
        let text = format!(
            "192.0.2.0/24\n192.0.2.9/24\n192.0.2.1:80\n0.0.0.0/0\n::/0\n*.com\n10.0.0.1\nevil.example\n\
             EVIL.example.\nhttp://x.y/\nx.y/z\nAS64496\n{}\nb\u{fc}cher.example\n{long}\na b\nprinter\n",
            "0".repeat(64)
        );
        let list = read(&text);
        assert_eq!(entries(&list), ["1: 192.0.2.0/24", "3: 192.0.2.1", "8: evil.example"]);
        assert_eq!(
            list.report().to_string(),
            "test: 3 of 17 entries (plain); 2 unreadable (lines 14, 16); 1 too long (line 15); \
             3 too broad (lines 4, 5, 6); 2 local (lines 7, 17); 2 repeated (lines 2, 9); \
             2 of web pages (lines 10, 11); 2 of a foreign kind (lines 12, 13); \
             1 with host bits (line 2); 1 with a port (line 3)"
        );
        assert_eq!(list.report().skipped(), 14);
    }

    #[test]
    fn whole_names_below_are_an_option() {
        let list = ListOptions::new("test").subdomains(true).read(&b"evil.example\n"[..]).unwrap();
        assert!(list.domain(b"a.evil.example").is_some());
        assert!(read("evil.example\n").domain(b"a.evil.example").is_none());
        let local =
            ListOptions::new("test").local(LocalEntries::Keep).read(&b"printer\n"[..]).unwrap();
        assert!(local.domain(b"PRINTER").is_some());
    }

    #[test]
    fn broad_ranges_are_refused_and_narrow_ones_across_a_border_are_not() {
        let list =
            read("1.255.255.255-2.0.0.0\n8.0.0.0/8\n8.0.0.0/7\n2001:db8::-2002::\n2001::-2003::\n");
        assert_eq!(
            entries(&list),
            ["1: 1.255.255.255-2.0.0.0", "2: 8.0.0.0/8", "4: 2001:db8::-2002::"]
        );
        assert_eq!(list.report().count(Defect::TooBroad), 2);
        // 192.0.0.0/8 holds a private network beside others.
        assert_eq!(read("192.0.0.0/8\n").report().count(Defect::Local), 1);
    }

    #[test]
    fn memory_is_what_is_stated() {
        let mut text = String::new();
        for number in 0..100_000_u32 {
            text.push_str(&format!(
                "{}\n",
                std::net::Ipv4Addr::from_bits(0x1400_0000 + number * 512)
            ));
        }
        let list = read(&text);
        assert_eq!(list.len(), 100_000);
        assert!(list.memory() <= 100_000 * 30, "{}", list.memory());
        let measured = allocation_counter::measure(|| {
            assert!(list.address([20, 0, 2, 0].into()).is_some());
            assert!(list.address([20, 0, 1, 0].into()).is_none());
        });
        assert_eq!(measured.count_total, 0);
        let measured = allocation_counter::measure(|| drop(read(&text)));
        assert!(measured.bytes_max <= 100_000 * 80, "{}", measured.bytes_max);
    }
}
