//! How an interface is captured on: a builder whose setters state the default and its reason.

use std::fmt;
use std::time::Duration;

use crate::limits;
use crate::options::refuse_unless;
use crate::{CaptureError, Stop};

/// What frames of an interface are read with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// A packet socket of pnet_datalink's: there in every build, and nothing else is needed. Times are those of the
    /// reading, the kernel's drops are not counted, and [more](crate::Shortcoming).
    Pnet,
    /// libpcap: the kernel's times, filter and counts. With the feature `live-pcap`.
    Libpcap,
}

impl Backend {
    /// libpcap if this build has it, else pnet_datalink.
    #[must_use]
    pub const fn best() -> Self {
        if cfg!(feature = "live-pcap") { Self::Libpcap } else { Self::Pnet }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pnet => "pnet",
            Self::Libpcap => "libpcap",
        })
    }
}

/// How an interface is captured on.
#[derive(Clone, Debug)]
#[must_use]
pub struct LiveOptions {
    pub(crate) backend: Backend,
    pub(crate) promiscuous: bool,
    pub(crate) snap_len: u32,
    pub(crate) buffer_len: u32,
    pub(crate) filter: Option<String>,
    pub(crate) patience: Duration,
    pub(crate) silence: Option<Duration>,
    pub(crate) reconnects: bool,
    pub(crate) stop: Stop,
}

impl LiveOptions {
    /// The most that [`snap_len`](Self::snap_len) may be.
    pub const MAX_SNAP_LEN: u32 = limits::MAX_LIVE_SNAP_LEN;
    /// The least that [`buffer_len`](Self::buffer_len) may be.
    pub const MIN_BUFFER_LEN: u32 = limits::MIN_KERNEL_BUFFER_LEN;
    /// The most that it may be.
    pub const MAX_BUFFER_LEN: u32 = limits::MAX_KERNEL_BUFFER_LEN;

    /// The defaults: every frame, whole, for as long as it takes.
    pub fn new() -> Self {
        Self {
            backend: Backend::best(),
            promiscuous: true,
            snap_len: limits::SNAP_LEN,
            buffer_len: limits::KERNEL_BUFFER_LEN,
            filter: None,
            patience: limits::PATIENCE,
            silence: Some(limits::SILENCE),
            reconnects: true,
            stop: Stop::new(),
        }
    }

    /// What frames are read with. Default: the [best](Backend::best) this build has.
    pub fn backend(self, backend: Backend) -> Self {
        Self { backend, ..self }
    }

    /// Whether frames that are addressed to others are taken too. Default yes: a sensor watches the traffic of a
    /// network, not its own. Never on all interfaces at once, which have no such mode.
    pub fn promiscuous(self, promiscuous: bool) -> Self {
        Self { promiscuous, ..self }
    }

    /// How much of a frame is kept; its wire length stays. Default 262,144: frames are whole, even those that the
    /// kernel has put together. 1 to 1,048,576.
    pub fn snap_len(self, bytes: u32) -> Self {
        Self { snap_len: bytes, ..self }
    }

    /// How much the kernel keeps until it is read. Default 32 MiB: of small packets, a tenth of a second and more at a
    /// million a second. 65,536 to 512 MiB. pnet_datalink without `CAP_NET_ADMIN` gets no more than
    /// `net.core.rmem_max` allows, which [`Shortcoming::SmallBuffer`](crate::Shortcoming::SmallBuffer) tells.
    pub fn buffer_len(self, bytes: u32) -> Self {
        Self { buffer_len: bytes, ..self }
    }

    /// Which frames are taken, in tcpdump's words. Default all. libpcap asks in the kernel, where refused
    /// frames cost nothing; pnet_datalink's are asked by [`Filter`](netsift_packet::Filter) when they are read.
    pub fn filter(self, filter: impl Into<String>) -> Self {
        Self { filter: Some(filter.into()), ..self }
    }

    /// How long is waited for a frame before the answer is that there is none. Default a tenth of a second: ten ticks
    /// a second, in which a stop is heard too. A millisecond to a minute.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// After how long without a packet that is [told](crate::Event::Silent). Default 10 seconds, soon
    /// enough to notice the wrong interface; `None` for never.
    pub fn silence(self, silence: Option<Duration>) -> Self {
        Self { silence, ..self }
    }

    /// Whether an interface that goes away is waited for. Default yes: cables and machines at the other end come
    /// back, and what runs for months must outlive them. Else its loss is the end.
    pub fn reconnects(self, reconnects: bool) -> Self {
        Self { reconnects, ..self }
    }

    /// What ends the capture. Default one of its own, to be had of [`Live::stopper`](crate::Live::stopper).
    pub fn stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    pub(crate) fn check(&self) -> Result<(), CaptureError> {
        let snap_fits = (1..=limits::MAX_LIVE_SNAP_LEN).contains(&self.snap_len);
        refuse_unless(snap_fits, "snap_len", self.snap_len.into(), "1 to 1048576")?;
        let buffer = limits::MIN_KERNEL_BUFFER_LEN..=limits::MAX_KERNEL_BUFFER_LEN;
        let buffer_fits = buffer.contains(&self.buffer_len);
        refuse_unless(buffer_fits, "buffer_len", self.buffer_len.into(), "65536 to 536870912")?;
        let patience_fits =
            (Duration::from_millis(1)..=limits::MAX_PATIENCE).contains(&self.patience);
        let rule = "60 seconds or less, and a millisecond or more";
        refuse_unless(patience_fits, "patience", self.patience.as_secs(), rule)?;
        let silence_fits = self.silence != Some(Duration::ZERO);
        refuse_unless(silence_fits, "silence", 0, "more than nothing")
    }
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_cannot_be_are_refused() {
        let wrong = [
            LiveOptions::new().snap_len(0),
            LiveOptions::new().snap_len(1_048_577),
            LiveOptions::new().buffer_len(65_535),
            LiveOptions::new().buffer_len(u32::MAX),
            LiveOptions::new().patience(Duration::ZERO),
            LiveOptions::new().patience(Duration::from_secs(61)),
            LiveOptions::new().silence(Some(Duration::ZERO)),
        ];
        for options in wrong {
            assert!(matches!(options.check(), Err(CaptureError::Option { .. })), "{options:?}");
        }
        assert!(LiveOptions::new().check().is_ok());
    }
}
