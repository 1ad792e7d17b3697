//! Rows of tables: cells between commas, semicolons or tabs, in quotes or not.

use std::borrow::Cow;

/// The cells of a row. One whose quotes do not fit ends the row.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    rest: Option<&'a str>,
    delimiter: char,
}

impl<'a> Fields<'a> {
    pub(super) fn of(row: &'a str, delimiter: char) -> Self {
        Self { rest: Some(row), delimiter }
    }

    /// What stands behind the opening quote; two quotes are one.
    fn quoted(&mut self, text: &'a str) -> Option<Cow<'a, str>> {
        let mut quotes = text.match_indices('"').map(|(at, _)| at).peekable();
        let mut is_doubled = false;
        let close = loop {
            let at = quotes.next()?;
            if quotes.next_if_eq(&(at + 1)).is_none() {
                break at;
            }
            is_doubled = true;
        };
        let behind = text.get(close + 1..)?.trim_start_matches(' ');
        self.rest = match behind.strip_prefix(self.delimiter) {
            None if !behind.is_empty() => return None,
            rest => rest,
        };
        let cell = text.get(..close)?;
        Some(if is_doubled { cell.replace("\"\"", "\"").into() } else { cell.into() })
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?.trim_start_matches(' ');
        if let Some(text) = rest.strip_prefix('"') {
            return self.quoted(text);
        }
        let (cell, behind) = match rest.split_once(self.delimiter) {
            Some((cell, behind)) => (cell, Some(behind)),
            None => (rest, None),
        };
        self.rest = behind;
        Some(cell.trim().into())
    }
}

/// What parts the cells of a row: of those that are usual, the first one that it has.
pub(super) fn delimiter(row: &str) -> char {
    [',', ';', '\t'].into_iter().find(|delimiter| row.contains(*delimiter)).unwrap_or(',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(row: &str) -> Vec<String> {
        Fields::of(row, delimiter(row)).map(Cow::into_owned).collect()
    }

    #[test]
    fn cells_are_told_apart() {
        assert_eq!(fields("a,b ,, c"), ["a", "b", "", "c"]);
        assert_eq!(fields(r#""a","b, c", "d ""e""""#), ["a", "b, c", "d \"e\""]);
        assert_eq!(fields(r#""","a" ,"""""#), ["", "a", "\""]);
        assert_eq!(fields("a;b,c;d"), ["a;b", "c;d"]);
        assert_eq!(fields("a;b"), ["a", "b"]);
        assert_eq!(fields("a\tb\t"), ["a", "b", ""]);
        assert_eq!(fields(""), [""]);
    }

    #[test]
    fn quotes_that_do_not_fit_end_the_row() {
        assert_eq!(fields(r#"a,"b,c"#), ["a"]);
        assert_eq!(fields(r#"a,"b"c,d"#), ["a"]);
        assert_eq!(fields(r#"""#), [""; 0]);
        assert_eq!(fields(r#"""""#), [""; 0]);
        assert_eq!(fields(r#"a"b,c"#), [r#"a"b"#, "c"]);
    }
}
