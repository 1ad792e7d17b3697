//! The first question, request and answer of a flow, as tshark's frames and the flows' own collector tell them.

use std::collections::BTreeMap;

use netsift_flow::Application;
use netsift_packet::Text;

use super::flows::Key;
use super::lines::visible;
use super::observed::unescaped;
use super::tshark::{Row, plain};
use super::{Deliberate, Differences};

/// A flow of a capture: the number of the capture, and the flow's ends.
type Flow = (usize, Key);

/// Fact to what it is.
type Facts = BTreeMap<&'static str, String>;

const DELIBERATE: &Deliberate = &[
    ("DNS code", "badpackets.pcap", 3, "the message is cut inside its header"),
    ("DNS name", "telegram.pcap", 2, "an announcement came first, whose name tshark keeps apart"),
    ("HTTP status", "1kxun.pcap", 1, LATER),
];

const LATER: &str =
    "the answer's start is missing: tshark's is of another, from the middle of the stream";

/// How long a target can be before it is kept in part: what is behind is not compared.
const LONGEST: usize = 512;

/// What tshark tells of flows, first things only.
#[derive(Default)]
pub(super) struct Firsts(BTreeMap<Flow, Facts>);

/// What was compared, flow by flow.
#[derive(Default)]
pub(super) struct Tally {
    compared: BTreeMap<&'static str, usize>,
    differences: Differences,
}

impl Firsts {
    pub(super) fn take(&mut self, flow: Flow, row: &Row<'_>) {
        let facts = self.0.entry(flow).or_default();
        let first = |facts: &mut Facts, fact, cell: &str| {
            if !cell.is_empty() {
                facts.entry(fact).or_insert_with(|| plain(cell));
            }
        };
        if row.is_dns() {
            let name = row.dns[2].split(',').next().unwrap();
            let is_question = row.dns[1].starts_with('0');
            // tshark's words for a name that it refuses, in the message of which the rest is refused here.
            if !name.starts_with('<') || name == "<Root>" {
                first(facts, "DNS name", name);
                first(facts, "DNS type", row.dns[3].split(',').next().unwrap());
                let first_name = facts.get("DNS name").cloned().unwrap_or_default();
                let is_other = |name: &&str| !first_name.eq_ignore_ascii_case(&plain(name));
                let second = row.dns[2].split(',').find(is_other);
                first(facts, "DNS second name", second.filter(|_| is_question).unwrap_or(""));
            }
            if row.dns[1].starts_with('1') {
                first(facts, "DNS code", row.dns[4].split(',').next().unwrap());
            }
        }
        let [method, target, host, agent, status] = row.http[..] else { panic!("five fields") };
        if !method.is_empty() && !row.is_quoted {
            let is_first = !facts.contains_key("HTTP method");
            let told = [("HTTP method", method), ("HTTP target", target)];
            let told = told.into_iter().chain([("HTTP host", host), ("HTTP agent", agent)]);
            facts.extend(told.filter(|_| is_first).map(|(fact, cell)| (fact, plain(cell))));
        }
        let is_final = |status: &&str| !status.starts_with('1') || *status == "101";
        if let Some(status) = status.split(',').find(is_final).filter(|_| !row.is_quoted)
            && !status.is_empty()
        {
            facts.entry("HTTP status").or_insert_with(|| status.to_owned());
        }
    }

    /// Compares a capture's flows.
    pub(super) fn compare(
        &self,
        (capture, name): (usize, &str),
        ours: &BTreeMap<Key, Application>,
        tally: &mut Tally,
    ) {
        let none = Application::default();
        for ((_, key), theirs) in self.0.iter().filter(|((number, _), _)| *number == capture) {
            let ours = facts(ours.get(key).unwrap_or(&none));
            // Which name is the second depends on the first.
            let has_same_first = ours.get("DNS name") == theirs.get("DNS name");
            for (fact, theirs) in theirs {
                if *fact == "DNS second name" && !has_same_first {
                    continue;
                }
                let ours = ours.get(fact).map_or("", String::as_str);
                *tally.compared.entry(fact).or_default() += 1;
                // Of several heads in a frame tshark tells with commas between.
                let is_same = ours == theirs
                    || theirs.starts_with(&format!("{ours},"))
                    || ours.len() == LONGEST && theirs.starts_with(ours);
                if !is_same {
                    let example = format!("{key:?}: theirs {theirs}, ours {ours}");
                    tally.differences.add(fact, name, 1, example);
                }
            }
        }
    }
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        for (fact, compared) in other.compared {
            *self.compared.entry(fact).or_default() += compared;
        }
        for ((fact, capture), (count, example)) in other.differences.0 {
            self.differences.add(fact, &capture, count, example);
        }
    }

    pub(super) fn print_and_judge(&self) {
        for (fact, &compared) in &self.compared {
            let different = self.differences.count(fact);
            println!("{fact}: {compared} flows compared, {different} differ");
        }
        self.differences.judge(DELIBERATE);
        for (fact, &compared) in &self.compared {
            let different = self.differences.count(fact);
            assert!(different * 100 <= compared, "more than 1 % of {fact} differ");
        }
    }
}

fn facts(application: &Application) -> Facts {
    let text = |text: &str| plain(&visible(Text::new(&unescaped(text))));
    let mut facts = Facts::new();
    if let Some(dns) = application.dns() {
        let names = dns.names().map(|name| if name == "." { ".".into() } else { text(name) });
        facts.extend(["DNS name", "DNS second name"].into_iter().zip(names));
        facts.extend(dns.record_type().map(|kind| ("DNS type", kind.to_string())));
        // tshark's has not the bits of EDNS.
        facts.extend(dns.response_code().map(|code| ("DNS code", (code & 0xf).to_string())));
    }
    if let Some(http) = application.http() {
        let texts = [
            ("HTTP method", http.method()),
            ("HTTP target", http.target()),
            ("HTTP host", http.host()),
            ("HTTP agent", http.user_agent()),
        ];
        facts.extend(texts.into_iter().filter_map(|(fact, it)| Some((fact, text(it?)))));
        facts.extend(http.status().map(|status| ("HTTP status", status.to_string())));
    }
    facts
}
