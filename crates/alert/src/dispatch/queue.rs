//! What waits for a sink: on disk, or in memory.

use std::collections::VecDeque;

use crate::spool::{Batch, Entry, Spool, SpoolCounts, bury};
use crate::{Alert, SinkError};

/// What waits for a sink.
#[derive(Debug)]
pub(super) enum Queue {
    /// For sinks that may be out of reach.
    Disk(Spool),
    /// For those that write to this machine.
    Memory { waiting: VecDeque<Entry>, most: usize },
}

impl Queue {
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

    /// The oldest, which stay until they are done.
    pub(super) fn peek(&mut self, most: usize) -> Result<Batch, SinkError> {
        match self {
            Self::Disk(spool) => spool.peek(most),
            Self::Memory { waiting, .. } => {
                Ok(waiting.iter().take(most).cloned().collect::<Vec<_>>().into())
            }
        }
    }

    /// The oldest are those that were handed out last: they go.
    pub(super) fn done(&mut self, batch: &Batch) -> Result<(), SinkError> {
        match self {
            Self::Disk(spool) => spool.done(batch),
            Self::Memory { waiting, .. } => {
                waiting.drain(..batch.entries.len().min(waiting.len()));
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
