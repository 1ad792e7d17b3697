//! Heads of HTTP/1.1 and messages of MQTT.

use super::{Piece, names, text::Ink};
use crate::{frames::Side, random::mix};

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
    "curl/8.5.0",
    "python-requests/2.31",
    "Go-http-client/1.1",
];
const METHODS: [&str; 4] = ["GET /", "GET /static/", "GET /v1/", "GET /img/"];
const KINDS: [&str; 4] =
    ["text/html", "application/json", "image/webp", "application/octet-stream"];

/// The head of a request up to the start of its last header, which filling goes on with.
pub(super) fn request(piece: &Piece, ink: &mut Ink<'_>) {
    let seed = mix(&[piece.salt, piece.message.into()]);
    ink.put(METHODS[(seed & 3) as usize].as_bytes());
    names::base32(seed, 4 + (seed >> 8 & 15) as usize, ink);
    ink.put(b" HTTP/1.1\r\nHost: ");
    names::plain(piece.salt, ink);
    ink.put(b"\r\nUser-Agent: ");
    ink.put(AGENTS[(piece.salt >> 32) as usize % AGENTS.len()].as_bytes());
    ink.put(b"\r\nCookie: s=");
}

/// The start of one more header line, which filling goes on with.
pub(super) fn drop(piece: &Piece, ink: &mut Ink<'_>) {
    ink.put(b"X-");
    names::base32(piece.message.into(), 2, ink);
    ink.put(b": ");
}

/// The head of a response whose body fills the rest of the message.
pub(super) fn response(piece: &Piece, ink: &mut Ink<'_>) {
    let seed = mix(&[piece.salt, piece.message.into()]);
    let kind = KINDS[(seed & 3) as usize];
    const FRONT: &str = "HTTP/1.1 200 OK\r\nServer: example\r\nContent-Type: ";
    const MIDDLE: &str = "\r\nContent-Length: ";
    const END: &str = "\r\n\r\n";
    let fixed = (FRONT.len() + kind.len() + MIDDLE.len() + END.len()) as u64;
    ink.put(FRONT.as_bytes());
    ink.put(kind.as_bytes());
    ink.put(MIDDLE.as_bytes());
    ink.decimal(body_len(piece.total.saturating_sub(fixed)));
    ink.put(END.as_bytes());
}

/// What is left of `rest` bytes for a body once its length is written in digits. Where no number fits
/// (its digits would take the byte that gives it one more), one byte too few is right for readers.
fn body_len(rest: u64) -> u64 {
    let digits = |value: u64| u64::from(value.checked_ilog10().unwrap_or(0)) + 1;
    let guess = rest.saturating_sub(digits(rest));
    rest.saturating_sub(digits(guess))
}

/// A device's greeting (level 4, a clean session, an identifier), or that it is welcome.
pub(super) fn mqtt_connect(piece: &Piece, ink: &mut Ink<'_>) {
    match piece.from {
        Side::Client => {
            let identifier = 8 + (piece.salt >> 40 & 15) as u8;
            ink.put(&[
                0x10,
                12 + identifier,
                0,
                4,
                b'M',
                b'Q',
                b'T',
                b'T',
                4,
                2,
                0,
                60,
                0,
                identifier,
            ]);
            names::base32(piece.salt, identifier.into(), ink);
        }
        Side::Server => ink.put(&[0x20, 2, 0, 0]),
    }
}

/// A publication: type, remaining length, topic.
pub(super) fn mqtt_publish(piece: &Piece, ink: &mut Ink<'_>) {
    let rest = piece.total.saturating_sub(2).clamp(3, 127) as u8;
    ink.put(&[0x30, rest]);
    let topic = rest.saturating_sub(2).min(8);
    ink.u16(topic.into());
    names::base32(piece.salt, topic.into(), ink);
}

/// Puts `end` at the end of the message, as far as this piece reaches into it.
pub(super) fn patch_end(piece: &Piece, end: &[u8], out: &mut [u8]) -> bool {
    let first = piece.total.saturating_sub(end.len() as u64);
    let reaches = piece.offset + out.len() as u64 > first;
    if reaches {
        for (place, byte) in (first..).zip(end) {
            let at = place.checked_sub(piece.offset).map(|at| at as usize);
            if let Some(slot) = at.and_then(|at| out.get_mut(at)) {
                *slot = *byte;
            }
        }
    }
    reaches
}
