//! Captures, or made traffic, in numbers, and what in them is strange: read as often as that takes.
//!
//! ```
//! use netsift::explored;
//! use netsift::report::{AnomalySearch, Explorer, Subject};
//! use netsift::synth::Scenario;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let explorer = Explorer::new().anomalies(AnomalySearch::new(Subject::Flows));
//! let explored = explored::of_traffic(&Scenario::new(1).packets(2_000), explorer)?;
//! assert_eq!(explored.numbers.frames.all.packets, 2_000);
//! assert!(explored.anomalies.is_some_and(|it| it.rows == explored.numbers.flows.flows));
//! # Ok(())
//! # }
//! ```

use std::path::Path;
use std::sync::Arc;

use netsift_capture::{CaptureError, CaptureSet};
use netsift_models::Bundle;
use netsift_packet::FrameSource;
use netsift_report::{Anomalies, CaptureNumbers, Explorer, ReportError};
use thiserror::Error;

/// What was found.
#[derive(Debug)]
#[non_exhaustive]
pub struct Explored {
    /// How much there is of what.
    pub numbers: CaptureNumbers,
    /// What is strange, if the explorer looks for it.
    pub anomalies: Option<Anomalies>,
    /// What finds the like in other traffic, if there was anything to learn from: a detector for
    /// [`Models`](netsift_detect::Models), if flows were looked at.
    pub detector: Option<Arc<Bundle>>,
}

/// Why there are no numbers.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExploredError {
    /// A capture could not be read to its end.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// What exploring refuses.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The traffic wished for cannot be made.
    #[cfg(feature = "synth")]
    #[error(transparent)]
    Synth(#[from] netsift_synth::SynthError),
}

#[cfg(feature = "synth")]
impl From<std::convert::Infallible> for ExploredError {
    /// Making traffic never fails.
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// What captures hold: files and folders, read as one in order of time.
///
/// # Errors
/// What reading captures says.
pub fn of_captures<P: AsRef<Path>>(
    captures: &[P],
    explorer: Explorer,
) -> Result<Explored, ExploredError> {
    explored(explorer, || Ok(CaptureSet::open(captures)?))
}

/// What made traffic holds.
///
/// # Errors
/// [`ExploredError::Synth`] for a scenario that cannot be.
#[cfg(feature = "synth")]
pub fn of_traffic(
    scenario: &netsift_synth::Scenario,
    explorer: Explorer,
) -> Result<Explored, ExploredError> {
    explored(explorer, || Ok(netsift_synth::Generator::new(scenario)?))
}

fn explored<S: FrameSource>(
    explorer: Explorer,
    open: impl Fn() -> Result<S, ExploredError>,
) -> Result<Explored, ExploredError>
where
    ExploredError: From<S::Error>,
{
    let (mut exploration, mut frames) = (explorer.start()?, open()?);
    while let Some(frame) = frames.next_frame()? {
        exploration.push(frame);
    }
    let (numbers, rows) = exploration.finish_first_look();
    let Some(rows) = rows else { return Ok(Explored { numbers, anomalies: None, detector: None }) };
    let (mut judge, mut frames) = (rows.learn()?, open()?);
    while !judge.is_done()
        && let Some(frame) = frames.next_frame()?
    {
        judge.push(frame)?;
    }
    let detector = judge.detector();
    Ok(Explored { numbers, anomalies: Some(judge.finish()?), detector })
}

#[cfg(all(test, feature = "synth"))]
mod tests {
    use netsift_detect::Models;
    use netsift_report::{AnomalySearch, Subject};
    use netsift_synth::Scenario;

    use super::*;

    #[test]
    fn what_was_learned_of_flows_finds_the_like_in_others() {
        let search = AnomalySearch::new(Subject::Flows).learned(100).unwrap();
        let explorer = Explorer::new().anomalies(search);
        let explored = of_traffic(&Scenario::new(1).packets(5_000), explorer).unwrap();
        let found = explored.anomalies.unwrap();
        assert_eq!((found.rows, found.learned), (explored.numbers.flows.flows, 100));
        Models::default().anomaly(explored.detector.unwrap()).unwrap();
    }

    #[test]
    fn what_is_no_capture_is_an_error_and_nothing_is_looked_for_unasked() {
        let error = of_captures(&["nowhere.pcap"], Explorer::new());
        assert!(matches!(error, Err(ExploredError::Capture(_))));
        let explored = of_traffic(&Scenario::new(1).packets(100), Explorer::new()).unwrap();
        assert!(explored.anomalies.is_none() && explored.detector.is_none());
    }
}
