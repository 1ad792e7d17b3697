//! What to do.

use std::net::IpAddr;
use std::sync::Arc;

use netsift_alert::{Action, Level};
use serde::{Deserialize, Serialize};

use crate::behaviour::Kind;
use crate::lists::AddressRange;
use crate::policy::{LIST, SPEAKERS};
use crate::{DetectError, Verdict, own};

/// Which addresses are one's own, and what to do: the first rule that holds says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Actions {
    /// One's own networks: rules ask whose a host is, and calls within them are no calls home and no uploads. Default: those
    /// that are nobody's else (RFC 1918, RFC 4193, RFC 6598, link-local and loopback).
    pub inside: Vec<AddressRange>,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// What verdicts call it.
    pub name: Arc<str>,
    /// What has to be.
    #[serde(default)]
    pub when: When,
    /// What to do then.
    pub action: Action,
}

/// What has to be for a rule to hold: all that is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct When {
    /// It is as bad, or worse.
    pub at_least: Option<Level>,
    /// One of these speaks: `model`, `anomaly`, `list`, `behaviour`, `host` (what else it was found to do). Default: any.
    pub of: Vec<String>,
    /// One of these is said: a class, a behaviour (of its host, too), the name of a list. Default: any.
    pub says: Vec<String>,
    /// Who did it is one of one's own hosts, or is not. Default: either.
    pub source: Option<Side>,
    /// The score of who did it, from 0 to 100, is at least so high. Default: 0.
    pub host: f64,
}

/// Whose a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// One's own.
    Inside,
    /// Anybody else's.
    Outside,
}

/// What happens if no rule holds.
const NO_RULE: (Action, &str) = (Action::Watch, "no rule");
/// What happens to what is not told, and to what the allow-list lets pass.
const NOT_TOLD: &str = "not told";
const ALLOWED: &str = "allow-list";

/// From this score on a host has done more than call at regular times, which alone never comes to half of it.
const BAD_HOST: f64 = 60.0;

impl Default for Actions {
    fn default() -> Self {
        let rule = |name: &str, says: &[&str], at_least, action| {
            let says = says.iter().map(|says| (*says).to_owned()).collect();
            Rule { name: name.into(), when: When { at_least, says, ..When::default() }, action }
        };
        let calls = [Kind::Beacon, Kind::DnsTunnel].map(Kind::name);
        let floods = [Kind::SynFlood, Kind::UdpFlood].map(Kind::name);
        let guesses = [Kind::BruteForce, Kind::PasswordSpray].map(Kind::name);
        let calling = |name: &str| {
            let mut rule = rule(name, &calls, None, Action::Isolate);
            rule.when.source = Some(Side::Inside);
            rule
        };
        let (mut lost, mut known) =
            (calling("a host of ours calls home"), calling("a bad host of ours calls home"));
        (lost.when.at_least, known.when.host) = (Some(Level::High), BAD_HOST);
        let mut listed = rule("on a bad list", &[], Some(Level::High), Action::Block);
        listed.when.of = vec![LIST.into()];
        Self {
            inside: own::usual(),
            rules: vec![
                lost,
                known,
                listed,
                rule("floods", &floods, Some(Level::Medium), Action::RateLimit),
                rule("guessed passwords", &guesses, None, Action::Block),
                rule("what is critical", &[], Some(Level::Critical), Action::Block),
                rule("what is told", &[], None, Action::Watch),
            ],
        }
    }
}

impl Actions {
    /// What to do about a verdict that has its level.
    pub(super) fn of(&self, verdict: &Verdict) -> (Action, Arc<str>) {
        if let (Some(_), _) | (_, None) = (&verdict.allowed, verdict.level) {
            let rule = if verdict.allowed.is_some() { ALLOWED } else { NOT_TOLD };
            return (Action::Allow, rule.into());
        }
        let side = |address: IpAddr| {
            if self.is_inside(address) { Side::Inside } else { Side::Outside }
        };
        let source = verdict.peers()[0].map(|peer| side(peer.address));
        let rule = self.rules.iter().find(|rule| rule.when.holds(verdict, source));
        rule.map_or((NO_RULE.0, NO_RULE.1.into()), |rule| (rule.action, Arc::clone(&rule.name)))
    }

    /// Whether an address is one's own.
    #[must_use]
    pub fn is_inside(&self, address: IpAddr) -> bool {
        self.inside.iter().any(|range| range.contains(address))
    }

    pub(super) fn check(&self) -> Result<(), DetectError> {
        self.rules.iter().try_for_each(|rule| {
            let setting = |name: &str| format!("actions.rules.{}.when.{name}", rule.name);
            let When { of, host, .. } = &rule.when;
            // A word that nobody says would never hold, and nobody would notice.
            if let Some(stranger) = of.iter().find(|of| !SPEAKERS.contains(&of.as_str())) {
                let (setting, value) = (setting("of"), format!("{stranger:?}"));
                let rule = "model, anomaly, list, behaviour or host";
                return Err(DetectError::Setting { setting, value, rule });
            }
            super::rule((0.0..=100.0).contains(host), setting("host"), *host, "0 to 100")
        })
    }
}

impl When {
    fn holds(&self, verdict: &Verdict, source: Option<Side>) -> bool {
        let is_among = |all: &[String], found: &str| all.iter().any(|it| it == found);
        self.at_least.is_none_or(|least| verdict.level.is_some_and(|level| level >= least))
            && (self.of.is_empty() || verdict.terms.iter().any(|it| is_among(&self.of, &it.of)))
            && (self.says.is_empty()
                || verdict.terms.iter().any(|it| is_among(&self.says, &it.says)))
            && self.source.is_none_or(|side| source == Some(side))
            && verdict.host >= self.host
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    #[test]
    fn words_that_nobody_says_are_refused() {
        let policy = |of: &str| {
            let rule = "[[actions.rules]]\nname = \"a\"\naction = \"block\"\n";
            Policy::from_toml(&format!("{rule}when = {{ of = [\"{of}\"] }}\n"))
        };
        assert!(policy("list").is_ok());
        let error = policy("lists").unwrap_err().to_string();
        assert!(error.starts_with("actions.rules.a.when.of is \"lists\", and must be"), "{error}");
    }
}
