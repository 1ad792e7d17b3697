//! Rules that say which flows were what.

mod header;
mod index;
mod lines;
mod rule;
mod time;

use std::io::BufRead;
use std::net::SocketAddr;

use foldhash::HashMap;
use netsift_packet::{Protocol, Timestamp};

use crate::{Flow, FlowError, PacketFacts};
use header::Header;
use index::{Ends, Index};
use lines::{Lines, fields};

/// How many rules are taken: ten million take some two gigabytes of memory.
pub const MAX_LABEL_RULES: u32 = 10_000_000;
/// How many bytes a label may have: it is the name of a class, and stands in every row.
pub const MAX_LABEL_LEN: usize = 256;

/// Labels of flows by their ends and times, out of a table.
///
/// The table is CSV, a rule a line. Its header names columns, in any order and case:
///
/// | column | what a flow must have | in words |
/// |---|---|---|
/// | `start`, `end` | a packet's time or a silence between packets in this range, both included | RFC 3339 (UTC, if it names no offset), or seconds since 1970 |
/// | `src`, `dst` | this address, or one of this network | `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32` |
/// | `src_port`, `dst_port` | this port, or one of these | `80`, `1024-65535` |
/// | `protocol` | this protocol | a number or a name: `6`, `tcp` |
/// | `direction` | `src` as its source, not as its other end | `forward`; else `both` |
/// | `label` | | the label; `class`, if there is no such column |
///
/// An empty field, `*`, and a column that is not there hold for anything. `class` (beside `label`), `family`,
/// `attack`, `packets` and `bytes` are passed over, so that tables of `netsift synth` can be used as they are; a
/// header with any other name is refused, because a rule without the column that was meant would match too much.
/// Lines that are empty or start with `#` are passed over, and fields may stand in double quotes.
///
/// **The first rule that matches wins**, in the order of the table.
///
/// **A flow matches a range of time that it overlaps**, instead of one that it starts in: a flow that a timeout cut
/// into several, or that was under way when the range began, keeps its label in all parts. Times are compared in whole
/// microseconds: a capture that knows no finer ones has rounded them.
///
/// ```
/// use netsift_flow::Labels;
/// use netsift_packet::{Protocol, Timestamp};
///
/// let labels = Labels::read(&b"\
/// start,end,src,dst,dst_port,protocol,label
/// 2017-07-04T12:20:00Z,2017-07-04T13:20:00Z,172.16.0.1,192.168.10.0/24,21,tcp,FTP-Patator
/// ,,,,,,Benign
/// "[..])?;
/// let ends = ("172.16.0.1:50000".parse().unwrap(), "192.168.10.50:21".parse().unwrap());
/// let at = Timestamp::from_secs_nanos(1_499_171_400, 0);
/// assert_eq!(labels.between(ends, Protocol::TCP, (at, at)), Some("FTP-Patator"));
/// # Ok::<(), netsift_flow::FlowError>(())
/// ```
pub struct Labels {
    names: Vec<Box<str>>,
    index: Index,
}

impl Labels {
    /// Reads a table of rules.
    ///
    /// # Errors
    /// [`FlowError::Label`] for the first field, line or header that is no rule, with its line, what was found and
    /// what it must be; [`FlowError::LabelsUnreadable`] if the table cannot be read.
    pub fn read(table: impl BufRead) -> Result<Self, FlowError> {
        let mut lines = Lines::new(table);
        if !lines.advance()? {
            return Err(lines.flaw("the header", "", header::NEEDS_LABEL));
        }
        let header = Header::read(&fields(lines.text()).map_err(|flaw| lines.at(flaw))?);
        let header = header.map_err(|flaw| lines.at(flaw))?;
        let mut reading = Reading::default();
        while lines.advance()? {
            reading.take(&header, lines.text()).map_err(|flaw| lines.at(flaw))?;
        }
        reading.index.settle();
        Ok(Self { names: reading.names, index: reading.index })
    }

    /// The label of a flow, if a rule matches it.
    #[must_use]
    pub fn of(&self, flow: &Flow) -> Option<&str> {
        let ends = (flow.source(), flow.destination());
        self.between(ends, flow.protocol(), (flow.first(), flow.last()))
    }

    /// The label of a packet, if it has IP and a rule matches it: its sender counts as the source.
    #[must_use]
    pub fn of_packet(&self, packet: &PacketFacts) -> Option<&str> {
        let ip = packet.ip.as_ref()?;
        let (src_port, dst_port) = packet.ports.unwrap_or_default();
        let ends = (SocketAddr::new(ip.src, src_port), SocketAddr::new(ip.dst, dst_port));
        self.between(ends, ip.protocol, (packet.time, packet.time))
    }

    /// The label of what went on between a source and another end, from one time to another.
    #[must_use]
    pub fn between(
        &self,
        (source, destination): (SocketAddr, SocketAddr),
        protocol: Protocol,
        (first, last): (Timestamp, Timestamp),
    ) -> Option<&str> {
        // The CICFlowMeters do not mind packets that came in the wrong order.
        let span = (first.min(last).as_nanos(), first.max(last).as_nanos());
        let label = self.index.find(&Ends::of(source, destination, protocol)?, span)?;
        self.names.get(label as usize).map(|name| &**name)
    }

    /// The labels, in the order in which the table names them.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// How many rules there are.
    #[must_use]
    pub fn rules(&self) -> u32 {
        self.index.rules()
    }
}

/// What is wrong with a line.
struct Flaw {
    column: &'static str,
    found: String,
    rule: &'static str,
}

/// A table, as far as it was read.
#[derive(Default)]
struct Reading {
    names: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
    index: Index,
}

impl Reading {
    fn take(&mut self, header: &Header, line: &str) -> Result<(), Flaw> {
        let fields = fields(line)?;
        let (rule, label) = header.rule(&fields)?;
        if self.index.rules() >= MAX_LABEL_RULES {
            let rule = "one of 10000000 rules at most";
            return Err(Flaw { column: "the line", found: line.to_owned(), rule });
        }
        let label = self.number(label);
        self.index.add(&rule, label);
        Ok(())
    }

    /// The number of a label: each is kept once.
    fn number(&mut self, label: &str) -> u32 {
        if let Some(&number) = self.numbers.get(label) {
            return number;
        }
        let number = self.names.len() as u32;
        self.names.push(label.into());
        self.numbers.insert(label.into(), number);
        number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn read(table: &str) -> Labels {
        Labels::read(table.as_bytes()).unwrap()
    }

    fn refused(table: &str) -> String {
        let error = Labels::read(table.as_bytes()).err().map(|error| error.to_string());
        error.unwrap_or_else(|| panic!("{table:?} is taken"))
    }

    /// The label of a TCP flow between times in milliseconds.
    fn label<'a>(labels: &'a Labels, src: &str, dst: &str, span: (i64, i64)) -> Option<&'a str> {
        let ends = (src.parse().unwrap(), dst.parse().unwrap());
        let time = |millis: i64| Timestamp::from_micros(millis * 1_000);
        labels.between(ends, Protocol::TCP, (time(span.0), time(span.1)))
    }

    #[test]
    fn the_first_rule_wins_whatever_its_shape() {
        let labels = read(
            "src,dst_port,label\n10.0.0.0/8,,inside\n10.0.0.1,80,never\n*,443,tls\n\
             ::/0,1024-65535,six\n,80,web\n",
        );
        let at = |src, dst| label(&labels, src, dst, (0, 0));
        assert_eq!(at("10.0.0.1:5000", "192.0.2.1:80"), Some("inside"));
        assert_eq!(at("192.0.2.1:443", "192.0.2.2:9"), Some("tls"));
        assert_eq!(at("[::1]:443", "[::2]:443"), Some("tls"));
        assert_eq!(at("[::1]:9", "[::2]:1024"), Some("six"));
        assert_eq!(at("[::1]:9", "[::2]:80"), Some("web"));
        assert_eq!(at("192.0.2.1:9", "192.0.2.2:1024"), None);
        assert_eq!(at("10.0.0.1:9", "[::2]:80"), None);
        assert_eq!(labels.names().collect::<Vec<_>>(), ["inside", "never", "tls", "six", "web"]);
        assert_eq!(labels.rules(), 5);
    }

    #[test]
    fn a_flow_matches_every_range_it_overlaps() {
        let table = "start,end,src,label\n10,20,192.0.2.1,early\n30,,192.0.2.1,late\n";
        let labels = read(table);
        let at = |first, last| label(&labels, "192.0.2.1:5", "192.0.2.2:6", (first, last));
        assert_eq!((at(0, 9_999), at(20_001, 29_999)), (None, None));
        assert_eq!((at(0, 10_000), at(20_000, 29_999)), (Some("early"), Some("early")));
        assert_eq!((at(0, 40_000), at(12_000, 13_000)), (Some("early"), Some("early")));
        assert_eq!((at(21_000, 31_000), at(99_000, 99_000)), (Some("late"), Some("late")));
        assert_eq!(at(13_000, 12_000), Some("early"));
    }

    #[test]
    fn what_a_capture_of_microseconds_rounds_away_is_not_missed() {
        let labels = read("start,end,label\n1.000000700,1.000002300,a\n");
        let ends = ("192.0.2.1:5".parse().unwrap(), "192.0.2.2:6".parse().unwrap());
        let at = |nanos: i64| {
            let time = Timestamp::from_nanos(nanos);
            labels.between(ends, Protocol::UDP, (time, time))
        };
        assert_eq!((at(1_000_000_000), at(1_000_002_999)), (Some("a"), Some("a")));
        assert_eq!((at(999_999_999), at(1_000_003_000)), (None, None));
    }

    #[test]
    fn both_directions_match_unless_one_is_asked_for() {
        let labels = read(
            "src,dst,dst_port,direction,label\n192.0.2.1,192.0.2.2,,Forward,out\n\
             192.0.2.2,,80,both,any\n",
        );
        let at = |src, dst| label(&labels, src, dst, (0, 0));
        assert_eq!(at("192.0.2.1:5", "192.0.2.2:80"), Some("out"));
        assert_eq!(at("192.0.2.2:80", "192.0.2.1:5"), None);
        assert_eq!(at("192.0.2.2:5", "192.0.2.1:80"), Some("any"));
        assert_eq!(at("192.0.2.3:80", "192.0.2.2:5"), Some("any"));
    }

    #[test]
    fn a_table_may_name_its_columns_in_any_order_and_case() {
        let labels =
            read("\u{feff}# rules\r\nLabel , PROTOCOL,class\r\n\r\n\"a, b\",Tcp,c\r\n#x\r\n");
        assert_eq!(label(&labels, "192.0.2.1:5", "192.0.2.2:6", (0, 0)), Some("a, b"));
        assert_eq!(read("class\nx").names().collect::<Vec<_>>(), ["x"]);
    }

    #[test]
    fn what_is_no_table_of_rules_says_where_and_why() {
        for (table, parts) in [
            ("", ["line 1", "the header", "`label` or `class`"]),
            ("src,dst\n", ["line 1", "\"src,dst\"", "`label` or `class`"]),
            ("sport,label\n", ["line 1", "\"sport\"", "src_port"]),
            ("src,SRC,label\n", ["line 1", "\"SRC\"", "once"]),
            ("src,label\n10.0.0.1\n", ["line 2", "10.0.0.1", "each column"]),
            ("src,label\n10.0.0.1,a,b\n", ["line 2", "10.0.0.1,a,b", "each column"]),
            ("src,label\n10.0.0,a\n", ["line 2", "src is \"10.0.0\"", "10.0.0.0/8"]),
            ("label,dst_port\n\na,http\n", ["line 3", "dst_port is \"http\"", "1024-65535"]),
            ("label,end\na,noon\n", ["line 2", "end is \"noon\"", "since 1970"]),
            ("end,start,label\n1,2,a\n", ["line 2", "1,2,a", "start no later than its end"]),
            ("src,label\n,\n", ["line 2", "the label", "1 to 256 bytes"]),
            ("label\na\tb\n", ["line 2", "a\\tb", "control characters"]),
            ("src,dst,label\n::1,10.0.0.1,a\n", ["line 2", "::1,10.0.0.1,a", "one version"]),
            ("direction,label\nback,a\n", ["line 2", "direction", "`forward` or `both`"]),
        ] {
            let said = refused(table);
            assert!(parts.iter().all(|part| said.contains(part)), "{table:?}: {said}");
        }
        assert!(refused(&format!("label\n{}", "x".repeat(257))).len() < 250);
        assert_eq!(read(&format!("label\n{}", "x".repeat(256))).rules(), 1);
    }

    /// A rule as text and as what it means, said once more in another way.
    #[derive(Clone, Debug)]
    struct Naive {
        src: Option<(bool, u8, u8)>,
        dst: Option<(bool, u8, u8)>,
        ports: [Option<(u16, u16)>; 2],
        span: (Option<i64>, Option<i64>),
        protocol: Option<u8>,
        is_forward: bool,
    }

    /// An address of few: its version and its last byte.
    fn address(is_v6: bool, last: u8) -> String {
        if is_v6 { format!("2001:db8::{last:x}") } else { format!("192.0.2.{last}") }
    }

    impl Naive {
        fn line(&self, label: usize) -> String {
            let network = |network: Option<(bool, u8, u8)>| {
                let text = |(is_v6, last, free): (bool, u8, u8)| {
                    let longest = if is_v6 { 128 } else { 32 };
                    format!("{}/{}", address(is_v6, last >> free << free), longest - free)
                };
                network.map_or(String::new(), text)
            };
            let ports = |ports: Option<(u16, u16)>| {
                ports.map_or("*".to_owned(), |(first, last)| format!("{first}-{last}"))
            };
            let time = |time: Option<i64>| time.map_or(String::new(), |time| time.to_string());
            format!(
                "{},{},{},{},{},{},{},{},{label}\n",
                time(self.span.0),
                time(self.span.1),
                network(self.src),
                network(self.dst),
                ports(self.ports[0]),
                ports(self.ports[1]),
                self.protocol.map_or(String::new(), |number| number.to_string()),
                if self.is_forward { "forward" } else { "" },
            )
        }

        fn matches(
            &self,
            is_v6: bool,
            ends: [(u8, u16); 2],
            protocol: u8,
            span: (i64, i64),
        ) -> bool {
            let [src, dst] = ends;
            let is_in = |network: Option<(bool, u8, u8)>, last: u8| {
                network.is_none_or(|(v6, base, free)| v6 == is_v6 && base >> free == last >> free)
            };
            let is_one = |ports: Option<(u16, u16)>, port: u16| {
                ports.is_none_or(|(first, last)| first <= port && port <= last)
            };
            let one_way = |src: (u8, u16), dst: (u8, u16)| {
                is_in(self.src, src.0)
                    && is_in(self.dst, dst.0)
                    && is_one(self.ports[0], src.1)
                    && is_one(self.ports[1], dst.1)
            };
            (one_way(src, dst) || !self.is_forward && one_way(dst, src))
                && self.protocol.is_none_or(|wanted| wanted == protocol)
                && self.span.0.is_none_or(|start| start <= span.1)
                && self.span.1.is_none_or(|end| end >= span.0)
        }
    }

    fn ports() -> impl Strategy<Value = Option<(u16, u16)>> {
        prop::option::of((0u16..4, select(vec![0u16, 0, 1, 2])).prop_map(|(p, n)| (p, p + n)))
    }

    fn network(is_v6: bool) -> impl Strategy<Value = Option<(bool, u8, u8)>> {
        prop::option::of((Just(is_v6), 0u8..8, select(vec![0u8, 0, 1, 2])))
    }

    fn rules() -> impl Strategy<Value = Naive> {
        let span = prop::option::of(0i64..20)
            .prop_flat_map(|start| (Just(start), prop::option::of(start.unwrap_or(0)..20)));
        let protocol = prop::option::of(select(vec![6u8, 17]));
        any::<bool>().prop_flat_map(move |is_v6| {
            let ends = (network(is_v6), network(is_v6), ports(), ports());
            (ends, span.clone(), protocol.clone(), any::<bool>()).prop_map(
                |((src, dst, src_ports, dst_ports), span, protocol, is_forward)| Naive {
                    src,
                    dst,
                    ports: [src_ports, dst_ports],
                    span,
                    protocol,
                    is_forward,
                },
            )
        })
    }

    proptest! {
        #[test]
        fn it_finds_what_going_through_all_rules_finds(
            rules in prop::collection::vec(rules(), 0..40),
            flows in prop::collection::vec(
                (any::<bool>(), (0u8..8, 0u16..6), (0u8..8, 0u16..6), any::<bool>(), (0i64..20, 0i64..8)),
                1..40,
            ),
        ) {
            let header = "start,end,src,dst,src_port,dst_port,protocol,direction,label\n";
            let lines = rules.iter().enumerate().map(|(label, rule)| rule.line(label));
            let labels = read(&lines.fold(header.to_owned(), |table, line| table + &line));
            for (is_v6, src, dst, is_tcp, (first, length)) in flows {
                let protocol = if is_tcp { Protocol::TCP } else { Protocol::UDP };
                let span = (first, first + length);
                let naive = rules
                    .iter()
                    .position(|rule| rule.matches(is_v6, [src, dst], protocol.0, span));
                let end = |(last, port): (u8, u16)| {
                    SocketAddr::new(address(is_v6, last).parse().unwrap(), port)
                };
                let time = |seconds| Timestamp::from_secs_nanos(seconds, 0);
                let found =
                    labels.between((end(src), end(dst)), protocol, (time(span.0), time(span.1)));
                let found = found.map(|label| label.parse().unwrap());
                prop_assert_eq!(found, naive);
            }
        }

        #[test]
        fn no_table_breaks_it(
            header in select(vec!["label", "src,label", "start,end,label,src_port", "\"label\",dst"]),
            table in "[-0-9a-z.:/,*\"#\n ]{0,200}",
        ) {
            let _ = Labels::read(format!("{header}\n{table}").as_bytes());
        }
    }
}
