//! The grammar of filters: `and` and `or` bind alike and from the left, `not` binds tightest, and a
//! bare value takes over the words that stood before the value to its left.

use super::condition::{Condition, Direction, Over};
use super::headers::{ARP, IPV4, IPV6, RARP};
use super::lexer::{Token, TokenKind};
use super::program::{Block, Builder, Joint, Program};
use super::values::{self, Ipv4Parts};
use super::{FilterError, MAX_NESTING};
use crate::Protocol;

/// Turns tokens into a program in one pass: blocks are written in the order of the text, which is
/// what moves everything behind a `vlan` on by its tag.
pub(super) struct Parser<'t> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'t>>>,
    builder: Builder,
    /// What a bare value means at this place; nothing at the start and after `tcp` and the like.
    carried: Option<Qualifiers>,
    /// Inside `port (80 or 443)`.
    only_values: bool,
    nesting: usize,
}

type Parsed<T> = Result<T, FilterError>;

/// The words before a value.
#[derive(Clone, Copy)]
struct Qualifiers {
    layer: Option<Layer>,
    direction: Direction,
    kind: Kind,
}

/// The keywords that name a header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Ether,
    Network(u16),
    Transport(Protocol, Over),
}

/// The keywords that say what a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Host,
    Net,
    Port,
    PortRange,
    Protocol,
}

#[derive(Clone, Copy)]
enum Keyword {
    Layer(Layer),
    Direction(Direction),
    Kind(Kind),
    Vlan,
    Less,
    Greater,
}

impl Keyword {
    fn of(text: &str) -> Option<Self> {
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

/// A word and where it stands.
#[derive(Clone, Copy)]
struct Word<'t> {
    at: usize,
    text: &'t str,
}

impl Word<'_> {
    fn but_expected(self, expected: &'static str) -> FilterError {
        unexpected(Token { at: self.at, kind: TokenKind::Word(self.text) }, expected)
    }
}

fn unexpected(token: Token<'_>, expected: &'static str) -> FilterError {
    FilterError::Unexpected { at: token.at, found: token.kind.text().to_owned(), expected }
}

impl<'t> Parser<'t> {
    /// The program of a whole filter; no tokens at all accept everything.
    pub(super) fn program(tokens: Vec<Token<'t>>) -> Parsed<Program> {
        let mut parser = Self {
            tokens: tokens.into_iter().peekable(),
            builder: Builder::default(),
            carried: None,
            only_values: false,
            nesting: 0,
        };
        if parser.tokens.peek().is_none() {
            return Ok(parser.builder.finish(None));
        }
        let block = parser.expression()?;
        match parser.tokens.next() {
            None => Ok(parser.builder.finish(Some(block))),
            Some(token) => Err(unexpected(token, "`and`, `or` or the end")),
        }
    }

    fn expression(&mut self) -> Parsed<Block> {
        let mut left = self.operand()?;
        while let Some(joint) = self.joint() {
            let right = self.operand()?;
            left = self.builder.join(joint, left, right);
        }
        Ok(left)
    }

    fn joint(&mut self) -> Option<Joint> {
        let joint = match self.tokens.peek()?.kind {
            TokenKind::And => Joint::And,
            TokenKind::Or => Joint::Or,
            _ => return None,
        };
        self.tokens.next();
        Some(joint)
    }

    fn operand(&mut self) -> Parsed<Block> {
        const EXPECTED: &str = "a condition, `not` or `(`";
        let mut negated = false;
        while self.tokens.next_if(|token| token.kind == TokenKind::Not).is_some() {
            negated = !negated;
        }
        let token = self.tokens.next().ok_or(FilterError::Ended { expected: EXPECTED })?;
        let block = match token.kind {
            TokenKind::Open => self.group(token)?,
            TokenKind::Word(text) => self.condition(Word { at: token.at, text })?,
            _ => return Err(unexpected(token, EXPECTED)),
        };
        Ok(if negated { block.negated() } else { block })
    }

    /// Behind a group a bare value means what it meant before it.
    fn group(&mut self, open: Token<'_>) -> Parsed<Block> {
        if self.nesting == MAX_NESTING {
            return Err(FilterError::TooDeep { at: open.at, limit: MAX_NESTING });
        }
        let carried = self.carried;
        self.nesting += 1;
        let block = self.expression()?;
        self.nesting -= 1;
        self.carried = carried;
        match self.tokens.next() {
            Some(token) if token.kind == TokenKind::Close => Ok(block),
            Some(token) => Err(unexpected(token, "`and`, `or` or `)`")),
            None => Err(FilterError::Ended { expected: "`)`" }),
        }
    }

    fn condition(&mut self, word: Word<'t>) -> Parsed<Block> {
        match (Keyword::of(word.text), self.carried) {
            (Some(_), _) if self.only_values => Err(word.but_expected("a value")),
            (Some(keyword), _) => self.keyword(word, keyword),
            (None, Some(qualifiers)) => self.value(word, qualifiers),
            (None, None) => Err(word.but_expected("a keyword such as `host`, `port` or `tcp`")),
        }
    }

    fn keyword(&mut self, word: Word<'t>, keyword: Keyword) -> Parsed<Block> {
        match keyword {
            Keyword::Vlan => self.vlan(),
            Keyword::Less => self.length(Condition::Less),
            Keyword::Greater => self.length(Condition::Greater),
            Keyword::Layer(layer) => self.layer(word, layer),
            Keyword::Direction(first) => {
                let direction = self.direction(first);
                let kind = self.kind();
                self.qualified(word, None, Some(direction), kind)
            }
            Keyword::Kind(kind) => self.qualified(word, None, None, Some((word, kind))),
        }
    }

    fn vlan(&mut self) -> Parsed<Block> {
        let is_bare = |token: &Token<'_>| match token.kind {
            TokenKind::Word(text) => Keyword::of(text).is_none(),
            _ => false,
        };
        let id = match self.tokens.next_if(is_bare) {
            Some(token) => Some(id_of_vlan(token)?),
            None => None,
        };
        Ok(self.closed(Condition::Vlan { id }))
    }

    fn length(&mut self, condition: fn(u32) -> Condition) -> Parsed<Block> {
        const EXPECTED: &str = "a length in bytes";
        let word = self.word(EXPECTED)?;
        let len = values::number(word.text).ok_or_else(|| word.but_expected(EXPECTED))?;
        Ok(self.closed(condition(len)))
    }

    /// A layer alone, or one that qualifies what follows.
    fn layer(&mut self, word: Word<'t>, layer: Layer) -> Parsed<Block> {
        let direction = match self.next_keyword() {
            Some(Keyword::Direction(first)) => {
                self.tokens.next();
                Some(self.direction(first))
            }
            _ => None,
        };
        let kind = self.kind();
        if direction.is_some() || kind.is_some() {
            return self.qualified(word, Some(layer), direction, kind);
        }
        match layer {
            Layer::Ether => Err(word.but_expected("`ether` with `host`, `src`, `dst` or `proto`")),
            Layer::Network(ethertype) => Ok(self.closed(Condition::Carries(ethertype))),
            Layer::Transport(protocol, over) => {
                Ok(self.closed(Condition::Protocol { protocol, over }))
            }
        }
    }

    /// The rest of `src`, `src or dst`, `dst and src` and so on.
    fn direction(&mut self, first: Direction) -> Direction {
        let mut ahead = self.tokens.clone();
        let (Some(joint), Some(second)) = (ahead.next(), ahead.next()) else { return first };
        let TokenKind::Word(text) = second.kind else { return first };
        let combined = match (joint.kind, Keyword::of(text)) {
            (TokenKind::Or, Some(Keyword::Direction(other))) if other != first => Direction::Either,
            (TokenKind::And, Some(Keyword::Direction(other))) if other != first => Direction::Both,
            _ => return first,
        };
        self.tokens = ahead;
        combined
    }

    fn kind(&mut self) -> Option<(Word<'t>, Kind)> {
        let Some(Keyword::Kind(kind)) = self.next_keyword() else { return None };
        let token = self.tokens.next()?;
        let TokenKind::Word(text) = token.kind else { return None };
        Some((Word { at: token.at, text }, kind))
    }

    fn next_keyword(&mut self) -> Option<Keyword> {
        match self.tokens.peek()?.kind {
            TokenKind::Word(text) => Keyword::of(text),
            _ => None,
        }
    }

    /// Values behind their words; without a kind they are hosts.
    fn qualified(
        &mut self,
        first: Word<'t>,
        layer: Option<Layer>,
        direction: Option<Direction>,
        kind: Option<(Word<'t>, Kind)>,
    ) -> Parsed<Block> {
        let (word, kind) = kind.unwrap_or((first, Kind::Host));
        if let Some(expected) = rule_broken(layer, direction, kind) {
            return Err(word.but_expected(expected));
        }
        let direction = direction.unwrap_or(Direction::Either);
        self.carried = Some(Qualifiers { layer, direction, kind });
        self.only_values = true;
        let block = self.operand()?;
        self.only_values = false;
        Ok(block)
    }

    fn value(&mut self, word: Word<'t>, qualifiers: Qualifiers) -> Parsed<Block> {
        let condition = match (qualifiers.kind, qualifiers.layer) {
            (Kind::Host, Some(Layer::Ether)) => link_host(word, qualifiers),
            (Kind::Host, _) => host(word, qualifiers),
            (Kind::Net, _) => self.net(word, qualifiers),
            (Kind::Port, _) => port(word, qualifiers),
            (Kind::PortRange, _) => port_range(word, qualifiers),
            (Kind::Protocol, Some(Layer::Ether)) => link_protocol(word),
            (Kind::Protocol, _) => ip_protocol(word, qualifiers),
        }?;
        Ok(self.builder.condition(condition))
    }

    /// `10.1`, `10.1.0.0/16`, `10.1.0.0 mask 255.255.0.0` or `2001:db8::/32`.
    fn net(&mut self, word: Word<'t>, qualifiers: Qualifiers) -> Parsed<Condition> {
        if let Some(address) = values::ipv6(word.text) {
            return self.net6(word, address, qualifiers);
        }
        let parts = Ipv4Parts::parse(word.text)
            .ok_or_else(|| word.but_expected("an IPv4 or IPv6 network in digits"))?;
        let is_mask = |token: &Token<'_>| token.kind == TokenKind::Word("mask");
        let mask = if self.slash() {
            let len = self.word(MASK_LENGTH_4)?;
            values::number(len.text)
                .and_then(values::mask4)
                .ok_or_else(|| len.but_expected(MASK_LENGTH_4))?
        } else if self.tokens.next_if(is_mask).is_some() {
            let mask = self.word(MASK)?;
            Ipv4Parts::parse(mask.text).ok_or_else(|| mask.but_expected(MASK))?.address
        } else if parts.address == 0 && parts.mask == 0xff00_0000 {
            // `net 0`: libpcap has nothing to shift it by and takes all 32 bits.
            u32::MAX
        } else {
            parts.mask
        };
        if parts.address & !mask != 0 {
            return Err(word.but_expected(NETWORK_BITS));
        }
        net4(word, parts.address, mask, qualifiers)
    }

    fn net6(
        &mut self,
        word: Word<'t>,
        address: [u32; 4],
        qualifiers: Qualifiers,
    ) -> Parsed<Condition> {
        let mut mask = [u32::MAX; 4];
        if self.slash() {
            let len = self.word(MASK_LENGTH_6)?;
            mask = values::number(len.text)
                .and_then(values::mask6)
                .ok_or_else(|| len.but_expected(MASK_LENGTH_6))?;
        }
        if address.iter().zip(&mask).any(|(address, mask)| address & !mask != 0) {
            return Err(word.but_expected(NETWORK_BITS));
        }
        net6(word, address, mask, qualifiers)
    }

    fn slash(&mut self) -> bool {
        self.tokens.next_if(|token| token.kind == TokenKind::Slash).is_some()
    }

    fn word(&mut self, expected: &'static str) -> Parsed<Word<'t>> {
        match self.tokens.next() {
            Some(Token { at, kind: TokenKind::Word(text) }) => Ok(Word { at, text }),
            Some(token) => Err(unexpected(token, expected)),
            None => Err(FilterError::Ended { expected }),
        }
    }

    /// A condition that leaves a bare value behind it without meaning.
    fn closed(&mut self, condition: Condition) -> Block {
        self.carried = None;
        self.builder.condition(condition)
    }
}

const MASK: &str = "a mask such as 255.255.0.0";
const MASK_LENGTH_4: &str = "a mask length of 0 to 32";
const MASK_LENGTH_6: &str = "a mask length of 0 to 128";
const NETWORK_BITS: &str = "a network without bits beyond its mask";

/// What should have stood there, if `kind` cannot be asked of that `layer` and `direction`.
fn rule_broken(
    layer: Option<Layer>,
    direction: Option<Direction>,
    kind: Kind,
) -> Option<&'static str> {
    match (kind, layer) {
        (Kind::Protocol, _) if direction.is_some() => Some("`proto` without `src` or `dst`"),
        (Kind::Host, None | Some(Layer::Ether | Layer::Network(_)))
        | (Kind::Net, None | Some(Layer::Network(_)))
        | (Kind::Port | Kind::PortRange, None)
        | (Kind::Protocol, None | Some(Layer::Ether | Layer::Network(IPV4 | IPV6))) => None,
        (Kind::Port | Kind::PortRange, Some(Layer::Transport(transport, _)))
            if matches!(transport, Protocol::TCP | Protocol::UDP | Protocol::SCTP) =>
        {
            None
        }
        (Kind::Host, _) => Some("`ether`, `ip`, `ip6`, `arp`, `rarp` or nothing before a host"),
        (Kind::Net, _) => Some("`ip`, `ip6`, `arp`, `rarp` or nothing before `net`"),
        (Kind::Port | Kind::PortRange, _) => Some("`tcp`, `udp`, `sctp` or nothing before a port"),
        (Kind::Protocol, _) => Some("`ether`, `ip`, `ip6` or nothing before `proto`"),
    }
}

fn id_of_vlan(token: Token<'_>) -> Parsed<u16> {
    let id = values::number(token.kind.text()).and_then(|id| u16::try_from(id).ok());
    id.filter(|id| *id < 4096).ok_or_else(|| unexpected(token, "a VLAN id of 0 to 4095"))
}

fn link_host(word: Word<'_>, qualifiers: Qualifiers) -> Parsed<Condition> {
    let address = values::mac(word.text)
        .ok_or_else(|| word.but_expected("a link-layer address such as 02:00:00:00:00:01"))?;
    Ok(Condition::Mac { direction: qualifiers.direction, address })
}

/// A number without dots is a whole address; with fewer than three dots it is a network.
fn host(word: Word<'_>, qualifiers: Qualifiers) -> Parsed<Condition> {
    if let Some(address) = values::ipv6(word.text) {
        return net6(word, address, [u32::MAX; 4], qualifiers);
    }
    if let Some(address) = values::number(word.text) {
        return net4(word, address, u32::MAX, qualifiers);
    }
    match Ipv4Parts::parse(word.text) {
        Some(Ipv4Parts { address, mask }) => net4(word, address, mask, qualifiers),
        None => Err(word.but_expected("an IPv4 or IPv6 address in digits")),
    }
}

fn net4(word: Word<'_>, address: u32, mask: u32, qualifiers: Qualifiers) -> Parsed<Condition> {
    let carrier = match qualifiers.layer {
        None => None,
        Some(Layer::Network(carrier)) if carrier != IPV6 => Some(carrier),
        Some(_) => return Err(word.but_expected("an IPv6 address")),
    };
    Ok(Condition::Net4 { direction: qualifiers.direction, carrier, address, mask })
}

fn net6(
    word: Word<'_>,
    address: [u32; 4],
    mask: [u32; 4],
    qualifiers: Qualifiers,
) -> Parsed<Condition> {
    match qualifiers.layer {
        None | Some(Layer::Network(IPV6)) => {
            Ok(Condition::Net6 { direction: qualifiers.direction, address, mask })
        }
        Some(_) => Err(word.but_expected("an IPv4 address")),
    }
}

fn port(word: Word<'_>, qualifiers: Qualifiers) -> Parsed<Condition> {
    const EXPECTED: &str = "a port of 0 to 65535 or the name of a common service";
    let asked = transport_of(qualifiers);
    let number = values::number(word.text).and_then(|number| u16::try_from(number).ok());
    let (port, transport) = match number.map(|port| (port, None)) {
        Some(found) => found,
        None => values::service(word.text).ok_or_else(|| word.but_expected(EXPECTED))?,
    };
    if asked.is_some() && transport.is_some() && asked != transport {
        return Err(word.but_expected("a service of that transport"));
    }
    let transport = asked.or(transport);
    Ok(Condition::Ports { direction: qualifiers.direction, transport, low: port, high: port })
}

/// `80-90` or `80`; the larger end may stand first.
fn port_range(word: Word<'_>, qualifiers: Qualifiers) -> Parsed<Condition> {
    let (first, second) = word.text.split_once('-').unwrap_or((word.text, word.text));
    let ends = [first, second].map(|end| u16::try_from(values::number(end)?).ok());
    let [Some(first), Some(second)] = ends else {
        return Err(word.but_expected("a range of ports such as 8000-8080"));
    };
    Ok(Condition::Ports {
        direction: qualifiers.direction,
        transport: transport_of(qualifiers),
        low: first.min(second),
        high: first.max(second),
    })
}

fn transport_of(qualifiers: Qualifiers) -> Option<Protocol> {
    match qualifiers.layer {
        Some(Layer::Transport(protocol, _)) => Some(protocol),
        _ => None,
    }
}

/// A keyword can be meant as a name by a backslash before it, which a shell may have eaten.
fn unescaped(text: &str) -> &str {
    text.strip_prefix('\\').unwrap_or(text)
}

fn link_protocol(word: Word<'_>) -> Parsed<Condition> {
    let ethertype = match Keyword::of(unescaped(word.text)) {
        Some(Keyword::Layer(Layer::Network(ethertype))) => Some(ethertype),
        _ => values::number(word.text).and_then(|number| u16::try_from(number).ok()),
    };
    // Smaller numbers are the lengths of frames without a type.
    match ethertype.filter(|ethertype| *ethertype >= 0x0600) {
        Some(ethertype) => Ok(Condition::Carries(ethertype)),
        None => Err(word.but_expected("an Ethernet type of 0x0600 to 0xffff or its name")),
    }
}

fn ip_protocol(word: Word<'_>, qualifiers: Qualifiers) -> Parsed<Condition> {
    let named = values::protocol(unescaped(word.text));
    let numbered = || values::number(word.text).and_then(|number| u8::try_from(number).ok());
    let protocol = named
        .or_else(|| numbered().map(Protocol))
        .ok_or_else(|| word.but_expected("an IP protocol of 0 to 255 or its name"))?;
    let over = match qualifiers.layer {
        Some(Layer::Network(IPV4)) => Over::Ipv4,
        Some(Layer::Network(_)) => Over::Ipv6,
        _ => Over::Any,
    };
    Ok(Condition::Protocol { protocol, over })
}
