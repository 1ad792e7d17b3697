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
//! | `proto N`, `ether proto N`, `ether host M` | numbers, or names with a backslash (`proto \tcp`), and link-layer addresses |
//! | `src`, `dst`, `src or dst`, `src and dst` | before these: which end |
//! | `vlan`, `vlan ID` | a VLAN tag |
//! | `less L`, `greater L` | length on the wire, `L` included |
//! | `and` `or` `not` `&&` `\|\|` `!` `( )` | composition; `and` and `or` bind alike, from the left |
//!
//! A bare value takes over the words before the value to its left: `tcp port 80 or 443`. What tcpdump
//! knows beyond this (`tcp[13]`, `mpls`, `broadcast` ...) is refused. On purpose it is otherwise in
//! that
//!
//! - host names are refused and services are those of a built-in list, so that a filter means the same
//!   on every machine and never waits for a server;
//! - `ether proto` compares Ethernet types only, and takes none below 0x0600: no SNAP, no LLC;
//! - `net 10/8` is understood;
//! - on the BSD loopback the address family counts in either byte order: a frame does not know that of its file.

mod condition;
mod error;
mod grammar;
mod headers;
mod keywords;
mod lexer;
mod literals;
mod program;
mod values;
mod wireless;

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
/// use netsift_packet::{Filter, Frame, LinkType, Timestamp};
///
/// let filter: Filter = "udp port 53 or 5353".parse()?;
/// let packet = [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 200, 0, 0, 53, 0, 8, 0, 0];
/// assert!(filter.matches(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &packet)));
/// # Ok::<(), netsift_packet::FilterError>(())
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
    /// Ethernet and 802.11, and nothing of link types whose headers filters do not read.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use proptest::prelude::*;

    #[test]
    fn filters_do_not_match_where_they_do_not_fit() {
        let frame = Frame::new(Timestamp::EPOCH, LinkType::RAW, &[0x45; 40]);
        for text in ["vlan", "not vlan", "ip or vlan", "not ether host 1:2:3:4:5:6"] {
            let filter = Filter::compile(text).unwrap();
            assert!(!filter.supports(LinkType::RAW) && !filter.matches(&frame), "{text}");
            assert!(filter.supports(LinkType::ETHERNET));
        }
        let everything = Filter::compile("").unwrap();
        assert!(everything.matches(&frame));
        assert!(!everything.matches(&Frame { link: LinkType(195), ..frame }));
    }

    #[test]
    fn a_tagged_frame_is_read_behind_as_many_tags_as_were_asked_for() {
        let udp = [&[0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17][..], &[0; 10], &[0, 53, 0, 99]].concat();
        let tagged = [&[0; 12][..], &[0x81, 0, 0x20, 5, 0x08, 0], &udp].concat();
        let yes =
            ["vlan", "vlan 5", "vlan and ip", "vlan 5 and src port 53", "not udp", "not vlan 6"];
        let no = ["udp", "vlan and vlan", "vlan 6", "udp or port 53", "not vlan and not udp"];
        let moved = ["ip or vlan and udp", "not vlan or udp", "(vlan or arp) and dst port 99"];
        check(&tagged, &yes, &no);
        check(&tagged, &moved, &["vlan and ip and vlan", "(not vlan) or arp"]);
    }

    #[test]
    fn link_addresses_and_arp_have_two_ends() {
        let addresses = [&[2, 0, 0, 0, 0, 1][..], &[4, 0, 0, 0, 0, 3]].concat();
        let arp =
            [0, 1, 8, 0, 6, 4, 0, 1, 4, 0, 0, 0, 0, 3, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2];
        let frame = [&addresses[..], &[8, 6], &arp].concat();
        let yes = [
            "ether dst 2:0:0:0:0:1",
            "ether src 4:0:0:0:0:3",
            "ether host 4:0:0:0:0:3",
            "src 10.0.0.1",
            "dst 10.0.0.2",
            "arp host 10.0.0.2",
            "src or dst net 10",
            "not ip",
        ];
        let no = [
            "ether src 2:0:0:0:0:1",
            "ether src and dst 4:0:0:0:0:3",
            "src 10.0.0.2",
            "dst 10.0.0.1",
            "ip host 10.0.0.1",
            "rarp",
            "src and dst 10.0.0.1",
            "ether src 2:0:0:0:0:3",
        ];
        check(&frame, &yes, &no);
    }

    #[test]
    fn ipv6_has_two_ends() {
        let mut frame =
            [&[0; 12][..], &[0x86, 0xdd, 0x60, 0, 0, 0, 0, 4, 17, 64], &[0; 36]].concat();
        (frame[37], frame[53], frame[55], frame[57]) = (1, 2, 53, 99);
        let yes =
            ["src ::1", "dst ::2", "ip6 host ::2", "net ::/126", "udp src port 53", "dst port 99"];
        let no = ["src ::2", "dst ::1", "src and dst ::1", "ip", "dst port 53", "ip proto 17"];
        check(&frame, &yes, &no);
    }

    #[test]
    fn lengths_are_those_on_the_wire_and_included() {
        let frame = Frame::new(Timestamp::EPOCH, LinkType::RAW, &[0x45]).with_wire_len(100);
        let answers =
            ["less 100", "less 99", "greater 100", "greater 101"].map(|t| matches(t, &frame));
        assert_eq!(answers, [true, false, true, false]);
    }

    #[test]
    fn a_frame_too_short_for_a_question_matches_neither_it_nor_its_opposite() {
        let cut = [&[0; 12][..], &[8, 0, 0x45, 0]].concat();
        check(
            &cut,
            &["ip", "not arp", "ip or tcp"],
            &["tcp", "not tcp", "tcp or ip", "not not tcp"],
        );
    }

    #[test]
    fn an_even_number_of_nots_is_none() {
        check(&[0; 60], &["not ip", "not not not ip"], &["not not ip", "! not ! not ip"]);
    }

    #[test]
    fn text_survives() {
        let filter: Filter = " tcp ".parse().unwrap();
        assert_eq!(
            (filter.to_string(), format!("{filter:?}")),
            (" tcp ".into(), r#"Filter(" tcp ")"#.into())
        );
    }

    proptest! {
        #[test]
        fn arbitrary_text_is_answered_in_one_line(text in "\\PC{0,60}", words in some_words()) {
            for text in [text, words] {
                if let Err(error) = Filter::compile(&text) {
                    prop_assert!(!error.to_string().contains('\n'));
                }
            }
        }

        #[test]
        fn not_is_the_complement_wherever_no_byte_is_missing(
            text in expression(),
            bytes in frame_bytes(),
            link in link(),
        ) {
            let frame = Frame::new(Timestamp::EPOCH, link, &bytes);
            let [plain, negated] = [text.clone(), format!("not ({text})")].map(|t| matches(&t, &frame));
            prop_assert!(!(plain && negated));
            if Filter::compile(&text).unwrap().supports(link) && bytes.len() >= LONG {
                prop_assert!(plain || negated);
            }
        }

        #[test]
        fn de_morgan_holds_even_for_cut_frames(
            a in expression(),
            b in expression(),
            bytes in frame_bytes(),
            link in link(),
        ) {
            let frame = Frame::new(Timestamp::EPOCH, link, &bytes);
            let pairs = [
                (format!("not (({a}) and ({b}))"), format!("not ({a}) or not ({b})")),
                (format!("not (({a}) or ({b}))"), format!("not ({a}) and not ({b})")),
            ];
            for (one, other) in pairs {
                prop_assert_eq!(matches(&one, &frame), matches(&other, &frame));
            }
        }
    }

    /// No condition reads further, with the tags that `expression` can ask for.
    const LONG: usize = 160;

    fn matches(text: &str, frame: &Frame<'_>) -> bool {
        Filter::compile(text).unwrap().matches(frame)
    }

    fn check(ethernet: &[u8], yes: &[&str], no: &[&str]) {
        let frame = Frame::new(Timestamp::EPOCH, LinkType::ETHERNET, ethernet);
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                assert_eq!(matches(text, &frame), expected, "{text}");
            }
        }
    }

    fn condition() -> impl Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "ip",
            "ip6",
            "tcp",
            "udp",
            "icmp6",
            "vlan",
            "vlan 5",
            "less 80",
            "port 53",
            "arp",
            "src port 1 or 2",
            "host 1.2.3.4",
            "net 0.0.0.0/1",
            "net ::/1",
            "portrange 0-32767",
            "ether src 0:0:0:0:0:0",
            "tcp dst port 80",
            "ip proto 17",
            "src and dst net 8.0.0.0/5",
        ])
    }

    fn expression() -> impl Strategy<Value = String> {
        condition().prop_map(str::to_owned).prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
                (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or {b}")),
                inner.prop_map(|a| format!("not ({a})")),
            ]
        })
    }

    /// Words in any order: nearly filters.
    fn some_words() -> impl Strategy<Value = String> {
        let word = proptest::sample::select(vec![
            "(",
            ")",
            "not",
            "and",
            "or",
            "src",
            "dst",
            "host",
            "net",
            "port",
            "portrange",
            "proto",
            "ether",
            "tcp",
            "ip6",
            "vlan",
            "less",
            "/",
            "mask",
            "10",
            "1.2",
            "::1",
            "80-",
            "-",
            "\\",
        ]);
        proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
    }

    fn link() -> impl Strategy<Value = LinkType> {
        proptest::sample::select(vec![
            LinkType::ETHERNET,
            LinkType::RAW,
            LinkType::NULL,
            LinkType::PPP,
        ])
    }

    /// Bytes that start like IP in one of the link types, cut anywhere.
    fn frame_bytes() -> impl Strategy<Value = Vec<u8>> {
        let heads = proptest::sample::select(vec![
            vec![0; 14],
            [&[0; 12][..], &[8, 0, 0x45]].concat(),
            [&[0; 12][..], &[0x86, 0xdd, 0x60]].concat(),
            [&[0; 12][..], &[0x81, 0, 0, 5, 8, 0, 0x45]].concat(),
            vec![0x45],
            vec![2, 0, 0, 0, 0x45],
            vec![0xff, 3, 0, 0x21, 0x45],
        ]);
        let byte = proptest::sample::select(vec![0, 1, 2, 6, 17, 44, 53, 80, 255]);
        let tail = prop_oneof![
            proptest::collection::vec(byte.clone(), 0..60),
            proptest::collection::vec(byte, LONG),
        ];
        (heads, tail).prop_map(|(head, tail)| [head, tail].concat())
    }
}
