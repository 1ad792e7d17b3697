//! A frame as the two CICFlowMeters read it, their oddities included.
//!
//! Models trained on what those tools wrote need the same reading, and it is not the right one:
//! every frame is taken for Ethernet whatever its link type says, lengths are captured lengths,
//! later fragments have no protocol, IPv6 does not exist. So it stands beside the right reading
//! instead of inside it. The one oddity left out is the second attempt that the tools make on a
//! frame without IPv4, which reads its Ethernet addresses as an IPv4 header.

use std::net::Ipv4Addr;

use thiserror::Error;

use crate::{Frame, Protocol, TcpFlags, Timestamp};

/// Which of the two tools to read like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// The original CICFlowMeter: no ICMP and no SCTP, but ports of packets that ICMP errors quote.
    Original,
    /// The corrected fork: ICMP, IGMP and SCTP are told apart, unheard-of protocols are dropped.
    Fixed,
}

/// What the tools keep of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CicRecord {
    /// Capture time, cut to whole microseconds.
    pub time: Timestamp,
    /// Source of the outermost IPv4 header.
    pub src: Ipv4Addr,
    /// Destination of the outermost IPv4 header.
    pub dst: Ipv4Addr,
    /// Source port, 0 where no transport was found.
    pub src_port: u16,
    /// Destination port, 0 where no transport was found.
    pub dst_port: u16,
    /// The transport that was found, 0 where none was (which is not what the IPv4 header says).
    pub protocol: Protocol,
    /// Captured bytes behind the transport header.
    pub payload_len: u32,
    /// Length of the transport header alone.
    pub header_len: u32,
    /// The nine flags of TCP; none for everything else.
    pub flags: TcpFlags,
    /// TCP's window as sent, unscaled; 0 for everything else.
    pub window: u16,
    /// ICMP code and type, in [`Reading::Fixed`] only.
    pub icmp: Option<(u8, u8)>,
    /// TCP's sequence number; 0 for everything else.
    pub seq: u32,
    /// TCP's acknowledgement number; 0 for everything else.
    pub ack: u32,
}

/// Why a frame gives no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Discard {
    /// No IPv4 behind Ethernet II and its VLAN tags.
    #[error("no IPv4 packet behind the Ethernet header")]
    NotIpv4,
    /// The capture ends before the 20th byte of the IPv4 header.
    #[error("IPv4 header cut short: 20 bytes needed, {had} captured")]
    CutShort {
        /// How many bytes of it were captured.
        had: u32,
    },
    /// The IPv4 header claims a length that the tool cannot use.
    #[error("IPv4 header of {len} bytes, which the reading does not accept")]
    HeaderLength {
        /// The length it claims.
        len: u8,
    },
    /// A protocol number that the corrected fork has never heard of.
    #[error("{protocol} is not among the protocols that the reading knows")]
    UnknownProtocol {
        /// The number in the outermost IPv4 header.
        protocol: Protocol,
    },
}

/// Reads `frame` as the tool of that `reading` does; its link type is not looked at.
///
/// # Errors
/// [`Discard`], where that tool keeps nothing of the frame.
pub fn read(frame: &Frame<'_>, reading: Reading) -> Result<CicRecord, Discard> {
    let (at, tagged) = ipv4_start(frame.data).ok_or(Discard::NotIpv4)?;
    let captured = frame.data.get(at..).unwrap_or_default();
    let outer = Ipv4::read(captured, reading)?;
    let bytes = if tagged { captured } else { outer.without_trailer(captured, reading) };
    let mut record = CicRecord::without_transport(frame.time, &outer);
    record.walk(bytes, outer, reading)?;
    Ok(record)
}

impl CicRecord {
    fn without_transport(time: Timestamp, outer: &Ipv4) -> Self {
        Self {
            time: Timestamp::from_micros(time.as_micros()),
            src: outer.src,
            dst: outer.dst,
            src_port: 0,
            dst_port: 0,
            protocol: Protocol(0),
            payload_len: 0,
            header_len: 0,
            flags: TcpFlags::default(),
            window: 0,
            icmp: None,
            seq: 0,
            ack: 0,
        }
    }

    /// Goes from header to header until a transport is found, which ends every walk.
    ///
    /// IPv4 in IPv4, and in the original an ICMP error's quote, lead to a next IPv4 header at least
    /// 20 bytes on, so the walk is linear in the captured bytes.
    fn walk(&mut self, bytes: &[u8], outer: Ipv4, reading: Reading) -> Result<(), Discard> {
        let mut bytes = bytes;
        let mut ip = outer;
        loop {
            let body = ip.body(bytes);
            bytes = match (ip.carried(), reading) {
                (Some(Protocol::TCP), _) if self.tcp(body) => return Ok(()),
                (Some(Protocol::UDP), _) if self.udp(body) => return Ok(()),
                (Some(Protocol::SCTP), Reading::Fixed) if self.sctp(body) => return Ok(()),
                (Some(Protocol::ICMP), Reading::Fixed) if self.icmp(body) => return Ok(()),
                (Some(Protocol::ICMP), Reading::Original) => quoted_ipv4(body),
                (Some(Protocol::IPV4), _) => body,
                _ => break,
            };
            match Ipv4::read(bytes, reading) {
                Ok(inner) => ip = inner,
                Err(_) => break,
            }
        }
        match reading {
            Reading::Original => Ok(()),
            Reading::Fixed => self.by_number(&outer),
        }
    }

    /// What the corrected fork does where no transport was found: it goes by the outermost number.
    fn by_number(&mut self, outer: &Ipv4) -> Result<(), Discard> {
        if !is_known(outer.protocol) {
            return Err(Discard::UnknownProtocol { protocol: outer.protocol });
        }
        if outer.carried() == Some(Protocol::IGMP) {
            self.protocol = Protocol::IGMP;
        }
        Ok(())
    }

    fn tcp(&mut self, bytes: &[u8]) -> bool {
        let Some((head, _)) = bytes.split_first_chunk::<20>() else { return false };
        // Offsets 1 to 4 are impossible, yet taken at their word; 0 is the only one refused.
        let claimed = usize::from(head[12] >> 4) * 4;
        if claimed == 0 {
            return false;
        }
        self.transport(Protocol::TCP, head, claimed.min(bytes.len()), bytes.len());
        self.seq = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        self.ack = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
        self.flags = TcpFlags(u16::from_be_bytes([head[12] & 1, head[13]]));
        self.window = u16::from_be_bytes([head[14], head[15]]);
        true
    }

    fn udp(&mut self, bytes: &[u8]) -> bool {
        let Some(head) = bytes.first_chunk::<8>() else { return false };
        self.transport(Protocol::UDP, head, head.len(), bytes.len());
        true
    }

    fn sctp(&mut self, bytes: &[u8]) -> bool {
        let Some(head) = bytes.first_chunk::<12>() else { return false };
        self.transport(Protocol::SCTP, head, head.len(), bytes.len());
        true
    }

    fn icmp(&mut self, bytes: &[u8]) -> bool {
        let Some(&[kind, code, ..]) = bytes.first_chunk::<ICMP_HEADER>() else { return false };
        self.protocol = Protocol::ICMP;
        self.icmp = Some((code, kind));
        true
    }

    /// Every port-bearing transport starts with its two ports.
    fn transport<const N: usize>(
        &mut self,
        protocol: Protocol,
        head: &[u8; N],
        header_len: usize,
        captured: usize,
    ) {
        self.protocol = protocol;
        self.src_port = u16::from_be_bytes([head[0], head[1]]);
        self.dst_port = u16::from_be_bytes([head[2], head[3]]);
        self.header_len = saturated(header_len);
        self.payload_len = saturated(captured - header_len);
    }
}

/// Ethernet's two addresses and its type.
const ETHERNET_HEADER: usize = 14;
/// The smallest IPv4 header.
const IPV4_HEADER: usize = 20;
/// ICMP's type, code and checksum.
const ICMP_HEADER: usize = 4;
/// Where the quoted packet starts in an ICMP error.
const ICMP_QUOTE: usize = 8;

/// Where IPv4 starts and whether a VLAN tag stands directly before it.
fn ipv4_start(data: &[u8]) -> Option<(usize, bool)> {
    let mut at = ETHERNET_HEADER;
    loop {
        match *data.get(at - 2..at)? {
            [0x08, 0x00] => return Some((at, at > ETHERNET_HEADER)),
            [0x81, 0x00] | [0x88, 0xa8] | [0x91, 0x00] => at += 4,
            _ => return None,
        }
    }
}

/// The packet that an ICMP error quotes: only "unreachable" and "parameter problem" are opened.
fn quoted_ipv4(icmp: &[u8]) -> &[u8] {
    match icmp.first() {
        Some(3 | 12) => icmp.get(ICMP_QUOTE..).unwrap_or_default(),
        _ => &[],
    }
}

/// The protocol numbers that the corrected fork keeps as protocol 0.
const fn is_known(protocol: Protocol) -> bool {
    matches!(protocol.0, 0..=61 | 94 | 103 | 111 | 118 | 132 | 133 | 137)
}

fn saturated(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// What the walk needs of an IPv4 header.
#[derive(Clone, Copy)]
struct Ipv4 {
    src: Ipv4Addr,
    dst: Ipv4Addr,
    protocol: Protocol,
    header_len: u8,
    total_len: u16,
    is_later_fragment: bool,
}

impl Ipv4 {
    /// Neither version nor checksum is looked at.
    fn read(bytes: &[u8], reading: Reading) -> Result<Self, Discard> {
        let head = bytes
            .first_chunk::<IPV4_HEADER>()
            .ok_or(Discard::CutShort { had: saturated(bytes.len()) })?;
        let len = (head[0] & 0x0f) * 4;
        let overlong = usize::from(len) > bytes.len();
        if usize::from(len) < IPV4_HEADER || (reading == Reading::Fixed && overlong) {
            return Err(Discard::HeaderLength { len });
        }
        Ok(Self {
            src: Ipv4Addr::new(head[12], head[13], head[14], head[15]),
            dst: Ipv4Addr::new(head[16], head[17], head[18], head[19]),
            protocol: Protocol(head[9]),
            header_len: len,
            total_len: u16::from_be_bytes([head[2], head[3]]),
            is_later_fragment: u16::from_be_bytes([head[6], head[7]]) & 0x1fff != 0,
        })
    }

    /// `bytes` up to the end that the header claims, where that is not beyond them.
    ///
    /// A total length of 0 comes from segmentation offload: the original takes it at its word and
    /// cuts everything, the corrected fork puts what was captured in its place, in 16 bits.
    fn without_trailer<'a>(&self, bytes: &'a [u8], reading: Reading) -> &'a [u8] {
        let total = match (self.total_len, reading) {
            (0, Reading::Fixed) => bytes.len() & 0xffff,
            (claimed, _) => usize::from(claimed),
        };
        bytes.get(..total).unwrap_or(bytes)
    }

    fn body<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(usize::from(self.header_len)..).unwrap_or_default()
    }

    /// What the body starts with; nothing for a fragment that does not have the start.
    fn carried(&self) -> Option<Protocol> {
        (!self.is_later_fragment).then_some(self.protocol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LinkType;
    use Reading::{Fixed, Original};

    #[test]
    fn tcp_gives_every_field() {
        let record = both(&ethernet(ipv4(6, &tcp(5, b"hello"))));
        assert_eq!((record.src, record.dst), ([10, 0, 0, 1].into(), [10, 0, 0, 2].into()));
        assert_eq!((record.src_port, record.dst_port, record.protocol), (7000, 80, Protocol::TCP));
        assert_eq!((record.payload_len, record.header_len, record.window), (5, 20, 8192));
        assert_eq!((record.flags.0, record.seq, record.ack), (0x118, 0x0102_0304, 0x0506_0708));
    }

    #[test]
    fn time_is_cut_to_microseconds() {
        let frame = Frame { time: Timestamp::from_nanos(1_999), ..frame_of(&[]) };
        let bytes = ethernet(ipv4(17, &udp(b"")));
        let record = read(&Frame { data: &bytes, ..frame }, Original).unwrap();
        assert_eq!(record.time, Timestamp::from_nanos(1_000));
    }

    #[test]
    fn a_trailer_counts_only_behind_a_vlan_tag() {
        let padded = [ipv4(17, &udp(b"abc")), vec![0; 11]].concat();
        assert_eq!(both(&ethernet(padded.clone())).payload_len, 3);
        assert_eq!(both(&tagged(&[0x8100], padded)).payload_len, 14);
    }

    #[test]
    fn any_number_of_tags_of_three_types_is_skipped() {
        let types = [0x8100, 0x88a8, 0x9100, 0x8100];
        assert_eq!(both(&tagged(&types, ipv4(17, &udp(b"x")))).payload_len, 1);
        assert_eq!(discards(&tagged(&[0x9200], ipv4(17, &udp(b"x")))), [Discard::NotIpv4; 2]);
    }

    #[test]
    fn frames_without_ipv4_are_discarded() {
        let mut length_style = ethernet(ipv4(17, &udp(b"x")));
        length_style[12..14].copy_from_slice(&[0, 46]);
        for bytes in [&length_style[..], &[0; 13], &[0x81; 14], &[]] {
            assert_eq!(discards(bytes), [Discard::NotIpv4; 2]);
        }
        let whole = ethernet(ipv4(17, &udp(b"")));
        assert_eq!(discards(&whole[..33]), [Discard::CutShort { had: 19 }; 2]);
    }

    #[test]
    fn the_version_is_not_checked_but_the_header_length_is() {
        let mut bytes = ethernet(ipv4(17, &udp(b"x")));
        bytes[14] = 0x55;
        assert_eq!(both(&bytes).protocol, Protocol::UDP);
        bytes[14] = 0x44;
        assert_eq!(discards(&bytes), [Discard::HeaderLength { len: 16 }; 2]);
    }

    #[test]
    fn a_header_longer_than_the_frame_is_kept_by_the_original_only() {
        let mut bytes = ethernet(ipv4(17, &udp(b"x")));
        bytes[14] = 0x4f;
        assert_eq!(original(&bytes).unwrap().protocol, Protocol(0));
        assert_eq!(fixed(&bytes), Err(Discard::HeaderLength { len: 60 }));
    }

    #[test]
    fn a_total_length_of_zero_cuts_everything_or_nothing() {
        let mut bytes = ethernet(ipv4(17, &udp(b"hello")));
        bytes[16..18].fill(0);
        assert_eq!(original(&bytes).unwrap().protocol, Protocol(0));
        assert_eq!(fixed(&bytes).unwrap().payload_len, 5);
        bytes.resize(14 + 80_000, 0);
        assert_eq!(fixed(&bytes).unwrap().payload_len, 80_000 - 65_536 - 28);
    }

    #[test]
    fn lengths_are_captured_lengths() {
        let bytes = ethernet(ipv4(6, &tcp(5, &[0; 100])));
        assert_eq!(both(&bytes[..54 + 42]).payload_len, 42);
        assert_eq!(both(&bytes[..53]).protocol, Protocol(0));
    }

    #[test]
    fn later_fragments_have_no_transport_and_first_ones_do() {
        let mut bytes = ethernet(ipv4(17, &udp(b"abc")));
        bytes[20] = 0x20;
        assert_eq!(both(&bytes).payload_len, 3);
        bytes[21] = 1;
        assert_eq!(both(&bytes).protocol, Protocol(0));
    }

    #[test]
    fn odd_tcp_data_offsets_are_taken_at_their_word() {
        let lens = |offset| {
            let record = both(&ethernet(ipv4(6, &tcp(offset, &[0; 10]))));
            (record.protocol.0, record.header_len, record.payload_len)
        };
        assert_eq!([lens(0), lens(4), lens(7)], [(0, 0, 0), (6, 16, 14), (6, 28, 2)]);
        assert_eq!(lens(15), (6, 30, 0));
    }

    #[test]
    fn udp_length_is_not_looked_at() {
        let mut bytes = ethernet(ipv4(17, &udp(b"abc")));
        bytes[38..40].fill(0);
        assert_eq!(both(&bytes).payload_len, 3);
        assert_eq!(both(&bytes[..41]).protocol, Protocol(0));
    }

    #[test]
    fn ipv4_in_ipv4_keeps_the_outer_addresses() {
        let mut inner = ipv4(17, &udp(b"hello"));
        inner[12..20].fill(9);
        let record = both(&ethernet(ipv4(4, &inner)));
        assert_eq!((record.src, record.src_port), ([10, 0, 0, 1].into(), 7000));
        assert_eq!(record.payload_len, 5);
    }

    #[test]
    fn icmp_shows_its_type_in_one_reading_and_its_quote_in_the_other() {
        for kind in [3, 12] {
            let error = [vec![kind, 1, 0, 0, 0, 0, 0, 0], ipv4(17, &udp(b"quoted"))].concat();
            let bytes = ethernet(ipv4(1, &error));
            let (quote, plain) = (original(&bytes).unwrap(), fixed(&bytes).unwrap());
            assert_eq!((quote.protocol, quote.payload_len, quote.icmp), (Protocol::UDP, 6, None));
            assert_eq!((plain.protocol, plain.payload_len), (Protocol::ICMP, 0));
            assert_eq!((plain.icmp, plain.src_port), (Some((1, kind)), 0));
        }
        let time_exceeded = [vec![11, 0, 0, 0, 0, 0, 0, 0], ipv4(17, &udp(b""))].concat();
        assert_eq!(original(&ethernet(ipv4(1, &time_exceeded))).unwrap().protocol, Protocol(0));
    }

    #[test]
    fn only_the_corrected_fork_tells_protocols_apart() {
        let seen = |number| {
            let bytes = ethernet(ipv4(number, &[0x1b, 0x58, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
            assert_eq!(original(&bytes).unwrap().protocol, Protocol(0));
            fixed(&bytes).map(|r| (r.protocol.0, r.src_port, r.header_len, r.payload_len))
        };
        assert_eq!(seen(132), Ok((132, 7000, 12, 2)));
        assert_eq!(seen(2), Ok((2, 0, 0, 0)));
        for known in [0, 61, 94, 103, 111, 118, 133, 137] {
            assert_eq!(seen(known), Ok((0, 0, 0, 0)), "{known}");
        }
        for unknown in [62, 89, 93, 112, 255] {
            let protocol = Protocol(unknown);
            assert_eq!(seen(unknown), Err(Discard::UnknownProtocol { protocol }));
        }
    }

    #[test]
    fn ten_thousand_nested_headers_end() {
        let mut bytes = ethernet(vec![]);
        let header = ipv4(4, &[]);
        (0..10_000).for_each(|_| bytes.extend_from_slice(&header));
        bytes[16..18].fill(0xff);
        assert_eq!(both(&bytes).protocol, Protocol(0));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_claim_no_more_than_they_are(
            tail in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        ) {
            let bytes = [&ethernet(vec![])[..], &tail].concat();
            for record in [original(&bytes), fixed(&bytes)].into_iter().flatten() {
                let claimed = record.header_len.max(20) + record.payload_len;
                assert!(claimed as usize <= bytes.len());
            }
        }
    }

    fn original(bytes: &[u8]) -> Result<CicRecord, Discard> {
        read(&frame_of(bytes), Original)
    }

    fn fixed(bytes: &[u8]) -> Result<CicRecord, Discard> {
        read(&frame_of(bytes), Fixed)
    }

    /// The record on which both readings agree.
    fn both(bytes: &[u8]) -> CicRecord {
        let record = original(bytes).unwrap();
        assert_eq!(fixed(bytes), Ok(record));
        record
    }

    fn discards(bytes: &[u8]) -> [Discard; 2] {
        [original(bytes).unwrap_err(), fixed(bytes).unwrap_err()]
    }

    /// The link type is a lie on purpose: it must not matter.
    fn frame_of(bytes: &[u8]) -> Frame<'_> {
        Frame::new(Timestamp::EPOCH, LinkType::RAW, bytes)
    }

    fn ethernet(payload: Vec<u8>) -> Vec<u8> {
        tagged(&[], payload)
    }

    fn tagged(types: &[u16], payload: Vec<u8>) -> Vec<u8> {
        let tags = types.iter().flat_map(|t| [t.to_be_bytes(), [0, 5]].concat());
        [vec![2; 12], tags.collect(), vec![0x08, 0x00], payload].concat()
    }

    fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
        let total = (20 + body.len() as u16).to_be_bytes();
        let head = [0x45, 0, total[0], total[1], 0, 0, 0, 0, 64, protocol, 0, 0];
        [&head[..], &[10, 0, 0, 1], &[10, 0, 0, 2], body].concat()
    }

    fn tcp(offset: u8, payload: &[u8]) -> Vec<u8> {
        let head = [0x1b, 0x58, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, offset << 4 | 1, 0x18, 0x20, 0];
        [&head[..], &[0; 4], payload].concat()
    }

    fn udp(payload: &[u8]) -> Vec<u8> {
        let len = (8 + payload.len() as u16).to_be_bytes();
        [&[0x1b, 0x58, 0, 53, len[0], len[1], 0, 0], payload].concat()
    }
}
