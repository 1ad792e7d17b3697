//! What payloads say of a flow: the application, and the names and fingerprints that it shows in the open.
//!
//! The first payloads of each direction are looked at, and none after them. What is there whole is read
//! where it lies; bytes are kept only while a hello or a head goes on in further packets.

mod datagram;
mod dns;
mod facts;
mod http;
mod join;
mod ports;
#[cfg(feature = "quic")]
mod quic;
mod service;
mod signature;
mod stream;
mod tls;

use netsift_packet::Protocol;
use serde::{Deserialize, Serialize};

use crate::Record;
pub use dns::Dns;
pub use http::Http;
use join::Pending;
pub use ports::by_port;
use service::Service;
pub use tls::Tls;

/// Payloads of a direction that are looked at. Of 840 flows with hellos in nDPI's captures, whose words of
/// proxies and mail servers stand in front of some, all show them within twelve.
const MAX_LOOKS: u8 = 16;

/// Payloads of a direction that may show what application it is; behind them only hellos are looked for,
/// since the middle of a stream looks like anything.
const MAX_GUESSES: u8 = 4;

/// The most bytes that one flow's facts and unfinished messages take beyond the size of [`Application`].
pub const MAX_HEAP: usize = tls::MAX_HEAP + dns::MAX_HEAP + http::MAX_HEAP + join::MAX_HEAP;

/// Which facts are asked for. What is not asked for is not read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The application.
    pub application: bool,
    /// Facts of TLS, DTLS and QUIC hellos.
    pub tls: bool,
    /// Facts of DNS messages.
    pub dns: bool,
    /// Facts of HTTP heads.
    pub http: bool,
}

impl Wanted {
    /// Everything.
    pub const ALL: Self = Self { application: true, tls: true, dns: true, http: true };
}

/// What payloads say of a flow. Small while nothing was found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Application {
    tls: Option<Box<Tls>>,
    dns: Option<Box<Dns>>,
    http: Option<Box<Http>>,
    /// Bytes of messages that are not there whole yet.
    pending: Option<Box<Pending>>,
    service: Option<Service>,
    /// The initiator's direction, and the other one.
    sides: [Side; 2],
}

/// How far the looking has come in one direction.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Side {
    looks: u8,
    is_done: bool,
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It says nothing more.
    Over,
    /// Its end is in bytes to come.
    Unfinished,
}

impl Application {
    /// Whether further packets can tell more. If not, [`observe`](Self::observe) need not be called.
    #[must_use]
    #[inline]
    pub fn wants_more(&self) -> bool {
        !(self.sides[0].is_done && self.sides[1].is_done)
    }

    /// Takes a packet of the flow; `forward` if the initiator sent it.
    #[inline]
    pub fn observe(&mut self, record: &Record<'_>, forward: bool, wanted: Wanted) {
        if record.payload.is_empty() || self.side(forward).is_done {
            return;
        }
        self.look(record, forward, wanted);
    }

    /// The application, as far as the first bytes of either direction tell it.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.service.map(Service::name)
    }

    /// What hellos of TLS, DTLS or QUIC said.
    #[must_use]
    pub fn tls(&self) -> Option<&Tls> {
        self.tls.as_deref()
    }

    /// What DNS messages said.
    #[must_use]
    pub fn dns(&self) -> Option<&Dns> {
        self.dns.as_deref()
    }

    /// What HTTP heads said.
    #[must_use]
    pub fn http(&self) -> Option<&Http> {
        self.http.as_deref()
    }

    /// Bytes held beyond the size of this value, at most [`MAX_HEAP`].
    #[must_use]
    pub fn heap(&self) -> usize {
        self.tls.as_ref().map_or(0, |tls| tls.heap())
            + self.dns.as_ref().map_or(0, |dns| dns.heap())
            + self.http.as_ref().map_or(0, |http| http.heap())
            + self.pending.as_ref().map_or(0, |pending| pending.heap())
    }

    fn look(&mut self, record: &Record<'_>, forward: bool, wanted: Wanted) {
        // Later fragments have no ports, and begin anywhere.
        if record.is_fragment && (record.src_port, record.dst_port) == (0, 0) {
            return;
        }
        let side = self.side_mut(forward);
        side.looks = side.looks.saturating_add(1);
        match record.protocol {
            Protocol::TCP => self.take_segment(record, forward, wanted),
            Protocol::UDP => self.take_datagram(record, forward, wanted),
            _ => self.sides.iter_mut().for_each(|side| side.is_done = true),
        }
        if self.side(forward).looks >= MAX_LOOKS {
            self.finish(forward);
        }
    }

    /// Nothing more can come from this direction.
    fn finish(&mut self, forward: bool) {
        self.side_mut(forward).is_done = true;
        self.drop_pending(forward);
    }

    /// Whether a direction may tell more, of which this payload told nothing.
    fn goes_on(&self, forward: bool, wanted: Wanted) -> bool {
        let is_early = self.side(forward).looks < MAX_GUESSES;
        let may_hold = self.service.is_none_or(Service::may_hold_more);
        may_hold && (wanted.tls || is_early && wanted != Wanted::default())
    }

    /// Notes the application, if these bytes are the first to show it.
    fn guess(&mut self, forward: bool, signs: impl FnOnce() -> Option<Service>) {
        if self.service.is_none() && self.side(forward).looks <= MAX_GUESSES {
            self.service = signs();
        }
    }

    #[inline]
    fn side(&self, forward: bool) -> Side {
        let [fwd, bwd] = self.sides;
        if forward { fwd } else { bwd }
    }

    fn side_mut(&mut self, forward: bool) -> &mut Side {
        let [fwd, bwd] = &mut self.sides;
        if forward { fwd } else { bwd }
    }
}
