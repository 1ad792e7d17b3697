//! TCP options, one at a time.

/// One TCP option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TcpOption<'a> {
    /// Maximum segment size the sender takes.
    MaxSegmentSize(u16),
    /// How far the window is to be shifted left.
    WindowScale(u8),
    /// The sender understands selective acknowledgements.
    SackPermitted,
    /// Blocks received out of order.
    Sack(SackBlocks<'a>),
    /// The sender's clock and the echo of the receiver's.
    Timestamps {
        /// The sender's clock.
        value: u32,
        /// The latest value received.
        echo: u32,
    },
    /// Any other option, or a known one of an odd length.
    Other {
        /// Its kind.
        kind: u8,
        /// What follows kind and length.
        data: &'a [u8],
    },
    /// An option whose length is less than 2 or runs past the header (or past what was captured of
    /// it). It is the last one told.
    Malformed {
        /// Its kind.
        kind: u8,
    },
}

/// The blocks of a selective acknowledgement: pairs of first and past-the-last sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SackBlocks<'a>(&'a [u8]);

impl<'a> SackBlocks<'a> {
    /// The blocks in the order of the header.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + 'a {
        self.0.chunks_exact(8).map(|block| {
            let number = |at| block.get(at..).and_then(<[u8]>::first_chunk).copied();
            let number = |at| u32::from_be_bytes(number(at).unwrap_or_default());
            (number(0), number(4))
        })
    }
}

/// Iterator over the options of one TCP header; see
/// [`Packet::tcp_options`](crate::Packet::tcp_options).
///
/// Padding is passed over, the end-of-list option ends it.
#[derive(Clone, Debug)]
pub struct TcpOptions<'a> {
    rest: &'a [u8],
}

const END_OF_LIST: u8 = 0;
const NO_OPERATION: u8 = 1;

impl<'a> TcpOptions<'a> {
    /// Iterates over the bytes between the fixed header and the payload.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn known(kind: u8, data: &'a [u8]) -> TcpOption<'a> {
        match (kind, data) {
            (2, &[high, low]) => TcpOption::MaxSegmentSize(u16::from_be_bytes([high, low])),
            (3, &[shift]) => TcpOption::WindowScale(shift),
            (4, []) => TcpOption::SackPermitted,
            (5, blocks) if blocks.len().is_multiple_of(8) => TcpOption::Sack(SackBlocks(blocks)),
            (8, &[a, b, c, d, e, f, g, h]) => TcpOption::Timestamps {
                value: u32::from_be_bytes([a, b, c, d]),
                echo: u32::from_be_bytes([e, f, g, h]),
            },
            _ => TcpOption::Other { kind, data },
        }
    }
}

impl<'a> Iterator for TcpOptions<'a> {
    type Item = TcpOption<'a>;

    fn next(&mut self) -> Option<TcpOption<'a>> {
        let padding = self.rest.iter().take_while(|&&byte| byte == NO_OPERATION).count();
        let (&kind, after) = self.rest.get(padding..)?.split_first()?;
        self.rest = &[];
        if kind == END_OF_LIST {
            return None;
        }
        let option = after.split_first().and_then(|(&length, data)| {
            let length = usize::from(length).checked_sub(2)?;
            data.split_at_checked(length)
        });
        let Some((data, rest)) = option else { return Some(TcpOption::Malformed { kind }) };
        self.rest = rest;
        Some(Self::known(kind, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<TcpOption<'_>> {
        TcpOptions::new(bytes).collect()
    }

    #[test]
    fn a_usual_handshake() {
        let bytes = [
            2, 4, 5, 0xb4, 1, 3, 3, 7, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 5, 10, 0, 0, 0, 3, 0,
            0, 0, 4,
        ];
        let options = read(&bytes);
        assert_eq!(
            options[..3],
            [TcpOption::MaxSegmentSize(1460), TcpOption::WindowScale(7), TcpOption::SackPermitted]
        );
        assert_eq!(options[3], TcpOption::Timestamps { value: 1, echo: 2 });
        let TcpOption::Sack(blocks) = options[4] else { panic!("{options:?}") };
        assert_eq!(blocks.iter().collect::<Vec<_>>(), [(3, 4)]);
    }

    #[test]
    fn nothing_is_told_after_the_end_of_the_list() {
        assert_eq!(read(&[1, 1, 0, 3, 3, 7]), []);
    }

    #[test]
    fn odd_lengths_are_others_and_lengths_that_lie_end_it() {
        assert_eq!(read(&[3, 4, 1, 2]), [TcpOption::Other { kind: 3, data: &[1, 2] }]);
        assert_eq!(read(&[30, 1, 3, 3, 7]), [TcpOption::Malformed { kind: 30 }]);
        assert_eq!(read(&[30, 9, 3, 3, 7]), [TcpOption::Malformed { kind: 30 }]);
        assert_eq!(read(&[30]), [TcpOption::Malformed { kind: 30 }]);
    }
}
