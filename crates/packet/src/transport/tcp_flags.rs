//! The nine TCP flags.

use std::fmt;
use std::ops::BitOr;

/// TCP flags as a set of bits, as they stand in the header.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TcpFlags(pub u16);

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x001);
    /// Synchronise sequence numbers.
    pub const SYN: Self = Self(0x002);
    /// Reset the connection.
    pub const RST: Self = Self(0x004);
    /// Push buffered data to the application.
    pub const PSH: Self = Self(0x008);
    /// The acknowledgement field is significant.
    pub const ACK: Self = Self(0x010);
    /// The urgent pointer is significant.
    pub const URG: Self = Self(0x020);
    /// Echo of explicit congestion notification.
    pub const ECE: Self = Self(0x040);
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x080);
    /// Nonce sum (RFC 3540), the ninth.
    pub const NS: Self = Self(0x100);

    /// All nine.
    pub const MASK: u16 = 0x1ff;

    /// Whether every flag of `flags` is set.
    #[must_use]
    #[inline]
    pub const fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for TcpFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

const NAMES: [(TcpFlags, &str); 9] = [
    (TcpFlags::FIN, "FIN"),
    (TcpFlags::SYN, "SYN"),
    (TcpFlags::RST, "RST"),
    (TcpFlags::PSH, "PSH"),
    (TcpFlags::ACK, "ACK"),
    (TcpFlags::URG, "URG"),
    (TcpFlags::ECE, "ECE"),
    (TcpFlags::CWR, "CWR"),
    (TcpFlags::NS, "NS"),
];

impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (flag, name) in NAMES {
            if self.contains(flag) {
                write!(f, "{separator}{name}")?;
                separator = "+";
            }
        }
        Ok(())
    }
}

impl fmt::Debug for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TcpFlags({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_print_in_the_order_of_their_bits() {
        assert_eq!((TcpFlags::ACK | TcpFlags::SYN).to_string(), "SYN+ACK");
        assert_eq!(TcpFlags(0x1ff).to_string(), "FIN+SYN+RST+PSH+ACK+URG+ECE+CWR+NS");
        assert_eq!(TcpFlags(0).to_string(), "");
    }

    #[test]
    fn contains_wants_all_of_them() {
        assert!(TcpFlags(0x12).contains(TcpFlags::SYN | TcpFlags::ACK));
        assert!(!TcpFlags(0x10).contains(TcpFlags::SYN | TcpFlags::ACK));
    }
}
