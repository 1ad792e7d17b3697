//! The classes of traffic: names, families, and how many packets a flow of each costs.

use std::{fmt, str::FromStr};

use crate::SynthError;

macro_rules! classes {
    ($($variant:ident = $name:literal, $family:ident, $doc:literal;)*) => {
        /// What a flow is, as its label says.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Class {
            $(#[doc = $doc] $variant,)*
        }

        impl Class {
            /// Every class, benign ones first.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in labels and on command lines.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The family it belongs to.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $(Self::$variant => Family::$family,)* }
            }
        }
    };
}

classes! {
    Web = "web", Benign, "Browsing: TLS, plain HTTP and QUIC; pages, calls of interfaces, long polls, failed connections.";
    Dns = "dns", Benign, "Look-ups with their answers, errors, retries and long names of delivery networks.";
    Video = "video", Benign, "Streaming in chunks over TLS or QUIC.";
    FileTransfer = "file-transfer", Benign, "Downloads, uploads and backups.";
    Chat = "chat", Benign, "Messages both ways over a connection kept open.";
    Voip = "voip", Benign, "Calls: RTP both ways.";
    Ssh = "ssh", Benign, "Shells, remote commands, copies, and log-ins that fail once.";
    IotHeartbeat = "iot-heartbeat", Benign, "Devices that report at regular gaps.";
    Vpn = "vpn", Benign, "Tunnels: WireGuard-like, OpenVPN-like, IPsec in UDP, TLS.";
    Tor = "tor", Benign, "Fixed cells inside TLS records.";
    Monitoring = "monitoring", Benign, "Pings, health checks, time and status polls, some of them unanswered.";
    SynScan = "syn-scan", Scan, "Half-open and connecting TCP port scans.";
    UdpScan = "udp-scan", Scan, "UDP port scans.";
    SynFlood = "syn-flood", Denial, "TCP connections opened from forged sources and left half-open.";
    UdpFlood = "udp-flood", Denial, "Datagrams poured at a target.";
    SlowHttp = "slow-http", Denial, "HTTP heads and bodies sent drop by drop.";
    SshBruteForce = "ssh-brute-force", BruteForce, "Passwords tried over SSH.";
    DnsTunnel = "dns-tunnel", CovertChannel, "Data in names and answers of look-ups.";
    IcmpTunnel = "icmp-tunnel", CovertChannel, "Data in echo requests and replies.";
    Beacon = "beacon", CommandAndControl, "Planted programs that call home periodically.";
    Exfiltration = "exfiltration", Exfiltration, "Bulk data carried out.";
}

impl Class {
    /// Whether it is an attack.
    #[must_use]
    pub fn is_attack(self) -> bool {
        self.family() != Family::Benign
    }

    /// Its place in [`Class::ALL`].
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Class {
    type Err = SynthError;

    fn from_str(name: &str) -> Result<Self, SynthError> {
        let found = Self::ALL.iter().copied().find(|class| class.name() == name);
        found.ok_or_else(|| SynthError::UnknownClass { name: name.into() })
    }
}

/// Classes of one purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Family {
    /// No attack.
    Benign,
    /// Looking for open doors.
    Scan,
    /// Denial of service.
    Denial,
    /// Guessing of secrets.
    BruteForce,
    /// Data hidden in a protocol made for something else.
    CovertChannel,
    /// Orders fetched by a planted program.
    CommandAndControl,
    /// Data carried out.
    Exfiltration,
}

impl Family {
    /// Its name in labels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Scan => "scan",
            Self::Denial => "denial-of-service",
            Self::BruteForce => "brute-force",
            Self::CovertChannel => "covert-channel",
            Self::CommandAndControl => "command-and-control",
            Self::Exfiltration => "exfiltration",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for (place, class) in Class::ALL.iter().enumerate() {
            assert_eq!(class.name().parse::<Class>().as_ref(), Ok(class));
            assert_eq!(class.index(), place);
        }
        assert!("Web".parse::<Class>().is_err());
    }

    #[test]
    fn only_the_benign_family_is_no_attack() {
        assert!(!Class::Monitoring.is_attack());
        assert!(Class::SynScan.is_attack() && Class::Beacon.is_attack());
    }
}
