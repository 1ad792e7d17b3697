//! What a value means behind its qualifiers.

use super::FilterError;
use super::condition::{Condition, Over};
use super::headers::{IPV4, IPV6};
use super::keywords::{Keyword, Kind, Layer, Qualifiers};
use super::lexer::Word;
use super::literals::{self, Ipv4Parts};
use crate::Protocol;

/// What stands behind the address of a network.
#[derive(Clone, Copy)]
pub(super) enum Suffix<'t> {
    Nothing,
    /// `/16`
    Length(Word<'t>),
    /// `mask 255.255.0.0`
    Mask(Word<'t>),
}

/// The condition of one value.
///
/// # Errors
/// [`FilterError::Unexpected`], if it is not a value of the kind that its qualifiers ask for.
pub(super) fn condition(
    word: Word<'_>,
    suffix: Suffix<'_>,
    qualifiers: Qualifiers,
) -> Result<Condition, FilterError> {
    match (qualifiers.kind, qualifiers.layer) {
        (Kind::Host, Some(Layer::Ether)) => link_host(word, qualifiers),
        (Kind::Host, _) => host(word, qualifiers),
        (Kind::Net, _) => net(word, suffix, qualifiers),
        (Kind::Port, _) => port(word, qualifiers),
        (Kind::PortRange, _) => port_range(word, qualifiers),
        (Kind::Protocol, Some(Layer::Ether)) => link_protocol(word),
        (Kind::Protocol, _) => ip_protocol(word, qualifiers),
    }
}

/// The id of a VLAN.
///
/// # Errors
/// [`FilterError::Unexpected`], if it is not a number of 12 bits.
pub(super) fn vlan_id(word: Word<'_>) -> Result<u16, FilterError> {
    let id = literals::number(word.text).and_then(|id| u16::try_from(id).ok());
    id.filter(|id| *id < 4096).ok_or_else(|| word.but_expected("a VLAN id of 0 to 4095"))
}

/// A length in bytes.
///
/// # Errors
/// [`FilterError::Unexpected`], if it is not a number of 32 bits.
pub(super) fn length(word: Word<'_>) -> Result<u32, FilterError> {
    literals::number(word.text).ok_or_else(|| word.but_expected(LENGTH))
}

pub(super) const LENGTH: &str = "a length in bytes";

fn link_host(word: Word<'_>, qualifiers: Qualifiers) -> Result<Condition, FilterError> {
    let address = literals::mac(word.text)
        .ok_or_else(|| word.but_expected("a link-layer address such as 02:00:00:00:00:01"))?;
    Ok(Condition::Mac { direction: qualifiers.direction, address })
}

/// A number without dots is a whole address; with fewer than three dots it is a network.
fn host(word: Word<'_>, qualifiers: Qualifiers) -> Result<Condition, FilterError> {
    if let Some(address) = literals::ipv6(word.text) {
        return net6(word, address, [u32::MAX; 4], qualifiers);
    }
    if let Some(address) = literals::number(word.text) {
        return net4(word, address, u32::MAX, qualifiers);
    }
    match Ipv4Parts::parse(word.text) {
        Some(Ipv4Parts { address, mask, .. }) => net4(word, address, mask, qualifiers),
        None => Err(word.but_expected("an IPv4 or IPv6 address in digits")),
    }
}

fn net(
    word: Word<'_>,
    suffix: Suffix<'_>,
    qualifiers: Qualifiers,
) -> Result<Condition, FilterError> {
    if let Some(address) = literals::ipv6(word.text) {
        let mask = suffix_mask6(suffix)?;
        if address.iter().zip(&mask).any(|(address, mask)| address & !mask != 0) {
            return Err(word.but_expected(NETWORK_BITS));
        }
        return net6(word, address, mask, qualifiers);
    }
    let parts = Ipv4Parts::parse(word.text)
        .ok_or_else(|| word.but_expected("an IPv4 or IPv6 network in digits"))?;
    let mask = suffix_mask4(parts, suffix)?;
    if parts.address & !mask != 0 {
        return Err(word.but_expected(NETWORK_BITS));
    }
    net4(word, parts.address, mask, qualifiers)
}

const NETWORK_BITS: &str = "a network without bits beyond its mask";

fn suffix_mask4(parts: Ipv4Parts, suffix: Suffix<'_>) -> Result<u32, FilterError> {
    match suffix {
        Suffix::Length(word) => literals::number(word.text)
            .and_then(literals::mask4)
            .ok_or_else(|| word.but_expected("a mask length of 0 to 32")),
        Suffix::Mask(word) => match Ipv4Parts::parse(word.text) {
            Some(mask) => Ok(mask.address),
            None => Err(word.but_expected("a mask such as 255.255.0.0")),
        },
        // `net 0`: libpcap has no set bit to shift to the left and so asks for all 32 bits.
        Suffix::Nothing if parts.address == 0 && parts.count == 1 => Ok(u32::MAX),
        Suffix::Nothing => Ok(parts.mask),
    }
}

fn suffix_mask6(suffix: Suffix<'_>) -> Result<[u32; 4], FilterError> {
    match suffix {
        Suffix::Length(word) => literals::number(word.text)
            .and_then(literals::mask6)
            .ok_or_else(|| word.but_expected("a mask length of 0 to 128")),
        Suffix::Mask(word) => Err(word.but_expected("`/` and a mask length behind IPv6")),
        Suffix::Nothing => Ok([u32::MAX; 4]),
    }
}

fn net4(
    word: Word<'_>,
    address: u32,
    mask: u32,
    qualifiers: Qualifiers,
) -> Result<Condition, FilterError> {
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
) -> Result<Condition, FilterError> {
    match qualifiers.layer {
        None | Some(Layer::Network(IPV6)) => {
            Ok(Condition::Net6 { direction: qualifiers.direction, address, mask })
        }
        Some(_) => Err(word.but_expected("an IPv4 address")),
    }
}

fn port(word: Word<'_>, qualifiers: Qualifiers) -> Result<Condition, FilterError> {
    const EXPECTED: &str = "a port of 0 to 65535 or the name of a common service";
    let asked = transport_of(qualifiers);
    let number = literals::number(word.text).and_then(|number| u16::try_from(number).ok());
    let (port, transport) = match number.map(|port| (port, None)) {
        Some(found) => found,
        None => literals::service(word.text).ok_or_else(|| word.but_expected(EXPECTED))?,
    };
    if asked.is_some() && transport.is_some() && asked != transport {
        return Err(word.but_expected("a service of that transport"));
    }
    let transport = asked.or(transport);
    Ok(Condition::Ports { direction: qualifiers.direction, transport, low: port, high: port })
}

/// `80-90` or `80`; the larger end may stand first.
fn port_range(word: Word<'_>, qualifiers: Qualifiers) -> Result<Condition, FilterError> {
    let (first, second) = word.text.split_once('-').unwrap_or((word.text, word.text));
    let ends = [first, second].map(|end| u16::try_from(literals::number(end)?).ok());
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

/// A keyword is meant as a name by a backslash before it.
fn unescaped(text: &str) -> &str {
    text.strip_prefix('\\').unwrap_or(text)
}

fn link_protocol(word: Word<'_>) -> Result<Condition, FilterError> {
    let ethertype = match Keyword::of(unescaped(word.text)) {
        Some(Keyword::Layer(Layer::Network(ethertype))) => Some(ethertype),
        _ => literals::number(word.text).and_then(|number| u16::try_from(number).ok()),
    };
    // Smaller numbers are the lengths of frames without a type.
    match ethertype.filter(|ethertype| *ethertype >= 0x0600) {
        Some(ethertype) => Ok(Condition::Carries(ethertype)),
        None => Err(word.but_expected("an Ethernet type of 0x0600 to 0xffff or its name")),
    }
}

fn ip_protocol(word: Word<'_>, qualifiers: Qualifiers) -> Result<Condition, FilterError> {
    let named = literals::protocol(unescaped(word.text));
    let numbered = || literals::number(word.text).and_then(|number| u8::try_from(number).ok());
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
