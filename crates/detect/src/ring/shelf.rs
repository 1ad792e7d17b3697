//! Frames in chunks: one that is filled, and those that are full, the oldest first.

use std::collections::VecDeque;
use std::sync::Arc;

use netsift_flow::Record;
use netsift_packet::{Frame, LinkType, Protocol, Timestamp};

use super::RingCounts;
use super::wanted::{Ends, Wanted};

/// Bytes of frames in a chunk. What is filled is copied for who asks: that must not take long.
const CHUNK: usize = 1 << 17;
/// Frames in a chunk at most, so that what is known of small ones does not outgrow them by much.
const CHUNK_FRAMES: usize = 1 << 10;
/// What is known of the frames of a chunk takes at most so much.
const KNOWN: usize = CHUNK_FRAMES * size_of::<Entry>();

/// Types of messages that quote the packet they are about (RFC 792, RFC 4443).
const ERRORS: [u8; 5] = [3, 4, 5, 11, 12];
const ERRORS_V6: [u8; 4] = [1, 2, 3, 4];

/// The frames of a ring.
pub(super) struct Shelf {
    limit: usize,
    open: Chunk,
    full: VecDeque<Arc<Chunk>>,
    /// Bytes that the full ones take.
    held: usize,
    gone: u64,
    too_long: u64,
}

/// Some frames, one behind the other.
#[derive(Clone)]
pub(super) struct Chunk {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// The earliest and the latest time: clocks go back.
    span: (Timestamp, Timestamp),
    /// Whether some quote others.
    has_errors: bool,
}

/// What is known of a frame.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) time: Timestamp,
    wire_len: u32,
    at: u32,
    len: u32,
    link: LinkType,
    pub(super) ends: Ends,
    /// Whether it quotes the packet that it is about.
    pub(super) is_error: bool,
}

impl Shelf {
    pub(super) fn new(limit: usize) -> Self {
        let (open, full) = (Chunk::new(CHUNK), VecDeque::new());
        Self { limit, open, full, held: 0, gone: 0, too_long: 0 }
    }

    #[inline]
    pub(super) fn keep(&mut self, frame: &Frame<'_>, record: &Record<'_>) {
        if !self.open.has_room(frame.data.len()) && !self.turn(frame.data.len()) {
            self.too_long += 1;
            return;
        }
        self.open.add(frame, record);
    }

    /// Begins a chunk for a frame of this length; not if that cannot be kept at all.
    #[cold]
    fn turn(&mut self, len: usize) -> bool {
        let size = len.max(CHUNK);
        let room = self.limit.saturating_sub(KNOWN);
        if size > room || u32::try_from(len).is_err() {
            return false;
        }
        if !self.open.entries.is_empty() {
            let full = std::mem::replace(&mut self.open, Chunk::new(0));
            self.held += full.size();
            self.full.push_back(Arc::new(full));
        }
        let mut used = None;
        while self.held > room - size {
            let Some(oldest) = self.full.pop_front() else { break };
            self.held -= oldest.size();
            self.gone += oldest.entries.len() as u64;
            // What nobody looks at is written over: no memory is asked for once the ring is full.
            used = Arc::into_inner(oldest).filter(|chunk| chunk.bytes.capacity() == size).or(used);
        }
        self.open = used.map_or_else(|| Chunk::new(size), Chunk::cleared);
        true
    }

    /// The chunks that may hold what is wanted, the oldest first; and since when all is there, if not from the beginning.
    pub(super) fn around(&self, wanted: &Wanted) -> (Vec<Arc<Chunk>>, Option<Timestamp>) {
        let full = self.full.iter().filter(|chunk| chunk.may_hold(wanted));
        let mut chunks: Vec<Arc<Chunk>> = full.cloned().collect();
        if self.open.may_hold(wanted) {
            chunks.push(Arc::new(self.open.clone()));
        }
        let oldest = self.full.front().map_or(&self.open, |chunk| chunk);
        let since = oldest.entries.first().map(|entry| entry.time).filter(|_| self.gone > 0);
        (chunks, since)
    }

    pub(super) fn counts(&self) -> RingCounts {
        let full: usize = self.full.iter().map(|chunk| chunk.entries.len()).sum();
        let frames = (full + self.open.entries.len()) as u64;
        RingCounts { frames, gone: self.gone, too_long: self.too_long }
    }

    /// Bytes of memory that it takes.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        let full: usize = self.full.iter().map(|chunk| chunk.size()).sum();
        full + self.open.size()
    }
}

impl Chunk {
    fn new(size: usize) -> Self {
        let span = (Timestamp::EPOCH, Timestamp::EPOCH);
        Self { bytes: Vec::with_capacity(size), entries: Vec::new(), span, has_errors: false }
    }

    fn cleared(mut self) -> Self {
        self.bytes.clear();
        self.entries.clear();
        self.has_errors = false;
        self
    }

    fn size(&self) -> usize {
        self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    #[inline]
    fn has_room(&self, len: usize) -> bool {
        len <= self.bytes.capacity() - self.bytes.len() && self.entries.len() < CHUNK_FRAMES
    }

    /// Takes a frame that there is room for.
    #[inline]
    fn add(&mut self, frame: &Frame<'_>, record: &Record<'_>) {
        let (at, len) = (self.bytes.len() as u32, frame.data.len() as u32);
        self.bytes.extend_from_slice(frame.data);
        let Frame { time, wire_len, link, .. } = *frame;
        self.span = match self.entries.is_empty() {
            true => (time, time),
            false => (self.span.0.min(time), self.span.1.max(time)),
        };
        let (ends, is_error) = (Ends::of(record), is_error(record));
        self.has_errors |= is_error;
        self.entries.push(Entry { time, wire_len, at, len, link, ends, is_error });
    }

    fn may_hold(&self, wanted: &Wanted) -> bool {
        let until = if self.has_errors { wanted.latest() } else { wanted.until };
        !self.entries.is_empty() && wanted.from <= self.span.1 && self.span.0 <= until
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The frame of an entry, as it came.
    pub(super) fn frame(&self, entry: &Entry) -> Frame<'_> {
        let (at, len) = (entry.at as usize, entry.len as usize);
        let data = self.bytes.get(at..at + len).unwrap_or_default();
        Frame::new(entry.time, entry.link, data).with_wire_len(entry.wire_len)
    }
}

#[inline]
fn is_error(record: &Record<'_>) -> bool {
    let Some((_, kind)) = record.icmp else { return false };
    match record.protocol {
        Protocol::ICMP => ERRORS.contains(&kind),
        _ => ERRORS_V6.contains(&kind),
    }
}
