//! The laws of what a QUIC Initial packet holds. Mutated packets break their seal and are never opened, so
//! the frames are the input here, and this body seals them.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::AeadInOut;
use netsift_packet::quic::{
    InitialAssembler, InitialKeys, LongHeader, MAX_CRYPTO, MAX_PACKET, Side, Version,
};

use crate::parts::error_is_inside;

/// The client's connection ID and keys of RFC 9001, appendix A.1.
const DESTINATION: [u8; 8] = 0x8394_c8f0_3e51_5708_u64.to_be_bytes();
const KEY: [u8; 16] = 0x1f36_9613_dd76_d546_7730_efcb_e3b1_a22d_u128.to_be_bytes();
const HEADER_KEY: [u8; 16] = 0x9f50_449e_04a0_e810_283a_1e99_33ad_edd2_u128.to_be_bytes();
const IV: [u8; 12] = [0xfa, 0x04, 0x4b, 0x2f, 0x42, 0xa3, 0xfd, 0x3b, 0x46, 0xfb, 0x25, 0x5c];

/// Frames that still fit a packet which is opened.
const MAX_FRAMES: usize = MAX_PACKET - 64;

/// The frames of a client's first packet.
pub(crate) fn body(input: &[u8]) {
    let frames = input.get(..MAX_FRAMES).unwrap_or(input);
    let Some(packet) = sealed(0, frames) else { return };
    what_was_sealed_is_opened(&packet, frames);

    let mut assembler = InitialAssembler::new();
    let pushed = assembler.push(&packet);
    if let Err(error) = pushed {
        error_is_inside(error, MAX_CRYPTO);
    }
    let hello = hello(&assembler);
    assert!(pushed != Ok(true) || hello.is_some(), "a hello is there and cannot be read");
    assert_eq!(assembler.push(&packet), pushed, "the same datagram is answered otherwise");
    // A CRYPTO frame over the start of the stream: what came first stays.
    let over = [&[6, 0, 0x40, 200][..], &[0xff; 200]].concat();
    if let (Some(hello), Some(packet)) = (hello, sealed(1, &over)) {
        assert_eq!(assembler.push(&packet), Ok(true), "a hello that was there is gone");
        assert_eq!(self::hello(&assembler), Some(hello), "a later packet changes the hello");
    }
}

fn what_was_sealed_is_opened(packet: &[u8], frames: &[u8]) {
    let keys = InitialKeys::of(Version::V1, &DESTINATION, Side::Client);
    let mut out = [0; MAX_PACKET];
    let header = LongHeader::parse(packet);
    let opened = keys.zip(header.ok()).and_then(|(keys, header)| keys.open(&header, &mut out).ok());
    assert_eq!(opened, Some(frames), "other frames than were sealed");
}

/// What tells one hello from another.
fn hello(assembler: &InitialAssembler) -> Option<(Vec<u8>, Vec<u16>)> {
    let hello = assembler.client_hello().ok()?;
    Some((hello.random.to_vec(), hello.cipher_suites.collect()))
}

/// An Initial packet of version 1 (RFC 9001, section 5), its number in four bytes.
fn sealed(number: u8, frames: &[u8]) -> Option<Vec<u8>> {
    const NUMBER: usize = 4;
    let len = u16::try_from(NUMBER + frames.len() + 16).ok()? | 0x4000;
    let start = [&[0xc3, 0, 0, 0, 1, 8][..], &DESTINATION, &[0, 0], &len.to_be_bytes()].concat();
    let number_at = start.len();
    let header = [&start[..], &[0, 0, 0, number]].concat();
    let mut nonce = IV;
    nonce[11] ^= number;
    let mut body = frames.to_vec();
    let cipher = Aes128Gcm::new(&KEY.into());
    let tag = cipher.encrypt_inout_detached(&nonce.into(), &header, body.as_mut_slice().into());
    body.extend(tag.ok()?);

    let mut mask = (*body.first_chunk::<16>()?).into();
    Aes128::new(&HEADER_KEY.into()).encrypt_block(&mut mask);
    let mut packet = [header, body].concat();
    packet[0] ^= mask[0] & 0x0f;
    for at in 0..NUMBER {
        packet[number_at + at] ^= mask[1 + at];
    }
    Some(packet)
}
