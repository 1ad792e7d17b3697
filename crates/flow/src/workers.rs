//! Several cores: frames are read in one place and dealt out, each flow to one worker.
//!
//! What goes to a worker is a batch of records with the clock of the whole beside each, so that every flow
//! ends when it would have ended with one worker.

mod batch;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use foldhash::quality::FixedState;
use netsift_packet::{Frame, Timestamp};
use std::hash::BuildHasher;

use crate::intake::{Intake, IntakeCounts};
use crate::key::Key;
use crate::table::{Clock, Moment};
use crate::{Counts, Flow, FlowConfig, FlowError, FlowTable, Record};
use batch::{Batch, Order};

/// How many batches wait for a worker before the reader waits for it.
const WAITING: usize = 16;
/// More workers than this are a mistake.
pub const MOST_WORKERS: usize = 256;

/// Where a worker's flows go.
pub trait Sink: Send + 'static {
    /// A flow is told.
    fn take(&mut self, flow: &Flow);

    /// All flows that have been silent too long are told. It is this late, says whoever [advanced](Meter::advance) the meter:
    /// the earliest time there is, if nobody knows, as at the end. Default: nothing comes of it.
    fn advanced(&mut self, _now: Timestamp) {}
}

impl<F: FnMut(&Flow) + Send + 'static> Sink for F {
    fn take(&mut self, flow: &Flow) {
        self(flow);
    }
}

/// Frames to flows, on as many cores as asked for.
pub struct Meter<S: Sink> {
    intake: Intake,
    clock: Clock,
    crew: Crew<S>,
}

/// Who keeps the tables.
enum Crew<S: Sink> {
    /// Who reads the frames keeps the only one.
    Alone(Box<FlowTable>, S),
    /// Each worker keeps one.
    Workers(Vec<Worker<S>>),
}

/// What is left when all flows have been told.
pub struct Finished<S> {
    /// Where flows went: one for each worker.
    pub sinks: Vec<S>,
    /// What became of frames.
    pub intake: IntakeCounts,
    /// What the tables have counted.
    pub counts: Counts,
}

struct Worker<S> {
    batch: Batch,
    orders: SyncSender<Order>,
    empty: Receiver<Batch>,
    thread: JoinHandle<(FlowTable, S)>,
}

impl<S: Sink> Meter<S> {
    /// Starts `workers` workers, each with a sink of its own; one worker is no thread but the caller's. The
    /// caps of `config` are shared out.
    ///
    /// # Errors
    /// [`FlowError::Setting`] for no worker or more than 256.
    pub fn new(
        config: FlowConfig,
        workers: usize,
        sink: impl FnMut() -> S,
    ) -> Result<Self, FlowError> {
        let tables = tables(config, workers, sink)?;
        Ok(Self::start(tables, Intake::new(&config), Clock::new(config.idle_timeout_nanos())))
    }

    /// Starts a worker for each table.
    pub(crate) fn start(mut tables: Vec<(FlowTable, S)>, intake: Intake, clock: Clock) -> Self {
        let crew = match tables.pop() {
            Some((table, sink)) if tables.is_empty() => Crew::Alone(Box::new(table), sink),
            last => {
                let tables = tables.into_iter().chain(last);
                Crew::Workers(tables.map(|(table, sink)| Worker::start(table, sink)).collect())
            }
        };
        Self { intake, clock, crew }
    }

    /// Takes a frame to its flow.
    #[inline]
    pub fn push(&mut self, frame: Frame<'_>) {
        self.push_seen(frame, |_| {});
    }

    /// The same; the record that a frame gives is shown before its flow takes it, and before that is told.
    #[inline]
    pub fn push_seen(&mut self, frame: Frame<'_>, seen: impl FnOnce(&Record<'_>)) {
        let Self { intake, clock, crew } = self;
        intake.read(frame, |record| {
            seen(record);
            let moment = clock.see(record.time.as_nanos());
            match crew {
                Crew::Alone(table, sink) => table.push_at(record, moment, |flow| sink.take(flow)),
                Crew::Workers(workers) => {
                    let share = share(&Key::of(record).0, workers.len());
                    if let Some(worker) = workers.get_mut(share) {
                        worker.push(record, moment);
                    }
                }
            }
        });
    }

    /// It is this late though no packet says so: flows that have been silent too long are told. With the earliest time there
    /// is, packets alone tell how late it is.
    pub fn advance(&mut self, now: Timestamp) {
        let told = now.as_nanos();
        let now = self.clock.set(told);
        self.advance_to(now, told);
    }

    /// What became of the frames so far.
    #[must_use]
    pub fn intake(&self) -> &IntakeCounts {
        self.intake.counts()
    }

    /// No more frames come: all open flows are told.
    pub fn finish(mut self) -> Finished<S> {
        self.advance_to(self.clock.now(), i64::MIN);
        match &mut self.crew {
            Crew::Alone(table, sink) => table.finish(|flow| sink.take(flow)),
            // All at once: half of a capture's flows may still be open.
            Crew::Workers(workers) => workers.iter_mut().for_each(Worker::finish),
        }
        let (tables, intake, _) = self.join();
        Finished::of(tables, &intake)
    }

    /// Stops the workers, once each has been told how late it is: one whose records all came early knows
    /// nothing of the silence since.
    pub(crate) fn stop(mut self) -> (Vec<(FlowTable, S)>, Intake, Clock) {
        self.advance_to(self.clock.now(), i64::MIN);
        self.join()
    }

    fn join(self) -> (Vec<(FlowTable, S)>, Intake, Clock) {
        let tables = match self.crew {
            Crew::Alone(table, sink) => vec![(*table, sink)],
            Crew::Workers(workers) => workers.into_iter().map(Worker::stop).collect(),
        };
        (tables, self.intake, self.clock)
    }

    /// By the clock of the flows, which goes on where the machine's was set back, it is not as late as was told.
    fn advance_to(&mut self, now: i64, told: i64) {
        match &mut self.crew {
            Crew::Alone(table, sink) => advance(table, sink, now, told),
            Crew::Workers(workers) => {
                workers.iter_mut().for_each(|worker| worker.advance(now, told));
            }
        }
    }
}

impl<S> Finished<S> {
    pub(crate) fn of(tables: Vec<(FlowTable, S)>, intake: &Intake) -> Self {
        let mut counts = Counts::default();
        tables.iter().for_each(|(table, _)| counts.add(table.counts()));
        let sinks = tables.into_iter().map(|(_, sink)| sink).collect();
        Self { sinks, intake: intake.counts().clone(), counts }
    }
}

/// Empty tables for so many workers, and where their flows go.
pub(crate) fn tables<S>(
    config: FlowConfig,
    workers: usize,
    mut sink: impl FnMut() -> S,
) -> Result<Vec<(FlowTable, S)>, FlowError> {
    if workers == 0 || workers > MOST_WORKERS {
        let (setting, value) = ("number of workers", workers.to_string());
        return Err(FlowError::Setting { setting, value, rule: "1 to 256" });
    }
    let config = config.share(workers);
    Ok((0..workers).map(|_| (FlowTable::new(config), sink())).collect())
}

/// Whose a flow is: the same for every packet of it, whichever way it goes.
#[inline]
pub(crate) fn share(key: &Key, workers: usize) -> usize {
    // Nothing is gained by preparing hosts that meet in one worker: its table has a seed.
    let hash = FixedState::default().hash_one(key.hosts());
    ((u128::from(hash) * workers as u128) >> 64) as usize
}

impl<S: Sink> Worker<S> {
    fn start(table: FlowTable, sink: S) -> Self {
        let (orders, waiting) = sync_channel(WAITING);
        let (used, empty) = sync_channel(WAITING + 2);
        let thread = std::thread::spawn(move || work(table, sink, &waiting, &used));
        Self { batch: Batch::default(), orders, empty, thread }
    }

    #[inline]
    fn push(&mut self, record: &Record<'_>, moment: Moment) {
        if self.batch.push(record, moment) {
            self.send();
        }
    }

    fn advance(&mut self, now: i64, told: i64) {
        self.send();
        // A worker is there until it is stopped.
        let _ = self.orders.send(Order::Advance(now, told));
    }

    fn finish(&mut self) {
        self.send();
        let _ = self.orders.send(Order::Finish);
    }

    fn send(&mut self) {
        let empty = self.empty.try_recv().unwrap_or_default();
        let full = std::mem::replace(&mut self.batch, empty);
        let _ = self.orders.send(Order::Take(full));
    }

    /// Sends what is left and waits. A panic of the sink is the caller's.
    fn stop(mut self) -> (FlowTable, S) {
        self.send();
        drop(self.orders);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn advance<S: Sink>(table: &mut FlowTable, sink: &mut S, now: i64, told: i64) {
    table.advance_to(now, |flow| sink.take(flow));
    // Where packets alone tell how late it is, they alone tell flows early: the same at every reading.
    if told > i64::MIN {
        table.tell_lasting(now, |flow| sink.take(flow));
    }
    sink.advanced(Timestamp::from_nanos(told));
}

fn work<S: Sink>(
    mut table: FlowTable,
    mut sink: S,
    orders: &Receiver<Order>,
    used: &SyncSender<Batch>,
) -> (FlowTable, S) {
    while let Ok(order) = orders.recv() {
        match order {
            Order::Advance(now, told) => advance(&mut table, &mut sink, now, told),
            Order::Finish => table.finish(|flow| sink.take(flow)),
            Order::Take(mut batch) => {
                batch.each(|record, moment| table.push_at(&record, moment, |flow| sink.take(flow)));
                batch.clear();
                // Whoever reads may have stopped: then nobody needs it again.
                let _ = used.try_send(batch);
            }
        }
    }
    (table, sink)
}
