//! What two hosts have to say to each other: the script that the conversation engine plays.

use crate::{
    content::{Browser, Content},
    frames::Side,
    random::{MILLI, Spread},
};

/// A conversation's script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialogue {
    pub(crate) carrier: Carrier,
    pub(crate) stack: Stack,
    pub(crate) answer: Answer,
    pub(crate) opening: Opening,
    /// How many turns follow the opening.
    pub(crate) turns: u64,
    /// How many in a hundred turns are requests without a response, and responses without a request.
    pub(crate) tell: u8,
    pub(crate) push: u8,
    pub(crate) request: Spread,
    pub(crate) response: Spread,
    /// Lengths are whole multiples of this; 1 for any length.
    pub(crate) cell: u64,
    /// Pause before each turn, in nanoseconds.
    pub(crate) think: Spread,
    /// The server's time for a response, in nanoseconds.
    pub(crate) service: Spread,
    pub(crate) asks: Content,
    pub(crate) answers: Content,
    pub(crate) ending: Ending,
    /// Pause after which an idle connection is probed; 0 for never.
    pub(crate) keep_alive: u64,
    /// Upper limit on the line's bits a second.
    pub(crate) pace: u64,
    /// Lost segments in a thousand, on top of the scenario's.
    pub(crate) lossy: u8,
}

impl Dialogue {
    /// A conversation of one request and one response, from which classes differ.
    pub(crate) const fn over(carrier: Carrier) -> Self {
        let (asks, answers) = carrier.data();
        Self {
            carrier,
            stack: Stack::Own,
            answer: Answer::Accept,
            opening: Opening::None,
            turns: 1,
            tell: 0,
            push: 0,
            request: Spread::Fixed(200),
            response: Spread::Fixed(1_000),
            cell: 1,
            think: Spread::Fixed(MILLI),
            service: Spread::LogNormal { median: 12 * MILLI, octaves: 20 },
            asks,
            answers,
            ending: Ending::Fin(Side::Client),
            keep_alive: 0,
            pace: u64::MAX,
            lossy: 0,
        }
    }

    /// TLS around the turns.
    pub(crate) const fn tls(browser: Browser) -> Self {
        Self {
            opening: Opening::Tls(browser),
            asks: Content::TlsRecords,
            answers: Content::TlsRecords,
            ..Self::over(Carrier::Tcp)
        }
    }

    /// SSH up to the log-in.
    pub(crate) const fn ssh() -> Self {
        Self { opening: Opening::Ssh, cell: SSH_PACKET, ..Self::over(Carrier::Tcp) }
    }

    /// Requests and responses of HTTP/1.1 in the clear.
    pub(crate) const fn http() -> Self {
        Self {
            asks: Content::HttpRequest,
            answers: Content::HttpResponse,
            ..Self::over(Carrier::Tcp)
        }
    }

    /// A connection that comes to nothing.
    pub(crate) const fn failed(answer: Answer) -> Self {
        Self { answer, turns: 0, ..Self::over(Carrier::Tcp) }
    }
}

/// The smallest encrypted packet of SSH, as a keystroke is; lengths go up in its steps.
const SSH_PACKET: u64 = 36;

/// What the turns travel in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Carrier {
    Tcp,
    Quic,
    WireGuard,
    OpenVpn,
    EspInUdp,
}

impl Carrier {
    const fn data(self) -> (Content, Content) {
        let content = match self {
            Self::Tcp => Content::Opaque,
            Self::Quic => Content::QuicShort,
            Self::WireGuard => Content::WireGuardData,
            Self::OpenVpn => Content::OpenVpnData,
            Self::EspInUdp => Content::EspInUdp,
        };
        (content, content)
    }

    /// The largest datagram, and the length of one that only acknowledges.
    pub(crate) const fn datagrams(self) -> (u16, u64) {
        match self {
            Self::Tcp => (1_460, 0),
            Self::Quic => (1_250, 38),
            Self::WireGuard => (1_392, 96),
            Self::OpenVpn => (1_360, 92),
            Self::EspInUdp => (1_380, 92),
        }
    }
}

/// How the client's own stack opens a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stack {
    /// As its system does.
    Own,
    /// Crafted: this window and nothing but a largest segment, if that.
    Crafted { window: u16, mss: bool },
}

/// What becomes of the first SYN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Answer {
    /// A connection.
    Accept,
    /// A reset.
    Refuse,
    /// Silence, and this many more attempts.
    Ignore(u8),
    /// An answer that the client never takes up; the server repeats it this often.
    HalfOpen(u8),
    /// An answer that the client resets.
    Probe,
}

/// What goes before the first turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Opening {
    None,
    Tls(Browser),
    Ssh,
    /// A server's greeting and nothing more.
    SshBanner,
    Quic,
    WireGuard,
    OpenVpn,
    Mqtt,
    /// The head of a request that does not end.
    UnfinishedHead,
}

/// A message of an opening: who sends it, what it is, and its length where it has none of its own.
pub(crate) type Line = (Side, Content, Spread);

impl Opening {
    pub(crate) fn line(self, nth: usize) -> Option<Line> {
        use Content as C;
        use Side::{Client, Server};
        const ANY: Spread = Spread::Fixed(0);
        let line = match (self, nth) {
            (Self::Tls(browser), 0) => (Client, C::TlsClientHello(browser), ANY),
            (Self::Tls(_), 1) => {
                (Server, C::TlsServerFlight, Spread::LogNormal { median: 3_400, octaves: 7 })
            }
            (Self::Tls(_), 2) => (Client, C::TlsClientFinished, ANY),
            (Self::SshBanner, 0) => (Server, C::SshBanner, ANY),
            (Self::Ssh, 0) => (Client, C::SshBanner, ANY),
            (Self::Ssh, 1) => (Server, C::SshBanner, ANY),
            (Self::Ssh, 2) => (Client, C::SshKeyInit, ANY),
            (Self::Ssh, 3) => (Server, C::SshKeyInit, ANY),
            (Self::Ssh, 4) => (Client, C::SshKeyReply, ANY),
            (Self::Ssh, 5) => (Server, C::SshKeyReply, ANY),
            (Self::Ssh, 6) => (Client, C::SshNewKeys, Spread::Fixed(60)),
            (Self::Ssh, 7) => (Server, C::Opaque, Spread::Fixed(44)),
            (Self::Quic, 0) => (Client, C::QuicInitial, Spread::Fixed(1_250)),
            (Self::Quic, 1) => (Server, C::QuicInitial, Spread::Uniform(2_500, 3_900)),
            (Self::Quic, 2) => (Client, C::QuicInitial, Spread::Fixed(1_250)),
            (Self::WireGuard, 0) => (Client, C::WireGuardHandshake, Spread::Fixed(148)),
            (Self::WireGuard, 1) => (Server, C::WireGuardHandshake, Spread::Fixed(92)),
            (Self::OpenVpn, 0) => (Client, C::OpenVpnControl, Spread::Fixed(54)),
            (Self::OpenVpn, 1) => (Server, C::OpenVpnControl, Spread::Fixed(66)),
            (Self::OpenVpn, 2) => (Client, C::OpenVpnControl, Spread::Uniform(280, 600)),
            (Self::OpenVpn, 3) => (Server, C::OpenVpnControl, Spread::Uniform(2_400, 4_000)),
            (Self::OpenVpn, 4) => (Client, C::OpenVpnControl, Spread::Uniform(700, 2_000)),
            (Self::Mqtt, 0) => (Client, C::MqttConnect, ANY),
            (Self::Mqtt, 1) => (Server, C::MqttConnect, ANY),
            (Self::UnfinishedHead, 0) => (Client, C::HttpUnfinished, Spread::Uniform(180, 420)),
            _ => return None,
        };
        Some(line)
    }
}

/// How a conversation ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ending {
    /// Both close, this side first.
    Fin(Side),
    /// This side resets.
    Rst(Side),
    /// This side closes, the other resets.
    FinRst(Side),
    /// Nobody says anything any more.
    Silence,
}
