//! From scores to levels, and how bad things are by their names.

use std::collections::BTreeMap;

use netsift_alert::Level;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::{rule, share};
use crate::DetectError;
use crate::behaviour::Kind;

/// What data sets call traffic that does no harm.
const HARMLESS: [&str; 6] = ["benign", "normal", "legitimate", "background", "allow", "usual"];

/// From which score on something is of which level. What scores less is not told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Levels {
    /// Default: 20.
    pub low: f64,
    /// Default: 40.
    pub medium: f64,
    /// Default: 60.
    pub high: f64,
    /// Default: 80.
    pub critical: f64,
}

impl Default for Levels {
    fn default() -> Self {
        Self { low: 20.0, medium: 40.0, high: 60.0, critical: 80.0 }
    }
}

impl Levels {
    /// The level of a score, if it has one.
    #[must_use]
    pub fn of(&self, score: f64) -> Option<Level> {
        let from = [self.low, self.medium, self.high, self.critical];
        let mut falling = Level::ALL.into_iter().zip(from).rev();
        falling.find(|(_, from)| score >= *from).map(|(level, _)| level)
    }

    pub(super) fn check(&self) -> Result<(), DetectError> {
        let all = [
            ("levels.low", self.low),
            ("levels.medium", self.medium),
            ("levels.high", self.high),
            ("levels.critical", self.critical),
        ];
        let mut before = f64::MIN_POSITIVE;
        for (name, value) in all {
            let holds = (before..=100.0).contains(&value);
            rule(holds, name, value, "above 0, at most 100, and no lower than the level below")?;
            before = value;
        }
        Ok(())
    }
}

/// How bad things are, from 0 to 1, by their names in small letters. Names that are not there have no severity.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Severities(BTreeMap<String, f64>);

impl Severities {
    /// Classes: traffic that does no harm.
    pub(super) fn of_classes() -> Self {
        Self(HARMLESS.map(|name| (name.to_owned(), 0.0)).into())
    }

    /// Behaviours: who looks around does no harm yet, and some who upload much make backups. Many a harmless device asks a
    /// place at regular times: that is not high by itself nor beside a list of low severity, and is beside anything worse.
    pub(super) fn of_behaviours() -> Self {
        let severity = |kind: Kind| match kind {
            Kind::IcmpSweep => 0.3,
            Kind::BulkUpload => 0.45,
            Kind::VerticalScan | Kind::HorizontalScan => 0.5,
            Kind::Beacon => 0.48,
            Kind::BruteForce | Kind::PasswordSpray | Kind::DnsTunnel => 0.7,
            Kind::UdpFlood | Kind::SynFlood => 0.8,
        };
        Self(Kind::ALL.map(|kind| (kind.name().to_owned(), severity(kind))).into())
    }

    /// How bad something of this name is.
    #[must_use]
    pub fn of(&self, name: &str) -> Option<f64> {
        if let Some(severity) = self.0.get(name) {
            return Some(*severity);
        }
        self.0.get(name.to_lowercase().as_str()).copied()
    }

    pub(super) fn check(&self, setting: &str) -> Result<(), DetectError> {
        self.0.iter().try_for_each(|(name, &value)| share(&format!("{setting}.{name}"), value))
    }

    /// What is said here, in the place of what was said before.
    pub(super) fn with(mut self, said: BTreeMap<String, f64>) -> Self {
        self.0.extend(said.into_iter().map(|(name, value)| (name.to_lowercase(), value)));
        self
    }
}

/// Classes as a policy has them, beside those that are known.
pub(super) fn of_classes<'de, D: Deserializer<'de>>(from: D) -> Result<Severities, D::Error> {
    Ok(Severities::of_classes().with(BTreeMap::deserialize(from)?))
}

/// Behaviours as a policy has them: others than those that are known cannot be.
pub(super) fn of_behaviours<'de, D: Deserializer<'de>>(from: D) -> Result<Severities, D::Error> {
    let known = Severities::of_behaviours();
    let said = BTreeMap::<String, f64>::deserialize(from)?;
    if let Some(name) = said.keys().find(|name| known.of(name).is_none()) {
        let names = Kind::ALL.map(Kind::name).join(", ");
        return Err(D::Error::custom(format!("there is no behaviour {name:?}, but {names}")));
    }
    Ok(known.with(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_have_the_highest_level_that_they_reach() {
        let levels = Levels::default();
        let of = [0.0, 19.9, 20.0, 59.9, 60.0, 100.0].map(|score| levels.of(score));
        let [low, medium, high, critical] = Level::ALL.map(Some);
        assert_eq!(of, [None, None, low, medium, high, critical]);
        assert_eq!((of[4], Levels { high: 40.0, ..levels }.of(45.0)), (high, high));
    }

    #[test]
    fn levels_rise_or_are_refused() {
        let error = Levels { high: 30.0, ..Levels::default() }.check().unwrap_err();
        assert!(error.to_string().starts_with("levels.high is 30, and must be"));
        assert!(Levels { low: 0.0, ..Levels::default() }.check().is_err());
        assert!(Levels { critical: f64::NAN, ..Levels::default() }.check().is_err());
    }

    #[test]
    fn names_are_found_in_letters_of_any_size() {
        let said = [("PortScan".to_owned(), 0.4)].into();
        let classes = Severities::of_classes().with(said);
        assert_eq!(classes.of("portscan"), Some(0.4));
        assert_eq!(classes.of("PORTSCAN"), Some(0.4));
        assert_eq!(classes.of("BENIGN"), Some(0.0));
        assert_eq!(classes.of("other"), None);
    }
}
