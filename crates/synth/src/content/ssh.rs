//! The part of SSH that is in the clear (RFC 4253): banners and the exchange of keys.

use super::{Piece, text::Ink};
use crate::{frames::Side, random::mix};

const CLIENTS: [&str; 4] = [
    "SSH-2.0-OpenSSH_9.6\r\n",
    "SSH-2.0-PuTTY_Release_0.80\r\n",
    "SSH-2.0-libssh2_1.11.0\r\n",
    "SSH-2.0-Go\r\n",
];
const SERVERS: [&str; 4] = [
    "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
    "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3\r\n",
    "SSH-2.0-OpenSSH_7.4\r\n",
    "SSH-2.0-dropbear_2022.83\r\n",
];
const EXCHANGES: [&str; 3] = [
    "curve25519-sha256,ecdh-sha2-nistp256,ecdh-sha2-nistp384,diffie-hellman-group14-sha256",
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
     diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,ext-info-c",
    "curve25519-sha256,ecdh-sha2-nistp256",
];
const KEYS: &str = "ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256";
/// Lengths are encrypted under the first of each: behind the new keys nothing can be read.
const CIPHERS: [&str; 3] = [
    "aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com",
    "aes256-ctr,aes192-ctr,aes128-ctr",
    "aes128-ctr,aes256-ctr,aes128-gcm@openssh.com",
];
const MACS: &str = "hmac-sha2-256,hmac-sha2-512,hmac-sha1";

pub(super) fn banner(piece: &Piece, ink: &mut Ink<'_>) {
    let banners = match piece.from {
        Side::Client => CLIENTS,
        Side::Server => SERVERS,
    };
    ink.put(banners[kind(piece) & 3].as_bytes());
}

/// The algorithms on offer.
pub(super) fn key_init(piece: &Piece, ink: &mut Ink<'_>) {
    let kind = kind(piece);
    let mut room = [0; 900];
    let mut body = Ink::new(&mut room);
    body.u8(20);
    body.noise(mix(&[piece.salt, 20]), 16);
    let lists = [
        EXCHANGES[kind % 3],
        KEYS,
        CIPHERS[kind % 3],
        CIPHERS[kind % 3],
        MACS,
        MACS,
        "none,zlib@openssh.com",
        "none,zlib@openssh.com",
        "",
        "",
    ];
    for list in lists {
        body.u32(list.len() as u32);
        body.put(list.as_bytes());
    }
    body.put(&[0; 5]);
    let len = body.len();
    packet(&room[..len], ink);
}

/// The client's public value; the server's, its key and its signature, and the new keys.
pub(super) fn key_reply(piece: &Piece, ink: &mut Ink<'_>) {
    let mut room = [0; 512];
    let mut body = Ink::new(&mut room);
    let seed = mix(&[piece.salt, 30]);
    match piece.from {
        Side::Client => {
            body.u8(30);
            string(&mut body, seed, 32);
        }
        Side::Server => {
            body.u8(31);
            body.u32(51); // the host key
            body.u32(11);
            body.put(b"ssh-ed25519");
            string(&mut body, seed, 32);
            string(&mut body, seed ^ 1, 32);
            body.u32(83); // the signature
            body.u32(11);
            body.put(b"ssh-ed25519");
            string(&mut body, seed ^ 2, 64);
        }
    }
    let len = body.len();
    packet(&room[..len], ink);
    if piece.from == Side::Server {
        new_keys(ink);
    }
}

/// From here on the sender encrypts.
pub(super) fn new_keys(ink: &mut Ink<'_>) {
    packet(&[21], ink);
}

/// The client and the server program of a flow.
fn kind(piece: &Piece) -> usize {
    (mix(&[piece.salt, 9, piece.from.index() as u64]) % 12) as usize
}

fn string(body: &mut Ink<'_>, seed: u64, len: usize) {
    body.u32(len as u32);
    body.noise(seed, len);
}

/// A binary packet: length, padding length, payload, padding to blocks of eight.
fn packet(payload: &[u8], ink: &mut Ink<'_>) {
    let padding = 4 + (8 - (payload.len() + 5 + 4) % 8) % 8;
    ink.u32((payload.len() + 1 + padding) as u32);
    ink.u8(padding as u8);
    ink.put(payload);
    ink.put(&[0; 12][..padding]);
}
