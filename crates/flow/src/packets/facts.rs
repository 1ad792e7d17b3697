//! What a row of a packet is made of.

use std::net::IpAddr;

use netsift_packet::{Fragment, Packet, Protocol, Reason, TcpOption, Timestamp};

use crate::record::{Around, Tcp};

/// The facts of one packet. Nothing is borrowed from its frame.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct PacketFacts {
    /// Which frame it was, from 1; rejects count.
    pub number: u64,
    /// When it was captured.
    pub time: Timestamp,
    /// Length of the frame on the wire.
    pub wire_len: u32,
    /// How much of it was captured.
    pub captured_len: u32,
    /// Nanoseconds since the frame before, negative where the clock went back.
    pub gap: Option<i64>,
    /// Nanoseconds since the packet before in the same flow, as far as it is remembered.
    pub flow_gap: Option<i64>,
    /// What stands around IP.
    pub around: Around,
    /// How many tunnels.
    pub tunnel_depth: u8,
    /// The Ethernet protocol number; 0 where none is known.
    pub ether_type: u16,
    /// What IP says.
    pub ip: Option<IpFacts>,
    /// Source and destination port.
    pub ports: Option<(u16, u16)>,
    /// Length of the transport header, options included.
    pub header_len: u32,
    /// Bytes behind the transport header.
    pub payload_len: u32,
    /// What TCP says.
    pub tcp: Option<TcpFacts>,
    /// ICMP type and code.
    pub icmp: Option<(u8, u8)>,
    /// Entropy of the first captured bytes of the payload, in bits a byte; 0 unless a column asks.
    pub entropy: f64,
    /// What is wrong with its headers.
    pub damage: Option<Reason>,
}

/// What the IP header of a packet says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct IpFacts {
    /// Source.
    pub src: IpAddr,
    /// Destination.
    pub dst: IpAddr,
    /// The protocol behind it.
    pub protocol: Protocol,
    /// Length of the IP packet, as it says.
    pub len: u32,
    /// Length of the header, extension headers included.
    pub header_len: u32,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Differentiated services code point.
    pub dscp: u8,
    /// Explicit congestion notification.
    pub ecn: u8,
    /// Whether it may not be cut.
    pub dont_fragment: bool,
    /// Where it belongs, if it is a fragment.
    pub fragment: Option<Fragment>,
}

/// What the TCP header of a packet says beside its ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TcpFacts {
    /// Flags, sequence numbers, window.
    pub header: Tcp,
    /// How many options there are, padding left out; 0, as all that follows, unless a column asks.
    pub options: u8,
    /// The largest segment its sender takes.
    pub max_segment: Option<u16>,
    /// How far its sender's windows are to be shifted.
    pub window_scale: Option<u8>,
    /// Whether its sender understands selective acknowledgements.
    pub sack_permitted: bool,
    /// Whether it tells its sender's clock.
    pub timestamps: bool,
}

impl PacketFacts {
    /// What a packet says by itself.
    pub(super) fn of(packet: &Packet<'_>, wants_options: bool) -> Self {
        Self {
            number: 0,
            time: packet.time(),
            wire_len: packet.wire_len(),
            captured_len: packet.captured_len(),
            gap: None,
            flow_gap: None,
            around: Around::of(packet),
            tunnel_depth: packet.tunnel_depth(),
            ether_type: packet.ether_type(),
            ip: IpFacts::of(packet),
            ports: packet.ports(),
            header_len: packet.header_len().unwrap_or(0),
            payload_len: packet.payload_len(),
            tcp: TcpFacts::of(packet, wants_options),
            icmp: packet.icmp_type_code(),
            entropy: 0.0,
            damage: packet.error().map(|error| error.reason()),
        }
    }
}

impl IpFacts {
    fn of(packet: &Packet<'_>) -> Option<Self> {
        let (src, dst) = packet.addresses()?;
        Some(Self {
            src,
            dst,
            protocol: packet.protocol()?,
            len: packet.ip_len()?,
            header_len: packet.ip_header_len()?,
            ttl: packet.ttl()?,
            dscp: packet.dscp()?,
            ecn: packet.ecn()?,
            dont_fragment: packet.dont_fragment()?,
            fragment: packet.fragment(),
        })
    }
}

impl TcpFacts {
    fn of(packet: &Packet<'_>, wants_options: bool) -> Option<Self> {
        let header = Tcp::of(&packet.tcp()?);
        let mut facts = Self { header, ..Self::default() };
        if wants_options {
            packet.tcp_options().for_each(|option| facts.take(option));
        }
        Some(facts)
    }

    fn take(&mut self, option: TcpOption<'_>) {
        // Forty bytes hold twenty of them.
        self.options = self.options.saturating_add(1);
        match option {
            TcpOption::MaxSegmentSize(most) => self.max_segment = Some(most),
            TcpOption::WindowScale(shift) => self.window_scale = Some(shift),
            TcpOption::SackPermitted => self.sack_permitted = true,
            TcpOption::Timestamps { .. } => self.timestamps = true,
            _ => {}
        }
    }
}
