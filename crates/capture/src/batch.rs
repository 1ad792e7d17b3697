//! Frames in batches: what is found is handed on many at a time, in memory that is used again.

use std::fmt;

use netsift_packet::{Frame, LinkType, Timestamp};

use crate::limits;
use crate::{Event, SourceStats};

/// Frames with their bytes, in two pieces of memory however many they are.
///
/// Cleared and filled again it allocates nothing. It takes frames past its usual size, so that none is too long
/// for it, and gives the memory back when it is cleared.
#[derive(Clone, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

/// A frame's facts, and where its bytes end; they begin where those of the one before end.
#[derive(Clone, Copy)]
struct Place {
    time: Timestamp,
    wire_len: u32,
    link: LinkType,
    end: usize,
}

impl Batch {
    /// An empty one, which takes memory when it is filled.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), places: Vec::new() }
    }

    /// Adds a copy of a frame.
    #[inline]
    pub fn push(&mut self, frame: &Frame<'_>) {
        self.bytes.extend_from_slice(frame.data);
        self.places.push(Place {
            time: frame.time,
            wire_len: frame.wire_len,
            link: frame.link,
            end: self.bytes.len(),
        });
    }

    /// Whether it holds as much as is handed on at once: 1,024 frames or 256 KiB.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.places.len() >= limits::BATCH_FRAMES || self.bytes.len() >= limits::BATCH_LEN
    }

    /// Whether it holds no frame.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many frames it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// How many captured bytes it holds.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// A frame by its number.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<Frame<'_>> {
        let place = self.places.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.places.get(before));
        let data = self.bytes.get(start.map_or(0, |before| before.end)..place.end)?;
        Some(Frame { time: place.time, wire_len: place.wire_len, link: place.link, data })
    }

    /// Its frames, in the order they came.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Frame<'_>> {
        let mut start = 0;
        self.places.iter().map(move |place| {
            let data = self.bytes.get(start..place.end).unwrap_or_default();
            start = place.end;
            Frame { time: place.time, wire_len: place.wire_len, link: place.link, data }
        })
    }

    /// Forgets its frames and keeps the memory that batches usually need.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(limits::BATCH_KEPT_LEN);
        self.places.clear();
        self.places.shrink_to(limits::BATCH_FRAMES);
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("frames", &self.len())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}

/// Where frames come from that may have none for now: an interface, a capture at the speed it was recorded.
///
/// What reads it is told at least every few moments that there is nothing, so that it can let time pass, count and
/// stop:
///
/// ```
/// use netsift_capture::{Batch, BatchSource, CaptureError, Fill};
///
/// fn watch(mut source: impl BatchSource<Error = CaptureError>) -> Result<u64, CaptureError> {
///     let (mut batch, mut frames) = (Batch::new(), 0);
///     loop {
///         batch.clear();
///         let fill = source.fill(&mut batch)?;
///         frames += batch.iter().len() as u64;
///         match fill {
///             Fill::More => {} // a tick, if the batch is empty
///             Fill::Event(event) => eprintln!("{event}"),
///             Fill::Ended => return Ok(frames),
///         }
///     }
/// }
/// ```
pub trait BatchSource {
    /// What can go wrong while reading.
    type Error;

    /// Adds frames to a batch until it is full or no more are there, and waits a moment for the first of them. How
    /// long that is, each source says of itself.
    ///
    /// # Errors
    /// Whatever keeps the source from going on. It is told alone: frames found before it were handed over by the
    /// call before. Every later call answers [`Fill::Ended`].
    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, Self::Error>;

    /// What was read so far, and what was lost.
    fn stats(&self) -> SourceStats;
}

impl<S: BatchSource + ?Sized> BatchSource for &mut S {
    type Error = S::Error;

    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, S::Error> {
        (**self).fill(batch)
    }

    fn stats(&self) -> SourceStats {
        (**self).stats()
    }
}

impl<S: BatchSource + ?Sized> BatchSource for Box<S> {
    type Error = S::Error;

    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, S::Error> {
        (**self).fill(batch)
    }

    fn stats(&self) -> SourceStats {
        (**self).stats()
    }
}

/// How a batch was filled. Whichever it is, the frames in the batch are good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Fill {
    /// There may be more. A batch without frames says that there is nothing now.
    More,
    /// Something happened to the source that its user should hear of. There may be more.
    Event(Event),
    /// There will be no more.
    Ended,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(time: i64, data: &[u8]) -> Frame<'_> {
        Frame::new(Timestamp::from_nanos(time), LinkType::RAW, data).with_wire_len(99)
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let frames = [frame(5, b"one"), frame(-4, b""), frame(4, b"three")];
        let mut batch = Batch::new();
        frames.iter().for_each(|frame| batch.push(frame));
        assert_eq!(batch.iter().collect::<Vec<_>>(), frames);
        let by_number: Vec<_> = (0..4).map_while(|index| batch.get(index)).collect();
        assert_eq!(by_number, frames);
        assert_eq!((batch.len(), batch.bytes()), (3, 8));
    }

    #[test]
    fn it_is_full_by_frames_and_by_bytes() {
        let mut small = Batch::new();
        while !small.is_full() {
            small.push(&frame(0, b""));
        }
        assert_eq!(small.len(), limits::BATCH_FRAMES);
        let (mut large, bytes) = (Batch::new(), vec![0; 100_000]);
        while !large.is_full() {
            large.push(&frame(0, &bytes));
        }
        assert_eq!(large.len(), 3);
    }

    #[test]
    fn a_huge_frame_is_taken_and_its_memory_given_back() {
        let mut batch = Batch::new();
        batch.push(&frame(0, &vec![7; 16 << 20]));
        assert_eq!(batch.get(0).map(|frame| frame.data.len()), Some(16 << 20));
        batch.clear();
        assert!(batch.is_empty());
        assert!(batch.bytes.capacity() <= limits::BATCH_KEPT_LEN, "{}", batch.bytes.capacity());
    }

    #[test]
    fn what_is_filled_again_allocates_nothing() {
        let mut batch = Batch::new();
        let fill = |batch: &mut Batch| {
            batch.clear();
            (0..500).for_each(|time| batch.push(&frame(time, &[1; 300])));
            (batch.bytes.as_ptr(), batch.places.as_ptr())
        };
        let first = fill(&mut batch);
        assert_eq!(fill(&mut batch), first);
    }
}
