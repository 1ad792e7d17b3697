//! Labels become other labels: the families of attacks one class, say.

use serde::{Deserialize, Serialize};

use super::label_encode::renamed;
use super::limits::MAX_CATEGORIES;
use super::{Effect, Fitted, StepKind, Transform};
use crate::{Classes, DataError, Dataset, Labels, Schema};

/// Names labels anew by rules, the first of which that matches counts.
///
/// Classes that come out are numbered in the order of the rules, then what all others become, then those that keep
/// their names, in the order of the alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelMap {
    rules: Vec<LabelRule>,
    otherwise: Otherwise,
}

/// What some labels become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LabelRule {
    /// Which: a name, in which `*` stands for any text or none.
    pub pattern: String,
    /// What they become.
    pub becomes: String,
}

/// What labels become that no rule matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Otherwise {
    /// They keep their names.
    #[default]
    Keep,
    /// All become this.
    Become(String),
    /// They are an error.
    Refuse,
}

/// The rules, and the classes that come out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedLabels {
    rules: Vec<LabelRule>,
    otherwise: Otherwise,
    classes: Classes,
    unmatched: Vec<String>,
    idle: Vec<String>,
}

impl LabelMap {
    /// No rule yet; what no rule matches becomes as said.
    #[must_use]
    pub fn new(otherwise: Otherwise) -> Self {
        Self { rules: Vec::new(), otherwise }
    }

    /// Labels that match `pattern`, in which `*` stands for any text or none, become that. Upper and lower case differ.
    #[must_use]
    pub fn rule(mut self, pattern: impl Into<String>, becomes: impl Into<String>) -> Self {
        self.rules.push(LabelRule { pattern: pattern.into(), becomes: becomes.into() });
        self
    }
}

impl Transform for LabelMap {
    type Fitted = MappedLabels;

    fn fit(&self, data: &Dataset) -> Result<MappedLabels, DataError> {
        let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
        let counts = labels.counts();
        let used = labels.classes().names().zip(&counts).filter(|(_, count)| **count > 0);
        let used: Vec<&str> = used.map(|(name, _)| name).collect();
        if used.len().max(self.rules.len()) > MAX_CATEGORIES {
            let found = used.len().max(self.rules.len());
            return Err(DataError::TooMany {
                what: "classes or rules",
                found,
                most: MAX_CATEGORIES,
            });
        }
        let mut unmatched: Vec<&str> =
            used.iter().copied().filter(|name| matching(&self.rules, name).is_none()).collect();
        unmatched.sort_unstable();
        if let (Otherwise::Refuse, Some(&name)) = (&self.otherwise, unmatched.first()) {
            return Err(DataError::UnknownLabel { name: name.into() });
        }
        let idle = self.rules.iter().filter(|rule| !used.iter().any(|name| rule.matches(name)));
        Ok(MappedLabels {
            rules: self.rules.clone(),
            otherwise: self.otherwise.clone(),
            classes: self.classes(&unmatched)?,
            unmatched: unmatched.into_iter().map(str::to_owned).collect(),
            idle: idle.map(|rule| rule.pattern.clone()).collect(),
        })
    }
}

impl LabelMap {
    /// What can come out, in the order that the documentation promises.
    fn classes(&self, unmatched: &[&str]) -> Result<Classes, DataError> {
        let mut names: Vec<&str> = self.rules.iter().map(|rule| rule.becomes.as_str()).collect();
        match &self.otherwise {
            Otherwise::Become(name) => names.push(name),
            Otherwise::Keep => names.extend(unmatched),
            Otherwise::Refuse => {}
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|&name| seen.insert(name));
        Classes::new(names)
    }
}

impl MappedLabels {
    /// The classes that come out, by their numbers.
    #[must_use]
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The labels of the training that no rule matched.
    #[must_use]
    pub fn unmatched(&self) -> &[String] {
        &self.unmatched
    }

    /// The patterns that matched no label of the training: misspelt, perhaps.
    #[must_use]
    pub fn idle(&self) -> &[String] {
        &self.idle
    }

    /// These labels under their new names.
    ///
    /// # Errors
    /// [`DataError::UnknownLabel`] for a label that no rule matches and that was not there in training, unless all such
    /// labels become one.
    pub fn map(&self, labels: &Labels) -> Result<Labels, DataError> {
        renamed(labels, &self.classes, |name| {
            match (matching(&self.rules, name), &self.otherwise) {
                (Some(rule), _) => self.classes.number(&rule.becomes),
                (None, Otherwise::Become(other)) => self.classes.number(other),
                (None, Otherwise::Keep) => self.classes.number(name),
                (None, Otherwise::Refuse) => None,
            }
        })
    }
}

impl Fitted for MappedLabels {
    fn columns(&self, input: &Schema) -> Result<Schema, DataError> {
        Ok(input.clone())
    }

    fn apply(&self, data: Dataset) -> Result<Dataset, DataError> {
        let Some(labels) = data.labels() else { return Ok(data) };
        let mapped = self.map(labels)?;
        data.with_labels(mapped)
    }

    fn check(&self) -> Result<(), DataError> {
        let counts =
            [self.rules.len(), self.unmatched.len(), self.idle.len(), self.classes.len() / 2];
        if counts.iter().any(|&count| count > MAX_CATEGORIES) {
            return Err(DataError::Unsound { what: "too many rules or classes of labels" });
        }
        let mut targets = self.rules.iter().map(|rule| rule.becomes.as_str()).collect::<Vec<_>>();
        if let Otherwise::Become(name) = &self.otherwise {
            targets.push(name);
        }
        match targets.iter().all(|name| self.classes.number(name).is_some()) {
            true => Ok(()),
            false => Err(DataError::Unsound { what: "a rule of labels whose class there is not" }),
        }
    }

    fn effects(&self) -> Vec<Effect> {
        let told = |LabelRule { pattern, becomes }: &LabelRule| {
            Effect::on_labels(StepKind::LabelMap, format!("{pattern} to {becomes}"))
        };
        self.rules.iter().map(told).collect()
    }
}

impl LabelRule {
    /// Whether a label of that name matches. The last `*` takes in more whenever what is behind it does not fit, which
    /// takes no more turns than the product of both lengths.
    fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.pattern.as_bytes(), name.as_bytes());
        let (mut at, mut read) = (0, 0);
        let mut star = None;
        while let Some(&byte) = name.get(read) {
            match (pattern.get(at), star) {
                (Some(b'*'), _) => {
                    star = Some((at, read));
                    at += 1;
                }
                (Some(&expected), _) if expected == byte => (at, read) = (at + 1, read + 1),
                (_, Some((place, taken))) => {
                    star = Some((place, taken + 1));
                    (at, read) = (place + 1, taken + 1);
                }
                _ => return false,
            }
        }
        pattern.get(at..).unwrap_or_default().iter().all(|&byte| byte == b'*')
    }
}

fn matching<'a>(rules: &'a [LabelRule], name: &str) -> Option<&'a LabelRule> {
    rules.iter().find(|rule| rule.matches(name))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    fn labelled(names: &[&str]) -> Dataset {
        let data = Dataset::new(Schema::default(), Array2::zeros((names.len(), 0))).unwrap();
        data.with_labels(Labels::of(names.iter().copied())).unwrap()
    }

    fn mapped(fitted: &MappedLabels, names: &[&str]) -> Vec<String> {
        let made = fitted.apply(labelled(names)).unwrap();
        let labels = made.labels().unwrap();
        labels
            .numbers()
            .iter()
            .map(|&number| labels.classes().name(number).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        let map = LabelMap::new(Otherwise::Become("attack".to_owned()));
        let map = map.rule("BENIGN", "benign").rule("DoS *", "flood").rule("*", "attack");
        let names = ["BENIGN", "DoS Hulk", "Bot", "DoS"];
        let fitted = map.fit(&labelled(&names)).unwrap();
        assert_eq!(mapped(&fitted, &names), ["benign", "flood", "attack", "attack"]);
        assert_eq!(fitted.classes().names().collect::<Vec<_>>(), ["benign", "flood", "attack"]);
    }

    #[test]
    fn names_that_match_nothing_are_told_from_both_sides() {
        let map = LabelMap::new(Otherwise::Keep).rule("Benign", "benign").rule("DDoS*", "flood");
        let fitted = map.fit(&labelled(&["BENIGN", "DDoS", "Bot"])).unwrap();
        assert_eq!(fitted.unmatched(), ["BENIGN", "Bot"]);
        assert_eq!(fitted.idle(), ["Benign"]);
        assert_eq!(mapped(&fitted, &["Bot", "DDoS"]), ["Bot", "flood"]);
        let strange = fitted.apply(labelled(&["Worm"])).unwrap_err();
        assert!(matches!(strange, DataError::UnknownLabel { name } if &*name == "Worm"));
        let strict = LabelMap::new(Otherwise::Refuse).rule("DDoS*", "flood");
        assert!(matches!(strict.fit(&labelled(&["Bot"])), Err(DataError::UnknownLabel { .. })));
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let rule = LabelRule { pattern: "a*".repeat(500) + "b", becomes: String::new() };
        assert!(!rule.matches(&"a".repeat(20_000)));
    }

    proptest! {
        #[test]
        fn patterns_match_as_their_definition_says(pattern in "[ab*]{0,8}", name in "[ab]{0,8}") {
            fn oracle(pattern: &[u8], name: &[u8]) -> bool {
                match pattern.split_first() {
                    None => name.is_empty(),
                    Some((b'*', rest)) => (0..=name.len()).any(|taken| oracle(rest, &name[taken..])),
                    Some((byte, rest)) => name.first() == Some(byte) && oracle(rest, &name[1..]),
                }
            }
            let expected = oracle(pattern.as_bytes(), name.as_bytes());
            prop_assert_eq!(LabelRule { pattern, becomes: String::new() }.matches(&name), expected);
        }
    }
}
