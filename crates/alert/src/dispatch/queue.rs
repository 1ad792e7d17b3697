//! What waits for a sink: on disk, or in memory.

use std::collections::VecDeque;
use std::path::Path;

use crate::spool::{Aside, Batch, Entry, Reach, Spool, SpoolCounts, SpoolSettings, bury};
use crate::{Alert, SinkError};

/// So many are copied out of memory at once.
const AT_ONCE: usize = 1_024;

/// What waits for a sink.
#[derive(Debug)]
pub(super) enum Queue {
    /// For sinks that may be out of reach, and what fails there while others get through.
    Disk { spool: Spool, aside: Aside },
    /// For those that write to this machine.
    Memory { waiting: VecDeque<Entry>, most: usize },
}

impl Queue {
    pub(super) fn on_disk(folder: &Path, settings: SpoolSettings) -> Result<Self, SinkError> {
        let spool = Spool::open(folder, settings)?;
        let aside = Aside::open(spool.folder())?;
        Ok(Self::Disk { spool, aside })
    }

    /// Whether one more is taken, as far as it is known without trying.
    pub(super) fn has_room(&self) -> bool {
        match self {
            Self::Disk { .. } => true,
            Self::Memory { waiting, most } => waiting.len() < *most,
        }
    }

    /// Adds alerts; answers how many were taken.
    pub(super) fn append(&mut self, at: i64, alerts: &[Alert]) -> Result<usize, SinkError> {
        match self {
            Self::Disk { spool, .. } => spool.append(at, alerts),
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
            Self::Disk { spool, .. } => spool.peek(most),
            Self::Memory { .. } => self.behind(&Reach::default(), most),
        }
    }

    /// Those behind what was looked at before.
    pub(super) fn behind(&self, reach: &Reach, most: usize) -> Result<Batch, SinkError> {
        match self {
            Self::Disk { spool, .. } => spool.behind(reach, most),
            Self::Memory { waiting, .. } => {
                let behind = waiting.iter().skip(reach.count as usize).take(most.min(AT_ONCE));
                Ok(Batch::behind(reach, behind.cloned().collect()))
            }
        }
    }

    /// All up to there goes.
    pub(super) fn forget(&mut self, reach: &Reach) -> Result<(), SinkError> {
        match self {
            Self::Disk { spool, .. } => spool.forget(reach),
            Self::Memory { waiting, .. } => {
                waiting.drain(..waiting.len().min(reach.count as usize));
                Ok(())
            }
        }
    }

    /// Makes dead letters of them, if there is a place for that; answers how many are.
    pub(super) fn bury(&self, entries: &[Entry]) -> Result<u64, SinkError> {
        match self {
            Self::Disk { spool, .. } => bury(spool.folder(), entries, spool.most()),
            Self::Memory { .. } => Ok(0),
        }
    }

    /// Those that were set aside, the oldest first.
    pub(super) fn aside(&self) -> &[Entry] {
        match self {
            Self::Disk { aside, .. } => aside.entries(),
            Self::Memory { .. } => &[],
        }
    }

    /// The first so many go aside, and all up to there is done.
    pub(super) fn set_aside(&mut self, some: &[Entry], reach: &Reach) -> Result<(), SinkError> {
        if let (Self::Disk { aside, .. }, false) = (&mut *self, some.is_empty()) {
            aside.add(some)?;
        }
        self.forget(reach)
    }

    /// One that was set aside is done.
    pub(super) fn forget_aside(&mut self, place: usize) -> Result<(), SinkError> {
        match self {
            Self::Disk { aside, .. } => aside.remove(place),
            Self::Memory { .. } => Ok(()),
        }
    }

    /// How many wait in their turn.
    pub(super) fn in_line(&self) -> u64 {
        self.counts().queued - self.aside().len() as u64
    }

    /// What is lost with the program; how much that is.
    pub(super) fn drop_unkept(&mut self) -> u64 {
        match self {
            Self::Disk { .. } => 0,
            Self::Memory { waiting, .. } => waiting.drain(..).count() as u64,
        }
    }

    pub(super) fn counts(&self) -> SpoolCounts {
        match self {
            Self::Disk { spool, aside } => {
                let counts = spool.counts();
                SpoolCounts { queued: counts.queued + aside.entries().len() as u64, ..counts }
            }
            Self::Memory { waiting, .. } => {
                SpoolCounts { queued: waiting.len() as u64, ..SpoolCounts::default() }
            }
        }
    }

    /// Whether what waits is there for the next program.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self, Self::Disk { .. })
    }
}
