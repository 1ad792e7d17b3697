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
