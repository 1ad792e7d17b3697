//! The part of TLS 1.3 that is in the clear (RFC 8446), and the record headers of the rest.

use super::{Piece, names, text::Ink};
use crate::random::mix;

/// Which program says hello: what fingerprints of clients tell apart. Numbers wrap around.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Browser(pub(crate) u8);

struct Kind {
    grease: bool,
    ciphers: &'static [u16],
    groups: &'static [u16],
    signatures: &'static [u16],
    protocols: &'static [&'static str],
    /// The extensions in the order in which this program sends them.
    extensions: &'static [u16],
}

const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
const PROTOCOLS: u16 = 16;
const EXTENDED_SECRET: u16 = 23;
const TICKET: u16 = 35;
const VERSIONS: u16 = 43;
const KEY_MODES: u16 = 45;
const KEY_SHARE: u16 = 51;
const RENEGOTIATION: u16 = 0xff01;

const KINDS: [Kind; 6] = [
    Kind {
        grease: true,
        ciphers: &[
            0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
            0x009c, 0x009d, 0x002f, 0x0035,
        ],
        groups: &[29, 23, 24],
        signatures: &[0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601],
        protocols: &["h2", "http/1.1"],
        extensions: &[
            SERVER_NAME,
            EXTENDED_SECRET,
            RENEGOTIATION,
            GROUPS,
            POINT_FORMATS,
            TICKET,
            PROTOCOLS,
            SIGNATURES,
            KEY_SHARE,
            KEY_MODES,
            VERSIONS,
        ],
    },
    Kind {
        grease: false,
        ciphers: &[
            0x1301, 0x1303, 0x1302, 0xc02b, 0xc02f, 0xcca9, 0xcca8, 0xc02c, 0xc030, 0xc00a, 0xc009,
            0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035,
        ],
        groups: &[29, 23, 24, 25, 256, 257],
        signatures: &[
            0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
        ],
        protocols: &["h2", "http/1.1"],
        extensions: &[
            SERVER_NAME,
            EXTENDED_SECRET,
            RENEGOTIATION,
            GROUPS,
            POINT_FORMATS,
            TICKET,
            PROTOCOLS,
            KEY_SHARE,
            VERSIONS,
            SIGNATURES,
            KEY_MODES,
        ],
    },
    Kind {
        grease: false,
        ciphers: &[
            0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc02b, 0xc02f,
            0x009e, 0xc024, 0xc028, 0x006b, 0x00ff,
        ],
        groups: &[29, 23, 30, 25, 24],
        signatures: &[0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a, 0x0804, 0x0401],
        protocols: &["h2", "http/1.1"],
        extensions: &[
            SERVER_NAME,
            POINT_FORMATS,
            GROUPS,
            PROTOCOLS,
            EXTENDED_SECRET,
            SIGNATURES,
            VERSIONS,
            KEY_MODES,
            KEY_SHARE,
        ],
    },
    Kind {
        grease: false,
        ciphers: &[
            0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x1301,
            0x1302, 0x1303,
        ],
        groups: &[29, 23, 24, 25],
        signatures: &[0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503],
        protocols: &[],
        extensions: &[
            SERVER_NAME,
            GROUPS,
            POINT_FORMATS,
            SIGNATURES,
            RENEGOTIATION,
            EXTENDED_SECRET,
            VERSIONS,
            KEY_SHARE,
        ],
    },
    Kind {
        grease: false,
        ciphers: &[0x1301, 0x1303, 0xc02b, 0xc02f, 0x00ff],
        groups: &[23, 29],
        signatures: &[0x0403, 0x0401],
        protocols: &[],
        extensions: &[SERVER_NAME, GROUPS, SIGNATURES, VERSIONS, KEY_SHARE],
    },
    Kind {
        grease: false,
        ciphers: &[0x1301, 0x1302, 0x1303, 0xc02f, 0xc02b, 0xc030, 0xc02c, 0x003d, 0x003c],
        groups: &[29, 23],
        signatures: &[0x0804, 0x0805, 0x0401, 0x0501, 0x0403],
        protocols: &["http/1.1"],
        extensions: &[
            SERVER_NAME,
            PROTOCOLS,
            EXTENDED_SECRET,
            GROUPS,
            SIGNATURES,
            KEY_SHARE,
            VERSIONS,
        ],
    },
];

/// A client's hello with the server's name in it.
pub(super) fn client_hello(browser: Browser, piece: &Piece, ink: &mut Ink<'_>) {
    let kind = &KINDS[usize::from(browser.0) % KINDS.len()];
    let grease = 0x0a0a | 0x1010u16.wrapping_mul((piece.salt >> 12 & 0xf) as u16);
    ink.put(&[22, 3, 1]);
    ink.counted(|ink| {
        ink.put(&[1, 0]);
        ink.counted(|ink| {
            ink.u16(0x0303);
            ink.noise(mix(&[piece.salt, 11]), 32);
            ink.u8(32);
            ink.noise(mix(&[piece.salt, 12]), 32);
            ink.counted(|ink| {
                for cipher in kind.grease.then_some(&grease).into_iter().chain(kind.ciphers) {
                    ink.u16(*cipher);
                }
            });
            ink.put(&[1, 0]);
            ink.counted(|ink| {
                if kind.grease {
                    ink.u16(grease);
                    ink.u16(0);
                }
                for extension in kind.extensions {
                    ink.u16(*extension);
                    ink.counted(|ink| extension_body(*extension, kind, piece, ink));
                }
            });
        });
    });
}

fn extension_body(extension: u16, kind: &Kind, piece: &Piece, ink: &mut Ink<'_>) {
    match extension {
        SERVER_NAME => ink.counted(|ink| {
            ink.u8(0);
            ink.counted(|ink| names::plain(piece.salt, ink));
        }),
        GROUPS => ink.counted(|ink| kind.groups.iter().for_each(|group| ink.u16(*group))),
        POINT_FORMATS => ink.put(&[1, 0]),
        SIGNATURES => ink.counted(|ink| kind.signatures.iter().for_each(|one| ink.u16(*one))),
        PROTOCOLS => ink.counted(|ink| {
            for protocol in kind.protocols {
                ink.u8(protocol.len() as u8);
                ink.put(protocol.as_bytes());
            }
        }),
        VERSIONS => ink.put(&[4, 3, 4, 3, 3]),
        KEY_MODES => ink.put(&[1, 1]),
        KEY_SHARE => ink.counted(|ink| {
            ink.u16(29);
            ink.counted(|ink| ink.noise(mix(&[piece.salt, 13]), 32));
        }),
        RENEGOTIATION => ink.u8(0),
        _ => {}
    }
}

/// How many bytes of the server's flight are in the clear: hello and change of cipher.
pub(super) const SERVER_CLEAR: u64 = 127 + 6;

/// The server's hello and change of cipher; its certificate follows encrypted.
pub(super) fn server_flight(piece: &Piece, ink: &mut Ink<'_>) {
    ink.put(&[22, 3, 3]);
    ink.counted(|ink| {
        ink.put(&[2, 0]);
        ink.counted(|ink| {
            ink.u16(0x0303);
            ink.noise(mix(&[piece.salt, 14]), 32);
            ink.u8(32);
            ink.noise(mix(&[piece.salt, 12]), 32); // the client's session, echoed
            ink.u16(0x1301);
            ink.u8(0);
            ink.counted(|ink| {
                ink.put(&[0, 43, 0, 2, 3, 4]);
                ink.put(&[0, 51, 0, 36, 0, 29, 0, 32]);
                ink.noise(mix(&[piece.salt, 15]), 32);
            });
        });
    });
    ink.put(&[20, 3, 3, 0, 1, 1]);
}

/// The client's change of cipher and its Finished, encrypted.
pub(super) fn client_finished(piece: &Piece, ink: &mut Ink<'_>) {
    ink.put(&[20, 3, 3, 0, 1, 1, 23, 3, 3]);
    ink.counted(|ink| ink.noise(mix(&[piece.salt, 16]), 53));
}

/// Payload of the largest record and its header.
const RECORD: u64 = 16_384;
const RECORD_HEADER: u64 = 5;

/// Writes the headers of the records that begin in this piece, the first at `first` in the message; says
/// whether there were any.
pub(super) fn patch_records(piece: &Piece, first: u64, out: &mut [u8]) -> bool {
    const STRIDE: u64 = RECORD + RECORD_HEADER;
    let end = piece.offset + out.len() as u64;
    let passed = piece.offset.saturating_sub(first + RECORD_HEADER - 1).div_ceil(STRIDE);
    let mut start = first + passed * STRIDE;
    let mut patched = false;
    while start < end && start + RECORD_HEADER < piece.total {
        let len = (piece.total - start - RECORD_HEADER).min(RECORD) as u16;
        let [high, low] = len.to_be_bytes();
        for (place, byte) in (start..).zip([23, 3, 3, high, low]) {
            if place >= piece.offset && place < end {
                out[(place - piece.offset) as usize] = byte;
                patched = true;
            }
        }
        start += STRIDE;
    }
    patched
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Side;

    #[test]
    fn record_headers_stand_where_they_belong_however_the_message_is_cut() {
        let total = 40_000;
        let whole = stamped(total, total as usize);
        for cut in [1, 3, 1_460] {
            assert_eq!(stamped(total, cut), whole, "cut at {cut}");
        }
        assert_eq!(whole[..5], [23, 3, 3, 0x40, 0]);
        assert_eq!(whole[16_389..16_394], [23, 3, 3, 0x40, 0]);
        let rest = (total - 2 * 16_389 - 5) as u16;
        assert_eq!(whole[32_778..32_783], [&[23, 3, 3][..], &rest.to_be_bytes()].concat());
    }

    fn stamped(total: u64, cut: usize) -> Vec<u8> {
        let mut all = vec![0; total as usize];
        for (nth, out) in all.chunks_mut(cut).enumerate() {
            let offset = (nth * cut) as u64;
            let piece = Piece { salt: 1, from: Side::Client, message: 0, total, offset, packet: 0 };
            patch_records(&piece, 0, out);
        }
        all
    }

    #[test]
    fn every_hello_counts_its_own_bytes() {
        for kind in 0..KINDS.len() as u8 {
            let mut room = [0; 700];
            let mut ink = Ink::new(&mut room);
            let piece =
                Piece { salt: 5, from: Side::Client, message: 0, total: 0, offset: 0, packet: 0 };
            client_hello(Browser(kind), &piece, &mut ink);
            let len = ink.len();
            assert_eq!(usize::from(u16::from_be_bytes([room[3], room[4]])), len - 5);
            assert_eq!(usize::from(u16::from_be_bytes([room[7], room[8]])), len - 9);
        }
    }
}
