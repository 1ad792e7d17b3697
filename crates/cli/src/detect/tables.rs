//! What is said of every flow, and its features, as tables.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use netsift::alert::Term;
use netsift::data::{Column, Rows, Table, TableWriter};
use netsift::detect::{About, PathBuilder, Verdict, Witness};
use netsift::flow::{Columns, Profile, Sink};
use netsift::table::{self, SharedTable};

use super::knowledge::Knowledge;
use crate::failure::{Failure, tell};
use crate::files::{Files, draft};
use crate::form::{self, Form};
use crate::output::{Draft, Whole};
use crate::time::shown;

const PREDICTIONS: &str = "--predictions";
const FEATURES: &str = "--flow-features";
/// How often rows are written that are too few to be worth it: so much is lost at most if the program is killed.
const ROUND: Duration = Duration::from_secs(60);

/// Which tables are to be written.
#[derive(Args)]
pub(crate) struct Written {
    /// Write what is said of every flow, one that makes no alert too; .csv, .jsonl or .parquet
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,

    /// Write the features of every flow; .csv, .jsonl or .parquet
    #[arg(long, value_name = "FILE")]
    flow_features: Option<PathBuf>,
}

fn form_of(path: &Path) -> Result<Form, Failure> {
    form::Wanted::default().form(Some(path))
}

/// The tables that were asked for.
pub(super) struct Tables {
    predictions: Option<Predictions>,
    features: Option<Features>,
    /// What they are written to.
    outs: Vec<Whole>,
}

/// A row for each flow.
struct Features {
    table: SharedTable<Whole>,
    columns: Columns,
    draft: Draft,
    /// Whether models say how flows are read.
    has_models: bool,
}

/// Looks after tables while they are written, which may be for weeks.
#[derive(Default)]
pub(super) struct Keeper {
    tables: Vec<Kept>,
    outs: Vec<Whole>,
    written: Option<Instant>,
}

/// A table that is looked after.
struct Kept {
    write: Box<dyn Fn()>,
    /// What went wrong; once it is told, nothing more.
    trouble: Option<Trouble>,
}

type Trouble = Box<dyn Fn() -> Option<String>>;

/// A row for each verdict on a flow.
#[derive(Clone)]
pub(super) struct Predictions(Arc<Mutex<Open>>);

struct Open {
    writer: Option<TableWriter<Whole>>,
    rows: Rows,
    draft: Draft,
    failure: Option<Failure>,
}

impl Tables {
    /// Drafts of what was asked for: each with its option, and with how its file is packed.
    pub(super) fn drafts(wanted: &Written) -> Result<Vec<(&'static str, Draft)>, Failure> {
        let all = [(PREDICTIONS, &wanted.predictions), (FEATURES, &wanted.flow_features)];
        let named = all.into_iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
        named
            .map(|(option, path)| Ok((option, draft(path).packed(form_of(path)?.packing))))
            .collect()
    }

    pub(super) fn open(
        wanted: &Written,
        files: &Files,
        knowledge: &Knowledge,
    ) -> Result<Self, Failure> {
        let predictions = wanted.predictions.iter().find_map(|path| {
            let (draft, out) = files.of(PREDICTIONS)?;
            Some(form_of(path).and_then(|form| Predictions::open(draft, out, form)))
        });
        let features = wanted.flow_features.iter().find_map(|path| {
            let (draft, out) = files.of(FEATURES)?;
            Some((path, draft, out))
        });
        let features = features.map(|(path, draft, out)| {
            let learned = knowledge.models.profile()?;
            let (has_models, profile) = (learned.is_some(), learned.unwrap_or(Profile::Native));
            let columns = Columns::all(profile).labelled(false);
            let form = form_of(path)?;
            let table = table::of_flows(&columns).map_err(Failure::Table)?.format(form.format);
            let table = SharedTable::new(out, table).map_err(|error| draft.table_failure(error))?;
            Ok::<_, Failure>(Features { table, columns, draft: draft.clone(), has_models })
        });
        let (predictions, features) = (predictions.transpose()?, features.transpose()?);
        let outs = [PREDICTIONS, FEATURES].into_iter().filter_map(|option| files.of(option));
        Ok(Self { predictions, features, outs: outs.map(|(_, out)| out).collect() })
    }

    /// What looks after them until they are finished.
    pub(super) fn keeper(&self) -> Keeper {
        let predictions = self.predictions.clone().map(|predictions| Kept {
            write: Box::new(move || predictions.write()),
            // It tells by itself.
            trouble: None,
        });
        let features = self.features.as_ref().map(|Features { table, draft, .. }| {
            let (target, trouble) = (draft.target().clone(), table.trouble());
            let trouble = move || trouble().map(|it| format!("{target}: {it}"));
            Kept { write: Box::new(table.flusher()), trouble: Some(Box::new(trouble)) }
        });
        let tables = predictions.into_iter().chain(features).collect();
        Keeper { tables, outs: self.outs.clone(), written: None }
    }

    pub(super) fn predictions(&self) -> Option<Predictions> {
        self.predictions.clone()
    }

    /// Has the path show its flows, if their features were asked for.
    pub(super) fn watching(&self, builder: PathBuilder, workers: usize) -> PathBuilder {
        let builder = builder.workers(workers);
        let Some(Features { table, columns, has_models, .. }) = &self.features else {
            return builder;
        };
        let witness = |_| -> Witness {
            let mut rows = table.flow_rows(columns);
            Box::new(move |flow| rows.take(flow))
        };
        // With models, flows are read as they have learned, with every feature: their timeouts may be others.
        let builder = if *has_models { builder } else { builder.reading(columns.config()) };
        builder.witnesses((0..workers).map(witness))
    }

    /// Writes what is left.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if let Some(predictions) = self.predictions {
            predictions.finish()?;
        }
        if let Some(Features { table, draft, .. }) = self.features {
            table.flush();
            table.finish().map_err(|error| draft.table_failure(error))?;
        }
        Ok(())
    }
}

impl Keeper {
    /// Now and then has rows written that are there, and tells at once what went wrong.
    pub(super) fn look(&mut self) {
        if self.written.get_or_insert_with(Instant::now).elapsed() >= ROUND {
            self.write();
        }
        for trouble in self.tables.iter_mut().map(|table| &mut table.trouble) {
            if let Some(said) = trouble.as_ref().and_then(|trouble| trouble()) {
                tell(&format!("{said}; no more rows of it are written"));
                *trouble = None;
            }
        }
    }

    fn write(&mut self) {
        self.written = Some(Instant::now());
        self.tables.iter().for_each(|table| (table.write)());
        for out in &mut self.outs {
            // What fails here fails with the next rows, too.
            let _ = out.flush();
        }
    }
}

impl Predictions {
    fn open(draft: &Draft, out: Whole, form: Form) -> Result<Self, Failure> {
        let table = Table::new(columns()).map_err(Failure::Table)?.format(form.format);
        let writer = TableWriter::new(out, &table).map_err(|error| draft.table_failure(error))?;
        let (rows, draft) = (Rows::new(&table), draft.clone());
        Ok(Self(Arc::new(Mutex::new(Open { writer: Some(writer), rows, draft, failure: None }))))
    }

    /// Takes a verdict; behaviours of hosts are no rows of flows.
    pub(super) fn take(&mut self, verdict: &Verdict) {
        self.lock().unless_failed(|open| open.take(verdict));
    }

    /// Writes the rows that are there.
    fn write(&self) {
        self.lock().unless_failed(Open::write);
    }

    fn finish(&self) -> Result<(), Failure> {
        let mut open = self.lock();
        if let Some(failure) = open.failure.take() {
            return Err(failure);
        }
        open.write()?;
        let draft = open.draft.clone();
        let finished = open.writer.take().map(TableWriter::finish).transpose();
        finished.map(drop).map_err(|error| draft.table_failure(error))
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a score is made of: `model scan 0.700; list bad 0.450`.
fn told(terms: &[Term]) -> String {
    let told = |term: &Term| format!("{} {} {:.3}", term.of, term.says, term.risk);
    terms.iter().map(told).collect::<Vec<_>>().join("; ")
}

fn columns() -> impl Iterator<Item = Column> {
    let texts = ["Timestamp", "Src IP"].map(Column::text).into_iter();
    let source = texts.chain([Column::real("Src Port"), Column::text("Dst IP")]);
    let ends = source.chain(["Dst Port", "Protocol", "Duration", "Packets"].map(Column::real));
    let told = ends.chain([Column::text("End"), Column::text("Class")]);
    let numbers = ["Probability", "Anomaly", "Quantile", "Score", "Host Score"].map(Column::real);
    let why = ["Level", "Action", "Rule", "Allowed", "Terms"].map(Column::text);
    told.chain(numbers).chain(why)
}

impl Open {
    fn unless_failed(&mut self, act: impl FnOnce(&mut Self) -> Result<(), Failure>) {
        if self.failure.is_some() {
            return;
        }
        // Who watches for weeks hears of it now, and not at the end.
        let tell_now =
            |failure: &Failure| tell(&format!("{failure}; no more rows of it are written"));
        self.failure = act(self).inspect_err(tell_now).err();
    }

    fn take(&mut self, verdict: &Verdict) -> Result<(), Failure> {
        let About::Flow(flow) = &verdict.about else { return Ok(()) };
        let rows = &mut self.rows;
        rows.text(&shown(flow.first));
        rows.text(&flow.source.ip().to_string());
        rows.reals(&[flow.source.port().into()]);
        rows.text(&flow.destination.ip().to_string());
        let seconds = flow.last.nanos_since(flow.first) as f64 / 1e9;
        let packets = (flow.sent.packets + flow.received.packets) as f64;
        rows.reals(&[flow.destination.port().into(), flow.protocol.0.into(), seconds, packets]);
        rows.text(flow.end.name());
        match &verdict.class {
            Some(said) => {
                rows.text(said.class.as_deref().unwrap_or("unknown"));
                rows.reals(&[said.probability]);
            }
            None => (0..2).for_each(|_| rows.empty()),
        }
        match &verdict.anomaly {
            Some(found) => rows.reals(&[found.score, found.quantile]),
            None => (0..2).for_each(|_| rows.empty()),
        }
        rows.reals(&[verdict.score, verdict.host]);
        match verdict.level {
            Some(level) => rows.text(level.name()),
            None => rows.empty(),
        }
        rows.text(verdict.action.name());
        rows.text(&verdict.rule);
        match &verdict.allowed {
            Some(entry) => rows.text(entry),
            None => rows.empty(),
        }
        match &verdict.terms[..] {
            [] => rows.empty(),
            terms => rows.text(&told(terms)),
        }
        rows.end_row().map_err(Failure::Table)?;
        if rows.are_enough() { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Failure> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write(&mut self.rows).map_err(|error| self.draft.table_failure(error))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use netsift::synth::{Generator, Scenario};

    use super::super::knowledge::Named;
    use super::*;

    /// A run that is killed leaves what came until a minute ago, also of tables that are packed.
    #[test]
    fn few_rows_are_written_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| Some(folder.path().join(name));
        let wanted = Written { predictions: path("p.csv"), flow_features: path("f.csv.gz") };
        let files = Files::open(Tables::drafts(&wanted).unwrap(), &[]).unwrap();
        let knowledge = Knowledge::read(&Named::default()).unwrap();
        let tables = Tables::open(&wanted, &files, &knowledge).unwrap();
        let mut predictions = tables.predictions().unwrap();
        let told = move |verdict: &Verdict, _: Option<&_>| predictions.take(verdict);
        let path = tables.watching(knowledge.path(), 1).start(told).unwrap();
        path.run(Generator::new(&Scenario::new(1).packets(500)).unwrap()).unwrap();
        let len = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
        let lens = || ["p.csv.partial", "f.csv.gz.partial"].map(len);
        let (mut keeper, before) = (tables.keeper(), lens());
        keeper.look();
        assert_eq!(lens(), before, "it is not yet time");
        keeper.written = keeper.written.and_then(|written| written.checked_sub(ROUND));
        keeper.look();
        let after = lens();
        assert!(after[0] > before[0] && after[1] > before[1], "{before:?} {after:?}");
    }
}
