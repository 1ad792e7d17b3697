//! Open flows, kept from one run to the next.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use netsift::flow::{Finished, FlowConfig, FlowError, Meter, Sink};

use crate::failure::Failure;
use crate::output::{Draft, Target};

/// The file of open flows.
pub(super) struct State {
    path: PathBuf,
    draft: Draft,
    /// No run follows this one: its open flows are told.
    is_last: bool,
}

impl State {
    pub(super) fn new(path: &Path, is_last: bool) -> Self {
        let draft = Draft::of(Target::File(path.to_owned()));
        Self { path: path.to_owned(), draft, is_last }
    }

    pub(super) const fn draft(&self) -> &Draft {
        &self.draft
    }

    /// Goes on with the flows of the file; the first run finds none.
    pub(super) fn meter<S: Sink>(
        &self,
        config: FlowConfig,
        workers: usize,
        sink: impl FnMut() -> S,
    ) -> Result<Meter<S>, Failure> {
        match File::open(&self.path) {
            Ok(file) => {
                Meter::resume(config, workers, sink, file).map_err(|source| self.failure(source))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Meter::new(config, workers, sink).map_err(Failure::Flows)
            }
            Err(error) => Err(Failure::unread(&self.path)(error)),
        }
    }

    /// Keeps the open flows, or tells them if this is the last run.
    pub(super) fn close<S: Sink>(&self, meter: Meter<S>) -> Result<Finished<S>, Failure> {
        if self.is_last {
            return Ok(meter.finish());
        }
        meter.save(self.draft.open()?).map_err(|source| self.failure(source))
    }

    /// Gives the file its name, once everything else is done: until then a run can be repeated.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        if self.is_last { Ok(()) } else { self.draft.finish() }
    }

    fn failure(&self, source: FlowError) -> Failure {
        Failure::State { path: self.path.clone(), source }
    }
}
