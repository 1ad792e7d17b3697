//! A list from a reader, line by line; the first lines tell what it is.

use std::io::Read;
use std::net::Ipv6Addr;

use super::fields::{Fields, delimiter};
use super::format::{Columns, Rows};
use super::intake::Intake;
use super::limits::MAX_COLUMNS;
use super::lines::{Line, Lines, Stop, text};
use super::{List, ListFormat, ListOptions};
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
        let (mut rows, mut header) = (None, None);
        while let Some((line, number)) = lines.next().map_err(|stop| self.stopped(stop))? {
            match (&rows, line) {
                (Some(_), Line::Binary(_)) => {
                    return Err(DetectError::Binary { list: self.name.clone(), line: number });
                }
                (Some(rows), line) => intake.line(rows, line, number)?,
                (None, line) => rows = self.begin(line, number, &mut header, &mut intake)?,
            }
        }
        let format = rows.as_ref().map(Rows::format).or(self.format);
        intake.finish(format.unwrap_or(ListFormat::Plain))
    }

    /// What the lines hold, once one has come that is no comment. The names of columns may stand in it, or in a comment.
    fn begin(
        &self,
        line: Line<'_>,
        number: u64,
        header: &mut Option<Columns>,
        intake: &mut Intake<'_>,
    ) -> Result<Option<Rows>, DetectError> {
        let (Line::Bytes(bytes) | Line::Binary(bytes)) = line else {
            return intake.line(&Rows::Plain, line, number).map(|()| None);
        };
        if let Some(found) = foreign(bytes) {
            return Err(DetectError::NotAList { list: self.name.clone(), found });
        }
        let text = text(bytes);
        let row = text.trim_start().trim_start_matches(['#', ';', '/']).trim();
        let named = Columns::named_by(row, self.column.as_deref());
        let is_named = named.is_some();
        *header = named.or(header.take());
        if Rows::Plain.is_comment(bytes) {
            intake.remark();
            return Ok(None);
        }
        let rows = self.rows(row, header.take())?;
        match (is_named, rows.format()) {
            (true, ListFormat::Csv) => intake.remark(),
            _ => intake.line(&rows, line, number)?,
        }
        Ok(Some(rows))
    }

    fn rows(&self, first: &str, columns: Option<Columns>) -> Result<Rows, DetectError> {
        // Who asks for a column has a table or JSON lines.
        let has_columns = columns.is_some() || self.column.is_some();
        Ok(match self.format.unwrap_or_else(|| ListFormat::tell(first, has_columns)) {
            ListFormat::Plain => Rows::Plain,
            ListFormat::Hosts => Rows::Hosts,
            ListFormat::JsonLines => Rows::JsonLines { key: self.column.clone() },
            ListFormat::Csv => Rows::Csv(columns.ok_or_else(|| self.no_column(first))?),
        })
    }

    fn no_column(&self, first: &str) -> DetectError {
        let fields = Fields::of(first, delimiter(first)).take(MAX_COLUMNS);
        DetectError::NoColumn {
            list: self.name.clone(),
            column: self.column.clone(),
            columns: fields.map(|name| format!("{name:?}")).collect(),
        }
    }

    fn stopped(&self, stop: Stop) -> DetectError {
        let list = self.name.clone();
        match stop {
            Stop::Failed { line, source } => DetectError::Read { list, line, source },
            Stop::TooLarge { line } => {
                DetectError::TooLarge { list, what: "bytes", limit: self.max_bytes, line }
            }
        }
    }
}

/// What a file is that begins with no list's line. Downloads fail in these ways.
fn foreign(line: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 9] = [
        (b"\x1f\x8b", "a gzip stream"),
        (b"\x28\xb5\x2f\xfd", "a zstd stream"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\xff\xfe", "text of two bytes a character"),
        (b"\xfe\xff", "text of two bytes a character"),
        (b"<", "a web page"),
        (b"[", "a JSON array"),
        (b"\xd4\xc3\xb2\xa1", "a capture of packets"),
        (b"\x4d\x3c\xb2\xa1", "a capture of packets"),
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

#[cfg(test)]
mod tests {
    use std::io;

    use proptest::prelude::*;

    use super::*;
    use netsift_alert::Level;

    use crate::lists::{AddressRange, Entry, LocalEntries};

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
            "test: 2 of 4 entries (CSV); 1 of web pages (line 6); 1 of a foreign kind (line 7); 1 with a port (line 4)",
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
            (b"\x4d\x3c\xb2\xa1\x02\0", "a capture of packets"),
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
        let holes = [&b"192.0.2.1\n192.0.2.2\n192.0.2.3\n"[..], &[0; 100_000]].concat();
        let error = refused(holes);
        assert_eq!(error.to_string(), r#"the list "test" is damaged: line 4 is binary data"#);
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
