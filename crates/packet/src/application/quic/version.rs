//! Versions of QUIC.

use std::fmt;

/// A version as it is written on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u32);

impl Version {
    /// No version: the packet negotiates one.
    pub const NEGOTIATION: Self = Self(0);
    /// Version 1 (RFC 9000).
    pub const V1: Self = Self(1);
    /// Version 2 (RFC 9369).
    pub const V2: Self = Self(0x6b33_43cf);

    /// The number of the IETF draft, for versions that were one.
    #[must_use]
    pub const fn draft(self) -> Option<u8> {
        match self.0.to_be_bytes() {
            [0xff, 0, 0, draft] => Some(draft),
            _ => None,
        }
    }

    /// Whether it is one of those that only make a server negotiate (RFC 9000, section 15).
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    /// Whether long headers of this version have the form of version 1. The drafts from 23 on do.
    pub(super) const fn is_like_v1(self) -> bool {
        match self.draft() {
            Some(draft) => draft >= 23,
            None => self.0 == Self::V1.0 || self.0 == Self::V2.0,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, self.draft()) {
            (Self::NEGOTIATION, _) => f.write_str("version negotiation"),
            (Self::V1, _) => f.write_str("version 1"),
            (Self::V2, _) => f.write_str("version 2"),
            (_, Some(draft)) => write!(f, "draft {draft}"),
            _ => write!(f, "version {:#010x}", self.0),
        }
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_tell_what_they_are() {
        assert_eq!(Version(0xff00_001d).to_string(), "draft 29");
        assert_eq!(Version(0x5130_3530).to_string(), "version 0x51303530");
        assert!(Version(0x1a2a_3a4a).is_reserved() && !Version::V2.is_reserved());
        assert!(Version(0xff00_001d).is_like_v1() && !Version(0xff00_0016).is_like_v1());
    }
}
