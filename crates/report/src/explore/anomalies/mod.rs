//! What in captures is strange: an isolation forest of flows or of packets, with the reason of each anomaly.

mod found;
mod reservoir;
mod rows;

use std::sync::Arc;

use netsift_detect::flow_rows::facts_of;
use netsift_detect::lists::Lists;
use netsift_flow::{Flow, FlowConfig, Profile};
use netsift_models::data::{Dataset, Schema};
use netsift_models::explain::Reason;
use netsift_models::ndarray::Array2;
use netsift_models::{
    About, Alarm, Bundle, DetectorRecipe, DetectorTrainer, Explainer, Limit, ModelError,
    USUAL_CONTAMINATION,
};
use netsift_packet::Frame;
use serde::Serialize;

use crate::ReportError;
pub use found::{Anomalies, Anomaly};
use found::{Strange, Strangest};
use reservoir::Reservoir;
use rows::Reader;
pub use rows::Who;

/// Rows that are asked about at a time: more save nothing.
const BLOCK: usize = 4_096;
/// Reasons of an anomaly: what a person reads.
const REASONS: usize = 3;
/// Among so many of the greatest contributions they are looked for.
const ASKED_REASONS: usize = 12;
/// The class of anomalies, behind that of what is usual.
const ANOMALY: u32 = 1;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Flows.
    Flows,
    /// Single packets.
    Packets,
}

/// How strange flows or packets are looked for.
///
/// The first look gathers rows, any of them as likely, that a forest then learns from; the second asks it about every row.
/// Where there are no more rows than are [kept](Self::kept), one look is enough ([`AnomalyJudge::is_done`]).
///
/// ```
/// use netsift_packet::FrameSource;
/// use netsift_report::{AnomalySearch, Subject};
/// use netsift_synth::{Generator, Scenario};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut first = AnomalySearch::new(Subject::Flows).contamination(0.02)?.start()?;
/// let mut traffic = Generator::new(&Scenario::new(1).packets(5_000))?;
/// while let Some(frame) = traffic.next_frame()? {
///     first.push(frame);
/// }
/// let second = first.learn()?;
/// assert!(second.is_done());
/// for anomaly in second.finish()?.strangest {
///     println!("{:?}: {:?}", anomaly.who.source, anomaly.reasons);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct AnomalySearch {
    subject: Subject,
    contamination: f64,
    learned: usize,
    kept: usize,
    told: usize,
    seed: u64,
    lists: Lists,
}

impl AnomalySearch {
    /// The defaults.
    #[must_use]
    pub fn new(subject: Subject) -> Self {
        let (contamination, lists) = (USUAL_CONTAMINATION, Lists::default());
        let (learned, kept) = (20_000, 200_000);
        Self { subject, contamination, learned, kept, told: 1_000, seed: 0, lists }
    }

    /// The share of rows that are told as anomalies. Default: 0.01.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is from 0 to below 1.
    pub fn contamination(self, contamination: f64) -> Result<Self, ReportError> {
        let is_right = (0.0..1.0).contains(&contamination);
        ReportError::rule(is_right, "contamination", contamination, "from 0 to below 1")?;
        Ok(Self { contamination, ..self })
    }

    /// So many rows are learned from. Default: 20,000: each tree sees 256 of them, and the threshold is one of their scores.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 2 to 10,000,000.
    pub fn learned(self, rows: usize) -> Result<Self, ReportError> {
        let is_right = (2..=10_000_000).contains(&rows);
        ReportError::rule(is_right, "rows to learn from", rows, "2 to 10000000")?;
        Ok(Self { learned: rows, ..self })
    }

    /// So many rows are kept where there are no more: then one look is enough. Beyond them, only those that are learned from
    /// stay. Default: 200,000, which take some 150 MB of flows.
    ///
    /// # Errors
    /// [`ReportError::Setting`] if it is more than 10,000,000.
    pub fn kept(self, rows: usize) -> Result<Self, ReportError> {
        ReportError::rule(rows <= 10_000_000, "rows that are kept", rows, "0 to 10000000")?;
        Ok(Self { kept: rows, ..self })
    }

    /// So many anomalies are told, the strangest; the others are counted. Default: 1,000.
    ///
    /// # Errors
    /// [`ReportError::Setting`] unless it is 1 to 1,000,000.
    pub fn told(self, anomalies: usize) -> Result<Self, ReportError> {
        let is_right = (1..=1_000_000).contains(&anomalies);
        ReportError::rule(is_right, "anomalies that are told", anomalies, "1 to 1000000")?;
        Ok(Self { told: anomalies, ..self })
    }

    /// What decides where chance does. Default: 0.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Lists that the ends of anomalies are looked up on. Default: none.
    #[must_use]
    pub fn lists(self, lists: Lists) -> Self {
        Self { lists, ..self }
    }

    /// Begins the first look. Who counts the same captures has it done on the way:
    /// [`Explorer::anomalies`](crate::Explorer::anomalies).
    ///
    /// # Errors
    /// What columns of flows or packets say, which is nothing.
    pub fn start(self) -> Result<AnomalyRows, ReportError> {
        let reader = Reader::new(self.subject)?;
        Ok(self.with(reader))
    }

    /// The same where somebody else makes flows.
    pub(super) fn start_fed(self) -> Result<AnomalyRows, ReportError> {
        let reader = Reader::fed(self.subject)?;
        Ok(self.with(reader))
    }

    fn with(self, reader: Reader) -> AnomalyRows {
        let reservoir = Reservoir::new(self.learned, self.kept, self.seed);
        AnomalyRows { search: self, reader, reservoir }
    }
}

/// The first look: rows to learn from.
pub struct AnomalyRows {
    search: AnomalySearch,
    reader: Reader,
    reservoir: Reservoir,
}

impl AnomalyRows {
    pub(super) const fn subject(&self) -> Subject {
        self.search.subject
    }

    /// Takes a frame.
    pub fn push(&mut self, frame: Frame<'_>) {
        let Self { reader, reservoir, .. } = self;
        reader.read(frame, |who, row| reservoir.add(who, row));
    }

    /// Takes a flow that somebody else made.
    pub(super) fn flow(&mut self, flow: &Flow) {
        let Self { reader, reservoir, .. } = self;
        reader.flow(flow, |who, row| reservoir.add(who, row));
    }

    /// No more frames come: the forest learns.
    ///
    /// # Errors
    /// What the forest says of rows, which is nothing of those it is given.
    pub fn learn(self) -> Result<AnomalyJudge, ReportError> {
        let Self { search, mut reader, mut reservoir } = self;
        reader.finish(|who, row| reservoir.add(who, row));
        let (schema, units) = (reader.schema()?, reader.units());
        let is_done = reservoir.is_whole();
        let gathered = reservoir.gathered();
        let sample = dataset(&schema, gathered.sample())?;
        let (learned, bundle) = (sample.rows() as u64, trained(&search, &sample, units)?);
        let bundle = bundle.map(Arc::new);
        let mut court = Court {
            schema,
            bundle,
            strangest: Strangest::new(search.told),
            who: Vec::new(),
            cells: Vec::new(),
            rows: 0,
            found: 0,
            failed: None,
        };
        if is_done {
            gathered.rows().for_each(|(who, row)| court.take(who, row));
        }
        let reader = Reader::new(search.subject)?;
        Ok(AnomalyJudge { search, reader, court, learned, is_done })
    }
}

/// The second look: how strange every row is.
pub struct AnomalyJudge {
    search: AnomalySearch,
    reader: Reader,
    court: Court,
    learned: u64,
    is_done: bool,
}

impl AnomalyJudge {
    /// Whether the first look was enough: frames that are pushed are then not looked at.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// What has learned, to find the like in other traffic: of flows, `netsift_detect` asks it live. Nothing, where there was
    /// nothing to learn from, or all was alike.
    #[must_use]
    pub fn detector(&self) -> Option<Arc<Bundle>> {
        self.court.bundle.clone()
    }

    /// Takes a frame once more.
    ///
    /// # Errors
    /// What the forest says of rows, which is nothing of those it is given.
    pub fn push(&mut self, frame: Frame<'_>) -> Result<(), ReportError> {
        if self.is_done {
            return Ok(());
        }
        let Self { reader, court, .. } = self;
        reader.read(frame, |who, row| court.take(who, row));
        court.failed.take().map_or(Ok(()), Err)
    }

    /// No more frames come: what was found.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn finish(self) -> Result<Anomalies, ReportError> {
        let Self { search, mut reader, mut court, learned, is_done } = self;
        if !is_done {
            reader.finish(|who, row| court.take(who, row));
        }
        court.finish(&search, learned)
    }
}

/// Asks the forest about rows, a block at a time: whatever comes at once, no more wait.
struct Court {
    schema: Schema,
    /// Nothing, where all rows are alike: then none is strange.
    bundle: Option<Arc<Bundle>>,
    strangest: Strangest,
    /// Rows that are not yet asked about.
    who: Vec<Who>,
    cells: Vec<f64>,
    rows: u64,
    found: u64,
    /// What went wrong while rows came.
    failed: Option<ReportError>,
}

impl Court {
    fn take(&mut self, who: &Who, row: &[f64]) {
        self.who.push(*who);
        self.cells.extend_from_slice(row);
        if self.who.len() >= BLOCK
            && let Err(error) = self.ask()
        {
            self.failed.get_or_insert(error);
        }
    }

    /// Asks about the rows that wait.
    fn ask(&mut self) -> Result<(), ReportError> {
        let (who, cells) = (std::mem::take(&mut self.who), std::mem::take(&mut self.cells));
        let data = dataset(&self.schema, cells)?;
        self.judge(&who, &data)
    }

    fn judge(&mut self, who: &[Who], data: &Dataset) -> Result<(), ReportError> {
        self.rows += who.len() as u64;
        let Some(bundle) = self.bundle.as_ref().filter(|_| !who.is_empty()) else { return Ok(()) };
        let findings = bundle.findings(data, 1)?;
        for ((finding, who), row) in findings.iter().zip(who).zip(data.matrix().rows()) {
            if finding.is_anomaly {
                self.found += 1;
                self.strangest.add((finding.score, finding.quantile), *who, &row.to_vec());
            }
        }
        Ok(())
    }

    fn finish(mut self, search: &AnomalySearch, learned: u64) -> Result<Anomalies, ReportError> {
        self.ask()?;
        let Self { schema, bundle, strangest, rows, found, failed, .. } = self;
        failed.map_or(Ok(()), Err)?;
        let alarm = bundle.as_deref().and_then(Bundle::alarm);
        let threshold = alarm.map_or(1.0, Alarm::threshold);
        let strangest = match &bundle {
            Some(bundle) => told(strangest.into_sorted(), bundle, &schema, &search.lists)?,
            None => Vec::new(),
        };
        let &AnomalySearch { subject, contamination, .. } = search;
        Ok(Anomalies { subject, rows, learned, contamination, threshold, found, strangest })
    }
}

/// A forest that has learned these rows; nothing where they do not differ.
fn trained(
    search: &AnomalySearch,
    data: &Dataset,
    units: Vec<(&'static str, String)>,
) -> Result<Option<Bundle>, ReportError> {
    if data.rows() == 0 {
        return Ok(None);
    }
    let mut recipe = DetectorRecipe::named("isolation-forest")?;
    recipe.set("seed", &search.seed.to_string())?;
    let about = units.into_iter().fold(About::new(), |about, (name, unit)| about.unit(name, unit));
    let about = match search.subject {
        Subject::Flows => about.flows(facts_of(&FlowConfig::new(Profile::Native))),
        Subject::Packets => about,
    };
    let limit = Limit::Contamination(search.contamination);
    let trainer = DetectorTrainer::new([recipe]).limit(limit).test_share(0.0).resamples(0);
    match trainer.about(about).train(data) {
        Ok(trained) => Ok(Some(trained.bundle)),
        Err(ModelError::AllAlike { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn dataset(schema: &Schema, cells: Vec<f64>) -> Result<Dataset, ReportError> {
    let rows = cells.len().checked_div(schema.len()).unwrap_or(0);
    let (expected, found) = (rows * schema.len(), cells.len());
    let wrong = |_| ModelError::Shape { what: "cells", expected, found };
    let matrix = Array2::from_shape_vec((rows, schema.len()), cells).map_err(wrong)?;
    Ok(Dataset::new(schema.clone(), matrix)?)
}

/// The strange with their reasons, and with what lists say of their ends.
fn told(
    strange: Vec<Strange>,
    bundle: &Bundle,
    schema: &Schema,
    lists: &Lists,
) -> Result<Vec<Anomaly>, ReportError> {
    let cells = strange.iter().flat_map(|strange| strange.row.iter().copied()).collect();
    let data = dataset(schema, cells)?;
    let classes = vec![ANOMALY; data.rows()];
    let reasons = Explainer::of(bundle)?.reasons(&data, &classes, ASKED_REASONS)?;
    let anomaly = |(strange, reasons): (Strange, Vec<_>)| {
        let Strange { who, score, quantile, .. } = strange;
        let ends = [who.source, who.destination].into_iter().flatten();
        let on_lists = ends.flat_map(|end| lists.address(end.ip()).map(|hit| hit.to_string()));
        let on_lists = on_lists.collect();
        Anomaly { who, score, quantile, reasons: foremost(reasons), on_lists }
    };
    Ok(strange.into_iter().zip(reasons).map(anomaly).collect())
}

/// The first of what makes a row stranger, what is out of the usual before what is not: forests ask about columns together, and
/// a cell that is usual alone explains nothing to a reader.
fn foremost(mut reasons: Vec<Reason>) -> Vec<Reason> {
    reasons.retain(|reason| reason.contribution > 0.0);
    reasons.sort_by_key(|reason| !reason.is_unusual());
    reasons.truncate(REASONS);
    reasons
}

#[cfg(test)]
mod tests;
