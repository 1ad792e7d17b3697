//! Threads that take pieces of tables in turn, parse them side by side, and put them together in their order.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::assembly::{Assembly, Delivery};
use super::blocks::{Blocks, Layout, Opened, Piece};
use super::chunk::{Budget, Filler};
use super::form::Form;
use super::head::{Head, TextHead, Told};
#[cfg(feature = "parquet")]
use super::parquet::{self, Groups};
use super::plan::{Plan, Slot};
use super::reader::Settings;
use super::repeats::each_thread;
use super::source::{Compression, Source};
use super::store::{Keys, Store};
use super::zeek::Again;
use crate::{DataError, TableFacts};

/// A table to be read.
pub(crate) struct Input<R> {
    pub(crate) name: Box<str>,
    pub(crate) reader: R,
    /// How many bytes it has, if that is known.
    pub(crate) len: Option<u64>,
}

/// A table whose columns are known.
enum Table<R> {
    Text(Box<Opened<R>>, TextHead),
    #[cfg(feature = "parquet")]
    Parquet(Groups),
}

/// Reads tables, and hands what was read to `finish`.
pub(crate) fn read<R: Read + Send, T>(
    inputs: Vec<Input<R>>,
    settings: &Settings,
    threads: usize,
    finish: impl FnOnce(Assembly<'_, '_>, Store, &Plan<'_>) -> Result<T, DataError>,
) -> Result<T, DataError> {
    let mut names = Vec::with_capacity(inputs.len());
    let mut heads = Vec::with_capacity(inputs.len());
    let mut facts = Vec::with_capacity(inputs.len());
    let mut tables = Vec::with_capacity(inputs.len());
    let mut expected = Some(0);
    for Input { name, reader, len } in inputs {
        let (table, head, fact) = open(&name, reader, settings)?;
        expected = expected
            .zip(len.and_then(|len| table.rows(len, head.columns.len())))
            .map(|(sum, rows)| sum + rows);
        heads.push((name.clone(), head));
        names.push(name);
        facts.push(fact);
        tables.push(table);
    }
    let mut plan = Plan::of(&heads, settings)?;
    let mut queue = VecDeque::with_capacity(tables.len());
    for (number, (table, (name, head))) in tables.into_iter().zip(heads).enumerate() {
        let slots = plan.slots(number, &name, &head.columns, head.has_names)?.into();
        queue.push_back(Queued::new(table, slots, settings));
    }
    let budget = Budget::default();
    let keys = Keys::default();
    let most = settings.limits.cells / plan.stride.max(1) as u64;
    let capacity = usize::try_from(expected.unwrap_or(0).min(most)).unwrap_or(0);
    let mut store = Store::new(capacity, &plan);
    let assembly = Mutex::new(Assembly::new(&plan, facts, store.room()));
    let feed = Mutex::new(Feed { queue, table: 0, next: 0, is_over: false });
    let work = Work {
        plan: &plan,
        budget: &budget,
        names: &names,
        keys: &keys,
        feed: &feed,
        assembly: &assembly,
    };
    each_thread(threads, |_| work.run());
    let mut assembly = assembly.into_inner().unwrap_or_else(PoisonError::into_inner);
    assembly.take_failure()?;
    let (stored, parts) = (assembly.stored, std::mem::take(&mut assembly.parts));
    let assembly = assembly.without_room();
    store.rows = stored;
    finish(assembly, store.with(parts, &plan, &keys, threads), &plan)
}

impl<R: Read> Table<R> {
    /// About how many rows it has, or somewhat more, if it has so many bytes: no more than would be as many cells as
    /// bytes. Of other formats rows may be shorter than the cells they stand for, and of what is compressed nothing is
    /// known.
    fn rows(&self, len: u64, columns: usize) -> Option<u64> {
        match self {
            Self::Text(opened, TextHead { form: Form::Csv(_), start }) => {
                let rows = opened.rows(*start, len)?;
                Some(rows.min(len / columns.max(1) as u64))
            }
            _ => None,
        }
    }
}

/// Opens a table and reads its start.
fn open<R: Read>(
    name: &str,
    reader: R,
    settings: &Settings,
) -> Result<(Table<R>, Head, TableFacts), DataError> {
    let source = Source::open(name, reader, settings.limits.bytes)?;
    let compression = source.compression().map(Compression::name);
    let mut opened = Opened::new(source)?;
    let facts = |format: &'static str, lines| TableFacts {
        name: name.to_owned(),
        format,
        compression,
        rows: 0,
        lines,
    };
    if opened.is_parquet(settings.format, name) {
        #[cfg(feature = "parquet")]
        {
            let (groups, head) = parquet::open(name, opened.all()?, &settings.limits)?;
            let facts = facts(crate::TableFormat::Parquet.name(), 0);
            return Ok((Table::Parquet(groups), head, facts));
        }
        #[cfg(not(feature = "parquet"))]
        return Err(DataError::FeatureOff { table: name.into(), what: "parquet" });
    }
    let (text, head) = opened.head(&Told {
        table: name,
        format: settings.format,
        separator: settings.separator().map(|separator| separator as u8),
        header: settings.header(),
        row_bytes: settings.limits.row_bytes,
        max_columns: settings.limits.columns,
    })?;
    let facts = facts(text.form.format().name(), head.lines);
    Ok((Table::Text(Box::new(opened), text), head, facts))
}

/// Pieces of all tables, one after the other.
struct Feed<R> {
    /// Tables not over yet. Of the first, pieces are handed out.
    queue: VecDeque<Queued<R>>,
    /// The number of the first.
    table: usize,
    /// The number of the next piece.
    next: u64,
    is_over: bool,
}

/// A table, and where its cells go.
enum Queued<R> {
    Text(Box<Blocks<R>>),
    #[cfg(feature = "parquet")]
    Parquet(Groups, Arc<[Slot]>),
}

/// What is to be done with a piece.
enum Task {
    Rows(Arc<Layout>),
    OverLong(u64, Vec<u8>),
    /// So many lines name other columns: those missing, and the names of those unknown.
    Header(u64, Vec<usize>, Vec<String>),
    #[cfg(feature = "parquet")]
    Group(parquet::Group, Arc<[Slot]>),
}

impl<R: Read> Queued<R> {
    fn new(table: Table<R>, slots: Arc<[Slot]>, settings: &Settings) -> Self {
        match table {
            Table::Text(opened, text) => {
                let layout = Layout { form: text.form, slots };
                Self::Text(Box::new(opened.blocks(text.start, layout, settings.block_bytes)))
            }
            #[cfg(feature = "parquet")]
            Table::Parquet(groups) => Self::Parquet(groups, slots),
        }
    }

    fn next(&mut self, block: &mut Vec<u8>, plan: &Plan<'_>) -> Result<Option<Task>, DataError> {
        match self {
            Self::Text(blocks) => Ok(match blocks.next(block)? {
                None => None,
                Some(Piece::Rows(layout)) => Some(Task::Rows(layout)),
                Some(Piece::OverLong(lines, shown)) => Some(Task::OverLong(lines, shown)),
                Some(Piece::Header(again)) => Some(blocks.go_on(again, plan)),
            }),
            #[cfg(feature = "parquet")]
            Self::Parquet(groups, slots) => {
                Ok(groups.next().map(|group| Task::Group(group, Arc::clone(slots))))
            }
        }
    }
}

impl<R: Read> Blocks<R> {
    /// Reads rows as a header among them says from now on.
    fn go_on(&mut self, again: Again, plan: &Plan<'_>) -> Task {
        let lines = again.line_count;
        if !again.has_columns {
            return Task::Header(lines, Vec::new(), Vec::new());
        }
        let (slots, missing) = plan.slots_of(again.columns(), true);
        let unknown = plan.unknown(again.columns());
        self.set_layout(Layout { form: Form::Zeek(again.dialect), slots: slots.into() });
        Task::Header(lines, missing, unknown)
    }
}

impl<R: Read> Feed<R> {
    /// The number of the next piece, its table, and what is to be done with it.
    #[allow(clippy::type_complexity)]
    fn next(
        &mut self,
        block: &mut Vec<u8>,
        plan: &Plan<'_>,
    ) -> Option<(u64, usize, Result<Task, DataError>)> {
        while !self.is_over {
            let task = self.queue.front_mut()?.next(block, plan);
            match task.transpose() {
                None => {
                    self.queue.pop_front();
                    self.table += 1;
                }
                Some(task) => {
                    // Behind a failure there is nothing to be read.
                    self.is_over = task.is_err();
                    self.next += 1;
                    return Some((self.next - 1, self.table, task));
                }
            }
        }
        None
    }
}

/// What all threads share.
struct Work<'w, 'p, 's, R> {
    plan: &'p Plan<'p>,
    budget: &'w Budget,
    names: &'w [Box<str>],
    feed: &'w Mutex<Feed<R>>,
    keys: &'w Keys,
    assembly: &'w Mutex<Assembly<'p, 's>>,
}

impl<R: Read> Work<'_, '_, '_, R> {
    /// What one thread does.
    fn run(&self) {
        let mut filler = Filler::new(self.plan, self.budget);
        let mut block = Vec::new();
        loop {
            let next = locked(self.feed).next(&mut block, self.plan);
            let Some((number, table, task)) = next else { break };
            let delivery = match task {
                Err(error) => Delivery::Failed(error),
                Ok(task) => self.done(task, table, &block, &mut filler),
            };
            let mut assembly = locked(self.assembly);
            let ready = assembly.take(number, delivery);
            if assembly.has_failed() {
                locked(self.feed).is_over = true;
            }
            drop(assembly);
            for (room, part) in ready {
                room.fill(&part, self.plan, self.keys);
            }
        }
        locked(self.assembly).tally.add(&filler.tally);
    }

    #[cfg_attr(not(feature = "parquet"), allow(unused_variables))]
    fn done(&self, task: Task, table: usize, block: &[u8], filler: &mut Filler<'_>) -> Delivery {
        let name = self.names.get(table).map_or("", |name| name);
        match task {
            Task::Rows(layout) => Delivery::Chunk(table, filler.fill(block, &layout)),
            Task::OverLong(lines, shown) => Delivery::Chunk(table, filler.over_long(lines, &shown)),
            Task::Header(lines, missing, unknown) => {
                Delivery::Chunk(table, filler.header(lines, &missing, &unknown))
            }
            #[cfg(feature = "parquet")]
            Task::Group(group, slots) => match group.fill(name, &slots, filler) {
                Ok(chunk) => Delivery::Chunk(table, chunk),
                Err(error) => Delivery::Failed(error),
            },
        }
    }
}

/// A thread that panicked has done no harm to what it shared: it would have ended the whole.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
