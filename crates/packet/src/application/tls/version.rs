//! Protocol versions, and the values that only test whether peers cope with unknown ones.

use std::fmt;

/// A version of SSL, TLS or DTLS as it is written on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u16);

impl Version {
    /// SSL 2.0.
    pub const SSL2: Self = Self(0x0002);
    /// SSL 3.0.
    pub const SSL3: Self = Self(0x0300);
    /// TLS 1.0.
    pub const TLS1_0: Self = Self(0x0301);
    /// TLS 1.1.
    pub const TLS1_1: Self = Self(0x0302);
    /// TLS 1.2.
    pub const TLS1_2: Self = Self(0x0303);
    /// TLS 1.3.
    pub const TLS1_3: Self = Self(0x0304);
    /// DTLS 1.0.
    pub const DTLS1_0: Self = Self(0xfeff);
    /// DTLS 1.2.
    pub const DTLS1_2: Self = Self(0xfefd);
    /// DTLS 1.3.
    pub const DTLS1_3: Self = Self(0xfefc);
    /// What OpenSSL sent before DTLS 1.0 had a number; Cisco's clients still do.
    pub const DTLS1_0_OPENSSL: Self = Self(0x0100);

    /// Its name, where it has one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::SSL2 => "SSL 2.0",
            Self::SSL3 => "SSL 3.0",
            Self::TLS1_0 => "TLS 1.0",
            Self::TLS1_1 => "TLS 1.1",
            Self::TLS1_2 => "TLS 1.2",
            Self::TLS1_3 => "TLS 1.3",
            Self::DTLS1_0 | Self::DTLS1_0_OPENSSL => "DTLS 1.0",
            Self::DTLS1_2 => "DTLS 1.2",
            Self::DTLS1_3 => "DTLS 1.3",
            _ => return None,
        })
    }

    /// Whether it is one of DTLS, whose numbers count down.
    pub(super) const fn is_datagram(self) -> bool {
        self.0 >> 8 == 0xfe || self.0 == Self::DTLS1_0_OPENSSL.0
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "version {:#06x}", self.0),
        }
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({self})")
    }
}

/// Whether a code is GREASE (RFC 8701): one that clients mix in so that servers learn to ignore what
/// they do not know. Fingerprints leave them out, since they are drawn anew for every hello.
#[must_use]
pub const fn is_grease(code: u16) -> bool {
    let [high, low] = code.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_grease_codes_are_known() {
        let grease: Vec<u16> = (0..=u16::MAX).filter(|&code| is_grease(code)).collect();
        assert_eq!((grease.len(), grease[0], grease[15]), (16, 0x0a0a, 0xfafa));
    }
}
