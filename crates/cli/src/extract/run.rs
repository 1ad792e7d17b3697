//! Frames on their way to rows, up to the end of the input or before.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use netsift::capture::CaptureError;
use netsift::data::DataError;
use netsift::flow::{Finished, Meter};
use netsift::table::{FlowRows, SharedTable};

use super::state::State;
use super::summary::Summary;
use crate::failure::{Failure, report, tell, tell_table};
use crate::interrupt::Interrupt;
use crate::output::Draft;
use crate::progress::Progress;
use crate::reading::Reading;

/// What is written to.
type Out = Box<dyn Write + Send>;

/// How long rows wait for others while they are read from a pipe, behind which somebody may wait for them.
const PATIENCE: Duration = Duration::from_secs(1);

/// Frames on their way to rows.
pub(super) struct Run {
    pub(super) reading: Reading,
    pub(super) rows: SharedTable<Out>,
    pub(super) draft: Draft,
    pub(super) state: Option<State>,
    /// Whether rules give labels.
    pub(super) by_rules: bool,
    pub(super) quiet: bool,
}

impl Run {
    /// Reads to the end, tells every flow, and gives the output its name.
    pub(super) fn through(mut self, mut meter: Meter<FlowRows<Out>>) -> Result<(), Failure> {
        let progress = self.reading.progress();
        let interrupt = Interrupt::watch(self.last_words(progress.clone()))?;
        if self.reading.is_piped() {
            let flush = self.rows.flusher();
            thread::spawn(move || {
                loop {
                    thread::sleep(PATIENCE);
                    flush();
                }
            });
        }
        let (started, rows) = (Instant::now(), &self.rows);
        let read = self.reading.each(&progress, |_, frame| {
            meter.push(frame);
            if interrupt.is_asked() || rows.has_failed() { Err(Stop::Asked) } else { Ok(()) }
        });
        interrupt.see();
        // Who sends packets through a pipe may be interrupted by the same keys, and end them.
        let read = if interrupt.is_asked() { Err(Stop::Asked) } else { read };
        let finished = match &self.state {
            Some(state) if read.is_ok() => state.close(meter),
            // Open flows of a part are no ground to go on from.
            _ => Ok(meter.finish()),
        };
        progress.clear();
        self.end(&finished?, read, started)
    }

    /// What is done for a run that waits for its input when it is interrupted.
    fn last_words(&self, progress: Progress) -> impl Fn() + Send + Sync + 'static + use<> {
        let (flush, draft) = (self.rows.flusher(), self.draft.clone());
        move || {
            flush();
            progress.clear();
            let open = "flows that were open then are lost";
            report(&Failure::Interrupted { part: part(&draft), open });
        }
    }

    /// Writes what is left, says what was done, and gives files that are whole their names.
    fn end(
        self,
        finished: &Finished<FlowRows<Out>>,
        read: Result<(), Stop>,
        started: Instant,
    ) -> Result<(), Failure> {
        let Self { reading, rows, draft, state, by_rules, quiet } = self;
        rows.flush();
        let written = rows.rows();
        rows.finish().map_err(|error| wrong(error, &draft))?;
        reading.losses().iter().for_each(|line| tell(line));
        if !quiet {
            let unlabelled = finished.sinks.iter().map(FlowRows::unlabelled).sum();
            let unlabelled = if by_rules { unlabelled } else { 0 };
            let reading = &reading;
            let summary = Summary { reading, finished, rows: written, unlabelled, started };
            summary.tables().iter().for_each(tell_table);
        }
        match read {
            Ok(()) => draft.finish().and_then(|()| state.map_or(Ok(()), |state| state.finish())),
            Err(Stop::Asked) => {
                let open = "flows that were open then are told as far as they were seen";
                Err(Failure::Interrupted { part: part(&draft), open })
            }
            Err(Stop::Broken(error)) => {
                tell(&format!("not whole: {}", part(&draft)));
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

fn part(draft: &Draft) -> String {
    match draft.partial() {
        Some(path) => format!("what was read until then is in {}", path.display()),
        None => format!("what was read until then went to {}", draft.target()),
    }
}

/// What writing rows says, with the name of the output.
pub(super) fn wrong(error: DataError, draft: &Draft) -> Failure {
    match error {
        DataError::Write { source, .. } => draft.failure(source),
        error => Failure::Table(error),
    }
}
