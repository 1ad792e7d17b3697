//! `netsift predict`: what a model says of rows, or of the flows of captures.

mod drift;
mod reasons;
mod rows;

use std::path::PathBuf;

use clap::Args;
use netsift::data::Dataset;
use netsift::detect::flow_rows::{self, FlowRows};
use netsift::flow::MOST_WORKERS;
use netsift::models::{Bundle, Drift};

use crate::alarms::Alarms;
use crate::failure::{Failure, tell, tell_table};
use crate::files::{Files, draft, interrupted};
use crate::form;
use crate::interrupt::Interrupt;
use crate::output::{Draft, STREAM};
use crate::reading::{Reading, expanded};
use crate::selection::Asked;
use crate::tables::asked::Names;
use crate::tables::known::{ModelFile, expect_its_columns, is_capture, threads};
use crate::tables::{Known, read, told};
use crate::unknown::{self, Unknown};
use reasons::{Explaining, Why};
use rows::{Predictions, Told};

/// Tell the classes of rows, or of the flows of captures; or how strange they are
///
/// Writes a row for each: the columns that identify it, the class, and how probable each class is. A detector tells usual
/// rows and anomalies, and beside that the Score, in its own measure, and its Quantile: the share of the rows of the
/// training that were no stranger. Flows of captures are read as those were that the model was trained on.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Predict {
    #[command(flatten)]
    model: ModelFile,

    /// Tables, or captures and folders of them; patterns of their names; - for standard input
    #[arg(required = true, value_name = "TABLE|CAPTURE")]
    inputs: Vec<PathBuf>,

    /// Where to write; if the reading of captures ends early, it is FILE.partial [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    unknown: Unknown,

    #[command(flatten)]
    alarms: Alarms,

    /// Further columns of tables to write beside the class
    #[arg(long, value_name = "NAME,...")]
    keep: Vec<Names>,

    /// Tell why: in N further columns, the columns that count most for the class of each row, with what is usual in them
    ///
    /// Behind each stands what it changes. It is exact for the zoo's own trees and forests and for soft votes of them (of the
    /// probability of the class), for boosting and for trees of two classes with sigmoid curves (of its log odds), for
    /// isolation forests (of the logarithm to base 2 of their score), and for hbos, ecod, pca and knn-distance (of the score:
    /// what the column has more than usual; of a distance, what goes along the column). For all others it is sampled, of the
    /// probability, beside rows whose columns are usual each by itself: that takes thousands of questions a row, and is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=99))]
    explain: Option<u8>,

    /// Tell how far the rows have drifted from those of the training, and in which columns
    #[arg(long)]
    drift: bool,

    /// Write how far each column has drifted, as JSON
    #[arg(long, value_name = "FILE")]
    drift_json: Option<PathBuf>,

    #[command(flatten)]
    form: form::Wanted,

    #[command(flatten)]
    known: Known,

    #[command(flatten)]
    asked: Asked,

    /// How many threads read and answer [default: as many as the machine has]; where more than one is asked for, flows of
    /// captures come in no order
    #[arg(short, long, value_name = "N")]
    threads: Option<usize>,

    /// Say nothing but what goes wrong
    #[arg(short, long)]
    quiet: bool,
}

/// Where rows go, in what form, and who watches over their reasons.
#[derive(Clone, Copy)]
struct Out<'a> {
    files: &'a Files,
    format: netsift::data::Format,
    explaining: &'a Explaining,
}

const EXAMPLES: &str = "\
Examples:
  netsift predict flows.nsm tuesday.csv -o told.csv
  netsift predict flows.nsm night.pcap --unknown-below 0.6 -o told.csv
  netsift predict flows.nsm night.pcap --explain 3 -o told.csv
  netsift predict flows.nsm monday.pcap --drift -o told.csv
  netsift predict usual.nsm night.pcap --alerts-per-day 5 -o told.csv
  netsift predict flows.nsm night.pcap --json | jq 'select(.Class != \"benign\")'";

impl Predict {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let bundle = self.alarms.set(self.model.loaded()?)?;
        // Before anything is written.
        self.unknown.check_for(&bundle)?;
        self.unknown.below()?;
        let form = self.form.form(self.output.as_deref())?;
        let output = self.output.clone().unwrap_or_else(|| STREAM.into());
        // Before it is asked which are captures: patterns that no shell has read have no bytes to tell it by.
        let inputs = expanded(&self.inputs)?;
        let captures = inputs.iter().filter(|path| is_capture(path)).count();
        if captures > 0 && captures < inputs.len() {
            return Err(Failure::CapturesAndTables { what: "asked about" });
        }
        // Before anything is written.
        let flows = (captures > 0).then(|| FlowRows::of(&bundle)).transpose()?;
        let inputs = if flows.is_some() { inputs } else { read::found(&inputs)? };
        let output = [("--output", draft(&output).packed(form.packing))];
        let report = self.drift_json.iter().map(|path| ("--drift-json", draft(path)));
        let files = Files::open(output.into_iter().chain(report), &inputs)?;
        let interrupt = Interrupt::watch(files.last_words());
        let interrupt = interrupt.inspect_err(|_| files.discard())?;
        let explaining = Explaining::new(&interrupt, self.quiet);
        let out = Out { files: &files, format: form.format, explaining: &explaining };
        let done = match flows {
            Some(flows) => self.captures((&bundle, &flows), &inputs, out, &interrupt),
            None => self.tables(&bundle, &inputs, out),
        };
        interrupt.see();
        let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
        let told = done.and_then(|told| {
            told.drift.iter().try_for_each(|report| drift::written(report, &files))?;
            Ok(told)
        });
        let told = told.inspect_err(|_| files.discard())?;
        if told.broken.is_some() {
            files.keep_parts()?;
        } else {
            files.finish()?;
        }
        if !self.quiet {
            tell_table(&told.classes);
        }
        // Who asks for it hears of it.
        told.drift.iter().filter(|_| self.drift).for_each(drift::told);
        told.broken.map_or(Ok(()), Err)
    }

    fn tables(&self, bundle: &Bundle, tables: &[PathBuf], out: Out<'_>) -> Result<Told, Failure> {
        let reader = self.known.reader(bundle, self.threads)?;
        let (data, report) = read::read(&reader, tables)?;
        expect_its_columns(bundle, &data, &report)?;
        let kept = self.kept(&data)?;
        let mut predictions = self.predictions(bundle, &data, kept, out)?;
        predictions.push(&data)?;
        let told = predictions.finish()?;
        if !self.quiet {
            told::defects(&report).iter().for_each(tell_table);
        }
        Ok(told)
    }

    /// Columns that identify rows, as far as there are any, and those that were asked for.
    fn kept(&self, data: &Dataset) -> Result<Vec<String>, Failure> {
        let has = |name: &str| data.schema().names().any(|other| other == name);
        let identity = flow_rows::identity().filter(|name| has(name)).map(str::to_owned);
        let mut kept: Vec<String> = identity.collect();
        for name in Names::of(&self.keep) {
            data.schema().place(name).map_err(Failure::Table)?;
            if !kept.contains(name) {
                kept.push(name.clone());
            }
        }
        Ok(kept)
    }

    fn captures(
        &self,
        (bundle, flows): (&Bundle, &FlowRows),
        captures: &[PathBuf],
        out: Out<'_>,
        interrupt: &Interrupt,
    ) -> Result<Told, Failure> {
        let targets: Vec<_> =
            out.files.of("--output").into_iter().flat_map(|(draft, _)| draft.targets()).collect();
        let mut reading = Reading::open(captures, self.asked.selection()?, &targets)?;
        let empty = flows.take().map_err(Failure::Table)?;
        let kept = flow_rows::identity().map(str::to_owned).collect();
        let mut told = self.predictions(bundle, &empty, kept, out)?;
        // The order of rows is the same on every machine, unless it is given up for speed.
        let workers = self.threads.unwrap_or(1).clamp(1, MOST_WORKERS);
        let mut meter = flows.meter(workers).map_err(Failure::Flows)?;
        let progress =
            if self.quiet { crate::progress::Progress::hidden() } else { reading.progress() };
        let read = reading.each(&progress, |_, frame| {
            meter.push(frame);
            if interrupt.is_asked() {
                return Err(interrupted());
            }
            if flows.are_enough() {
                told.push(&flows.take().map_err(Failure::Table)?)?;
            }
            Ok(())
        });
        progress.clear();
        // What was read of a broken capture is told of, and what is wrong with it comes last.
        let broken = match read {
            Err(broken @ Failure::Read(_)) => Some(broken),
            read => read.map(|()| None)?,
        };
        meter.finish();
        told.push(&flows.take().map_err(Failure::Table)?)?;
        reading.losses().iter().for_each(|line| tell(line));
        Ok(Told { broken, ..told.finish()? })
    }

    fn predictions<'a>(
        &self,
        bundle: &'a Bundle,
        like: &Dataset,
        kept: Vec<String>,
        Out { files, format, explaining }: Out<'a>,
    ) -> Result<Predictions<'a>, Failure> {
        let Some((draft, out)) = files.of("--output") else { return Err(interrupted()) };
        let draft: &Draft = draft;
        let threads = threads(self.threads);
        let why = self.explain.map(|most| Why::new(bundle, most, threads, explaining));
        let why = why.transpose()?;
        if !self.quiet {
            why.iter().for_each(|why| why.tell_method(bundle.mind().name()));
        }
        let answers = rows::Answers {
            bundle,
            kept,
            why,
            least: self.unknown.below()?.unwrap_or(0.0),
            unknown: unknown::name(bundle.classes()),
            threads,
        };
        let drift = (self.drift || self.drift_json.is_some()).then(|| Drift::against(bundle));
        Predictions::open(answers, drift, like, (draft, out), format)
    }
}
