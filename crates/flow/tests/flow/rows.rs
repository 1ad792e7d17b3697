//! Rows as texts that compare exactly, and tables and meters that tell them.

use netsift_flow::{
    Cells, Columns, Counts, Finished, Flow, FlowConfig, FlowTable, Intake, IntakeCounts, Meter,
    Profile, Record, Scratch, Sink,
};

use crate::packets::Caught;

/// A row: every cell as a text, numbers with all their digits.
pub(crate) type Row = Vec<String>;

/// Tells rows as texts.
pub(crate) struct Rows {
    columns: Columns,
    room: Scratch,
    pub(crate) rows: Vec<Row>,
}

impl Rows {
    pub(crate) fn of(profile: Profile) -> Self {
        Self { columns: Columns::all(profile), room: Scratch::default(), rows: Vec::new() }
    }
}

impl Sink for Rows {
    fn take(&mut self, flow: &Flow) {
        let mut row = Cell(Vec::new());
        self.columns.tell(flow, None, &mut row, &mut self.room);
        self.rows.push(row.0);
    }
}

struct Cell(Row);

impl Cells for Cell {
    fn text(&mut self, text: &str) {
        self.0.push(text.to_owned());
    }

    fn integer(&mut self, number: i64) {
        self.0.push(number.to_string());
    }

    fn reals(&mut self, numbers: &[f64]) {
        // No sign of zero: a mirrored difference may have the other.
        self.0.extend(numbers.iter().map(|number| format!("{:?}", number + 0.0)));
    }

    fn empty(&mut self) {
        self.0.push(String::new());
    }
}

/// The names of the columns of a row.
pub(crate) fn names(profile: Profile) -> Vec<&'static str> {
    Columns::all(profile).headings().map(|(name, _)| name).collect()
}

/// Where a column stands in a row.
pub(crate) fn place(profile: Profile, name: &str) -> usize {
    names(profile).iter().position(|other| *other == name).unwrap()
}

/// One cell of a native row.
pub(crate) fn cell<'a>(row: &'a Row, name: &str) -> &'a str {
    &row[place(Profile::Native, name)]
}

/// One number of a native row.
pub(crate) fn number(row: &Row, name: &str) -> f64 {
    cell(row, name).parse().unwrap()
}

/// What one table makes of records, in the order in which it tells.
pub(crate) fn told(config: FlowConfig, records: &[Record<'_>]) -> (Vec<Row>, Counts) {
    let mut rows = Rows::of(config.profile());
    let mut table = FlowTable::new(config);
    records.iter().for_each(|record| table.push(record, |flow| rows.take(flow)));
    table.finish(|flow| rows.take(flow));
    (rows.rows, table.counts().clone())
}

/// What a meter makes of frames.
pub(crate) fn metered(config: FlowConfig, workers: usize, frames: &[Caught]) -> Whole {
    let mut meter = Meter::new(config, workers, || Rows::of(config.profile())).unwrap();
    frames.iter().for_each(|frame| meter.push(frame.frame()));
    let mut whole = Whole::default();
    whole.add(meter.finish());
    whole
}

/// All that a run has told, or several.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Whole {
    pub(crate) rows: Vec<Row>,
    pub(crate) counts: Counts,
    pub(crate) intake: IntakeCounts,
}

impl Whole {
    pub(crate) fn add(&mut self, finished: Finished<Rows>) {
        finished.sinks.into_iter().for_each(|sink| self.rows.extend(sink.rows));
        self.rows.sort();
        self.counts.add(&finished.counts);
        self.intake.add(&finished.intake);
    }
}

/// Hands the records of frames to `take`.
pub(crate) fn read(config: &FlowConfig, frames: &[Caught], mut take: impl FnMut(&Record<'_>)) {
    let mut intake = Intake::new(config);
    frames.iter().for_each(|frame| intake.read(frame.frame(), |record| take(record)));
}
