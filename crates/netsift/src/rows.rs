//! Flows of captures, or of made traffic, as rows to learn from.
//!
//! ```
//! use netsift::flow::{Columns, Profile};
//! use netsift::rows;
//! use netsift::synth::Scenario;
//!
//! # fn main() -> Result<(), netsift::rows::RowsError> {
//! let columns = Columns::pick(Profile::Native, ["reference"])?;
//! let traffic = rows::of_traffic(&Scenario::new(1).packets(2_000), &columns)?;
//! assert!(traffic.labels().is_some_and(|labels| labels.classes().len() > 5));
//! # Ok(())
//! # }
//! ```

use std::path::Path;

use netsift_capture::{CaptureError, CaptureSet};
use netsift_data::{DataError, Dataset};
use netsift_detect::flow_rows::FlowRows;
use netsift_flow::{Columns, FlowError};
use netsift_packet::FrameSource;
use thiserror::Error;

/// Why there are no rows.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RowsError {
    /// A capture could not be read to its end.
    #[error(transparent)]
    Capture(#[from] CaptureError),
    /// Columns or labels are none.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// Rows make no dataset.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The traffic wished for cannot be made.
    #[cfg(feature = "synth")]
    #[error(transparent)]
    Synth(#[from] netsift_synth::SynthError),
    /// Labels of made traffic could not be written.
    #[error("labels of made traffic could not be written")]
    Labels(#[from] std::io::Error),
}

#[cfg(feature = "synth")]
impl From<std::convert::Infallible> for RowsError {
    /// Making traffic never fails.
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

/// The flows of captures, a row each: those of one, or of several that are read as one in order of time.
///
/// # Errors
/// What reading captures says; what was read before goes with it.
pub fn of_captures<P: AsRef<Path>>(
    captures: impl IntoIterator<Item = P>,
    columns: &Columns,
) -> Result<Dataset, RowsError> {
    let rows = FlowRows::read_as(columns, columns.config());
    of_frames(rows, CaptureSet::open(captures)?)
}

/// The flows of made traffic, a row each, with their classes as labels.
///
/// # Errors
/// [`RowsError::Synth`] for a scenario that cannot be.
#[cfg(feature = "synth")]
pub fn of_traffic(
    scenario: &netsift_synth::Scenario,
    columns: &Columns,
) -> Result<Dataset, RowsError> {
    let rows = FlowRows::read_as(columns, columns.config());
    let rows = rows.labelled_by(labels(scenario)?.into());
    of_frames(rows, netsift_synth::Generator::new(scenario)?)
}

/// The flows of any frames, a row each: those that a model is asked about, say ([`FlowRows::of`]).
///
/// # Errors
/// What reading frames says; what was read before goes with it.
pub fn of_frames<S>(rows: FlowRows, mut frames: S) -> Result<Dataset, RowsError>
where
    S: FrameSource,
    RowsError: From<S::Error>,
{
    let mut meter = rows.meter(1)?;
    while let Some(frame) = frames.next_frame()? {
        meter.push(frame);
    }
    meter.finish();
    Ok(rows.take()?)
}

/// What flows of made traffic are: it is made once more, and the same.
#[cfg(feature = "synth")]
fn labels(scenario: &netsift_synth::Scenario) -> Result<netsift_flow::Labels, RowsError> {
    let mut traffic = netsift_synth::Generator::labelled(scenario)?;
    let mut writer = netsift_synth::LabelWriter::new(Vec::new())?;
    while traffic.next_frame()?.is_some() {
        traffic.ended_flows().try_for_each(|flow| writer.write(&flow))?;
    }
    traffic.ended_flows().try_for_each(|flow| writer.write(&flow))?;
    Ok(netsift_flow::Labels::read(&writer.finish()?[..])?)
}

#[cfg(test)]
mod tests {
    use netsift_flow::Profile;

    use super::*;

    #[test]
    #[cfg(feature = "synth")]
    fn made_traffic_has_its_classes() {
        let columns = Columns::pick(Profile::Native, ["reference"]).unwrap();
        let scenario = netsift_synth::Scenario::new(7).packets(5_000);
        let rows = of_traffic(&scenario, &columns).unwrap();
        let labels = rows.labels().unwrap();
        let of = |name: &str| labels.classes().names().position(|other| other == name);
        let unlabelled = of(netsift_detect::flow_rows::UNLABELLED);
        let count = unlabelled.map_or(0, |class| labels.counts()[class]);
        assert!(count * 100 < rows.rows(), "{count} of {} flows have no class", rows.rows());
        assert!(of("web").is_some() && of("syn-scan").is_some());
    }

    #[test]
    fn what_is_no_capture_is_an_error() {
        let columns = Columns::reference(Profile::Native);
        assert!(matches!(of_captures(["nowhere.pcap"], &columns), Err(RowsError::Capture(_))));
    }
}
