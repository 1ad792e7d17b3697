//! Tables with labels on their way to a model.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use netsift::data::balance::Balance;
use netsift::data::split::{Fold, Split};
use netsift::data::{Dataset, Plan, ReadReport, TableReader};
use netsift::models::judging::CalibrationKind;
use netsift::models::{About, Balancing, Recipe, Trained, Trainer};

use super::{Train, flows, outputs, rows, told};
use crate::bar::Bar;
use crate::confusion;
use crate::failure::{Failure, tell};
use crate::figures;
use crate::files::Files;
use crate::interrupt::Interrupt;
use crate::output::{Output, STREAM, Target};
use crate::tables::asked::SplitBy;
use crate::tables::known::threads;
use crate::tables::read;

/// What is asked for, with the tables and the learners found.
pub(crate) struct Work {
    pub(crate) asked: Train,
    tables: Vec<PathBuf>,
    /// Those to test with, if they come from elsewhere.
    tests: Vec<PathBuf>,
    pub(crate) recipes: Vec<Recipe>,
    reader: TableReader,
    /// The curves that probabilities are read off, if they are.
    calibration: Option<CalibrationKind>,
    /// In how many folds settings are tried, if they are.
    search: Option<usize>,
    /// Whether what came of it is told by somebody else.
    is_told_apart: bool,
}

/// Rows that were read and shared out.
pub(crate) struct Shared {
    pub(crate) train: Dataset,
    pub(crate) test: Option<Dataset>,
    read: ReadReport,
    /// What was read of those to test with, if they come from elsewhere.
    test_read: Option<ReadReport>,
    pub(crate) by: SplitBy,
}

/// Says what learns from rows that were read: what was asked for, or the best that was found in them.
pub(crate) type Choose<'a> = &'a dyn Fn(&Shared, &Arc<Interrupt>) -> Result<Vec<Recipe>, Failure>;

impl Work {
    pub(crate) fn of(asked: Train) -> Result<Self, Failure> {
        asked.check_roles()?;
        if asked.columns.label.is_none() && asked.columns.like.is_none() {
            return Err(rows::unlabelled());
        }
        let recipes = asked.recipes()?;
        let tables = read::found(&asked.tables)?;
        let tests = read::found(asked.rows.test.as_slice())?;
        let reader = asked.columns.reader(&asked.rows.cleaning, asked.threads)?;
        let (calibration, search, is_told_apart) = (None, None, false);
        Ok(Self { asked, tables, tests, recipes, reader, calibration, search, is_told_apart })
    }

    /// The same with calibrated probabilities.
    pub(super) fn calibrated(self, calibration: Option<CalibrationKind>) -> Self {
        Self { calibration, ..self }
    }

    /// The same for settings that are tried in so many folds.
    pub(crate) fn searching(self, folds: usize) -> Self {
        Self { search: Some(folds), ..self }
    }

    /// The same, and what came of it is told by who asks.
    pub(crate) fn told_apart(self, is_told_apart: bool) -> Self {
        Self { is_told_apart, ..self }
    }

    /// Where the model goes.
    pub(crate) fn model(&self) -> Target {
        Target::of(self.asked.output.as_deref().unwrap_or(STREAM.as_ref()))
    }

    pub(crate) fn through(&self, choose: Choose<'_>) -> Result<(Trained, Shared), Failure> {
        let inputs: Vec<PathBuf> = self.tables.iter().chain(&self.tests).cloned().collect();
        let ((trained, shared), _) = self.asked.with_files(&inputs, |files, interrupt| {
            Ok((self.done(files, interrupt, choose)?, None))
        })?;
        self.tell(&trained)?;
        Ok((trained, shared))
    }

    /// Everything up to the names of files.
    fn done(
        &self,
        files: &Files,
        interrupt: &Arc<Interrupt>,
        choose: Choose<'_>,
    ) -> Result<(Trained, Shared), Failure> {
        let asked = &self.asked;
        let (data, read) = read::read(&self.reader, &self.tables)?;
        rows::expect_rows(&data, &read)?;
        let data = asked.without_identity(data)?;
        let profile = asked.flows.of_tables(&read)?;
        let profile = asked.flows.takes_captures(&data, profile, asked.quiet)?;
        // What is asked wrongly is told before what is wrong with the rows.
        let by = asked.rows.by.unwrap_or_else(|| SplitBy::usual(&data));
        asked.check_together(by)?;
        Trainer::expect_differences(&data)?;
        let shared = self.shared(data, read, by)?;
        let reads: Vec<&ReadReport> = [&shared.read].into_iter().chain(&shared.test_read).collect();
        asked.tell_found(&reads, &shared.train, shared.test.as_ref())?;
        asked.tell_equal(&shared.train, &self.folds(&shared)?, shared.by);
        let recipes = choose(&shared, interrupt)?;
        let about = rows::about(&shared.read, shared.test_read.as_ref());
        let about = asked.flows.about(about, profile)?;
        let bar = Bar::new(interrupt, asked.quiet);
        let trained = self.trained(recipes, &shared, about, &bar)?;
        outputs::written(&trained.bundle, files)?;
        Ok((trained, shared))
    }

    fn shared(&self, data: Dataset, read: ReadReport, by: SplitBy) -> Result<Shared, Failure> {
        let asked = &self.asked.rows;
        if asked.test.is_some() {
            let (test, test_read) = read::read(&self.reader, &self.tests)?;
            rows::expect_rows(&test, &test_read)?;
            let test_read = Some(test_read);
            return Ok(Shared { train: data, test: Some(test), read, test_read, by });
        }
        let trainer = self.trainer(self.recipes.clone(), by).test_share(asked.test_size);
        let parts = trainer.parts(&data).map_err(rows::in_split)?;
        Ok(Shared { train: parts.0, test: parts.1, read, test_read: None, by })
    }

    fn trainer(&self, recipes: Vec<Recipe>, by: SplitBy) -> Trainer<'_> {
        let share = if self.asked.rows.test.is_some() { 0.0 } else { self.asked.rows.test_size };
        let trainer = Trainer::new(recipes).split(self.split(by)).test_share(share);
        let folds = self.asked.rows.cv;
        let trainer = folds.into_iter().fold(trainer, Trainer::folds);
        self.calibration.into_iter().fold(trainer, Trainer::calibrated)
    }

    pub(crate) fn split(&self, by: SplitBy) -> Split {
        let together = self.asked.rows.equal_together;
        by.split(self.asked.seed, true).allow_rare(true).equal_together(together)
    }

    /// The folds that are asked about what they have not learned, if any are.
    fn folds(&self, shared: &Shared) -> Result<Vec<Fold>, Failure> {
        match self.search {
            Some(count) => {
                self.split(shared.by).folds(&shared.train, count).map_err(Failure::Table)
            }
            None => Ok(self.trainer(self.recipes.clone(), shared.by).folds_of(&shared.train)?),
        }
    }

    /// These learners on the rows that were shared out.
    pub(crate) fn trained(
        &self,
        recipes: Vec<Recipe>,
        shared: &Shared,
        about: About,
        bar: &Bar,
    ) -> Result<Trained, Failure> {
        let started = Instant::now();
        let clock = || started.elapsed();
        let balance = self.balance();
        let trainer = self
            .trainer(recipes, shared.by)
            .plans(self.plans())
            .balance(self.balancing(balance.as_deref()))
            .about(about)
            .threads(self.threads())
            .watched(bar)
            .clock(&clock);
        let trained = trainer.train_on(&shared.train, shared.test.as_ref());
        bar.clear();
        Ok(trained?)
    }

    pub(crate) fn threads(&self) -> usize {
        threads(self.asked.threads)
    }

    /// How rows are made more or fewer, if they are.
    pub(crate) fn balance(&self) -> Option<Box<dyn Balance>> {
        self.asked.rows.balancing.way(self.asked.seed)
    }

    /// What is done about classes of very different sizes, with the [balance](Self::balance) that holds what it needs.
    pub(crate) fn balancing<'a>(&self, balance: Option<&'a dyn Balance>) -> Balancing<'a> {
        match balance {
            _ if self.asked.rows.weigh_classes => Balancing::Weights,
            Some(way) => Balancing::Rows(way),
            None => Balancing::None,
        }
    }

    pub(crate) fn plans(&self) -> Vec<Plan> {
        let map = self.asked.steps.label_map().map(Plan::from);
        map.into_iter().chain(self.asked.steps.plans()).collect()
    }

    /// What came of it, on standard output.
    fn tell(&self, trained: &Trained) -> Result<(), Failure> {
        if self.asked.quiet {
            return Ok(());
        }
        told::failures(trained).iter().for_each(|line| tell(line));
        told::unbalanced(trained).iter().for_each(|line| tell(line));
        told::unconverged(trained).iter().for_each(|line| tell(line));
        let facts = trained.bundle.facts();
        tell(&flows::told(&facts.about));
        if self.is_told_apart {
            return Ok(());
        }
        let (judged, what) = match &facts.test {
            Some(test) => (test, "test"),
            None => (&facts.train, "train"),
        };
        let rows = format!("{} rows to {what} with", figures::grouped(judged.rows));
        let importances = told::importances(trained).map(|table| table.to_string());
        let text = format!(
            "{}{}{}",
            told::models(trained),
            importances.unwrap_or_default(),
            confusion::shown(&judged.report.confusion, &rows),
        );
        Output::open(Target::of(STREAM.as_ref()))?.write(text.as_bytes())
    }
}
