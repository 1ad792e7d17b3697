//! What an interface does not tell.

use std::fmt;

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
