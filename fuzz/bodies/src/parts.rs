//! Laws of whatever is borrowed from an input.

use netsift_packet::ParseError;

/// Whether `part` is a stretch of `whole`, not only equal to one.
pub(crate) fn lies_in(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    part.is_empty() || whole.start <= part.start && part.end <= whole.end
}

/// An error speaks of bytes that are there, and asks for more only where there are too few.
pub(crate) fn error_is_inside(error: ParseError, len: usize) {
    let len = u32::try_from(len).unwrap_or(u32::MAX);
    match error {
        ParseError::Truncated { offset, needed, had, .. } => {
            assert!(needed > had, "{error}: enough was there");
            assert!(offset.saturating_add(had) <= len, "{error}: of {len} bytes");
        }
        ParseError::Invalid { offset, .. } | ParseError::TooDeep { offset, .. } => {
            assert!(offset <= len, "{error}: of {len} bytes");
        }
        _ => {}
    }
}
