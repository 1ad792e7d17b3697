//! Frames on their way to rows, up to the end of the input or before.

use std::thread;
use std::time::{Duration, Instant};

use netsift::capture::CaptureError;
use netsift::flow::{Meter, Packets};
use netsift::packet::Frame;
use netsift::table::{FlowRows, PacketRows, SharedTable};

use super::state::State;
use super::summary::{self, Summary};
use crate::failure::{Failure, report, tell, tell_table};
use crate::interrupt::Interrupt;
use crate::output::{Draft, Whole};
use crate::progress::Progress;
use crate::reading::Reading;
use crate::table::Table;

/// How long rows wait for others while they are read from a pipe, behind which somebody may wait for them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Frames on their way to rows.
pub(super) struct Run {
    pub(super) reading: Reading,
    pub(super) rows: SharedTable<Whole>,
    pub(super) out: Whole,
    pub(super) draft: Draft,
    pub(super) state: Option<State>,
    pub(super) quiet: bool,
}

/// What makes rows of frames.
pub(super) trait Maker {
    fn push(&mut self, frame: Frame<'_>);

    /// No more frames come. Flows may go on in a `state`.
    fn end(self, state: Option<&State>) -> Result<Said, Failure>;
}

/// What is said at the end, once all rows are written: of what was read, so many rows, since when.
pub(super) type Said = Box<dyn FnOnce(&Reading, u64, Instant) -> Vec<Table>>;

/// Rows of flows.
pub(super) struct Flows {
    pub(super) meter: Meter<FlowRows<Whole>>,
    /// Whether rules give labels.
    pub(super) by_rules: bool,
}

impl Maker for Flows {
    fn push(&mut self, frame: Frame<'_>) {
        self.meter.push(frame);
    }

    fn end(self, state: Option<&State>) -> Result<Said, Failure> {
        let Self { meter, by_rules } = self;
        let finished = match state {
            Some(state) => state.close(meter)?,
            None => meter.finish(),
        };
        Ok(Box::new(move |reading, rows, started| {
            let unlabelled = finished.sinks.iter().map(FlowRows::unlabelled).sum();
            let unlabelled = if by_rules { unlabelled } else { 0 };
            Summary { reading, finished: &finished, rows, unlabelled, started }.tables()
        }))
    }
}

/// Rows of single packets.
pub(super) struct Singles {
    pub(super) packets: Packets,
    pub(super) rows: PacketRows<Whole>,
    /// Whether rules give labels.
    pub(super) by_rules: bool,
}

impl Maker for Singles {
    fn push(&mut self, frame: Frame<'_>) {
        if let Some(packet) = self.packets.push(frame) {
            self.rows.take(&packet);
        }
    }

    fn end(self, _: Option<&State>) -> Result<Said, Failure> {
        let intake = self.packets.counts().clone();
        let unlabelled = if self.by_rules { self.rows.unlabelled() } else { 0 };
        Ok(Box::new(move |reading, rows, started| {
            summary::of_packets(reading, &intake, (rows, unlabelled), started)
        }))
    }
}

impl Run {
    /// Reads to the end, makes every row, and gives the output its name.
    pub(super) fn through(mut self, mut maker: impl Maker) -> Result<(), Failure> {
        let progress = self.reading.progress();
        let interrupt = Interrupt::watch(self.last_words(progress.clone()))?;
        if self.reading.is_piped() {
            let flush = self.rows.flusher();
            let flush = move || {
                loop {
                    thread::sleep(PATIENCE);
                    flush();
                }
            };
            thread::Builder::new().name("flush".into()).spawn(flush).map_err(Failure::Thread)?;
        }
        let (started, rows) = (Instant::now(), &self.rows);
        let read = self.reading.each(&progress, |_, frame| {
            maker.push(frame);
            if interrupt.is_asked() || rows.has_failed() { Err(Stop::Asked) } else { Ok(()) }
        });
        interrupt.see();
        // Who sends packets through a pipe may be interrupted by the same keys, and end them.
        let read = if interrupt.is_asked() { Err(Stop::Asked) } else { read };
        // Open flows of a part are no ground to go on from.
        let said = maker.end(self.state.as_ref().filter(|_| read.is_ok()));
        progress.clear();
        self.end(said?, read, started)
    }

    /// What is done for a run that waits for its input when it is interrupted.
    fn last_words(&self, progress: Progress) -> impl Fn() + Send + Sync + 'static + use<> {
        let (flush, out, draft) = (self.rows.flusher(), self.out.clone(), self.draft.clone());
        move || {
            flush();
            // Nobody is left to tell an error to, but by what is there.
            let _ = out.end();
            progress.clear();
            let open = "flows that were open then are lost";
            report(&Failure::Interrupted { part: draft.part(), open });
        }
    }

    /// Writes what is left, says what was done, and gives files that are whole their names.
    fn end(self, said: Said, read: Result<(), Stop>, started: Instant) -> Result<(), Failure> {
        let Self { reading, rows, out, draft, state, quiet } = self;
        rows.flush();
        let written = rows.rows();
        rows.finish().map_err(|error| draft.table_failure(error))?;
        out.end().map_err(|source| draft.failure(source))?;
        reading.losses().iter().for_each(|line| tell(line));
        if !quiet {
            said(&reading, written, started).iter().for_each(tell_table);
        }
        match read {
            Ok(()) => draft.finish().and_then(|()| state.map_or(Ok(()), |state| state.finish())),
            Err(Stop::Asked) => {
                let open = "flows that were open then are told as far as they were seen";
                Err(Failure::Interrupted { part: draft.part(), open })
            }
            Err(Stop::Broken(error)) => {
                tell(&format!("not whole: {}", draft.part()));
                Err(error.into())
            }
        }
    }
}

/// Why no more is read.
enum Stop {
    Broken(CaptureError),
    /// By a signal, or since nothing can be written any more.
    Asked,
}

impl From<CaptureError> for Stop {
    fn from(error: CaptureError) -> Self {
        Self::Broken(error)
    }
}
