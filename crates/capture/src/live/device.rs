//! What a back end gives: frames of an open interface, counts, and what it cannot do.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::Batch;

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

/// What a live capture does not tell, or not as it should. Worth a line before the first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shortcoming {
    /// Times are those of the reading, a little after the frames came.
    TimesOfReading,
    /// Frames that the kernel drops are not counted.
    DropsNotCounted,
    /// VLAN tags were taken off by the kernel and are not seen.
    VlanTagsLost,
    /// The loopback interface shows each frame twice: going out and coming in.
    TwiceOnLoopback,
    /// Of interfaces with and without link headers, which a frame came from is told by its bytes.
    LinkTypesGuessed,
    /// Promiscuous mode was asked for, and all interfaces at once have none.
    NotPromiscuous,
    /// The kernel keeps less than was asked for.
    SmallBuffer {
        /// How many bytes were asked for.
        wished: u32,
        /// How many it keeps.
        got: u32,
    },
    /// Snap length and buffer of the kernel are what the system gives.
    BufferNotSet,
    /// A quiet interface keeps ticks and stops waiting for its next frame.
    WaitsForFrames,
}

impl fmt::Display for Shortcoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimesOfReading => "times are those of the reading, not the kernel's",
            Self::DropsNotCounted => "packets that the kernel drops are not counted",
            Self::VlanTagsLost => "VLAN tags are taken off by the kernel",
            Self::TwiceOnLoopback => "on the loopback interface each packet is seen twice",
            Self::LinkTypesGuessed => "whether a frame has a link header is told by its bytes",
            Self::NotPromiscuous => "all interfaces at once have no promiscuous mode",
            Self::SmallBuffer { wished, got } => {
                return write!(
                    f,
                    "the kernel keeps {got} bytes instead of {wished}: grant CAP_NET_ADMIN or raise net.core.rmem_max"
                );
            }
            Self::BufferNotSet => "the kernel's buffer is the system's",
            Self::WaitsForFrames => "on a quiet interface nothing happens until its next packet",
        })
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
