//! Learners made of others.

use std::fmt::Debug;

use netsift_data::Classes;

use crate::check::sound;
use crate::settings::SEED;
use crate::{Checked, Classifier, Learner, ModelError, Training, Watch};

/// Steps in which the progress of a part is told on.
const STEPS: usize = 1000;

/// A learner that others may be made of, and that can be named and set by text.
pub trait Part: Learner + Clone + Debug + PartialEq + 'static {
    /// Those that a composite is made of if nobody says of which.
    fn usual() -> Vec<Self>;

    /// Who learns from what others say if nobody says who.
    fn usual_last() -> Self;

    /// The learner of this name, with its usual settings, if there is one.
    fn named(name: &str) -> Option<Self>;

    /// Its name.
    fn name(&self) -> &'static str;

    /// Makes a setting what the text says.
    ///
    /// # Errors
    /// [`ModelError::UnknownSetting`], or [`ModelError::Setting`] for a text that says no such value.
    fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError>;

    /// All settings as they are: names and values.
    fn told(&self) -> Vec<(&'static str, String)>;

    /// Holds its settings against their rules.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for the first that breaks its own.
    fn check(&self) -> Result<(), ModelError>;
}

/// What a text must be to say parts.
const PARTS: &str = "names of learners that are made of no others, with commas between, each with its \
                                settings in brackets if they are not the usual: knn(neighbours=7)";

/// The parts that a text says; chance decides in them by this seed, unless they are told another.
pub(crate) fn parts<L: Part>(text: &str, seed: u64) -> Result<Vec<L>, &'static str> {
    let said = |text: &str| part(text, seed).ok_or(PARTS);
    split(text).into_iter().map(said).collect()
}

/// The one part that a text says.
pub(crate) fn one_part<L: Part>(text: &str, seed: u64) -> Result<L, &'static str> {
    match <[L; 1]>::try_from(parts(text, seed)?) {
        Ok([part]) => Ok(part),
        Err(_) => Err(PARTS),
    }
}

/// The text that says these parts: of their settings, those that are not as usual.
pub(crate) fn text<L: Part>(parts: &[L], seed: u64) -> String {
    let said = |part: &L| {
        let usual = L::named(part.name()).map(|usual| seeded(usual, 0, seed).told());
        let usual = usual.unwrap_or_default();
        let told = part.told().into_iter().filter(|setting| !usual.contains(setting));
        let told: Vec<_> = told.map(|(name, value)| format!("{name}={value}")).collect();
        let name = part.name();
        if told.is_empty() { name.to_owned() } else { format!("{name}({})", told.join(",")) }
    };
    parts.iter().map(said).collect::<Vec<_>>().join(",")
}

/// The part with the new seed, if it has one and that is the old one.
pub(crate) fn seeded<L: Part>(mut part: L, old: u64, new: u64) -> L {
    let has_old = part.told().contains(&(SEED, old.to_string()));
    // Any number is a seed.
    let _ = has_old.then(|| part.set(SEED, &new.to_string()));
    part
}

/// Of a name like `knn.neighbours` the learner's name and the setting's.
pub(crate) fn of_part(name: &str) -> Option<(&str, &str)> {
    name.split_once('.')
}

/// Makes a setting of all parts of a name what the text says.
pub(crate) fn set_parts<'a, L: Part>(
    learner: &'static str,
    parts: impl Iterator<Item = &'a mut L>,
    (part, name): (&str, &str),
    value: &str,
) -> Result<(), ModelError> {
    let (named, others): (Vec<_>, Vec<_>) = parts.partition(|other| other.name() == part);
    if named.is_empty() {
        let members = others.iter().map(|other| other.name()).collect();
        return Err(ModelError::UnknownMember { learner, name: part.into(), members });
    }
    named.into_iter().try_for_each(|part| part.set(name, value))
}

/// Whether a part of that name has a setting of that name: `knn.neighbours`.
pub(crate) fn has_part<L: Part>(parts: &[L], name: &str) -> bool {
    let has = |(part, name): (&str, &str)| {
        let mut named = parts.iter().filter(|other| other.name() == part);
        named.any(|part| part.told().iter().any(|(other, _)| *other == name))
    };
    of_part(name).is_some_and(has)
}

fn part<L: Part>(text: &str, seed: u64) -> Option<L> {
    let text = text.trim();
    let Some((name, settings)) = text.strip_suffix(')').and_then(|text| text.split_once('('))
    else {
        return L::named(text).map(|part| seeded(part, 0, seed));
    };
    let mut part = seeded(L::named(name.trim())?, 0, seed);
    for setting in settings.split(',') {
        let (name, value) = setting.split_once('=')?;
        part.set(name.trim(), value.trim()).ok()?;
    }
    Some(part)
}

/// What stands between commas that are in no brackets.
fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let is_border = |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    };
    text.split(is_border).collect()
}

/// Holds the settings of all parts against their rules.
pub(crate) fn check_members<L: Part>(members: &[L]) -> Result<(), ModelError> {
    ModelError::rule(!members.is_empty(), "members", "none", "one learner at least")?;
    members.iter().try_for_each(Part::check)
}

/// Fits each part, of which as many fits are done before and as many are to be in all.
pub(crate) fn fit_members<L: Part>(
    members: &[L],
    training: &Training<'_>,
    watch: &dyn Watch,
    (before, of): (usize, usize),
) -> Result<Vec<L::Model>, ModelError> {
    let fit = |(place, member): (usize, &L)| {
        let portion = Portion { watch, number: before + place, of };
        member.fit(&training.beside(&portion))
    };
    members.iter().enumerate().map(fit).collect()
}

/// Looks at the parts of a loaded composite.
pub(crate) fn check_models<M: Classifier + Checked>(
    models: &[M],
    count: usize,
    classes: &Classes,
    width: usize,
) -> Result<(), ModelError> {
    sound(models.len() == count, "a model for each learner")?;
    for model in models {
        sound(model.classes() == classes, "parts that know the same classes")?;
        sound(model.width() == width, "parts that take the same columns")?;
        model.check()?;
    }
    Ok(())
}

/// One fit of several, whose progress is a part of the whole.
pub(crate) struct Portion<'a> {
    pub(crate) watch: &'a dyn Watch,
    pub(crate) number: usize,
    pub(crate) of: usize,
}

impl Watch for Portion<'_> {
    fn progress(&self, done: usize, of: usize) {
        let share = (done as f64 / of.max(1) as f64 * STEPS as f64) as usize;
        self.watch.progress(self.number * STEPS + share.min(STEPS), self.of * STEPS);
    }

    fn is_cancelled(&self) -> bool {
        self.watch.is_cancelled()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{Knn, Member, RandomForest, Settings, Votes};

    impl Part for Knn {
        fn usual() -> Vec<Self> {
            [1, 3].map(|neighbours| Self::new().neighbours(neighbours)).to_vec()
        }

        fn usual_last() -> Self {
            Self::new()
        }

        fn named(name: &str) -> Option<Self> {
            (name == Self::NAME).then(Self::new)
        }

        fn name(&self) -> &'static str {
            Self::NAME
        }

        fn set(&mut self, name: &str, value: &str) -> Result<(), ModelError> {
            Settings::set(self, name, value)
        }

        fn told(&self) -> Vec<(&'static str, String)> {
            Settings::told(self)
        }

        fn check(&self) -> Result<(), ModelError> {
            Settings::check(self)
        }
    }

    /// Remembers what it was told, and ends a fit after so many steps.
    pub(crate) struct Heard {
        pub(crate) steps: Mutex<Vec<(usize, usize)>>,
        pub(crate) most: usize,
    }

    impl Watch for Heard {
        fn progress(&self, done: usize, of: usize) {
            self.steps.lock().unwrap().push((done, of));
        }

        fn is_cancelled(&self) -> bool {
            self.steps.lock().unwrap().len() > self.most
        }
    }

    #[test]
    fn parts_are_what_texts_say() {
        let said = "knn(neighbours=1), knn, random-forest ( trees=7 , seed=3 ),knn(votes=distance)";
        let parts: Vec<Member> = parts(said, 0).unwrap();
        let forest = RandomForest::default().trees(7).seed(3).into();
        let near = |neighbours| Knn::new().neighbours(neighbours).into();
        let by_distance = Knn::new().votes(Votes::ByDistance).into();
        assert_eq!(parts, [near(1), near(5), forest, by_distance]);
        let told = text(&parts, 0);
        assert_eq!(told, "knn(neighbours=1),knn,random-forest(trees=7,seed=3),knn(votes=distance)");
        assert_eq!(super::parts::<Member>(&told, 0).unwrap(), parts);
    }

    #[test]
    fn what_says_no_parts_is_refused() {
        for text in [
            "",
            "knn,,knn",
            "voting",
            "knn(",
            "knn)",
            "knn()",
            "knn(k=1)",
            "knn(neighbours)",
            "knn(neighbours=0)",
            "knn(neighbours=1",
            "knn(neighbours=1)x",
            "(neighbours=1)",
            "knn((neighbours=1))",
            "knn(neighbours=1),",
        ] {
            assert_eq!(parts::<Member>(text, 0), Err(PARTS), "{text}");
        }
        assert!(check_members::<Knn>(&[]).is_err());
        assert!(check_members(&[Knn::new(), Knn::new().neighbours(0)]).is_err());
    }

    #[test]
    fn seeds_are_those_of_the_whole_unless_parts_have_their_own() {
        let parts: Vec<Member> = parts("random-forest,random-forest(seed=3),knn", 9).unwrap();
        let forest = |seed| Member::from(RandomForest::default().seed(seed));
        assert_eq!(parts, [forest(9), forest(3), Knn::new().into()]);
        assert_eq!(text(&parts, 9), "random-forest,random-forest(seed=3),knn");
        let changed: Vec<Member> = parts.into_iter().map(|part| seeded(part, 9, 4)).collect();
        assert_eq!(changed, [forest(4), forest(3), Knn::new().into()]);
    }

    #[test]
    fn a_part_of_the_work_is_a_part_of_the_progress() {
        let heard = Heard { steps: Mutex::new(Vec::new()), most: 1 };
        let portion = Portion { watch: &heard, number: 1, of: 4 };
        portion.progress(1, 2);
        assert!(!portion.is_cancelled());
        portion.progress(9, 0);
        assert_eq!(*heard.steps.lock().unwrap(), [(1500, 4000), (2000, 4000)]);
        assert!(portion.is_cancelled());
    }
}
