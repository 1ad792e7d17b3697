//! Questions and answers of the Domain Name System (RFC 1035), small enough for one datagram.

use super::{Piece, names, text::Ink};
use crate::{frames::Side, random::mix};

/// Who asks what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Lookup {
    /// Names of pages and machines.
    Host,
    /// The same question again, unanswered before.
    Retry,
    /// Data in names: bytes a question, and record type of the answers.
    Tunnel { up: u16, down: u16, domain: u64 },
}

const A: u16 = 1;
const CNAME: u16 = 5;
const NULL: u16 = 10;
const PTR: u16 = 12;
const TXT: u16 = 16;
const AAAA: u16 = 28;
const HTTPS: u16 = 65;

/// Writes the question (from the client) or the answer (from the server) number `piece.message`.
pub(super) fn message(lookup: Lookup, piece: &Piece, ink: &mut Ink<'_>) {
    let number = if lookup == Lookup::Retry { 0 } else { piece.message };
    let seed = mix(&[piece.salt, number.into()]);
    let kind = kind(lookup, seed);
    let answers = match piece.from {
        Side::Client => None,
        Side::Server => Some(answers(lookup, kind, seed)),
    };
    header(seed, answers, ink);
    question(lookup, kind, seed, ink);
    if let Some(Answers { count, .. }) = answers {
        for nth in 0..count {
            answer(lookup, kind, nth, seed, ink);
        }
    }
    if answers.is_none() && seed >> 40 & 1 == 1 {
        ink.put(&[0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0]); // EDNS: 1232 bytes are welcome
    }
}

#[derive(Clone, Copy)]
struct Answers {
    count: u16,
    code: u16,
}

fn kind(lookup: Lookup, seed: u64) -> u16 {
    match lookup {
        Lookup::Tunnel { domain, .. } => [TXT, NULL, CNAME, TXT][(domain >> 16 & 3) as usize],
        Lookup::Host | Lookup::Retry => match seed >> 8 & 15 {
            0..=7 => A,
            8..=11 => AAAA,
            12..=13 => HTTPS,
            14 => PTR,
            _ => TXT,
        },
    }
}

fn answers(lookup: Lookup, kind: u16, seed: u64) -> Answers {
    let tunnel = matches!(lookup, Lookup::Tunnel { .. });
    match seed >> 16 & 15 {
        0 | 1 if !tunnel => Answers { count: 0, code: 3 }, // no such name
        2 if !tunnel => Answers { count: 0, code: 0 },     // no such record
        chance if kind == A || kind == AAAA => Answers { count: 1 + (chance & 3) as u16, code: 0 },
        _ => Answers { count: 1, code: 0 },
    }
}

fn header(seed: u64, answers: Option<Answers>, ink: &mut Ink<'_>) {
    ink.u16((seed >> 48) as u16);
    match answers {
        None => {
            ink.u16(0x0100); // recursion desired
            ink.put(&[0, 1, 0, 0, 0, 0, 0, (seed >> 40 & 1) as u8]);
        }
        Some(Answers { count, code }) => {
            ink.u16(0x8180 | code);
            ink.u16(1);
            ink.u16(count);
            ink.u32(0);
        }
    }
}

fn question(lookup: Lookup, kind: u16, seed: u64, ink: &mut Ink<'_>) {
    let mut room = [0; 253];
    let mut name = Ink::new(&mut room);
    match lookup {
        Lookup::Tunnel { up, domain, .. } => {
            let len = u64::from(up) * (50 + (seed >> 20) % 51) / 100;
            names::carrier(seed, domain, len.clamp(6, 200) as usize, &mut name);
        }
        Lookup::Host | Lookup::Retry if seed >> 24 & 3 == 0 => names::machine(seed, &mut name),
        Lookup::Host | Lookup::Retry => names::plain(seed, &mut name),
    }
    let len = name.len();
    for label in room[..len].split(|byte| *byte == b'.').filter(|label| !label.is_empty()) {
        ink.u8(label.len().min(63) as u8);
        ink.put(&label[..label.len().min(63)]);
    }
    ink.u8(0);
    ink.u16(kind);
    ink.u16(1);
}

fn answer(lookup: Lookup, kind: u16, nth: u16, seed: u64, ink: &mut Ink<'_>) {
    let seed = mix(&[seed, nth.into()]);
    ink.u16(0xc00c); // the name asked for
    ink.u16(kind);
    ink.u16(1);
    ink.u32(30 + (seed & 0xfff) as u32);
    let wanted = match lookup {
        Lookup::Tunnel { down, .. } => (u64::from(down) * (50 + (seed >> 20) % 51) / 100) as usize,
        Lookup::Host | Lookup::Retry => 20 + (seed >> 20 & 127) as usize,
    };
    ink.counted(|ink| match kind {
        A => ink.u32(0xc612_0000 | (seed & 0x1_ffff) as u32),
        AAAA => {
            ink.u32(0x2001_0db8);
            ink.noise(seed, 12);
        }
        HTTPS => ink.put(&[0, 1, 0, 0, 1, 0, 6, 2, b'h', b'3', 2, b'h', b'2']),
        CNAME | PTR => {
            let len = wanted.clamp(8, 60);
            ink.u8(len as u8);
            names::base32(seed, len, ink);
            ink.u16(0xc00c);
        }
        TXT => strings(seed, wanted.clamp(1, 900), ink),
        _ => ink.noise(seed, wanted.clamp(1, 900)),
    });
}

/// Text in strings of at most 255 bytes.
fn strings(seed: u64, len: usize, ink: &mut Ink<'_>) {
    for start in (0..len).step_by(255) {
        let this = (len - start).min(255);
        ink.u8(this as u8);
        names::base32(mix(&[seed, start as u64]), this, ink);
    }
}
