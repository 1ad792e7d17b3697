//! The laws of `Packet::parse`.

use netsift_packet::{
    DEFAULT_MAX_TUNNELS, Depth, Frame, LinkType, MAX_VLAN_TAGS, Packet, ParseError, ParseOptions,
    Protocol, TcpOption, Timestamp,
};

use crate::choices::Choices;
use crate::facts::Facts;
use crate::parts::{error_is_inside, lies_in};

/// What lies behind a packet that says where it ends: an IP header, should anybody read on.
const GARBAGE: [u8; 24] = [0x45; 24];

/// Link type, cap on tunnels, a lie about the wire length, a place to cut; then the frame.
pub(crate) fn body(input: &[u8]) {
    let mut choices = Choices::of(input);
    let link = choices.link();
    let options = ParseOptions::new().max_tunnels(choices.byte() % (DEFAULT_MAX_TUNNELS + 2));
    let lie = i16::from_be_bytes(choices.bytes());
    let cut = usize::from(choices.u16());
    let bytes = choices.rest();
    let wire_len = (bytes.len() as u32).saturating_add_signed(lie.into());
    let frame = Frame::new(Timestamp::EPOCH, link, bytes).with_wire_len(wire_len);

    bounds_hold(frame, options);
    outermost_and_innermost_agree(frame);
    a_cut_frame_contradicts_nothing(frame, cut % (bytes.len() + 1));
    what_lies_behind_the_packet_changes_nothing(frame);
    other_links_tell_the_same(frame);
}

type Parsed<'a> = Result<Packet<'a>, ParseError>;

fn outermost(frame: Frame<'_>) -> Parsed<'_> {
    Packet::parse_with(frame, &ParseOptions::new().depth(Depth::Outermost))
}

fn at_most(tunnels: u8, frame: Frame<'_>) -> Parsed<'_> {
    Packet::parse_with(frame, &ParseOptions::new().max_tunnels(tunnels))
}

fn bounds_hold(frame: Frame<'_>, options: ParseOptions) {
    for (parsed, limit) in [
        (Packet::parse(frame), DEFAULT_MAX_TUNNELS),
        (outermost(frame), 0),
        (Packet::parse_with(frame, &options), DEFAULT_MAX_TUNNELS + 1),
    ] {
        match parsed {
            Ok(packet) => packet_is_inside(&packet, limit),
            Err(error) => error_is_inside(error, frame.data.len()),
        }
    }
}

fn packet_is_inside(packet: &Packet<'_>, tunnels: u8) {
    let frame = packet.frame();
    let payload = packet.payload();
    assert!(lies_in(payload, frame.data), "the payload lies outside the frame");
    let headers = packet.captured_header_len() as usize;
    assert!(headers + payload.len() <= frame.data.len(), "more headers and payload than bytes");
    assert!(payload.len() <= packet.payload_len() as usize, "more payload captured than said");
    let said = frame.wire_len.max(frame.captured_len());
    assert!(packet.payload_len() <= said, "more payload than the wire carried");
    assert!(packet.tunnel_depth() <= tunnels, "deeper than the cap");
    assert_eq!(packet.tunnel_depth() > 0, packet.tunnel().is_some(), "a depth without a tunnel");
    assert!(packet.vlans().as_slice().len() <= MAX_VLAN_TAGS.into(), "more tags than the cap");
    if let Some(offset) = packet.transport_offset() {
        assert!(offset + headers <= frame.data.len(), "a transport header outside the frame");
    }
    assert!(
        packet.header_len().is_none_or(|said| headers <= said as usize),
        "more header than said"
    );
    tcp_options_are_inside(packet);
    if let Some(error) = packet.error() {
        error_is_inside(error, frame.data.len());
    }
}

fn tcp_options_are_inside(packet: &Packet<'_>) {
    let mut options = packet.tcp_options();
    let count = options.by_ref().take(41).count();
    assert!(count <= 40, "more options than bytes for them");
    assert!(count == 0 || packet.protocol() == Some(Protocol::TCP), "options without TCP");
    for option in packet.tcp_options() {
        match option {
            TcpOption::Sack(blocks) => assert!(blocks.iter().count() <= 4, "too many blocks"),
            TcpOption::Other { data, .. } => {
                assert!(lies_in(data, packet.frame().data), "an option outside the frame");
            }
            _ => {}
        }
    }
}

fn outermost_and_innermost_agree(frame: Frame<'_>) {
    let (inner, outer) = match (Packet::parse(frame), outermost(frame)) {
        (Ok(inner), Ok(outer)) => (inner, outer),
        (inner, outer) => {
            assert_eq!(inner.err(), outer.err(), "one depth refuses what the other takes");
            return;
        }
    };
    assert!(inner.tunnel_depth() == 0 || outer.ip_version().is_some(), "a tunnel without IP");
    let bare = at_most(0, frame).map(|packet| Facts::of(&packet));
    assert_eq!(bare, Ok(Facts::of(&outer)), "no tunnels allowed is not the outermost");
}

/// A fact told of the frame as it was cut is what the whole frame tells at the same depth.
fn a_cut_frame_contradicts_nothing(frame: Frame<'_>, cut: usize) {
    let whole_len = frame.wire_len.max(frame.captured_len());
    let shorter = frame.data.get(..cut).unwrap_or_default();
    let short = Frame { data: shorter, ..frame }.with_wire_len(whole_len);
    let Ok(told) = Packet::parse(short) else { return };
    let depth = told.tunnel_depth();
    let Ok(whole) = at_most(depth, frame) else {
        // What MPLS carries is told by its first byte: without it, nothing is wrong yet.
        assert_eq!(told.ip_version(), None, "a cut frame has IP, the whole is refused");
        return;
    };
    if whole.tunnel_depth() != depth || told.ip_version().is_none() {
        return;
    }
    let (told_facts, whole_facts) = (Facts::of(&told), Facts::of(&whole));
    let wrong = told_facts.contradictions(&whole_facts, told.error().is_none());
    assert!(wrong.is_empty(), "cut at {cut}: {wrong:?}\n{told_facts:?}\n{whole_facts:?}");
    if told.error().is_none() {
        assert!(whole.payload().starts_with(told.payload()), "cut at {cut}: another payload");
    }
}

/// What the link layer has behind an IP packet (padding, checksums) is none of the packet's.
fn what_lies_behind_the_packet_changes_nothing(frame: Frame<'_>) {
    let frame = Frame::new(frame.time, frame.link, frame.data);
    let Ok(outer) = outermost(frame) else { return };
    if !says_where_it_ends(&outer) {
        return;
    }
    let longer = [frame.data, &GARBAGE].concat();
    // At another address, too: nothing may hang on where the bytes stand.
    let moved = Frame { data: longer.get(..frame.data.len()).unwrap_or_default(), ..frame };
    let longer = Frame::new(frame.time, frame.link, &longer);
    let Ok(expected) = Packet::parse(frame) else { return };
    for (parsed, what) in [(Packet::parse(moved), "moved"), (Packet::parse(longer), "longer")] {
        let Ok(found) = parsed else { panic!("{what}: not read any more") };
        assert_eq!(Facts::of(&found), Facts::of(&expected), "{what}");
        assert_eq!(found.payload(), expected.payload(), "{what}: another payload");
        assert_eq!(found.error(), expected.error(), "{what}: another error");
    }
}

fn says_where_it_ends(outer: &Packet<'_>) -> bool {
    let length = outer.ip_len().unwrap_or(0);
    let unsaid = if outer.ip_version() == Some(6) { 40 } else { 0 };
    // With an error, the packet may end where the frame does. A checksum at the end of a radio frame
    // is cut off from wherever the end is.
    outer.error().is_none() && length > unsaid && outer.link() != LinkType::RADIOTAP
}

/// Ethernet is read in a straight line where it can be, a "cooked" capture always step by step:
/// what Ethernet carries must not read otherwise there.
fn other_links_tell_the_same(frame: Frame<'_>) {
    const ETHER_TYPE: std::ops::Range<usize> = 12..14;
    let Some((header, carried)) = frame.data.split_at_checked(ETHER_TYPE.end) else { return };
    let ether_type = header.get(ETHER_TYPE).unwrap_or_default();
    if frame.link != LinkType::ETHERNET || ether_type < [0x06, 0x00].as_slice() {
        return;
    }
    let cooked = [&[0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0], ether_type, carried].concat();
    let wire_len = frame.wire_len.max(frame.captured_len()) + 2;
    let cooked = Frame::new(frame.time, LinkType::LINUX_SLL, &cooked).with_wire_len(wire_len);
    let (straight, stepped) = (Packet::parse(frame), Packet::parse(cooked));
    assert_eq!(straight.is_ok(), stepped.is_ok(), "the link decides whether IP is read");
    let (Ok(straight), Ok(stepped)) = (straight, stepped) else { return };
    let facts = [Facts::of(&straight), Facts::of(&stepped)];
    let [ours, theirs] = [facts[0].behind_the_link(), facts[1].behind_the_link()];
    assert!(ours == theirs, "the link changes what is carried\n{:?}\n{:?}", facts[0], facts[1]);
    assert_eq!(straight.payload(), stepped.payload(), "the link changes the payload");
    let [ours, theirs] = [straight, stepped].map(|p| p.error().map(|error| error.reason()));
    assert_eq!(ours, theirs, "the link changes the error");
}
