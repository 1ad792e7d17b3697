//! A list from a reader: line by line, each entry taken or counted for what is wrong with it.

use std::io::Read;
use std::net::{IpAddr, Ipv6Addr};

use super::fields::{Fields, delimiter};
use super::fingerprints::{Fingerprint, Fingerprints};
use super::format::{Cell, Columns, Rows};
use super::limits::{BROADEST_V4, BROADEST_V6, MAX_COLUMNS};
use super::lines::{Line, Lines, Stop, text};
use super::list::ListKind;
use super::name::Pattern;
use super::names::Names;
use super::range::bits_of;
use super::report::Tally;
use super::spans::{Span, Spans};
use super::{AddressRange, Defect, List, ListFormat, ListOptions, LoadReport, LocalEntries, local};
use crate::DetectError;

impl ListOptions {
    /// Reads a list. Its memory is bounded by [`max_entries`](Self::max_entries) and [`max_bytes`](Self::max_bytes),
    /// and what is wrong with single entries is counted in the list's [report](List::report).
    ///
    /// # Errors
    /// If the options cannot be, the reader fails, the file is something else, lacks the column, is beyond a limit, or
    /// if more than half of its entries cannot be read. A list that was loaded before stays as it is.
    pub fn read(&self, source: impl Read) -> Result<List, DetectError> {
        self.check()?;
        let mut lines = Lines::new(source, self.max_bytes);
        let mut intake = Intake::new(self);
        let Some((format, rows)) = self.start(&mut lines, &mut intake)? else {
            return intake.finish(self.format.unwrap_or(ListFormat::Plain));
        };
        loop {
            let number = lines.number() + 1;
            match lines.next() {
                Ok(None) => return intake.finish(format),
                Ok(Some(line)) => intake.line(&rows, line, number)?,
                Err(stop) => return Err(self.stopped(stop, number - 1)),
            }
        }
    }

    /// Reads comments, and the first line that is none, by which the format is told; nothing if there is no such line.
    fn start<R: Read>(
        &self,
        lines: &mut Lines<R>,
        intake: &mut Intake<'_>,
    ) -> Result<Option<(ListFormat, Rows)>, DetectError> {
        let mut header = None;
        loop {
            let number = lines.number() + 1;
            let line = match lines.next() {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(stop) => return Err(self.stopped(stop, number - 1)),
            };
            let bytes = match line {
                Line::Bytes(bytes) => bytes,
                Line::TooLong => b"",
            };
            if let Some(found) = foreign(bytes) {
                return Err(DetectError::NotAList { list: self.name.clone(), found });
            }
            if line != Line::TooLong && !Rows::Plain.is_comment(bytes) {
                let first = text(bytes);
                let named = self.columns(&first);
                let is_header = named.is_some();
                let (format, rows) = self.rows(&first, named.or(header))?;
                if is_header && format == ListFormat::Csv {
                    intake.remark();
                } else {
                    intake.line(&rows, line, number)?;
                }
                return Ok(Some((format, rows)));
            }
            let comment = text(bytes);
            header =
                self.columns(comment.trim_start().trim_start_matches(['#', ';', '/'])).or(header);
            intake.line(&Rows::Plain, line, number)?;
        }
    }

    fn columns(&self, row: &str) -> Option<Columns> {
        Columns::named_by(row.trim(), self.column.as_deref())
    }

    fn rows(
        &self,
        first: &str,
        columns: Option<Columns>,
    ) -> Result<(ListFormat, Rows), DetectError> {
        let told = || ListFormat::tell(first.trim_start(), columns.is_some());
        // Who names a column has a table or JSON lines.
        let format = match self.format.unwrap_or_else(told) {
            ListFormat::Plain | ListFormat::Hosts
                if self.format.is_none() && self.column.is_some() =>
            {
                ListFormat::Csv
            }
            format => format,
        };
        let rows = match format {
            ListFormat::Plain => Rows::Plain,
            ListFormat::Hosts => Rows::Hosts,
            ListFormat::JsonLines => Rows::JsonLines { key: self.column.clone() },
            ListFormat::Csv => Rows::Csv(columns.ok_or_else(|| self.no_column(first))?),
        };
        Ok((format, rows))
    }

    fn no_column(&self, first: &str) -> DetectError {
        let fields = Fields::of(first, delimiter(first)).take(MAX_COLUMNS);
        DetectError::NoColumn {
            list: self.name.clone(),
            column: self.column.clone(),
            columns: fields.map(|name| format!("{name:?}")).collect(),
        }
    }

    fn stopped(&self, stop: Stop, line: u64) -> DetectError {
        let list = self.name.clone();
        match stop {
            Stop::Failed(source) => DetectError::Read { list, line, source },
            Stop::TooLarge => {
                DetectError::TooLarge { list, what: "bytes", limit: self.max_bytes, line }
            }
        }
    }
}

/// What a file is that begins with no list's line. Downloads fail in these ways.
fn foreign(line: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 8] = [
        (b"\x1f\x8b", "a gzip stream"),
        (b"\x28\xb5\x2f\xfd", "a zstd stream"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xff\xfe", "text of two bytes a character"),
        (b"\xfe\xff", "text of two bytes a character"),
        (b"<", "a web page"),
        (b"[", "a JSON array"),
        (b"\xd4\xc3\xb2\xa1", "a capture of packets"),
    ];
    let start = line.trim_ascii_start();
    let known = KNOWN.iter().find(|(magic, _)| start.starts_with(magic) && !is_address(start));
    let binary = line.contains(&0).then_some("binary data, or text of several bytes a character");
    known.map(|(_, what)| *what).or(binary)
}

/// Only an IPv6 address with a port begins with a bracket.
fn is_address(line: &[u8]) -> bool {
    let end = line.iter().position(|byte| *byte == b']');
    let address = end.and_then(|end| str::from_utf8(line.get(1..end)?).ok());
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// What was taken so far.
struct Intake<'o> {
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
    fn new(options: &'o ListOptions) -> Self {
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
    fn remark(&mut self) {
        self.lines += 1;
        self.comments += 1;
    }

    fn line(&mut self, rows: &Rows, line: Line<'_>, number: u64) -> Result<(), DetectError> {
        let bytes = match line {
            Line::Bytes(bytes) if rows.is_comment(bytes) => {
                self.remark();
                return Ok(());
            }
            Line::Bytes(bytes) => bytes,
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

    fn finish(mut self, format: ListFormat) -> Result<List, DetectError> {
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
    use std::io;

    use proptest::prelude::*;

    use super::*;
    use netsift_alert::Level;

    use crate::lists::Entry;

    fn read(text: impl AsRef<[u8]>) -> List {
        ListOptions::new("test").read(text.as_ref()).unwrap()
    }

    fn refused(text: impl AsRef<[u8]>) -> DetectError {
        ListOptions::new("test").read(text.as_ref()).unwrap_err()
    }

    fn entries(list: &List) -> Vec<String> {
        let mut entries: Vec<_> =
            list.iter().map(|hit| (hit.line(), hit.entry().to_string())).collect();
        entries.sort();
        entries.into_iter().map(|(line, entry)| format!("{line}: {entry}")).collect()
    }

    #[track_caller]
    fn holds(text: &str, format: ListFormat, expected: &[&str], report: &str) {
        let list = read(text);
        assert_eq!(entries(&list), expected);
        assert_eq!(list.report().format, format);
        assert_eq!(list.report().to_string(), report);
    }

    #[test]
    fn netsets_of_firehol() {
        let text = "#\n# made_up_netset\n#\n# ipv4 hash:net ipset\n#\n# Category        : attacks\n#\n\
            0.0.0.0/8\n10.0.0.0/8\n192.0.2.7\n198.51.100.0/24\n224.0.0.0/3\n";
        holds(
            text,
            ListFormat::Plain,
            &["10: 192.0.2.7", "11: 198.51.100.0/24"],
            "test: 2 of 5 entries (plain); 3 local (lines 8, 9, 12)",
        );
        let kept =
            ListOptions::new("test").local(LocalEntries::Keep).read(text.as_bytes()).unwrap();
        // Multicast and reserved addresses together are broader than anything that somebody owns.
        assert_eq!(
            kept.report().to_string(),
            "test: 4 of 5 entries (plain); 1 too broad (line 12)"
        );
    }

    #[test]
    fn spamhaus_drop_as_text_and_as_json_lines() {
        let text = "; Made-up DROP List 2026/01/01 - \u{a9} nobody\n; Expires: never\n\
            192.0.2.0/24 ; SBL1\r\n2001:db8::/32 ; SBL2\n";
        let found = ["3: 192.0.2.0/24", "4: 2001:db8::/32"];
        holds(text, ListFormat::Plain, &found, "test: 2 of 2 entries (plain)");
        let json = "{\"cidr\":\"192.0.2.0/24\",\"sblid\":\"SBL1\",\"rir\":\"x\"}\n\
            {\"cidr\":\"2001:db8::/32\",\"sblid\":\"SBL2\",\"rir\":\"x\"}\n\
            {\"type\":\"metadata\",\"timestamp\":1,\"size\":2,\"records\":2,\"copyright\":\"x\"}\n";
        let found = ["1: 192.0.2.0/24", "2: 2001:db8::/32"];
        holds(json, ListFormat::JsonLines, &found, "test: 2 of 2 entries (JSON lines)");
        assert_eq!(read(json).report().comments, 1);
    }

    #[test]
    fn tables_of_abuse_ch() {
        let feodo = "####\n# Made-up (CSV format) #\n####\n#\n\
            \"first_seen_utc\",\"dst_ip\",\"dst_port\",\"c2_status\",\"last_online\",\"malware\"\n\
            \"2026-01-01 00:00:00\",\"192.0.2.7\",\"443\",\"online\",\"2026-01-02\",\"X\"\n# END (1 entries)\n";
        holds(feodo, ListFormat::Csv, &["6: 192.0.2.7"], "test: 1 of 1 entries (CSV)");
        let sslbl = "#\n# ja3_md5,Firstseen,Lastseen,Listingreason\n\
            0123456789ABCDEF0123456789abcdef,2026-01-01 00:00:00,2026-01-02 00:00:00,X\n# END 1 entries\n";
        let found = ["3: 0123456789abcdef0123456789abcdef"];
        holds(sslbl, ListFormat::Csv, &found, "test: 1 of 1 entries (CSV)");
        let addresses = "# Firstseen,DstIP,DstPort\n2026-01-01 00:00:00,192.0.2.7,443\n";
        holds(addresses, ListFormat::Csv, &["2: 192.0.2.7"], "test: 1 of 1 entries (CSV)");
        let urlhaus =
            "# Made-up hosts\n#\n127.0.0.1\tevil.example\r\n127.0.0.1\twww.Evil.example\r\n";
        let found = ["3: evil.example", "4: www.evil.example"];
        holds(urlhaus, ListFormat::Hosts, &found, "test: 2 of 2 entries (hosts file)");
        let threatfox = "# Made-up (CSV format)\n#\n\
            # \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"threat_type\",\"tags\"\n\
            \"2026-01-01 00:00:00\", \"1\", \"192.0.2.7:8080\", \"ip:port\", \"botnet_cc\", \"a,b\"\n\
            \"2026-01-01 00:00:00\", \"2\", \"evil.example\", \"domain\", \"botnet_cc\", \"\"\n\
            \"2026-01-01 00:00:00\", \"3\", \"https://evil.example/x?y=1\", \"url\", \"payload\", \"\"\n\
            \"2026-01-01 00:00:00\", \"4\", \"0123456789abcdef0123456789abcdef\", \"md5_hash\", \"x\", \"\"\n";
        holds(
            threatfox,
            ListFormat::Csv,
            &["4: 192.0.2.7", "5: evil.example"],
            "test: 2 of 4 entries (CSV); 1 web addresses (line 6); 1 of a foreign kind (line 7); 1 with a port (line 4)",
        );
    }

    #[test]
    fn hosts_files_have_names_of_their_own() {
        holds(
            "127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n0.0.0.0 a.example b.example\n0.0.0.0 0.0.0.0\n",
            ListFormat::Hosts,
            &["3: a.example", "3: b.example"],
            "test: 2 of 6 entries (hosts file); 4 local (lines 1, 2, 2, …)",
        );
    }

    #[test]
    fn any_table_by_the_name_of_its_column() {
        let table = "when;who;what\n1;evil.example;a\n2;192.0.2.1;b\n";
        let list = ListOptions::new("test").column("WHO").read(table.as_bytes()).unwrap();
        assert_eq!(entries(&list), ["2: evil.example", "3: 192.0.2.1"]);
        let error = ListOptions::new("test").column("whom").read(table.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"the list "test" has no column whom; its columns are "when", "who", "what""#
        );
        let error =
            ListOptions::new("test").format(ListFormat::Csv).read(table.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("no column that is known"), "{error}");
        let json = "{\"bad\":\"192.0.2.1\"}\n";
        let list = ListOptions::new("test").column("bad").read(json.as_bytes()).unwrap();
        assert_eq!(list.report().format, ListFormat::JsonLines);
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
             2 web addresses (lines 10, 11); 2 of a foreign kind (lines 12, 13); \
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
    fn an_empty_list_is_a_list() {
        for text in ["", "\n", "# nothing today\n", "#\n# END (0 entries)"] {
            let list = read(text);
            assert!(list.is_empty() && list.report().entries == 0, "{text:?}");
            assert!(list.address([192, 0, 2, 1].into()).is_none() && list.domain(b"x.y").is_none());
        }
        let headed = read("\"dst_ip\",\"dst_port\"\n");
        assert_eq!((headed.report().comments, headed.len()), (1, 0));
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let wide: Vec<u8> = "192.0.2.1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [b"\xff\xfe", &wide[..]].concat();
        for (bytes, found) in [
            (&b"\x1f\x8b\x08\0"[..], "a gzip stream"),
            (b"\n<!DOCTYPE html>\n<html>", "a web page"),
            (b"[\n{\"ip\":\"192.0.2.1\"}\n]", "a JSON array"),
            (&wide, "binary data, or text of several bytes a character"),
            (&marked, "text of two bytes a character"),
            (
                b"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a",
                "binary data, or text of several bytes a character",
            ),
        ] {
            let error = refused(bytes);
            assert!(
                matches!(&error, DetectError::NotAList { found: f, .. } if *f == found),
                "{error}"
            );
        }
        assert_eq!(entries(&read("[2001:db8::1]:443\n")), ["1: 2001:db8::1"]);
    }

    #[test]
    fn a_file_of_which_most_is_no_list_is_refused() {
        let error = refused("192.0.2.1\nthis is\nno list\n");
        assert_eq!(
            error.to_string(),
            r#"the list "test" is damaged: 2 of 3 entries cannot be read, first that of line 2"#
        );
        assert_eq!(read("192.0.2.1\n192.0.2.2\nthis is\nno list\n").report().skipped(), 2);
        let bad = "not an entry\n".repeat(1_000_000);
        assert!(matches!(refused(bad), DetectError::Damaged { unreadable: 1_000_000, .. }));
        assert!(matches!(refused(vec![b'x'; 1 << 20]), DetectError::Damaged { unreadable: 1, .. }));
    }

    #[test]
    fn limits_hold() {
        let three = &b"192.0.2.1\n192.0.2.2\n192.0.2.3\n"[..];
        let options = ListOptions::new("test").severity(Level::Low);
        let error = options.clone().max_entries(2).read(three).unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"the list "test" has more than 2 entries: refused at line 3"#
        );
        assert!(options.clone().max_entries(3).read(three).is_ok());
        let error = options.clone().max_bytes(29).read(three).unwrap_err();
        assert!(matches!(error, DetectError::TooLarge { what: "bytes", limit: 29, .. }));
        assert!(options.clone().max_bytes(30).read(three).is_ok());
        assert!(matches!(
            options.max_bytes(1 << 20).read(io::repeat(b'#')),
            Err(DetectError::TooLarge { .. })
        ));
    }

    #[test]
    fn a_reader_that_fails_says_where() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        let error =
            ListOptions::new("test").read((&b"192.0.2.1\n"[..]).chain(Failing)).unwrap_err();
        assert!(matches!(error, DetectError::Read { line: 1, .. }), "{error:?}");
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

    fn some_line() -> impl Strategy<Value = String> {
        prop_oneof![
            (0_u32..600, 22_u8..=32).prop_map(|(number, prefix_len)| {
                format!("{}/{prefix_len}", std::net::Ipv4Addr::from_bits(0xc633_6400 + number))
            }),
            (0_u32..600, 0_u32..100).prop_map(|(number, len)| {
                let address = |number| std::net::Ipv4Addr::from_bits(0xc633_6400 + number);
                format!("{}-{}", address(number), address(number + len))
            }),
            (0_u128..40, 120_u8..=128).prop_map(|(number, prefix_len)| {
                format!("{}/{prefix_len}", Ipv6Addr::from_bits((0x2001_0db8 << 96) + number))
            }),
            "[ab.]{1,6}",
            "#[ -~]{0,5}",
        ]
    }

    proptest! {
        #[test]
        fn addresses_are_found_as_by_a_search_through_all(
            lines in prop::collection::vec(some_line(), 0..60),
            asked in prop::collection::vec(0_u32..700, 20),
        ) {
            let Ok(list) = ListOptions::new("test").read(lines.join("\n").as_bytes()) else { return Ok(()) };
            let ranges: Vec<_> = lines
                .iter()
                .filter_map(|line| AddressRange::parse(line))
                .map(|parsed| parsed.range)
                .collect();
            let v4 = asked.iter().map(|number| std::net::Ipv4Addr::from_bits(0xc633_6400 + number).into());
            let v6 = asked.iter().map(|number| {
                Ipv6Addr::from_bits((0x2001_0db8 << 96) + u128::from(number % 50)).into()
            });
            for address in v4.chain(v6) {
                let around = ranges.iter().filter(|range| range.contains(address));
                let narrowest = around.min_by_key(|range| (range.distance(), range.first()));
                let found = list.address(address).map(|hit| hit.entry());
                prop_assert_eq!(found, narrowest.map(|range| Entry::Addresses(*range)));
            }
        }

        #[test]
        fn entries_are_those_loaded_and_those_skipped(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(list) = ListOptions::new("test").read(&bytes[..]) {
                let report = list.report();
                prop_assert_eq!(report.entries, report.loaded + report.skipped());
                prop_assert_eq!(report.loaded, list.len() as u64);
                prop_assert_eq!(report.lines, report.comments + report.entries);
            }
        }
    }
}
