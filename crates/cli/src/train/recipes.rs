//! What is to learn, set as was asked for.

use netsift::models::{DetectorRecipe, ModelError, ParameterFacts, Recipe};

use super::Train;
use super::outputs::{GRAPHVIZ, RULES};
use crate::failure::Failure;

/// `KEY=VALUE`.
pub(super) fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => {
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err("expected KEY=VALUE".to_owned()),
    }
}

/// What has settings by name.
trait Settable: Sized {
    fn seeded(self, seed: u64) -> Result<Self, ModelError>;
    fn has(&self, name: &str) -> bool;
    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError>;
    fn parameters(&self) -> Vec<ParameterFacts>;
}

/// Both lists have these by themselves.
macro_rules! settable {
    ($($of:ident)*) => {
        $(impl Settable for $of {
            fn seeded(self, seed: u64) -> Result<Self, ModelError> {
                $of::seeded(self, seed)
            }

            fn has(&self, name: &str) -> bool {
                $of::has(self, name)
            }

            fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
                $of::set(self, name, value)
            }

            fn parameters(&self) -> Vec<ParameterFacts> {
                $of::parameters(self)
            }
        })*
    };
}

settable! { Recipe DetectorRecipe }

impl Train {
    /// The settings that were asked for, and no search is to change.
    pub(crate) fn fixed(&self) -> impl Iterator<Item = &str> {
        self.model.set.iter().map(|(name, _)| name.as_str())
    }

    /// All learners of the zoo's own, unless some are named: whether none are.
    pub(crate) fn all_unless_named(&mut self) -> bool {
        let is_none = self.model.model.is_empty();
        if is_none {
            self.model.model.push(Recipe::ALL.to_owned());
        }
        is_none
    }

    /// Learners of rows whose classes are known.
    pub(super) fn recipes(&self) -> Result<Vec<Recipe>, Failure> {
        let names = &self.model.model;
        if let Some(name) = names.iter().find(|name| is_detector(name)) {
            return Err(Failure::LearnsWithoutLabels { name: name.clone() });
        }
        let recipes = match names.as_slice() {
            [] => vec![Recipe::default()],
            names => Recipe::among(names)?,
        };
        let recipes = self.set(recipes)?;
        self.check_tree(&recipes)?;
        Ok(recipes)
    }

    /// Detectors, which learn from any rows.
    pub(super) fn detectors(&self) -> Result<Vec<DetectorRecipe>, Failure> {
        let names = &self.model.model;
        if let Some(name) = names.iter().find(|name| Recipe::names().contains(&name.as_str())) {
            return Err(Failure::LearnsFromLabels { name: name.clone() });
        }
        let trees = [(RULES, &self.rules), (GRAPHVIZ, &self.graphviz)];
        if let Some((option, _)) = trees.into_iter().find(|(_, path)| path.is_some()) {
            return Err(Failure::NotOfModel { option });
        }
        self.set(match names.as_slice() {
            [] => vec![DetectorRecipe::default()],
            names => DetectorRecipe::among(names)?,
        })
    }

    /// Whether what learns needs no labels, by its name.
    pub(super) fn names_a_detector(&self) -> bool {
        self.model.model.iter().any(|name| is_detector(name))
    }

    fn set<R: Settable>(&self, recipes: Vec<R>) -> Result<Vec<R>, Failure> {
        let recipes = recipes.into_iter().map(|recipe| recipe.seeded(self.seed));
        let mut recipes: Vec<R> = recipes.collect::<Result<_, _>>()?;
        for (name, value) in &self.model.set {
            set(&mut recipes, name, value)?;
        }
        Ok(recipes)
    }

    /// Refuses to draw what is no tree.
    fn check_tree(&self, recipes: &[Recipe]) -> Result<(), Failure> {
        let options = [(RULES, &self.rules), (GRAPHVIZ, &self.graphviz)];
        let asked = options.into_iter().find(|(_, path)| path.is_some());
        let is_tree = |recipe: &Recipe| matches!(recipe, Recipe::DecisionTree(_));
        match asked {
            Some((option, _)) if !recipes.iter().all(is_tree) => {
                Err(Failure::NotOfModel { option })
            }
            _ => Ok(()),
        }
    }
}

fn is_detector(name: &str) -> bool {
    DetectorRecipe::names().contains(&name)
}

/// Of several learners, those that have such a setting get it; one that does not have it says so.
fn set<R: Settable>(recipes: &mut [R], name: &str, value: &str) -> Result<(), Failure> {
    if let [recipe] = recipes {
        return Ok(recipe.set(name, value)?);
    }
    if !recipes.iter().any(|recipe| recipe.has(name)) {
        let mut known: Vec<&'static str> =
            recipes.iter().flat_map(R::parameters).map(|parameter| parameter.name).collect();
        known.sort_unstable();
        known.dedup();
        return Err(Failure::UnknownSetting { name: name.to_owned(), known });
    }
    let mut having = recipes.iter_mut().filter(|recipe| recipe.has(name));
    Ok(having.try_for_each(|recipe| recipe.set(name, value))?)
}
