//! The fixed part of a TCP header.

use super::TcpFlags;

/// The facts of TCP's fixed header, ports apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpHeader {
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Flags, all nine.
    pub flags: TcpFlags,
    /// Window as the header says, unscaled.
    pub window: u16,
    /// Length of the header with its options, as it says.
    pub header_len: u8,
}

impl TcpHeader {
    /// Reads the header that `bytes` start with; `None` if they end before it does.
    #[inline]
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [_, _, _, _, fields @ ..] = bytes.first_chunk::<{ super::tcp::LEN }>()?;
        let &[a, b, c, d, e, f, g, h, offset, flags, high, low, ..] = fields;
        Some(Self {
            seq: u32::from_be_bytes([a, b, c, d]),
            ack: u32::from_be_bytes([e, f, g, h]),
            flags: TcpFlags(u16::from_be_bytes([offset, flags]) & TcpFlags::MASK),
            window: u16::from_be_bytes([high, low]),
            header_len: (offset >> 4) * 4,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::tcp;

    #[test]
    fn every_field_is_read_and_nineteen_bytes_are_too_few() {
        let bytes = tcp(1, 2, 0x1ff, &[1; 40], b"");
        let header = TcpHeader::read(&bytes).unwrap();
        assert_eq!((header.seq, header.ack), (0x0102_0304, 0x0506_0708));
        assert_eq!((header.flags, header.window), (TcpFlags(0x1ff), 0x090a));
        assert_eq!((header.header_len, TcpHeader::read(&bytes[..19])), (60, None));
    }
}
