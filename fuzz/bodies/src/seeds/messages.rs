//! Messages of applications, made by hand.

use super::Seed;

/// A question, and an answer with a record of every type that has a form, names compressed.
pub(super) fn dns() -> Vec<Seed> {
    let question = b"\x03www\x07example\x03com\0\0\x01\0\x01";
    let record = |kind: u16, data: &[u8]| {
        let start = [&b"\xc0\x10"[..], &kind.to_be_bytes(), b"\0\x01\0\0\x0e\x10"].concat();
        [start, (data.len() as u16).to_be_bytes().to_vec(), data.to_vec()].concat()
    };
    let soa = [&b"\x02ns\xc0\x10\x04mail\xc0\x10"[..], &[0; 20]].concat();
    let records = [
        record(1, &[192, 0, 2, 1]),
        record(28, &[0x20; 16]),
        record(5, b"\x03cdn\xc0\x10"),
        record(6, &soa),
        record(15, b"\0\x0a\x02mx\xc0\x10"),
        record(16, b"\x03a=b\0\x01c"),
        record(33, b"\0\x01\0\x02\x13\xc4\x03sip\xc0\x10"),
        record(65, b"\0\x01\0\0\x01\0\x03\x02h2"),
        b"\0\0\x29\x04\xd0\x01\0\x80\0\0\0".to_vec(),
    ];
    let header = |flags: [u8; 2], answers: u8| {
        [0x12, 0x34, flags[0], flags[1], 0, 1, 0, answers, 0, 0, 0, 0]
    };
    let count = records.len() as u8;
    let whole = [&header([0x81, 0x80], count)[..], question, &records.concat()].concat();
    let mut seeds = vec![
        ("question".to_owned(), [&header([1, 0], 0)[..], question].concat()),
        ("every-type".to_owned(), whole),
    ];
    // A name of 255 bytes is the longest there is.
    for (name, last) in [("longest-name", 61), ("too-long-name", 62)] {
        let labels = [63, 63, 63, last].map(|len| [vec![len], vec![b'x'; len.into()]].concat());
        let bytes = [&header([1, 0], 0)[..], &labels.concat(), &[0, 0, 1, 0, 1]].concat();
        seeds.push((name.to_owned(), bytes));
    }
    for (number, record) in records.iter().enumerate() {
        let bytes = [&header([0x81, 0x80], 1)[..], question, record].concat();
        seeds.push((format!("record-{number}"), bytes));
    }
    seeds
}

/// A hello in one record, in two, in a datagram and bare; and a server's.
pub(super) fn tls() -> Vec<Seed> {
    let client = handshake(1, &client_hello());
    let server = handshake(2, &server_hello());
    let (one, other) = client.split_at(50);
    let joined = [record(one), record(other)].concat();
    let alert = [21, 3, 3, 0, 2, 1, 112];
    vec![
        ("client".to_owned(), record(&client)),
        ("client-two-records".to_owned(), joined),
        ("client-crypto".to_owned(), client.clone()),
        ("client-datagram".to_owned(), datagram()),
        ("client-behind-warning".to_owned(), [&alert[..], &record(&client)].concat()),
        ("server".to_owned(), record(&server)),
        ("server-crypto".to_owned(), server.clone()),
        ("server-behind-warning".to_owned(), [&alert[..], &record(&server)].concat()),
    ]
}

/// Headers of every kind. Initial packets that open are beyond chance: their seals would break.
pub(super) fn quic() -> Vec<Seed> {
    let header = |first: u8, version: u32, rest: &[u8]| {
        let ids = [&[8][..], &[7; 8], &[5], &[9; 5]].concat();
        [&[first][..], &version.to_be_bytes(), &ids, rest].concat()
    };
    let initial = [&[2, 1, 2, 0x40, 200][..], &[0x5a; 200]].concat();
    let handshake = [&[0x40, 60][..], &[0xa5; 60]].concat();
    let coalesced = [header(0xc0, 1, &initial), header(0xe0, 1, &handshake)].concat();
    vec![
        ("initial".to_owned(), header(0xc3, 1, &initial)),
        ("initial-v2".to_owned(), header(0xd3, 0x6b33_43cf, &initial)),
        ("initial-draft".to_owned(), header(0xc3, 0xff00_001d, &initial)),
        ("zero-rtt".to_owned(), header(0xd0, 1, &handshake)),
        ("handshake".to_owned(), header(0xe0, 1, &handshake)),
        ("coalesced".to_owned(), coalesced),
        ("retry".to_owned(), header(0xf0, 1, &[3; 40])),
        ("negotiation".to_owned(), header(0x80, 0, &[0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf])),
        ("unknown-version".to_owned(), header(0xc0, 0x1234_5678, &[1; 30])),
    ]
}

/// A ClientHello in CRYPTO frames, whole and in parts, among the other frames of Initial packets.
pub(super) fn quic_frames() -> Vec<Seed> {
    let hello = handshake(1, &client_hello());
    let crypto = |from: usize, to: usize| {
        let part = &hello[from..to];
        let [high, low] = (part.len() as u16 | 0x4000).to_be_bytes();
        [&[6, 0x40, from as u8, high, low], part].concat()
    };
    let end = hello.len();
    let (whole, head, tail) = (crypto(0, end), crypto(0, 70), crypto(70, end));
    let ack = [2, 5, 10, 1, 0, 0, 0];
    let ack_ecn = [3, 5, 10, 0, 0, 1, 2, 3];
    let seeds = [
        ("whole", whole.clone()),
        ("padded", [&whole[..], &[0; 300]].concat()),
        ("in-order", [&head[..], &[1, 0, 0], &tail].concat()),
        ("out-of-order", [&tail[..], &head].concat()),
        ("overlapping", [&head[..], &crypto(30, end)].concat()),
        ("half", head.clone()),
        ("ack", [&ack[..], &ack_ecn, &whole].concat()),
        ("close", [&[0x1c, 10, 6, 3][..], b"why"].concat()),
    ];
    seeds.map(|(name, frames)| (name.to_owned(), frames)).into()
}

pub(super) fn http() -> Vec<Seed> {
    let heads = [
        ("get", "GET /a?b=c HTTP/1.1\r\nHost: example.com\r\nUser-Agent: x/1.0\r\n\r\n"),
        ("post", "POST / HTTP/1.0\r\nContent-Length: 4\r\nHost:example.com:8080\r\n\r\nbody"),
        ("connect", "CONNECT example.com:443 HTTP/1.1\nhost: example.com\n\n"),
        ("cut", "GET /a/long/path"),
        ("odd-fields", "OPTIONS * HTTP/1.1\r\nno colon\r\n: no name\r\nEmpty:\r\n folded\r\n\r\n"),
        ("search", "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"x\"\r\n\r\n"),
        ("ok", "HTTP/1.1 200 OK\r\nServer: y\r\nContent-Type: text/html\r\n\r\n<html>"),
        ("no-reason", "HTTP/1.0 404\r\n\r\n"),
        ("moved", "HTTP/1.1 301 Moved Permanently\r\nLocation: /\r\nContent-Le"),
    ];
    heads.map(|(name, head)| (name.to_owned(), head.as_bytes().to_vec())).into()
}

fn client_hello() -> Vec<u8> {
    let extensions = [
        extension(0, b"\0\x0e\0\0\x0bexample.com"),
        extension(10, b"\0\x06\x1a\x1a\0\x1d\0\x17"),
        extension(11, b"\x01\0"),
        extension(13, b"\0\x04\x04\x03\x08\x04"),
        extension(16, b"\0\x0c\x02h2\x08http/1.1"),
        extension(43, b"\x04\x03\x04\x03\x03"),
        extension(0x2a2a, b""),
    ];
    let suites = b"\0\x06\x3a\x3a\x13\x01\xc0\x2b";
    let start = [&[3, 3][..], &[7; 32], &[2, 9, 9], suites, &[1, 0]].concat();
    [start, vector16(&extensions.concat())].concat()
}

fn server_hello() -> Vec<u8> {
    let extensions = [extension(43, b"\x03\x04"), extension(16, b"\0\x03\x02h2")].concat();
    let start = [&[3, 3][..], &[8; 32], &[2, 9, 9], &[0x13, 0x01, 0]].concat();
    [start, vector16(&extensions)].concat()
}

/// A DTLS 1.2 hello in one fragment, with a cookie.
fn datagram() -> Vec<u8> {
    let body = [&[0xfe, 0xfd][..], &[7; 32], &[0, 3, 1, 2, 3], b"\0\x02\xc0\x2b\x01\0"].concat();
    let len = [0, 0, body.len() as u8];
    let message = [&[1][..], &len, &[0, 0], &[0; 3], &len, &body].concat();
    let start = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1];
    [&start[..], &vector16(&message)].concat()
}

fn record(fragment: &[u8]) -> Vec<u8> {
    [&[22, 3, 1][..], &vector16(fragment)].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 0][..], &vector16(body)].concat()
}

fn extension(kind: u16, data: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &vector16(data)].concat()
}

fn vector16(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat()
}
