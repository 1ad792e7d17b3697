//! What kind of file a list is, and what of each line is an entry.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Defect;
use super::fields::{Fields, delimiter};
use super::limits::MAX_COLUMNS;
use super::name::Name;

/// How the entries of a list are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ListFormat {
    /// An entry a line, with comments behind `#`, `;` or, at the start, `//`: netsets of FireHOL, Spamhaus' DROP, plain
    /// lists of addresses, names or fingerprints. A number may stand behind an entry.
    Plain,
    /// A hosts file: an address, which says nothing, and names. URLhaus and ThreatFox have one.
    Hosts,
    /// Rows with cells between commas, semicolons or tabs, with the names of the columns in the first row or in a
    /// comment above it, as the tables of abuse.ch have them.
    Csv,
    /// An object a line, as Spamhaus' DROP has it.
    JsonLines,
}

/// What the columns or keys that hold entries are called, the most telling first.
const VALUES: [&str; 18] = [
    "ioc_value",
    "indicator",
    "cidr",
    "network",
    "netblock",
    "dst_ip",
    "dstip",
    "ip_address",
    "ip",
    "address",
    "ja3_md5",
    "ja3",
    "ja4",
    "domain",
    "hostname",
    "host",
    "ioc",
    "value",
];
/// What the columns or keys are called that say of what kind an entry is.
const KINDS: [&str; 3] = ["ioc_type", "indicator_type", "type"];
/// What a key of that kind says where an object of JSON lines is not an entry, but about the list.
const METADATA: &str = "metadata";

/// How entries are found in the lines of one list.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    Plain,
    Hosts,
    Csv(Columns),
    JsonLines { key: Option<Box<str>> },
}

/// Where the entries of a table stand.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    delimiter: char,
    value: usize,
    kind: Option<usize>,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// What should be an entry.
    Entry(Cow<'a, str>),
    /// Something that cannot be one.
    Defect(Defect),
    /// It speaks about the list.
    Remark,
}

impl ListFormat {
    /// What the first line that is no comment looks like.
    pub(super) fn tell(first: &str, has_header: bool) -> Self {
        let mut words = first.split_ascii_whitespace();
        // Names are sent nowhere: elsewhere an address may be what is listed, and the word a remark.
        let is_nowhere = |address: IpAddr| address.is_loopback() || address.is_unspecified();
        let starts_with_address =
            words.next().and_then(|word| word.parse().ok()).is_some_and(is_nowhere);
        let has_name = words.next().is_some_and(|word| Name::listed(word).is_some());
        match first.as_bytes() {
            [b'{', ..] => Self::JsonLines,
            _ if has_header => Self::Csv,
            _ if starts_with_address && has_name => Self::Hosts,
            _ => Self::Plain,
        }
    }

    /// Its name in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Hosts => "hosts file",
            Self::Csv => "CSV",
            Self::JsonLines => "JSON lines",
        }
    }
}

impl fmt::Display for ListFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Columns {
    /// The columns that `row` names, if one of them holds entries: that which was `asked` for, or one that is known.
    pub(super) fn named_by(row: &str, asked: Option<&str>) -> Option<Self> {
        let delimiter = delimiter(row);
        let names: Vec<_> = Fields::of(row, delimiter).take(MAX_COLUMNS).collect();
        let place = |name: &str| names.iter().position(|other| other.eq_ignore_ascii_case(name));
        let value = match asked {
            Some(name) => place(name)?,
            // A single word may be a name or a sentence's beginning as well.
            None => VALUES.into_iter().filter(|_| names.len() > 1).find_map(place)?,
        };
        Some(Self { delimiter, value, kind: KINDS.into_iter().find_map(place) })
    }

    fn entry<'a>(&self, row: &'a str) -> Cell<'a> {
        let (mut value, mut kind) = (None, None);
        for (place, cell) in Fields::of(row, self.delimiter).enumerate().take(self.needed()) {
            match place {
                _ if place == self.value => value = Some(cell),
                _ if Some(place) == self.kind => kind = Some(cell),
                _ => {}
            }
        }
        match value {
            Some(value) if !value.is_empty() => of_kind(value, kind.as_deref()),
            _ => Cell::Defect(Defect::NoField),
        }
    }
}

impl Columns {
    /// How many cells of a row are looked at.
    fn needed(&self) -> usize {
        self.kind.unwrap_or(0).max(self.value) + 1
    }
}

impl Rows {
    pub(super) fn format(&self) -> ListFormat {
        match self {
            Self::Plain => ListFormat::Plain,
            Self::Hosts => ListFormat::Hosts,
            Self::Csv(_) => ListFormat::Csv,
            Self::JsonLines { .. } => ListFormat::JsonLines,
        }
    }

    /// Calls `take` with each entry of a line that is neither empty nor a comment.
    pub(super) fn entries<'a>(&self, line: &'a str, mut take: impl FnMut(Cell<'a>)) {
        match self {
            Self::Plain => take(plain(line)),
            Self::Hosts => hosts(line, take),
            Self::Csv(columns) => take(columns.entry(line)),
            Self::JsonLines { key } => take(object(line, key.as_deref())),
        }
    }

    /// What is a comment or empty: only in plain lists may one stand behind an entry.
    pub(super) fn is_comment(&self, line: &[u8]) -> bool {
        match line.trim_ascii_start() {
            [] | [b'#', ..] => true,
            [b';', ..] | [b'/', b'/', ..] => matches!(self, Self::Plain | Self::Hosts),
            _ => false,
        }
    }
}

/// The first word, behind which only a number may stand: two words of which both could be entries are not taken for one.
fn plain(line: &str) -> Cell<'_> {
    let text = line.split(['#', ';']).next().unwrap_or_default().trim();
    if text.contains('-') && super::AddressRange::parse(text).is_some() {
        return Cell::Entry(text.into());
    }
    let mut words = text.split_ascii_whitespace();
    let entry = words.next().unwrap_or_default();
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    match words.all(is_number) {
        true => Cell::Entry(entry.into()),
        false => Cell::Defect(Defect::Unreadable),
    }
}

fn hosts<'a>(line: &'a str, mut take: impl FnMut(Cell<'a>)) {
    let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace().peekable();
    let has_address = words.next().is_some_and(|word| word.parse::<IpAddr>().is_ok());
    if !has_address || words.peek().is_none() {
        return take(Cell::Defect(Defect::Unreadable));
    }
    words.for_each(|word| take(Cell::Entry(word.into())));
}

fn object<'a>(line: &'a str, asked: Option<&str>) -> Cell<'a> {
    let Ok(object) = serde_json::from_str::<Map<String, Value>>(line) else {
        return Cell::Defect(Defect::Unreadable);
    };
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let kind = KINDS.into_iter().find_map(text);
    let value = match asked {
        Some(key) => text(key),
        None => VALUES.into_iter().find_map(text),
    };
    match value {
        Some(value) => of_kind(value.to_owned().into(), kind),
        None if kind == Some(METADATA) => Cell::Remark,
        None => Cell::Defect(Defect::NoField),
    }
}

/// An entry whose kind is told: sums of files have the form of JA3, and only that keeps them apart.
fn of_kind<'a>(value: Cow<'a, str>, kind: Option<&str>) -> Cell<'a> {
    let is_sum = kind.is_some_and(|kind| {
        let kind = kind.to_ascii_lowercase();
        !kind.contains("ja3") && ["md5", "sha"].iter().any(|sum| kind.contains(sum))
    });
    if is_sum { Cell::Defect(Defect::Foreign) } else { Cell::Entry(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(rows: &Rows, line: &str) -> Vec<String> {
        let mut found = Vec::new();
        rows.entries(line, |cell| {
            found.push(match cell {
                Cell::Entry(entry) => entry.into_owned(),
                other => format!("{other:?}"),
            });
        });
        found
    }

    fn csv(header: &str, asked: Option<&str>) -> Rows {
        Rows::Csv(Columns::named_by(header, asked).unwrap())
    }

    #[test]
    fn formats_are_told_by_the_first_line() {
        for (line, header, format) in [
            ("192.0.2.0/24 ; SBL1", false, ListFormat::Plain),
            ("evil.example", false, ListFormat::Plain),
            ("192.0.2.1 17", false, ListFormat::Plain),
            ("127.0.0.1\tevil.example", false, ListFormat::Hosts),
            ("127.0.0.1 localhost", false, ListFormat::Hosts),
            ("192.0.2.1 scanner", false, ListFormat::Plain),
            ("::1 ip6-localhost ip6-loopback", false, ListFormat::Hosts),
            (r#"{"cidr":"192.0.2.0/24"}"#, false, ListFormat::JsonLines),
            (r#""2026-01-01","192.0.2.1""#, true, ListFormat::Csv),
        ] {
            assert_eq!(ListFormat::tell(line, header), format, "{line}");
        }
    }

    #[test]
    fn plain_lines_hold_one_entry() {
        for (line, entry) in [
            ("192.0.2.0/24 ; SBL1", "192.0.2.0/24"),
            (" evil.example # remark", "evil.example"),
            ("192.0.2.1\t17", "192.0.2.1"),
            ("192.0.2.1 - 192.0.2.9 ; x", "192.0.2.1 - 192.0.2.9"),
            ("a-b.example", "a-b.example"),
            ("192.0.2.0 192.0.2.255 24", "Defect(Unreadable)"),
            ("192.0.2.1 bad", "Defect(Unreadable)"),
        ] {
            assert_eq!(entries(&Rows::Plain, line), [entry], "{line}");
        }
    }

    #[test]
    fn hosts_lines_hold_names() {
        for (line, names) in [
            ("0.0.0.0 a.example b.example # remark", &["a.example", "b.example"][..]),
            ("a.example b.example", &["Defect(Unreadable)"]),
            ("0.0.0.0", &["Defect(Unreadable)"]),
        ] {
            assert_eq!(entries(&Rows::Hosts, line), names, "{line}");
        }
    }

    #[test]
    fn tables_hold_an_entry_in_a_column() {
        let header = r#""first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware""#;
        let feodo = csv(header, None);
        let row = r#""2026-01-01 00:00:00","192.0.2.7","443","online","2026-01-02","X""#;
        assert_eq!(entries(&feodo, row), ["192.0.2.7"]);
        assert_eq!(entries(&feodo, r#""2026-01-01 00:00:00""#), ["Defect(NoField)"]);
        assert_eq!(entries(&feodo, r#""2026-01-01 00:00:00","","443""#), ["Defect(NoField)"]);
        assert_eq!(entries(&csv(header, Some("Malware")), row), ["X"]);
        assert!(Columns::named_by(header, Some("country")).is_none());
        assert!(Columns::named_by("address", None).is_none(), "a single word");
        assert!(Columns::named_by("address", Some("address")).is_some());
    }

    #[test]
    fn sums_of_files_are_no_fingerprints() {
        let sum = "0123456789abcdef0123456789abcdef";
        let before = csv("ioc_id,ioc_type,x,ioc_value,y", None);
        let behind = csv("id,ioc_value,x,ioc_type", None);
        for (kind, expected) in [
            ("md5_hash", "Defect(Foreign)"),
            ("SHA256_hash", "Defect(Foreign)"),
            ("ja3_md5", sum),
            ("domain", sum),
            ("", sum),
        ] {
            assert_eq!(entries(&before, &format!("1,{kind},-,{sum},-")), [expected], "{kind}");
            assert_eq!(entries(&behind, &format!("1,{sum},-,{kind}")), [expected], "{kind}");
            let object = format!(r#"{{"ioc_value":"{sum}","ioc_type":"{kind}"}}"#);
            assert_eq!(entries(&Rows::JsonLines { key: None }, &object), [expected], "{kind}");
        }
    }

    #[test]
    fn objects_hold_an_entry_or_speak_of_the_list() {
        let rows = Rows::JsonLines { key: None };
        let entry = r#"{"cidr":"192.0.2.0/24","sblid":"SBL1","rir":"x"}"#;
        assert_eq!(entries(&rows, entry), ["192.0.2.0/24"]);
        assert_eq!(entries(&rows, r#"{"type":"metadata","records":1}"#), ["Remark"]);
        assert_eq!(entries(&rows, r#"{"asn":64496,"rir":"x"}"#), ["Defect(NoField)"]);
        assert_eq!(entries(&rows, r#"{"cidr":7}"#), ["Defect(NoField)"]);
        assert_eq!(entries(&rows, "{"), ["Defect(Unreadable)"]);
        let deep = format!(r#"{{"cidr":{}"#, "[".repeat(60_000));
        assert_eq!(entries(&rows, &deep), ["Defect(Unreadable)"]);
        let asked = Rows::JsonLines { key: Some("sblid".into()) };
        assert_eq!(entries(&asked, entry), ["SBL1"]);
    }

    #[test]
    fn comments_are_those_of_the_format() {
        let csv = csv("ip,x", None);
        for line in ["", "  ", "# a", "#"] {
            assert!(Rows::Plain.is_comment(line.as_bytes()) && csv.is_comment(line.as_bytes()));
        }
        for line in ["; a", "// a"] {
            assert!(Rows::Plain.is_comment(line.as_bytes()) && !csv.is_comment(line.as_bytes()));
        }
        assert!(!Rows::Plain.is_comment(b"a # b"));
    }
}
