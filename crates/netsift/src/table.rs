//! Flows as rows of a table: what [`flow`](crate::flow) tells, written by [`data`](crate::data).
//!
//! ```
//! use netsift::capture::CaptureReader;
//! use netsift::flow::{Columns, Meter, Profile};
//! use netsift::packet::FrameSource;
//! use netsift::table::{self, SharedTable};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let capture = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
//! let columns = Columns::pick(Profile::Native, ["reference", "tcp"])?;
//! let table = SharedTable::new(Vec::new(), table::of_flows(&columns)?)?;
//! let mut meter = Meter::new(columns.config(), 2, || table.flow_rows(&columns))?;
//! let mut capture = CaptureReader::new(&capture[..])?;
//! while let Some(frame) = capture.next_frame()? {
//!     meter.push(frame);
//! }
//! meter.finish();
//! let csv = table.finish()?;
//! assert!(csv.starts_with(b"Flow ID,Src IP,"));
//! # Ok(())
//! # }
//! ```

use std::error::Error;
use std::io::Write;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netsift_data::{Aliases, Column, DataError, Reals, Rows, Table, TableWriter};
use netsift_flow::{
    Cells, Columns, FACTS, FEATURES, Flow, IDENTITY, Kind, Labels, PacketColumns, PacketFacts,
    Profile, Scratch, Sink, Spelling,
};

/// The table that rows of these columns make, in CSV. Columns of CICFlowMeter write numbers as it does.
///
/// # Errors
/// As [`Table::repeating`]; columns of flows give no reason.
pub fn of_flows(columns: &Columns) -> Result<Table, DataError> {
    let headings = columns.headings().map(column);
    // Names differ, but for the one that stands twice in the header of 2017.
    let table = Table::repeating(headings)?;
    Ok(match columns.profile() {
        Profile::Native => table,
        _ => table.reals(Reals::Java),
    })
}

/// The table that rows of single packets make, in CSV.
///
/// # Errors
/// As [`Table::new`]; columns of packets give no reason.
pub fn of_packets(columns: &PacketColumns) -> Result<Table, DataError> {
    Table::new(columns.headings().map(column))
}

/// The names of columns of flows, in the spellings that tables have had over the years: what finds a column of a
/// table by any of them.
#[must_use]
pub fn aliases() -> Aliases {
    let features = FEATURES.iter().map(|feature| feature.name);
    let names = features.chain(IDENTITY.iter().map(|identity| identity.name));
    names.chain(FACTS.iter().map(|fact| fact.name)).fold(Aliases::new(), |aliases, name| {
        let older = [Spelling::In2017, Spelling::In2018].map(|spelling| name.spelt(spelling));
        aliases.spell(name.spelt(Spelling::Current), older)
    })
}

fn column((name, kind): (&'static str, Kind)) -> Column {
    match kind {
        Kind::Text => Column::text(name),
        Kind::Integer => Column::integer(name),
        Kind::Real => Column::real(name),
    }
}

/// A table that several threads write rows to.
///
/// Each collects rows of its own and writes them many at a time. The first failure is kept until the end,
/// and nothing is written behind it.
pub struct SharedTable<W: Write + Send> {
    table: Table,
    shared: Arc<Shared<W>>,
}

struct Shared<W: Write + Send> {
    state: Mutex<State<W>>,
    has_failed: AtomicBool,
    /// What each thread has collected. Whoever holds one of these may ask for the state, not the other way.
    collected: Mutex<Vec<Arc<Mutex<Rows>>>>,
}

enum State<W: Write + Send> {
    Open(TableWriter<W>),
    Failed(DataError),
    Finished,
}

impl<W: Write + Send> SharedTable<W> {
    /// Begins a table; CSV gets its header.
    ///
    /// # Errors
    /// As [`TableWriter::new`].
    pub fn new(out: W, table: Table) -> Result<Self, DataError> {
        let shared = Shared {
            state: Mutex::new(State::Open(TableWriter::new(out, &table)?)),
            has_failed: AtomicBool::new(false),
            collected: Mutex::default(),
        };
        Ok(Self { table, shared: Arc::new(shared) })
    }

    /// Where one worker's flows become rows.
    #[must_use]
    pub fn flow_rows(&self, columns: &Columns) -> FlowRows<W> {
        self.rows_of(columns.clone())
    }

    /// Where packets become rows.
    #[must_use]
    pub fn packet_rows(&self, columns: &PacketColumns) -> PacketRows<W> {
        self.rows_of(columns.clone())
    }

    fn rows_of<C>(&self, columns: C) -> TableRows<W, C> {
        let rows = Arc::new(Mutex::new(Rows::new(&self.table)));
        lock(&self.shared.collected).push(Arc::clone(&rows));
        let shared = Arc::clone(&self.shared);
        let rows = Collected { shared, rows, room: Scratch::default() };
        TableRows { rows, columns, labels: None, unlabelled: 0 }
    }

    /// Whether writing has failed: then more rows are work for nothing.
    #[inline]
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.shared.has_failed.load(Ordering::Relaxed)
    }

    /// Writes all whole rows that are there, from whatever thread.
    pub fn flush(&self) {
        self.shared.flush();
    }

    /// The same for a thread that has nothing else of the table.
    pub fn flusher(&self) -> impl Fn() + Send + Sync + 'static + use<W>
    where
        W: 'static,
    {
        let shared = Arc::clone(&self.shared);
        move || shared.flush()
    }

    /// What went wrong, if something did, for a thread that has nothing else of the table. What is asked often costs little.
    pub fn trouble(&self) -> impl Fn() -> Option<String> + Send + Sync + 'static + use<W>
    where
        W: 'static,
    {
        let shared = Arc::clone(&self.shared);
        move || shared.trouble()
    }

    /// How many rows were written.
    #[must_use]
    pub fn rows(&self) -> u64 {
        match &*lock(&self.shared.state) {
            State::Open(writer) => writer.rows(),
            State::Failed(_) | State::Finished => 0,
        }
    }

    /// Writes what is left and gives the output back. Flows that are told later go nowhere.
    ///
    /// # Errors
    /// The first failure there was.
    pub fn finish(self) -> Result<W, DataError> {
        self.flush();
        match mem::replace(&mut *lock(&self.shared.state), State::Finished) {
            State::Open(writer) => writer.finish(),
            State::Failed(error) => Err(error),
            // Whoever finishes it has taken it: there is no second time.
            State::Finished => Err(DataError::FailedBefore { rows: 0 }),
        }
    }
}

impl<W: Write + Send> Shared<W> {
    fn flush(&self) {
        for rows in &*lock(&self.collected) {
            self.write(&mut lock(rows));
        }
    }

    fn write(&self, rows: &mut Rows) {
        let mut state = lock(&self.state);
        if let State::Open(writer) = &mut *state
            && let Err(error) = writer.write(rows)
        {
            *state = State::Failed(error);
            self.has_failed.store(true, Ordering::Relaxed);
        }
    }

    fn trouble(&self) -> Option<String> {
        if !self.has_failed.load(Ordering::Relaxed) {
            return None;
        }
        let State::Failed(error) = &*lock(&self.state) else { return None };
        let cause = error.source().map(|cause| format!(": {cause}"));
        Some(format!("{error}{}", cause.unwrap_or_default()))
    }

    #[cold]
    fn fail(&self, error: DataError) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Open(_)) {
            *state = State::Failed(error);
            self.has_failed.store(true, Ordering::Relaxed);
        }
    }
}

/// The rows of one thread, on their way into the table.
struct Collected<W: Write + Send> {
    shared: Arc<Shared<W>>,
    rows: Arc<Mutex<Rows>>,
    room: Scratch,
}

impl<W: Write + Send> Collected<W> {
    #[inline]
    fn row(&mut self, tell: impl FnOnce(&mut RowCells<'_>, &mut Scratch)) {
        if self.shared.has_failed.load(Ordering::Relaxed) {
            return;
        }
        let mut rows = lock(&self.rows);
        tell(&mut RowCells(&mut rows), &mut self.room);
        match rows.end_row() {
            Ok(()) if rows.are_enough() => self.shared.write(&mut rows),
            Ok(()) => {}
            Err(error) => self.shared.fail(error),
        }
    }
}

/// Where what has such columns becomes rows of a [`SharedTable`].
pub struct TableRows<W: Write + Send, C> {
    rows: Collected<W>,
    columns: C,
    labels: Option<Arc<Labels>>,
    unlabelled: u64,
}

/// Where one worker's flows become rows of a [`SharedTable`].
pub type FlowRows<W> = TableRows<W, Columns>;

/// Where packets become rows of a [`SharedTable`].
pub type PacketRows<W> = TableRows<W, PacketColumns>;

impl<W: Write + Send, C> TableRows<W, C> {
    /// The same with labels by these rules, where the columns have a place for one. Default: none.
    #[must_use]
    pub fn labelled_by(self, labels: Arc<Labels>) -> Self {
        Self { labels: Some(labels), ..self }
    }

    /// How many rows no rule had a label for.
    #[must_use]
    pub const fn unlabelled(&self) -> u64 {
        self.unlabelled
    }
}

impl<W: Write + Send + 'static> Sink for FlowRows<W> {
    fn take(&mut self, flow: &Flow) {
        let label = self.labels.as_deref().and_then(|labels| labels.of(flow));
        self.unlabelled += u64::from(label.is_none());
        self.rows.row(|cells, room| self.columns.tell(flow, label, cells, room));
    }
}

impl<W: Write + Send> PacketRows<W> {
    /// Writes the row of a packet.
    pub fn take(&mut self, packet: &PacketFacts) {
        let label = self.labels.as_deref().and_then(|labels| labels.of_packet(packet));
        self.unlabelled += u64::from(label.is_none());
        self.rows.row(|cells, room| self.columns.tell(packet, label, cells, room));
    }
}

/// Cells on their way into a row.
struct RowCells<'a>(&'a mut Rows);

impl Cells for RowCells<'_> {
    fn text(&mut self, text: &str) {
        self.0.text(text);
    }

    #[inline]
    fn integer(&mut self, number: i64) {
        self.0.integer(number);
    }

    #[inline]
    fn reals(&mut self, numbers: &[f64]) {
        self.0.reals(numbers);
    }

    #[inline]
    fn empty(&mut self) {
        self.0.empty();
    }
}

/// A panic of another thread leaves whole rows behind: what was begun is refused where the row ends.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{self, ErrorKind};

    use netsift_flow::Meter;
    use netsift_packet::FrameSource;
    use netsift_synth::{Generator, Scenario};

    use super::*;

    fn meter<W: Write + Send + 'static>(
        table: &SharedTable<W>,
        columns: &Columns,
        (workers, packets): (usize, u64),
    ) -> Meter<FlowRows<W>> {
        let mut meter = Meter::new(columns.config(), workers, || table.flow_rows(columns)).unwrap();
        let mut traffic = Generator::new(&Scenario::new(1).packets(packets)).unwrap();
        while let Ok(Some(frame)) = traffic.next_frame() {
            meter.push(frame);
        }
        meter
    }

    fn csv(columns: &Columns, workers: usize) -> String {
        let table = SharedTable::new(Vec::new(), of_flows(columns).unwrap()).unwrap();
        let flows = meter(&table, columns, (workers, 2_000)).finish().counts.flows;
        table.flush();
        assert_eq!(table.rows(), flows);
        String::from_utf8(table.finish().unwrap()).unwrap()
    }

    #[test]
    fn rows_are_the_same_from_however_many_threads() {
        for profile in Profile::ALL {
            let columns = Columns::all(profile);
            let sorted = |workers| {
                let mut lines: Vec<String> =
                    csv(&columns, workers).lines().map(str::to_owned).collect();
                lines.sort_unstable();
                lines
            };
            assert!(sorted(1).len() > 10);
            assert_eq!(sorted(1), sorted(3));
        }
    }

    #[test]
    fn rows_are_written_on_the_way_and_whole() {
        let columns = Columns::all(Profile::Native);
        let table = SharedTable::new(Vec::new(), of_flows(&columns).unwrap()).unwrap();
        let meter = meter(&table, &columns, (1, 20_000));
        let written = table.rows();
        table.flush();
        assert!(0 < written && written < table.rows());
        meter.finish();
        let csv = String::from_utf8(table.finish().unwrap()).unwrap();
        let widths = csv.lines().map(|line| line.split(',').count());
        assert!(csv.ends_with('\n') && widths.min() >= Some(columns.len()));
    }

    /// Has room for so many bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self.0.checked_sub(bytes.len()).ok_or(ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_first_failure_is_told_in_the_end_and_nothing_follows_it() {
        let columns = Columns::all(Profile::Native);
        let table = SharedTable::new(Full(20_000), of_flows(&columns).unwrap()).unwrap();
        let meter = meter(&table, &columns, (1, 2_000));
        let trouble = table.trouble();
        assert_eq!((table.has_failed(), trouble()), (false, None));
        meter.finish();
        table.flusher()();
        assert!(table.has_failed());
        let said = trouble().unwrap();
        assert!(said.starts_with("the table cannot be written, after 0 rows: "), "{said}");
        match table.finish() {
            Err(DataError::Write { rows: 0, source }) => {
                assert_eq!(source.kind(), ErrorKind::StorageFull);
            }
            other => panic!("{:?}", other.map(|full| full.0)),
        }
    }

    #[test]
    fn rows_of_other_columns_than_the_table_has_are_a_failure() {
        let columns = Columns::all(Profile::Native);
        let others = Columns::reference(Profile::Native);
        let table = SharedTable::new(Vec::new(), of_flows(&others).unwrap()).unwrap();
        meter(&table, &columns, (2, 2_000)).finish();
        assert!(table.has_failed());
        assert!(matches!(table.finish(), Err(DataError::CellCount { row: 0, .. })));
    }

    #[cfg(feature = "detect")]
    #[test]
    fn a_capture_gives_the_rows_that_its_table_has() {
        use netsift_data::{Dataset, Labels, TableReader};
        use netsift_detect::flow_rows::{self, facts_of};
        use netsift_flow::FlowConfig;
        use netsift_models::{About, Recipe, Trainer};

        let read_back = |columns: &Columns| -> Dataset {
            let table = SharedTable::new(Vec::new(), of_flows(columns).unwrap()).unwrap();
            meter(&table, columns, (1, 3_000)).finish();
            let csv = table.finish().unwrap();
            TableReader::new().aliases(aliases()).read(&csv[..]).unwrap().0
        };
        for profile in Profile::ALL {
            let columns = Columns::reference(profile).labelled(false);
            let table = read_back(&columns);
            let names: Vec<&str> = columns.features().iter().map(|it| it.name.current).collect();
            let data = table.pick(names.iter().copied()).unwrap();
            let labels: Vec<&str> = (0..data.rows()).map(|row| ["a", "b"][row % 2]).collect();
            let data = data.with_labels(Labels::of(labels)).unwrap();
            let about = About::new().flows(facts_of(&FlowConfig::new(profile)));
            let trainer = Trainer::new([Recipe::named("dummy").unwrap()]).about(about);
            let bundle = trainer.train(&data).unwrap().bundle;
            let rows = flow_rows::FlowRows::of(&bundle).unwrap();
            let mut meter = rows.meter(1).unwrap();
            let mut traffic = Generator::new(&Scenario::new(1).packets(3_000)).unwrap();
            while let Ok(Some(frame)) = traffic.next_frame() {
                meter.push(frame);
            }
            meter.finish();
            let flows = rows.take().unwrap();
            assert!(flows.rows() > 10);
            let numbers = |data: &Dataset| data.pick(names.iter().copied()).unwrap();
            let (one, other) = (numbers(&flows), numbers(&table));
            let is_same =
                |(one, other): (&f64, &f64)| one == other || one.is_nan() && other.is_nan();
            assert!(one.matrix().iter().zip(other.matrix()).all(is_same), "{profile}");
            assert_eq!(rows.take().unwrap().rows(), 0);
        }
    }
}
