//! The text of a filter, cut into tokens.

use super::FilterError;

/// One token and the byte at which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) at: usize,
    pub(super) kind: TokenKind<'t>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind<'t> {
    /// A keyword, a name, a number or an address: which one, the grammar knows.
    Word(&'t str),
    And,
    Or,
    Not,
    Open,
    Close,
    Slash,
}

impl TokenKind<'_> {
    pub(super) const fn text(&self) -> &str {
        match self {
            Self::Word(text) => text,
            Self::And => "and",
            Self::Or => "or",
            Self::Not => "not",
            Self::Open => "(",
            Self::Close => ")",
            Self::Slash => "/",
        }
    }
}

/// A word and the byte at which it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    pub(super) at: usize,
    pub(super) text: &'t str,
}

/// The tokens that are still to be read.
pub(super) struct Tokens<'t> {
    tokens: Vec<Token<'t>>,
    read: usize,
}

impl<'t> Tokens<'t> {
    /// Cuts `text` into tokens.
    ///
    /// # Errors
    /// [`FilterError::Unexpected`] for a character that no token has.
    pub(super) fn of(text: &'t str) -> Result<Self, FilterError> {
        Ok(Self { tokens: tokens(text)?, read: 0 })
    }

    /// The token `ahead` of the next one, which stays unread.
    pub(super) fn peek(&self, ahead: usize) -> Option<Token<'t>> {
        self.tokens.get(self.read + ahead).copied()
    }

    /// The next token.
    ///
    /// # Errors
    /// [`FilterError::Ended`] where there is none.
    pub(super) fn next(&mut self, expected: &'static str) -> Result<Token<'t>, FilterError> {
        let token = self.peek(0).ok_or(FilterError::Ended { expected })?;
        self.read += 1;
        Ok(token)
    }

    /// The next token, if it is a word.
    ///
    /// # Errors
    /// [`FilterError`], if it is something else or there is none.
    pub(super) fn word(&mut self, expected: &'static str) -> Result<Word<'t>, FilterError> {
        let token = self.next(expected)?;
        match token.kind {
            TokenKind::Word(text) => Ok(Word { at: token.at, text }),
            _ => Err(token.but_expected(expected)),
        }
    }

    /// Reads the next token if it is `kind`, and says whether it was.
    pub(super) fn take(&mut self, kind: TokenKind<'_>) -> bool {
        let is_it = self.peek(0).is_some_and(|token| token.kind == kind);
        self.skip(usize::from(is_it));
        is_it
    }

    /// Goes over `count` tokens that were peeked at.
    pub(super) fn skip(&mut self, count: usize) {
        self.read += count;
    }
}

impl Token<'_> {
    pub(super) fn but_expected(self, expected: &'static str) -> FilterError {
        FilterError::Unexpected { at: self.at, found: self.kind.text().to_owned(), expected }
    }
}

impl Word<'_> {
    pub(super) fn but_expected(self, expected: &'static str) -> FilterError {
        FilterError::Unexpected { at: self.at, found: self.text.to_owned(), expected }
    }
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        if first.is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let (kind, len) = token(rest).ok_or_else(|| FilterError::Unexpected {
            at,
            found: first.to_string(),
            expected: "a word, a number, an address or a parenthesis",
        })?;
        tokens.push(Token { at, kind });
        at += len;
    }
    Ok(tokens)
}

/// The token that `rest` starts with, and its length.
fn token(rest: &str) -> Option<(TokenKind<'_>, usize)> {
    const SIGNS: [(&str, TokenKind<'_>); 6] = [
        ("&&", TokenKind::And),
        ("||", TokenKind::Or),
        ("!", TokenKind::Not),
        ("(", TokenKind::Open),
        (")", TokenKind::Close),
        ("/", TokenKind::Slash),
    ];
    if let Some((sign, kind)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
        return Some((*kind, sign.len()));
    }
    let len = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
    let kind = match rest.get(..len)? {
        "" => return None,
        "and" => TokenKind::And,
        "or" => TokenKind::Or,
        "not" => TokenKind::Not,
        word => TokenKind::Word(word),
    };
    Some((kind, len))
}

/// The backslash stands before a keyword that is meant as a name.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '_' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_need_no_blanks_and_have_two_spellings() {
        let text = "!(tcp&&udp)||not icmp and a or b/8";
        let texts: Vec<_> =
            tokens(text).unwrap().iter().map(|t| t.kind.text().to_owned()).collect();
        let expected = "not ( tcp and udp ) or not icmp and a or b / 8";
        assert_eq!(texts.join(" "), expected);
    }

    #[test]
    fn addresses_and_ranges_are_one_word() {
        for word in ["10.0.0.1", "2001:db8::1", "1-2", "01-02-03-04-05-06", "\\tcp", "ftp-data"] {
            let expected = Token { at: 1, kind: TokenKind::Word(word) };
            assert_eq!(tokens(&format!(" {word}\t")).unwrap(), [expected]);
        }
    }

    #[test]
    fn a_foreign_character_is_told_with_its_place() {
        for (text, at, found) in [("tcp[13] = 2", 3, "["), ("tcp & udp", 4, "&"), ("a é", 2, "é")]
        {
            let error = tokens(text).unwrap_err();
            assert!(
                matches!(&error, FilterError::Unexpected { at: a, found: f, .. } if *a == at && f == found),
                "{error}"
            );
        }
    }
}
