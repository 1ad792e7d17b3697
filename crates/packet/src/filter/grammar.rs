//! The grammar of filters: `and` and `or` bind alike and from the left, `not` binds tightest, and a
//! bare value takes over the words that stood before the value to its left.

use super::condition::{Condition, Direction};
use super::keywords::{Keyword, Kind, Layer, Qualifiers, rule_broken};
use super::lexer::{Token, TokenKind, Tokens, Word};
use super::program::{Block, Builder, Joint, Program};
use super::values::{self, Suffix};
use super::{FilterError, MAX_NESTING};

/// Turns tokens into a program in one pass: blocks are written in the order of the text, which is
/// what moves everything behind a `vlan` on by its tag.
pub(super) struct Parser<'t> {
    tokens: Tokens<'t>,
    builder: Builder,
    /// What a bare value means at this place; nothing at the start and after `tcp` and the like.
    carried: Option<Qualifiers>,
    /// Whether this is the inside of `port (80 or 443)`.
    only_values: bool,
    nesting: usize,
}

type Parsed<T> = Result<T, FilterError>;

impl<'t> Parser<'t> {
    /// The program of a whole filter; no tokens at all accept everything.
    pub(super) fn program(tokens: Tokens<'t>) -> Parsed<Program> {
        let builder = Builder::default();
        let mut parser = Self { tokens, builder, carried: None, only_values: false, nesting: 0 };
        if parser.tokens.peek(0).is_none() {
            return Ok(parser.builder.finish(None));
        }
        let block = parser.expression()?;
        match parser.tokens.peek(0) {
            None => Ok(parser.builder.finish(Some(block))),
            Some(token) => Err(token.but_expected("`and`, `or` or the end")),
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
        if self.tokens.take(TokenKind::And) {
            Some(Joint::And)
        } else if self.tokens.take(TokenKind::Or) {
            Some(Joint::Or)
        } else {
            None
        }
    }

    fn operand(&mut self) -> Parsed<Block> {
        const EXPECTED: &str = "a condition, `not` or `(`";
        let mut negated = false;
        while self.tokens.take(TokenKind::Not) {
            negated = !negated;
        }
        let token = self.tokens.next(EXPECTED)?;
        let block = match token.kind {
            TokenKind::Open => self.group(token)?,
            TokenKind::Word(text) => self.condition(Word { at: token.at, text })?,
            _ => return Err(token.but_expected(EXPECTED)),
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
        let token = self.tokens.next("`)`")?;
        match token.kind {
            TokenKind::Close => Ok(block),
            _ => Err(token.but_expected("`and`, `or` or `)`")),
        }
    }

    fn condition(&mut self, word: Word<'t>) -> Parsed<Block> {
        match (Keyword::of(word.text), self.carried) {
            (Some(_), _) if self.only_values => Err(word.but_expected(VALUE)),
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
                let direction = self.rest_of_direction(first);
                let kind = self.kind();
                self.qualified(word, None, Some(direction), kind)
            }
            Keyword::Kind(kind) => self.qualified(word, None, None, Some((word, kind))),
        }
    }

    fn vlan(&mut self) -> Parsed<Block> {
        let id = match self.next_word() {
            Some(word) if Keyword::of(word.text).is_none() => {
                self.tokens.skip(1);
                Some(values::vlan_id(word)?)
            }
            _ => None,
        };
        Ok(self.closed(Condition::Vlan { id }))
    }

    fn length(&mut self, condition: fn(u32) -> Condition) -> Parsed<Block> {
        let len = values::length(self.tokens.word(values::LENGTH)?)?;
        Ok(self.closed(condition(len)))
    }

    /// A layer alone, or one that qualifies what follows.
    fn layer(&mut self, word: Word<'t>, layer: Layer) -> Parsed<Block> {
        let direction = self.direction();
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

    fn direction(&mut self) -> Option<Direction> {
        let Some(Keyword::Direction(first)) = Keyword::of(self.next_word()?.text) else {
            return None;
        };
        self.tokens.skip(1);
        Some(self.rest_of_direction(first))
    }

    /// `src` may go on to `src or dst` and `src and dst`, and `dst` likewise.
    fn rest_of_direction(&mut self, first: Direction) -> Direction {
        let kind = |ahead| self.tokens.peek(ahead).map(|token| token.kind);
        let second = match kind(1) {
            Some(TokenKind::Word(text)) => Keyword::of(text),
            _ => None,
        };
        let combined = match (kind(0), second) {
            (Some(TokenKind::Or), Some(Keyword::Direction(second))) if second != first => {
                Direction::Either
            }
            (Some(TokenKind::And), Some(Keyword::Direction(second))) if second != first => {
                Direction::Both
            }
            _ => return first,
        };
        self.tokens.skip(2);
        combined
    }

    fn kind(&mut self) -> Option<(Word<'t>, Kind)> {
        let word = self.next_word()?;
        let Some(Keyword::Kind(kind)) = Keyword::of(word.text) else { return None };
        self.tokens.skip(1);
        Some((word, kind))
    }

    fn next_word(&self) -> Option<Word<'t>> {
        let token = self.tokens.peek(0)?;
        match token.kind {
            TokenKind::Word(text) => Some(Word { at: token.at, text }),
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
        let suffix = if qualifiers.kind == Kind::Net { self.suffix()? } else { Suffix::Nothing };
        let condition = values::condition(word, suffix, qualifiers)?;
        Ok(self.builder.condition(condition))
    }

    fn suffix(&mut self) -> Parsed<Suffix<'t>> {
        if self.tokens.take(TokenKind::Slash) {
            Ok(Suffix::Length(self.tokens.word("a mask length")?))
        } else if self.tokens.take(TokenKind::Word("mask")) {
            Ok(Suffix::Mask(self.tokens.word("a mask")?))
        } else {
            Ok(Suffix::Nothing)
        }
    }

    /// A condition that leaves a bare value behind it without meaning.
    fn closed(&mut self, condition: Condition) -> Block {
        self.carried = None;
        self.builder.condition(condition)
    }
}

/// Keywords can also be names of protocols.
const VALUE: &str = "a value (a keyword meant as a name takes a backslash before it)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Filter, MAX_LEN};

    #[test]
    fn what_differs_only_in_spelling_is_the_same_program() {
        let pairs = [
            ("tcp port 80 or 443", "tcp port 80 or tcp port 443"),
            ("port (80 or 443)", "port 80 or port 443"),
            ("port not 80", "not port 80"),
            ("not not not tcp", "!tcp"),
            ("src 10.0.0.1 && ! 10.0.0.2", "src host 10.0.0.1 and not src host 10.0.0.2"),
            ("port 80 and (host 1.2.3.4) or 443", "port 80 and host 1.2.3.4 or port 443"),
            ("src or dst port 80", "port 80"),
            ("dst and src port 80", "src and dst port 80"),
            ("host 167772161", "host 10.0.0.1"),
            ("net 10", "net 10.0.0.0 / 8"),
            ("net 10.0.0.0 mask 255.0.0.0", "net 10.0.0.0/8"),
            ("portrange 90-80", "portrange 80-90"),
            ("port domain", "port 53"),
            ("tcp port domain", "tcp port 53"),
            ("port http", "tcp port 80"),
            ("net 10/8", "net 10.0.0.0/8"),
            ("proto \\tcp", "tcp"),
            ("ip6 proto ipv6-icmp", "icmp6"),
            ("ether proto \\ip6", "ip6"),
            ("vlan 0x10", "vlan 16"),
        ];
        for (one, other) in pairs {
            assert!(program(one) == program(other), "{one} | {other}");
        }
    }

    #[test]
    fn and_and_or_bind_alike_from_the_left() {
        assert!(program("tcp or udp and ip6") == program("(tcp or udp) and ip6"));
        assert!(program("tcp or udp and ip6") != program("tcp or (udp and ip6)"));
        assert!(program("not tcp or udp") != program("not (tcp or udp)"));
    }

    #[test]
    fn everything_behind_a_vlan_is_moved() {
        assert!(program("vlan and tcp") != program("tcp and vlan"));
        assert!(program("vlan or tcp") != program("tcp or vlan"));
    }

    #[test]
    fn errors_tell_place_find_and_expectation() {
        let cases = [
            ("tcp udp", r#"at byte 4: "udp", where `and`, `or` or the end is expected"#),
            (
                "port 65536",
                r#"at byte 5: "65536", where a port of 0 to 65535 or the name of a common service is expected"#,
            ),
            (
                "udp port http",
                r#"at byte 9: "http", where a service of that transport is expected"#,
            ),
            (
                "ip port 80",
                r#"at byte 3: "port", where `tcp`, `udp`, `sctp` or nothing before a port is expected"#,
            ),
            (
                "host example",
                r#"at byte 5: "example", where an IPv4 or IPv6 address in digits is expected"#,
            ),
            (
                "net 10.1.0.0/8",
                r#"at byte 4: "10.1.0.0", where a network without bits beyond its mask is expected"#,
            ),
            ("net 10.0.0.0/33", r#"at byte 13: "33", where a mask length of 0 to 32 is expected"#),
            (
                "10.0.0.1",
                r#"at byte 0: "10.0.0.1", where a keyword such as `host`, `port` or `tcp` is expected"#,
            ),
            ("(tcp", "the filter ends where `)` is expected"),
            ("tcp and", "the filter ends where a condition, `not` or `(` is expected"),
            ("tcp)", r#"at byte 3: ")", where `and`, `or` or the end is expected"#),
            (
                "ether proto 0x5ff",
                r#"at byte 12: "0x5ff", where an Ethernet type of 0x0600 to 0xffff or its name is expected"#,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(Filter::compile(text).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn nesting_ends_at_its_limit_and_nots_do_not_nest() {
        let nested = |depth| format!("{}tcp{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::compile(&nested(MAX_NESTING)).is_ok());
        let error = FilterError::TooDeep { at: MAX_NESTING, limit: MAX_NESTING };
        assert_eq!(Filter::compile(&nested(MAX_NESTING + 1)).unwrap_err(), error);
        assert!(Filter::compile(&format!("{}tcp", "!".repeat(MAX_LEN - 3))).is_ok());
    }

    #[test]
    fn the_longest_chain_compiles_and_one_byte_more_does_not() {
        let conditions = MAX_LEN.div_ceil("ip&&".len()) - 1;
        let chain = vec!["ip"; conditions].join("&&");
        assert!(Filter::compile(&chain).is_ok());
        let long = " ".repeat(MAX_LEN + 1);
        let error = FilterError::TooLong { len: MAX_LEN + 1, limit: MAX_LEN };
        assert_eq!(Filter::compile(&long).unwrap_err(), error);
    }

    fn program(text: &str) -> Program {
        Parser::program(Tokens::of(text).unwrap()).unwrap()
    }
}
