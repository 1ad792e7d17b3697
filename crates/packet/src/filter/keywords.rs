//! The keywords of filters and which of them go together.

use super::condition::{Direction, Over};
use super::headers::{ARP, IPV4, IPV6, RARP};
use crate::Protocol;

/// The words before a value.
#[derive(Clone, Copy)]
pub(super) struct Qualifiers {
    pub(super) layer: Option<Layer>,
    pub(super) direction: Direction,
    pub(super) kind: Kind,
}

/// The keywords that name a header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    Ether,
    Network(u16),
    Transport(Protocol, Over),
}

/// The keywords that say what a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Host,
    Net,
    Port,
    PortRange,
    Protocol,
}

#[derive(Clone, Copy)]
pub(super) enum Keyword {
    Layer(Layer),
    Direction(Direction),
    Kind(Kind),
    Vlan,
    Less,
    Greater,
}

impl Keyword {
    pub(super) fn of(text: &str) -> Option<Self> {
        let transport = |number, over| Self::Layer(Layer::Transport(Protocol(number), over));
        Some(match text {
            "ether" => Self::Layer(Layer::Ether),
            "ip" => Self::Layer(Layer::Network(IPV4)),
            "ip6" => Self::Layer(Layer::Network(IPV6)),
            "arp" => Self::Layer(Layer::Network(ARP)),
            "rarp" => Self::Layer(Layer::Network(RARP)),
            "icmp" => transport(1, Over::Ipv4),
            "igmp" => transport(2, Over::Ipv4),
            "tcp" => transport(6, Over::Any),
            "udp" => transport(17, Over::Any),
            "esp" => transport(50, Over::Any),
            "ah" => transport(51, Over::Any),
            "icmp6" => transport(58, Over::Ipv6),
            "pim" => transport(103, Over::Any),
            "vrrp" => transport(112, Over::Ipv4),
            "sctp" => transport(132, Over::Any),
            "src" => Self::Direction(Direction::Source),
            "dst" => Self::Direction(Direction::Destination),
            "host" => Self::Kind(Kind::Host),
            "net" => Self::Kind(Kind::Net),
            "port" => Self::Kind(Kind::Port),
            "portrange" => Self::Kind(Kind::PortRange),
            "proto" => Self::Kind(Kind::Protocol),
            "vlan" => Self::Vlan,
            "less" => Self::Less,
            "greater" => Self::Greater,
            _ => return None,
        })
    }
}

/// What should have stood there, if `kind` cannot be asked of that `layer` and `direction`.
pub(super) fn rule_broken(
    layer: Option<Layer>,
    direction: Option<Direction>,
    kind: Kind,
) -> Option<&'static str> {
    match (kind, layer) {
        (Kind::Protocol, _) if direction.is_some() => Some("`proto` without `src` or `dst`"),
        (Kind::Host, None | Some(Layer::Ether | Layer::Network(_)))
        | (Kind::Net, None | Some(Layer::Network(_)))
        | (
            Kind::Port | Kind::PortRange,
            None | Some(Layer::Transport(Protocol::TCP | Protocol::UDP | Protocol::SCTP, _)),
        )
        | (Kind::Protocol, None | Some(Layer::Ether | Layer::Network(IPV4 | IPV6))) => None,
        (Kind::Host, _) => Some("`ether`, `ip`, `ip6`, `arp`, `rarp` or nothing before a host"),
        (Kind::Net, _) => Some("`ip`, `ip6`, `arp`, `rarp` or nothing before `net`"),
        (Kind::Port | Kind::PortRange, _) => Some("`tcp`, `udp`, `sctp` or nothing before a port"),
        (Kind::Protocol, _) => Some("`ether`, `ip`, `ip6` or nothing before `proto`"),
    }
}
