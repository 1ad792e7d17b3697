//! A ClientHello put together from Initial packets, however many datagrams it spans.

use std::fmt;

use super::initial::CryptoFrames;
use super::{InitialKeys, LongHeader, MAX_PACKET, PacketKind, Side};
use crate::application::Cursor;
use crate::application::cursor::clamp;
use crate::tls::{ClientHello, ClientHelloStart};
use crate::{Field, Layer, ParseError};

/// How far into the CRYPTO stream is looked. Hellos with hybrid key shares take 2 KiB, so that this
/// leaves room for twice the largest.
pub const MAX_CRYPTO: usize = 8 * 1024;

/// Bits in a word.
const WORD: usize = u64::BITS as usize;

/// Packets of one datagram that are looked at; a client has no use for more.
const MAX_COALESCED: usize = 8;

/// Puts the client's CRYPTO stream of one connection together.
///
/// It is the caller's to own, one for each connection that has not shown its hello yet, and takes the
/// client's datagrams in any order. It never grows: some 9 KiB, best kept in a box.
#[derive(Clone)]
pub struct InitialAssembler {
    keys: Option<InitialKeys>,
    /// What came, and bytes that mean nothing where none came.
    bytes: [u8; MAX_CRYPTO],
    /// One bit for each byte that has come.
    come: [u64; MAX_CRYPTO / WORD],
    /// How many bytes have come without a gap.
    contiguous: usize,
}

impl Default for InitialAssembler {
    fn default() -> Self {
        Self::new()
    }
}

impl InitialAssembler {
    /// An assembler that has seen nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { keys: None, bytes: [0; MAX_CRYPTO], come: [0; MAX_CRYPTO / WORD], contiguous: 0 }
    }

    /// Takes a datagram of the client, and says whether the hello is there whole. Packets that are no
    /// Initial ones are passed over.
    ///
    /// # Errors
    /// Those of [`LongHeader::parse`] and [`InitialKeys::open`]; `Invalid` also where the stream goes
    /// on behind [`MAX_CRYPTO`], or the version's keys are not known. What came before stays.
    pub fn push(&mut self, datagram: &[u8]) -> Result<bool, ParseError> {
        let mut rest = datagram;
        for number in 0..MAX_COALESCED {
            let header = match LongHeader::parse(rest) {
                Ok(header) => header,
                Err(error) if number == 0 => return Err(error),
                // Behind the first packet lies another kind of header, or padding.
                Err(_) => break,
            };
            if header.kind == PacketKind::Initial {
                self.take_packet(&header)?;
            }
            rest = rest.get(header.packet.len()..).unwrap_or_default();
        }
        Ok(self.client_hello().is_ok())
    }

    /// The ClientHello.
    ///
    /// # Errors
    /// `Truncated` as long as some of it is missing; `Invalid` where the stream holds no ClientHello.
    pub fn client_hello(&self) -> Result<ClientHello<'_>, ParseError> {
        ClientHello::parse_crypto(self.bytes.get(..self.contiguous).unwrap_or_default())
    }

    /// What has come of the ClientHello without a gap: the server's name often comes first.
    ///
    /// # Errors
    /// Those of [`ClientHelloStart::parse_crypto`].
    pub fn client_hello_start(&self) -> Result<ClientHelloStart<'_>, ParseError> {
        ClientHelloStart::parse_crypto(self.bytes.get(..self.contiguous).unwrap_or_default())
    }

    fn take_packet(&mut self, header: &LongHeader<'_>) -> Result<(), ParseError> {
        let mut out = [0; MAX_PACKET];
        let known = self.keys.as_ref().and_then(|keys| keys.open(header, &mut out).ok());
        if let Some(payload) = known {
            return self.take_frames(payload);
        }
        let Some(keys) = InitialKeys::of(header.version, header.destination, Side::Client) else {
            let start = Cursor::new(Layer::Quic, header.packet);
            return Err(start.invalid(Field::Version, header.version.0));
        };
        let payload = keys.open(header, &mut out)?;
        // The first packet, or the first after a Retry: the stream starts anew.
        self.keys = Some(keys);
        (self.come, self.contiguous) = ([0; MAX_CRYPTO / WORD], 0);
        self.take_frames(payload)
    }

    fn take_frames(&mut self, payload: &[u8]) -> Result<(), ParseError> {
        CryptoFrames::of(payload).try_for_each(|frame| {
            let (offset, bytes) = frame?;
            self.insert(usize::try_from(offset).unwrap_or(usize::MAX), bytes)
        })
    }

    /// Puts bytes in their place. What came first stays: a second sending must not change it.
    fn insert(&mut self, offset: usize, bytes: &[u8]) -> Result<(), ParseError> {
        let end = offset.saturating_add(bytes.len());
        if end > MAX_CRYPTO {
            return Err(Cursor::new(Layer::Quic, bytes).invalid(Field::Length, clamp(end)));
        }
        let mut rest = bytes;
        let mut at = offset;
        // As much at once as shares a word of bits.
        while !rest.is_empty() {
            let len = rest.len().min(WORD - at % WORD);
            let (piece, behind) = rest.split_at(len);
            self.insert_piece(at, piece);
            (at, rest) = (at + len, behind);
        }
        self.go_on();
        Ok(())
    }

    /// Puts at least one byte in its place, and no more than share a word of bits.
    fn insert_piece(&mut self, at: usize, piece: &[u8]) {
        let place = self.bytes.get_mut(at..at + piece.len());
        let (Some(place), Some(come)) = (place, self.come.get_mut(at / WORD)) else { return };
        let bits = u64::MAX >> (WORD - piece.len()) << (at % WORD);
        if *come & bits == 0 {
            place.copy_from_slice(piece);
        } else {
            let is_new = |at: usize| *come >> (at % WORD) & 1 == 0;
            let bytes = (at..).zip(place.iter_mut().zip(piece)).filter(|(at, _)| is_new(*at));
            bytes.for_each(|(_, (place, byte))| *place = *byte);
        }
        *come |= bits;
    }

    /// Counts what has come without a gap.
    fn go_on(&mut self) {
        while let Some(come) = self.come.get(self.contiguous / WORD) {
            match (come >> (self.contiguous % WORD)).trailing_ones() {
                0 => break,
                more => self.contiguous += more as usize,
            }
        }
    }
}

impl fmt::Debug for InitialAssembler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitialAssembler")
            .field("contiguous", &self.contiguous)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::initial::tests::seal;
    use super::*;
    use crate::application::vectors::{self, unhex};

    const DESTINATION: &[u8] = b"8 bytes!";

    fn crypto(offset: usize, bytes: &[u8]) -> Vec<u8> {
        let varint = |value: usize| (0x4000 | u16::try_from(value).unwrap()).to_be_bytes();
        [&[6], &varint(offset)[..], &varint(bytes.len()), bytes].concat()
    }

    /// The hello of RFC 9001 in CRYPTO frames of `size` bytes.
    fn frames(size: usize) -> Vec<Vec<u8>> {
        let hello = unhex(vectors::CLIENT_HELLO);
        let frame = |(i, piece): (usize, &[u8])| crypto(i * size, piece);
        hello.chunks(size).enumerate().map(frame).collect()
    }

    #[test]
    fn the_datagrams_of_both_rfcs_hold_a_whole_hello() {
        for datagram in [vectors::CLIENT_INITIAL_V1, vectors::CLIENT_INITIAL_V2] {
            let mut assembler = InitialAssembler::new();
            assert_eq!(assembler.push(&unhex(datagram)), Ok(true));
            let hello = assembler.client_hello().unwrap();
            assert_eq!(hello.server_name().unwrap(), "example.com");
        }
    }

    #[test]
    fn two_datagrams_in_either_order_give_the_hello() {
        let frames = frames(130);
        let datagrams = [seal(DESTINATION, 0, &frames[0]), seal(DESTINATION, 1, &frames[1])];
        for order in [[0, 1], [1, 0]] {
            let mut assembler = InitialAssembler::new();
            assert_eq!(assembler.push(&datagrams[order[0]]), Ok(false));
            let start = assembler.client_hello_start().ok().and_then(|start| start.server_name());
            assert_eq!(start.is_some(), order[0] == 0, "the name is in the first datagram");
            let error = assembler.client_hello().unwrap_err();
            assert!(matches!(error, ParseError::Truncated { .. }), "{error}");
            assert_eq!(assembler.push(&datagrams[order[1]]), Ok(true));
        }
    }

    #[test]
    fn frames_out_of_order_in_coalesced_packets_give_the_hello() {
        let mut frames = frames(20);
        frames.reverse();
        let first = seal(DESTINATION, 0, &frames[..5].concat());
        let second = seal(DESTINATION, 1, &frames[5..].concat());
        let padded = [&first[..], &second, &[0; 100]].concat();
        assert_eq!(InitialAssembler::new().push(&padded), Ok(true));
    }

    #[test]
    fn a_retry_starts_the_stream_anew() {
        let frames = frames(130);
        let mut assembler = InitialAssembler::new();
        assert_eq!(assembler.push(&seal(DESTINATION, 0, &frames[0])), Ok(false));
        assert_eq!(assembler.push(&seal(b"another", 1, &frames[0])), Ok(false));
        assert_eq!(assembler.push(&seal(b"another", 2, &frames[1])), Ok(true));
    }

    #[test]
    fn what_came_first_stays_and_the_stream_has_an_end() {
        let mut assembler = InitialAssembler::new();
        assembler.push(&seal(DESTINATION, 0, &crypto(0, b"\x01\0\0\x01"))).unwrap();
        assembler.push(&seal(DESTINATION, 1, &crypto(0, b"\x01\xff\xff\xffxxxxxxxxxxxx"))).unwrap();
        assert_eq!(&assembler.bytes[..5], b"\x01\0\0\x01x");
        let error = assembler.push(&seal(DESTINATION, 2, &crypto(MAX_CRYPTO - 10, &[0; 11])));
        assert!(matches!(error, Err(ParseError::Invalid { field: Field::Length, .. })));
    }

    #[test]
    fn versions_without_keys_and_other_sides_packets_are_refused() {
        let mut assembler = InitialAssembler::new();
        let server = assembler.push(&unhex(vectors::SERVER_INITIAL_V1));
        assert!(matches!(server, Err(ParseError::Invalid { field: Field::Integrity, .. })));
        let mut datagram = unhex(vectors::CLIENT_INITIAL_V1);
        datagram[1..5].copy_from_slice(&[0xff, 0, 0, 99]);
        let unknown = assembler.push(&datagram);
        assert!(matches!(unknown, Err(ParseError::Invalid { field: Field::Version, .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn every_byte_that_came_first_is_in_its_place(
            pieces in prop::collection::vec((0..400_usize, prop::collection::vec(any::<u8>(), 0..150)), 0..12),
        ) {
            let mut assembler = InitialAssembler::new();
            let mut oracle = vec![None; 600];
            for (offset, piece) in pieces {
                assembler.insert(offset, &piece).unwrap();
                oracle.iter_mut().skip(offset).zip(piece).for_each(|(place, byte)| {
                    place.get_or_insert(byte);
                });
                let come: Vec<u8> = oracle.iter().copied().map_while(|byte| byte).collect();
                prop_assert_eq!(&assembler.bytes[..assembler.contiguous], come);
            }
        }

        #[test]
        fn any_frames_are_taken_or_refused(
            pieces in prop::collection::vec((0..MAX_CRYPTO + 100, 0..300_usize, any::<u8>()), 0..6),
            noise in prop::collection::vec(any::<u8>(), 20..60),
        ) {
            let mut assembler = InitialAssembler::new();
            for (offset, len, byte) in pieces {
                let _ = assembler.push(&seal(DESTINATION, 7, &crypto(offset, &vec![byte; len.max(20)])));
            }
            let _ = assembler.push(&seal(DESTINATION, 8, &noise));
            let _ = assembler.push(&noise);
            prop_assert!(assembler.contiguous <= MAX_CRYPTO);
        }
    }
}
