//! A whole capture read and parsed: our way, with two other crates, and the least that can be done.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;

use netsift_capture::{CaptureError, CaptureWriter, WriterOptions};
use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{LegacyPcapReader, PcapBlockOwned, PcapError};

use crate::{Mix, ours, theirs};

/// How much the bare walk reads at a time, and how much pcap-parser may buffer.
const PIECE: usize = 256 << 10;

/// Writes the Ethernet frames of `mix`, over and over, to a capture of `packets` packets.
///
/// # Errors
/// If the file cannot be written.
pub fn write_capture(mix: &Mix, packets: u64, path: &Path) -> Result<(), CaptureError> {
    let file = File::create(path)
        .map_err(|source| CaptureError::Open { path: path.to_owned(), source })?;
    let mut writer = CaptureWriter::new(file, WriterOptions::new())?;
    let frames = std::iter::repeat_with(|| mix.frames()).flatten();
    let ethernet = frames.filter(|frame| frame.link == LinkType::ETHERNET);
    for frame in ethernet.take(packets as usize) {
        writer.write(&frame)?;
    }
    writer.finish().map(drop)
}

/// Reads and parses with netsift; how many packets there were.
///
/// # Errors
/// If the capture cannot be read.
pub fn read_ours(path: &Path) -> Result<u64, CaptureError> {
    let mut reader = netsift_capture::open(path)?;
    let mut packets = 0;
    while let Some(frame) = reader.next_frame()? {
        black_box(ours(frame));
        packets += 1;
    }
    Ok(packets)
}

/// Reads with pcap-parser and parses with etherparse; how many packets there were.
///
/// # Errors
/// If the capture cannot be read.
pub fn read_theirs(path: &Path) -> io::Result<u64> {
    let other = |error| io::Error::other(format!("{error:?}"));
    let mut reader = LegacyPcapReader::new(PIECE, File::open(path)?).map_err(other)?;
    let mut packets = 0;
    loop {
        match reader.next() {
            Ok((used, block)) => {
                if let PcapBlockOwned::Legacy(block) = block {
                    black_box(theirs(Frame {
                        time: Timestamp::from_secs_nanos(
                            block.ts_sec.into(),
                            i64::from(block.ts_usec) * 1000,
                        ),
                        wire_len: block.origlen,
                        link: LinkType::ETHERNET,
                        data: block.data,
                    }));
                    packets += 1;
                }
                reader.consume(used);
            }
            Err(PcapError::Eof) => return Ok(packets),
            Err(PcapError::Incomplete(_)) => {
                reader.refill().map_err(|e| other(e.to_owned_vec()))?;
            }
            Err(error) => return Err(io::Error::other(format!("{error:?}"))),
        }
    }
}

/// Walks over the record headers in large reads and looks at nothing else; how many there were.
///
/// # Errors
/// If the capture cannot be read.
pub fn walk_bare(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; PIECE];
    let (mut start, mut end, mut packets) = (0, 0, 0);
    let mut skip = 24;
    loop {
        while let Some(header) = buffer.get(start + skip..end).and_then(<[u8]>::first_chunk::<16>) {
            let [.., a, b, c, d, _, _, _, _] = *header;
            start += skip + 16;
            skip = u32::from_le_bytes([a, b, c, d]) as usize;
            packets += 1;
        }
        // Records may end past the buffer: what is left of them is skipped after the next read.
        let over = (start + skip).min(end);
        skip -= over - start;
        buffer.copy_within(over..end, 0);
        (start, end) = (0, end - over);
        let read = file.read(buffer.get_mut(end..).unwrap_or_default())?;
        if read == 0 {
            return Ok(packets);
        }
        end += read;
    }
}
