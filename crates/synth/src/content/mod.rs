//! What packets carry: heads that parsers can read, and filling behind them.
//!
//! A byte of a stream depends on the flow, the message and the place in it alone, so that a segment sent
//! again carries what it carried before.

mod dns;
mod http;
mod names;
mod quic;
mod rtp;
mod ssh;
mod text;
mod tls;
mod vpn;

pub(crate) use dns::Lookup;
pub(crate) use tls::Browser;

use crate::{
    checksum,
    frames::{Filled, Side},
    pool::{Pool, Region, fill_behind},
    random::mix,
};
use text::Ink;

/// What a message of a conversation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Content {
    /// Bytes that tell nothing.
    Opaque,
    /// TLS records of application data.
    TlsRecords,
    TlsClientHello(Browser),
    TlsServerFlight,
    TlsClientFinished,
    SshBanner,
    SshKeyInit,
    /// Key exchange and new keys, in the clear.
    SshKeyReply,
    /// The client's new keys and its first encrypted packet.
    SshNewKeys,
    HttpRequest,
    HttpResponse,
    /// A request whose head never ends.
    HttpUnfinished,
    /// One more header line of such a request.
    HttpDrop,
    /// Publish/subscribe messages of devices.
    MqttConnect,
    MqttPublish,
    QuicInitial,
    QuicShort,
    WireGuardHandshake,
    WireGuardData,
    OpenVpnControl,
    OpenVpnData,
    EspInUdp,
}

/// Which piece of which message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    /// The flow's own number.
    pub(crate) salt: u64,
    pub(crate) from: Side,
    /// The message's number in its flow.
    pub(crate) message: u32,
    /// The message's length.
    pub(crate) total: u64,
    /// Where in the message the piece begins.
    pub(crate) offset: u64,
    /// How many packets its sender has sent before.
    pub(crate) packet: u32,
}

impl Content {
    /// The length of a message whose head decides it; `None` where any length will do.
    pub(crate) fn natural_len(self, salt: u64, from: Side) -> Option<u64> {
        let mut scratch = [0; 1_024];
        let piece = Piece { salt, from, message: 0, total: 0, offset: 0, packet: 0 };
        let sized = matches!(
            self,
            Self::TlsClientHello(_)
                | Self::TlsClientFinished
                | Self::SshBanner
                | Self::SshKeyInit
                | Self::SshKeyReply
                | Self::MqttConnect
        );
        sized.then(|| self.head(&piece, &mut Ink::new(&mut scratch)) as u64)
    }

    /// Writes a piece of the message into `out` and returns the sum of it.
    pub(crate) fn fill(self, piece: &Piece, out: &mut [u8], pool: &Pool) -> u64 {
        let every_packet = self.is_per_packet();
        let head = match piece.offset == 0 || every_packet {
            true => self.head(piece, &mut Ink::new(out)),
            false => 0,
        };
        let position = mix(&[piece.salt, piece.message.into(), piece.offset]);
        let sum = fill_behind(pool, self.region(), position, head, out);
        if self.patch(piece, out) { checksum::sum(out) } else { sum }
    }

    /// Writes the head of a message (of a datagram) and says how long it is.
    fn head(self, piece: &Piece, ink: &mut Ink<'_>) -> usize {
        match self {
            Self::Opaque | Self::TlsRecords => {}
            Self::HttpDrop => http::drop(piece, ink),
            Self::TlsClientHello(browser) => tls::client_hello(browser, piece, ink),
            Self::TlsServerFlight => tls::server_flight(piece, ink),
            Self::TlsClientFinished => tls::client_finished(piece, ink),
            Self::SshBanner => ssh::banner(piece, ink),
            Self::SshKeyInit => ssh::key_init(piece, ink),
            Self::SshKeyReply => ssh::key_reply(piece, ink),
            Self::SshNewKeys => ssh::new_keys(ink),
            Self::HttpRequest | Self::HttpUnfinished => http::request(piece, ink),
            Self::HttpResponse => http::response(piece, ink),
            Self::MqttConnect => http::mqtt_connect(piece, ink),
            Self::MqttPublish => http::mqtt_publish(piece, ink),
            Self::QuicInitial => quic::long_header(piece, ink),
            Self::QuicShort => quic::short_header(piece, ink),
            Self::WireGuardHandshake => vpn::wireguard_handshake(piece, ink),
            Self::WireGuardData => vpn::wireguard_data(piece, ink),
            Self::OpenVpnControl => vpn::openvpn_control(piece, ink),
            Self::OpenVpnData => vpn::openvpn_data(piece, ink),
            Self::EspInUdp => vpn::esp(piece, ink),
        }
        ink.len()
    }

    fn is_per_packet(self) -> bool {
        matches!(
            self,
            Self::QuicInitial
                | Self::QuicShort
                | Self::WireGuardHandshake
                | Self::WireGuardData
                | Self::OpenVpnControl
                | Self::OpenVpnData
                | Self::EspInUdp
        )
    }

    fn region(self) -> Region {
        match self {
            Self::HttpRequest | Self::HttpUnfinished | Self::HttpDrop => Region::Text,
            _ => Region::Cipher,
        }
    }

    /// Sets the bytes whose place in the message matters; says whether there were any.
    fn patch(self, piece: &Piece, out: &mut [u8]) -> bool {
        match self {
            Self::TlsRecords => tls::patch_records(piece, 0, out),
            Self::TlsServerFlight => tls::patch_records(piece, tls::SERVER_CLEAR, out),
            Self::HttpRequest => http::patch_end(piece, b"\r\n\r\n", out),
            Self::HttpUnfinished | Self::HttpDrop => http::patch_end(piece, b"\r\n", out),
            _ => false,
        }
    }
}

/// What a datagram of an exchange is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Datagram {
    /// Random bytes of the wanted length.
    Opaque,
    /// Text of the wanted length.
    Text,
    /// Look-ups: the length follows from names and answers.
    Dns(Lookup),
    /// Media with this payload type.
    Rtp(u8),
    /// A device's report and its receipt (CoAP).
    Coap,
    /// Network time.
    Ntp,
    /// A status poll.
    Snmp,
    /// An echo with the alphabet in it, as systems fill it.
    Alphabet,
}

impl Datagram {
    /// Writes a datagram of `piece.total` bytes, or of the length that its content gives it.
    pub(crate) fn fill(self, piece: &Piece, out: &mut [u8], pool: &Pool) -> Filled {
        let wanted = (piece.total as usize).min(out.len());
        let position = mix(&[piece.salt, piece.packet.into(), piece.from.index() as u64]);
        let head = {
            let mut ink = Ink::new(out);
            match self {
                Self::Opaque | Self::Text => {}
                Self::Dns(lookup) => dns::message(lookup, piece, &mut ink),
                Self::Rtp(kind) => rtp::header(kind, piece, &mut ink),
                Self::Coap => rtp::coap(piece, &mut ink),
                Self::Ntp => rtp::ntp(piece, &mut ink),
                Self::Snmp => rtp::snmp(piece, &mut ink),
                Self::Alphabet => ink.repeat(b"abcdefghijklmnopqrstuvw", wanted),
            }
            ink.len()
        };
        let len = match self {
            Self::Dns(_) | Self::Ntp | Self::Snmp => head,
            Self::Opaque | Self::Text | Self::Rtp(_) | Self::Coap | Self::Alphabet => {
                wanted.max(head)
            }
        };
        let region = if self == Self::Text { Region::Text } else { Region::Cipher };
        Filled { len, sum: fill_behind(pool, region, position, head, &mut out[..len]) }
    }
}
