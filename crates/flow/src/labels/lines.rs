//! A table's lines and their fields, within bounds.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use super::Flaw;
use crate::FlowError;

/// How long a line may be: eleven short fields and a label fill a tenth of it.
const MAX_LINE: u64 = 8_192;
/// How much of what was found an error repeats.
const MAX_FOUND: usize = 80;
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The lines of a table that say something.
pub(super) struct Lines<R> {
    table: R,
    line: Vec<u8>,
    number: u64,
    /// What of the line is text between blanks.
    text: String,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(table: R) -> Self {
        Self { table, line: Vec::new(), number: 0, text: String::new() }
    }

    /// Goes to the next line that is neither empty nor a comment; `false` behind the last.
    pub(super) fn advance(&mut self) -> Result<bool, FlowError> {
        while self.read()? {
            if !self.text.is_empty() && !self.text.starts_with('#') {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The line, without blanks around it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// An error in this line.
    pub(super) fn at(&self, flaw: Flaw) -> FlowError {
        self.flaw(flaw.column, &flaw.found, flaw.rule)
    }

    /// The same of its parts.
    pub(super) fn flaw(&self, column: &'static str, found: &str, rule: &'static str) -> FlowError {
        let found = match found.char_indices().nth(MAX_FOUND) {
            Some((end, _)) => format!("{}...", found.get(..end).unwrap_or_default()),
            None => found.to_owned(),
        };
        FlowError::Label { line: self.number, column, found, rule }
    }

    fn read(&mut self) -> Result<bool, FlowError> {
        self.line.clear();
        self.number += 1;
        let mut bounded = self.table.by_ref().take(MAX_LINE + 1);
        let length = bounded
            .read_until(b'\n', &mut self.line)
            .map_err(|source| FlowError::LabelsUnreadable { line: self.number, source })?;
        if length as u64 > MAX_LINE {
            let found = String::from_utf8_lossy(&self.line);
            return Err(self.flaw("the line", &found, "8192 bytes or fewer"));
        }
        let Ok(text) = str::from_utf8(&self.line) else {
            let found = String::from_utf8_lossy(&self.line);
            return Err(self.flaw("the line", &found, "text in UTF-8"));
        };
        let text = if self.number == 1 { text.trim_start_matches(BYTE_ORDER_MARK) } else { text };
        self.text.clear();
        self.text.push_str(text.trim());
        Ok(length > 0)
    }
}

/// The fields of a line, without quotes and blanks around them.
pub(super) fn fields(line: &str) -> Result<Vec<Cow<'_, str>>, Flaw> {
    let mut fields = Vec::with_capacity(12);
    let mut rest = Some(line);
    while let Some(line) = rest {
        let (field, after) = match line.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => plain(line),
        };
        fields.push(field);
        rest = after;
    }
    Ok(fields)
}

/// A field, and what follows the comma behind it, if there is one.
type Field<'a> = (Cow<'a, str>, Option<&'a str>);

fn plain(line: &str) -> Field<'_> {
    match line.split_once(',') {
        Some((field, after)) => (field.trim().into(), Some(after)),
        None => (line.trim().into(), None),
    }
}

/// A field whose opening quote has been read. Two quotes in it are one.
fn unquoted(quoted: &str) -> Result<Field<'_>, Flaw> {
    let mut field = Cow::Borrowed("");
    let mut rest = quoted;
    loop {
        let Some((part, after)) = rest.split_once('"') else {
            return Err(misquoted(quoted, "closed by a quote on its line"));
        };
        field += part;
        rest = after;
        match after.strip_prefix('"') {
            Some(after) => {
                field += "\"";
                rest = after;
            }
            None => break,
        }
    }
    match rest.trim_start().strip_prefix(',') {
        Some(after) => Ok((field, Some(after))),
        None if rest.trim().is_empty() => Ok((field, None)),
        None => Err(misquoted(quoted, "followed by a comma behind its closing quote")),
    }
}

fn misquoted(quoted: &str, rule: &'static str) -> Flaw {
    Flaw { column: "a quoted field", found: quoted.to_owned(), rule }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<String>, &'static str> {
        let fields = fields(line).map_err(|flaw| flaw.rule)?;
        Ok(fields.into_iter().map(Cow::into_owned).collect())
    }

    #[test]
    fn quotes_hold_commas_blanks_and_quotes() {
        let line = r#"a , "b,c" ,"", " d ""e"" ",,f g"#;
        assert_eq!(split(line).unwrap(), ["a", "b,c", "", " d \"e\" ", "", "f g"]);
        assert_eq!(split("").unwrap(), [""]);
        assert_eq!(split("a,").unwrap(), ["a", ""]);
        assert_eq!(split(r#"a"b"#).unwrap(), [r#"a"b"#]);
    }

    #[test]
    fn quotes_close_and_end_a_field() {
        assert_eq!(split(r#"a,"b"#), Err("closed by a quote on its line"));
        assert_eq!(split(r#""a"""#), Err("closed by a quote on its line"));
        assert_eq!(split(r#""a" b,c"#), Err("followed by a comma behind its closing quote"));
    }

    #[test]
    fn comments_blank_lines_marks_and_carriage_returns_are_passed_over() {
        let table = "\u{feff}# a comment\r\n\r\n  \t\na,b\r\n#c\n d \n";
        let mut lines = Lines::new(table.as_bytes());
        let mut told = Vec::new();
        while lines.advance().unwrap() {
            told.push((lines.number, lines.text().to_owned()));
        }
        assert_eq!(told, [(4, "a,b".to_owned()), (6, "d".to_owned())]);
        assert!(!lines.advance().unwrap());
    }

    #[test]
    fn a_line_without_end_is_refused_before_it_is_kept() {
        let mut lines = Lines::new(std::io::BufReader::new(std::io::repeat(b'x')));
        let error = lines.advance().unwrap_err().to_string();
        assert!(error.contains("line 1") && error.contains("8192 bytes"), "{error}");
        assert!(error.len() < 300, "{error}");
        assert!(lines.line.capacity() < 65_536);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut lines = Lines::new(&b"a\n\xff\xfea\0"[..]);
        assert!(lines.advance().unwrap());
        let error = lines.advance().unwrap_err().to_string();
        assert!(error.contains("line 2") && error.contains("UTF-8"), "{error}");
    }
}
