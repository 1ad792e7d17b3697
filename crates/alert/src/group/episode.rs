//! One alert that many became.

use std::net::IpAddr;

use crate::text::MAX_LIST;
use crate::{Alert, Level};

use super::distinct::Distinct;
use super::key::{Key, Side};
use super::told::{Group, Span};

/// So many of many addresses are named.
const EXAMPLES: usize = 5;

/// Alerts about the same thing, as one.
#[derive(Debug)]
pub(super) struct Episode {
    pub(super) key: Key,
    alert: Alert,
    /// Of an episode between one and many: the many.
    crowd: Option<Crowd>,
    /// The level and the count that were told last.
    told: (Level, u64),
    /// When it is looked at next.
    pub(super) due: i64,
    /// How long it is not told again once it was.
    pub(super) gap: i64,
}

/// The many that did the same to one, or to whom one did the same.
#[derive(Debug)]
struct Crowd {
    side: Side,
    seen: Distinct,
    /// Where all of them are; nothing before the first.
    span: Option<Span>,
    examples: Vec<IpAddr>,
}

impl Episode {
    pub(super) fn new(key: Key, alert: Alert, due: i64, gap: i64) -> Self {
        let told = (alert.level, 0);
        Self { key, alert, crowd: None, told, due, gap }
    }

    /// The same as the first of those between one and many on that side. It keeps its name: who was told of it sees it grow.
    pub(super) fn widened(mut self, key: Key, side: Side) -> Self {
        let (seen, examples) = (Distinct::default(), Vec::new());
        self.crowd = Some(Crowd { side, seen, span: None, examples });
        self.key = key;
        self.count_in(side.of(&self.alert));
        match side {
            Side::Source => (self.alert.source, self.alert.host) = (None, None),
            Side::Target => self.alert.target = None,
        }
        self
    }

    /// Whether something seen then is part of it: it was not quiet for so long before or after what it has.
    pub(super) fn reaches(&self, nanos: i64, quiet: i64) -> bool {
        let from = self.alert.first.saturating_sub(quiet);
        (from..=self.alert.nanos.saturating_add(quiet)).contains(&nanos)
    }

    /// When the last of it was seen.
    pub(super) fn last(&self) -> i64 {
        self.alert.nanos
    }

    /// Another of the same.
    pub(super) fn absorb(&mut self, other: Self) {
        self.join(other.alert);
    }

    /// Another of the same.
    pub(super) fn join(&mut self, other: Alert) {
        if let Some(crowd) = &self.crowd {
            self.count_in(crowd.side.of(&other));
        }
        let alert = &mut self.alert;
        if other.score > alert.score {
            alert.score = other.score;
            alert.rule = other.rule;
            alert.reasons = other.reasons;
        }
        alert.count = alert.count.saturating_add(other.count);
        let is_newer = other.nanos >= alert.nanos;
        if is_newer && alert.source.is_some() {
            alert.host = other.host;
        }
        alert.first = alert.first.min(other.first);
        alert.nanos = alert.nanos.max(other.nanos);
        alert.level = alert.level.max(other.level);
        alert.action = alert.action.max(other.action);
        alert.packets = alert.packets.take().or(other.packets);
        // What is not the same in all of them is said of none.
        alert.source = alert.source.map(|peer| peer.agreeing(other.source));
        alert.target = alert.target.map(|peer| peer.agreeing(other.target));
        alert.protocol = alert.protocol.take().filter(|it| other.protocol.as_ref() == Some(it));
        alert.service = alert.service.take().filter(|it| other.service.as_ref() == Some(it));
        add_new(&mut alert.names, other.names, |one, name| one == name);
        if is_newer {
            renew(&mut alert.evidence, other.evidence);
        } else {
            add_new(&mut alert.evidence, other.evidence, |one, text| one == text);
        }
        for term in &mut alert.terms {
            let same = other.terms.iter().filter(|it| it.of == term.of && it.says == term.says);
            term.risk = same.map(|it| it.risk).fold(term.risk, f64::max);
        }
        add_new(&mut alert.terms, other.terms, |one, it| one.of == it.of && one.says == it.says);
        alert.terms.sort_by(|one, other| other.risk.total_cmp(&one.risk));
    }

    /// Whether it got worse than was told.
    pub(super) fn rose(&self) -> bool {
        self.alert.level > self.told.0
    }

    /// Whether there were more than was told.
    pub(super) fn grew(&self) -> bool {
        self.alert.count > self.told.1
    }

    /// What there is to say of it.
    pub(super) fn tell(&mut self) -> Group {
        self.told = (self.alert.level, self.alert.count);
        let mut group = Group::from(self.alert.clone());
        if let Some(crowd) = &self.crowd {
            group.alert.evidence.insert(0, crowd.told());
            group.alert.evidence.truncate(MAX_LIST);
            group = crowd.placed(group);
        }
        group
    }

    fn count_in(&mut self, address: Option<IpAddr>) {
        if let (Some(crowd), Some(address)) = (&mut self.crowd, address) {
            crowd.see(address);
        }
    }
}

impl Crowd {
    fn see(&mut self, address: IpAddr) {
        self.seen.see(address);
        self.span.get_or_insert(Span::of(address)).see(address);
        if self.examples.len() < EXAMPLES && !self.examples.contains(&address) {
            self.examples.push(address);
        }
    }

    /// Where all of them are.
    fn placed(&self, group: Group) -> Group {
        let network = self.span.and_then(Span::network);
        let (source, target) = (group.source(), group.target());
        match self.side {
            Side::Source => Group::new(group.alert, network, target),
            Side::Target => Group::new(group.alert, source, network),
        }
    }

    /// `about 98000 targets in 192.0.0.0/15, among them 192.0.2.1, 192.0.2.2`
    fn told(&self) -> String {
        let (count, is_exact) = self.seen.count();
        let about = if is_exact { "" } else { "about " };
        let examples: Vec<String> = self.examples.iter().map(IpAddr::to_string).collect();
        let network = self.span.and_then(Span::network).filter(|network| !network.is_all());
        let network = network.map_or_else(String::new, |network| format!(" in {network}"));
        let (side, examples) = (self.side.plural(), examples.join(", "));
        format!("{about}{count} {side}{network}, among them {examples}")
    }
}

/// The newest comes first, and what has no room any more goes: of a scan that goes on the last count says most.
fn renew(all: &mut Vec<String>, newer: Vec<String>) {
    all.retain(|text| !newer.contains(text));
    all.splice(0..0, newer);
    all.truncate(MAX_LIST);
}

/// What is not there yet, as long as there is room.
fn add_new<T>(all: &mut Vec<T>, more: Vec<T>, is_same: impl Fn(&T, &T) -> bool) {
    for one in more {
        if all.len() < MAX_LIST && !all.iter().any(|it| is_same(it, &one)) {
            all.push(one);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Action, Term, example};

    fn episode(alert: Alert) -> Episode {
        Episode::new(Key::of(&alert), alert, 0, 0)
    }

    #[test]
    fn the_worst_of_all_and_the_sum_are_told() {
        let (mut one, mut other) = (example("scan", 10), example("scan", 5));
        one.names = vec!["a".into(), "b".into()];
        other.names = vec!["b".into(), "c".into()];
        (other.level, other.score, other.count) = (Level::Critical, 90.0, 3);
        (other.action, other.rule) = (Action::Isolate, "worse".into());
        other.service = Some("smtp".into());
        other.terms = vec![Term { of: "list".into(), says: "drop".into(), risk: 0.9 }];
        other.target = other.target.map(|it| crate::Peer { port: Some(25), ..it });
        let mut episode = episode(one);
        assert!(episode.grew() && !episode.rose());
        episode.tell();
        episode.join(other);
        assert!(episode.grew() && episode.rose());
        let told = episode.tell().alert;
        assert!(!episode.grew() && !episode.rose());
        assert_eq!((told.first, told.nanos, told.count), (5, 10, 4));
        assert_eq!((told.level, told.score, told.action), (Level::Critical, 90.0, Action::Isolate));
        assert_eq!((told.rule.as_str(), told.names.join("")), ("worse", "abc".into()));
        let says: Vec<_> = told.terms.iter().map(|it| it.says.as_str()).collect();
        assert_eq!(says, ["drop", "scan"]);
        assert_eq!((told.service, told.protocol), (None, Some("TCP".into())));
        assert_eq!(told.target.unwrap().to_string(), "198.51.100.9", "two ports are none");
        assert_eq!(told.id, example("scan", 10).id);
    }

    #[test]
    fn what_is_gathered_is_bounded() {
        let mut episode = episode(example("scan", 1));
        for number in 0..1_000 {
            let mut alert = example("scan", number);
            alert.names = vec![format!("host-{number}")];
            alert.evidence = vec![format!("{number} things")];
            alert.terms[0].says = number.to_string();
            episode.join(alert);
        }
        let told = episode.tell().alert;
        assert_eq!(told.count, 1_001);
        assert!(told.is_bounded() && told.names.len() == MAX_LIST);
        assert_eq!((told.evidence.len(), told.evidence[0].as_str()), (MAX_LIST, "999 things"));
        let late = Alert { evidence: vec!["late".into()], ..example("scan", 5) };
        episode.join(late);
        assert_eq!(episode.tell().alert.evidence[0], "999 things", "older than that");
    }

    #[test]
    fn a_window_reaches_from_the_first_to_the_last() {
        let mut episode = episode(example("scan", 100));
        episode.join(example("scan", 200));
        let reached = [89, 90, 150, 210, 211].map(|nanos| episode.reaches(nanos, 10));
        assert_eq!(reached, [false, true, true, true, false]);
    }
}
