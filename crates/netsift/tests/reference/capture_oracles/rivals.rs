//! The two other readers, brought to one answer.

use pcap_file::pcap::PcapReader;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::{Block as FileBlock, PcapNgReader};
use pcap_parser::{Block, PcapBlockOwned, PcapError, PcapHeader, create_reader};

/// Another reader of captures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Oracle {
    PcapFile,
    PcapParser,
}

/// A frame as a reader saw it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) nanos: i128,
    pub(crate) wire_len: u32,
    pub(crate) data: Vec<u8>,
}

/// What a reader made of a capture.
#[derive(Debug)]
pub(crate) struct Reading<E> {
    pub(crate) frames: Vec<Seen>,
    pub(crate) error: Option<E>,
}

impl Oracle {
    pub(crate) fn read(self, bytes: &[u8]) -> Reading<String> {
        let mut frames = Vec::new();
        let end = match self {
            Self::PcapFile if bytes.starts_with(&[0x0a, 0x0d, 0x0d, 0x0a]) => {
                pcap_file_ng(bytes, &mut frames).map_err(|error| error.to_string())
            }
            Self::PcapFile => pcap_file(bytes, &mut frames).map_err(|error| error.to_string()),
            Self::PcapParser => pcap_parser(bytes, &mut frames),
        };
        Reading { frames, error: end.err() }
    }
}

fn pcap_file(bytes: &[u8], frames: &mut Vec<Seen>) -> Result<(), pcap_file::PcapError> {
    let mut reader = PcapReader::new(bytes)?;
    while let Some(packet) = reader.next_packet() {
        let packet = packet?;
        frames.push(Seen {
            nanos: packet.timestamp.as_nanos() as i128,
            wire_len: packet.orig_len,
            data: packet.data.into_owned(),
        });
    }
    Ok(())
}

/// Its times are the bare ticks: what the interface says of them is applied here.
fn pcap_file_ng(bytes: &[u8], frames: &mut Vec<Seen>) -> Result<(), pcap_file::PcapError> {
    let mut reader = PcapNgReader::new(bytes)?;
    let mut clocks = Vec::new();
    while let Some(block) = reader.next_block() {
        match block? {
            FileBlock::SectionHeader(_) => clocks.clear(),
            FileBlock::InterfaceDescription(interface) => {
                let mut clock = Clock { resolution: 6, offset: 0 };
                for option in &interface.options {
                    match option {
                        InterfaceDescriptionOption::IfTsResol(n) => clock.resolution = *n,
                        InterfaceDescriptionOption::IfTsOffset(n) => clock.offset = *n as i64,
                        _ => {}
                    }
                }
                clocks.push(clock);
            }
            FileBlock::EnhancedPacket(packet) => frames.push(Seen {
                nanos: clocks[packet.interface_id as usize]
                    .nanos(packet.timestamp.as_nanos() as u64),
                wire_len: packet.original_len,
                data: packet.data.into_owned(),
            }),
            FileBlock::Packet(packet) => frames.push(Seen {
                nanos: clocks[usize::from(packet.interface_id)].nanos(packet.timestamp),
                wire_len: packet.original_len,
                data: packet.data.into_owned(),
            }),
            FileBlock::SimplePacket(packet) => frames.push(Seen {
                nanos: 0,
                wire_len: packet.original_len,
                data: packet.data.into_owned(),
            }),
            _ => {}
        }
    }
    Ok(())
}

fn pcap_parser(bytes: &[u8], frames: &mut Vec<Seen>) -> Result<(), String> {
    // The whole capture fits: it refuses blocks that its buffer cannot hold.
    let capacity = bytes.len() + 65_536;
    let mut reader = create_reader(capacity, bytes).map_err(|error| format!("{error:?}"))?;
    let mut header = PcapHeader::new();
    let mut clocks = Vec::new();
    loop {
        let used = match reader.next() {
            Ok((used, block)) => {
                match block {
                    PcapBlockOwned::LegacyHeader(read) => header = read,
                    PcapBlockOwned::Legacy(record) => {
                        let tick = if header.is_nanosecond_precision() { 1 } else { 1_000 };
                        let seconds = i128::from(record.ts_sec) * 1_000_000_000;
                        frames.push(Seen {
                            nanos: seconds + i128::from(record.ts_usec) * tick,
                            wire_len: record.origlen,
                            data: record.data[..record.caplen as usize].to_vec(),
                        });
                    }
                    PcapBlockOwned::NG(block) => pcap_parser_block(&block, &mut clocks, frames),
                }
                used
            }
            Err(PcapError::Eof) => return Ok(()),
            Err(PcapError::Incomplete(_)) => {
                reader.refill().map_err(|error| format!("{error:?}"))?;
                continue;
            }
            Err(error) => {
                let told = format!("{error:?}");
                return Err(told.chars().take(60).collect());
            }
        };
        reader.consume(used);
    }
}

fn pcap_parser_block(block: &Block<'_>, clocks: &mut Vec<Clock>, frames: &mut Vec<Seen>) {
    match block {
        Block::SectionHeader(_) => clocks.clear(),
        Block::InterfaceDescription(interface) => {
            clocks.push(Clock { resolution: interface.if_tsresol, offset: interface.if_tsoffset });
        }
        Block::EnhancedPacket(packet) => {
            let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
            frames.push(Seen {
                nanos: clocks[packet.if_id as usize].nanos(ticks),
                wire_len: packet.origlen,
                data: packet.data[..packet.caplen as usize].to_vec(),
            });
        }
        Block::SimplePacket(packet) => frames.push(Seen {
            nanos: 0,
            wire_len: packet.origlen,
            data: packet.data[..packet.data.len().min(packet.origlen as usize)].to_vec(),
        }),
        _ => {}
    }
}

/// What an interface says of its times.
struct Clock {
    resolution: u8,
    offset: i64,
}

impl Clock {
    /// By division, where the reader under test multiplies.
    fn nanos(&self, ticks: u64) -> i128 {
        let base: i128 = if self.resolution & 0x80 == 0 { 10 } else { 2 };
        let per_second = base.pow(u32::from(self.resolution & 0x7f));
        let (seconds, rest) = (i128::from(ticks) / per_second, i128::from(ticks) % per_second);
        let whole = (seconds + i128::from(self.offset)) * 1_000_000_000;
        whole + rest * 1_000_000_000 / per_second
    }
}
