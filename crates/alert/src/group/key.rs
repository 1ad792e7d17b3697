//! What makes alerts the same.

use std::net::IpAddr;
use std::sync::Arc;

use crate::{Alert, Peer};

/// Alerts are the same if they say the same of the same two, whatever the ports.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    what: Arc<str>,
    source: End,
    target: End,
}

/// Who stands at one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    /// Nobody is named.
    None,
    One(IpAddr),
    Many,
}

/// Which side of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Target,
}

impl Key {
    pub(super) fn of(alert: &Alert) -> Self {
        let [source, target] = [alert.source, alert.target].map(|peer| match peer {
            None => End::None,
            Some(peer) => End::One(peer.address.to_canonical()),
        });
        Self { what: alert.what.as_str().into(), source, target }
    }

    /// The same with many targets of one source, and with many sources of one target; none where somebody is not named.
    pub(super) fn wider(&self) -> impl Iterator<Item = (Side, Self)> + use<> {
        let is_between_two = matches!((self.source, self.target), (End::One(_), End::One(_)));
        let one_to_many = (Side::Target, Self { target: End::Many, ..self.clone() });
        let many_to_one = (Side::Source, Self { source: End::Many, ..self.clone() });
        [one_to_many, many_to_one].into_iter().filter(move |_| is_between_two)
    }
}

impl Side {
    /// Who stands there in this alert.
    pub(super) fn of(self, alert: &Alert) -> Option<IpAddr> {
        let peer = match self {
            Self::Source => alert.source,
            Self::Target => alert.target,
        };
        peer.map(|peer| peer.address)
    }

    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Source => "sources",
            Self::Target => "targets",
        }
    }
}

impl Peer {
    /// Without the port, if another one has another.
    pub(super) fn agreeing(self, other: Option<Self>) -> Self {
        let port = self.port.filter(|_| other.is_none_or(|other| other.port == self.port));
        Self { port, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn ports_make_no_difference_and_addresses_do() {
        let alert = example("scan", 1);
        let mut other = alert.clone();
        other.target = other.target.map(|it| Peer { port: None, ..it });
        assert_eq!(Key::of(&alert), Key::of(&other));
        other.target = other.target.map(|it| Peer { address: [198, 51, 100, 8].into(), ..it });
        assert_ne!(Key::of(&alert), Key::of(&other));
        let wider = |alert: &Alert| Key::of(alert).wider().map(|(_, key)| key).collect::<Vec<_>>();
        assert_eq!(wider(&alert)[0], wider(&other)[0], "one source, many targets");
        assert_ne!(wider(&alert)[1], wider(&other)[1], "one target, many sources");
        other.target = None;
        assert_eq!(wider(&other), []);
    }
}
