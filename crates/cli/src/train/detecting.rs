//! Rows that nobody has labelled on their way to a detector.

mod captures;
mod told;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use netsift::data::{Dataset, ReadReport, TableReader};
use netsift::detect::flow_rows;
use netsift::flow::Profile;
use netsift::models::{About, DetectorRecipe, DetectorTrainer, Limit, ModelError, TrainedDetector};

use super::detection::Detection;
use super::{Train, flows, outputs, rows};
use crate::bar::Bar;
use crate::failure::{Failure, tell};
use crate::files::Files;
use crate::interrupt::Interrupt;
use crate::output::{Output, STREAM, Target};
use crate::reading::expanded;
use crate::tables::asked::SplitBy;
use crate::tables::known::{is_capture, threads};
use crate::tables::read;
use captures::Captures;

/// What is asked for, with the inputs and the detectors found.
pub(super) struct Detecting {
    asked: Train,
    detection: Detection,
    recipes: Vec<DetectorRecipe>,
    inputs: Vec<PathBuf>,
    tests: Vec<PathBuf>,
    source: Source,
}

/// Where rows come from.
enum Source {
    Tables(Box<TableReader>),
    Captures(Captures),
}

/// Rows that were read and shared out.
struct Found {
    train: Dataset,
    test: Option<Dataset>,
    by: SplitBy,
    about: About,
    /// What ended the reading of captures before their end: rows are of what came before.
    broken: Option<Failure>,
}

impl Detecting {
    pub(super) fn of(asked: Train, detection: Detection) -> Result<Self, Failure> {
        asked.check_roles()?;
        asked.refuse_what_needs_labels(&detection)?;
        let recipes = asked.detectors()?;
        let given = expanded(&asked.tables)?;
        let test = expanded(asked.rows.test.as_slice())?;
        let is_capture = |path: &&PathBuf| is_capture(path);
        let captures = given.iter().chain(&test).filter(is_capture).count();
        if captures > 0 && captures < given.len() + test.len() {
            return Err(Failure::CapturesAndTables { what: "learned from" });
        }
        let (source, inputs, tests) = if captures > 0 {
            asked.refuse_what_needs_tables(&detection)?;
            (Source::Captures(asked.captures(&detection)?), given, test)
        } else {
            detection.refuse_what_needs_captures()?;
            let reader = asked.columns.reader(&asked.rows.cleaning, asked.threads)?;
            // Tables of flows are known by what identifies a flow.
            let reader = reader.time_beside(flow_rows::TIME, flow_rows::identity());
            let reader = detection.anomalies().into_iter().fold(reader, TableReader::label);
            (Source::Tables(Box::new(reader)), read::found(&given)?, read::found(&test)?)
        };
        let detecting = Self { asked, detection, recipes, inputs, tests, source };
        detecting.check()?;
        Ok(detecting)
    }

    /// Refuses what cannot be, before anything is read.
    fn check(&self) -> Result<(), Failure> {
        let by = self.asked.rows.by.unwrap_or(SplitBy::Chance);
        Ok(self.trainer(by, false).check()?)
    }

    /// Refuses a rate of rows that have no times, before anything is told of them.
    fn expect_times(&self, data: &Dataset) -> Result<(), Failure> {
        match self.detection.limit() {
            Limit::AlertsADay(_) if data.times().is_none() => {
                Err(Failure::Model(ModelError::NoRate { why: "they have no times" }))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn through(&self) -> Result<(), Failure> {
        let inputs: Vec<PathBuf> = self.inputs.iter().chain(&self.tests).cloned().collect();
        let (trained, broken) =
            self.asked.with_files(&inputs, |files, interrupt| self.done(files, interrupt))?;
        self.tell(&trained)?;
        broken.map_or(Ok(()), Err)
    }

    /// Everything up to the names of files.
    fn done(
        &self,
        files: &Files,
        interrupt: &Arc<Interrupt>,
    ) -> Result<(TrainedDetector, Option<Failure>), Failure> {
        let found = match &self.source {
            Source::Tables(reader) => self.of_tables(reader)?,
            Source::Captures(captures) => self.of_captures(captures, files, interrupt)?,
        };
        let bar = Bar::new(interrupt, self.asked.quiet);
        let trained = self.trained(&found, &bar)?;
        outputs::written(&trained.bundle, files)?;
        Ok((trained, found.broken))
    }

    fn of_tables(&self, reader: &TableReader) -> Result<Found, Failure> {
        let asked = &self.asked;
        let (data, read) = read::read(reader, &self.inputs)?;
        rows::expect_rows(&data, &read)?;
        self.expect_times(&data)?;
        let data = asked.without_identity(self.known(data)?)?;
        let profile = asked.flows.of_tables(&read)?;
        let data = match asked.flows.are_flows(&read) {
            true => asked.usual_alone(data, &self.detection)?,
            false => data,
        };
        let profile = asked.flows.takes_captures(&data, profile, asked.quiet)?;
        let test = match self.tests.as_slice() {
            [] => None,
            tests => {
                let (test, test_read) = read::read(reader, tests)?;
                rows::expect_rows(&test, &test_read)?;
                Some((self.known(test)?, test_read))
            }
        };
        let (test, test_read) = test.unzip();
        let about = rows::about(&read, test_read.as_ref());
        let found = self.shared(data, test, asked.flows.about(about, profile)?)?;
        let reads: Vec<&ReadReport> = [&read].into_iter().chain(&test_read).collect();
        asked.tell_found(&reads, &found.train, found.test.as_ref())?;
        Ok(found)
    }

    fn of_captures(
        &self,
        captures: &Captures,
        files: &Files,
        interrupt: &Interrupt,
    ) -> Result<Found, Failure> {
        let asked = &self.asked;
        let columns = captures.columns(asked, &self.detection)?;
        let read = |paths: &[PathBuf], span| {
            captures.read(paths, &columns, span, (asked, files, interrupt))
        };
        let (data, broken) = read(&self.inputs, self.detection.minutes)?;
        let test = match self.tests.as_slice() {
            [] => None,
            tests => Some(read(tests, None)?),
        };
        let (test, test_broken) = test.unzip();
        let about = captures_noted(rows::today(), "captures", &self.inputs);
        let about = captures_noted(about, "captures to test with", &self.tests);
        let profile: Option<Profile> = Some(captures.profile());
        let found = self.shared(data, test, asked.flows.about(about, profile)?)?;
        Ok(Found { broken: broken.or(test_broken.flatten()), ..found })
    }

    /// What is known of rows: which of them are anomalies, if a column says that, and no labels else.
    fn known(&self, data: Dataset) -> Result<Dataset, Failure> {
        let Some(labels) = data.labels() else { return Ok(data) };
        if self.detection.anomalies().is_some() {
            let labels = self.detection.usual().told(labels)?;
            return data.with_labels(labels).map_err(Failure::Table);
        }
        let mut bare = data.bare();
        if let Some(groups) = data.groups() {
            bare = bare.with_groups(groups.clone()).map_err(Failure::Table)?;
        }
        match data.times() {
            Some(times) => bare.with_times(times.to_owned()).map_err(Failure::Table),
            None => Ok(bare),
        }
    }

    fn shared(&self, data: Dataset, test: Option<Dataset>, about: About) -> Result<Found, Failure> {
        let by = self.asked.rows.by.unwrap_or_else(|| self.usual_split(&data));
        self.asked.check_together(by)?;
        if test.is_some() {
            return Ok(Found { train: data, test, by, about, broken: None });
        }
        let (train, test) =
            self.trainer(by, data.labels().is_some()).parts(&data).map_err(rows::in_split)?;
        Ok(Found { train, test, by, about, broken: None })
    }

    /// Times that nobody named say how many rows come a day. Attacks come together: where they are known, parts by time might
    /// have all of them or none.
    fn usual_split(&self, data: &Dataset) -> SplitBy {
        let asked = &self.asked.columns;
        let is_named = asked.time.is_some() || asked.like.is_some();
        match SplitBy::usual(data) {
            SplitBy::Time if data.labels().is_some() && !is_named => SplitBy::Class,
            usual => usual,
        }
    }

    fn trainer(&self, by: SplitBy, has_labels: bool) -> DetectorTrainer<'_> {
        let Train { rows, seed, .. } = &self.asked;
        let share = if rows.test.is_some() { 0.0 } else { rows.test_size };
        let trainer = DetectorTrainer::new(self.recipes.iter().cloned())
            .limit(self.detection.limit())
            .learn_anomalies(self.detection.learn_anomalies)
            .split(by.split(*seed, has_labels).allow_rare(true).equal_together(rows.equal_together))
            .test_share(share)
            .seed(*seed);
        match rows.cv {
            Some(resamples) => trainer.resamples(resamples),
            None => trainer,
        }
    }

    fn trained(&self, found: &Found, bar: &Bar) -> Result<TrainedDetector, Failure> {
        let started = Instant::now();
        let clock = || started.elapsed();
        let trainer = self
            .trainer(found.by, found.train.labels().is_some())
            .plans(self.asked.steps.plans())
            .about(found.about.clone())
            .threads(threads(self.asked.threads))
            .watched(bar)
            .clock(&clock);
        let trained = trainer.train_on(&found.train, found.test.as_ref());
        bar.clear();
        Ok(trained?)
    }

    /// What came of it, on standard output.
    fn tell(&self, trained: &TrainedDetector) -> Result<(), Failure> {
        if self.asked.quiet {
            return Ok(());
        }
        told::warnings(trained).iter().for_each(|line| tell(line));
        tell(&flows::told(&trained.bundle.facts().about));
        Output::open(Target::of(Path::new(STREAM)))?.write(told::detectors(trained).as_bytes())
    }
}

impl Train {
    fn refuse_what_needs_labels(&self, detection: &Detection) -> Result<(), Failure> {
        let knows_labels = detection.anomalies().is_some();
        let options = [
            ("--weigh-classes", self.rows.weigh_classes),
            ("--map-label", !self.steps.map_label.is_empty()),
            ("--select", self.steps.select.is_some()),
            ("--by class", self.rows.by == Some(SplitBy::Class) && !knows_labels),
        ];
        match options.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(Failure::NeedsLabels { option }),
            None => Ok(()),
        }
    }

    fn refuse_what_needs_tables(&self, detection: &Detection) -> Result<(), Failure> {
        let columns = &self.columns;
        let options = [
            ("--anomalies", detection.anomalies().is_some()),
            ("--group", columns.group.is_some()),
            ("--time", columns.time.is_some()),
            ("--texts", !columns.texts.is_empty()),
            ("--numbers", !columns.numbers.is_empty()),
            ("--separator", columns.separator.is_some()),
            ("--trim", columns.trim),
            ("--like", columns.like.is_some()),
            ("--dedup", self.rows.cleaning.dedup),
            ("--on", !self.rows.cleaning.on.is_empty()),
        ];
        match options.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => {
                Err(Failure::OtherInput { option, of: "tables", found: "captures" })
            }
            None => Ok(()),
        }
    }
}

impl Detection {
    fn refuse_what_needs_captures(&self) -> Result<(), Failure> {
        let options =
            [("--for", self.minutes.is_some()), ("--most-rows", self.most_rows.is_some())];
        match options.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => {
                Err(Failure::OtherInput { option, of: "captures", found: "tables" })
            }
            None => Ok(()),
        }
    }
}

fn captures_noted(about: About, what: &str, captures: &[PathBuf]) -> About {
    if captures.is_empty() {
        return about;
    }
    let names: Vec<String> = captures.iter().map(|path| path.display().to_string()).collect();
    about.note(what, names.join(", "))
}
