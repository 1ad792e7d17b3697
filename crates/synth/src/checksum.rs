//! The Internet checksum (RFC 1071), in parts that add up.

/// The sum of `bytes` as big-endian words, an odd last byte padded with zero; not yet folded.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    let mut chunks = bytes.chunks_exact(4);
    let mut total: u64 = chunks
        .by_ref()
        .map(|chunk| u64::from(u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]])))
        .sum();
    let rest = chunks.remainder();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    total += u64::from(u32::from_be_bytes(last));
    total
}

/// The checksum of a sum: folded to 16 bits and inverted.
pub(crate) fn finish(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

/// A checksum for UDP, where 0 would say that there is none.
pub(crate) fn finish_udp(sum: u64) -> u16 {
    match finish(sum) {
        0 => 0xffff,
        checksum => checksum,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_example_of_rfc_1071() {
        assert_eq!(finish(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7])), !0xddf2);
    }

    #[test]
    fn an_odd_byte_is_the_upper_half_of_a_word() {
        assert_eq!(finish(sum(&[1])), !0x0100);
        assert_eq!(finish(sum(&[0, 0, 0, 0, 0, 2, 3])), !0x0302);
    }

    #[test]
    fn udp_never_says_that_it_has_none() {
        assert_eq!((finish(0xffff), finish_udp(0xffff)), (0, 0xffff));
    }
}
