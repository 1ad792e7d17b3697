//! Tunnels: IP in IP, GRE, VXLAN, Geneve, GTP-U, Teredo.

use netsift_packet::Protocol;

use super::{Envelope, EtherType, length};
use crate::{SynthError, checksum};

/// Ends of tunnels, from the ranges for documentation (RFC 5737, RFC 3849).
const ENDS_V4: [[u8; 4]; 2] = [[192, 0, 2, 1], [192, 0, 2, 2]];
const ENDS_V6: [[u8; 16]; 2] = [end_v6(1), end_v6(2)];
/// Where tunnels over UDP start from.
const SOURCE_PORT: u16 = 49_152;
const IP: &[EtherType] = &[EtherType::IPV4, EtherType::IPV6];

impl Envelope {
    /// In IPv4: 4in4 (RFC 2003) or 6in4 (RFC 4213).
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for anything but IP, [`SynthError::TooLong`] above 65,535 bytes.
    pub fn ipv4(self) -> Result<Self, SynthError> {
        let protocol = self.ip_protocol("IPv4")?;
        self.in_ipv4(protocol)
    }

    /// In IPv6: 4in6 or 6in6 (RFC 2473).
    ///
    /// # Errors
    /// As [`Envelope::ipv4`].
    pub fn ipv6(self) -> Result<Self, SynthError> {
        let protocol = self.ip_protocol("IPv6")?;
        let [high, low] = length("IPv6", self.bytes.len())?;
        let head = [0x60, 0, 0, 0, high, low, protocol.0, 64];
        let header = [&head[..], &ENDS_V6[0], &ENDS_V6[1]].concat();
        Ok(self.behind(EtherType::IPV6, &header))
    }

    /// In GRE over IPv4 (RFC 2784), with a key (RFC 2890) if there is one.
    ///
    /// # Errors
    /// [`SynthError::TooLong`] above 65,535 bytes.
    pub fn gre(self, key: Option<u32>) -> Result<Self, SynthError> {
        let [high, low] = self.kind.0.to_be_bytes();
        let flags = if key.is_some() { 0x20 } else { 0 };
        let header: Vec<u8> = [flags, 0, high, low]
            .into_iter()
            .chain(key.into_iter().flat_map(u32::to_be_bytes))
            .collect();
        let kind = self.kind;
        self.behind(kind, &header).in_ipv4(Protocol::GRE)
    }

    /// In VXLAN (RFC 7348), as an Ethernet frame.
    ///
    /// # Errors
    /// As [`Envelope::gre`].
    pub fn vxlan(self, network: u32) -> Result<Self, SynthError> {
        let [_, a, b, c] = network.to_be_bytes();
        let inside = self.inner_ethernet();
        inside.behind(EtherType::ETHERNET, &[0x08, 0, 0, 0, a, b, c, 0]).in_udp(4_789)
    }

    /// In Geneve (RFC 8926), as an Ethernet frame and with an option.
    ///
    /// # Errors
    /// As [`Envelope::gre`].
    pub fn geneve(self, network: u32) -> Result<Self, SynthError> {
        let [_, a, b, c] = network.to_be_bytes();
        let option = [0x01, 0x03, 0x42, 0x01, 1, 2, 3, 4];
        let head = [0x02, 0, 0x65, 0x58, a, b, c, 0];
        let header = [head, option].concat();
        self.inner_ethernet().behind(EtherType::ETHERNET, &header).in_udp(6_081)
    }

    /// In GTP-U (3GPP TS 29.281), with a sequence number.
    ///
    /// # Errors
    /// As [`Envelope::ipv4`].
    pub fn gtp_u(self, endpoint: u32) -> Result<Self, SynthError> {
        let inside = self.only("GTP-U", IP)?;
        let [high, low] = length("GTP-U", inside.bytes.len() + 4)?;
        let [a, b, c, d] = endpoint.to_be_bytes();
        let header = [0x32, 0xff, high, low, a, b, c, d, 0, 1, 0, 0];
        inside.behind(EtherType::IPV4, &header).in_udp(2_152)
    }

    /// In Teredo (RFC 4380).
    ///
    /// # Errors
    /// [`SynthError::Mismatch`] for anything but IPv6, [`SynthError::TooLong`] above 65,535 bytes.
    pub fn teredo(self) -> Result<Self, SynthError> {
        self.only("Teredo", &[EtherType::IPV6])?.in_udp(3_544)
    }

    fn ip_protocol(&self, layer: &'static str) -> Result<Protocol, SynthError> {
        match self.kind {
            EtherType::IPV4 => Ok(Protocol::IPV4),
            EtherType::IPV6 => Ok(Protocol::IPV6),
            other => Err(SynthError::Mismatch { layer, payload: other.name() }),
        }
    }

    fn in_udp(self, port: u16) -> Result<Self, SynthError> {
        let total = length("UDP", self.bytes.len() + 8)?;
        let [source, target] = [SOURCE_PORT, port].map(u16::to_be_bytes);
        let ends = checksum::sum(&ENDS_V4.concat()) + u64::from(Protocol::UDP.0);
        let head = [source, target, total].concat();
        let sum = ends
            + u64::from(u16::from_be_bytes(total))
            + checksum::sum(&head)
            + checksum::sum(&self.bytes);
        let checksum = checksum::finish_udp(sum).to_be_bytes();
        let header = [&head[..], &checksum].concat();
        self.behind(EtherType::IPV4, &header).in_ipv4(Protocol::UDP)
    }

    fn in_ipv4(self, protocol: Protocol) -> Result<Self, SynthError> {
        let [high, low] = length("IPv4", self.bytes.len() + 20)?;
        let head = [0x45, 0, high, low, 0, 1, 0x40, 0, 64, protocol.0, 0, 0];
        let mut header = [&head[..], &ENDS_V4[0], &ENDS_V4[1]].concat();
        let checksum = checksum::finish(checksum::sum(&header));
        header[10..12].copy_from_slice(&checksum.to_be_bytes());
        Ok(self.behind(EtherType::IPV4, &header))
    }
}

const fn end_v6(last: u8) -> [u8; 16] {
    [0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]
}
