//! `netsift evaluate`: how right a model is about rows whose classes are known.

mod against;
mod anomalies;
mod importance;

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use netsift::alert::harmless_json;
use netsift::data::Dataset;
use netsift::models::explain::{Importance, Shuffling};
use netsift::models::{Bundle, Judged, ModelError, Seen};
use serde::Serialize;

use crate::alarms::{Alarms, HEADING};
use crate::compared::OnRows;
use crate::confusion;
use crate::failure::{Failure, tell, tell_table};
use crate::figures;
use crate::output::{Output, STREAM, Target};
use crate::tables::asked::Names;
use crate::tables::known::{ModelFile, expect_its_columns, threads};
use crate::tables::{Known, read, told};
use crate::train::usual;
use crate::unknown::Unknown;
use against::Against;

/// Judge a model by rows whose classes are known
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Evaluate {
    #[command(flatten)]
    model: ModelFile,

    /// Tables, patterns of their names, or - for standard input
    #[arg(required = true, value_name = "TABLE")]
    tables: Vec<PathBuf>,

    /// The column of labels
    #[arg(long, value_name = "NAME")]
    label: String,

    #[command(flatten)]
    unknown: Unknown,

    #[command(flatten)]
    alarms: Alarms,

    /// The labels that mean a usual row, while all others mean an anomaly [default: benign, normal, usual, legitimate, clean,
    /// false, no and 0]
    #[arg(long, value_name = "NAME,...", help_heading = HEADING)]
    usual: Vec<Names>,

    /// Tell how much each column counts: what macro F1 loses where its cells are shuffled among these rows, five times
    #[arg(long)]
    importance: bool,

    #[command(flatten)]
    against: Against,

    /// Print JSON: accuracy, balanced_accuracy, macro_f1, per_class, confusion, classes, rows; with
    /// --unknown-below, known; with --importance, importance; with --against, against. Of a detector: roc_area, average_precision,
    /// precision_at_n, precision, recall, f1, confusion, classes, anomalies, rows, threshold
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    known: Known,

    /// How many threads read and answer [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    threads: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  netsift evaluate flows.nsm tuesday.csv --label Label
  netsift evaluate flows.nsm tuesday.csv --label Label --unknown-below 0.6
  netsift evaluate flows.nsm tuesday.csv --label Label --importance
  netsift evaluate new.nsm tuesday.csv --label Label --against old.nsm
  netsift evaluate flows.nsm tuesday.csv --label Label --json | jq .macro_f1
  netsift evaluate usual.nsm tuesday.csv --label Label --usual BENIGN";

/// What is told as JSON.
#[derive(Serialize)]
struct Told<'a> {
    accuracy: f64,
    balanced_accuracy: f64,
    macro_f1: f64,
    per_class: BTreeMap<&'a str, PerClass>,
    /// A row for each class as it is, a column for each as it was told, in the order of `classes`.
    confusion: Vec<&'a [f64]>,
    classes: &'a [String],
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownRows>,
    #[serde(skip_serializing_if = "Option::is_none")]
    importance: Option<Vec<Importance>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<OnRows>,
}

/// What is told of the rows that are not called unknown.
#[derive(Serialize)]
struct KnownRows {
    unknown_below: f64,
    unknown: u64,
    rows: u64,
    /// Nothing if there are none, or none of a class that the model knows.
    accuracy: Option<f64>,
    macro_f1: Option<f64>,
}

#[derive(Serialize)]
struct PerClass {
    precision: f64,
    recall: f64,
    f1: f64,
    false_positive_rate: f64,
    support: f64,
}

impl Evaluate {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let least = self.unknown.below()?;
        let bundle = self.alarms.set(self.model.loaded()?)?;
        self.unknown.check_for(&bundle)?;
        if self.importance && bundle.alarm().is_some() {
            let model = bundle.mind().name();
            return Err(Failure::NotOfDetector { option: "--importance", model });
        }
        if !self.usual.is_empty() && bundle.alarm().is_none() {
            let model = bundle.mind().name();
            return Err(Failure::Model(ModelError::NoDetector { model }));
        }
        let other = self.against.loaded(&bundle, &self.model)?;
        let tables = read::found(&self.tables)?;
        let reader = self.known.reader(&bundle, self.threads)?.label(&self.label);
        let models = [&bundle].into_iter().chain(&other);
        let names = models.flat_map(|model| model.input().names().map(str::to_owned));
        let (data, report) = read::read(&reader.keep(names), &tables)?;
        if data.rows() == 0 {
            return Err(Failure::NoRows { lost: told::lost(&report) });
        }
        expect_its_columns(&bundle, &data, &report)?;
        if bundle.alarm().is_some() {
            let text = anomalies::told(&bundle, &data, &usual(&self.usual), &self)?;
            told::defects(&report).iter().for_each(tell_table);
            return Output::open(Target::of(STREAM.as_ref()))?.write(text.as_bytes());
        }
        let judged = bundle.judge(&data, threads(self.threads))?;
        told::defects(&report).iter().for_each(tell_table);
        warnings(&bundle, bundle.seen(&data)?, &judged).iter().for_each(|line| tell(line));
        let known = least.map(|least| KnownRows::of(&bundle, &data, least, threads(self.threads)));
        let known = known.transpose()?;
        let against = other.as_ref().map(|other| {
            let learned = trained_on(other, other.seen(&data)?, judged.rows);
            learned.iter().for_each(|line| tell(&format!("of the other model, {line}")));
            expect_its_columns(other, &data, &report)?;
            self.against.compared([&bundle, other], &data, threads(self.threads))
        });
        let against = against.transpose()?;
        let shuffling = Shuffling::new().threads(threads(self.threads));
        let importance = self.importance.then(|| shuffling.of(&bundle, &data)).transpose()?;
        let text = if self.json {
            json(&judged, known, importance, against)
        } else {
            let importance = importance.map(|columns| importance::text(&columns));
            let against = against.map(|told| self.against.line(&told));
            text(&judged, known.as_ref())
                + &importance.unwrap_or_default()
                + &against.unwrap_or_default()
        };
        Output::open(Target::of(STREAM.as_ref()))?.write(text.as_bytes())
    }
}

impl KnownRows {
    fn of(bundle: &Bundle, data: &Dataset, least: f64, threads: usize) -> Result<Self, Failure> {
        let told = bundle.score_on(data, threads)?.known(least)?;
        let known = (0..data.rows()).zip(&told).filter(|(_, class)| class.is_some());
        let known: Vec<usize> = known.map(|(row, _)| row).collect();
        let judged = match known.as_slice() {
            [] => None,
            known => {
                let data = data.select(known).map_err(Failure::Table)?;
                match bundle.judge(&data, threads) {
                    Err(ModelError::OtherClasses { .. }) => None,
                    judged => Some(judged?),
                }
            }
        };
        let report = judged.as_ref().map(|judged| &judged.report);
        Ok(Self {
            unknown_below: least,
            unknown: (data.rows() - known.len()) as u64,
            rows: known.len() as u64,
            accuracy: report.map(|report| report.accuracy),
            macro_f1: report.map(|report| report.macro_average.f1),
        })
    }

    fn text(&self) -> String {
        let Self { unknown_below, unknown, rows, .. } = self;
        let share = figures::share(*unknown, unknown + rows);
        let unknown = figures::grouped(*unknown);
        let others = match (self.accuracy, self.macro_f1) {
            (Some(accuracy), Some(f1)) => {
                format!("accuracy {accuracy:.4}, macro F1 {f1:.4} on the others")
            }
            _ => "nothing can be said of others".to_owned(),
        };
        format!("below {unknown_below}: {unknown} rows ({share}) are unknown; {others}\n")
    }
}

/// What would make the figures a delusion.
fn warnings(bundle: &Bundle, seen: Seen, judged: &Judged) -> Vec<String> {
    let unknown = judged.report.classes.iter().skip(bundle.classes().len());
    let unknown: Vec<&str> = unknown.map(|class| class.name.as_str()).collect();
    let unknown = (!unknown.is_empty()).then(|| {
        format!("classes that the model does not know, and never tells: {}", unknown.join(", "))
    });
    unknown.into_iter().chain(trained_on(bundle, seen, judged.rows)).collect()
}

/// That rows are judged which were learned from.
fn trained_on(bundle: &Bundle, seen: Seen, rows: u64) -> Option<String> {
    let share = |seen: Seen| figures::share(seen.found, seen.looked_at);
    (seen.found > 0).then(|| {
        let whole = if seen.looked_at < rows { " that were looked at" } else { "" };
        let (found, of) = (figures::grouped(seen.found), figures::grouped(seen.looked_at));
        let usual = match bundle.facts().repeated {
            usual if usual.found > 0 => {
                format!("; of the rows held back in training, {}", share(usual))
            }
            _ => String::new(),
        };
        format!(
            "{found} of {of} rows{whole} ({}) stand among those it was trained on{usual}: \
             the figures say too little about new rows",
            share(seen)
        )
    })
}

fn text(judged: &Judged, known: Option<&KnownRows>) -> String {
    let report = &judged.report;
    let rows = figures::grouped(judged.rows);
    format!(
        "accuracy {:.4}, balanced accuracy {:.4}, macro F1 {:.4} on {rows} rows\n{}\n{report}\n{}",
        report.accuracy,
        report.balanced_accuracy,
        report.macro_average.f1,
        known.map(KnownRows::text).unwrap_or_default(),
        confusion::shown(&report.confusion, &format!("{rows} rows")),
    )
}

fn json(
    judged: &Judged,
    known: Option<KnownRows>,
    importance: Option<Vec<Importance>>,
    against: Option<OnRows>,
) -> String {
    let report = &judged.report;
    let per_class = report.classes.iter().map(|class| {
        let of = class.scores;
        let told = PerClass {
            precision: of.precision,
            recall: of.recall,
            f1: of.f1,
            false_positive_rate: of.false_positive_rate,
            support: class.support,
        };
        (class.name.as_str(), told)
    });
    let told = Told {
        accuracy: report.accuracy,
        balanced_accuracy: report.balanced_accuracy,
        macro_f1: report.macro_average.f1,
        per_class: per_class.collect(),
        confusion: report.confusion.rows().collect(),
        classes: report.confusion.classes(),
        rows: judged.rows,
        known,
        importance,
        against,
    };
    harmless_json(&told) + "\n"
}
