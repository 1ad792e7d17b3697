//! What the path alerts of, with the policy that it comes with, no model and no list: attacks of a scenario, attacks that
//! were captured, and hardly anything of captures without attacks.
//!
//! Labels of flows and captures are others'; scenarios have hosts, rates and seeds that no threshold was chosen with.

use std::collections::{BTreeMap, HashMap};
use std::io::{Cursor, Read};
use std::net::IpAddr;
use std::path::Path;
use std::sync::mpsc::channel;

use netsift_alert::Alert;
use netsift_capture::CaptureReader;
use netsift_detect::behaviour::{Finding, Kind};
use netsift_detect::{About, Conversation, PathBuilder, Verdict};
use netsift_packet::{FrameSource, Timestamp};
use netsift_synth::{Class, Generator, LabelledFlow, Scenario};

use crate::shared;

/// More than one alert in so many flows without attacks is too much.
const FLOWS_AN_ALERT: u64 = 200;
/// Of flows of an attack and of what is found, at least so much is right.
const RIGHT: f64 = 0.95;
/// nDPI's words for flows that may be attacks, or anything.
const NOT_BENIGN: [&str; 4] = ["Malware", "Cybersecurity", "Crypto_Currency", "Unspecified"];
/// Captures whose names tell of an attack that the categories of their flows do not.
const ATTACKS_BY_NAME: [&str; 12] = [
    "WebattackSQLinj.pcap",
    "bad-dns-traffic.pcap",
    "dns-exf.pcap",
    "dns-tunnel-iodine.pcap",
    "dns_exfiltration.pcap",
    "exe_download.pcap",
    "exe_download_as_png.pcap",
    "icmp-tunnel.pcap",
    "sql_injection.pcap",
    "tls_malicious_sha1.pcapng",
    "trickbot.pcap",
    "xss.pcap",
];

#[test]
fn attacks_that_were_captured_are_found() {
    let Some(slips) = shared("data/slips") else { return };
    let alerts = |below: &str| {
        let watched = Watched::capture(std::fs::read(slips.join(below)).unwrap()).told(below);
        watched.alerts.into_iter().map(|(alert, _)| alert.what).collect::<Vec<_>>()
    };
    let has = |alerts: Vec<String>, kind: Kind| alerts.iter().any(|what| what == kind.name());
    assert!(has(alerts("test12-icmp-portscan.pcap"), Kind::IcmpSweep));
    let guesses = alerts("test19-malicious-ssh/malicious-ssh-bruteforce.pcap");
    assert!(has(guesses, Kind::BruteForce));
    for calls in ["test-cc/test-cc-capture-1.pcap", "test-cc/test-cc-capture-2.pcap"] {
        assert_eq!(alerts(calls), [Kind::Beacon.name()]);
    }
}

#[test]
fn hardly_anything_is_found_where_devices_are_set_up() {
    let Some(archive) = shared("data/iot_sentinel/captures.tar.zst") else { return };
    let mut all = Watched::default();
    each_capture(&archive, |name, bytes| all.add(Watched::capture(bytes).told(name)));
    all.is_benign(10_000);
}

#[test]
fn hardly_anything_is_found_in_captures_of_applications() {
    let (Some(archive), Some(labels)) =
        (shared("data/ndpi/pcap.tar.zst"), shared("data/ndpi/flow_labels.csv.zst"))
    else {
        return;
    };
    let benign = benign_captures(&labels);
    let mut all = Watched::default();
    each_capture(&archive, |name, bytes| {
        if benign.get(name) == Some(&true) {
            all.add(Watched::capture(bytes).told(name));
        }
    });
    all.is_benign(3_000);
}

#[test]
fn attacks_of_scenarios_are_found_and_nothing_else_is_called_so() {
    Scores::of(Scenario::new(81_001).hosts(600).flows_per_second(110.0)).are_right();
    Scores::of(Scenario::new(81_002).hosts(2_000).flows_per_second(170.0)).are_right();
}

#[test]
fn attacks_over_hardly_any_or_mostly_ipv6_are_found_as_well() {
    Scores::of(Scenario::new(81_003).hosts(900).ipv6(0.0)).are_right();
    Scores::of(Scenario::new(81_004).hosts(300).ipv6(0.9).flows_per_second(60.0)).are_right();
}

/// Long enough that campaigns cut at the ends are few.
const PACKETS: u64 = 1_000_000;

/// Flows, and what was told of them.
#[derive(Default)]
struct Watched {
    flows: Vec<Conversation>,
    /// With what it is about, if that is what a host does.
    alerts: Vec<(Alert, Option<Finding>)>,
}

impl Watched {
    fn capture(bytes: Vec<u8>) -> Self {
        let reader = CaptureReader::new(Cursor::new(bytes));
        reader.map_or_else(|_| Self::default(), |reader| Self::source(reader).0)
    }

    /// A source through the path, up to where it breaks; and the source.
    fn source<S: FrameSource>(mut source: S) -> (Self, S) {
        let (tell, told) = channel();
        let path = PathBuilder::new().start(move |verdict: &Verdict, alert: Option<&Alert>| {
            // What goes on is told again at its end, and counts then.
            let counts =
                alert.is_some() || matches!(&verdict.about, About::Flow(it) if !it.goes_on());
            if counts {
                tell.send((verdict.about.clone(), alert.cloned())).unwrap();
            }
        });
        let mut path = path.unwrap();
        while let Ok(Some(frame)) = source.next_frame() {
            path.push(frame);
        }
        path.finish();
        let mut watched = Self::default();
        told.iter().for_each(|(about, alert)| watched.take(about, alert));
        (watched, source)
    }

    fn take(&mut self, about: About, alert: Option<Alert>) {
        let finding = match about {
            About::Behaviour(finding) => Some(finding),
            About::Flow(flow) => {
                if !flow.goes_on() {
                    self.flows.push(flow);
                }
                None
            }
            _ => None,
        };
        self.alerts.extend(alert.map(|alert| (alert, finding)));
    }

    /// The same, after saying each alert with its reason.
    fn told(self, name: &str) -> Self {
        for (alert, _) in &self.alerts {
            println!("{name}: {alert}: {}", alert.evidence.join("; "));
        }
        self
    }

    fn add(&mut self, other: Self) {
        self.flows.extend(other.flows);
        self.alerts.extend(other.alerts);
    }

    fn is_benign(&self, least_flows: u64) {
        let (alerts, flows) = (self.alerts.len() as u64, self.flows.len() as u64);
        println!("{alerts} alerts in {flows} flows");
        assert!(flows >= least_flows, "{flows} flows");
        assert!(alerts * FLOWS_AN_ALERT <= flows, "{alerts} in {flows} flows");
    }
}

/// Flows of one kind of attack: found, missed, and others that were taken for it.
#[derive(Debug, Default)]
struct Score {
    found: u64,
    missed: u64,
    wrong: u64,
}

impl Score {
    fn recall(&self) -> f64 {
        self.found as f64 / (self.found + self.missed).max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.found as f64 / (self.found + self.wrong).max(1) as f64
    }
}

/// By family of attacks.
struct Scores(BTreeMap<&'static str, Score>);

impl Scores {
    /// Flows that an alert concerns, held against the labels of the scenario.
    fn of(scenario: Scenario) -> Self {
        let generator = Generator::labelled(&scenario.packets(PACKETS)).unwrap();
        let (watched, generator) = Watched::source(generator);
        let findings = watched.alerts.iter().map(|(alert, finding)| finding.as_ref().ok_or(alert));
        // Without models and lists nothing is known against a flow alone.
        let findings: Vec<&Finding> = findings.collect::<Result<_, _>>().unwrap();
        let labels = Labels::of(generator);
        let mut scores = Self(BTreeMap::new());
        for flow in &watched.flows {
            let Some(class) = labels.class(flow) else { continue };
            scores.add(family_of_class(class), &families(&findings, flow));
        }
        scores
    }

    fn are_right(&self) {
        for family in ["flood", "scan", "brute force"] {
            let score = &self.0[family];
            println!("{family}: recall {:.4}, precision {:.4}", score.recall(), score.precision());
            assert!(score.recall() >= RIGHT, "{family}: {score:?}");
            assert!(score.precision() >= RIGHT, "{family}: {score:?}");
        }
    }

    fn add(&mut self, truth: Option<&'static str>, found: &[&'static str]) {
        if let Some(family) = truth {
            let score = self.0.entry(family).or_default();
            let is_found = found.contains(&family);
            *(if is_found { &mut score.found } else { &mut score.missed }) += 1;
        }
        for family in found.iter().filter(|family| Some(**family) != truth) {
            self.0.entry(family).or_default().wrong += 1;
        }
    }
}

/// The families of findings that a flow is one of.
fn families(findings: &[&Finding], flow: &Conversation) -> Vec<&'static str> {
    let seen = flow.observation();
    let concerned = findings.iter().filter(|finding| finding.concerns(&seen));
    let mut families: Vec<_> = concerned.filter_map(|it| family_of_kind(it.kind)).collect();
    families.sort_unstable();
    families.dedup();
    families
}

fn family_of_kind(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::SynFlood | Kind::UdpFlood => Some("flood"),
        Kind::VerticalScan | Kind::HorizontalScan | Kind::IcmpSweep => Some("scan"),
        Kind::BruteForce | Kind::PasswordSpray => Some("brute force"),
        _ => None,
    }
}

fn family_of_class(class: Class) -> Option<&'static str> {
    match class {
        Class::SynFlood | Class::UdpFlood => Some("flood"),
        Class::SynScan | Class::UdpScan => Some("scan"),
        Class::SshBruteForce => Some("brute force"),
        _ => None,
    }
}

type Ends = ([(IpAddr, u16); 2], u8);

/// Labels by the ends of their flows, whichever end sent first.
struct Labels(HashMap<Ends, Vec<(Timestamp, Timestamp, Class)>>);

impl Labels {
    fn of(mut generator: Generator) -> Self {
        let mut labels: HashMap<Ends, Vec<_>> = HashMap::new();
        for LabelledFlow { start, end, src, dst, src_port, dst_port, protocol, class, .. } in
            generator.ended_flows()
        {
            let ends = ends((src, src_port), (dst, dst_port), protocol.0);
            labels.entry(ends).or_default().push((start, end, class));
        }
        Self(labels)
    }

    fn class(&self, flow: &Conversation) -> Option<Class> {
        let (source, destination) = (flow.source, flow.destination);
        let (from, to) = ((source.ip(), source.port()), (destination.ip(), destination.port()));
        let labels = self.0.get(&ends(from, to, flow.protocol.0))?;
        let is_in = |(start, end, _): &&(_, _, _)| (*start..=*end).contains(&flow.first);
        labels.iter().find(is_in).map(|(_, _, class)| *class)
    }
}

fn ends(a: (IpAddr, u16), b: (IpAddr, u16), protocol: u8) -> Ends {
    ([a.min(b), a.max(b)], protocol)
}

/// Which captures hold nothing that may be an attack.
fn benign_captures(labels: &Path) -> HashMap<String, bool> {
    let file = std::fs::File::open(labels).unwrap();
    let mut text = String::new();
    zstd::Decoder::new(file).unwrap().read_to_string(&mut text).unwrap();
    let mut captures = HashMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [capture, .., category, _confidence, _packets] = cells[..] else { panic!("{line}") };
        let is_benign = !NOT_BENIGN.contains(&category) && !ATTACKS_BY_NAME.contains(&capture);
        *captures.entry(capture.to_owned()).or_insert(true) &= is_benign;
    }
    captures
}

fn each_capture(archive: &Path, mut told: impl FnMut(&str, Vec<u8>)) {
    let plain = zstd::Decoder::new(std::fs::File::open(archive).unwrap()).unwrap();
    for entry in tar::Archive::new(plain).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().into_owned();
        let is_capture =
            path.extension().is_some_and(|it| it == "pcap" || it == "pcapng" || it == "cap");
        if let Some(name) = path.file_name().filter(|_| is_capture) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            told(&name.to_string_lossy(), bytes);
        }
    }
}
