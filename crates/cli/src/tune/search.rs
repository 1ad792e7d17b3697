//! Settings on their way to a model.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use netsift::models::judging::{Contender, CrossValidation, Ended, Found, Search, Space};
use netsift::models::{ModelError, Recipe};

use super::worth::Worth;
use super::{Choice, Tune, json, told};
use crate::bar::Bar;
use crate::failure::{Failure, tell};
use crate::files::interrupted;
use crate::interrupt::Interrupt;
use crate::output::{Output, STREAM, Target};
use crate::train::{Shared, Work};

/// Folds where nothing else is asked for: what most people use.
const USUAL_FOLDS: usize = 5;

/// What is asked for, with the tables found and what is to be tried.
pub(super) struct Tuning {
    pub(super) work: Work,
    pub(super) choice: Choice,
    pub(super) contenders: Vec<Contender>,
    strategy: netsift::models::judging::Strategy,
}

impl Tuning {
    pub(super) fn of(asked: Tune) -> Result<Self, Failure> {
        let Tune { mut train, choice } = asked;
        let is_zoo = train.all_unless_named();
        let strategy = choice.strategy(is_zoo);
        let folds = train.rows.cv.unwrap_or(USUAL_FOLDS);
        let work = Work::of(train)?.searching(folds).told_apart(choice.json);
        let contenders = Contender::in_turn(contenders(&work, &choice)?);
        for Contender { recipe, space } in &contenders {
            space.check(recipe)?;
        }
        Ok(Self { work, choice, contenders, strategy })
    }

    pub(super) fn through(&self) -> Result<(), Failure> {
        let searched = OnceCell::new();
        let choose = |shared: &Shared, interrupt: &Arc<Interrupt>| {
            let found = self.found(shared, interrupt)?;
            // Also of a signal that came when all was tried: the model is not to be lost to it.
            let is_interrupted = interrupt.take();
            self.tell(&found)?;
            let best = match found.leading() {
                Err(ModelError::Cancelled) => Err(interrupted()),
                best => Ok(best?.recipe.clone()),
            }?;
            // Set once: there is one search.
            let _ = searched.set((found, is_interrupted, Arc::clone(interrupt)));
            Ok(vec![best])
        };
        let (trained, shared) = self.work.through(&choose)?;
        let Some((found, is_interrupted, interrupt)) = searched.into_inner() else {
            return Ok(());
        };
        let mut worth = Worth::default();
        let ended = match is_interrupted {
            true => Err(self.interrupted_after(found.trials.len())),
            false => worth.find(self, (&found, &trained), &shared, &interrupt),
        };
        if self.choice.json {
            self.print(&json::text(&found, &trained, &worth))?;
        }
        ended
    }

    fn found(&self, shared: &Shared, interrupt: &Arc<Interrupt>) -> Result<Found, Failure> {
        // What was found until a signal comes is not to be lost: the search ends by itself.
        interrupt.see();
        let bar = Bar::new(interrupt, self.work.asked.quiet);
        let started = Instant::now();
        let clock = || started.elapsed();
        let balance = self.work.balance();
        let cross = self.cross(shared, self.folds(), &bar);
        let cross = cross.balance(self.work.balancing(balance.as_deref()));
        let found = self.search(cross, &clock).of(&self.contenders, &shared.train);
        bar.clear();
        Ok(found?)
    }

    /// Everything is learned in so many folds as it is in a training.
    pub(super) fn cross<'a>(
        &'a self,
        shared: &Shared,
        folds: usize,
        bar: &'a Bar,
    ) -> CrossValidation<'a> {
        let work = &self.work;
        CrossValidation::new(work.split(shared.by), folds)
            .plans(work.plans())
            .threads(work.threads())
            .watched(bar)
    }

    pub(super) fn folds(&self) -> usize {
        self.work.asked.rows.cv.unwrap_or(USUAL_FOLDS)
    }

    pub(super) fn search<'a>(
        &self,
        cross: CrossValidation<'a>,
        clock: &'a (dyn Fn() -> Duration + Sync),
    ) -> Search<'a> {
        let search = Search::new(cross)
            .strategy(self.strategy)
            .score(self.choice.score)
            .seed(self.work.asked.seed)
            .clock(clock);
        match self.choice.budget {
            Some(budget) => search.budget(budget),
            None => search,
        }
    }

    /// What was tried and what was not; also of a search that was ended early.
    fn tell(&self, found: &Found) -> Result<(), Failure> {
        if self.work.asked.quiet {
            return Ok(());
        }
        told::left_out(found).iter().for_each(|line| tell(line));
        let ended = match found.ended {
            Ended::OutOfTime => Some("the time was up: more of it may find better settings"),
            Ended::Cancelled => Some("the search was interrupted: this is what it had found"),
            _ => None,
        };
        ended.into_iter().for_each(tell);
        if found.trials.is_empty() {
            return Ok(());
        }
        self.show(&format!("{}{}\n", told::trials(found), told::against_usual(found)))
    }

    /// Prints what is for people, where nothing else is asked for.
    pub(super) fn show(&self, text: &str) -> Result<(), Failure> {
        if self.choice.json || self.work.asked.quiet { Ok(()) } else { self.print(text) }
    }

    fn print(&self, text: &str) -> Result<(), Failure> {
        Output::open(Target::of(STREAM.as_ref()))?.write(text.as_bytes())
    }

    fn interrupted_after(&self, trials: usize) -> Failure {
        let best = if trials == 1 {
            "the only trial".to_owned()
        } else {
            format!("the best of {trials} trials")
        };
        let part = format!("{best} is in {}", self.work.model());
        Failure::Interrupted { part, open: "more of them may find better settings" }
    }
}

/// Each learner with what its settings may be: as was said, or else what is usually worth trying, but for what was set.
fn contenders(work: &Work, choice: &Choice) -> Result<Vec<Contender>, Failure> {
    let said = choice.space.iter().try_fold(Space::new(), |space, text| space.said(text))?;
    for (name, _) in said.ranges() {
        let has = |recipe: &Recipe| recipe.parameters().iter().any(|setting| setting.name == name);
        if !work.recipes.iter().any(has) {
            let settings = work.recipes.iter().flat_map(Recipe::parameters);
            let mut known: Vec<&'static str> = settings.map(|setting| setting.name).collect();
            known.sort_unstable();
            known.dedup();
            return Err(Failure::UnknownSetting { name: name.to_owned(), known });
        }
    }
    let contender = |recipe: &Recipe| {
        let space = match choice.space.is_empty() {
            true => Space::usual(recipe)?.without(work.asked.fixed()),
            false => said.of(recipe),
        };
        Ok(Contender::new(recipe.clone(), space))
    };
    work.recipes.iter().map(contender).collect()
}
