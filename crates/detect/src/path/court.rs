//! From opinions to verdicts: everything that looks at more than one flow, in one place.

use std::collections::HashMap;
use std::mem;
use std::net::IpAddr;
use std::sync::mpsc::Receiver;

use foldhash::quality::FixedState;
use netsift_alert::{Alert, Level, Term};

use super::assess::Batch;
use super::control::{Control, Setup, View};
use super::counts::{Count, Counters};
use super::floods::Floods;
use crate::behaviour::{Behaviour, Finding, Kind};
use crate::hosts::Hosts;
use crate::lists::{Hit, Subject};
use crate::models::Opinion;
use crate::policy::{LIST, Policy};
use crate::{About, Conversation, DetectError, Verdict};

/// Flows that go on and have been told are remembered, so many at most: twice that, for a while.
const REMEMBERED: usize = 1 << 17;

/// Makes verdicts and tells them.
pub(super) struct Court<T> {
    view: View,
    behaviour: Behaviour,
    hosts: Hosts,
    told: Told,
    floods: Floods,
    counters: Counters,
    trouble: Option<DetectError>,
    tell: T,
}

/// What is left at the end.
pub(super) struct Adjourned {
    pub(super) hosts: Hosts,
    pub(super) trouble: Option<DetectError>,
}

impl<T: FnMut(&Verdict, Option<&Alert>)> Court<T> {
    pub(super) fn new(
        control: &Control,
        counters: Counters,
        seed: Option<u64>,
        tell: T,
    ) -> Result<Self, DetectError> {
        let view = View::of(control);
        let policy = &view.setup().policy;
        let inside = &policy.actions.inside;
        let behaviour = Behaviour::new(policy.behaviour.thresholds)?
            .inside(inside)
            .patience(control.reading().idle_timeout_nanos());
        let behaviour = seed.into_iter().fold(behaviour, Behaviour::seed);
        let hosts = Hosts::new(policy.hosts);
        let (told, floods) = (Told::default(), Floods::default());
        Ok(Self { behaviour, hosts, told, floods, counters, trouble: None, tell, view })
    }

    /// Judges until nothing more comes.
    pub(super) fn sit(mut self, batches: &Receiver<Batch>) -> Adjourned {
        while let Ok(Batch { flows, trouble, now }) = batches.recv() {
            self.look();
            now.into_iter().for_each(|now| self.behaviour.advance(now));
            if let Some(error) = trouble {
                self.trouble.get_or_insert(error.into());
            }
            let count = flows.len() as u64;
            for (flow, opinion) in flows {
                self.hear(flow, opinion);
            }
            self.counters.waited(count);
        }
        let mut findings = Vec::new();
        self.behaviour.finish(|finding| findings.push(finding));
        self.tell_findings(findings);
        Adjourned { hosts: self.hosts, trouble: self.trouble }
    }

    /// Sees what has been replaced.
    fn look(&mut self) {
        if !self.view.look() {
            return;
        }
        let policy = &self.view.setup().policy;
        self.hosts.follow(policy.hosts);
        // A policy was checked before it got here.
        let _ = self.behaviour.follow(policy.behaviour.thresholds, &policy.actions.inside);
    }

    fn hear(&mut self, flow: Conversation, opinion: Opinion) {
        let counted = if flow.goes_on() { Count::Early } else { Count::Flows };
        self.counters.add(counted, 1);
        let mut findings = Vec::new();
        self.behaviour.observe(&flow.observation(), |finding| findings.push(finding));
        self.behaviour.now().into_iter().for_each(|now| self.hosts.advance(now));
        let (id, goes_on, source) = (flow.id(), flow.goes_on(), flow.source.ip());
        let terms = self.terms(&flow, &opinion);
        let terms = self.beside_deeds(terms, Some(source), None);
        let allowed = self.allowed_flow(&flow, &opinion);
        // With a term for each of its senders, a flood would be as many alerts.
        let is_covered = !terms.is_empty() && self.floods.cover(&flow.observation());
        let mut verdict = Verdict::new(About::Flow(flow), terms);
        let Opinion { class, anomaly, reasons } = opinion;
        (verdict.class, verdict.anomaly, verdict.reasons) = (class, anomaly, reasons);
        verdict.allowed = allowed;
        let mut covered = 0;
        let is_new = |told: &mut Told, level: Option<Level>, what: &str| {
            let is_new = told.is_new(id, goes_on, level, what);
            let is_left_out = is_covered && is_new && level.is_some();
            covered = u64::from(is_left_out);
            is_new && !is_left_out
        };
        self.tell(verdict, Some(source), is_new);
        self.counters.add(Count::Covered, covered);
        self.tell_findings(findings);
    }

    fn tell_findings(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            self.counters.add(Count::Behaviours, 1);
            let terms = self.terms_of_finding(&finding);
            let terms = self.beside_deeds(terms, finding.offender, Some(finding.kind));
            let (offender, allowed) = (finding.offender, self.allowed_finding(&finding));
            let flood = Floods::is_one(&finding).then(|| finding.clone());
            let mut verdict = Verdict::new(About::Behaviour(finding), terms);
            verdict.allowed = allowed;
            if self.tell(verdict, offender, |_, _, _| true) {
                flood.into_iter().for_each(|flood| self.floods.add(flood));
            }
        }
    }

    /// Weighs a verdict and tells it; as an alert, if it says something new. Whether it is one.
    fn tell(
        &mut self,
        mut verdict: Verdict,
        host: Option<IpAddr>,
        is_new: impl FnOnce(&mut Told, Option<Level>, &str) -> bool,
    ) -> bool {
        let policy = &self.view.setup().policy;
        let level = policy.levels.of(verdict.score);
        if verdict.allowed.is_some() && level.is_some() {
            self.counters.add(Count::Allowed, 1);
        }
        let is_told = level.is_some() && verdict.allowed.is_none();
        let is_new = is_new(&mut self.told, level.filter(|_| is_told), verdict.what());
        if let Some(host) = host {
            verdict.host = match &verdict.about {
                _ if !is_told || !is_new => self.hosts.of(host),
                About::Flow(_) => self.hosts.add(host, verdict.score),
                About::Behaviour(it) => self.hosts.add_deed(host, it.kind, verdict.score),
            };
        }
        policy.weigh(&mut verdict);
        let alert = if is_new { policy.judge(&verdict) } else { None };
        self.counters.add(Count::Alerts, u64::from(alert.is_some()));
        (self.tell)(&verdict, alert.as_ref());
        alert.is_some()
    }

    /// What speaks against a flow.
    fn terms(&self, flow: &Conversation, opinion: &Opinion) -> Vec<Term> {
        let mut terms: Vec<Term> = opinion.terms(&self.view.setup().policy).collect();
        let ends = [flow.source, flow.destination].map(|end| end.ip());
        let fingerprints = flow.fingerprints.iter().flatten().map(AsRef::as_ref);
        self.add_hits(&mut terms, ends, flow.names(), fingerprints);
        terms
    }

    /// What speaks in a finding: that it is one, and that its ends or its names are on lists.
    fn terms_of_finding(&self, finding: &Finding) -> Vec<Term> {
        let mut terms = Vec::from_iter(self.view.setup().policy.of_behaviour(finding));
        let ends = [finding.offender, finding.victim].into_iter().flatten();
        self.add_hits(&mut terms, ends, finding.domain.as_deref(), None);
        terms
    }

    fn add_hits<'t>(
        &self,
        terms: &mut Vec<Term>,
        ends: impl IntoIterator<Item = IpAddr>,
        names: impl IntoIterator<Item = &'t str>,
        fingerprints: impl IntoIterator<Item = &'t str>,
    ) {
        let Setup { lists, policy, .. } = self.view.setup();
        if lists.is_empty() {
            return;
        }
        let mut add = |hit: Hit<'_>| add_hit(terms, &hit, policy);
        ends.into_iter().for_each(|end| lists.address(end).for_each(&mut add));
        names.into_iter().for_each(|name| lists.domain(name.as_bytes()).for_each(&mut add));
        fingerprints.into_iter().for_each(|it| lists.fingerprint(it).for_each(&mut add));
    }

    /// The same, and what else its host was found to do.
    fn beside_deeds(
        &self,
        mut terms: Vec<Term>,
        host: Option<IpAddr>,
        beside: Option<Kind>,
    ) -> Vec<Term> {
        let deeds = host.and_then(|host| self.hosts.deeds(host, beside));
        let term = deeds.and_then(|deeds| self.view.setup().policy.of_host(deeds, &terms));
        terms.extend(term);
        terms
    }

    fn allowed_flow(&self, flow: &Conversation, opinion: &Opinion) -> Option<Box<str>> {
        let names: Vec<&str> = flow.names().collect();
        let subject = Subject::between(flow.source.ip(), flow.destination.ip())
            .port(flow.destination.port())
            .protocol(flow.protocol)
            .names(&names);
        let class = opinion.class.as_ref().and_then(|said| said.class.as_deref());
        let subject = match class {
            Some(class) => subject.class(class),
            None => subject,
        };
        self.view.setup().allows(&subject)
    }

    fn allowed_finding(&self, finding: &Finding) -> Option<Box<str>> {
        // Of what is done by many, or to many, the other end is none.
        let nobody = IpAddr::from([0; 4]);
        let (source, target) =
            (finding.offender.unwrap_or(nobody), finding.victim.unwrap_or(nobody));
        let names: Vec<&str> = finding.domain.as_deref().into_iter().collect();
        let subject = Subject::between(source, target)
            .protocol(finding.protocol)
            .names(&names)
            .class(finding.kind.name());
        let subject = match finding.port {
            Some(port) => subject.port(port),
            None => subject,
        };
        self.view.setup().allows(&subject)
    }
}

/// Adds a hit; of several on one list the first, which is the narrowest of the first end.
fn add_hit(terms: &mut Vec<Term>, hit: &Hit<'_>, policy: &Policy) {
    let list = hit.list();
    let is_known = terms.iter().any(|term| term.of == LIST && term.says == list.name());
    if is_known {
        return;
    }
    terms.extend(policy.of_hit(list.severity(), list.name()));
}

/// What was told of flows that go on, so that they are told again only if that has changed.
#[derive(Default)]
struct Told {
    /// By the flow: what was said of it. What has not been asked for while as many others came is forgotten.
    recent: HashMap<u64, u64, FixedState>,
    earlier: HashMap<u64, u64, FixedState>,
}

impl Told {
    /// Whether this has not been said of the flow.
    fn is_new(&mut self, id: u64, goes_on: bool, level: Option<Level>, what: &str) -> bool {
        let before = self.recent.remove(&id).or_else(|| self.earlier.remove(&id));
        let said = level.map(|level| said(level, what));
        if let (true, Some(said)) = (goes_on, said) {
            if self.recent.len() >= REMEMBERED {
                self.earlier = mem::take(&mut self.recent);
            }
            self.recent.insert(id, said);
        }
        said != before
    }
}

fn said(level: Level, what: &str) -> u64 {
    use std::hash::BuildHasher;
    FixedState::default().hash_one((level, what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_that_go_on_are_remembered_and_not_all_that_ever_did() {
        let mut told = Told::default();
        for id in 0..5 * REMEMBERED as u64 {
            assert!(told.is_new(id, true, Some(Level::High), "scan"));
            // Who is asked for now and then stays.
            if id > 0 && id % 1_000 == 0 {
                assert!(!told.is_new(0, true, Some(Level::High), "scan"), "{id}");
            }
            assert!(told.recent.len() + told.earlier.len() <= 2 * REMEMBERED);
        }
        assert!(told.is_new(1, true, Some(Level::High), "scan"));
    }
}
