//! What was found in a ring.

use std::fmt;
use std::sync::Arc;

use netsift_packet::{Frame, Timestamp};

use super::shelf::{Chunk, Entry};
use super::wanted::{Ends, Wanted};

/// The frames behind a verdict, as far as they were still there.
///
/// It holds the parts of the ring that they stand in until it is dropped. The default holds nothing and lacks nothing.
#[derive(Default)]
pub struct Kept {
    chunks: Vec<Arc<Chunk>>,
    /// Chunk and entry of each.
    places: Vec<(u32, u32)>,
    missing: Option<Missing>,
}

/// What was no longer in the ring. It prints as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// Packets of a flow.
    Packets {
        /// So many were there.
        found: u64,
        /// Of so many.
        of: u64,
    },
    /// What there was of a behaviour in the beginning.
    Start {
        /// So many nanoseconds of it.
        nanos: i64,
    },
}

impl Kept {
    /// Looks for them in these chunks, the oldest first.
    pub(super) fn find(chunks: Vec<Arc<Chunk>>, since: Option<Timestamp>, wanted: &Wanted) -> Self {
        let (mut found, mut own) = (Vec::new(), 0);
        for (number, chunk) in chunks.iter().enumerate() {
            for (place, entry) in chunk.entries().iter().enumerate() {
                let is_own = is_own(wanted, entry);
                if is_own || is_about(wanted, entry, chunk) {
                    own += u64::from(is_own);
                    found.push((entry.time, (number as u32, place as u32)));
                }
            }
        }
        // As they came where times are the same.
        found.sort_by_key(|(time, _)| *time);
        let missing = match (wanted.packets, since) {
            (Some(of), _) if own < of => Some(Missing::Packets { found: own, of }),
            (None, Some(since)) if since > wanted.first => {
                Some(Missing::Start { nanos: since.nanos_since(wanted.first) })
            }
            _ => None,
        };
        Self { chunks, places: found.into_iter().map(|(_, place)| place).collect(), missing }
    }

    /// The frames, in order of time.
    #[must_use]
    pub fn frames(&self) -> impl ExactSizeIterator<Item = Frame<'_>> {
        self.places.iter().map(|&(chunk, entry)| self.frame(chunk, entry))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is not among them any more, as far as that is known.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        self.missing
    }

    fn frame(&self, chunk: u32, entry: u32) -> Frame<'_> {
        // Both were found there.
        let chunk = &self.chunks[chunk as usize];
        chunk.frame(&chunk.entries()[entry as usize])
    }
}

fn is_own(wanted: &Wanted, entry: &Entry) -> bool {
    (wanted.from..=wanted.until).contains(&entry.time) && wanted.takes(&entry.ends)
}

/// Whether it is an error about such a packet.
fn is_about(wanted: &Wanted, entry: &Entry, chunk: &Chunk) -> bool {
    entry.is_error
        && (wanted.from..=wanted.latest()).contains(&entry.time)
        && Ends::quoted(chunk.frame(entry)).is_some_and(|ends| wanted.takes(&ends))
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (frames, missing) = (self.places.len(), self.missing);
        f.debug_struct("Kept").field("frames", &frames).field("missing", &missing).finish()
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Packets { found, of } => {
                write!(f, "{found} of {of} packets; the others had left the ring")
            }
            Self::Start { nanos } => {
                let seconds = nanos as f64 / 1e9;
                write!(f, "the packets of the first {seconds:.1} s had left the ring")
            }
        }
    }
}
