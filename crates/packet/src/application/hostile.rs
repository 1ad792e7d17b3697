//! The longest that 64 KiB of malice keep each reader busy.

use std::time::{Duration, Instant};

use super::vectors::records;
use crate::ParseError;
use crate::dns::{MAX_RECORDS, Message};
use crate::http::{MAX_FIELDS, Request, Response};
use crate::tls::{ClientHello, ClientHelloStart, MAX_HELLO};

const SIZE: usize = u16::MAX as usize;

/// What a reader may take for one input in a build without optimization. Each takes a few
/// milliseconds; one whose work grows with the square of its input takes seconds.
const LONGEST: Duration = Duration::from_millis(500);

/// Runs a reader, prints what it took and fails if that is too long. The best of three runs counts, so
/// that a busy machine fails nothing.
fn within_bounds<T>(name: &str, mut read: impl FnMut() -> T) -> T {
    let run = |_| {
        let start = Instant::now();
        let answer = read();
        (start.elapsed(), answer)
    };
    let [first, second, (last, answer)] = [(); 3].map(run);
    let best = first.0.min(second.0).min(last);
    println!("{name}: {best:?}");
    assert!(best < LONGEST, "{name} took {best:?}");
    answer
}

/// A DNS message with a name of 32 pointers and as many labels as fit, and nothing but records with
/// that name.
fn pointer_chains() -> Vec<u8> {
    let mut message = b"\0\x01\x80\0\0\0\xff\xff\xff\xff\xff\xff".to_vec();
    message.extend(b"\0\0\x0a\0\x01\0\0\0\0\0\0");
    let data_len_at = message.len() - 2;
    // Each link is seven bytes of labels and a pointer to the link before.
    let mut target = message.len();
    message.extend(b"\x01a\0");
    for _ in 0..31 {
        let link = message.len();
        let [high, low] = u16::try_from(0xc000 | target).unwrap().to_be_bytes();
        message.extend([1, b'a', 1, b'b', 1, b'c', high, low]);
        target = link;
    }
    let data_len = u16::try_from(message.len() - data_len_at - 2).unwrap();
    message[data_len_at..][..2].copy_from_slice(&data_len.to_be_bytes());
    let [high, low] = u16::try_from(0xc000 | target).unwrap().to_be_bytes();
    while message.len() + 14 <= SIZE {
        // An alias to the same name.
        message.extend([high, low, 0, 5, 0, 1, 0, 0, 0, 0, 0, 2, high, low]);
    }
    message
}

/// A hello with this list of cipher suites and these extensions.
fn hello(suites: usize, extensions: &[u8]) -> Vec<u8> {
    let vector = |bytes: &[u8]| {
        let [high, low] = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        [&[high, low], bytes].concat()
    };
    let suites = vector(&[0x13, 0x01].repeat(suites));
    let body = [&[3, 3][..], &[0; 33], &suites, &[1, 0], &vector(extensions)].concat();
    let [_, a, b, c] = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[1, a, b, c][..], &body].concat()
}

fn datagram(message: &[u8]) -> Vec<u8> {
    let len = &message[1..4];
    // The body of DTLS has a cookie behind the session.
    let (start, rest) = message[4..].split_at(35);
    let body = [start, &[0], rest].concat();
    let len = u32::from_be_bytes([0, len[0], len[1], len[2]]) + 1;
    let [_, a, b, c] = len.to_be_bytes();
    let fragment = [&[1, a, b, c, 0, 0, 0, 0, 0, a, b, c][..], &body].concat();
    let [high, low] = u16::try_from(fragment.len()).unwrap().to_be_bytes();
    [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, high, low][..], &fragment].concat()
}

fn facts_of(hello: &ClientHello<'_>) -> usize {
    #[cfg(feature = "fingerprints")]
    let _ = (crate::tls::Ja3::of(hello), crate::tls::Ja4::of(hello));
    let _ = (hello.server_name(), hello.offered_version(), hello.point_formats());
    hello.extensions.count() + hello.alpn().count() + hello.signature_algorithms().count()
}

#[test]
fn chains_of_pointers_in_dns_are_walked_in_time() {
    let message = pointer_chains();
    let read = within_bounds("DNS pointers", || {
        let message = Message::parse(&message).unwrap();
        let data = |record: crate::dns::Record<'_>| record.data().map(|data| format!("{data:?}"));
        let records =
            message.records().filter(|record| record.as_ref().is_ok_and(|&r| data(r).is_ok()));
        (records.count(), message.response_code())
    });
    assert_eq!(read.0, MAX_RECORDS);
}

#[test]
fn long_lists_in_hellos_are_walked_in_time() {
    let empty = [0, 99, 0, 0].repeat(MAX_HELLO / 4 - 20);
    let message = hello(2, &empty);
    let stream = records(&message, 1);
    let count = within_bounds("TLS extensions in records of a byte", || {
        facts_of(&ClientHello::parse_joining(&stream, &mut [0; MAX_HELLO]).unwrap())
    });
    assert_eq!(count, empty.len() / 4);
    let message = datagram(&hello(2, &[0, 99, 0, 0].repeat(16_000)));
    let count = within_bounds("DTLS extensions", || {
        facts_of(&ClientHello::parse_datagram(&message).unwrap())
    });
    assert_eq!(count, 16_000);
    let message = datagram(&hello(30_000, &[]));
    let count =
        within_bounds("DTLS suites", || facts_of(&ClientHello::parse_datagram(&message).unwrap()));
    assert_eq!(count, 0);
    let mut names = vec![0, 0, 0xe0, 0x02, 0xe0, 0];
    names.extend([1, 0, 0].repeat(0xe000 / 3));
    names.resize(0xe000 + 6, 0);
    let message = datagram(&hello(2, &names));
    within_bounds("DTLS names", || facts_of(&ClientHello::parse_datagram(&message).unwrap()));
    let message = hello(2, &[0, 99, 0, 0].repeat(16_000));
    let start = within_bounds("TLS start", || ClientHelloStart::parse_crypto(&message).is_ok());
    assert!(!start, "a hello of more than MAX_HELLO is none");
}

#[test]
fn warnings_and_empty_records_come_to_an_end() {
    let warnings = [0x15, 3, 1, 0, 2, 1, 112].repeat(SIZE / 7);
    let records = [22, 3, 1, 0, 1, 1].repeat(SIZE / 6);
    for stream in [warnings, records] {
        let read = within_bounds("TLS records", || {
            ClientHello::parse_joining(&stream, &mut [0; MAX_HELLO]).map(|hello| facts_of(&hello))
        });
        assert!(matches!(read, Err(ParseError::Invalid { .. })), "{read:?}");
    }
}

#[test]
fn heads_without_an_end_are_given_up() {
    let line = |start: &str, fill: &[u8]| {
        let mut bytes = start.as_bytes().to_vec();
        bytes.extend(fill.repeat(SIZE / fill.len()));
        bytes
    };
    for (start, fill) in [
        ("GET /", &b"a"[..]),
        ("GET /", b" "),
        ("GET / HTTP/1.1\r\n", b"a"),
        ("GET / HTTP/1.1\r\n", b":\n"),
        ("GET / HTTP/1.1\r\n", b"\r"),
        ("HTTP/1.1 200 ", b"a"),
        ("HTTP/1.1 200 OK\r\n", b"a:b\n"),
    ] {
        let bytes = line(start, fill);
        let fields = within_bounds("HTTP head", || {
            let request = Request::parse(&bytes).map(|request| {
                let _ = (request.host(), request.user_agent());
                request.head.fields().count()
            });
            let response = Response::parse(&bytes).map(|response| response.head.fields().count());
            request.or(response).unwrap_or_default()
        });
        assert!(fields <= MAX_FIELDS);
    }
}

#[cfg(feature = "quic")]
#[test]
fn datagrams_of_many_packets_and_frames_are_opened_in_time() {
    use crate::quic::{InitialAssembler, LongHeader, MAX_PACKET};

    let small = super::quic::seal(b"id", 0, &[1; 20]);
    let coalesced = small.repeat(SIZE / small.len());
    within_bounds("QUIC packets", || InitialAssembler::new().push(&coalesced).is_ok());
    let empty_frames = super::quic::seal(b"id", 0, &[6, 0, 0].repeat((MAX_PACKET - 40) / 3));
    within_bounds("QUIC frames", || InitialAssembler::new().push(&empty_frames).is_ok());
    let mut versions = vec![0x80, 0, 0, 0, 0, 0, 0];
    versions.resize(SIZE, 1);
    let count =
        within_bounds("QUIC versions", || LongHeader::parse(&versions).unwrap().versions().count());
    assert_eq!(count, (SIZE - 7) / 4);
}
