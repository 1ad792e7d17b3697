//! Flows of captures as rows to learn from.

use std::path::PathBuf;

use netsift::capture::CaptureError;
use netsift::data::{DataError, Dataset};
use netsift::detect::flow_rows::{self, FlowRows};
use netsift::flow::{Columns, MOST_WORKERS, Profile};
use netsift::models::LiveBaseline;

use super::super::Train;
use super::super::detection::Detection;
use crate::failure::{Failure, tell};
use crate::figures;
use crate::files::{Files, interrupted};
use crate::interrupt::Interrupt;
use crate::progress::Progress;
use crate::reading::Reading;
use crate::selection;
use crate::tables::asked::Names;

/// How captures are read.
pub(super) struct Captures {
    profile: Profile,
    most_rows: Option<usize>,
    seed: u64,
}

impl Train {
    pub(super) fn captures(&self, detection: &Detection) -> Result<Captures, Failure> {
        let profile = self.flows.of_captures()?;
        // Before anything is read.
        self.flows.config(&Columns::all(profile))?;
        let most_rows = detection.most_rows.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX));
        Ok(Captures { profile, most_rows, seed: self.seed })
    }
}

impl Captures {
    pub(super) fn profile(&self) -> Profile {
        self.profile
    }

    /// The columns that are learned from: those that were asked for, or of all but what says who or when those that find
    /// attacks best.
    pub(super) fn columns(
        &self,
        asked: &Train,
        detection: &Detection,
    ) -> Result<Vec<String>, Failure> {
        let all = Columns::all(self.profile);
        let all = FlowRows::read_as(&all, all.config()).take().map_err(Failure::Table)?;
        let kept = Names::of(&asked.columns.keep).map(String::as_str);
        let chosen = match asked.columns.keep.is_empty() {
            true => all.without(Names::of(&asked.columns.drop).map(String::as_str)),
            false => all.pick(kept),
        };
        let chosen = asked.without_identity(chosen.map_err(Failure::Table)?)?;
        let chosen = asked.usual_alone(chosen, detection)?;
        Ok(chosen.schema().names().map(str::to_owned).collect())
    }

    /// The flows of these captures, of which as many are kept as fit, and what ended the reading before its end. They are
    /// read for so many nanoseconds of their own time; flows that are open then end there.
    pub(super) fn read(
        &self,
        captures: &[PathBuf],
        columns: &[String],
        span: Option<i64>,
        (asked, files, interrupt): (&Train, &Files, &Interrupt),
    ) -> Result<(Dataset, Option<Failure>), Failure> {
        let targets: Vec<_> = files.targets().collect();
        let all = selection::Asked::default().selection()?;
        let mut reading = Reading::open(captures, all, &targets)?;
        let progress = if asked.quiet { Progress::hidden() } else { reading.progress() };
        let read = flow_rows::columns_named(self.profile, columns.iter().map(String::as_str));
        let read = read.map_err(Failure::Table)?;
        let flows = FlowRows::read_as(&read, asked.flows.config(&read)?);
        // The order of rows is the same on every machine, unless it is given up for speed.
        let workers = asked.threads.unwrap_or(1).clamp(1, MOST_WORKERS);
        let mut meter = flows.meter(workers).map_err(Failure::Flows)?;
        let mut kept = self.kept();
        let mut keep = |rows: Result<Dataset, DataError>| {
            let rows = rows.and_then(|rows| rows.pick(columns.iter().map(String::as_str)));
            kept.feed(&rows.map_err(Failure::Table)?).map_err(Failure::Model)
        };
        let mut end = None;
        let read = reading.each(&progress, |_, frame| {
            if interrupt.is_asked() {
                return Err(End::Failed(interrupted()));
            }
            let now = frame.time.as_nanos();
            let end = *end.get_or_insert_with(|| span.map(|span| now.saturating_add(span)));
            if end.is_some_and(|end| now >= end) {
                return Err(End::Asked);
            }
            meter.push(frame);
            if flows.are_enough() {
                keep(flows.take()).map_err(End::Failed)?;
            }
            Ok(())
        });
        progress.clear();
        // What was read of a broken capture is learned from, and what is wrong with it comes last.
        let broken = match read {
            Ok(()) | Err(End::Asked) => None,
            Err(End::Failed(broken @ Failure::Read(_))) => Some(broken),
            Err(End::Failed(failure)) => return Err(failure),
        };
        meter.finish();
        keep(flows.take())?;
        reading.losses().iter().for_each(|line| tell(line));
        if kept.came() == 0 {
            return Err(Failure::NoRows { lost: String::new() });
        }
        if !asked.quiet {
            tell(&told(&kept));
        }
        Ok((kept.dataset()?, broken))
    }

    fn kept(&self) -> LiveBaseline {
        let kept = LiveBaseline::new().seed(self.seed);
        match self.most_rows {
            Some(most) => kept.most_rows(most),
            None => kept,
        }
    }
}

/// Why reading ends before the captures do.
enum End {
    /// The time is over that was to be read: what comes behind may never end.
    Asked,
    Failed(Failure),
}

impl From<CaptureError> for End {
    fn from(error: CaptureError) -> Self {
        Self::Failed(error.into())
    }
}

fn told(kept: &LiveBaseline) -> String {
    let (came, rows) = (figures::grouped(kept.came()), figures::grouped(kept.rows() as u64));
    match kept.came() == kept.rows() as u64 {
        true => format!("{came} flows to learn from"),
        false => format!("{rows} of {came} flows are kept to learn from, drawn by chance"),
    }
}
