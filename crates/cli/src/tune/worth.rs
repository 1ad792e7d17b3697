//! What the choice of a search is worth, when its model is written.

use std::sync::Arc;
use std::time::Instant;

use netsift::models::judging::{Found, Nested};
use netsift::models::{About, ModelError, Recipe, Trained};

use super::curve::Drawn;
use super::search::Tuning;
use super::told;
use crate::bar::Bar;
use crate::compared::OnRows;
use crate::failure::{Failure, tell};
use crate::interrupt::Interrupt;
use crate::train::Shared;

/// What is known of it.
#[derive(Default)]
pub(super) struct Worth {
    pub(super) against_usual: Option<OnRows>,
    pub(super) nested: Option<Nested>,
    pub(super) curves: Vec<Drawn>,
}

impl Worth {
    /// Finds out all that is asked for, and tells it as it is found. What is interrupted here loses no model.
    pub(super) fn find(
        &mut self,
        tuning: &Tuning,
        (found, trained): (&Found, &Trained),
        shared: &Shared,
        interrupt: &Arc<Interrupt>,
    ) -> Result<(), Failure> {
        let bar = Bar::new(interrupt, tuning.work.asked.quiet);
        let told = self
            .against_usual(tuning, (found, trained), shared, &bar)
            .and_then(|()| self.nested(tuning, shared, &bar))
            .and_then(|()| self.curves(tuning, &found.leading()?.recipe, shared, &bar));
        bar.clear();
        match told {
            Err(Failure::Model(ModelError::Cancelled)) => Err(Failure::Interrupted {
                part: format!("the model is in {}", tuning.work.model()),
                open: "what it is worth was not told to the end",
            }),
            told => told,
        }
    }

    /// By rows that nothing was chosen by.
    fn against_usual(
        &mut self,
        tuning: &Tuning,
        (found, trained): (&Found, &Trained),
        shared: &Shared,
        bar: &Bar,
    ) -> Result<(), Failure> {
        let best = &found.leading()?.recipe;
        let usual = found.usual().map(|trial| trial.recipe.clone()).filter(|usual| usual != best);
        let (Some(usual), Some(test)) = (usual, &shared.test) else { return Ok(()) };
        let work = &tuning.work;
        let usual = work.trained(vec![usual], shared, About::new(), bar)?;
        let models = [&trained.bundle, &usual.bundle];
        let (score, seed) = (tuning.choice.score, work.asked.seed);
        match OnRows::of(models, test, score, seed, work.threads()) {
            Ok(on_rows) => {
                let whose = "\nAgainst the usual settings, on the rows held back";
                tuning.show(&on_rows.line(whose))?;
                self.against_usual = Some(on_rows);
            }
            // A score that cannot be had of drawn rows is no reason to end here.
            Err(error) => {
                tell(&format!("on the rows held back the two cannot be compared: {error}"));
            }
        }
        Ok(())
    }

    /// The same search inside of folds.
    fn nested(&mut self, tuning: &Tuning, shared: &Shared, bar: &Bar) -> Result<(), Failure> {
        let Some(folds) = tuning.choice.nested else { return Ok(()) };
        let started = Instant::now();
        let clock = || started.elapsed();
        let balance = tuning.work.balance();
        let balancing = || tuning.work.balancing(balance.as_deref());
        let inner = tuning.cross(shared, tuning.folds(), bar).balance(balancing());
        let outer = tuning.cross(shared, folds as usize, bar).balance(balancing());
        let search = tuning.search(inner, &clock);
        let nested = search.nested(&outer, &tuning.contenders, &shared.train)?;
        bar.clear();
        tuning.show(&told::nested(&nested, tuning.choice.score))?;
        self.nested = Some(nested);
        Ok(())
    }

    /// How the score of the best changes.
    fn curves(
        &mut self,
        tuning: &Tuning,
        best: &Recipe,
        shared: &Shared,
        bar: &Bar,
    ) -> Result<(), Failure> {
        let balance = tuning.work.balance();
        let cross = tuning.cross(shared, tuning.folds(), bar);
        let cross = cross.balance(tuning.work.balancing(balance.as_deref()));
        let (score, seed) = (tuning.choice.score, tuning.work.asked.seed);
        for curve in &tuning.choice.curve {
            let drawn = curve.drawn(&cross, best, &shared.train, score, seed)?;
            bar.clear();
            tuning.show(&format!("\n{}", drawn.table(score)))?;
            self.curves.push(drawn);
        }
        Ok(())
    }
}
