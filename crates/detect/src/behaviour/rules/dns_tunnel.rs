//! Data in names.

use std::hash::{Hash, Hasher};
use std::mem;
use std::net::IpAddr;

use netsift_packet::Protocol;

use super::{Beside, Extent, Rule, SECOND, Track};
use crate::behaviour::config::DnsTunnelConfig;
use crate::behaviour::finding::{Example, Finding, Kind};
use crate::behaviour::observation::{Observation, Volume};
use crate::behaviour::sample::{Sample, span};
use crate::behaviour::tally::Tally;

/// The port of DNS.
const PORT: u16 = 53;
/// A name has at most 255 bytes (RFC 1035), and four times that as it prints; longer ones are no example.
const MAX_NAME: usize = 4 * 255;
/// Second labels that countries give their names below (`co.uk`): what somebody registered has a label more there.
const KINDS: [&str; 17] = [
    "ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "ltd", "mil", "ne", "net", "nom", "or",
    "org", "plc", "sch",
];
/// So many of a flow's names tell what its questions are like.
const ENOUGH: usize = 8;
/// Addresses read backwards are long, and look random; mail servers ask for them all day.
const REVERSE: &str = "arpa";

/// What is asked for below a domain.
#[derive(Clone, Debug, Default)]
pub(in crate::behaviour) struct Questions {
    /// Names, by their hashes; those count that are long and random.
    names: Sample<u64>,
    /// Questions of flows with long questions, and all questions.
    asked: Tally<2>,
    /// The first name that counted: what the finding shows.
    example: Option<Box<str>>,
}

impl Rule for DnsTunnelConfig {
    /// Who, and the hash of the domain.
    type Key = (IpAddr, u64, Protocol);
    type Track = Questions;

    fn is_enabled(&self) -> bool {
        self.enabled
    }

    fn window(&self) -> i64 {
        i64::from(self.window_seconds) * SECOND
    }

    /// Shows each name that was asked for. What was sent goes with the domain that most of them have: how much of it was for
    /// which name is not known.
    fn each(seen: &Observation<'_>, mut show: impl FnMut(&Observation<'_>)) {
        let usual = usual_domain(seen);
        let mut left = seen.sent;
        for name in seen.names() {
            let is_usual = is_domain(name, usual);
            let sent = if is_usual { mem::take(&mut left) } else { Volume::default() };
            show(&Observation { dns_name: Some(name), sent, ..*seen });
        }
    }

    fn watches(&self, seen: &Observation<'_>, beside: &Beside) -> Option<Self::Key> {
        let is_dns = seen.destination.port() == PORT || seen.application == Some("DNS");
        let (_, domain) = parts(seen.dns_name.filter(|_| is_dns && seen.has_ended)?);
        if domain.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(REVERSE)) {
            return None;
        }
        Some((seen.source.ip(), beside.secret.hash(&Name(domain)), seen.protocol))
    }

    fn enter(&self, track: &mut Self::Track, seen: &Observation<'_>, beside: &Beside) {
        let Some(name) = seen.dns_name else { return };
        let is_carrier = self.is_carrier(name);
        let at = seen.first.as_nanos();
        let hash = beside.secret.hash(&Name(name));
        track.names.enter_as(hash, (hash, at), is_carrier, self.window());
        let questions = seen.sent.data_packets;
        let are_long = seen.sent.bytes >= questions.saturating_mul(self.question_bytes);
        let is_long = questions > 0 && (are_long || self.carries(seen, domain(name)));
        let long = if is_long { questions } else { 0 };
        track.asked.add(at, self.window(), [long, questions]);
        if (is_carrier || is_long) && track.example.is_none() && name.len() <= MAX_NAME {
            track.example = Some(name.into());
        }
    }

    fn extent(&self, _: &Self::Key, track: &Self::Track) -> Option<Extent> {
        let names = track.names.census(self.window());
        let [long, all] = track.asked.sums();
        let are_names = names.counted >= self.names && names.share >= MOSTLY;
        let are_questions = long >= self.questions && long as f64 >= all as f64 * MOSTLY;
        let size = names.counted.max(long);
        (are_names || are_questions).then_some(Extent { size, last: names.last })
    }

    fn finding(&self, &(offender, _, protocol): &Self::Key, track: &Self::Track) -> Finding {
        let names = track.names.census(self.window());
        let [long, all] = track.asked.sums();
        let example = track.example.as_deref().unwrap_or_default();
        Finding {
            offender: Some(offender),
            domain: Some(domain(example).to_ascii_lowercase().into()),
            window: self.window(),
            count: names.counted.max(long),
            is_estimate: names.is_estimate,
            share: names.share.max(long as f64 / all.max(1) as f64),
            examples: vec![Example::Name(example.into())],
            ..Finding::new(Kind::DnsTunnel, protocol, span(track.names.live(self.window())))
        }
    }
}

impl DnsTunnelConfig {
    /// Whether a name is long and random.
    fn is_carrier(&self, name: &str) -> bool {
        let (front, _) = parts(name);
        front.len() as u64 >= self.name_length.into() && entropy(front) >= self.entropy_bits
    }

    /// Whether most of a flow's names carry something below a domain. Only the first names of a flow are known: its other
    /// questions are taken to be like them.
    fn carries(&self, seen: &Observation<'_>, below: &str) -> bool {
        let (mut all, mut carriers) = (0, 0);
        for name in seen.names() {
            all += 1;
            carriers += usize::from(is_domain(name, below) && self.is_carrier(name));
        }
        all >= ENOUGH && carriers as f64 >= all as f64 * MOSTLY
    }
}

/// The domain that most of a flow's names have, the first of several.
fn usual_domain<'a>(seen: &Observation<'a>) -> &'a str {
    let names_of = |it: &&str| seen.names().filter(|name| is_domain(name, it)).count();
    let domains: Vec<&str> = seen.names().map(domain).collect();
    domains.into_iter().rev().max_by_key(names_of).unwrap_or_default()
}

fn is_domain(name: &str, it: &str) -> bool {
    domain(name).eq_ignore_ascii_case(it)
}

/// The share of a domain's names that is long and random where it is made for that.
const MOSTLY: f64 = 0.5;

impl Track for Questions {
    const MAX_HEAP: usize = Sample::<u64>::MAX_HEAP + MAX_NAME;

    fn heap(&self) -> usize {
        self.names.heap() + self.example.as_ref().map_or(0, |name| name.len())
    }

    fn weight(&self) -> usize {
        self.names.suspicion().max(self.asked.recent() as usize)
    }

    fn clear(&mut self) {
        self.names.clear();
        (self.asked, self.example) = (Tally::default(), None);
    }
}

/// The domain that somebody registered, of a name below it.
pub(in crate::behaviour) fn domain(name: &str) -> &str {
    parts(name).1
}

/// A name's front, and the domain that somebody registered.
fn parts(name: &str) -> (&str, &str) {
    let name = name.trim_end_matches('.');
    let dots: Vec<usize> = name.rmatch_indices('.').take(3).map(|(at, _)| at).collect();
    let is_kind = |label: &str| KINDS.iter().any(|kind| label.eq_ignore_ascii_case(kind));
    let is_of_country =
        |last: usize, second: usize| name.len() - last - 1 == 2 && is_kind(&name[second + 1..last]);
    let cut = match dots[..] {
        [last, second, third] if is_of_country(last, second) => third,
        [last, second] if is_of_country(last, second) => return ("", name),
        [_, second, ..] => second,
        _ => return ("", name),
    };
    (&name[..cut], &name[cut + 1..])
}

/// Bits a letter of a text, whatever its length.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let all = text.len().max(1) as f64;
    let shares = counts.iter().filter(|count| **count > 0).map(|count| f64::from(*count) / all);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

/// A name, whose letters may be of any size.
struct Name<'a>(&'a str);

impl Hash for Name<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.bytes().for_each(|byte| hasher.write_u8(byte.to_ascii_lowercase()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::sample::Secret;
    use crate::behaviour::staged::{flow, inside, kinds, told};
    use crate::behaviour::{Kind, Volume};

    /// A question for a name, of so many in its flow, each of so many bytes.
    fn asked(name: &str, step: u32, (questions, size): (u64, u64)) -> Observation<'_> {
        let seen = flow(Protocol::UDP, inside(1), (inside(53), 53), f64::from(step));
        let sent = Volume { packets: questions, data_packets: questions, bytes: questions * size };
        Observation { sent, received: sent, dns_name: Some(name), ..seen }
    }

    /// Letters and digits that a number decides.
    fn random(number: u32, length: usize) -> String {
        let letter = |place: usize| {
            let hash = Secret::of(number).hash(&place);
            char::from(b"abcdefghijklmnopqrstuvwxyz234567"[hash as usize % 32])
        };
        (0..length).map(letter).collect()
    }

    #[test]
    fn many_long_random_names_are_a_tunnel() {
        let names: Vec<String> =
            (0..20).map(|step| format!("{}.t.example.com", random(step, 50))).collect();
        let ask = |names: &[String]| {
            told((0..).zip(names).map(|(step, name)| asked(name, step, (1, 90))))
        };
        let [tunnel] = &ask(&names)[..] else { panic!("one finding") };
        assert_eq!((tunnel.kind, tunnel.count), (Kind::DnsTunnel, 20));
        assert_eq!(tunnel.domain.as_deref(), Some("example.com"));
        assert_eq!(ask(&names[..19]), []);
        let again = names.iter().take(10).cycle().take(200).cloned().collect::<Vec<_>>();
        assert_eq!(ask(&again), [], "the same names again");
    }

    #[test]
    fn who_asks_for_names_of_addresses_has_no_tunnel() {
        let nibbles = |step| -> String {
            random(step, 32).bytes().map(|byte| format!("{:x}.", byte % 16)).collect()
        };
        let names: Vec<String> =
            (0..300).map(|step| format!("{}ip6.ARPA", nibbles(step))).collect();
        assert_eq!(kinds((0..).zip(&names).map(|(step, name)| asked(name, step, (1, 101)))), []);
    }

    #[test]
    fn one_flow_of_many_long_questions_is_a_tunnel() {
        assert_eq!(kinds([asked("abc.t.example.com", 0, (40, 120))]), [Kind::DnsTunnel]);
        assert_eq!(kinds([asked("abc.t.example.com", 0, (39, 120))]), []);
        assert_eq!(kinds([asked("abc.t.example.com", 0, (400, 60))]), [], "usual ones");
    }

    /// A flow of so many questions, each of so many bytes, whose first names are known.
    fn forwarded(names: &[Box<str>], step: u32, sent: (u64, u64)) -> Observation<'_> {
        Observation { dns_names: names, ..asked(&names[0], step, sent) }
    }

    fn carriers(count: u32, domain: &str) -> Vec<Box<str>> {
        (0..count).map(|it| format!("{}.{domain}", random(it, 50)).into()).collect()
    }

    #[test]
    fn names_behind_the_first_are_looked_at() {
        let with_another = |flow: u32| -> Vec<Box<str>> {
            let long = (4 * flow..4 * flow + 4).map(|it| format!("{}.example.com", random(it, 50)));
            ["www.example.org".to_owned()].into_iter().chain(long).map(Box::from).collect()
        };
        let names: Vec<_> = (0..5).map(with_another).collect();
        let ask = |names: &[Vec<Box<str>>]| {
            told((0..).zip(names).map(|(step, names)| forwarded(names, step, (5, 70))))
        };
        let [tunnel] = &ask(&names)[..] else { panic!("one finding") };
        assert_eq!((tunnel.domain.as_deref(), tunnel.count), (Some("example.com"), 20));
        assert_eq!(ask(&names[..4]), []);
    }

    #[test]
    fn one_flow_whose_names_are_carriers_is_a_tunnel_though_its_questions_are_not_long() {
        let names = carriers(16, "T.Example.COM");
        let [tunnel] = &told([forwarded(&names, 0, (40, 90))])[..] else { panic!("one finding") };
        assert_eq!((tunnel.domain.as_deref(), tunnel.count), (Some("example.com"), 40));
        assert_eq!(kinds([forwarded(&names, 0, (39, 90))]), []);
        assert_eq!(kinds([forwarded(&names[..8], 0, (40, 90))]), [Kind::DnsTunnel]);
        assert_eq!(kinds([forwarded(&names[..7], 0, (40, 90))]), [], "too few to know");
    }

    #[test]
    fn what_was_sent_goes_with_the_domain_of_most_names() {
        let mut names = vec![Box::from("www.example.org")];
        names.extend(carriers(2, "example.com"));
        let [tunnel] = &told([forwarded(&names, 0, (40, 120))])[..] else { panic!("one finding") };
        assert_eq!(tunnel.domain.as_deref(), Some("example.com"));
        // One that forwards asks for names of all kinds.
        let mut names = carriers(5, "example.com");
        names.extend((0..11).map(|it| format!("www.example{it}.org").into()));
        assert_eq!(kinds([forwarded(&names, 0, (400, 90))]), []);
    }

    #[test]
    fn names_that_people_or_delivery_networks_choose_are_none() {
        let names: Vec<String> = (0..300)
            .flat_map(|step| {
                let long = "a-very-long-name-of-many-words-that-somebody-has-chosen";
                [
                    format!("{}.edge.example.net", random(step, 20)),
                    format!("{}.example.org", &long[..20 + step as usize % 30]),
                ]
            })
            .collect();
        assert_eq!(kinds((0..).zip(&names).map(|(step, name)| asked(name, step, (1, 70)))), []);
    }

    #[test]
    fn long_names_that_say_little_are_none() {
        let counted: Vec<String> =
            (0..300).map(|step| format!("{}{step}.example.com", "node-".repeat(9))).collect();
        assert_eq!(kinds((0..).zip(&counted).map(|(step, name)| asked(name, step, (1, 70)))), []);
    }

    #[test]
    fn names_are_cut_where_somebody_registered_them() {
        for (name, expected) in [
            ("a.b.example.com", ("a.b", "example.com")),
            ("a.b.example.co.uk.", ("a.b", "example.co.uk")),
            ("example.com", ("", "example.com")),
            ("x.co.uk", ("", "x.co.uk")),
            ("a.x.CO.uk", ("a", "x.CO.uk")),
            ("data.abc.com", ("data", "abc.com")),
            ("b.a.abc.com", ("b.a", "abc.com")),
            ("a.t.co", ("a", "t.co")),
            ("a.bbc.uk", ("a", "bbc.uk")),
            ("localhost", ("", "localhost")),
            ("a..b", ("a", ".b")),
            ("...", ("", "")),
            ("", ("", "")),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
    }

    #[test]
    fn a_name_of_any_length_is_taken() {
        let long = format!("{}.example.com", "\u{e9}".repeat(100_000));
        assert_eq!(kinds((0..50).map(|step| asked(&long, step, (1, 10)))), []);
    }
}
