//! The busiest hosts of a capture as a list, to be looked for in it once more.

use netsift_detect::lists::{List, ListOptions, Talkers};

use super::CaptureNumbers;
use crate::ReportError;

impl CaptureNumbers {
    /// The hosts that sent most bytes as a list, each on the line of its rank: so many, or as many as are
    /// [told](super::Explorer::top).
    ///
    /// # Errors
    /// [`ReportError::Detect`] if that is none, or more than 100,000.
    pub fn talkers(&self, most: usize) -> Result<List, ReportError> {
        let mut talkers = Talkers::new(most)?;
        for host in &self.sources.by_bytes {
            talkers.add(host.address, host.sent.bytes, host.sent.packets);
        }
        Ok(talkers.list(&ListOptions::new("talkers"))?)
    }
}
