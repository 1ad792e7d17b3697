//! What verdicts mean: how bad what is, from when on it is told, and what to do then.
//!
//! A policy is a file of TOML; what it leaves out has its default, and what it does not know is refused.

mod actions;
#[cfg(feature = "arbitrary")]
mod arbitrary;
mod levels;

use std::fmt;

use netsift_alert::{Alert, Level, Term};
use netsift_flow::Early;
use serde::{Deserialize, Serialize};

use crate::behaviour::{BehaviourConfig, Finding, Kind};
use crate::lists::AllowList;
use crate::score::{beyond, points};
use crate::{DetectError, Said, Verdict};
pub use actions::{Rule, Side, When};
pub use levels::{Levels, Severities};

/// Who speaks in a term: a classifier, a detector of anomalies, a list, a behaviour, what else a host was found to do.
pub const SPEAKERS: [&str; 5] = [MODEL, ANOMALY, LIST, BEHAVIOUR, HOST];
const MODEL: &str = "model";
const ANOMALY: &str = "anomaly";
pub(crate) const LIST: &str = "list";
const BEHAVIOUR: &str = "behaviour";
pub(crate) const HOST: &str = "host";

/// The most bytes that a policy may have: a thousand rules take a tenth.
pub const MAX_POLICY: usize = 1 << 20;

/// What verdicts mean.
///
/// ```
/// use netsift_detect::policy::Policy;
///
/// # fn main() -> Result<(), netsift_detect::DetectError> {
/// let policy = Policy::from_toml("levels.low = 30\n[behaviour.severity]\nicmp-sweep = 0.1\n")?;
/// assert_eq!(policy.levels.low, 30.0);
/// let error = Policy::from_toml("levels.lo = 30").unwrap_err();
/// assert!(error.to_string().contains("line 1"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Policy {
    /// From which score on something is of which level.
    pub levels: Levels,
    /// What classes of a classifier mean.
    pub classes: ClassPolicy,
    /// What anomalies mean.
    pub anomaly: AnomalyPolicy,
    /// How bad behaviours are, and from when on they are told.
    pub behaviour: BehaviourPolicy,
    /// How bad hits on lists are.
    pub lists: ListPolicy,
    /// How scores of hosts add up.
    pub hosts: HostPolicy,
    /// When flows that go on are judged.
    pub early: EarlyPolicy,
    /// What is never told.
    pub allow: AllowList,
    /// Which addresses are one's own, and what to do.
    pub actions: actions::Actions,
    /// How a verdict of the models is explained.
    pub explain: ExplainPolicy,
}

/// What classes of a classifier mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ClassPolicy {
    /// How bad a class is that is not named here. Default: 0.7, so that a sure one is high.
    pub default: f64,
    /// How bad classes are, by their names in letters of any size. Default: those that data sets call harmless are not bad
    /// at all; what is said here is said beside that.
    #[serde(deserialize_with = "levels::of_classes")]
    pub severity: Severities,
    /// Below this probability, no class is told. Default: 0.
    pub unknown_below: f64,
}

/// What anomalies mean.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AnomalyPolicy {
    /// The quantile from which on a flow counts as strange. Default: 0.99, beside the detector's own threshold: less
    /// strange flows come by the thousand.
    pub from: f64,
    /// How bad the strangest is. Default: 0.6: strange is not yet bad.
    pub weight: f64,
}

/// How bad behaviours are, and from when on they are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct BehaviourPolicy {
    /// How bad each is at its worst. Defaults: what looks, or calls at regular times, is medium; what does harm is high.
    #[serde(deserialize_with = "levels::of_behaviours")]
    pub severity: Severities,
    /// From when on each is told.
    pub thresholds: BehaviourConfig,
}

/// How bad hits on lists are, by how bad the list is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ListPolicy {
    /// On a list of low severity. Default: 0.2.
    pub low: f64,
    /// Of medium severity. Default: 0.45.
    pub medium: f64,
    /// Of high severity. Default: 0.7.
    pub high: f64,
    /// Of critical severity. Default: 0.9.
    pub critical: f64,
}

/// How scores of hosts add up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct HostPolicy {
    /// What share of a verdict's score is added to its host's. Default: 0.5: one verdict alone does not condemn a host. With
    /// 0, what a host was found to do makes nothing else worse.
    pub share: f64,
    /// The time in which a score loses half, in seconds. Default: an hour.
    pub half_life: f64,
    /// How many hosts have scores. Default: 100,000, which take some 20 MB; of more, the better ones are forgotten.
    pub most: usize,
}

/// When flows that go on are judged: at the first of the two, and at their end again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct EarlyPolicy {
    /// After so many packets; 0 for never. Default: 0: a model that has learned whole flows knows no halves.
    pub packets: u64,
    /// So many seconds after their start; 0 for never. Default: 10: what hosts do is seen in time.
    pub seconds: f64,
    /// Whether models are asked about flows that go on. Default: no, for the same reason.
    pub models: bool,
}

/// How a verdict of the models is explained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ExplainPolicy {
    /// How many columns tell why. Default: 3; 0 for none.
    pub reasons: usize,
    /// How many flows are explained one after the other. Default: 16: what makes more alerts than that makes them for the
    /// same reason.
    pub burst: usize,
    /// After so many flows that were judged, one more is. Default: 10,000: a forest takes ten milliseconds and more to say
    /// why, in which thousands of flows are judged, and a storm of alerts must not keep them waiting. Of an interface one more is
    /// after each second, too.
    pub every: u64,
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`DetectError::Policy`] with line and column for what is no TOML, no policy, or larger than [`MAX_POLICY`];
    /// [`DetectError::Setting`] for a value outside its rule.
    pub fn from_toml(text: &str) -> Result<Self, DetectError> {
        if text.len() > MAX_POLICY {
            return Err(DetectError::PolicySize { size: text.len(), most: MAX_POLICY });
        }
        let policy: Self =
            toml::from_str(text).map_err(|source| DetectError::Policy { source: source.into() })?;
        policy.check()?;
        Ok(policy)
    }

    /// Writes it as a file, every setting with its value.
    ///
    /// # Errors
    /// None that a policy has which was read or made here.
    pub fn to_toml(&self) -> Result<String, DetectError> {
        toml::to_string(self).map_err(|source| DetectError::Unwritten { source: source.into() })
    }

    /// Refuses values outside their rules.
    ///
    /// # Errors
    /// [`DetectError::Setting`].
    pub fn check(&self) -> Result<(), DetectError> {
        self.levels.check()?;
        self.classes.severity.check("classes.severity")?;
        self.behaviour.severity.check("behaviour.severity")?;
        let shares = [
            ("classes.default", self.classes.default),
            ("classes.unknown_below", self.classes.unknown_below),
            ("anomaly.from", self.anomaly.from),
            ("anomaly.weight", self.anomaly.weight),
            ("lists.low", self.lists.low),
            ("lists.medium", self.lists.medium),
            ("lists.high", self.lists.high),
            ("lists.critical", self.lists.critical),
            ("hosts.share", self.hosts.share),
        ];
        shares.into_iter().try_for_each(|(name, value)| share(name, value))?;
        let half_life = self.hosts.half_life;
        rule((1.0..=1e9).contains(&half_life), "hosts.half_life", half_life, "1 to 1e9 seconds")?;
        let most = self.hosts.most as f64;
        rule((1.0..=1e8).contains(&most), "hosts.most", most, "1 to 100000000")?;
        let every = self.explain.every as f64;
        rule(every >= 1.0, "explain.every", every, "1 or more")?;
        let seconds = self.early.seconds;
        rule((0.0..=1e9).contains(&seconds), "early.seconds", seconds, "0 to 1e9")?;
        self.behaviour.thresholds.checked()?;
        self.actions.check()
    }

    /// When flows that go on are told.
    #[must_use]
    pub fn early(&self) -> Early {
        let nanos = (self.early.seconds * 1e9) as i64;
        Early {
            packets: Some(self.early.packets).filter(|&packets| packets > 0),
            nanos: Some(nanos).filter(|&nanos| nanos > 0),
        }
    }

    /// What a class adds to a score; nothing if it is harmless, or none is told.
    #[must_use]
    pub fn of_class(&self, said: &Said) -> Option<Term> {
        let class = said.class.as_deref()?;
        term(MODEL, class, said.probability * self.severity_of(class))
    }

    /// How bad a class is, from 0 for one that does no harm.
    #[must_use]
    pub fn severity_of(&self, class: &str) -> f64 {
        self.classes.severity.of(class).unwrap_or(self.classes.default)
    }

    /// What an anomaly adds to a score; nothing if the detector does not tell it.
    #[must_use]
    pub fn of_anomaly(&self, found: &netsift_models::Finding) -> Option<Term> {
        let risk = self.anomaly.weight * beyond(found.quantile, self.anomaly.from);
        term(ANOMALY, ANOMALY, risk).filter(|_| found.is_anomaly)
    }

    /// What a behaviour adds to a score.
    #[must_use]
    pub fn of_behaviour(&self, finding: &Finding) -> Option<Term> {
        let name = finding.kind.name();
        term(BEHAVIOUR, name, self.behaviour.severity.of(name).unwrap_or(0.0) * finding.weight())
    }

    /// What these deeds of a host add to what is said otherwise: the worst of them, and the risk of all.
    #[must_use]
    pub fn of_host(&self, (worst, risk): (Kind, f64), others: &[Term]) -> Option<Term> {
        let most = points(others.iter().map(|term| term.risk)) / 100.0;
        term(HOST, worst.name(), risk.min(most))
    }

    /// What a hit on a list of this severity adds to a score.
    #[must_use]
    pub fn of_hit(&self, severity: Level, says: impl Into<String>) -> Option<Term> {
        let risk = match severity {
            Level::Low => self.lists.low,
            Level::Medium => self.lists.medium,
            Level::High => self.lists.high,
            _ => self.lists.critical,
        };
        term(LIST, says, risk)
    }

    /// Says of a verdict how bad it is and what to do.
    pub fn weigh(&self, verdict: &mut Verdict) {
        verdict.level = self.levels.of(verdict.score).filter(|_| verdict.allowed.is_none());
        (verdict.action, verdict.rule) = self.actions.of(verdict);
    }

    /// What is told of a verdict, if anything is.
    #[must_use]
    pub fn judge(&self, verdict: &Verdict) -> Option<Alert> {
        verdict.level.map(|level| verdict.alert(level))
    }
}

fn term(of: &str, says: impl Into<String>, risk: f64) -> Option<Term> {
    (risk > 0.0).then(|| Term { of: of.to_owned(), says: says.into(), risk })
}

/// Refuses what is no share.
fn share(setting: &str, value: f64) -> Result<(), DetectError> {
    rule((0.0..=1.0).contains(&value), setting, value, "0 to 1")
}

fn rule(
    holds: bool,
    setting: impl fmt::Display,
    value: f64,
    rule: &'static str,
) -> Result<(), DetectError> {
    if holds {
        return Ok(());
    }
    let (setting, value) = (setting.to_string(), value.to_string());
    Err(DetectError::Setting { setting, value, rule })
}

impl Default for ClassPolicy {
    fn default() -> Self {
        Self { default: 0.7, severity: Severities::of_classes(), unknown_below: 0.0 }
    }
}

impl Default for AnomalyPolicy {
    fn default() -> Self {
        Self { from: 0.99, weight: 0.6 }
    }
}

impl Default for BehaviourPolicy {
    fn default() -> Self {
        Self { severity: Severities::of_behaviours(), thresholds: BehaviourConfig::default() }
    }
}

impl Default for ListPolicy {
    fn default() -> Self {
        Self { low: 0.2, medium: 0.45, high: 0.7, critical: 0.9 }
    }
}

impl Default for HostPolicy {
    fn default() -> Self {
        Self { share: 0.5, half_life: 3_600.0, most: 100_000 }
    }
}

impl Default for EarlyPolicy {
    fn default() -> Self {
        Self { packets: 0, seconds: 10.0, models: false }
    }
}

impl Default for ExplainPolicy {
    fn default() -> Self {
        Self { reasons: 3, burst: 16, every: 10_000 }
    }
}
