//! The laws of the readers of TLS hellos.

use netsift_packet::tls::{
    ClientHello, Codes, Extensions, Ja3, Ja3s, Ja4, Ja4s, MAX_HELLO, ServerHello,
};
use netsift_packet::{ParseError, Text};

use crate::parts::{error_is_inside, lies_in};

/// The start of a TCP stream, a datagram, or what QUIC's CRYPTO frames carried.
pub(crate) fn body(input: &[u8]) {
    for parse in [ClientHello::parse, ClientHello::parse_datagram, ClientHello::parse_crypto] {
        match parse(input) {
            Ok(hello) => client_hello_holds(&hello, input),
            Err(error) => error_is_inside(error, input.len()),
        }
    }
    for parse in [ServerHello::parse, ServerHello::parse_datagram, ServerHello::parse_crypto] {
        match parse(input) {
            Ok(hello) => server_hello_holds(&hello, input),
            Err(error) => error_is_inside(error, input.len()),
        }
    }
    joining_changes_nothing(input);
    what_lies_behind_a_hello_changes_nothing(input);
}

fn client_hello_holds(hello: &ClientHello<'_>, input: &[u8]) {
    for part in [hello.random, hello.session_id, hello.compression, hello.point_formats()] {
        assert!(lies_in(part, input), "a part of the hello outside its bytes");
    }
    extensions_are_inside(hello.extensions, input);
    hello.error.into_iter().for_each(|error| error_is_inside(error, input.len()));
    let texts = hello.server_name().into_iter().chain(hello.alpn());
    texts.for_each(|text| text_is_inside(text, input));
    let lists = [hello.cipher_suites, hello.supported_versions(), hello.supported_groups()];
    lists.into_iter().chain([hello.signature_algorithms()]).for_each(|codes| count(codes, input));
    client_fingerprints_hold(hello);
}

fn client_fingerprints_hold(hello: &ClientHello<'_>) {
    let mut text = String::new();
    assert!(Ja3::write_text(hello, &mut text).is_ok(), "a string takes what is written");
    assert_eq!(text.split(',').count(), 5, "JA3 has five lists: {text}");
    assert_eq!(Ja3::of(hello), Ja3::of(hello));
    if let Some(ja4) = Ja4::of(hello) {
        assert!(ja4.as_str().len() == 36 && ja4.as_str().is_ascii(), "{}", ja4.as_str());
    }
}

fn server_hello_holds(hello: &ServerHello<'_>, input: &[u8]) {
    for part in [&hello.random[..], hello.session_id] {
        assert!(lies_in(part, input), "a part of the hello outside its bytes");
    }
    extensions_are_inside(hello.extensions, input);
    hello.error.into_iter().for_each(|error| error_is_inside(error, input.len()));
    hello.alpn().into_iter().for_each(|text| text_is_inside(text, input));
    let mut text = String::new();
    assert!(Ja3s::write_text(hello, &mut text).is_ok(), "a string takes what is written");
    assert_eq!(text.split(',').count(), 3, "JA3S has three lists: {text}");
    assert_eq!(Ja3s::of(hello), Ja3s::of(hello));
    if let Some(ja4) = Ja4s::of(hello) {
        assert!(ja4.as_str().len() == 25 && ja4.as_str().is_ascii(), "{}", ja4.as_str());
    }
}

fn extensions_are_inside(extensions: Extensions<'_>, input: &[u8]) {
    let mut used = 0;
    for extension in extensions {
        assert!(lies_in(extension.data, input), "an extension outside its bytes");
        used += 4 + extension.data.len();
        assert!(extensions.find(extension.kind).is_some(), "an extension not found");
    }
    assert!(used <= input.len(), "more extensions than bytes");
}

fn text_is_inside(text: Text<'_>, input: &[u8]) {
    assert!(lies_in(text.as_bytes(), input), "a text outside its bytes");
    assert!(
        text.to_string().bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{text:?} in print"
    );
}

fn count(codes: Codes<'_>, input: &[u8]) {
    let len = codes.len();
    assert!(len * 2 <= input.len() && codes.count() == len, "a list of {len} codes");
}

/// Fragments are joined only where one record does not hold the hello.
fn joining_changes_nothing(input: &[u8]) {
    let mut scratch = [0; MAX_HELLO];
    let joined = ClientHello::parse_joining(input, &mut scratch);
    match (ClientHello::parse(input), joined) {
        (Ok(plain), joined) => assert_eq!(joined, Ok(plain), "joined where nothing is to join"),
        (Err(_), Ok(joined)) => {
            assert!(joined.extensions.count() * 4 <= input.len(), "more joined than was there");
        }
        (Err(_), Err(error)) => error_is_inside(error, input.len()),
    }
}

/// A hello ends where it says: bytes behind it are nothing to it, and of a cut one nothing is told.
fn what_lies_behind_a_hello_changes_nothing(input: &[u8]) {
    let longer = [input, b"\x16\x03\x01 and more of the stream"].concat();
    for parse in [ClientHello::parse, ClientHello::parse_crypto] {
        let Ok(hello) = parse(input) else { continue };
        assert_eq!(parse(&longer), Ok(hello), "bytes behind the hello change it");
        let cut = usize::from(*input.last().unwrap_or(&0)) * input.len() / 256;
        match parse(input.get(..cut).unwrap_or_default()) {
            Ok(short) => assert_eq!(short, hello, "cut at {cut}: another hello"),
            Err(error) => {
                let truncated = matches!(error, ParseError::Truncated { .. });
                assert!(truncated, "cut at {cut}: {error}");
            }
        }
    }
}
