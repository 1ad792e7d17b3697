//! What the walks over records answer: a record, or why they halt.

use netsift_packet::{LinkType, Timestamp};

use crate::Fault;
use crate::source::SourceError;

/// A frame whose bytes stand in the window.
#[derive(Clone, Copy, Default)]
pub(crate) struct Record {
    pub(crate) time: Timestamp,
    pub(crate) wire_len: u32,
    pub(crate) link: LinkType,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

/// Why a walk ended before the capture did; the reader adds where and in which capture.
pub(crate) enum Halt {
    Source(SourceError),
    Fault(Fault),
}

impl From<SourceError> for Halt {
    #[cold]
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}

impl From<Fault> for Halt {
    #[cold]
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
