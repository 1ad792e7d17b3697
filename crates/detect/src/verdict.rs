//! What is said of a flow, or of what a host does over many of them.

use std::sync::Arc;

use netsift_alert::{Action, Alert, AlertId, Level, Peer, Term};
use netsift_packet::Timestamp;

use crate::Conversation;
use crate::behaviour::Finding;
use crate::policy::HOST;
use crate::score::points;

/// What is said of a flow, or of what a host does: with the terms that its score is made of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// What it is about.
    pub about: About,
    /// What the classifier says of a flow, if there is one.
    pub class: Option<Said>,
    /// What the anomaly detector says of a flow, if there is one.
    pub anomaly: Option<netsift_models::Finding>,
    /// The entry of the allow-list that wins over all the rest.
    pub allowed: Option<Box<str>>,
    /// How bad it is, from 0 to 100.
    pub score: f64,
    /// What the score is made of, the greatest first.
    pub terms: Vec<Term>,
    /// How bad it is, in a word; nothing below the lowest level.
    pub level: Option<Level>,
    /// What to do.
    pub action: Action,
    /// The rule that says so.
    pub rule: Arc<str>,
    /// The score of the host that did it, this verdict included.
    pub host: f64,
    /// Why the models say so: columns with their values and what is usual, the greatest first.
    pub reasons: Vec<String>,
}

/// What a verdict is about.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum About {
    /// A flow.
    Flow(Conversation),
    /// What a host does over many flows.
    Behaviour(Finding),
}

/// What a classifier says of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The class; nothing if none is probable enough.
    pub class: Option<Arc<str>>,
    /// How probable the class is, or the most probable one.
    pub probability: f64,
}

impl Verdict {
    /// A verdict of these terms. Level and action are a policy's to say.
    #[must_use]
    pub fn new(about: About, mut terms: Vec<Term>) -> Self {
        terms.sort_by(|one, other| other.risk.total_cmp(&one.risk));
        Self {
            about,
            class: None,
            anomaly: None,
            allowed: None,
            score: points(terms.iter().map(|term| term.risk)),
            terms,
            level: None,
            action: Action::Allow,
            rule: Arc::default(),
            host: 0.0,
            reasons: Vec::new(),
        }
    }

    /// When it was seen, by the clock of the packets.
    #[must_use]
    pub fn time(&self) -> Timestamp {
        match &self.about {
            About::Flow(flow) => flow.last,
            About::Behaviour(finding) => finding.last,
        }
    }

    /// What it is, in a word or two: that which counts most. What else its host did is no name for it.
    #[must_use]
    pub fn what(&self) -> &str {
        match (&self.about, self.terms.iter().find(|term| term.of != HOST)) {
            (About::Behaviour(finding), _) => finding.kind.name(),
            (_, Some(term)) => &term.says,
            (_, None) => "nothing",
        }
    }

    /// Who did it, and to whom, as far as that is known.
    #[must_use]
    pub fn peers(&self) -> [Option<Peer>; 2] {
        match &self.about {
            About::Flow(flow) => flow.peers().map(Some),
            About::Behaviour(finding) => [
                finding.offender.map(|address| Peer { address, port: None }),
                finding.victim.map(|address| Peer { address, port: finding.port }),
            ],
        }
    }

    /// The same as plain facts, of this level.
    pub(crate) fn alert(&self, level: Level) -> Alert {
        let [source, target] = self.peers();
        let (first, protocol) = match &self.about {
            About::Flow(flow) => (flow.first, flow.protocol),
            About::Behaviour(finding) => (finding.first, finding.protocol),
        };
        let (service, names, evidence) = match &self.about {
            About::Flow(flow) => (flow.application, owned(flow.names()), Vec::new()),
            About::Behaviour(finding) => {
                let names = finding.domain.as_deref().into_iter();
                (finding.service, owned(names), vec![finding.to_string()])
            }
        };
        let first = first.as_nanos();
        Alert {
            id: AlertId::of(first, self.what(), [source, target]),
            nanos: self.time().as_nanos(),
            first,
            count: 1,
            level,
            score: self.score,
            host: source.map(|_| self.host),
            what: self.what().to_owned(),
            source,
            target,
            protocol: Some(protocol.to_string()),
            service: service.map(str::to_owned),
            names,
            terms: self.terms.clone(),
            reasons: self.reasons.clone(),
            evidence,
            packets: None,
            action: self.action,
            rule: self.rule.to_string(),
        }
    }
}

fn owned<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(str::to_owned).collect()
}
