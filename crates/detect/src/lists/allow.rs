//! What is allowed, whatever models and lists say of it.

use std::fmt;
use std::net::IpAddr;

use netsift_packet::Protocol;
use serde::{Deserialize, Serialize};

use super::limits::MAX_ALLOW_ENTRIES;
use super::name::{Name, Pattern};
use super::{AddressRange, Hit, Lists};
use crate::DetectError;

/// What somebody writes to allow something: all that an entry says has to hold. At least one part must be there.
///
/// As a part of TOML:
///
/// ```toml
/// [[allow]]
/// network = "192.0.2.0/28"
/// class = "vertical-scan"
/// note = "our own scanner"
///
/// [[allow]]
/// destination = "2001:db8::53"
/// port = 53
/// protocol = "udp"
/// ```
///
/// A name is what a client says it looks for. Whoever writes malware may say any name: it is safer to allow a name
/// together with a network. Where several names were asked for, all of them have to be allowed: of one that forwards the
/// questions of others, an allowed one says nothing of the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AllowEntry {
    /// Addresses that one of the two ends is in: an address, `a/n` or `a-b`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// Addresses that the one who began is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Addresses that the other is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
    /// The port at the destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The protocol: `tcp`, `udp`, `icmp`, `icmpv6`, `sctp`, `gre`, `esp`, `ah`, or its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// The name that was asked for, with all below it if it begins with `*.`: of several names every one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// The class that was told, in letters of any size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Why it is allowed. It has no effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    source: IpAddr,
    destination: IpAddr,
    port: Option<u16>,
    protocol: Option<Protocol>,
    names: &'a [&'a str],
    class: Option<&'a str>,
}

/// What is allowed: [entries](AllowEntry), and lists of addresses and names.
///
/// Entries are looked at in turn, and the first that holds is told; then the lists are asked for both addresses and for
/// the names, each of which has to be on one. It is made for what would otherwise be told to somebody, not for every packet.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<AllowEntry>", into = "Vec<AllowEntry>")]
pub struct AllowList {
    entries: Vec<AllowEntry>,
    rules: Vec<Rule>,
    lists: Lists,
}

/// What allows something.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Allowed<'a> {
    /// An entry.
    Entry {
        /// Its place, from 0.
        place: usize,
        /// What it says.
        entry: &'a AllowEntry,
    },
    /// An entry of a list.
    Listed(Hit<'a>),
}

/// An entry in the form in which it is compared.
#[derive(Clone, Debug)]
struct Rule {
    network: Option<AddressRange>,
    source: Option<AddressRange>,
    destination: Option<AddressRange>,
    port: Option<u16>,
    protocol: Option<Protocol>,
    domain: Option<Box<Pattern>>,
    class: Option<Box<str>>,
}

/// Protocols that have a name here.
const PROTOCOLS: [(&str, Protocol); 8] = [
    ("tcp", Protocol::TCP),
    ("udp", Protocol::UDP),
    ("icmp", Protocol::ICMP),
    ("icmpv6", Protocol::ICMPV6),
    ("sctp", Protocol::SCTP),
    ("gre", Protocol::GRE),
    ("esp", Protocol::ESP),
    ("ah", Protocol::AH),
];

impl<'a> Subject<'a> {
    /// What goes on between two hosts, the first of which began it.
    #[must_use]
    pub fn between(source: IpAddr, destination: IpAddr) -> Self {
        let (port, protocol, names, class) = (None, None, &[][..], None);
        Self { source, destination, port, protocol, names, class }
    }

    /// At this port of the destination. Default: there are no ports.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port: Some(port), ..self }
    }

    /// Over this protocol. Default: it is not known.
    #[must_use]
    pub fn protocol(self, protocol: Protocol) -> Self {
        Self { protocol: Some(protocol), ..self }
    }

    /// With these names in it. Default: none.
    #[must_use]
    pub fn names(self, names: &'a [&'a str]) -> Self {
        Self { names, ..self }
    }

    /// Told to be of this class. Default: of none.
    #[must_use]
    pub fn class(self, class: &'a str) -> Self {
        Self { class: Some(class), ..self }
    }
}

impl AllowList {
    /// Allows what any of the entries says.
    ///
    /// # Errors
    /// If there are more than 4,096 entries, or one cannot be: with its place, the part of it and the rule.
    pub fn new(entries: impl IntoIterator<Item = AllowEntry>) -> Result<Self, DetectError> {
        let mut list = Self::default();
        for entry in entries {
            let place = list.entries.len();
            if place >= MAX_ALLOW_ENTRIES {
                let rule = "there may be 4096: more belong into a list";
                return Err(Part { place, field: "entry", rule }.refused("one too many"));
            }
            list.rules.push(Rule::of(&entry, place)?);
            list.entries.push(entry);
        }
        Ok(list)
    }

    /// Allows who is on these lists, too. Lists of hosts of one's own are read with
    /// [`LocalEntries::Keep`](super::LocalEntries::Keep).
    #[must_use]
    pub fn lists(self, lists: Lists) -> Self {
        Self { lists, ..self }
    }

    /// The entries, in their order.
    #[must_use]
    pub fn entries(&self) -> &[AllowEntry] {
        &self.entries
    }

    /// What allows it, if anything does.
    #[must_use]
    pub fn allows(&self, subject: &Subject<'_>) -> Option<Allowed<'_>> {
        let place = self.rules.iter().position(|rule| rule.holds(subject));
        let entry =
            place.and_then(|place| Some(Allowed::Entry { place, entry: self.entries.get(place)? }));
        entry.or_else(|| self.listed(subject).map(Allowed::Listed))
    }

    fn listed(&self, subject: &Subject<'_>) -> Option<Hit<'_>> {
        let by_end = |end| self.lists.address(end).next();
        by_end(subject.source)
            .or_else(|| by_end(subject.destination))
            .or_else(|| self.all_listed(subject.names))
    }

    /// The entry of the first name, if every name has one.
    fn all_listed(&self, names: &[&str]) -> Option<Hit<'_>> {
        let hit = |name: &&str| self.lists.iter().find_map(|list| list.domain(name.as_bytes()));
        let mut hits = names.iter().map(hit);
        let first = hits.next()?;
        first.filter(|_| hits.all(|hit| hit.is_some()))
    }
}

impl TryFrom<Vec<AllowEntry>> for AllowList {
    type Error = DetectError;

    fn try_from(entries: Vec<AllowEntry>) -> Result<Self, DetectError> {
        Self::new(entries)
    }
}

/// Its entries: lists stand in files of their own.
impl From<AllowList> for Vec<AllowEntry> {
    fn from(list: AllowList) -> Self {
        list.entries
    }
}

impl fmt::Display for Allowed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { place, entry } => {
                write!(f, "allow entry {}", place + 1)?;
                entry.note.iter().try_for_each(|note| write!(f, " ({note})"))
            }
            Self::Listed(hit) => hit.fmt(f),
        }
    }
}

impl Rule {
    fn of(entry: &AllowEntry, place: usize) -> Result<Self, DetectError> {
        let part = |field, rule| Part { place, field, rule };
        let range =
            |field| part(field, "it has to be an address, a/n or a-b, and not all there are");
        let known = part("protocol", "it has to be a name or a number below 256");
        let name = part("domain", "it has to be a name, or *. and a name");
        let class = part("class", "it has to be the name of a class");
        if *entry == (AllowEntry { note: entry.note.clone(), ..AllowEntry::default() }) {
            return Err(part("entry", "it would allow everything: it has to say what").refused(""));
        }
        Ok(Self {
            network: range("network").read(&entry.network, some_addresses)?,
            source: range("source").read(&entry.source, some_addresses)?,
            destination: range("destination").read(&entry.destination, some_addresses)?,
            port: entry.port,
            protocol: known.read(&entry.protocol, protocol)?,
            domain: name.read(&entry.domain, |text| Pattern::parse(text).map(Box::new))?,
            class: class.read(&entry.class, |text| (!text.is_empty()).then(|| text.into()))?,
        })
    }

    fn holds(&self, subject: &Subject<'_>) -> bool {
        let Subject { source, destination, .. } = *subject;
        let Self { network, port, protocol, .. } = self;
        network.is_none_or(|range| range.contains(source) || range.contains(destination))
            && self.source.is_none_or(|range| range.contains(source))
            && self.destination.is_none_or(|range| range.contains(destination))
            && (port.is_none() || *port == subject.port)
            && (protocol.is_none() || *protocol == subject.protocol)
            && self.class_holds(subject.class)
            && self.domain_holds(subject.names)
    }

    fn class_holds(&self, told: Option<&str>) -> bool {
        self.class
            .as_deref()
            .is_none_or(|class| told.is_some_and(|told| told.eq_ignore_ascii_case(class)))
    }

    fn domain_holds(&self, names: &[&str]) -> bool {
        self.domain.as_deref().is_none_or(|pattern| {
            let is_it = |name: &Name| pattern.matches(name);
            let holds = |name: &&str| Name::asked(name.as_bytes()).as_ref().is_some_and(is_it);
            !names.is_empty() && names.iter().all(holds)
        })
    }
}

/// A part of an entry, and what it has to be.
struct Part {
    place: usize,
    field: &'static str,
    rule: &'static str,
}

impl Part {
    fn read<T>(
        self,
        text: &Option<String>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, DetectError> {
        let Some(text) = text else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| self.refused(text))
    }

    fn refused(self, value: &str) -> DetectError {
        let Self { place, field, rule } = self;
        DetectError::Allow { entry: place, field, value: value.into(), rule }
    }
}

fn some_addresses(text: &str) -> Option<AddressRange> {
    text.parse().ok().filter(|range: &AddressRange| range.prefix_len() != Some(0))
}

fn protocol(text: &str) -> Option<Protocol> {
    let named = PROTOCOLS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    named.map(|(_, protocol)| protocol).or_else(|| text.parse().ok().map(Protocol))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::ListOptions;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn web() -> Subject<'static> {
        Subject::between(ip("10.0.0.5"), ip("192.0.2.80")).port(443).protocol(Protocol::TCP)
    }

    fn allowed(entries: &str, subject: &Subject<'_>) -> Option<usize> {
        let list: AllowList = serde_json::from_str(entries).unwrap();
        match list.allows(subject)? {
            Allowed::Entry { place, .. } => Some(place),
            Allowed::Listed(hit) => panic!("{hit}"),
        }
    }

    #[test]
    fn an_entry_allows_where_all_of_it_holds() {
        let subject = web().names(&["www.Example.org."]).class("Scan");
        for (entry, holds) in [
            (r#"{"network":"10.0.0.0/8"}"#, true),
            (r#"{"network":"192.0.2.80"}"#, true),
            (r#"{"network":"192.0.2.81-192.0.2.99"}"#, false),
            (r#"{"source":"10.0.0.0/8"}"#, true),
            (r#"{"source":"192.0.2.80"}"#, false),
            (r#"{"destination":"192.0.2.80"}"#, true),
            (r#"{"destination":"10.0.0.0/8"}"#, false),
            (r#"{"port":443}"#, true),
            (r#"{"port":80}"#, false),
            (r#"{"port":443,"protocol":"TCP"}"#, true),
            (r#"{"port":443,"protocol":"17"}"#, false),
            (r#"{"protocol":"6"}"#, true),
            (r#"{"domain":"*.example.org"}"#, true),
            (r#"{"domain":"www.example.org"}"#, true),
            (r#"{"domain":"example.org"}"#, false),
            (r#"{"class":"scan"}"#, true),
            (r#"{"class":"flood"}"#, false),
            (r#"{"class":"scan","network":"172.16.0.0/12"}"#, false),
        ] {
            let told = allowed(&format!("[{entry}]"), &subject);
            assert_eq!(told.is_some(), holds, "{entry}");
        }
    }

    #[test]
    fn what_is_not_known_holds_for_nothing() {
        let bare = Subject::between(ip("10.0.0.5"), ip("192.0.2.80"));
        for entry in
            [r#"{"port":0}"#, r#"{"protocol":"0"}"#, r#"{"domain":"a.b"}"#, r#"{"class":"x"}"#]
        {
            assert_eq!(allowed(&format!("[{entry}]"), &bare), None, "{entry}");
        }
    }

    #[test]
    fn the_first_entry_that_holds_is_told() {
        let entries = r#"[{"port":80},{"port":443,"note":"web"},{"network":"10.0.0.0/8"}]"#;
        assert_eq!(allowed(entries, &web()), Some(1));
        let list: AllowList = serde_json::from_str(entries).unwrap();
        assert_eq!(list.allows(&web()).unwrap().to_string(), "allow entry 2 (web)");
        assert_eq!(list.entries()[1].note.as_deref(), Some("web"));
        assert!(AllowList::default().allows(&web()).is_none());
    }

    #[test]
    fn lists_allow_hosts_and_names() {
        let read = |text: &str| ListOptions::new("own").read(text.as_bytes()).unwrap();
        let allows = |text: &str, subject: &Subject<'_>| {
            let list = AllowList::default().lists(Lists::default().with(read(text)));
            list.allows(subject).map(|allowed| allowed.to_string())
        };
        assert_eq!(allows("192.0.2.0/24\n", &web()).unwrap(), "192.0.2.0/24 of own, line 1");
        assert_eq!(
            allows("x.y\n*.b.c\n", &web().names(&["a.b.c"])).unwrap(),
            "*.b.c of own, line 2"
        );
        assert_eq!(allows("192.0.3.0/24\nb.c\n", &web().names(&["a.b.c"])), None);
    }

    /// A forwarder asks for many names from one port.
    #[test]
    fn one_allowed_name_does_not_allow_those_beside_it() {
        let read = |text: &str| ListOptions::new("own").read(text.as_bytes()).unwrap();
        let listed = AllowList::default().lists(Lists::default().with(read("a.test\nb.test\n")));
        let entry = r#"[{"domain":"*.test"}]"#;
        let unreadable = "x".repeat(2_000);
        for (names, holds) in [
            (&["a.test"][..], true),
            (&["a.test", "b.test"], true),
            (&["a.test", "evil.example"], false),
            (&["evil.example", "a.test"], false),
            (&["a.test", &unreadable], false),
            (&[], false),
        ] {
            assert_eq!(allowed(entry, &web().names(names)).is_some(), holds, "{names:?}");
            assert_eq!(listed.allows(&web().names(names)).is_some(), holds, "{names:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        for (entry, message) in [
            ("{}", r#"entry is "", but it would allow everything: it has to say what"#),
            (
                r#"{"note":"x"}"#,
                r#"entry is "", but it would allow everything: it has to say what"#,
            ),
            (
                r#"{"network":"10.0.0.1/8"}"#,
                r#"network is "10.0.0.1/8", but it has to be an address, a/n or a-b, and not all there are"#,
            ),
            (
                r#"{"source":"::/0"}"#,
                r#"source is "::/0", but it has to be an address, a/n or a-b, and not all there are"#,
            ),
            (
                r#"{"protocol":"256"}"#,
                r#"protocol is "256", but it has to be a name or a number below 256"#,
            ),
            (r#"{"domain":"*"}"#, r#"domain is "*", but it has to be a name, or *. and a name"#),
            (r#"{"class":""}"#, r#"class is "", but it has to be the name of a class"#),
        ] {
            let error = serde_json::from_str::<AllowList>(&format!(r#"[{{"port":1}},{entry}]"#));
            let error = error.unwrap_err().to_string();
            assert!(error.contains(&format!("allow entry 2: {message}")), "{error}");
        }
        for foreign in [r#"[{"prot":80}]"#, r#"[{"port":65536}]"#, r#"[{"network":7}]"#, "7"] {
            assert!(serde_json::from_str::<AllowList>(foreign).is_err(), "{foreign}");
        }
        let entry = AllowEntry { port: Some(1), ..AllowEntry::default() };
        assert!(AllowList::new(vec![entry.clone(); MAX_ALLOW_ENTRIES]).is_ok());
        assert!(AllowList::new(vec![entry; MAX_ALLOW_ENTRIES + 1]).is_err());
    }

    #[test]
    fn it_is_written_as_it_was_read() {
        let entries = r#"[{"network":"10.0.0.0/8","port":53,"protocol":"udp"},{"class":"Scan"}]"#;
        let list: AllowList = serde_json::from_str(entries).unwrap();
        assert_eq!(serde_json::to_string(&list).unwrap(), entries);
    }
}
