//! Rows of predictions.

use netsift::data::{Column, DataError, Dataset, Field, Format, Rows, TableWriter};
use netsift::models::ndarray::{Array1, Array2};
use netsift::models::{Alarm, Bundle, Drift, DriftReport};

use super::reasons::Why;
use crate::failure::Failure;
use crate::figures;
use crate::output::{Draft, Whole};
use crate::table::Table;
use crate::terminal::printable;

/// The heading of the class, and those of what is told of a detector's rows beside it.
const CLASS: &str = "Class";
const SCORE: &str = "Score";
const QUANTILE: &str = "Quantile";

/// What is asked about rows.
pub(super) struct Answers<'a> {
    pub(super) bundle: &'a Bundle,
    /// The columns that are written beside the class.
    pub(super) kept: Vec<String>,
    /// How probable a class has to be.
    pub(super) least: f64,
    /// What a row is called whose class is not.
    pub(super) unknown: String,
    /// What tells why, if that was asked.
    pub(super) why: Option<Why<'a>>,
    pub(super) threads: usize,
}

/// What is said of rows.
struct Said {
    /// The class of each, unless none is probable enough.
    classes: Vec<Option<u32>>,
    /// The class that reasons are of: that which comes nearest; of a detector, the anomaly, whatever is told.
    explained: Array1<u32>,
    /// What is written beside it: how probable each class is, or how strange the row.
    figures: Array2<f64>,
    /// How probable the class is that is told.
    surety: Vec<f64>,
}

impl Answers<'_> {
    fn said(&self, data: &Dataset) -> Result<Said, Failure> {
        let Self { bundle, least, threads, .. } = self;
        if let Some(alarm) = bundle.alarm() {
            let found = bundle.findings(data, *threads)?;
            let answer = alarm.answer_of(&found);
            let figure = |(row, column): (usize, usize)| {
                let finding = found.get(row);
                finding.map_or(f64::NAN, |it| if column == 0 { it.score } else { it.quantile })
            };
            return Ok(Said {
                classes: answer.classes.iter().copied().map(Some).collect(),
                figures: Array2::from_shape_fn((found.len(), 2), figure),
                surety: answer.scores(),
                explained: answer.classes.mapv_into(|_| Alarm::ANOMALY),
            });
        }
        let answer = bundle.score_on(data, *threads)?;
        let (classes, surety) = (answer.known(*least)?.to_vec(), answer.scores());
        Ok(Said { classes, surety, explained: answer.classes, figures: answer.probabilities })
    }

    /// The headings of what is written beside the class.
    fn headings(&self) -> Vec<String> {
        match self.bundle.alarm() {
            Some(_) => [SCORE, QUANTILE].map(str::to_owned).to_vec(),
            None => self.bundle.classes().names().map(|name| format!("P({name})")).collect(),
        }
    }
}

/// Rows on their way out: what identifies each, its class, and the figures beside it.
pub(super) struct Predictions<'a> {
    answers: Answers<'a>,
    /// Counts rows, if it is asked how far they have drifted.
    drift: Option<Drift>,
    draft: &'a Draft,
    writer: TableWriter<Whole>,
    rows: Rows,
    /// How many rows were told to be of each class, and how many to be unknown.
    counts: Vec<u64>,
}

/// What came of all rows.
pub(super) struct Told {
    /// How many rows are of each class.
    pub(super) classes: Table,
    /// How far they have drifted, if that was asked.
    pub(super) drift: Option<DriftReport>,
    /// What ended the reading before its end: rows are of what came before.
    pub(super) broken: Option<Failure>,
}

impl<'a> Predictions<'a> {
    /// Begins a table for rows with the columns of `like`.
    pub(super) fn open(
        answers: Answers<'a>,
        drift: Option<Drift>,
        like: &Dataset,
        (draft, out): (&'a Draft, Whole),
        format: Format,
    ) -> Result<Self, Failure> {
        let table = table(&answers, like, format).map_err(Failure::Table)?;
        let writer = TableWriter::new(out, &table).map_err(|error| draft.table_failure(error))?;
        let counts = vec![0; answers.bundle.classes().len() + 1];
        Ok(Self { answers, drift, draft, writer, rows: Rows::new(&table), counts })
    }

    /// Asks about these rows and writes what is said.
    pub(super) fn push(&mut self, data: &Dataset) -> Result<(), Failure> {
        let Answers { bundle, kept, unknown, why, .. } = &self.answers;
        let said = self.answers.said(data)?;
        if let Some(drift) = &mut self.drift {
            drift.observe(data, &said.surety)?;
        }
        let places = data.schema().places(kept.iter().map(String::as_str));
        let places = places.map_err(Failure::Table)?;
        let mut reasons = why.as_ref().map(|why| why.of(data, &said.explained));
        for (row, (class, figures)) in said.classes.iter().zip(said.figures.rows()).enumerate() {
            let told = class.map_or(bundle.classes().len(), |class| class as usize);
            if let Some(count) = self.counts.get_mut(told) {
                *count += 1;
            }
            for &place in &places {
                cell(data, row, place, &mut self.rows);
            }
            self.rows.text(bundle.classes().name(told as u32).unwrap_or(unknown));
            figures.iter().for_each(|figure| self.rows.reals(&[*figure]));
            if let Some(reasons) = &mut reasons {
                reasons.write_next(&mut self.rows)?;
            }
            let ended = self.rows.end_row();
            ended.map_err(Failure::Table)?;
            if self.rows.are_enough() {
                let written = self.writer.write(&mut self.rows);
                written.map_err(|error| self.draft.table_failure(error))?;
            }
        }
        Ok(())
    }

    /// Writes what is left, and tells what came of all rows.
    pub(super) fn finish(mut self) -> Result<Told, Failure> {
        let drift = self.drift.as_ref().map(Drift::report);
        let told = Told { classes: self.classes(), drift, broken: None };
        let written = self.writer.write(&mut self.rows).and_then(|()| self.writer.finish());
        written.map_err(|error| self.draft.table_failure(error))?;
        Ok(told)
    }

    /// How many rows are of each class.
    fn classes(&self) -> Table {
        let mut table = Table::new(&["Class", "rows", "share"]);
        let all: u64 = self.counts.iter().sum();
        let classes = self.answers.bundle.classes();
        let names = classes.names().chain([self.answers.unknown.as_str()]);
        let lines = names.zip(&self.counts).enumerate();
        for (_, (name, &count)) in
            lines.filter(|(place, (_, count))| *place < classes.len() || **count > 0)
        {
            let (rows, share) = (figures::grouped(count), figures::share(count, all));
            table.row([printable(name).into_owned(), rows, share]);
        }
        table.row(["in all".into(), figures::grouped(all), String::new()]);
        table
    }
}

/// What identifies rows, the class, columns for the figures beside it, and those that tell why.
fn table(
    answers: &Answers<'_>,
    like: &Dataset,
    format: Format,
) -> Result<netsift::data::Table, DataError> {
    let places = like.schema().places(answers.kept.iter().map(String::as_str))?;
    let fields = places.iter().filter_map(|&place| like.schema().fields().get(place));
    let kept = fields.map(|field: &Field| match field.texts() {
        Some(_) => Column::text(&field.name),
        None => Column::real(&field.name),
    });
    let figures = answers.headings().into_iter().map(Column::real);
    let reasons = answers.why.iter().flat_map(Why::columns);
    let columns = kept.chain([Column::text(CLASS)]).chain(figures).chain(reasons);
    Ok(netsift::data::Table::new(columns)?.format(format))
}

fn cell(data: &Dataset, row: usize, place: usize, rows: &mut Rows) {
    let cell = data.matrix().get((row, place)).copied().unwrap_or(f64::NAN);
    let texts = data.schema().fields().get(place).and_then(Field::texts);
    match texts {
        _ if cell.is_nan() => rows.empty(),
        None => rows.reals(&[cell]),
        Some(texts) => match texts.name(cell as u32) {
            Some(text) => rows.text(text),
            None => rows.empty(),
        },
    }
}
