//! What a message says as one line, in the order of the fields that tshark is asked for.

use netsift_packet::Text;
use netsift_packet::dns::{Message, Name, RecordData};
use netsift_packet::http::{Request, Response};
use netsift_packet::quic::{self, LongHeader, PacketKind};
use netsift_packet::tls::{ClientHello, Codes, Extensions, Ja3, Ja3s, Protocols, ServerHello};

use super::flows;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    CommunityId,
    Dns,
    Dtls,
    Http,
    QuicHeader,
    QuicHello,
    Tls,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::CommunityId => "Community ID",
            Self::Dns => "DNS",
            Self::Dtls => "DTLS hello",
            Self::Http => "HTTP",
            Self::QuicHeader => "QUIC header",
            Self::QuicHello => "QUIC hello",
            Self::Tls => "TLS hello",
        }
    }
}

pub(super) fn dns(message: &Message<'_>) -> String {
    let questions: Vec<_> = message.questions().map_while(Result::ok).collect();
    let names = questions.iter().map(|question| name(&question.name));
    let kinds = questions.iter().map(|question| question.kind.0.to_string());
    let (mut a, mut aaaa, mut cname) = (Vec::new(), Vec::new(), Vec::new());
    for record in message.records().map_while(Result::ok) {
        match record.data() {
            Ok(RecordData::A(address)) => a.push(address.to_string()),
            Ok(RecordData::Aaaa(address)) => aaaa.push(address.to_string()),
            Ok(RecordData::Cname(target)) => cname.push(name(&target)),
            _ => {}
        }
    }
    let header = message.header;
    let rcode = if header.is_response() { header.rcode().to_string() } else { String::new() };
    format!(
        "{:#06x}|{}|{}|{}|{rcode}|{}|{}|{}|{}",
        header.id,
        u8::from(header.is_response()),
        joined(names),
        joined(kinds),
        header.answers,
        a.join(","),
        aaaa.join(","),
        cname.join(","),
    )
}

pub(super) fn request(request: &Request<'_>) -> String {
    let text = |text: Option<Text<'_>>| text.map(visible).unwrap_or_default();
    let (method, target) = (visible(request.method), visible(request.target));
    format!("{method}|{target}|{}|{}|", text(request.host()), text(request.user_agent()))
}

pub(super) fn response(response: &Response<'_>) -> String {
    format!("||||{}", response.status)
}

pub(super) fn client_hello(hello: &ClientHello<'_>) -> String {
    format!(
        "1|{:#06x}|{}|{}|{}|{}|{}|{}|",
        hello.version.0,
        codes(hello.cipher_suites),
        kinds(hello.extensions),
        hello.server_name().map(visible).unwrap_or_default(),
        protocols(hello.alpn()),
        codes(hello.supported_versions()),
        Ja3::of(hello),
    )
}

pub(super) fn server_hello(hello: &ServerHello<'_>) -> String {
    let chosen = hello.chosen_version();
    let is_in_extension = hello.extensions.clone().any(|extension| extension.kind == 43);
    format!(
        "2|{:#06x}|{:#06x}|{}||{}|{}||{}",
        hello.version.0,
        hello.cipher_suite,
        kinds(hello.extensions),
        hello.alpn().map(visible).unwrap_or_default(),
        if is_in_extension { format!("{:#06x}", chosen.0) } else { String::new() },
        Ja3s::of(hello),
    )
}

/// The long headers that a datagram starts with, and what they show in the open. Of versions that are
/// not read only what stands in the headers of all.
pub(super) fn long_headers(datagram: &[u8]) -> Option<String> {
    let (mut versions, mut destinations, mut sources) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kinds, mut tokens, mut offered) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = datagram;
    while let Ok(header) = LongHeader::parse(rest) {
        versions.push(format!("{:#010x}", header.version.0));
        destinations.push(hex(header.destination));
        sources.push(hex(header.source));
        kinds.extend(kind(&header).map(|kind| kind.to_string()));
        if header.kind == PacketKind::Initial {
            tokens.push(header.token.len().to_string());
        }
        offered.extend(header.versions().map(|version| format!("{:#010x}", version.0)));
        rest = &rest[header.packet.len()..];
    }
    let lists = [versions, destinations, sources, kinds, tokens, offered];
    let list = |list: Vec<String>| joined(list.into_iter().filter(|item| !item.is_empty()));
    (!lists[0].is_empty()).then(|| lists.map(list).join("|"))
}

/// The two bits of a packet's kind as they were sent.
fn kind(header: &LongHeader<'_>) -> Option<u8> {
    let number = match header.kind {
        PacketKind::Initial => 0,
        PacketKind::ZeroRtt => 1,
        PacketKind::Handshake => 2,
        PacketKind::Retry => 3,
        _ => return None,
    };
    Some(if header.version == quic::Version::V2 { (number + 1) % 4 } else { number })
}

fn name(name: &Name<'_>) -> String {
    if name.is_root() { ".".into() } else { visible(Text::new(&flows::dotted(name))) }
}

/// Text with a sign of its own for what is not visible ASCII.
pub(super) fn visible(text: Text<'_>) -> String {
    let printed =
        |&byte: &u8| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '\u{fffd}' };
    text.as_bytes().iter().map(printed).collect()
}

fn codes(codes: Codes<'_>) -> String {
    joined(codes.map(|code| format!("{code:#06x}")))
}

fn kinds(extensions: Extensions<'_>) -> String {
    joined(extensions.map(|extension| extension.kind.to_string()))
}

fn protocols(protocols: Protocols<'_>) -> String {
    joined(protocols.map(visible))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(",")
}
