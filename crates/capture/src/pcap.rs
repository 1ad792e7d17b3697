//! pcap: a file header and then packet records, as libpcap, tcpdump and everything since write them.

use std::io::Read;

use netsift_packet::{LinkType, Timestamp};

use crate::buffer::Window;
use crate::fields::{ByteOrder, Fields};
use crate::record::{Halt, Record};
use crate::{CaptureStats, Fault, Part};

pub(crate) const MAGIC_MICROS: u32 = 0xa1b2_c3d4;
pub(crate) const MAGIC_NANOS: u32 = 0xa1b2_3c4d;
/// Alexey Kuznetzov's patched libpcap: longer record headers, microseconds.
const MAGIC_MODIFIED: u32 = 0xa1b2_cd34;

const FILE_HEADER_LEN: usize = 24;
const RECORD_HEADER_LEN: usize = 16;
/// The patched record header adds the interface's number, the protocol and the packet's direction.
const MODIFIED_RECORD_HEADER_LEN: usize = 24;

/// What the file header says about the records.
pub(crate) struct Pcap {
    /// Records are as nearly everybody writes them: little endian, 16 bytes, captured length first.
    usual: bool,
    order: ByteOrder,
    record_header_len: usize,
    nanos_per_tick: i64,
    ticks_per_second: u32,
    lengths: Lengths,
    snap_len: u32,
    link: LinkType,
    max_record_len: u32,
}

/// In which order a record header has its two lengths.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    /// Version 2.3 was written both ways: what was captured cannot be the longer one.
    ShorterIsCaptured,
    /// Before version 2.3, and in version 543 of DEC's tcpdump.
    WireFirst,
}

impl Pcap {
    /// Whether the first bytes are those of a pcap file.
    pub(crate) fn recognises(magic: [u8; 4]) -> bool {
        kind_of(magic).is_some()
    }

    pub(crate) fn open<R: Read>(window: &mut Window<R>, max_record_len: u32) -> Result<Self, Halt> {
        if !window.has(FILE_HEADER_LEN)? {
            return Err(cut(window, Part::FileHeader, FILE_HEADER_LEN));
        }
        let cut_header = cut(window, Part::FileHeader, FILE_HEADER_LEN);
        let header = Self::header(window.unused(), max_record_len).ok_or(cut_header)?;
        window.consume(FILE_HEADER_LEN);
        Ok(header)
    }

    fn header(bytes: &[u8], max_record_len: u32) -> Option<Self> {
        let (order, magic) = kind_of(*bytes.first_chunk()?)?;
        let mut fields = Fields::new(order, bytes.get(4..)?);
        let version = (fields.u16()?, fields.u16()?);
        let (_zone, _accuracy) = (fields.u32()?, fields.u32()?);
        let snap_len = fields.u32()?;
        // The upper half may tell the length of the frame check sequence.
        let link = LinkType(fields.u32()? as u16);
        let nanos = magic == MAGIC_NANOS;
        let modified = magic == MAGIC_MODIFIED;
        let lengths = Lengths::of(version);
        Some(Self {
            usual: order == ByteOrder::Little && lengths == Lengths::CapturedFirst && !modified,
            order,
            record_header_len: if modified {
                MODIFIED_RECORD_HEADER_LEN
            } else {
                RECORD_HEADER_LEN
            },
            nanos_per_tick: if nanos { 1 } else { 1_000 },
            ticks_per_second: if nanos { 1_000_000_000 } else { 1_000_000 },
            lengths,
            // 0 means that nothing was said.
            snap_len: if snap_len == 0 { u32::MAX } else { snap_len },
            link,
            max_record_len,
        })
    }

    /// Whether the next record is among these bytes.
    pub(crate) fn is_whole(&self, unused: &[u8]) -> bool {
        let header = unused.first_chunk();
        header.is_some_and(|header| {
            let (_, _, captured, _) = self.fields(header);
            (unused.len() - self.record_header_len.min(unused.len())) as u64 >= captured.into()
        })
    }

    /// The next record, reading more of the capture if need be.
    pub(crate) fn next_record<R: Read>(
        &self,
        window: &mut Window<R>,
        stats: &mut CaptureStats,
    ) -> Result<Option<Record>, Halt> {
        loop {
            if let Some(record) = self.record(window, stats, |header| self.fields(header)) {
                return Ok(Some(record));
            }
            if !self.refill(window)? {
                return Ok(None);
            }
        }
    }

    /// The next record if all of it is in the window and written as usual: the path of nearly every
    /// packet.
    #[inline(always)]
    pub(crate) fn buffered_record<R: Read>(
        &self,
        window: &mut Window<R>,
        stats: &mut CaptureStats,
    ) -> Option<Record> {
        if !self.usual {
            return None;
        }
        self.record(window, stats, |header| {
            let word = |at| ByteOrder::Little.u32_at(header, at);
            (word(0), word(4), word(8), word(12))
        })
    }

    /// The next record if all of it is in the window; `fields` reads its header.
    #[inline(always)]
    fn record<R: Read>(
        &self,
        window: &mut Window<R>,
        stats: &mut CaptureStats,
        fields: impl Fn(&[u8; RECORD_HEADER_LEN]) -> (u32, u32, u32, u32),
    ) -> Option<Record> {
        let unused = window.unused();
        let (seconds, ticks, captured, wire) = fields(unused.first_chunk()?);
        if captured > self.max_record_len {
            return None;
        }
        let record_len = self.record_header_len + captured as usize;
        if record_len > unused.len() {
            return None;
        }
        if ticks >= self.ticks_per_second || captured > self.snap_len || captured > wire {
            self.count_oddities(ticks, captured, wire, stats);
        }
        Some(Record {
            time: self.time(seconds, ticks),
            wire_len: wire.max(captured),
            link: self.link,
            start: window.consume(record_len) + self.record_header_len,
            len: captured as usize,
        })
    }

    /// Makes the window hold the next record; `false` if the capture has ended where a record does.
    #[cold]
    #[inline(never)]
    fn refill<R: Read>(&self, window: &mut Window<R>) -> Result<bool, Halt> {
        if !window.has(self.record_header_len)? {
            let clean = window.unused().is_empty();
            return if clean {
                Ok(false)
            } else {
                Err(cut(window, Part::RecordHeader, self.record_header_len))
            };
        }
        let header = window.unused().first_chunk();
        let captured = header.map_or(0, |header| self.fields(header).2);
        if captured > self.max_record_len {
            let (len, limit) = (captured.into(), self.max_record_len.into());
            return Err(Fault::TooLong { part: Part::Record, len, limit }.into());
        }
        let record_len = self.record_header_len + captured as usize;
        if window.has(record_len)? { Ok(true) } else { Err(cut(window, Part::Record, record_len)) }
    }

    /// Seconds, ticks, captured and wire length.
    #[inline(always)]
    fn fields(&self, header: &[u8; RECORD_HEADER_LEN]) -> (u32, u32, u32, u32) {
        let word = |at| self.order.u32_at(header, at);
        let (captured, wire) = self.lengths.captured_and_wire((word(8), word(12)));
        (word(0), word(4), captured, wire)
    }

    #[cold]
    #[inline(never)]
    fn count_oddities(&self, ticks: u32, captured: u32, wire: u32, stats: &mut CaptureStats) {
        stats.fraction_overflows += u64::from(ticks >= self.ticks_per_second);
        stats.over_snap_len += u64::from(captured > self.snap_len);
        stats.over_wire_len += u64::from(captured > wire);
    }

    /// Two 32-bit numbers cannot overflow 64 bits of nanoseconds: 2^32 s is the year 2106.
    #[inline]
    fn time(&self, seconds: u32, ticks: u32) -> Timestamp {
        let nanos = i64::from(seconds) * 1_000_000_000 + i64::from(ticks) * self.nanos_per_tick;
        Timestamp::from_nanos(nanos)
    }
}

impl Lengths {
    const fn of(version: (u16, u16)) -> Self {
        match version {
            (2, 0..=2) | (543, 0) => Self::WireFirst,
            (2, 3) => Self::ShorterIsCaptured,
            _ => Self::CapturedFirst,
        }
    }

    #[inline]
    fn captured_and_wire(self, (first, second): (u32, u32)) -> (u32, u32) {
        match self {
            Self::CapturedFirst => (first, second),
            Self::ShorterIsCaptured => (first.min(second), first.max(second)),
            Self::WireFirst => (second, first),
        }
    }
}

fn kind_of(magic: [u8; 4]) -> Option<(ByteOrder, u32)> {
    [ByteOrder::Little, ByteOrder::Big]
        .map(|order| (order, order.u32(magic)))
        .into_iter()
        .find(|(_, magic)| [MAGIC_MICROS, MAGIC_NANOS, MAGIC_MODIFIED].contains(magic))
}

#[cold]
fn cut<R: Read>(window: &Window<R>, part: Part, needed: usize) -> Halt {
    Halt::Fault(Fault::Cut { part, needed: needed as u64, had: window.unused().len() as u64 })
}
