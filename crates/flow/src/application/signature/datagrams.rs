//! What the first datagram of a direction tells.

use netsift_packet::dns::Message;
use netsift_packet::quic::{LongHeader, Version};

use super::{Peek, Rules, rule};
use crate::application::service::Service;

/// The application that a datagram shows.
pub(in crate::application) fn of_datagram(peek: &Peek<'_>) -> Option<Service> {
    RULES.service(peek)
}

/// Whether a datagram is to be read as a message of DNS, mDNS or LLMNR: on their ports it is, whatever is wrong
/// with its counts.
pub(in crate::application) fn is_any_dns(peek: &Peek<'_>) -> bool {
    [53, 5353, 5355].iter().any(|&port| peek.on(port)) || is_dns(peek) && !peek.on(137)
}

/// Whether a datagram starts with a long header of a version that can be opened.
#[cfg(feature = "quic")]
pub(in crate::application) fn has_long_header(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80..=0xff, ..]) && is_quic(bytes)
}

static RULES: Rules<26> = Rules::new([
    rule(Service::Mdns, &[], |peek| peek.on(5353) && has_dns_header(peek.bytes)),
    rule(Service::Llmnr, &[], |peek| peek.on(5355) && has_dns_header(peek.bytes)),
    rule(Service::NetbiosName, &[], |peek| peek.on(137) && has_dns_header(peek.bytes)),
    rule(Service::Dns, &[], is_dns),
    rule(Service::Quic, &[], |peek| is_quic(peek.bytes)),
    rule(Service::Dtls, &[0x14, 0x15, 0x16, 0x17], |peek| is_dtls(peek.bytes)),
    rule(Service::Ssdp, b"MNH", |peek| super::streams::is_http(peek.bytes)),
    rule(Service::Sip, b"ABCIMNOPRSU", super::streams::is_sip),
    rule(Service::Stun, &[0, 1], is_stun),
    rule(Service::Ntp, &[], is_ntp),
    rule(Service::Dhcp, &[1, 2], |peek| {
        matches!(peek.bytes, [1 | 2, 1, 6, ..])
            && peek.bytes.get(236..240) == Some(&[0x63, 0x82, 0x53, 0x63])
    }),
    rule(Service::Dhcpv6, &[], |peek| {
        matches!(peek.bytes, [1..=13, _, _, _, 0, 1..=39, ..]) && peek.on(546) && peek.on(547)
    }),
    rule(Service::Snmp, &[0x30], is_snmp),
    rule(Service::Tftp, &[0], is_tftp),
    rule(Service::Syslog, b"<", is_syslog),
    rule(Service::Radius, &[], |peek| {
        matches!(peek.bytes, [1..=5 | 11 | 12, _, high, low, ..] if peek.is_len(*high, *low, 0))
            && [1645, 1646, 1812, 1813].iter().any(|&port| peek.on(port))
    }),
    rule(Service::Coap, &[], |peek| {
        matches!(peek.bytes, [0x40..=0x78, code, _, _, ..] if matches!(code >> 5, 0 | 2 | 4 | 5))
            && peek.on(5683)
    }),
    rule(Service::Ike, &[], is_ike),
    rule(Service::WireGuard, &[1, 2, 4], |peek| {
        matches!((peek.bytes, peek.sent), ([1, 0, 0, 0, ..], 148) | ([2, 0, 0, 0, ..], 92))
            || matches!(peek.bytes, [4, 0, 0, 0, ..]) && peek.sent % 16 == 0 && peek.on(51820)
    }),
    rule(Service::OpenVpn, &[0x38, 0x40], |peek| {
        matches!(peek.bytes, [0x38 | 0x40, _, _, _, _, _, _, _, _, ..])
            && (peek.on(1194) || peek.sent == 14 && peek.bytes.ends_with(&[0; 5]))
    }),
    rule(Service::NetFlow, &[0], is_netflow),
    rule(Service::BitTorrent, b"d", |peek| peek.starts_with_any(&["d1:ad2:id20:", "d1:rd2:id20:"])),
    rule(Service::NetbiosDatagram, &[0x10, 0x11, 0x12], |peek| peek.on(138)),
    rule(Service::EtherNetIp, &[0x63], |peek| {
        peek.sent == 24 && peek.bytes.starts_with(&[0x63, 0, 0, 0]) && peek.on(44818)
    }),
    rule(Service::Dnp3, &[5], |peek| {
        matches!(peek.bytes, [5, 0x64, 5..=0xff, ..]) && peek.on(20000)
    }),
    rule(Service::Rdp, &[0xff], |peek| {
        peek.on(3389) && peek.sent > 1200 && peek.bytes.starts_with(&[0xff, 0xff, 0xff, 0xff])
    }),
]);

/// A message's header with no bit where there must be none.
fn has_dns_header(bytes: &[u8]) -> bool {
    Message::parse(bytes).is_ok_and(|message| {
        let header = message.header;
        header.questions <= 32 && u32::from(header.questions) + u32::from(header.answers) > 0
            || header.is_response()
    })
}

/// On DNS's port every header that can be; elsewhere a sensible question.
fn is_dns(peek: &Peek<'_>) -> bool {
    if peek.on(53) {
        return has_dns_header(peek.bytes);
    }
    // The reserved bit of the flags, and a single question, before anything is read.
    matches!(peek.bytes, [_, _, _, flags, 0, 1, 0, _, ..] if flags & 0x40 == 0)
        && Message::parse(peek.bytes).is_ok_and(|message| is_sensible(&message))
}

/// Whether a message can be nothing else: one question, for a record that there is, and whole.
pub(super) fn is_sensible(message: &Message<'_>) -> bool {
    let is_question = message.questions().next().and_then(Result::ok).is_some_and(|question| {
        question.class == 1 && question.kind.name().is_some() && !question.name.is_root()
    });
    message.header.questions == 1 && message.header.opcode() == 0 && is_question
}

/// A long header of a version that is known, or a public header of Google's first versions.
fn is_quic(bytes: &[u8]) -> bool {
    match bytes {
        [0x80..=0xff, version @ ..] => {
            let known = version.first_chunk().is_some_and(|version| match version {
                [b'Q' | b'T', b'0', b'0'..=b'9', b'0'..=b'9'] => true,
                version => {
                    let version = Version(u32::from_be_bytes(*version));
                    version == Version::V1
                        || version == Version::V2
                        || version.draft().is_some()
                        || version.is_reserved()
                }
            });
            known && LongHeader::parse(bytes).is_ok()
        }
        [0x09 | 0x0d, rest @ ..] => {
            matches!(rest.get(8..), Some([b'Q', b'0', b'0'..=b'9', b'0'..=b'9', ..]))
        }
        _ => false,
    }
}

/// A record with one of DTLS's versions, and its length.
pub(in crate::application) fn is_dtls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 0xfe, 0xfd | 0xff, _, _, _, _, _, _, _, _, high, low, ..]
        | [0x16, 1, 0, _, _, _, _, _, _, _, _, high, low, ..]
        if usize::from(u16::from_be_bytes([*high, *low])) + 13 <= bytes.len())
}

/// The magic cookie, and a length of whole words.
pub(super) fn is_stun(peek: &Peek<'_>) -> bool {
    matches!(peek.bytes, [0 | 1, _, _, low, 0x21, 0x12, 0xa4, 0x42, ..] if low & 3 == 0)
}

/// A version and a mode that there are; control messages may be short.
fn is_ntp(peek: &Peek<'_>) -> bool {
    let (version, mode) = match peek.bytes {
        [first, ..] => (first >> 3 & 7, first & 7),
        [] => return false,
    };
    peek.on(123) && (1..=4).contains(&version) && mode != 0 && peek.sent >= 8
}

/// A message with a version, and behind it a community or the numbers of version 3.
fn is_snmp(peek: &Peek<'_>) -> bool {
    let message = match peek.bytes {
        [0x30, 0..=0x7f, message @ ..]
        | [0x30, 0x81, _, message @ ..]
        | [0x30, 0x82, _, _, message @ ..] => message,
        _ => return false,
    };
    matches!(message, [2, 1, 0 | 1, 4, ..] | [2, 1, 3, 0x30, ..])
}

/// A request to read or write, and how.
fn is_tftp(peek: &Peek<'_>) -> bool {
    let [0, 1 | 2, names @ ..] = peek.bytes else { return false };
    let mode = names.split(|&byte| byte == 0).nth(1).unwrap_or_default();
    ["octet", "netascii"].iter().any(|known| mode.eq_ignore_ascii_case(known.as_bytes()))
}

/// A priority, on its port.
fn is_syslog(peek: &Peek<'_>) -> bool {
    let close = peek.bytes.iter().take(5).position(|&byte| byte == b'>').unwrap_or_default();
    let priority = peek.bytes.get(1..close).unwrap_or_default();
    peek.on(514) && !priority.is_empty() && priority.iter().all(u8::is_ascii_digit)
}

/// Its version, and its length; on the port for clients behind translation, behind four zeros.
fn is_ike(peek: &Peek<'_>) -> bool {
    let (bytes, marker) = match peek.bytes {
        [0, 0, 0, 0, bytes @ ..] if peek.on(4500) => (bytes, 4),
        bytes => (bytes, 0),
    };
    let length = bytes.get(24..28).and_then(|length| length.first_chunk().copied());
    bytes.get(17).is_some_and(|version| matches!(version, 0x10 | 0x20))
        && length
            .is_some_and(|length| u32::from_be_bytes(length).checked_add(marker) == Some(peek.sent))
}

/// Version 5 with as many records as fit, or 9 and 10 on their ports.
fn is_netflow(peek: &Peek<'_>) -> bool {
    match peek.bytes {
        [0, 5, high, low, ..] => {
            let records = u32::from(u16::from_be_bytes([*high, *low]));
            records > 0 && peek.sent == 24 + 48 * records
        }
        [0, 9 | 10, ..] => [2055, 4739, 9995, 9996].iter().any(|&port| peek.on(port)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const ANY: (u16, u16) = (50_000, 40_000);
    const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";

    fn padded(start: &[u8], len: usize, end: &[u8]) -> Vec<u8> {
        let mut bytes = start.to_vec();
        bytes.resize(len - end.len(), 0);
        [&bytes[..], end].concat()
    }

    #[test]
    fn every_datagram_is_told() {
        let dhcp = padded(&[1, 1, 6], 240, &[0x63, 0x82, 0x53, 0x63]);
        let ike = padded(&padded(&[1; 16], 18, &[0x20]), 28, &[28]);
        let behind_nat = [&[0; 4][..], &ike].concat();
        let dtls = padded(b"\x16\xfe\xff", 20, &[]);
        let dtls = [&dtls[..12], &[7], &dtls[13..]].concat();
        let quic = [&b"\xc0\0\0\0\x01\x08connectn\0\0\x40\x14"[..], &[7; 20]].concat();
        check(
            &RULES,
            &[
                (Service::Dns, (50_000, 53), QUERY),
                (Service::Dns, ANY, QUERY),
                (Service::Mdns, (5353, 5353), QUERY),
                (Service::Llmnr, (50_000, 5355), QUERY),
                (Service::NetbiosName, (137, 137), QUERY),
                (Service::Quic, ANY, &quic),
                (Service::Quic, ANY, b"\x0dconnectnQ043\x01"),
                (Service::Dtls, ANY, &dtls),
                (Service::Ssdp, (50_000, 1900), b"M-SEARCH * HTTP/1.1\r\n\r\n"),
                (Service::Sip, ANY, b"REGISTER sip:example.com SIP/2.0\r\n"),
                (Service::Stun, ANY, b"\0\x01\0\0\x21\x12\xa4\x42transaction!"),
                (Service::Ntp, (123, 123), &padded(&[0x23], 48, &[])),
                (Service::Dhcp, (68, 67), &dhcp),
                (Service::Dhcpv6, (546, 547), b"\x01\x10\x20\x30\0\x01\0\x0a"),
                (Service::Snmp, ANY, b"\x30\x26\x02\x01\x01\x04\x06public"),
                (Service::Snmp, ANY, b"\x30\x81\x90\x02\x01\x03\x30\x0f"),
                (Service::Tftp, ANY, b"\0\x01file\0octet\0"),
                (Service::Syslog, (514, 514), b"<34>Oct 11 22:14:15 host su: failed"),
                (Service::Radius, (50_000, 1812), &padded(&[1, 1, 0, 20], 20, &[])),
                (Service::Coap, (50_000, 5683), b"\x40\x01\x12\x34"),
                (Service::Ike, (500, 500), &ike),
                (Service::Ike, (4500, 4500), &behind_nat),
                (Service::WireGuard, ANY, &padded(&[1], 148, &[9])),
                (Service::OpenVpn, ANY, b"\x38session!\0\0\0\0\0"),
                (Service::NetFlow, ANY, &padded(&[0, 5, 0, 1], 72, &[])),
                (Service::NetFlow, (50_000, 4739), &padded(&[0, 10], 72, &[])),
                (Service::BitTorrent, ANY, b"d1:ad2:id20:abcdefghij0123456789e"),
                (Service::NetbiosDatagram, (138, 138), b"\x11\x02\x12\x34"),
                (Service::EtherNetIp, (50_000, 44818), &padded(&[0x63], 24, &[])),
                (Service::Dnp3, (50_000, 20_000), b"\x05\x64\x05\xc9\x01\0\0\x04"),
                (Service::Rdp, (50_000, 3389), &padded(&[0xff; 4], 1232, &[])),
            ],
        )
        .unwrap();
    }

    #[test]
    fn what_bytes_do_not_tell_is_not_guessed() {
        let rtp = [&b"\x80\x60\x12\x34\0\0\0\x01source"[..], &[7; 160]].concat();
        for bytes in [&b""[..], &rtp, &padded(&[0x23], 48, &[]), &[0; 64], &[0xff; 64], b"hello"] {
            let sent = u32::try_from(bytes.len()).unwrap();
            let told = of_datagram(&Peek { bytes, ports: ANY, sent });
            assert_eq!(told, None, "{}", bytes.escape_ascii());
        }
    }
}
