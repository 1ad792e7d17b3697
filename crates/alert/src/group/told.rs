//! What is told of a group.

use std::net::IpAddr;

use crate::{Alert, Network, Peer};

/// An alert that stands for all of its group, and where those are that it is about.
///
/// An alert about many names none of them on that side. Where they are is known all the same: in the smallest network that
/// holds all of them. So what is said of a network holds of a group if it holds of all of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What is told.
    pub alert: Alert,
    source: Option<Network>,
    target: Option<Network>,
}

impl Group {
    pub(super) fn new(alert: Alert, source: Option<Network>, target: Option<Network>) -> Self {
        Self { alert, source, target }
    }

    /// The network in which all are who did it; none if nobody is named, or if they have none in common.
    #[must_use]
    pub fn source(&self) -> Option<Network> {
        self.source
    }

    /// The network in which all are to whom it was done; none if nobody is named, or if they have none in common.
    #[must_use]
    pub fn target(&self) -> Option<Network> {
        self.target
    }
}

impl From<Alert> for Group {
    /// One alert by itself.
    fn from(alert: Alert) -> Self {
        let at = |peer: Option<Peer>| peer.map(|peer| Network::from(peer.address));
        let (source, target) = (at(alert.source), at(alert.target));
        Self::new(alert, source, target)
    }
}

/// The network that spans addresses, as they come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span(Option<Network>);

impl Span {
    pub(super) fn of(address: IpAddr) -> Self {
        Self(Some(address.into()))
    }

    pub(super) fn see(&mut self, address: IpAddr) {
        self.0 = self.0.and_then(|network| network.spanning(address));
    }

    pub(super) fn network(self) -> Option<Network> {
        self.0
    }
}
