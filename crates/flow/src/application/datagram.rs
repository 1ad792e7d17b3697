//! The datagrams of a UDP flow: each is a message of its own.

use netsift_packet::dns::Message;
use netsift_packet::tls::{ClientHello, ServerHello};

use super::signature::{self, Peek, of_datagram};
use super::stream::is_request;
use super::{Application, Outcome, Wanted};
use crate::Record;

/// What a datagram is read as.
enum Reading {
    Dns,
    Dtls,
    Head,
    #[cfg(feature = "quic")]
    Quic,
}

impl Application {
    pub(super) fn take_datagram(&mut self, record: &Record<'_>, forward: bool, wanted: Wanted) {
        let peek = Peek::of(record);
        if wanted.application {
            self.guess(forward, || of_datagram(&peek));
        }
        let is_early = self.is_early(forward);
        let outcome = match Reading::of(&peek, wanted, is_early) {
            Some(Reading::Dns) => match Message::parse(peek.bytes) {
                Ok(message) => self.take_dns(&message),
                Err(_) => Outcome::Unfinished,
            },
            Some(Reading::Dtls) => self.take_dtls(peek.bytes),
            Some(Reading::Head) => self.take_head(peek.bytes),
            #[cfg(feature = "quic")]
            Some(Reading::Quic) => self.take_initial(peek.bytes, forward),
            None => Outcome::Unfinished,
        };
        if outcome == Outcome::Over || !self.goes_on(forward, wanted) {
            self.finish(forward);
        }
    }

    /// Takes a message, and says whether the direction has more to tell.
    pub(super) fn take_dns(&mut self, message: &Message<'_>) -> Outcome {
        let mut dns = self.dns.take().unwrap_or_default();
        let outcome = dns.take(message);
        self.dns = Some(dns).filter(|dns| !dns.is_empty());
        outcome
    }

    fn take_dtls(&mut self, datagram: &[u8]) -> Outcome {
        if let Ok(hello) = ClientHello::parse_datagram(datagram) {
            self.tls.get_or_insert_default().take_client_hello(&hello);
        } else if let Ok(hello) = ServerHello::parse_datagram(datagram) {
            self.tls.get_or_insert_default().take_server_hello(&hello);
        } else {
            // Another message of the handshake: a request for a cookie, before the hello.
            return Outcome::Unfinished;
        }
        Outcome::Over
    }

    fn take_head(&mut self, datagram: &[u8]) -> Outcome {
        self.read_http(|http| match is_request(datagram) {
            true => http.take_request(datagram),
            false => http.take_response(datagram),
        });
        Outcome::Over
    }
}

impl Reading {
    fn of(peek: &Peek<'_>, wanted: Wanted, is_early: bool) -> Option<Self> {
        let bytes = peek.bytes;
        if wanted.dns && is_early && signature::is_any_dns(peek) {
            return Some(Self::Dns);
        }
        if wanted.tls && bytes.first() == Some(&0x16) && signature::is_dtls(bytes) {
            return Some(Self::Dtls);
        }
        #[cfg(feature = "quic")]
        if wanted.tls && signature::has_long_header(bytes) {
            return Some(Self::Quic);
        }
        let is_head = is_request(bytes) || bytes.starts_with(b"HTTP/1.");
        (wanted.http && is_early && is_head).then_some(Self::Head)
    }
}
