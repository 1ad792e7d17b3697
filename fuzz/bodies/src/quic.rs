//! The laws of the readers of QUIC's handshake.

use netsift_packet::quic::{
    InitialAssembler, InitialKeys, LongHeader, MAX_CRYPTO, MAX_PACKET, PacketKind, Side, Version,
};

use crate::parts::{error_is_inside, lies_in};

/// A datagram.
pub(crate) fn body(input: &[u8]) {
    match LongHeader::parse(input) {
        Ok(header) => header_holds(&header, input),
        Err(error) => error_is_inside(error, input.len()),
    }
    a_second_sending_changes_nothing(input);
}

fn header_holds(header: &LongHeader<'_>, input: &[u8]) {
    for part in [header.destination, header.source, header.token, header.packet] {
        assert!(lies_in(part, input), "a part of the header outside the datagram");
    }
    assert!(input.starts_with(header.packet), "a packet that does not start the datagram");
    assert!(header.packet_number_at <= header.packet.len(), "a number behind the packet");
    let is_v1 = header.version == Version::V1;
    let ids = header.destination.len().max(header.source.len());
    assert!(!is_v1 || ids <= 20, "a connection ID of {ids} bytes");
    let versions = header.versions().count();
    assert!(versions * 4 <= input.len(), "{versions} versions in {} bytes", input.len());
    assert!(versions == 0 || header.kind == PacketKind::VersionNegotiation);
    packets_end_where_they_say(header);
    opening_is_bounded(header);
}

/// What follows a packet in its datagram is another one's, if the packet says how long it is.
fn packets_end_where_they_say(header: &LongHeader<'_>) {
    let alone = LongHeader::parse(header.packet);
    assert_eq!(alone.as_ref(), Ok(header), "the packet alone reads otherwise");
    let says_so =
        matches!(header.kind, PacketKind::Initial | PacketKind::ZeroRtt | PacketKind::Handshake);
    if says_so {
        let longer = [header.packet, &[0xc0; 40]].concat();
        let found = LongHeader::parse(&longer);
        assert_eq!(found.as_ref(), Ok(header), "the next packet changes this one");
    }
}

fn opening_is_bounded(header: &LongHeader<'_>) {
    for side in [Side::Client, Side::Server] {
        let Some(keys) = InitialKeys::of(header.version, header.destination, side) else { return };
        let mut out = [0; MAX_PACKET];
        match keys.open(header, &mut out) {
            Ok(payload) => assert!(payload.len() < header.packet.len(), "more than was sealed"),
            Err(error) => error_is_inside(error, header.packet.len()),
        }
    }
}

fn a_second_sending_changes_nothing(input: &[u8]) {
    let mut assembler = InitialAssembler::new();
    let first = assembler.push(input);
    let hello = assembler.client_hello().map(|hello| hello.random.to_vec());
    let second = assembler.push(input);
    assert_eq!(first, second, "the same datagram is answered otherwise");
    let again = assembler.client_hello().map(|hello| hello.random.to_vec());
    assert_eq!(hello, again, "a second sending changes the hello");
    if let Err(error) = hello {
        error_is_inside(error, MAX_CRYPTO);
    }
}
