//! What hellos of TLS, DTLS and QUIC say.

use netsift_packet::tls::{ClientHello, ClientHelloStart, Protocols, ServerHello, Version};
use serde::{Deserialize, Serialize};

use super::facts::{self, MAX_NAME, MAX_TEXT, keep, kept};
use super::fingerprint::Fingerprint;

/// The most bytes that all of it takes.
pub(super) const MAX_HEAP: usize = size_of::<Tls>() + MAX_NAME + MAX_TEXT + MAX_NAME;

/// Facts of the first ClientHello and the first ServerHello of a flow.
///
/// Names are kept as they print (see [`Text`](netsift_packet::Text)): of foreign bytes no harm is left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tls {
    server_name: Option<Box<str>>,
    alpn: Option<Box<str>>,
    chosen_alpn: Option<Box<str>>,
    offered: Option<u16>,
    chosen: Option<u16>,
    ja3: Option<Fingerprint>,
    ja3s: Option<Fingerprint>,
    ja4: Option<Fingerprint>,
    /// The ClientHello was there whole.
    is_whole: bool,
}

impl Tls {
    /// The server's name (SNI), as the client told it.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// The protocols that the client offered by ALPN, the most wanted first, with commas between them.
    #[must_use]
    pub fn alpn(&self) -> Option<&str> {
        self.alpn.as_deref()
    }

    /// The protocol that the server chose by ALPN. Since TLS 1.3 only the client sees it.
    #[must_use]
    pub fn chosen_alpn(&self) -> Option<&str> {
        self.chosen_alpn.as_deref()
    }

    /// The version: that which the server chose, else the newest that the client offered.
    #[must_use]
    pub fn version(&self) -> Option<&'static str> {
        Version(self.chosen.or(self.offered)?).name()
    }

    /// JA3 of the ClientHello; only with the feature `fingerprints`.
    #[must_use]
    pub fn ja3(&self) -> Option<&str> {
        self.ja3.as_ref().map(Fingerprint::as_str)
    }

    /// JA3S of the ServerHello; only with the feature `fingerprints`.
    #[must_use]
    pub fn ja3s(&self) -> Option<&str> {
        self.ja3s.as_ref().map(Fingerprint::as_str)
    }

    /// JA4 of the ClientHello, as FoxIO describes it; only with the feature `fingerprints`.
    #[must_use]
    pub fn ja4(&self) -> Option<&str> {
        self.ja4.as_ref().map(Fingerprint::as_str)
    }

    pub(super) fn heap(&self) -> usize {
        let names = [self.server_name(), self.alpn(), self.chosen_alpn()];
        size_of::<Self>() + names.into_iter().map(facts::len).sum::<usize>()
    }

    /// Whether hellos could have said it: checked on what is read from a file.
    pub(super) fn is_sound(&self) -> bool {
        let names = [self.server_name(), self.chosen_alpn()];
        let fingerprints = [self.ja3(), self.ja3s(), self.ja4()];
        // They are as long as they may be: that is checked where they are read.
        names.into_iter().chain(fingerprints).all(|text| facts::is_sound(text, MAX_NAME))
            && facts::is_sound(self.alpn(), MAX_TEXT)
    }

    /// Takes what is there of a hello that goes on.
    pub(super) fn take_start(&mut self, start: &ClientHelloStart<'_>) {
        if !self.is_whole {
            self.server_name = start.server_name().map(|name| kept(name, MAX_NAME));
            self.alpn = list(start.alpn());
            self.offered = Some(start.version.0);
        }
    }

    pub(super) fn take_client_hello(&mut self, hello: &ClientHello<'_>) {
        if self.is_whole {
            return;
        }
        self.is_whole = true;
        self.server_name = hello.server_name().map(|name| kept(name, MAX_NAME));
        self.alpn = list(hello.alpn());
        self.offered = Some(hello.offered_version().0);
        #[cfg(feature = "fingerprints")]
        {
            use netsift_packet::tls::{Ja3, Ja4};
            self.ja3 = Fingerprint::of(Ja3::of(hello).text().as_str());
            self.ja4 = Ja4::of(hello).and_then(|ja4| Fingerprint::of(ja4.as_str()));
        }
    }

    pub(super) fn take_server_hello(&mut self, hello: &ServerHello<'_>) {
        if self.chosen.is_some() {
            return;
        }
        self.chosen = Some(hello.chosen_version().0);
        self.chosen_alpn = hello.alpn().map(|name| kept(name, MAX_NAME));
        #[cfg(feature = "fingerprints")]
        {
            use netsift_packet::tls::Ja3s;
            self.ja3s = Fingerprint::of(Ja3s::of(hello).text().as_str());
        }
    }
}

/// The names, as many as there is room for.
fn list(protocols: Protocols<'_>) -> Option<Box<str>> {
    let len = protocols.map(|protocol| protocol.as_bytes().len() + 1).sum::<usize>();
    // Names that need no escapes fill it, so that nothing moves when it is put in its box.
    let mut list = String::with_capacity(len.saturating_sub(1).min(MAX_TEXT));
    for (number, protocol) in protocols.enumerate() {
        let before = list.len();
        list.push_str(if number > 0 { "," } else { "" });
        keep(protocol, MAX_TEXT, &mut list);
        if list.len() > MAX_TEXT {
            list.truncate(before);
            break;
        }
    }
    (!list.is_empty()).then(|| list.into())
}
