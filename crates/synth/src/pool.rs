//! Payload bytes made once: packets copy slices of it, and the sums of those are known beforehand.

use crate::{checksum, random::Rng};

/// Bytes of one kind; a power of two, small enough to stay in the nearer caches.
const REGION: usize = 1 << 14;
/// How far a slice may reach past the end of its region: more than any payload.
const OVERHANG: usize = 2_048;
/// Fixed, so that a scenario's seed changes the traffic and not the filling.
const SEED: u64 = 0x6e65_7473_6966_7401;

/// What filling looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// Encrypted or compressed bytes.
    Cipher,
    /// Printable text without line ends.
    Text,
}

/// Shared payload bytes with the running sums of their words.
pub(crate) struct Pool {
    cipher: Strip,
    text: Strip,
}

struct Strip {
    bytes: Vec<u8>,
    sums: Vec<u32>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        let mut rng = Rng::seeded(SEED);
        let cipher = Strip::new(|| rng.next() as u8);
        let mut rng = Rng::seeded(SEED + 1);
        let text = Strip::new(|| letter(&mut rng));
        Self { cipher, text }
    }

    /// Fills `out` (at most 2 KiB) with what stands at `position`, always the same, and returns its sum.
    pub(crate) fn fill(&self, region: Region, position: u64, out: &mut [u8]) -> u64 {
        match region {
            Region::Cipher => self.cipher.fill(position, out),
            Region::Text => self.text.fill(position, out),
        }
    }
}

impl Strip {
    fn new(byte: impl FnMut() -> u8) -> Self {
        let bytes: Vec<u8> = std::iter::repeat_with(byte).take(REGION + OVERHANG).collect();
        let mut sums = vec![0];
        let mut sum = 0;
        for word in bytes.chunks_exact(2) {
            sum += u32::from(u16::from_be_bytes([word[0], word[1]]));
            sums.push(sum);
        }
        Self { bytes, sums }
    }

    fn fill(&self, position: u64, out: &mut [u8]) -> u64 {
        let start = (position as usize % REGION) & !1;
        let len = out.len().min(OVERHANG);
        let source = &self.bytes[start..start + len];
        out[..len].copy_from_slice(source);
        let words = self.sums[(start + len) / 2] - self.sums[start / 2];
        let odd = if len % 2 == 1 { u32::from(source[len - 1]) << 8 } else { 0 };
        u64::from(words) + u64::from(odd)
    }
}

fn letter(rng: &mut Rng) -> u8 {
    const LETTERS: &[u8; 32] = b"etaoinshrdlucmfwypvbgkqjxz012345";
    if rng.below(6) == 0 { b' ' } else { LETTERS[rng.below(32) as usize] }
}

/// Fills `out` behind a head of `head` bytes that is already there; returns the sum of the whole.
pub(crate) fn fill_behind(
    pool: &Pool,
    region: Region,
    position: u64,
    head: usize,
    out: &mut [u8],
) -> u64 {
    let head = head.min(out.len());
    let (front, back) = out.split_at_mut(head);
    let filling = pool.fill(region, position, back);
    if head.is_multiple_of(2) { checksum::sum(front) + filling } else { checksum::sum(out) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_known_beforehand_are_the_sums_of_the_bytes() {
        let pool = Pool::new();
        for (position, len) in [(0, 0), (1, 1), (7, 1_460), (16_383, 2_047), (u64::MAX, 33)] {
            for region in [Region::Cipher, Region::Text] {
                let mut out = vec![0; len];
                let sum = pool.fill(region, position, &mut out);
                assert_eq!(checksum::finish(sum), checksum::finish(checksum::sum(&out)));
                for head in [0, 3, 4] {
                    let sum = fill_behind(&pool, region, position, head, &mut out);
                    assert_eq!(checksum::finish(sum), checksum::finish(checksum::sum(&out)));
                }
            }
        }
    }
}
