//! Variable-length integers (RFC 9000, section 16).

use crate::ParseError;
use crate::application::Cursor;

/// Reads one: the top two bits of its first byte tell its length.
pub(super) fn read(fields: &mut Cursor<'_>) -> Result<u64, ParseError> {
    let first = fields.clone().u8()?;
    let bytes = fields.take(1 << (first >> 6))?;
    let value = bytes
        .iter()
        .skip(1)
        .fold(u64::from(first & 0x3f), |value, &byte| value << 8 | u64::from(byte));
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layer;

    #[test]
    fn the_examples_of_rfc_9000_are_read() {
        for (bytes, expected) in [
            (&b"\xc2\x19\x7c\x5e\xff\x14\xe8\x8c"[..], 151_288_809_941_952_652),
            (b"\x9d\x7f\x3e\x7d", 494_878_333),
            (b"\x7b\xbd", 15_293),
            (b"\x25", 37),
            (b"\x40\x25", 37),
        ] {
            assert_eq!(read(&mut Cursor::new(Layer::Quic, bytes)), Ok(expected));
        }
        assert!(read(&mut Cursor::new(Layer::Quic, b"\xc2\x19")).is_err());
    }
}
