//! What of captures is on lists.

use netsift_detect::lists::{Hit, Lists};
use netsift_flow::{Dns, Flow};

use super::counts::{BY_FLOWS, Flown};
use super::numbers::{Match, Matches};
use super::tally::Tally;

/// So many matches are counted exactly: each may take some kilobytes.
const EXACT_MATCHES: usize = 20_000;

/// Counts flows by what of them is on lists.
pub(super) struct MatchTally {
    lists: Lists,
    flows: u64,
    matches: Tally<Key, Flown>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    list: Box<str>,
    subject: Box<str>,
    entry: Box<str>,
}

impl MatchTally {
    pub(super) fn new(lists: Lists) -> Self {
        Self { lists, flows: 0, matches: Tally::new(EXACT_MATCHES) }
    }

    /// Looks up who took part in a flow, the names that it shows, and the fingerprints of its client.
    pub(super) fn take(&mut self, flow: &Flow, flown: &Flown) {
        if self.lists.is_empty() {
            return;
        }
        let keys = keys(&self.lists, flow);
        self.flows += u64::from(!keys.is_empty());
        keys.into_iter().for_each(|key| self.matches.add(key, flown));
    }

    pub(super) fn numbers(&self, most: usize) -> Matches {
        let told = |(key, flown): (&Key, &Flown)| Match {
            list: key.list.to_string(),
            subject: key.subject.to_string(),
            entry: key.entry.to_string(),
            flows: flown.flows,
            volume: flown.volume,
            first: flown.span.first(),
            last: flown.span.last(),
        };
        Matches {
            lists: self.lists.iter().map(|list| list.report().to_string()).collect(),
            flows: self.flows,
            counted: self.matches.len() as u64,
            distinct: self.matches.distinct(),
            is_exact: self.matches.is_exact(),
            missed: self.matches.missed(BY_FLOWS),
            top: self.matches.top(most, |flown| flown.flows).into_iter().map(told).collect(),
        }
    }
}

/// What of a flow is on lists, each once.
fn keys(lists: &Lists, flow: &Flow) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut note = |subject: &dyn std::fmt::Display, hit: Hit<'_>| {
        let text = |text: String| text.into_boxed_str();
        let list = hit.list().name().into();
        keys.push(Key { list, subject: text(subject.to_string()), entry: text(hit.to_string()) });
    };
    for address in [flow.source().ip(), flow.destination().ip()] {
        lists.address(address).for_each(|hit| note(&address, hit));
    }
    let application = flow.application();
    let tls = application.and_then(|application| application.tls());
    let dns = application.and_then(|application| application.dns());
    let http = application.and_then(|application| application.http());
    let called = [tls.and_then(|tls| tls.server_name()), http.and_then(|http| http.host())];
    for name in called.into_iter().flatten().chain(dns.into_iter().flat_map(Dns::names)) {
        lists.domain(name.as_bytes()).for_each(|hit| note(&name, hit));
    }
    for fingerprint in tls.into_iter().flat_map(|tls| [tls.ja3(), tls.ja4()]).flatten() {
        lists.fingerprint(fingerprint).for_each(|hit| note(&fingerprint, hit));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}
