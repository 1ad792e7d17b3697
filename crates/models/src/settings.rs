//! Settings by name and text: what the command line, files and people say.

use crate::ModelError;

/// The setting that decides where chance does, in every learner that has one.
pub(crate) const SEED: &str = "seed";

/// A setting of a learner: its name, what it is about, and how it is read and written.
pub struct Parameter<S> {
    /// Its name, as people write it.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    /// What it is.
    pub get: fn(&S) -> String,
    /// Makes it what the text says, or says what the text should be.
    pub set: fn(&mut S, &str) -> Result<(), &'static str>,
}

/// Settings with names.
pub trait Settings: Clone + Default + 'static {
    /// The name of the learner, as people write it.
    const NAME: &'static str;
    /// All its settings.
    const PARAMETERS: &'static [Parameter<Self>];

    /// Holds every setting against its rule.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for the first that breaks it.
    fn check(&self) -> Result<(), ModelError>;

    /// Makes a setting what the text says. The learner's name and a dot may stand before its: `knn.neighbours`.
    ///
    /// # Errors
    /// [`ModelError::UnknownSetting`], or [`ModelError::Setting`] for a text that says no such value.
    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
        set_own(self, name, value)
    }

    /// Whether there is such a setting, by its name as [`set`](Self::set) takes it.
    #[must_use]
    fn has(&self, name: &str) -> bool {
        own::<Self>(name).is_some()
    }

    /// All settings as they are: names and values.
    #[must_use]
    fn told(&self) -> Vec<(&'static str, String)> {
        let told = |parameter: &Parameter<Self>| (parameter.name, (parameter.get)(self));
        Self::PARAMETERS.iter().map(told).collect()
    }
}

/// Makes a setting of the learner itself, and of none that it is made of, what the text says.
pub(crate) fn set_own<S: Settings>(
    settings: &mut S,
    name: &str,
    value: &str,
) -> Result<(), ModelError> {
    let Some(parameter) = own::<S>(name) else {
        let known = S::PARAMETERS.iter().map(|parameter| parameter.name).collect();
        return Err(ModelError::UnknownSetting { learner: S::NAME, name: name.into(), known });
    };
    let mut changed = settings.clone();
    (parameter.set)(&mut changed, value.trim()).map_err(|rule| ModelError::Setting {
        parameter: parameter.name,
        value: value.into(),
        rule,
    })?;
    changed.check()?;
    *settings = changed;
    Ok(())
}

/// The setting of that name of the learner itself.
pub(crate) fn own<S: Settings>(name: &str) -> Option<&'static Parameter<S>> {
    let behind = name.strip_prefix(S::NAME).and_then(|rest| rest.strip_prefix('.'));
    let name = behind.unwrap_or(name);
    S::PARAMETERS.iter().find(|parameter| parameter.name == name)
}

/// A value that a text can say.
pub(crate) trait Said: Sized {
    /// What a text must be to say one.
    const RULE: &'static str;

    fn said(text: &str) -> Option<Self>;

    fn text(&self) -> String;
}

/// A [`Parameter`] that is a field, written on one line: its name, where it stands, what it is about.
macro_rules! setting {
    ($name:literal, $($field:ident).+, $about:literal) => {
        $crate::Parameter {
            name: $name,
            about: $about,
            get: |settings| $crate::settings::Said::text(&settings.$($field).+),
            set: |settings, text| $crate::settings::put(&mut settings.$($field).+, text),
        }
    };
}

pub(crate) use setting;

/// Of values that have a name each, the one that a text names.
pub(crate) fn named<T: Copy>(names: &[(&str, T)], text: &str) -> Option<T> {
    names.iter().find(|(name, _)| *name == text).map(|(_, value)| *value)
}

/// Its name among those of all values.
pub(crate) fn name_of<T: PartialEq>(names: &[(&str, T)], value: &T) -> String {
    let found = names.iter().find(|(_, named)| named == value);
    found.map_or_else(String::new, |(name, _)| (*name).to_owned())
}

/// Makes a setting what a text says.
pub(crate) fn put<T: Said>(setting: &mut T, text: &str) -> Result<(), &'static str> {
    *setting = T::said(text).ok_or(T::RULE)?;
    Ok(())
}

impl Said for usize {
    const RULE: &'static str = "a whole number";

    fn said(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Said for u64 {
    const RULE: &'static str = "a whole number";

    fn said(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Said for f64 {
    const RULE: &'static str = "a number";

    fn said(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

impl Said for bool {
    const RULE: &'static str = "true or false";

    fn said(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// What has no value is said by `none`.
impl<T: Said> Said for Option<T> {
    const RULE: &'static str = "a number, or none";

    fn said(text: &str) -> Option<Self> {
        if text == NONE { Some(None) } else { T::said(text).map(Some) }
    }

    fn text(&self) -> String {
        self.as_ref().map_or(NONE.into(), T::text)
    }
}

const NONE: &str = "none";

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Default, PartialEq)]
    struct Demo {
        trees: usize,
        depth: Option<usize>,
    }

    impl Settings for Demo {
        const NAME: &'static str = "demo";
        const PARAMETERS: &'static [Parameter<Self>] = &[
            Parameter {
                name: "trees",
                about: "How many.",
                get: |demo| demo.trees.text(),
                set: |demo, text| put(&mut demo.trees, text),
            },
            Parameter {
                name: "depth",
                about: "How deep.",
                get: |demo| demo.depth.text(),
                set: |demo, text| put(&mut demo.depth, text),
            },
        ];

        fn check(&self) -> Result<(), ModelError> {
            ModelError::rule(self.trees < 10, "trees", self.trees, "below 10")
        }
    }

    #[test]
    fn settings_are_what_texts_say() {
        let mut demo = Demo::default();
        demo.set("trees", " 3 ").unwrap();
        demo.set("depth", "7").unwrap();
        assert_eq!(demo, Demo { trees: 3, depth: Some(7) });
        demo.set("depth", "none").unwrap();
        assert_eq!(demo.told(), [("trees", "3".to_owned()), ("depth", "none".to_owned())]);
        demo.set("demo.trees", "4").unwrap();
        assert_eq!((demo.trees, demo.has("demo.depth"), demo.has("depth")), (4, true, true));
        assert!(!demo.has("demotrees") && !demo.has("other.trees") && !demo.has("demo."));
    }

    #[test]
    fn a_wrong_setting_is_refused_and_changes_nothing() {
        let mut demo = Demo { trees: 1, depth: None };
        let refused = |demo: &mut Demo, name, value| demo.set(name, value).unwrap_err().to_string();
        assert_eq!(refused(&mut demo, "trees", "x"), "trees is x, but must be a whole number");
        assert_eq!(refused(&mut demo, "trees", "10"), "trees is 10, but must be below 10");
        assert_eq!(
            refused(&mut demo, "tree", "1"),
            "demo has no setting \"tree\"; it has trees, depth"
        );
        assert_eq!(demo, Demo { trees: 1, depth: None });
    }
}
