//! Settings on their way to a model.

use std::sync::Arc;
use std::time::Instant;

use netsift::metrics::Bootstrap;
use netsift::models::judging::{Compared, Contender, CrossValidation, Ended, Found, Search, Space};
use netsift::models::{About, Recipe, Trained};

use super::{Choice, Tune, told};
use crate::bar::Bar;
use crate::failure::{Failure, tell};
use crate::interrupt::Interrupt;
use crate::output::{Output, STREAM, Target};
use crate::train::{Shared, Work};

/// Folds where nothing else is asked for: what most people use.
const USUAL_FOLDS: usize = 5;

/// What is asked for, with the tables found and what is to be tried.
pub(super) struct Tuning {
    work: Work,
    choice: Choice,
    contenders: Vec<Contender>,
}

impl Tuning {
    pub(super) fn of(asked: Tune) -> Result<Self, Failure> {
        let Tune { train, choice } = asked;
        let work = Work::of(train)?;
        let contenders = Contender::in_turn(contenders(&work, &choice)?);
        for Contender { recipe, space } in &contenders {
            space.check(recipe)?;
        }
        Ok(Self { work, choice, contenders })
    }

    pub(super) fn through(&self) -> Result<(), Failure> {
        let usual = std::cell::OnceCell::new();
        let choose = |shared: &Shared, interrupt: &Arc<Interrupt>| {
            let found = self.found(shared, interrupt)?;
            self.tell(&found)?;
            let best = found.best()?.recipe.clone();
            let before = found.usual().map(|trial| trial.recipe.clone());
            // Set once: there is one search.
            let _ = usual.set((before.filter(|usual| *usual != best), Arc::clone(interrupt)));
            Ok(vec![best])
        };
        let (trained, shared) = self.work.through(&choose)?;
        match usual.into_inner() {
            Some((Some(usual), interrupt)) => self.compare(&trained, usual, &shared, &interrupt),
            _ => Ok(()),
        }
    }

    fn found(&self, shared: &Shared, interrupt: &Arc<Interrupt>) -> Result<Found, Failure> {
        let work = &self.work;
        let (started, bar) = (Instant::now(), Bar::new(interrupt, work.asked.quiet));
        let clock = || started.elapsed();
        let balance = work.balance();
        let folds = work.asked.rows.cv.unwrap_or(USUAL_FOLDS);
        let cross = CrossValidation::new(work.split(shared.by), folds)
            .plans(work.plans())
            .balance(work.balancing(balance.as_deref()))
            .threads(work.threads())
            .watched(&bar);
        let mut search = Search::new(cross)
            .strategy(self.choice.strategy())
            .score(self.choice.score)
            .seed(work.asked.seed)
            .clock(&clock);
        if let Some(budget) = self.choice.budget {
            search = search.budget(budget);
        }
        let found = search.of(&self.contenders, &shared.train);
        bar.clear();
        Ok(found?)
    }

    /// What was tried and what was not; also of a search that was ended early.
    fn tell(&self, found: &Found) -> Result<(), Failure> {
        if self.work.asked.quiet {
            return Ok(());
        }
        told::left_out(found).iter().for_each(|line| tell(line));
        let ended = match found.ended {
            Ended::OutOfTime => Some("the time was up: more of it may find better settings"),
            Ended::Cancelled => Some("the search was ended early: this is what it had found"),
            _ => None,
        };
        ended.into_iter().for_each(tell);
        if found.trials.is_empty() {
            return Ok(());
        }
        let text = format!("{}{}\n", told::trials(found), told::against_usual(found));
        Output::open(Target::of(STREAM.as_ref()))?.write(text.as_bytes())
    }

    /// What the choice is worth, by rows that nothing was chosen by.
    fn compare(
        &self,
        trained: &Trained,
        usual: Recipe,
        shared: &Shared,
        interrupt: &Arc<Interrupt>,
    ) -> Result<(), Failure> {
        let Some(test) = shared.test.as_ref().filter(|_| !self.work.asked.quiet) else {
            return Ok(());
        };
        let bar = Bar::new(interrupt, self.work.asked.quiet);
        let usual = self.work.trained(vec![usual], shared, About::new(), &bar)?;
        let score = self.choice.score;
        let bootstrap = Bootstrap::new(self.work.asked.seed);
        let asked = [&trained.bundle, &usual.bundle];
        let line = match Compared::on_rows(asked, test, score, bootstrap, self.work.threads()) {
            Ok((interval, right)) => told::on_rows(score, &interval, &right),
            // A score that cannot be had of drawn rows is no reason to lose the model.
            Err(error) => format!("on the rows held back the two cannot be compared: {error}\n"),
        };
        Output::open(Target::of(STREAM.as_ref()))?.write(line.as_bytes())
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
