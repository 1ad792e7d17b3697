//! What a back end gives: frames of an open interface, counts, and what it cannot do.

use std::io;
use std::time::Duration;

use crate::{Batch, Shortcoming};

/// An open interface.
pub(crate) trait Device: Send {
    /// Adds the frames that are there, until the batch is full, and waits a moment for the first of them.
    fn read(&mut self, batch: &mut Batch, patience: Duration) -> io::Result<()>;

    /// What was counted since it was opened.
    fn counts(&mut self) -> Counts;

    /// What frames of this device do not tell.
    fn shortcomings(&self) -> &[Shortcoming];
}

/// What a device counts beside the frames it gives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) cut: u64,
    pub(crate) filtered: u64,
    pub(crate) kernel_drops: Option<u64>,
    pub(crate) interface_drops: Option<u64>,
}

impl Counts {
    /// The counts of two devices after one another. What one of them did not count is told of the other alone.
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Self {
            cut: self.cut + other.cut,
            filtered: self.filtered + other.filtered,
            kernel_drops: sum(self.kernel_drops, other.kernel_drops),
            interface_drops: sum(self.interface_drops, other.interface_drops),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_once_stays_what_the_other_counted() {
        let counted = Counts { cut: 1, kernel_drops: Some(5), ..Counts::default() };
        let sum = counted.plus(Counts { cut: 2, ..Counts::default() });
        assert_eq!(sum, Counts { cut: 3, kernel_drops: Some(5), ..Counts::default() });
        assert_eq!(counted.plus(counted).kernel_drops, Some(10));
    }
}
