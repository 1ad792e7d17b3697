//! What waits for a sink: on disk, or in memory.

use std::collections::VecDeque;

use crate::spool::{Batch, Entry, Reach, Spool, SpoolCounts, bury};
use crate::{Alert, SinkError};

/// So many are copied out of memory at once.
const AT_ONCE: usize = 1_024;

/// What waits for a sink.
#[derive(Debug)]
pub(super) enum Queue {
    /// For sinks that may be out of reach.
    Disk(Spool),
    /// For those that write to this machine.
    Memory { waiting: VecDeque<Entry>, most: usize },
}

impl Queue {
    /// Whether one more is taken, as far as it is known without trying.
    pub(super) fn has_room(&self) -> bool {
        match self {
            Self::Disk(_) => true,
            Self::Memory { waiting, most } => waiting.len() < *most,
        }
    }

    /// Adds alerts; answers how many were taken.
    pub(super) fn append(&mut self, at: i64, alerts: &[Alert]) -> Result<usize, SinkError> {
        match self {
            Self::Disk(spool) => spool.append(at, alerts),
            Self::Memory { waiting, most } => {
                let room = most.saturating_sub(waiting.len()).min(alerts.len());
                let entry = |alert: &Alert| Entry { at, alert: alert.clone() };
                waiting.extend(alerts.iter().take(room).map(entry));
                Ok(room)
            }
        }
    }

    /// The oldest, which stay until they are done: not more than so many, and not all of them at once.
    pub(super) fn peek(&mut self, most: usize) -> Result<Batch, SinkError> {
        match self {
            Self::Disk(spool) => spool.peek(most),
            Self::Memory { .. } => self.behind(&Reach::default(), most),
        }
    }

    /// Those behind what was looked at before.
    pub(super) fn behind(&self, reach: &Reach, most: usize) -> Result<Batch, SinkError> {
        match self {
            Self::Disk(spool) => spool.behind(reach, most),
            Self::Memory { waiting, .. } => {
                let behind = waiting.iter().skip(reach.count as usize).take(most.min(AT_ONCE));
                Ok(Batch::behind(reach, behind.cloned().collect()))
            }
        }
    }

    /// All up to there goes.
    pub(super) fn forget(&mut self, reach: &Reach) -> Result<(), SinkError> {
        match self {
            Self::Disk(spool) => spool.forget(reach),
            Self::Memory { waiting, .. } => {
                waiting.drain(..waiting.len().min(reach.count as usize));
                Ok(())
            }
        }
    }

    /// Makes dead letters of them, if there is a place for that; answers how many are.
    pub(super) fn bury(&self, entries: &[Entry]) -> Result<u64, SinkError> {
        match self {
            Self::Disk(spool) => bury(spool.folder(), entries, spool.most()),
            Self::Memory { .. } => Ok(0),
        }
    }

    pub(super) fn counts(&self) -> SpoolCounts {
        match self {
            Self::Disk(spool) => spool.counts(),
            Self::Memory { waiting, .. } => {
                SpoolCounts { queued: waiting.len() as u64, ..SpoolCounts::default() }
            }
        }
    }

    /// Whether what waits is there for the next program.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self, Self::Disk(_))
    }
}
