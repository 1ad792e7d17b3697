//! What settings may be: ranges and choices by the names of settings, said by types or by text.

use std::ops::RangeInclusive;

use netsift_data::Chance;

use crate::{ModelError, Recipe};

/// More points of a grid than anybody waits for.
pub const MOST_POINTS: usize = 100_000;
/// Digits of a real number that is drawn: more say nothing of a setting.
const DIGITS: usize = 4;
/// What a text has to be like.
const RULE: &str = "like trees=50..500, rate=0.01..0.3 log, criterion=gini|entropy or depth=none|8|16, the \
                    smaller end first, finite, and above 0 with log";

/// What settings may be.
///
/// ```
/// use netsift_models::Recipe;
/// use netsift_models::judging::Space;
///
/// # fn main() -> Result<(), netsift_models::ModelError> {
/// let space = Space::new().said("trees=50..500")?.said("criterion=gini|entropy")?.said("min-gain=1e-6..1e-2 log")?;
/// space.check(&Recipe::named("random-forest")?)?;
/// assert_eq!(space.grid(3)?.len(), 3 * 2 * 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct Space {
    ranges: Vec<(String, Values)>,
}

/// Names of settings and a value of each, as texts.
pub type Point = Vec<(String, String)>;

/// What one setting may be.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Values {
    /// One of these.
    Choices(Vec<String>),
    /// A whole number from one end to the other.
    Whole {
        /// The ends, which are among them.
        range: RangeInclusive<u64>,
        /// Whether steps are of one ratio instead of one size.
        is_log: bool,
    },
    /// A real number from one end to the other.
    Real {
        /// The ends, which are among them.
        range: RangeInclusive<f64>,
        /// Whether steps are of one ratio instead of one size.
        is_log: bool,
    },
}

impl Space {
    /// Nothing but what is usual.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same where a setting may be one of these values, in place of what was said of it before.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for no choice, a range turned round, ends that are not finite, or a logarithm of 0 or less.
    pub fn with(mut self, name: impl Into<String>, values: Values) -> Result<Self, ModelError> {
        values.check()?;
        let name = name.into();
        self.ranges.retain(|(other, _)| *other != name);
        self.ranges.push((name, values));
        Ok(self)
    }

    /// The same with what a text says: `trees=50..500`, `rate=0.01..0.3 log`, `criterion=gini|entropy`,
    /// `depth=none|8|16`, `trees=100`. Ends that are whole numbers make a range of whole numbers.
    ///
    /// # Errors
    /// As [`with`](Self::with), and for a text that says no such thing.
    pub fn said(self, text: &str) -> Result<Self, ModelError> {
        let (name, values) = text.split_once('=').ok_or_else(|| wrong(text))?;
        let name = name.trim();
        if name.is_empty() {
            return Err(wrong(text));
        }
        self.with(name, Values::said(values).ok_or_else(|| wrong(text))?)
    }

    /// Whether nothing is to be chosen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The settings with what they may be.
    pub fn ranges(&self) -> impl Iterator<Item = (&str, &Values)> {
        self.ranges.iter().map(|(name, values)| (name.as_str(), values))
    }

    /// The settings of this learner alone.
    pub fn of(&self, recipe: &Recipe) -> Self {
        let has = |name: &str| recipe.parameters().iter().any(|parameter| parameter.name == name);
        Self { ranges: self.ranges.iter().filter(|(name, _)| has(name)).cloned().collect() }
    }

    /// All settings but these.
    pub fn without<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Self {
        for name in names {
            self.ranges.retain(|(other, _)| other != name);
        }
        self
    }

    /// Whether a learner has these settings and takes the ends of each range and every choice, one at a time.
    ///
    /// # Errors
    /// [`ModelError::UnknownSetting`] or [`ModelError::Setting`].
    pub fn check(&self, recipe: &Recipe) -> Result<(), ModelError> {
        for (name, values) in &self.ranges {
            for value in values.ends() {
                recipe.clone().set(name, &value)?;
            }
        }
        Ok(())
    }

    /// All points of a grid with every choice and so many values of each range (both ends among them; one lies in the
    /// middle), those of the last setting next to each other.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for no value, [`ModelError::TooMany`] beyond [`MOST_POINTS`].
    pub fn grid(&self, values: usize) -> Result<Vec<Point>, ModelError> {
        let is_count = (1..=MOST_POINTS).contains(&values);
        ModelError::rule(is_count, "the number of values of a range", values, "from 1 to 100000")?;
        let mut points: Vec<Point> = vec![Vec::new()];
        for (name, of) in &self.ranges {
            let steps = of.steps(values);
            let found = points.len().saturating_mul(steps.len());
            if found > MOST_POINTS {
                let (what, most) = ("points of a grid", MOST_POINTS);
                return Err(ModelError::TooMany { learner: "a search", what, most, found });
            }
            let and = |point: &Point, value: &String| {
                point.iter().cloned().chain([(name.clone(), value.clone())]).collect()
            };
            let longer =
                |point: Point| steps.iter().map(|value| and(&point, value)).collect::<Vec<_>>();
            points = points.into_iter().flat_map(longer).collect();
        }
        Ok(points)
    }

    /// A point by chance.
    #[must_use]
    pub fn draw(&self, chance: &mut Chance) -> Point {
        self.ranges.iter().map(|(name, values)| (name.clone(), values.draw(chance))).collect()
    }
}

/// A learner with these settings.
///
/// # Errors
/// [`ModelError::UnknownSetting`] or [`ModelError::Setting`].
pub(super) fn set(recipe: &Recipe, point: &[(String, String)]) -> Result<Recipe, ModelError> {
    let mut recipe = recipe.clone();
    point.iter().try_for_each(|(name, value)| recipe.set(name, value))?;
    Ok(recipe)
}

fn wrong(text: &str) -> ModelError {
    ModelError::Setting { parameter: "what a setting may be", value: text.into(), rule: RULE }
}

impl Values {
    fn said(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some((from, to)) = text.split_once("..") else {
            return Some(Self::Choices(text.split('|').map(|one| one.trim().to_owned()).collect()));
        };
        let (to, is_log) = match to.trim().strip_suffix("log") {
            Some(to) if to.ends_with(char::is_whitespace) => (to, true),
            Some(_) => return None,
            None => (to, false),
        };
        let (from, to) = (from.trim(), to.trim());
        if let (Ok(from), Ok(to)) = (from.parse(), to.parse()) {
            return Some(Self::Whole { range: from..=to, is_log });
        }
        Some(Self::Real { range: from.parse().ok()?..=to.parse().ok()?, is_log })
    }

    fn check(&self) -> Result<(), ModelError> {
        let is_sound = match self {
            Self::Choices(choices) => {
                choices.iter().all(|choice| !choice.is_empty()) && !choices.is_empty()
            }
            Self::Whole { range, is_log } => !range.is_empty() && (!is_log || *range.start() > 0),
            Self::Real { range, is_log } => {
                let are_finite =
                    range.start().is_finite() && (range.end() - range.start()).is_finite();
                !range.is_empty() && are_finite && (!is_log || *range.start() > 0.0)
            }
        };
        if is_sound { Ok(()) } else { Err(wrong(&self.text())) }
    }

    fn text(&self) -> String {
        let log = |is_log: &bool| if *is_log { " log" } else { "" };
        match self {
            Self::Choices(choices) => choices.join("|"),
            Self::Whole { range, is_log } => {
                format!("{}..{}{}", range.start(), range.end(), log(is_log))
            }
            Self::Real { range, is_log } => {
                format!("{}..{}{}", range.start(), range.end(), log(is_log))
            }
        }
    }

    fn ends(&self) -> Vec<String> {
        match self {
            Self::Choices(choices) => choices.clone(),
            _ => vec![self.at(0.0), self.at(1.0)],
        }
    }

    fn steps(&self, count: usize) -> Vec<String> {
        let mut steps = match (self, count) {
            (Self::Choices(choices), _) => choices.clone(),
            (_, 1) => vec![self.at(0.5)],
            _ => (0..count).map(|step| self.at(step as f64 / (count - 1) as f64)).collect(),
        };
        steps.dedup();
        steps
    }

    fn draw(&self, chance: &mut Chance) -> String {
        match self {
            Self::Choices(choices) => {
                choices.get(chance.below(choices.len())).cloned().unwrap_or_default()
            }
            Self::Whole { range, is_log: false } => {
                let span = (range.end() - range.start()).saturating_add(1);
                let by = chance.below(usize::try_from(span).unwrap_or(usize::MAX)) as u64;
                (range.start() + by).to_string()
            }
            _ => self.at(chance.unit()),
        }
    }

    /// What lies at a share of the way from one end to the other.
    fn at(&self, share: f64) -> String {
        match self {
            Self::Choices(choices) => choices.first().cloned().unwrap_or_default(),
            Self::Whole { range, is_log } => {
                let (from, to) = (*range.start(), *range.end());
                let at = between(from as f64, to as f64, *is_log, share).round() as u64;
                at.clamp(from, to).to_string()
            }
            Self::Real { range, is_log } => {
                let (from, to) = (*range.start(), *range.end());
                if share == 0.0 || share == 1.0 {
                    return (if share == 0.0 { from } else { to }).to_string();
                }
                let at = between(from, to, *is_log, share);
                let short = format!("{at:.0$e}", DIGITS - 1).parse().unwrap_or(at);
                short.clamp(from, to).to_string()
            }
        }
    }
}

fn between(from: f64, to: f64, is_log: bool, share: f64) -> f64 {
    if is_log { from * (to / from).powf(share) } else { from + (to - from) * share }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn space(text: &str) -> Space {
        Space::new().said(text).unwrap()
    }

    fn values(text: &str, count: usize) -> Vec<String> {
        let points = space(text).grid(count).unwrap();
        points.into_iter().map(|mut point| point.remove(0).1).collect()
    }

    #[test]
    fn grids_have_both_ends_and_equal_steps() {
        assert_eq!(values("trees=50..500", 4), ["50", "200", "350", "500"]);
        assert_eq!(values("c=0.01..100.0 log", 5), ["0.01", "0.1", "1", "10", "100"]);
        assert_eq!(values("n=1..1000 log", 4), ["1", "10", "100", "1000"]);
        assert_eq!(values("n=1..3", 9), ["1", "2", "3"]);
        assert_eq!(values("c=0..1.0", 1), ["0.5"]);
        assert_eq!(values("depth = none | 8|16 ", 2), ["none", "8", "16"]);
        let both = space("a=1|2").said("b=x|y").unwrap().grid(1).unwrap();
        let told: Vec<String> =
            both.iter().map(|point| format!("{}{}", point[0].1, point[1].1)).collect();
        assert_eq!(told, ["1x", "1y", "2x", "2y"]);
        assert_eq!(Space::new().grid(3).unwrap(), [Point::new()]);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "trees",
            "=1..2",
            "a=",
            "a=|",
            "a=1||2",
            "a=5..1",
            "a=0.5..0.1",
            "a=0..1 log",
            "a=-1.0..1.0 log",
            "a=1..x",
            "a=..",
            "a=1..",
            "a=nan..1",
            "a=0.1..inf",
            "a=1..2log",
            "a=1..2..3",
            "a=-1e308..1e308",
        ] {
            assert!(matches!(Space::new().said(text), Err(ModelError::Setting { .. })), "{text}");
        }
        assert!(space("a=1..9").grid(0).is_err());
        let wide = space("a=1..1000").said("b=1..1000").unwrap();
        assert!(matches!(wide.grid(1000), Err(ModelError::TooMany { found: 1_000_000, .. })));
    }

    #[test]
    fn settings_are_held_against_the_learner() {
        let knn = Recipe::named("knn").unwrap();
        space("neighbours=1..9").check(&knn).unwrap();
        assert!(matches!(space("trees=1..9").check(&knn), Err(ModelError::UnknownSetting { .. })));
        assert!(matches!(space("neighbours=0..9").check(&knn), Err(ModelError::Setting { .. })));
        assert!(space("votes=uniform|none").check(&knn).is_err());
        assert!(space("trees=1..9").of(&knn).is_empty());
        let point = [("neighbours".to_owned(), "7".to_owned())];
        assert_eq!(set(&knn, &point).unwrap().told()[0].1, "7");
    }

    #[test]
    fn the_last_that_is_said_counts() {
        let twice = space("a=1..3").said("a=7").unwrap();
        assert_eq!(twice.grid(2).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn draws_lie_within(from in 0_u64..50, by in 0_u64..u64::MAX - 50, seed: u64) {
            let to = from + by;
            let whole = Space::new().with("n", Values::Whole { range: from..=to, is_log: false }).unwrap();
            let drawn: u64 = whole.draw(&mut Chance::seeded(seed)).remove(0).1.parse().unwrap();
            prop_assert!((from..=to).contains(&drawn));
            let range = (from as f64 + 0.001)..=(to as f64 + 0.002);
            let real = Space::new().with("x", Values::Real { range: range.clone(), is_log: true }).unwrap();
            let drawn: f64 = real.draw(&mut Chance::seeded(seed)).remove(0).1.parse().unwrap();
            prop_assert!(range.contains(&drawn), "{drawn}");
        }

        #[test]
        fn any_text_is_a_space_or_an_error(text in "[a-z0-9.=|e+-]{0,20}( log)?") {
            if let Ok(space) = Space::new().said(&text) {
                let _ = space.grid(3);
                prop_assert_eq!(space.draw(&mut Chance::seeded(1)).len(), 1);
            }
        }
    }
}
