//! Extension headers of IPv6 (RFC 8200), and fragments of both versions.

use super::{Envelope, EtherType, length};
use crate::{SynthError, checksum};

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
/// Identification that the fragments of one packet share.
const IDENTIFICATION: u32 = 0x0001_f00d;

/// Extension headers: each goes directly behind the IPv6 header, so the one put in last stands first.
impl Envelope {
    /// With a hop-by-hop header that holds only padding.
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for anything but IPv6, [`SynthError::TooLong`] above 65,535 bytes.
    pub fn hop_by_hop(self) -> Result<Self, SynthError> {
        self.extended(0, [1, 4, 0, 0, 0, 0])
    }

    /// With a destination options header that holds only padding.
    ///
    /// # Errors
    /// As [`Envelope::hop_by_hop`].
    pub fn destination_options(self) -> Result<Self, SynthError> {
        self.extended(60, [1, 4, 0, 0, 0, 0])
    }

    /// With a routing header of an experimental type that has no segments left.
    ///
    /// # Errors
    /// As [`Envelope::hop_by_hop`].
    pub fn routing(self) -> Result<Self, SynthError> {
        self.extended(43, [253, 0, 0, 0, 0, 0])
    }

    fn extended(self, header: u8, content: [u8; 6]) -> Result<Self, SynthError> {
        let inside = self.only("IPv6 extension header", &[EtherType::IPV6])?;
        let (head, payload) = inside.bytes.split_at(IPV6_HEADER);
        let extension = [&[head[6], 0][..], &content].concat();
        ipv6(head, header, &[&extension, payload].concat())
    }
}

impl Envelope {
    /// Cut into fragments with at most `size` bytes of payload each, rounded down to whole blocks of eight.
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for anything but IP, [`SynthError::TooLong`] above 65,535 bytes.
    pub fn fragments(self, size: usize) -> Result<Vec<Self>, SynthError> {
        let size = (size & !7).max(8);
        match self.kind {
            EtherType::IPV4 => self.fragments_v4(size),
            EtherType::IPV6 => self.fragments_v6(size),
            other => Err(SynthError::Mismatch { layer: "fragment", payload: other.name() }),
        }
    }

    fn fragments_v4(self, size: usize) -> Result<Vec<Self>, SynthError> {
        let header = (usize::from(self.bytes[0] & 15) * 4).clamp(IPV4_HEADER, self.bytes.len());
        let (head, payload) = self.bytes.split_at(header);
        cut(payload, size, |offset, more, part| {
            let mut head = head.to_vec();
            head[2..4].copy_from_slice(&length("IPv4", header + part.len())?);
            let flags = u16::from(more) << 13 | (offset / 8) as u16;
            head[4..6].copy_from_slice(&(IDENTIFICATION as u16).to_be_bytes());
            head[6..8].copy_from_slice(&flags.to_be_bytes());
            head[10..12].fill(0);
            let checksum = checksum::finish(checksum::sum(&head));
            head[10..12].copy_from_slice(&checksum.to_be_bytes());
            Ok(Self { kind: EtherType::IPV4, bytes: [&head, part].concat() })
        })
    }

    fn fragments_v6(self, size: usize) -> Result<Vec<Self>, SynthError> {
        let (head, payload) = self.bytes.split_at(IPV6_HEADER);
        cut(payload, size, |offset, more, part| {
            let [high, low] = (offset as u16 | u16::from(more)).to_be_bytes();
            let header = [&[head[6], 0, high, low][..], &IDENTIFICATION.to_be_bytes()].concat();
            ipv6(head, 44, &[&header, part].concat())
        })
    }
}

/// Cuts `payload` and makes a fragment of each part, told its place and whether more follow.
fn cut(
    payload: &[u8],
    size: usize,
    fragment: impl Fn(usize, bool, &[u8]) -> Result<Envelope, SynthError>,
) -> Result<Vec<Envelope>, SynthError> {
    length("fragment", payload.len())?; // offsets are 16 bits wide
    let parts = payload.chunks(size).enumerate();
    parts
        .map(|(nth, part)| fragment(nth * size, nth * size + part.len() < payload.len(), part))
        .collect()
}

/// A packet with the addresses of `head`, this next header and this payload.
fn ipv6(head: &[u8], next: u8, payload: &[u8]) -> Result<Envelope, SynthError> {
    let mut head = head.to_vec();
    head[4..6].copy_from_slice(&length("IPv6", payload.len())?);
    head[6] = next;
    Ok(Envelope { kind: EtherType::IPV6, bytes: [&head, payload].concat() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_of_ipv4_put_together_are_the_payload() {
        let mut packet = vec![0x45, 0, 0, 120, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
        packet.extend(0..100);
        let fragments = Envelope::of_ip(&packet).unwrap().fragments(50).unwrap();
        let mut payload = Vec::new();
        for (nth, fragment) in fragments.iter().enumerate() {
            let (head, part) = fragment.bytes().split_at(20);
            let field = u16::from_be_bytes([head[6], head[7]]);
            assert_eq!(usize::from(field & 0x1fff) * 8, payload.len());
            assert_eq!(field >> 13 == 1, nth < 2, "more follow all but the last");
            assert_eq!(
                usize::from(u16::from_be_bytes([head[2], head[3]])),
                head.len() + part.len()
            );
            assert_eq!(checksum::finish(checksum::sum(head)), 0);
            payload.extend_from_slice(part);
        }
        assert_eq!((fragments.len(), &payload[..]), (3, &packet[20..]));
    }

    #[test]
    fn extension_headers_chain_from_the_outside_in() {
        let mut packet = vec![0x60, 0, 0, 0, 0, 8, 17, 64];
        packet.extend([0; 40]);
        let envelope = Envelope::of_ip(&packet).unwrap().routing().unwrap().hop_by_hop().unwrap();
        let bytes = envelope.bytes();
        assert_eq!((bytes[6], bytes[40], bytes[48]), (0, 43, 17));
        assert_eq!(bytes[4..6], [0, 24]);
    }
}
