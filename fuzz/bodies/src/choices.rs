//! What an input says besides the bytes to read: its first bytes choose.

use netsift_packet::LinkType;

/// Choices taken from the front of an input; where it has ended, every choice is 0.
pub(crate) struct Choices<'a> {
    rest: &'a [u8],
}

/// The link types that are read, and one that is not.
pub(crate) const LINKS: [LinkType; 14] = [
    LinkType::ETHERNET,
    LinkType::RAW,
    LinkType::NULL,
    LinkType::LOOP,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType::CISCO_HDLC,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::IEEE802_11,
    LinkType::RADIOTAP,
    LinkType::IPV4,
    LinkType::IPV6,
    LinkType(195),
];

impl<'a> Choices<'a> {
    pub(crate) fn of(input: &'a [u8]) -> Self {
        Self { rest: input }
    }

    /// The next `N` bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for (place, byte) in bytes.iter_mut().zip(self.take(N)) {
            *place = *byte;
        }
        bytes
    }

    pub(crate) fn byte(&mut self) -> u8 {
        u8::from_be_bytes(self.bytes())
    }

    pub(crate) fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.bytes())
    }

    /// One of [`LINKS`].
    pub(crate) fn link(&mut self) -> LinkType {
        let choice = usize::from(self.byte()) % LINKS.len();
        LINKS.get(choice).copied().unwrap_or(LinkType::ETHERNET)
    }

    /// The next `len` bytes, or as many as there are.
    pub(crate) fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(len.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_type_that_is_read_can_be_chosen() {
        for link in LinkType::PARSED {
            assert!(LINKS.contains(&link), "{link}");
        }
    }
}
