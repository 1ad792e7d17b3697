//! Initial packets opened: their keys follow from what the client's first header shows
//! (RFC 9001, section 5.2; RFC 9369, section 3.3).

use std::fmt;

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::AeadInOut;
use hkdf::Hkdf;
use sha2::Sha256;

use super::header::TAG;
use super::{LongHeader, PacketKind, Version, varint};
use crate::application::Cursor;
use crate::application::cursor::clamp;
use crate::{Field, Layer, ParseError};

/// The longest Initial packet that is opened; it is decrypted on the stack. Clients pad to 1200 to
/// 1500 bytes, so that their packets fit the paths there are.
pub const MAX_PACKET: usize = 2048;

/// Whose packets are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The client's.
    Client,
    /// The server's.
    Server,
}

/// What the versions differ in.
struct Parameters {
    salt: [u8; 20],
    key: &'static str,
    iv: &'static str,
    header: &'static str,
}

const fn v1_labels(salt: [u8; 20]) -> Parameters {
    Parameters { salt, key: "quic key", iv: "quic iv", header: "quic hp" }
}

const V1: Parameters = v1_labels([
    0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad,
    0xcc, 0xbb, 0x7f, 0x0a,
]);

const V2: Parameters = Parameters {
    salt: [
        0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26, 0x9d,
        0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
    ],
    key: "quicv2 key",
    iv: "quicv2 iv",
    header: "quicv2 hp",
};

/// Drafts 29 to 32: what was spoken widely before there was a version 1.
const DRAFT_29: Parameters = v1_labels([
    0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0,
    0x43, 0x90, 0xa8, 0x99,
]);

/// Drafts 23 to 28.
const DRAFT_23: Parameters = v1_labels([
    0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65,
    0xbe, 0xf9, 0xf5, 0x02,
]);

const fn parameters(version: Version) -> Option<&'static Parameters> {
    match (version, version.draft()) {
        (Version::V1, _) | (_, Some(33 | 34)) => Some(&V1),
        (Version::V2, _) => Some(&V2),
        (_, Some(29..=32)) => Some(&DRAFT_29),
        (_, Some(23..=28)) => Some(&DRAFT_23),
        _ => None,
    }
}

/// The keys of one side's Initial packets. They keep no secret: anybody on the path can derive them.
#[derive(Clone)]
pub struct InitialKeys {
    payload: Aes128Gcm,
    iv: [u8; 12],
    header: Aes128,
}

impl InitialKeys {
    /// The keys of a connection of which the client's first packet was sent to this connection ID;
    /// `None` for versions without known keys.
    #[must_use]
    pub fn of(version: Version, destination: &[u8], side: Side) -> Option<Self> {
        let parameters = parameters(version)?;
        let (_, initial) = Hkdf::<Sha256>::extract(Some(&parameters.salt), destination);
        let label = match side {
            Side::Client => "client in",
            Side::Server => "server in",
        };
        let secret = Hkdf::<Sha256>::from_prk(&expand::<32>(&initial, label)?).ok()?;
        Some(Self {
            payload: Aes128Gcm::new(&expand::<16>(&secret, parameters.key)?.into()),
            iv: expand(&secret, parameters.iv)?,
            header: Aes128::new(&expand::<16>(&secret, parameters.header)?.into()),
        })
    }

    /// Opens an Initial packet: its frames, decrypted in `out`.
    ///
    /// # Errors
    /// `Invalid` where the packet is not an Initial one, is longer than [`MAX_PACKET`], or was not
    /// made with these keys (`Field::Integrity`).
    pub fn open<'o>(
        &self,
        packet: &LongHeader<'_>,
        out: &'o mut [u8; MAX_PACKET],
    ) -> Result<&'o [u8], ParseError> {
        let start = Cursor::new(Layer::Quic, packet.packet);
        let len = packet.packet.len();
        if packet.kind != PacketKind::Initial {
            let first = start.clone().u8()?;
            return Err(start.invalid(Field::Type, first.into()));
        }
        let Some(copy) = out.get_mut(..len) else {
            return Err(start.invalid(Field::Length, clamp(len)));
        };
        copy.copy_from_slice(packet.packet);
        self.decrypt(copy, packet.packet_number_at)
            .ok_or_else(|| start.invalid(Field::Integrity, clamp(len)))
    }

    fn decrypt<'o>(&self, packet: &'o mut [u8], number_at: usize) -> Option<&'o [u8]> {
        let (header_len, number) = self.unmask(packet, number_at)?;
        let (header, sealed) = packet.split_at_mut_checked(header_len)?;
        let (payload, tag) = sealed.split_last_chunk_mut::<TAG>()?;
        let mut nonce = self.iv;
        nonce.iter_mut().rev().zip(number.to_le_bytes()).for_each(|(to, byte)| *to ^= byte);
        let tag = (*tag).into();
        let opened = self.payload.decrypt_inout_detached(
            &nonce.into(),
            header,
            (&mut *payload).into(),
            &tag,
        );
        opened.is_ok().then_some(payload)
    }

    /// Takes the mask off the header (RFC 9001, section 5.4): how long it is, and the packet number.
    /// Initial packets are few, so that a number's sent bytes are all of it.
    fn unmask(&self, packet: &mut [u8], number_at: usize) -> Option<(usize, u32)> {
        /// The sample starts where the longest packet number would end.
        const SAMPLE_AT: usize = 4;
        let sample: [u8; 16] = *packet.get(number_at + SAMPLE_AT..)?.first_chunk()?;
        let mut mask = sample.into();
        self.header.encrypt_block(&mut mask);
        let (first_mask, number_mask) = mask.split_first()?;
        let first = packet.first_mut()?;
        *first ^= first_mask & 0x0f;
        let end = number_at + usize::from(*first & 3) + 1;
        let number = packet.get_mut(number_at..end)?;
        number.iter_mut().zip(number_mask).for_each(|(byte, mask)| *byte ^= mask);
        Some((end, number.iter().fold(0, |number, &byte| number << 8 | u32::from(byte))))
    }
}

impl fmt::Debug for InitialKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitialKeys").finish_non_exhaustive()
    }
}

/// HKDF-Expand-Label of TLS 1.3 with an empty context (RFC 8446, section 7.1).
fn expand<const N: usize>(secret: &Hkdf<Sha256>, label: &str) -> Option<[u8; N]> {
    const PREFIX: &[u8] = b"tls13 ";
    let [high, low] = u16::try_from(N).ok()?.to_be_bytes();
    let label_len = u8::try_from(PREFIX.len() + label.len()).ok()?;
    let mut out = [0; N];
    let info = [&[high, low, label_len], PREFIX, label.as_bytes(), &[0]];
    secret.expand_multi_info(&info, &mut out).ok()?;
    Some(out)
}

/// The CRYPTO frames of an opened Initial packet: where in the stream each belongs, and its bytes.
/// After an error it ends.
pub(super) struct CryptoFrames<'a> {
    fields: Cursor<'a>,
}

impl<'a> CryptoFrames<'a> {
    pub(super) const fn of(payload: &'a [u8]) -> Self {
        Self { fields: Cursor::whole(Layer::Quic, payload, 0) }
    }

    fn frame(&mut self) -> Result<Option<(u64, &'a [u8])>, ParseError> {
        while !self.fields.is_empty() {
            let before = self.fields;
            match varint::read(&mut self.fields)? {
                // PADDING, which fills most of a client's packet.
                0 => self.skip_padding()?,
                // PING.
                1 => {}
                kind @ (2 | 3) => self.skip_ack(kind == 3)?,
                6 => {
                    let (offset, len) = (self.varint()?, self.varint()?);
                    let bytes = self.fields.take(usize::try_from(len).unwrap_or(usize::MAX))?;
                    return Ok(Some((offset, bytes)));
                }
                // CONNECTION_CLOSE: what follows is text and padding.
                0x1c => return Ok(None),
                kind => {
                    let kind = u32::try_from(kind).unwrap_or(u32::MAX);
                    return Err(before.invalid(Field::Type, kind));
                }
            }
        }
        Ok(None)
    }

    /// Moves over padding in blocks: to what follows it, or a little in front of that.
    fn skip_padding(&mut self) -> Result<(), ParseError> {
        const BLOCK: usize = 16;
        let is_padding = |block: &&[u8]| block.iter().fold(0, |all, byte| all | byte) == 0;
        let blocks = self.fields.rest().chunks_exact(BLOCK).take_while(is_padding);
        self.fields.take(BLOCK * blocks.count()).map(drop)
    }

    /// Largest, delay, count of ranges, first range, the ranges, and the ECN counts.
    fn skip_ack(&mut self, has_ecn: bool) -> Result<(), ParseError> {
        let (_largest, _delay) = (self.varint()?, self.varint()?);
        let (ranges, _first) = (self.varint()?, self.varint()?);
        let numbers = ranges.saturating_mul(2).saturating_add(if has_ecn { 3 } else { 0 });
        // Every number takes a byte at least, so that a lying count soon runs out of bytes.
        (0..numbers).try_for_each(|_| self.varint().map(drop))
    }

    fn varint(&mut self) -> Result<u64, ParseError> {
        varint::read(&mut self.fields)
    }
}

impl<'a> Iterator for CryptoFrames<'a> {
    type Item = Result<(u64, &'a [u8]), ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        let frame = self.frame().transpose()?;
        if frame.is_err() {
            self.fields = Cursor::whole(Layer::Quic, &[], 0);
        }
        Some(frame)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::application::vectors::{self, unhex};

    /// The connection ID of both appendices.
    const DESTINATION: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];

    fn open(packet: &str, version: Version, side: Side) -> Vec<u8> {
        let packet = unhex(packet);
        let header = LongHeader::parse(&packet).unwrap();
        assert_eq!((header.kind, header.version), (PacketKind::Initial, version));
        let keys = InitialKeys::of(version, &DESTINATION, side).unwrap();
        keys.open(&header, &mut [0; MAX_PACKET]).unwrap().to_vec()
    }

    /// The Initial packet of version 1 that these frames make.
    pub(crate) fn seal(destination: &[u8], number: u8, frames: &[u8]) -> Vec<u8> {
        let keys = InitialKeys::of(Version::V1, destination, Side::Client).unwrap();
        let [high, low] = u16::try_from(1 + frames.len() + TAG).unwrap().to_be_bytes();
        let id_len = u8::try_from(destination.len()).unwrap();
        let mut packet = [&[0xc0, 0, 0, 0, 1, id_len], destination].concat();
        packet.extend([0, 0, 0x40 | high, low, number]);
        let header_len = packet.len();
        packet.extend(frames);
        let (header, payload) = packet.split_at_mut(header_len);
        let mut nonce = keys.iv;
        nonce[11] ^= number;
        let tag =
            keys.payload.encrypt_inout_detached(&nonce.into(), header, payload.into()).unwrap();
        packet.extend(tag);
        let sample: [u8; 16] = packet[header_len + 3..][..16].try_into().unwrap();
        let mut mask = sample.into();
        keys.header.encrypt_block(&mut mask);
        packet[0] ^= mask[0] & 0x0f;
        packet[header_len - 1] ^= mask[1];
        packet
    }

    #[test]
    fn the_packets_of_both_rfcs_are_opened() {
        for (client, server, version) in [
            (vectors::CLIENT_INITIAL_V1, vectors::SERVER_INITIAL_V1, Version::V1),
            (vectors::CLIENT_INITIAL_V2, vectors::SERVER_INITIAL_V2, Version::V2),
        ] {
            let payload = open(client, version, Side::Client);
            let frames: Vec<_> = CryptoFrames::of(&payload).map(Result::unwrap).collect();
            assert_eq!(frames, [(0, &unhex(vectors::CLIENT_HELLO)[..])]);
            let payload = open(server, version, Side::Server);
            let frames: Vec<_> = CryptoFrames::of(&payload).map(Result::unwrap).collect();
            assert_eq!(frames, [(0, &unhex(vectors::SERVER_HELLO)[..])]);
        }
    }

    #[test]
    fn a_changed_packet_and_wrong_keys_are_refused() {
        let packet = unhex(vectors::CLIENT_INITIAL_V1);
        let keys = InitialKeys::of(Version::V1, &DESTINATION, Side::Client).unwrap();
        for place in [0, 17, 18, 30, 1199] {
            let mut changed = packet.clone();
            changed[place] ^= 1;
            let Ok(header) = LongHeader::parse(&changed) else { continue };
            let error = keys.open(&header, &mut [0; MAX_PACKET]).unwrap_err();
            assert!(matches!(error, ParseError::Invalid { field: Field::Integrity, .. }));
        }
        let header = LongHeader::parse(&packet).unwrap();
        let server = InitialKeys::of(Version::V1, &DESTINATION, Side::Server).unwrap();
        assert!(server.open(&header, &mut [0; MAX_PACKET]).is_err());
        assert!(InitialKeys::of(Version(0x5130_3530), &DESTINATION, Side::Client).is_none());
    }

    #[test]
    fn a_frame_behind_any_padding_is_found() {
        for len in 0..50 {
            let payload = [&vec![0; len], &b"\x06\x02\x01x"[..]].concat();
            let frames: Vec<_> = CryptoFrames::of(&payload).map(Result::unwrap).collect();
            assert_eq!(frames, [(2, &b"x"[..])], "{len}");
        }
    }

    #[test]
    fn frames_between_are_passed_over_and_others_refused() {
        let payload = b"\0\x01\x02\x05\0\x01\0\x01\x01\x03\x05\0\0\0\x01\x02\x03\x06\x02\x01x\0\x06\0\x02yz\x1cjunk";
        let frames: Vec<_> = CryptoFrames::of(payload).map(Result::unwrap).collect();
        assert_eq!(frames, [(2, &b"x"[..]), (0, b"yz")]);
        for wrong in
            [&b"\x08"[..], b"\x06\0\x05abc", b"\x02\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0"]
        {
            let frames: Vec<_> = CryptoFrames::of(wrong).collect();
            assert!(frames.len() == 1 && frames[0].is_err(), "{wrong:?}");
        }
    }
}
