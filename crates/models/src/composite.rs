//! Learners made of others.

use std::fmt::Debug;

use netsift_data::Classes;

use crate::check::sound;
use crate::settings::Said;
use crate::{Checked, Classifier, Learner, ModelError, Training, Watch};

/// Steps in which the progress of a part is told on.
const STEPS: usize = 1000;

/// A learner that others may be made of, and that can be named.
pub trait Part: Learner + Clone + Debug + PartialEq + 'static {
    /// Those that a composite is made of if nobody says of which.
    fn usual() -> Vec<Self>;

    /// The learner of this name, if there is one.
    fn named(name: &str) -> Option<Self>;

    /// Its name.
    fn name(&self) -> &'static str;

    /// Holds its settings against their rules.
    ///
    /// # Errors
    /// [`ModelError::Setting`] for the first that breaks its own.
    fn check(&self) -> Result<(), ModelError>;
}

/// The parts of a composite, as texts say them: names with commas between.
pub(crate) struct Members<L>(pub(crate) Vec<L>);

impl<L: Part> Said for Members<L> {
    const RULE: &'static str = "names of learners that are made of no others, with commas between";

    fn said(text: &str) -> Option<Self> {
        text.split(',').map(|name| L::named(name.trim())).collect::<Option<_>>().map(Self)
    }

    fn text(&self) -> String {
        self.0.iter().map(Part::name).collect::<Vec<_>>().join(",")
    }
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
    use crate::{Knn, Settings};

    impl Part for Knn {
        fn usual() -> Vec<Self> {
            [1, 3].map(|neighbours| Self::new().neighbours(neighbours)).to_vec()
        }

        fn named(name: &str) -> Option<Self> {
            name.strip_prefix("knn-")?
                .parse()
                .ok()
                .map(|neighbours| Self::new().neighbours(neighbours))
        }

        fn name(&self) -> &'static str {
            Self::NAME
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
    fn members_are_what_texts_say() {
        let members = Members::<Knn>::said("knn-1, knn-7").unwrap();
        assert_eq!(members.0, [1, 7].map(|neighbours| Knn::new().neighbours(neighbours)));
        assert_eq!(members.text(), "knn,knn");
        assert!(Members::<Knn>::said("knn-1,,knn-7").is_none());
        assert!(Members::<Knn>::said("").is_none());
        assert!(check_members::<Knn>(&[]).is_err());
        assert!(check_members(&[Knn::new(), Knn::new().neighbours(0)]).is_err());
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
