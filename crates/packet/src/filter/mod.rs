//! Filters in tcpdump's words.
//!
//! A filter reads the outer headers of a frame exactly as tcpdump does, its limits included: ports
//! only of packets that are not later fragments, protocols behind IPv6 only directly or behind a
//! fragment header, everything behind a `vlan` one tag further on. A frame that was captured too
//! short to answer a question is not accepted, not even by a filter that begins with `not`.
//!
//! | words | meaning |
//! |---|---|
//! | `ip` `ip6` `arp` `rarp` | what the link layer carries |
//! | `tcp` `udp` `sctp` `icmp` `icmp6` `igmp` `esp` `ah` `pim` `vrrp` | what IP carries |
//! | `host A`, `net N`, `net N/L`, `net N mask M` | addresses of IPv4, IPv6, ARP and RARP, after `ip`, `ip6`, `arp` or `rarp` only there |
//! | `port P`, `portrange P-Q` | ports of TCP, UDP and SCTP, after `tcp`, `udp` or `sctp` only there |
//! | `proto N`, `ether proto N`, `ether host M` | numbers and link-layer addresses |
//! | `src`, `dst`, `src or dst`, `src and dst` | before these: which end |
//! | `vlan`, `vlan ID` | a VLAN tag |
//! | `less L`, `greater L` | length on the wire, `L` included |
//! | `and` `or` `not` `&&` `\|\|` `!` `( )` | composition; `and` and `or` bind alike, from the left |
//!
//! A bare value takes over the words before the value to its left: `tcp port 80 or 443`. Host names
//! are not looked up. What tcpdump knows beyond this (`tcp[13]`, `mpls`, `broadcast` ...) is refused.

mod condition;
mod error;
mod grammar;
mod headers;
mod keywords;
mod lexer;
mod literals;
mod program;
mod values;

use std::fmt;
use std::str::FromStr;

pub use error::FilterError;

use crate::{Frame, LinkType};
use grammar::Parser;
use headers::Link;
use lexer::Tokens;
use program::Program;

/// The longest filter that is read: a list of a few hundred networks fits, a file does not.
pub const MAX_LEN: usize = 16 * 1024;

/// The deepest nesting of parentheses that is read: more than people write, and small enough for
/// the stack of any thread.
pub const MAX_NESTING: usize = 64;

/// A compiled filter.
///
/// ```
/// use netsift_packet::{Frame, LinkType, Timestamp, filter::Filter};
///
/// let filter: Filter = "udp port 53 or 5353".parse()?;
/// let packet = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 200, 0, 0, 53, 0, 8, 0, 0];
/// assert!(filter.matches(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &packet)));
/// # Ok::<(), netsift_packet::filter::FilterError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Filter {
    text: Box<str>,
    program: Program,
}

impl Filter {
    /// Compiles `text`; an empty one matches everything.
    ///
    /// # Errors
    /// [`FilterError`] for text that is not a filter, or longer or deeper than the limits.
    pub fn compile(text: &str) -> Result<Self, FilterError> {
        if text.len() > MAX_LEN {
            return Err(FilterError::TooLong { len: text.len(), limit: MAX_LEN });
        }
        let program = Parser::program(Tokens::of(text)?)?;
        Ok(Self { text: text.into(), program })
    }

    /// Whether `frame` matches; frames of a link type that is not [supported](Self::supports) never
    /// do.
    #[inline]
    #[must_use]
    pub fn matches(&self, frame: &Frame<'_>) -> bool {
        match Link::of(frame.link) {
            Some(link) => self.program.fits(link) && self.program.accepts(frame, link),
            None => false,
        }
    }

    /// Whether this filter can be asked of frames of that link type: `vlan` and `ether host` only of
    /// Ethernet, and nothing of link types whose headers filters do not read, such as 802.11.
    ///
    /// tcpdump refuses such a filter when it learns the link type; captures with several link types
    /// make that impossible here.
    #[must_use]
    pub fn supports(&self, link: LinkType) -> bool {
        Link::of(link).is_some_and(|link| self.program.fits(link))
    }
}

impl FromStr for Filter {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        Self::compile(text)
    }
}

impl fmt::Display for Filter {
    /// The text that it was compiled from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Filter({:?})", self.text)
    }
}
