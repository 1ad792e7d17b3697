//! What hellos of TLS, DTLS and QUIC say.

use netsift_packet::tls::{ClientHello, ClientHelloStart, Protocols, ServerHello, Version};
use serde::{Deserialize, Serialize};

use super::facts::{self, MAX_NAME, MAX_TEXT, kept};

/// The longest fingerprint.
const MAX_FINGERPRINT: usize = 36;

/// The most bytes that all of it takes.
pub(super) const MAX_HEAP: usize =
    size_of::<Tls>() + MAX_NAME + MAX_TEXT + MAX_NAME + 3 * MAX_FINGERPRINT;

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
    ja3: Option<Box<str>>,
    ja3s: Option<Box<str>>,
    ja4: Option<Box<str>>,
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
        self.ja3.as_deref()
    }

    /// JA3S of the ServerHello; only with the feature `fingerprints`.
    #[must_use]
    pub fn ja3s(&self) -> Option<&str> {
        self.ja3s.as_deref()
    }

    /// JA4 of the ClientHello, as FoxIO describes it; only with the feature `fingerprints`.
    #[must_use]
    pub fn ja4(&self) -> Option<&str> {
        self.ja4.as_deref()
    }

    pub(super) fn heap(&self) -> usize {
        let names = [self.server_name(), self.alpn(), self.chosen_alpn()];
        let fingerprints = [self.ja3(), self.ja3s(), self.ja4()];
        let texts = names.into_iter().chain(fingerprints);
        size_of::<Self>() + texts.map(facts::len).sum::<usize>()
    }

    /// Whether hellos could have said it: checked on what is read from a file.
    pub(super) fn is_sound(&self) -> bool {
        let names = [self.server_name(), self.chosen_alpn()];
        let fingerprints = [self.ja3(), self.ja3s(), self.ja4()];
        names.into_iter().all(|name| facts::is_sound(name, MAX_NAME))
            && fingerprints.into_iter().all(|text| facts::is_sound(text, MAX_FINGERPRINT))
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
            self.ja3 = Some(Ja3::of(hello).to_string().into());
            self.ja4 = Ja4::of(hello).map(|ja4| ja4.as_str().into());
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
            self.ja3s = Some(netsift_packet::tls::Ja3s::of(hello).to_string().into());
        }
    }
}

/// The names, as many as there is room for.
fn list(protocols: Protocols<'_>) -> Option<Box<str>> {
    let mut list = String::new();
    for (number, protocol) in protocols.enumerate() {
        let comma = if number > 0 { "," } else { "" };
        let name = kept(protocol, MAX_TEXT);
        if list.len() + comma.len() + name.len() > MAX_TEXT {
            break;
        }
        list.push_str(comma);
        list.push_str(&name);
    }
    (!list.is_empty()).then(|| list.into())
}
