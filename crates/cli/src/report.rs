//! `netsift report`: how right models are, where not, and why, as a summary, a page, JSON, plots and a table of mistakes.

use std::collections::HashSet;
use std::path::PathBuf;

use clap::{Args, value_parser};
use netsift::data::{DataError, Dataset, TableReader};
use netsift::detect::flow_rows;
use netsift::models::judging::Score;
use netsift::models::{Bundle, MAX_BUNDLE, ModelError};
use netsift::report::{Asked, Evaluation, Evaluator, Page, Sums};

use crate::alarms::HEADING;
use crate::compared::parse_score;
use crate::failure::{Failure, tell_table};
use crate::output::named_twice;
use crate::page::{self, Outputs, Told};
use crate::reading::expanded;
use crate::tables::asked::Names;
use crate::tables::known::{LARGEST, expect_its_columns, is_model, load, threads};
use crate::tables::{Known, read, told};
use crate::terminal::printable;
use crate::train::usual;

/// Tell how right models are, where they are wrong and why, and which is better
///
/// Prints a summary; with -o writes a page that opens from disk and needs no network. Models of the same classes, or several
/// detectors, are judged by the same rows and held against each other. Which files are models is told by what they hold, so
/// that they and the tables may stand in any order.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Report {
    /// Models that train wrote, up to eight, and tables to test them with; patterns of their names; - for a table on standard
    /// input
    #[arg(required = true, value_name = "MODEL|TABLE")]
    files: Vec<PathBuf>,

    /// The column of labels
    #[arg(long, value_name = "NAME")]
    label: String,

    /// A table that the models were trained on, to set beside the rows to test with; may be given several times
    #[arg(long, value_name = "TABLE")]
    train: Vec<PathBuf>,

    /// Fit each learner again, 18 times, on growing parts of --train: what more rows would do
    ///
    /// The model's file holds the learner's settings and how rows are prepared. It does not hold how classes were balanced and
    /// probabilities calibrated: neither is done again.
    #[arg(long, requires = "train")]
    learning_curve: bool,

    #[command(flatten)]
    told: Told,

    /// Write every row that a model tells wrong as a CSV table
    #[arg(long, value_name = "FILE")]
    errors_csv: Option<PathBuf>,

    /// Further columns of the tables to tell of rows that are told wrong
    #[arg(long, value_name = "NAME,...")]
    keep: Vec<Names>,

    /// What models are compared by: macro-f1, weighted-f1, accuracy, balanced-accuracy, matthews, roc-area, log-loss or brier
    #[arg(long, value_name = "NAME", default_value = "macro-f1", value_parser = parse_score)]
    score: Score,

    /// The labels that mean a usual row, while all others mean an anomaly [default: benign, normal, usual, legitimate, clean,
    /// false, no and 0]
    #[arg(long, value_name = "NAME,...", help_heading = HEADING)]
    usual: Vec<Names>,

    /// The largest model file that is read, in MiB: up to 40 times as much memory may be taken
    #[arg(long, value_name = "MIB", default_value_t = LARGEST, value_parser = value_parser!(u64).range(1..=MAX_BUNDLE >> 20))]
    max_model: u64,

    #[command(flatten)]
    known: Known,

    /// How many threads read and answer [default: as many as the machine has]
    #[arg(short, long, value_name = "N")]
    threads: Option<usize>,
}

const EXAMPLES: &str = "\
Examples:
  netsift report flows.nsm tuesday.csv --label Label                          a summary
  netsift report flows.nsm tuesday.csv --label Label -o flows.html            a page
  netsift report old.nsm new.nsm tuesday.csv --label Label -o both.html       which of both is better
  netsift report flows.nsm tuesday.csv --label Label --train monday.csv --learning-curve -o flows.html
  netsift report usual.nsm tuesday.csv --label Label --usual BENIGN -o usual.html    a detector
  netsift report flows.nsm tuesday.csv --label Label --errors-csv wrong.csv --keep 'Src IP'
  netsift report flows.nsm tuesday.csv --label Label --json | jq .models[0].parts[0].report.accuracy";

const ERRORS: &str = "--errors-csv";
/// These sections have their charts in the summary, so many of them.
const SUMMARY: [&str; 3] = ["How right", "Classes", "What counts"];
const MOST_CHARTS: usize = 6;
/// Files that a title names.
const MOST_LISTED: usize = 4;

/// What is read.
struct Inputs {
    models: Vec<PathBuf>,
    tables: Vec<PathBuf>,
    train: Vec<PathBuf>,
}

impl Report {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let inputs = self.inputs()?;
        let mistakes = [(ERRORS, &self.errors_csv)];
        let outputs = Outputs::open(&self.told, &mistakes, &inputs.all())?;
        outputs.through(|outputs, _| self.reported(&inputs, outputs).map(|()| None))
    }

    fn inputs(&self) -> Result<Inputs, Failure> {
        let (mut models, mut tables) = (Vec::new(), Vec::new());
        for path in expanded(&self.files)? {
            if is_model(&path)? { models.push(path) } else { tables.push(path) }
        }
        if models.is_empty() {
            return Err(Failure::NothingNamed { what: "model that train wrote" });
        }
        if tables.is_empty() {
            return Err(Failure::NothingNamed { what: "table" });
        }
        if let Some(path) = named_twice(&models) {
            return Err(Failure::NamedTwice { path: path.to_owned(), what: "answers" });
        }
        Ok(Inputs { models, tables: read::found(&tables)?, train: read::found(&self.train)? })
    }

    fn reported(&self, inputs: &Inputs, outputs: &Outputs) -> Result<(), Failure> {
        let models = self.models(&inputs.models)?;
        let bundles = || models.iter().map(|(_, bundle)| bundle);
        let reader = self.known.reader_of(bundles(), self.threads)?.label(&self.label);
        let test = rows(&reader, &inputs.tables, &models)?;
        let train = (!inputs.train.is_empty()).then(|| rows(&reader, &inputs.train, &models));
        let train = train.transpose()?;
        let evaluator = Evaluator::new()
            .score(self.score)
            .usual(usual(&self.usual))
            .keep(self.kept(&test)?)
            .learning_curve(self.learning_curve)
            .threads(threads(self.threads));
        let asked = evaluator.ask(&models, &test, train.as_ref())?;
        let numbers = asked.numbers()?;
        self.write(&asked, &numbers, inputs, outputs)
    }

    fn models(&self, paths: &[PathBuf]) -> Result<Vec<(String, Bundle)>, Failure> {
        let mut models: Vec<(String, Bundle)> = Vec::new();
        for (path, name) in paths.iter().zip(names(paths)) {
            let bundle = load(path, self.max_model)?;
            let model = bundle.mind().name();
            if bundle.alarm().is_some() && self.learning_curve {
                return Err(Failure::NotOfDetector { option: "--learning-curve", model });
            }
            if bundle.alarm().is_none() && !self.usual.is_empty() {
                return Err(Failure::Model(ModelError::NoDetector { model }));
            }
            models.push((name, bundle));
        }
        Ok(models)
    }

    /// Columns that identify rows, as far as there are any, and those that were asked for.
    fn kept(&self, data: &Dataset) -> Result<Vec<String>, Failure> {
        let has = |name: &str| data.schema().names().any(|other| other == name);
        let mut kept: Vec<String> =
            flow_rows::identity().filter(|name| has(name)).map(str::to_owned).collect();
        for name in Names::of(&self.keep) {
            data.schema().place(name).map_err(Failure::Table)?;
            if !kept.contains(name) {
                kept.push(name.clone());
            }
        }
        Ok(kept)
    }

    fn write(
        &self,
        asked: &Asked<'_>,
        numbers: &Evaluation,
        inputs: &Inputs,
        outputs: &Outputs,
    ) -> Result<(), Failure> {
        let made = outputs.made(&inputs.all(), &Sums::default())?;
        let title = format!("{} on {}", listed(&inputs.models), listed(&inputs.tables));
        let page = numbers.page(title.clone(), made)?;
        outputs.draw(&page)?;
        if let Some((draft, out)) = outputs.of(ERRORS) {
            asked.mistakes_to_csv(out).map_err(|error| draft.table_failure(error))?;
        }
        outputs.say(numbers, || summary(&title, numbers, &page))
    }
}

impl Inputs {
    fn all(&self) -> Vec<PathBuf> {
        [&self.models[..], &self.tables, &self.train].concat()
    }
}

/// What models are called: as their files are, with the folders where two are called alike.
fn names(paths: &[PathBuf]) -> Vec<String> {
    let short = |path: &PathBuf| path.file_name().unwrap_or(path.as_os_str()).to_owned();
    let different: HashSet<_> = paths.iter().map(short).collect();
    let is_told = different.len() == paths.len();
    let name = |path: &PathBuf| match is_told {
        true => short(path).to_string_lossy().into_owned(),
        false => path.display().to_string(),
    };
    paths.iter().map(name).collect()
}

/// Names of files in a title; of many, how many.
fn listed(paths: &[PathBuf]) -> String {
    if paths.len() > MOST_LISTED {
        return format!("{} files", paths.len());
    }
    let name = |path: &PathBuf| {
        path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
    };
    paths.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// Rows that the models can be asked about.
fn rows(
    reader: &TableReader,
    tables: &[PathBuf],
    models: &[(String, Bundle)],
) -> Result<Dataset, Failure> {
    let (data, report) = read::read(reader, tables).map_err(|failure| of_model(failure, models))?;
    if data.rows() == 0 {
        return Err(Failure::NoRows { lost: told::lost(&report) });
    }
    models.iter().try_for_each(|(_, bundle)| expect_its_columns(bundle, &data, &report))?;
    told::defects(&report).iter().for_each(tell_table);
    Ok(data)
}

/// Whose column is missing, if it is one that a model takes.
fn of_model(failure: Failure, models: &[(String, Bundle)]) -> Failure {
    let Failure::Table(DataError::UnknownColumn { name, near }) = failure else { return failure };
    let mut takers =
        models.iter().filter(|(_, bundle)| bundle.input().names().any(|taken| *taken == *name));
    let taker = takers.next().map(|(model, _)| model.clone());
    let source = DataError::UnknownColumn { name, near };
    match taker {
        Some(model) => Failure::ColumnOfModel { model, source },
        None => Failure::Table(source),
    }
}

/// What fits a terminal: the figures that say most, which model is better, and charts in characters.
fn summary(title: &str, numbers: &Evaluation, page: &Page) -> String {
    let compared =
        numbers.compared.iter().map(|pair| format!("  {}\n", printable(&numbers.said(pair))));
    let charts = page::charts(page, &SUMMARY, MOST_CHARTS);
    let compared: String = compared.collect();
    format!("{}\n{}{compared}{charts}", printable(title), page::overview(page))
}
