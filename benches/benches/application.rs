//! Reading what payloads say: the packets that RFCs print, an everyday answer and an everyday request.

#![allow(missing_docs, clippy::unwrap_used)] // criterion's macros; a wrong answer ends the bench

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use netsift_flow::{Application, Dns, Http, Record, Tls, Wanted};
use netsift_packet::community_id::{CommunityId, Tuple};
use netsift_packet::dns::{Message, RecordData};
use netsift_packet::http::Request;
use netsift_packet::quic::{InitialAssembler, InitialKeys, LongHeader, MAX_PACKET, Side};
use netsift_packet::tls::{ClientHello, Ja3, Ja4};
use netsift_packet::{Protocol, Timestamp};

/// The client's Initial packet of RFC 9001, appendix A.2, and the ClientHello inside.
const INITIAL: &str = include_str!("../../crates/packet/src/application/vectors/rfc9001-a2.hex");
const HELLO: &str =
    include_str!("../../crates/packet/src/application/vectors/rfc9001-client-hello.hex");

/// The ServerHello of RFC 9001, appendix A.3.
const SERVER_HELLO: &str =
    include_str!("../../crates/packet/src/application/vectors/rfc9001-server-hello.hex");

/// The question to [`ANSWER`].
const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\
    \x03www\x07example\x03com\0\0\x01\0\x01";

/// An answer with an alias and two addresses.
const ANSWER: &[u8] = b"\x12\x34\x81\x80\0\x01\0\x03\0\0\0\0\
    \x03www\x07example\x03com\0\0\x01\0\x01\
    \xc0\x0c\0\x05\0\x01\0\0\x01\x2c\0\x06\x03web\xc0\x10\
    \xc0\x2d\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01\
    \xc0\x2d\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x02";

const AGENT: &[u8] = b"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

const REQUEST: &[u8] = b"GET /index.html?page=2 HTTP/1.1\r\nHost: www.example.com\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate\r\n\
    Connection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\n\r\n";

/// The Community ID that its makers print for [`tuple`].
const COMMUNITY_ID: &str = "1:LQU9qZlK+B5F3KDmev6m5PMibrg=";

fn application(c: &mut Criterion) {
    let (initial, hello) = (unhex(INITIAL), unhex(HELLO));
    let parsed = ClientHello::parse_crypto(&hello).unwrap();
    let tuple = tuple();
    assert_eq!(aliases_and_addresses(ANSWER), (1, 2));
    case(c, "dns", || aliases_and_addresses(black_box(ANSWER)));
    assert_eq!(name_and_protocol(&hello), Some((b"example.com".as_slice(), b"alpn".as_slice())));
    case(c, "client-hello", || name_and_protocol(black_box(&hello)));
    assert_eq!(Ja3::of(&parsed).to_string(), "41bc9ae914d6cb3bd0bd0a5453ab7d7f");
    case(c, "ja3", || Ja3::of(black_box(&parsed)));
    // The sums as `sha256sum` has them.
    assert_eq!(Ja4::of(&parsed).unwrap().as_str(), "q13d0211an_62ed6f6ca7ad_4d634acda6c0");
    case(c, "ja4", || Ja4::of(black_box(&parsed)));
    assert_eq!(host_and_agent(REQUEST), Some((b"www.example.com".as_slice(), AGENT)));
    case(c, "http-request", || host_and_agent(black_box(REQUEST)));
    assert_eq!(CommunityId::of(&tuple, 0).to_string(), COMMUNITY_ID);
    case(c, "community-id", || CommunityId::of(black_box(&tuple), 0));
    assert_eq!(opened_len(&initial), Some(1162));
    case(c, "quic-open", || opened_len(black_box(&initial)));
    assert!(holds_hello(&initial));
    case(c, "quic-hello", || holds_hello(black_box(&initial)));
    flows(c, &hello, &initial);
}

/// What flows say, each from its first packet until nothing more can come, with memory for it taken and given.
fn flows(c: &mut Criterion, hello: &[u8], initial: &[u8]) {
    let server = unhex(SERVER_HELLO);
    let (client, server) = (in_record(hello), in_record(&server));
    let [tcp, udp] = [Protocol::TCP, Protocol::UDP];
    let tls = || flow(tcp, 443, &[black_box(&client), black_box(&server)]);
    assert_eq!(tls().tls().and_then(Tls::ja4), Some("t13d0211an_62ed6f6ca7ad_4d634acda6c0"));
    case(c, "flow-tls", tls);
    let quic = || flow(udp, 443, &[black_box(initial)]);
    assert_eq!(quic().tls().and_then(Tls::server_name), Some("example.com"));
    case(c, "flow-quic", quic);
    let dns = || flow(udp, 53, &[black_box(QUERY), black_box(ANSWER)]);
    assert_eq!(dns().dns().and_then(Dns::name), Some("www.example.com"));
    case(c, "flow-dns", dns);
    let http = || flow(tcp, 80, &[black_box(REQUEST), black_box(b"HTTP/1.1 200 OK\r\n\r\n")]);
    assert_eq!(http().http().and_then(Http::status), Some(200));
    case(c, "flow-http", http);
    // A hundred packets of which nothing can be told.
    let noise = [&[0x5a; 1400][..]; 100];
    assert_eq!(flow(tcp, 9999, &noise).name(), None);
    case(c, "flow-of-100-unknown", || flow(tcp, 9999, black_box(&noise)));
}

/// What packets to and fro say.
fn flow(protocol: Protocol, port: u16, payloads: &[&[u8]]) -> Application {
    let mut application = Application::default();
    let (client, server) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
    for (number, payload) in payloads.iter().enumerate() {
        let mut record = Record::new(Timestamp::EPOCH, client, server, protocol);
        (record.src_port, record.dst_port) = (50_000, port);
        (record.payload, record.payload_len) = (payload, payload.len() as u32);
        if application.wants_more() {
            application.observe(&record, number % 2 == 0, Wanted::ALL);
        }
    }
    application
}

fn in_record(message: &[u8]) -> Vec<u8> {
    let [high, low] = (message.len() as u16).to_be_bytes();
    [&[22, 3, 1, high, low], message].concat()
}

fn case<T>(c: &mut Criterion, name: &str, mut read: impl FnMut() -> T) {
    let mut group = c.benchmark_group(format!("application/{name}"));
    group.throughput(Throughput::Elements(1));
    group.bench_function("netsift", |b| b.iter(&mut read));
    group.finish();
}

fn aliases_and_addresses(bytes: &[u8]) -> (usize, usize) {
    let message = Message::parse(bytes).unwrap();
    message.answers().fold((0, 0), |(aliases, addresses), record| match record.unwrap().data() {
        Ok(RecordData::Cname(_)) => (aliases + 1, addresses),
        Ok(RecordData::A(_)) => (aliases, addresses + 1),
        _ => (aliases, addresses),
    })
}

fn name_and_protocol(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let hello = ClientHello::parse_crypto(bytes).ok()?;
    Some((hello.server_name()?.as_bytes(), hello.alpn().next()?.as_bytes()))
}

fn host_and_agent(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let request = Request::parse(bytes).ok()?;
    Some((request.host()?.as_bytes(), request.user_agent()?.as_bytes()))
}

fn tuple() -> Tuple {
    Tuple {
        source: [128, 232, 110, 120].into(),
        destination: [66, 35, 250, 204].into(),
        protocol: Protocol::TCP,
        ports: Some((34855, 80)),
    }
}

/// Keys derived and a packet decrypted: how long its frames are.
fn opened_len(datagram: &[u8]) -> Option<usize> {
    let header = LongHeader::parse(datagram).ok()?;
    let keys = InitialKeys::of(header.version, header.destination, Side::Client)?;
    Some(keys.open(&header, &mut [0; MAX_PACKET]).ok()?.len())
}

/// A packet opened and the hello inside put together.
fn holds_hello(datagram: &[u8]) -> bool {
    InitialAssembler::new().push(datagram).unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

criterion_group!(benches, application);
criterion_main!(benches);
