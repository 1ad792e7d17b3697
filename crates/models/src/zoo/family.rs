//! What the lists of the zoo are made into.

/// Makes of the list: `Recipe` and `Model`, one variant for each line; `Member` and `MemberModel`, which are the same
/// without composites, so that a composite holds members and no type is recursive.
macro_rules! zoo {
    (single { $($single:tt)* } composite { $($composite:tt)* }) => {
        $crate::zoo::family::family! {
            /// A learner of the zoo with its settings: one type for all, chosen and set by names.
            ///
            /// ```
            /// use netsift_models::{Baseline, Recipe};
            ///
            /// # fn main() -> Result<(), netsift_models::ModelError> {
            /// let mut recipe = Recipe::named("dummy")?;
            /// recipe.set("strategy", "prior")?;
            /// assert_eq!(recipe.told()[0], ("strategy", "prior".to_owned()));
            /// # Ok(())
            /// # }
            /// ```
            Recipe,
            /// What a learner of the zoo has learned: one type for all.
            Model,
            $($single)* $($composite)*
        }
        $crate::zoo::family::classifies! { Recipe, Model, $($single)* $($composite)* }
        $crate::zoo::family::by_name! { Recipe }
        $crate::zoo::family::family! {
            /// A learner that others can be made of: one that is not made of others itself.
            Member,
            /// What a [`Member`] has learned.
            MemberModel,
            $($single)*
        }
        $crate::zoo::family::classifies! { Member, MemberModel, $($single)* }
        $crate::zoo::family::members! { $($single)* }
    };
}

/// Makes of the list: `DetectorRecipe` and `DetectorModel`, one variant for each line.
macro_rules! detectors {
    ($($line:tt)*) => {
        $crate::zoo::family::family! {
            /// A detector of the zoo with its settings: one type for all, chosen and set by names.
            ///
            /// ```
            /// use ndarray::array;
            /// use netsift_models::{Detector, DetectorRecipe, Observer, Sample};
            ///
            /// # fn main() -> Result<(), netsift_models::ModelError> {
            /// let mut recipe = DetectorRecipe::named("knn-distance")?;
            /// recipe.set("neighbours", "1")?;
            /// let rows = array![[1.0], [2.0], [4.0]];
            /// let detector = recipe.fit(&Sample::new(rows.view())?)?;
            /// assert_eq!(detector.scores(array![[2.0], [9.0]].view())?, array![0.0, 5.0]);
            /// # Ok(())
            /// # }
            /// ```
            DetectorRecipe,
            /// What a detector of the zoo has learned: one type for all.
            DetectorModel,
            $($line)*
        }
        $crate::zoo::family::detects! { DetectorRecipe, DetectorModel, $($line)* }
        $crate::zoo::family::by_name! { DetectorRecipe }
    };
}

/// An enum of settings and one of models, whatever they are models of.
macro_rules! family {
    (
        $(#[$recipe_doc:meta])* $recipe:ident,
        $(#[$model_doc:meta])* $model:ident,
        $($(#[$when:meta])? $number:literal $variant:ident($config:ty, $fitted:ty), $needs:expr, $about:literal;)*
    ) => {
        $(#[$recipe_doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $recipe {
            $($(#[$when])? #[doc = $about] $variant($config),)*
        }

        $(#[$model_doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $model {
            $($(#[$when])? #[doc = $about] $variant($fitted),)*
        }

        impl $recipe {
            /// All of them, with their usual settings.
            #[must_use]
            pub fn all() -> Vec<Self> {
                vec![$($(#[$when])? Self::$variant(<$config>::default()),)*]
            }

            /// Its name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $($(#[$when])? Self::$variant(_) => <$config as $crate::Settings>::NAME,)*
                }
            }

            /// What it is, in a line.
            #[must_use]
            pub fn about(&self) -> &'static str {
                match self {
                    $($(#[$when])? Self::$variant(_) => $about,)*
                }
            }

            /// What rows have to be like for it.
            #[must_use]
            pub fn needs(&self) -> $crate::zoo::Needs {
                match self {
                    $($(#[$when])? Self::$variant(config) => {
                        let needs: fn(&$config) -> $crate::zoo::Needs = $needs;
                        needs(config)
                    })*
                }
            }

            /// Makes a setting what the text says. The learner's name and a dot may stand before its, and those of a
            /// member of a composite do: `knn.neighbours`.
            ///
            /// # Errors
            /// [`ModelError::UnknownSetting`](crate::ModelError::UnknownSetting),
            /// [`ModelError::UnknownMember`](crate::ModelError::UnknownMember), or
            /// [`ModelError::Setting`](crate::ModelError::Setting) for a text that says no such value.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), $crate::ModelError> {
                match self {
                    $($(#[$when])? Self::$variant(config) => {
                        $crate::Settings::set(config, name, value)
                    })*
                }
            }

            /// Whether there is such a setting, by its name as [`set`](Self::set) takes it.
            #[must_use]
            pub fn has(&self, name: &str) -> bool {
                match self {
                    $($(#[$when])? Self::$variant(config) => $crate::Settings::has(config, name),)*
                }
            }

            /// All settings as they are: names and values.
            #[must_use]
            pub fn told(&self) -> Vec<(&'static str, String)> {
                match self {
                    $($(#[$when])? Self::$variant(config) => $crate::Settings::told(config),)*
                }
            }

            /// All settings as they are, with what they are about.
            #[must_use]
            pub fn parameters(&self) -> Vec<$crate::zoo::ParameterFacts> {
                match self {
                    $($(#[$when])? Self::$variant(config) => $crate::zoo::family::facts(config),)*
                }
            }

            /// Holds every setting against its rule.
            ///
            /// # Errors
            /// [`ModelError::Setting`](crate::ModelError::Setting) for the first that breaks it.
            pub fn check(&self) -> Result<(), $crate::ModelError> {
                match self {
                    $($(#[$when])? Self::$variant(config) => $crate::Settings::check(config),)*
                }
            }

            /// By which number files hold it.
            #[cfg(test)]
            fn number(&self) -> u32 {
                match self {
                    $($(#[$when])? Self::$variant(_) => $number,)*
                }
            }
        }

        $($(#[$when])? impl From<$config> for $recipe {
            fn from(config: $config) -> Self {
                Self::$variant(config)
            }
        })*

        impl $model {
            /// The name of its learner.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $($(#[$when])? Self::$variant(_) => <$config as $crate::Settings>::NAME,)*
                }
            }
        }

        impl $crate::Checked for $model {
            fn check(&self) -> Result<(), $crate::ModelError> {
                match self {
                    $($(#[$when])? Self::$variant(model) => $crate::Checked::check(model),)*
                }
            }
        }

        $crate::zoo::family::numbered! { $recipe, $($(#[$when])? $number $variant($config, $config);)* }
        $crate::zoo::family::numbered! { $model, $($(#[$when])? $number $variant($config, $fitted);)* }
    };
}

/// Makes a family one of learners and classifiers.
macro_rules! classifies {
    (
        $recipe:ident, $model:ident,
        $($(#[$when:meta])? $number:literal $variant:ident($config:ty, $fitted:ty), $needs:expr, $about:literal;)*
    ) => {
        impl $crate::Learner for $recipe {
            type Model = $model;

            fn fit(&self, training: &$crate::Training<'_>) -> Result<$model, $crate::ModelError> {
                match self {
                    $($(#[$when])? Self::$variant(config) => {
                        $crate::Learner::fit(config, training).map($model::$variant)
                    })*
                }
            }
        }

        impl $model {
            fn classifier(&self) -> &dyn $crate::Classifier {
                match self {
                    $($(#[$when])? Self::$variant(model) => model,)*
                }
            }
        }

        impl $crate::Classifier for $model {
            fn classes(&self) -> &netsift_data::Classes {
                self.classifier().classes()
            }

            fn width(&self) -> usize {
                self.classifier().width()
            }

            fn probabilities(
                &self,
                rows: ndarray::ArrayView2<'_, f64>,
            ) -> Result<ndarray::Array2<f64>, $crate::ModelError> {
                self.classifier().probabilities(rows)
            }

            fn predict(
                &self,
                rows: ndarray::ArrayView2<'_, f64>,
            ) -> Result<ndarray::Array1<u32>, $crate::ModelError> {
                self.classifier().predict(rows)
            }

            fn answer(
                &self,
                rows: ndarray::ArrayView2<'_, f64>,
            ) -> Result<$crate::Answer, $crate::ModelError> {
                self.classifier().answer(rows)
            }

            fn is_converged(&self) -> bool {
                self.classifier().is_converged()
            }
        }
    };
}

/// Makes a family one of observers and detectors.
macro_rules! detects {
    (
        $recipe:ident, $model:ident,
        $($(#[$when:meta])? $number:literal $variant:ident($config:ty, $fitted:ty), $needs:expr, $about:literal;)*
    ) => {
        impl $crate::Observer for $recipe {
            type Detector = $model;

            fn fit(&self, sample: &$crate::Sample<'_>) -> Result<$model, $crate::ModelError> {
                match self {
                    $($(#[$when])? Self::$variant(config) => {
                        $crate::Observer::fit(config, sample).map($model::$variant)
                    })*
                }
            }

            fn fit_scored(
                &self,
                sample: &$crate::Sample<'_>,
            ) -> Result<($model, ndarray::Array1<f64>), $crate::ModelError> {
                match self {
                    $($(#[$when])? Self::$variant(config) => {
                        let (model, scores) = $crate::Observer::fit_scored(config, sample)?;
                        Ok(($model::$variant(model), scores))
                    })*
                }
            }
        }

        impl $model {
            fn detector(&self) -> &dyn $crate::Detector {
                match self {
                    $($(#[$when])? Self::$variant(model) => model,)*
                }
            }
        }

        impl $crate::Detector for $model {
            fn width(&self) -> usize {
                self.detector().width()
            }

            fn scores(
                &self,
                rows: ndarray::ArrayView2<'_, f64>,
            ) -> Result<ndarray::Array1<f64>, $crate::ModelError> {
                self.detector().scores(rows)
            }
        }
    };
}

/// Makes settings be found by names.
macro_rules! by_name {
    ($recipe:ident) => {
        impl $recipe {
            /// The one of that name, with its usual settings.
            ///
            /// # Errors
            /// [`ModelError::UnknownLearner`](crate::ModelError::UnknownLearner), with the names that come near.
            pub fn named(name: &str) -> Result<Self, $crate::ModelError> {
                let found = Self::all().into_iter().find(|recipe| recipe.name() == name);
                found.ok_or_else(|| $crate::zoo::unknown(name, &Self::names()))
            }

            /// All names, in their order.
            #[must_use]
            pub fn names() -> Vec<&'static str> {
                Self::all().iter().map(Self::name).collect()
            }

            /// The same, where chance decides by this seed. What has no chance stays as it is.
            ///
            /// # Errors
            /// What [`set`](Self::set) says.
            pub fn seeded(mut self, seed: u64) -> Result<Self, $crate::ModelError> {
                let seeds = $crate::zoo::SEED;
                if self.parameters().iter().any(|parameter| parameter.name == seeds) {
                    self.set(seeds, &seed.to_string())?;
                }
                Ok(self)
            }

            /// What is usually done to rows before it sees them, so that any table of numbers and texts can be given.
            #[must_use]
            pub fn plans(&self) -> Vec<netsift_data::Plan> {
                Self::first().into_iter().chain(self.needs().plans()).collect()
            }

            /// These plans, and behind them those of [its own](Self::plans) that nothing among them stands for.
            #[must_use]
            pub fn completed(&self, plans: &[netsift_data::Plan]) -> Vec<netsift_data::Plan> {
                $crate::zoo::needs::completed(plans, self.plans())
            }
        }
    };
}

/// Makes serde write an enum by the numbers of the list (by the names, where a format tells names), and read it.
macro_rules! numbered {
    ($name:ident, $($(#[$when:meta])? $number:literal $variant:ident($config:ty, $content:ty);)*) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $($(#[$when])? Self::$variant(content) => serializer.serialize_newtype_variant(
                        stringify!($name),
                        $number,
                        <$config as $crate::Settings>::NAME,
                        content,
                    ),)*
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                const NAMES: &[&str] =
                    &[$($(#[$when])? <$config as $crate::Settings>::NAME,)*];
                const NUMBERS: &[u32] = &[$($(#[$when])? $number,)*];

                struct Reader;

                impl<'de> serde::de::Visitor<'de> for Reader {
                    type Value = $name;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a learner of the zoo")
                    }

                    fn visit_enum<A: serde::de::EnumAccess<'de>>(
                        self,
                        data: A,
                    ) -> Result<$name, A::Error> {
                        use serde::de::VariantAccess;
                        let tag = $crate::zoo::family::Tag { names: NAMES, numbers: NUMBERS };
                        let (number, content) = data.variant_seed(tag)?;
                        match number {
                            $($(#[$when])? $number => {
                                content.newtype_variant::<$content>().map($name::$variant)
                            })*
                            _ => $crate::zoo::earlier::Renumbered::renumbered(number, content),
                        }
                    }
                }

                deserializer.deserialize_enum(stringify!($name), NAMES, Reader)
            }
        }
    };
}

/// Every member is a recipe, too.
macro_rules! members {
    ($($(#[$when:meta])? $number:literal $variant:ident($config:ty, $fitted:ty), $needs:expr, $about:literal;)*) => {
        impl From<Member> for Recipe {
            fn from(member: Member) -> Self {
                match member {
                    $($(#[$when])? Member::$variant(config) => Self::$variant(config),)*
                }
            }
        }
    };
}

pub(in crate::zoo) use {by_name, classifies, detects, family, members, numbered};
pub(super) use {detectors, zoo};

use serde::de::{DeserializeSeed, Deserializer, Error, Visitor};

use super::ParameterFacts;
use crate::Settings;

pub(super) fn facts<S: Settings>(config: &S) -> Vec<ParameterFacts> {
    let facts = S::PARAMETERS.iter().map(|parameter| ParameterFacts {
        name: parameter.name,
        about: parameter.about,
        value: (parameter.get)(config),
    });
    facts.collect()
}

/// Which line of the list it is: files say its number, JSON its name.
pub(super) struct Tag {
    pub(super) names: &'static [&'static str],
    pub(super) numbers: &'static [u32],
}

impl<'de> DeserializeSeed<'de> for Tag {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u32, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Tag {
    type Value = u32;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the number or the name of a learner")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<u32, E> {
        u32::try_from(number).map_err(|_| E::custom("a learner's number has 32 bits"))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<u32, E> {
        let place = self.names.iter().position(|known| *known == name);
        let number = place.and_then(|place| self.numbers.get(place).copied());
        number.ok_or_else(|| E::custom("a learner that this build does not know"))
    }
}
