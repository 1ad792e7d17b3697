//! How deep a frame is read, and the caps that keep hostile frames bounded.

/// How many headers one frame may stack, of whatever kind; one more is an error. Eight tunnels, each with
/// a link layer, tags, a network header and a transport header, stay below.
pub const MAX_HEADERS: u8 = 64;
/// How many VLAN tags a frame may carry; one more is an error.
pub const MAX_VLAN_TAGS: u8 = 8;
/// How many MPLS labels one stack may hold; one more is an error.
pub const MAX_MPLS_LABELS: u8 = 16;
/// How many extension headers one IPv6 packet may chain; one more is an error.
pub const MAX_IPV6_EXTENSIONS: u8 = 16;
/// How many tunnels may nest unless [`ParseOptions::max_tunnels`] says otherwise.
pub const DEFAULT_MAX_TUNNELS: u8 = 8;

/// Which of nested headers a [`Packet`](crate::Packet) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Depth {
    /// The innermost: what the conversing hosts see. The default.
    #[default]
    Innermost,
    /// The outermost: what the network sees; tunnels are payload.
    Outermost,
}

/// Options of [`Packet::parse_with`](crate::Packet::parse_with).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseOptions {
    depth: Depth,
    max_tunnels: u8,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self { depth: Depth::Innermost, max_tunnels: DEFAULT_MAX_TUNNELS }
    }
}

impl ParseOptions {
    /// Innermost headers, at most [`DEFAULT_MAX_TUNNELS`] tunnels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which headers to tell. Default: the innermost, because flows belong to the hosts that talk.
    #[must_use]
    pub fn depth(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }

    /// How many tunnels may nest. Default 8: three are seen in practice (VXLAN over IPsec-less GRE
    /// over PPPoE), and every level costs a hostile frame's sender at least 20 bytes.
    #[must_use]
    pub fn max_tunnels(self, limit: u8) -> Self {
        Self { max_tunnels: limit, ..self }
    }

    pub(crate) fn enters_tunnels(self) -> bool {
        matches!(self.depth, Depth::Innermost)
    }

    pub(crate) fn tunnel_limit(self) -> u8 {
        self.max_tunnels
    }
}
