//! What the first bytes of a TCP stream's direction tell.

use netsift_packet::dns::Message;
use netsift_packet::http::{Request, Response};

use super::{Peek, Rules, rule};
use crate::application::service::Service;
use crate::application::stream::is_request;

/// The application that the first bytes of a stream's direction show.
pub(in crate::application) fn of_stream(peek: &Peek<'_>) -> Option<Service> {
    RULES.service(peek)
}

static RULES: Rules<37> = Rules::new([
    rule(Service::Tls, &[0x14, 0x15, 0x16, 0x17], |peek| is_tls(peek.bytes)),
    rule(Service::Http, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", |peek| is_http(peek.bytes)),
    rule(Service::Http2, b"P", |peek| peek.bytes.starts_with(b"PRI * HTTP/2.0\r\n")),
    rule(Service::Ssh, b"S", |peek| peek.starts_with_any(&["SSH-2.", "SSH-1."])),
    rule(Service::Smtp, b"2EHh", is_smtp),
    rule(Service::Ftp, b"2", |peek| {
        peek.starts_with_any(&["220 ", "220-"]) && (peek.on(21) || peek.line_has(b"ftp"))
    }),
    rule(Service::Imap, b"*", |peek| {
        peek.starts_with_any(&["* OK ", "* PREAUTH "]) && (peek.on(143) || peek.line_has(b"imap"))
    }),
    rule(Service::Pop3, b"+", |peek| {
        peek.bytes.starts_with(b"+OK") && (peek.on(110) || peek.line_has(b"pop"))
    }),
    rule(Service::Smb, &[0], |peek| {
        matches!(peek.bytes, [0, _, _, _, 0xfd..=0xff, b'S', b'M', b'B', ..])
    }),
    rule(
        Service::NetbiosSession,
        &[0x81],
        |peek| matches!(peek.bytes, [0x81, 0, high, low, 0x20, ..] if peek.is_len(*high, *low, 4)),
    ),
    rule(Service::Rdp, &[3], |peek| {
        matches!(peek.bytes, [3, 0, high, low, len, 0xd0 | 0xe0, 0, 0, ..]
            if peek.is_len(*high, *low, 0) && u32::from(*len) + 5 == peek.sent && peek.on(3389)
                || peek.bytes.get(11..).is_some_and(|rest| rest.starts_with(b"Cookie: mstshash=")))
    }),
    rule(Service::Vnc, b"R", |peek| {
        matches!(peek.bytes, [b'R', b'F', b'B', b' ', b'0', b'0', b'0'..=b'9', b'.', ..])
    }),
    rule(Service::Telnet, &[0xff], |peek| {
        matches!(peek.bytes, [0xff, 0xfb..=0xfe, 0..=49, rest @ ..]
            if rest.is_empty() && peek.on(23) || matches!(rest, [0xff, 0xfa..=0xfe, ..]))
    }),
    rule(Service::BitTorrent, &[19], |peek| peek.bytes.starts_with(b"\x13BitTorrent protocol")),
    rule(Service::Mqtt, &[0x10], |peek| is_mqtt(peek.bytes)),
    rule(Service::Amqp, b"A", |peek| peek.bytes.starts_with(b"AMQP")),
    rule(Service::Xmpp, b"<", |peek| {
        peek.bytes.starts_with(b"<") && peek.line_has(b"<stream:stream")
    }),
    rule(Service::Sip, b"ABCIMNOPRSU", is_sip),
    rule(Service::Rtsp, b"ADOPRST", |peek| {
        peek.bytes.starts_with(b"RTSP/1.") || peek.line_has(b" rtsp://") && peek.line_has(b"RTSP/")
    }),
    rule(Service::Stun, &[0, 1], super::datagrams::is_stun),
    rule(Service::Dns, &[], is_dns),
    rule(Service::Ldap, &[0x30], |peek| is_ldap(peek.bytes)),
    rule(Service::Bgp, &[0xff], |peek| {
        peek.bytes.starts_with(&[0xff; 16]) && matches!(peek.bytes.get(18), Some(1..=5))
    }),
    rule(Service::Socks, &[4, 5], is_socks),
    rule(Service::Rsync, b"@", |peek| peek.bytes.starts_with(b"@RSYNCD: ")),
    rule(
        Service::Git,
        b"0",
        |peek| matches!(peek.bytes, [b'0', b'0', _, _, rest @ ..] if rest.starts_with(b"git-")),
    ),
    rule(Service::PostgreSql, &[0], |peek| {
        matches!(peek.bytes, [0, 0, high, low, rest @ ..] if peek.is_len(*high, *low, 0)
            && (rest.starts_with(&[0, 3, 0, 0]) || rest == [0x04, 0xd2, 0x16, 0x2f]))
    }),
    rule(Service::MySql, &[], |peek| {
        matches!(peek.bytes, [low, high, 0, 0, 10, b'3'..=b'9' | b'1', rest @ ..]
            if peek.is_len(*high, *low, 4) && rest.first().is_some_and(|&byte| byte == b'.' || byte.is_ascii_digit()))
    }),
    rule(
        Service::Tds,
        &[0x12],
        |peek| matches!(peek.bytes, [0x12, 1, high, low, 0, 0, _, 0, 0, 0, ..] if peek.is_len(*high, *low, 0)),
    ),
    rule(Service::MongoDb, &[], is_mongo),
    rule(Service::Redis, b"*", |peek| {
        matches!(peek.bytes, [b'*', b'1'..=b'9', b'\r', b'\n', b'$', b'0'..=b'9', ..])
    }),
    rule(Service::Bitcoin, &[0xf9], |peek| peek.bytes.starts_with(&[0xf9, 0xbe, 0xb4, 0xd9])),
    rule(Service::Modbus, &[], |peek| {
        matches!(peek.bytes, [_, _, 0, 0, high, low, _, function, ..]
            if peek.is_len(*high, *low, 6) && matches!(function & 0x7f, 1..=43) && peek.on(502))
    }),
    rule(
        Service::Dnp3,
        &[5],
        |peek| matches!(peek.bytes, [5, 0x64, 5..=0xff, _, ..] if peek.on(20000) || peek.on(19999)),
    ),
    rule(
        Service::Iec104,
        &[0x68],
        |peek| matches!(peek.bytes, [0x68, 4..=0xfd, ..] if peek.on(2404)),
    ),
    rule(Service::OpcUa, b"HAO", |peek| {
        peek.starts_with_any(&["HELF", "ACKF", "OPNF"]) && peek.bytes.get(6..8) == Some(&[0, 0])
    }),
    rule(Service::EtherNetIp, &[0x65], |peek| {
        peek.sent == 28 && peek.bytes.starts_with(&[0x65, 0, 4, 0, 0, 0, 0, 0])
    }),
]);

/// A record of SSL 3.0 to TLS 1.3.
pub(in crate::application) fn is_tls(bytes: &[u8]) -> bool {
    /// What encryption may add to a record's 16 KiB (RFC 5246, section 6.2.3).
    const LONGEST: u16 = (1 << 14) + 2048;
    matches!(bytes, [0x14..=0x17, 3, 0..=4, high, low, ..]
        if (1..=LONGEST).contains(&u16::from_be_bytes([*high, *low])))
}

/// A request or a response. What does not begin like one is not searched for the end of its first line.
pub(super) fn is_http(bytes: &[u8]) -> bool {
    is_request(bytes) && Request::parse(bytes).is_ok()
        || bytes.starts_with(b"HTTP/") && Response::parse(bytes).is_ok()
}

fn is_smtp(peek: &Peek<'_>) -> bool {
    let is_mail = peek.on(25) || peek.on(587);
    peek.starts_with_any(&["220 ", "220-"]) && (is_mail || peek.line_has(b"smtp"))
        || peek.starts_with_any(&["EHLO ", "HELO ", "ehlo ", "helo "])
}

pub(super) fn is_sip(peek: &Peek<'_>) -> bool {
    peek.bytes.starts_with(b"SIP/2.0 ") || peek.line_has(b" sip:") && peek.line_has(b" SIP/2.0")
}

/// CONNECT with its length, and the protocol's name.
fn is_mqtt(bytes: &[u8]) -> bool {
    let length = bytes.iter().skip(1).take(4).position(|byte| byte & 0x80 == 0);
    let name = length.and_then(|at| bytes.get(at + 2..)).unwrap_or_default();
    name.starts_with(b"\0\x04MQTT") || name.starts_with(b"\0\x06MQIsdp")
}

/// A message behind its length, on DNS's port or alone in the segment.
fn is_dns(peek: &Peek<'_>) -> bool {
    let [high, low, message @ ..] = peek.bytes else { return false };
    (peek.on(53) || peek.is_len(*high, *low, 2))
        && Message::parse(message).is_ok_and(|message| super::datagrams::is_sensible(&message))
}

/// A message with a number, and a request to bind or its answer.
fn is_ldap(bytes: &[u8]) -> bool {
    let message = match bytes {
        [0x30, 0..=0x7f, message @ ..] | [0x30, 0x84, _, _, _, _, message @ ..] => message,
        _ => return false,
    };
    matches!(message, [2, 1, 1..=0x7f, 0x60 | 0x61, ..])
}

/// The greeting of version 5 with all its methods, or a request of version 4.
fn is_socks(peek: &Peek<'_>) -> bool {
    match peek.bytes {
        [5, count @ 1..=4, methods @ ..] => {
            methods.len() == usize::from(*count)
                && methods.iter().all(|&method| method <= 2)
                && peek.on(1080)
        }
        [4, 1 | 2, _, _, _, _, _, _, .., 0] => peek.on(1080),
        _ => false,
    }
}

/// Little-endian: length, two numbers, and an operation that is spoken.
fn is_mongo(peek: &Peek<'_>) -> bool {
    let Some((&[l0, l1, l2, l3, _, _, _, _, _, _, _, _, o0, o1, 0, 0], _)) =
        peek.bytes.split_first_chunk()
    else {
        return false;
    };
    u32::from_le_bytes([l0, l1, l2, l3]) == peek.sent
        && matches!(u16::from_le_bytes([o0, o1]), 1 | 2004 | 2013)
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;

    const ANY: (u16, u16) = (50_000, 40_000);

    #[test]
    fn every_stream_is_told_by_its_first_bytes() {
        check(
            &RULES,
            &[
                (Service::Tls, ANY, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc"),
                (Service::Tls, ANY, b"\x17\x03\x03\x00\x20random"),
                (Service::Http, ANY, b"GET / HTTP/1.1\r\n\r\n"),
                (Service::Http, ANY, b"HTTP/1.0 200 OK\r\n\r\n"),
                (Service::Http2, ANY, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
                (Service::Ssh, ANY, b"SSH-2.0-OpenSSH_9.6\r\n"),
                (Service::Smtp, ANY, b"220 mx.example.com ESMTP ready\r\n"),
                (Service::Smtp, (25, 50_000), b"220 mx.example.com ready\r\n"),
                (Service::Smtp, ANY, b"EHLO client\r\n"),
                (Service::Ftp, (21, 50_000), b"220 ready\r\n"),
                (Service::Ftp, ANY, b"220 (vsFTPd 3.0.5)\r\n"),
                (Service::Imap, (143, 50_000), b"* OK ready\r\n"),
                (Service::Pop3, (110, 50_000), b"+OK ready\r\n"),
                (Service::Smb, ANY, b"\0\0\0\x54\xfeSMB@\0"),
                (Service::NetbiosSession, ANY, b"\x81\0\0\x05\x20CKFD"),
                (
                    Service::Rdp,
                    (50_000, 3389),
                    b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0",
                ),
                (Service::Rdp, ANY, b"\x03\0\0\x2c\x27\xe0\0\0\0\0\0Cookie: mstshash=user\r\n"),
                (Service::Vnc, ANY, b"RFB 003.008\n"),
                (Service::Telnet, (23, 50_000), b"\xff\xfd\x18"),
                (Service::Telnet, ANY, b"\xff\xfd\x18\xff\xfd\x20"),
                (Service::BitTorrent, ANY, b"\x13BitTorrent protocol\0\0"),
                (Service::Mqtt, ANY, b"\x10\x23\0\x04MQTT\x04\x02"),
                (Service::Mqtt, ANY, b"\x10\x80\x01\0\x06MQIsdp\x03\x02"),
                (Service::Amqp, ANY, b"AMQP\0\0\x09\x01"),
                (
                    Service::Xmpp,
                    ANY,
                    b"<?xml version='1.0'?><stream:stream to='example.com' xmlns='jabber:client'>",
                ),
                (Service::Sip, ANY, b"INVITE sip:bob@example.com SIP/2.0\r\n"),
                (Service::Sip, ANY, b"SIP/2.0 200 OK\r\n"),
                (Service::Rtsp, ANY, b"DESCRIBE rtsp://example.com/a RTSP/1.0\r\n"),
                (Service::Stun, ANY, b"\0\x01\0\0\x21\x12\xa4\x42transaction!"),
                (
                    Service::Dns,
                    (50_000, 53),
                    b"\0\x1d\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01",
                ),
                (Service::Ldap, ANY, b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0"),
                (Service::Bgp, ANY, &[&[0xff; 16][..], &[0, 29, 1, 4]].concat()),
                (Service::Socks, (50_000, 1080), b"\x05\x02\0\x01"),
                (Service::Socks, (50_000, 1080), b"\x04\x01\0\x50\x01\x02\x03\x04user\0"),
                (Service::Rsync, ANY, b"@RSYNCD: 31.0\n"),
                (Service::Git, ANY, b"0032git-upload-pack /project.git\0"),
                (Service::PostgreSql, ANY, b"\0\0\0\x08\x04\xd2\x16\x2f"),
                (Service::PostgreSql, ANY, b"\0\0\0\x0d\0\x03\0\0user\0"),
                (Service::MySql, ANY, b"\x09\0\0\0\x0a8.0.36\0\x01"),
                (Service::Tds, ANY, b"\x12\x01\0\x0c\0\0\0\0\0\0\x1a\0"),
                (Service::MongoDb, ANY, b"\x14\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0"),
                (Service::Redis, ANY, b"*1\r\n$4\r\nPING\r\n"),
                (Service::Bitcoin, ANY, b"\xf9\xbe\xb4\xd9version\0"),
                (Service::Modbus, (50_000, 502), b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x0a"),
                (Service::Dnp3, (50_000, 20_000), b"\x05\x64\x05\xc9\x01\0\0\x04"),
                (Service::Iec104, (50_000, 2404), b"\x68\x04\x07\0\0\0"),
                (Service::OpcUa, ANY, b"HELF\x20\0\0\0\0\0\0\0"),
                (
                    Service::EtherNetIp,
                    ANY,
                    b"\x65\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0",
                ),
            ],
        )
        .unwrap();
    }

    #[test]
    fn what_bytes_do_not_tell_is_not_guessed() {
        for bytes in [
            &b""[..],
            b"USER anonymous\r\n",
            b"220 ready\r\n",
            b"* OK ready\r\n",
            b"+OK\r\n",
            b"random words",
            b"\x05\x01\0",
            b"\0\x01\0\0\0\x06\x01\x03\0\0\0\x0a",
            &[0xff; 64],
            &[0; 64],
        ] {
            let sent = u32::try_from(bytes.len()).unwrap();
            assert_eq!(
                of_stream(&Peek { bytes, ports: ANY, sent }),
                None,
                "{}",
                bytes.escape_ascii()
            );
        }
    }
}
