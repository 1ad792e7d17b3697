//! What the benches share: the mix of frames, and the record that every parser has to fill.

pub mod asked;
pub mod duel;
pub mod explained;
pub mod flowscope;
pub mod hunts;
pub mod peer;
pub mod planted;
pub mod process;
pub mod reading;
pub mod tasks;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use etherparse::{LinkSlice, NetSlice, SlicedPacket, TransportSlice};
use netsift_packet::{Frame, FrameSource, LinkType, Packet, Timestamp};

/// Every fact that a flow record holds of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Capture time.
    pub time: Timestamp,
    /// Length on the wire.
    pub wire_len: u32,
    /// Source and destination address.
    pub addresses: (IpAddr, IpAddr),
    /// Source and destination port.
    pub ports: (u16, u16),
    /// Protocol behind the IP header.
    pub protocol: u8,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// DSCP and ECN.
    pub class: (u8, u8),
    /// The nine TCP flags.
    pub flags: u16,
    /// TCP sequence, acknowledgement and window.
    pub tcp: (u32, u32, u16),
    /// Transport header and captured payload lengths.
    pub lengths: (u32, u32),
    /// Payload length as the headers say.
    pub payload_len: u32,
    /// Identification, offset in units of eight bytes, and whether more fragments follow.
    pub fragment: Option<(u32, u16, bool)>,
    /// Link-layer source and destination.
    pub macs: Option<([u8; 6], [u8; 6])>,
    /// The outermost VLAN id.
    pub vlan: Option<u16>,
}

/// The record as `netsift-packet` reads it; `None` without an IP packet.
#[inline]
#[must_use]
pub fn ours(frame: Frame<'_>) -> Option<Facts> {
    let packet = Packet::parse(frame).ok()?;
    let mut facts = Facts {
        time: packet.time(),
        wire_len: packet.wire_len(),
        addresses: packet.addresses()?,
        ports: packet.ports().unwrap_or_default(),
        protocol: packet.protocol()?.0,
        ttl: packet.ttl()?,
        class: (packet.dscp()?, packet.ecn()?),
        lengths: (0, packet.payload().len() as u32),
        payload_len: packet.payload_len(),
        fragment: packet.fragment().map(|part| (part.id, part.offset, part.more)),
        macs: packet.macs().map(|(src, dst)| (src.0, dst.0)),
        vlan: packet.vlan(),
        ..BLANK
    };
    match packet.tcp() {
        Some(tcp) => {
            facts.flags = tcp.flags.0;
            facts.tcp = (tcp.seq, tcp.ack, tcp.window);
            facts.lengths.0 = tcp.header_len.into();
        }
        None => facts.lengths.0 = packet.header_len().unwrap_or(0),
    }
    Some(facts)
}

/// The record as etherparse's sliced parser reads it; `None` without an IP packet.
#[inline]
#[must_use]
pub fn theirs(frame: Frame<'_>) -> Option<Facts> {
    let sliced = match frame.link {
        LinkType::ETHERNET => SlicedPacket::from_ethernet(frame.data),
        LinkType::LINUX_SLL => SlicedPacket::from_linux_sll(frame.data),
        LinkType::RAW => SlicedPacket::from_ip(frame.data),
        _ => return None,
    };
    let sliced = sliced.ok()?;
    let mut facts = network(sliced.net.as_ref()?)?;
    facts.time = frame.time;
    facts.wire_len = frame.wire_len;
    facts.vlan = sliced.vlan_ids().first().map(|id| id.value());
    if let Some(LinkSlice::Ethernet2(ethernet)) = &sliced.link {
        facts.macs = Some((ethernet.source(), ethernet.destination()));
    }
    transport(sliced.transport.as_ref(), &mut facts);
    // It slices by what the headers say, and refuses frames that hold less.
    facts.payload_len = facts.lengths.1;
    Some(facts)
}

#[inline]
fn network(net: &NetSlice<'_>) -> Option<Facts> {
    let mut fragment = None;
    let (addresses, ttl, class, payload): ((IpAddr, IpAddr), _, _, _) = match net {
        NetSlice::Ipv4(slice) => {
            let header = slice.header();
            let addresses = (header.source_addr().into(), header.destination_addr().into());
            let class = (header.dcp().value(), header.ecn().value());
            let (offset, more) = (header.fragments_offset().value(), header.more_fragments());
            if offset != 0 || more {
                fragment = Some((header.identification().into(), offset, more));
            }
            (addresses, header.ttl(), class, slice.payload())
        }
        NetSlice::Ipv6(slice) => {
            let header = slice.header();
            let addresses = (header.source_addr().into(), header.destination_addr().into());
            let class = header.traffic_class();
            (addresses, header.hop_limit(), (class >> 2, class & 3), slice.payload())
        }
        NetSlice::Arp(_) => return None,
    };
    Some(Facts {
        addresses,
        fragment,
        ttl,
        class,
        protocol: payload.ip_number.0,
        lengths: (0, payload.payload.len() as u32),
        ..BLANK
    })
}

#[inline]
fn transport(transport: Option<&TransportSlice<'_>>, facts: &mut Facts) {
    match transport {
        Some(TransportSlice::Tcp(tcp)) => {
            facts.ports = (tcp.source_port(), tcp.destination_port());
            facts.tcp = (tcp.sequence_number(), tcp.acknowledgment_number(), tcp.window_size());
            facts.flags = u16::from(tcp.fin())
                | u16::from(tcp.syn()) << 1
                | u16::from(tcp.rst()) << 2
                | u16::from(tcp.psh()) << 3
                | u16::from(tcp.ack()) << 4
                | u16::from(tcp.urg()) << 5
                | u16::from(tcp.ece()) << 6
                | u16::from(tcp.cwr()) << 7
                | u16::from(tcp.ns()) << 8;
            facts.lengths = (u32::from(tcp.data_offset()) * 4, tcp.payload().len() as u32);
        }
        Some(TransportSlice::Udp(udp)) => {
            facts.ports = (udp.source_port(), udp.destination_port());
            facts.lengths = (8, udp.payload().len() as u32);
        }
        Some(TransportSlice::Icmpv4(_) | TransportSlice::Icmpv6(_)) => {
            facts.lengths = (8, facts.lengths.1.saturating_sub(8));
        }
        Some(TransportSlice::Igmp(_)) | None => {}
    }
}

const BLANK: Facts = Facts {
    time: Timestamp::EPOCH,
    wire_len: 0,
    addresses: (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    ports: (0, 0),
    protocol: 0,
    ttl: 0,
    class: (0, 0),
    flags: 0,
    tcp: (0, 0, 0),
    lengths: (0, 0),
    payload_len: 0,
    fragment: None,
    macs: None,
    vlan: None,
};

/// Frames in one block of memory, one behind the other as in a capture.
pub struct Mix {
    bytes: Vec<u8>,
    frames: Vec<Place>,
}

#[derive(Clone, Copy)]
struct Place {
    start: usize,
    end: usize,
    wire_len: u32,
    link: LinkType,
    time: Timestamp,
}

impl Mix {
    /// The frames of every capture among the shared reference captures, in the order of their names.
    /// `None` where those are absent.
    #[must_use]
    pub fn of_reference_captures() -> Option<Self> {
        let mut mix = Self { bytes: Vec::new(), frames: Vec::new() };
        let mut paths: Vec<_> = std::fs::read_dir(reference_captures()?)
            .ok()?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.sort();
        for path in paths {
            let mut capture = netsift_capture::open(path).ok()?;
            while let Some(frame) = capture.next_frame().ok()? {
                mix.push(frame);
            }
        }
        Some(mix)
    }

    /// All frames of a source.
    ///
    /// # Errors
    /// The source's.
    pub fn of<S: FrameSource>(source: &mut S) -> Result<Self, S::Error> {
        let mut mix = Self { bytes: Vec::new(), frames: Vec::new() };
        while let Some(frame) = source.next_frame()? {
            mix.push(frame);
        }
        Ok(mix)
    }

    /// Every `step`th frame, packed together.
    #[must_use]
    pub fn sample(&self, step: usize) -> Self {
        let mut sample = Self { bytes: Vec::new(), frames: Vec::new() };
        self.frames().step_by(step).for_each(|frame| sample.push(frame));
        sample
    }

    /// The mix over and over, until it is at least `bytes` long.
    #[must_use]
    pub fn grown_to(&self, bytes: usize) -> Self {
        let mut grown = Self { bytes: Vec::with_capacity(bytes), frames: Vec::new() };
        while grown.bytes.len() < bytes && !self.frames.is_empty() {
            self.frames().for_each(|frame| grown.push(frame));
        }
        grown
    }

    fn push(&mut self, frame: Frame<'_>) {
        let Frame { time, wire_len, link, data } = frame;
        let start = self.bytes.len();
        self.bytes.extend_from_slice(data);
        self.frames.push(Place { start, end: self.bytes.len(), wire_len, link, time });
    }

    /// The frames in order.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.frames.iter().map(|place| Frame {
            time: place.time,
            wire_len: place.wire_len,
            link: place.link,
            data: self.bytes.get(place.start..place.end).unwrap_or_default(),
        })
    }

    /// How many frames.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }
}

/// Where the shared reference captures lie: in the shared folder beside the repository, or where
/// NETSIFT_SHARED says.
#[must_use]
pub fn reference_captures() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let shared = std::env::var_os("NETSIFT_SHARED").map_or_else(beside, PathBuf::from);
    let path = shared.join("reference/cicflowmeter/pcaps");
    path.is_dir().then_some(path)
}
