//! Host names in the domains that are reserved for examples (RFC 2606, RFC 6761).

use super::text::Ink;
use crate::random::mix;

const WORDS: [&str; 32] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper",
    "kestrel", "lagoon", "maple", "nectar", "orchid", "pebble", "quartz", "raven", "saffron",
    "tundra", "umber", "velvet", "willow", "xenon", "yarrow", "zephyr", "copper", "meadow",
    "summit", "lantern", "anchor", "beacon",
];
const FRONTS: [&str; 8] = ["www", "api", "static", "img", "login", "mail", "cdn", "media"];
const ENDS: [&str; 4] = ["example.com", "example.org", "example.net", "example"];

/// A name that people choose: `www.amber-birch.example`.
pub(super) fn plain(seed: u64, ink: &mut Ink<'_>) {
    let chance = mix(&[seed, 1]);
    ink.put(FRONTS[(chance & 7) as usize].as_bytes());
    ink.u8(b'.');
    ink.put(WORDS[(chance >> 8 & 31) as usize].as_bytes());
    if chance >> 16 & 1 == 1 {
        ink.u8(b'-');
        ink.put(WORDS[(chance >> 24 & 31) as usize].as_bytes());
    }
    ink.u8(b'.');
    ink.put(ENDS[(chance >> 32 & 3) as usize].as_bytes());
}

/// A name that machines choose, as delivery networks have them: long and full of digits.
pub(super) fn machine(seed: u64, ink: &mut Ink<'_>) {
    let chance = mix(&[seed, 2]);
    ink.put(b"e");
    ink.decimal(chance & 0xffff);
    base32(mix(&[seed, 3]), 10 + (chance >> 16 & 31) as usize, ink);
    ink.put(b".");
    ink.put(WORDS[(chance >> 24 & 31) as usize].as_bytes());
    ink.put(b".");
    base32(mix(&[seed, 4]), 6 + (chance >> 32 & 7) as usize, ink);
    ink.put(b".edge.example.net");
}

/// A name that carries `len` bytes of text, cut into labels, below a domain that `domain` decides.
pub(super) fn carrier(seed: u64, domain: u64, len: usize, ink: &mut Ink<'_>) {
    let label = 30 + (domain % 33) as usize;
    let mut left = len;
    while left > 0 {
        let this = left.min(label);
        base32(mix(&[seed, left as u64]), this, ink);
        ink.put(b".");
        left -= this;
    }
    ink.put(WORDS[(domain >> 8 & 31) as usize].as_bytes());
    ink.put(b".example");
}

/// `len` letters and digits.
pub(super) fn base32(seed: u64, len: usize, ink: &mut Ink<'_>) {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    for block in 0..len.div_ceil(12) {
        let bits = mix(&[seed, block as u64]);
        for place in 0..(len - block * 12).min(12) {
            ink.u8(DIGITS[(bits >> (place * 5) & 31) as usize]);
        }
    }
}
