//! pcapng: sections of blocks, each section in a byte order and with interfaces of its own.
//!
//! What breaks the walk from block to block ends the capture; what is wrong inside one block is counted
//! and skipped, as the next block stands where it would anyway.

mod interface;

use std::io::Read;

use netsift_packet::Timestamp;

use crate::buffer::Window;
use crate::fields::{ByteOrder, Fields};
use crate::limits;
use crate::record::{Halt, Record};
use crate::{CaptureStats, Fault, Part};

use interface::Interface;

pub(crate) const SECTION_HEADER: u32 = 0x0a0d_0d0a;
pub(crate) const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
pub(crate) const ENHANCED_PACKET: u32 = 6;

pub(crate) const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Type and length.
const BLOCK_HEADER_LEN: usize = 8;
/// The length once more, so that files can be read backwards.
const BLOCK_TRAILER_LEN: usize = 4;
const MIN_BLOCK_LEN: usize = BLOCK_HEADER_LEN + BLOCK_TRAILER_LEN;
/// Type, length, byte order, version, section length, length.
const MIN_SECTION_HEADER_LEN: usize = 28;

/// What the current section said.
pub(crate) struct PcapNg {
    order: ByteOrder,
    /// `None` for a description that could not be read: it still takes its number.
    interfaces: Vec<Option<Interface>>,
    max_block_len: u32,
}

/// Where a whole block stands in the window.
struct Block {
    kind: u32,
    start: usize,
    len: usize,
}

/// A packet as its block describes it, still without what its interface knows.
struct Packet {
    interface: usize,
    /// In the interface's unit; Simple Packet Blocks have none.
    ticks: Option<u64>,
    wire_len: u32,
    captured: u32,
    /// Where its bytes start in the body of the block.
    data_start: usize,
}

impl PcapNg {
    /// Whether the first bytes are those of a pcapng file, which read the same in both byte orders.
    pub(crate) fn recognises(magic: [u8; 4]) -> bool {
        ByteOrder::Big.u32(magic) == SECTION_HEADER
    }

    /// Reads nothing yet: the first block is a section header as any other.
    pub(crate) fn new(max_block_len: u32) -> Self {
        Self { order: ByteOrder::Little, interfaces: Vec::new(), max_block_len }
    }

    /// Whether the next block is among these bytes. It may hold no packet: most do.
    pub(crate) fn is_whole(&self, unused: &[u8]) -> bool {
        let header: Option<&[u8; BLOCK_HEADER_LEN]> = unused.first_chunk();
        header.is_some_and(|header| unused.len() as u64 >= self.order.u32_at(header, 4).into())
    }

    #[inline]
    pub(crate) fn next_record<R: Read>(
        &mut self,
        window: &mut Window<R>,
        stats: &mut CaptureStats,
    ) -> Result<Option<Record>, Halt> {
        while let Some(block) = self.next_block(window, stats)? {
            let whole = window.at(block.start, block.len);
            let body = &whole[BLOCK_HEADER_LEN..block.len - BLOCK_TRAILER_LEN];
            let body_start = block.start + BLOCK_HEADER_LEN;
            let packet = match block.kind {
                ENHANCED_PACKET => self.enhanced_packet(body),
                SIMPLE_PACKET => self.simple_packet(body),
                OBSOLETE_PACKET => self.obsolete_packet(body),
                other => {
                    self.describe(other, body, stats)?;
                    continue;
                }
            };
            let Some(packet) = packet else {
                stats.malformed_blocks += 1;
                continue;
            };
            if let Some(record) = self.record(&packet, body_start, stats) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Completes a packet with what its interface knows; without that it cannot be understood.
    #[inline]
    fn record(
        &self,
        packet: &Packet,
        body_start: usize,
        stats: &mut CaptureStats,
    ) -> Option<Record> {
        let Some(Some(interface)) = self.interfaces.get(packet.interface) else {
            stats.orphan_packets += 1;
            return None;
        };
        stats.over_snap_len += u64::from(packet.captured > interface.snap_len);
        stats.over_wire_len += u64::from(packet.captured > packet.wire_len);
        stats.untimed_frames += u64::from(packet.ticks.is_none());
        Some(Record {
            time: packet.ticks.map_or(Timestamp::EPOCH, |ticks| interface.clock.time(ticks)),
            wire_len: packet.wire_len.max(packet.captured),
            link: interface.link,
            start: body_start + packet.data_start,
            len: packet.captured as usize,
        })
    }

    #[inline]
    fn enhanced_packet(&self, body: &[u8]) -> Option<Packet> {
        let mut fields = Fields::new(self.order, body);
        let interface = fields.u32()? as usize;
        let ticks = ticks(fields.u32()?, fields.u32()?);
        let (captured, wire_len) = (fields.u32()?, fields.u32()?);
        let data_start = body.len() - fields.rest().len();
        fields.take(captured as usize)?;
        Some(Packet { interface, ticks: Some(ticks), wire_len, captured, data_start })
    }

    fn obsolete_packet(&self, body: &[u8]) -> Option<Packet> {
        let mut fields = Fields::new(self.order, body);
        let (interface, _drops) = (fields.u16()?.into(), fields.u16()?);
        let ticks = ticks(fields.u32()?, fields.u32()?);
        let (captured, wire_len) = (fields.u32()?, fields.u32()?);
        let data_start = body.len() - fields.rest().len();
        fields.take(captured as usize)?;
        Some(Packet { interface, ticks: Some(ticks), wire_len, captured, data_start })
    }

    /// Belongs to the first interface, whose snap length is all that tells data from padding.
    fn simple_packet(&self, body: &[u8]) -> Option<Packet> {
        let mut fields = Fields::new(self.order, body);
        let wire_len = fields.u32()?;
        let snap_len = match self.interfaces.first() {
            Some(Some(interface)) => interface.snap_len,
            _ => u32::MAX,
        };
        let there = u32::try_from(fields.rest().len()).unwrap_or(u32::MAX);
        let captured = wire_len.min(snap_len).min(there);
        let data_start = body.len() - fields.rest().len();
        Some(Packet { interface: 0, ticks: None, wire_len, captured, data_start })
    }

    /// A block without a packet.
    fn describe(&mut self, kind: u32, body: &[u8], stats: &mut CaptureStats) -> Result<(), Fault> {
        match kind {
            // Its byte order was taken on the way to it.
            SECTION_HEADER => stats.sections += 1,
            INTERFACE_DESCRIPTION => self.add_interface(body, stats)?,
            _ => stats.skipped_blocks += 1,
        }
        Ok(())
    }

    fn add_interface(&mut self, body: &[u8], stats: &mut CaptureStats) -> Result<(), Fault> {
        if self.interfaces.len() == limits::MAX_INTERFACES {
            return Err(Fault::TooManyInterfaces { limit: limits::MAX_INTERFACES as u64 });
        }
        let interface = Interface::read(Fields::new(self.order, body));
        let whole = interface.as_ref().is_some_and(|interface| interface.options_whole);
        stats.malformed_blocks += u64::from(!whole);
        self.interfaces.push(interface);
        Ok(())
    }

    /// Waits until a block is there whole and steps over it.
    #[inline]
    fn next_block<R: Read>(
        &mut self,
        window: &mut Window<R>,
        stats: &mut CaptureStats,
    ) -> Result<Option<Block>, Halt> {
        if !window.has(MIN_BLOCK_LEN)? {
            let clean = window.unused().is_empty();
            return if clean {
                Ok(None)
            } else {
                Err(cut(window, Part::BlockHeader, MIN_BLOCK_LEN))
            };
        }
        let Some(head) = window.unused().first_chunk::<MIN_BLOCK_LEN>() else {
            return Err(cut(window, Part::BlockHeader, MIN_BLOCK_LEN));
        };
        let mut kind = self.order.u32_at(head, 0);
        if kind == SECTION_HEADER {
            let head = *head;
            self.begin_section(&head, window)?;
            kind = SECTION_HEADER;
        }
        let Some(head) = window.unused().first_chunk::<MIN_BLOCK_LEN>() else {
            return Err(cut(window, Part::BlockHeader, MIN_BLOCK_LEN));
        };
        let len = self.whole_block(self.order.u32_at(head, 4), window, stats)?;
        Ok(Some(Block { kind, start: window.consume(len), len }))
    }

    /// Takes the byte order first: without it not even the length of the block can be read.
    #[cold]
    fn begin_section<R: Read>(
        &mut self,
        head: &[u8; MIN_BLOCK_LEN],
        window: &mut Window<R>,
    ) -> Result<(), Halt> {
        let magic = [head[8], head[9], head[10], head[11]];
        self.order = [ByteOrder::Little, ByteOrder::Big]
            .into_iter()
            .find(|order| order.u32(magic) == BYTE_ORDER_MAGIC)
            .ok_or(Fault::ByteOrder { magic })?;
        if !window.has(MIN_SECTION_HEADER_LEN)? {
            return Err(cut(window, Part::SectionHeader, MIN_SECTION_HEADER_LEN));
        }
        let mut fields = Fields::new(self.order, &window.unused()[4..]);
        let (len, _) = (fields.u32().unwrap_or(0), fields.u32());
        let (major, minor) = (fields.u16().unwrap_or(0), fields.u16().unwrap_or(0));
        if (len as usize) < MIN_SECTION_HEADER_LEN {
            return Err(Fault::BlockLength { len, rule: "too short for a section header" }.into());
        }
        if major != 1 {
            return Err(Fault::Version { major, minor }.into());
        }
        self.interfaces.clear();
        Ok(())
    }

    /// The length of the block at the start of the window, once all of it is there.
    #[inline]
    fn whole_block<R: Read>(
        &self,
        claimed: u32,
        window: &mut Window<R>,
        stats: &mut CaptureStats,
    ) -> Result<usize, Halt> {
        let len = claimed as usize;
        if len < MIN_BLOCK_LEN {
            return Err(Fault::BlockLength { len: claimed, rule: "shorter than any block" }.into());
        }
        if claimed > self.max_block_len {
            let (len, limit) = (claimed.into(), self.max_block_len.into());
            return Err(Fault::TooLong { part: Part::Block, len, limit }.into());
        }
        if !len.is_multiple_of(4) {
            stats.mended_lengths += 1;
            return self.unpadded_block(claimed, window);
        }
        if !window.has(len)? {
            return Err(cut(window, Part::Block, len));
        }
        stats.mended_lengths += u64::from(self.trailer(window, len) != Some(claimed));
        Ok(len)
    }

    /// Some writers leave the padding out of the length, some out of the file: the copy of the length
    /// at the block's end tells which, and nothing else does.
    #[cold]
    fn unpadded_block<R: Read>(&self, claimed: u32, window: &mut Window<R>) -> Result<usize, Halt> {
        let (len, padded) = (claimed as usize, (claimed as usize).next_multiple_of(4));
        if !window.has(padded)? && !window.has(len)? {
            return Err(cut(window, Part::Block, padded));
        }
        let ends_at = |end: usize| {
            let trailer = self.trailer(window, end);
            trailer == Some(claimed) || trailer.is_some_and(|copy| copy as usize == padded)
        };
        [len, padded]
            .into_iter()
            .find(|&end| ends_at(end))
            .ok_or_else(|| Fault::BlockLength { len: claimed, rule: "not a multiple of 4" }.into())
    }

    /// The copy of the length that ends a block of `len` bytes at the start of the window.
    #[inline]
    fn trailer<R: Read>(&self, window: &Window<R>, len: usize) -> Option<u32> {
        let bytes = window.unused().get(len - BLOCK_TRAILER_LEN..len)?;
        Some(self.order.u32(*bytes.first_chunk()?))
    }
}

const fn ticks(high: u32, low: u32) -> u64 {
    (high as u64) << 32 | low as u64
}

#[cold]
fn cut<R: Read>(window: &Window<R>, part: Part, needed: usize) -> Halt {
    Halt::Fault(Fault::Cut { part, needed: needed as u64, had: window.unused().len() as u64 })
}
