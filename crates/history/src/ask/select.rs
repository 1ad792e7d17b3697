//! What questions have in common: times, conditions, pages.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

/// The most rows of one answer.
pub const MOST_ROWS: usize = 10_000;
/// So far rows are counted that are on no page: what is beyond is "more".
pub const MOST_COUNTED: u64 = 10_000;
/// The longest text that is searched for, in bytes.
pub const MOST_SEARCHED: usize = 256;

/// From a time on and up to another, in nanoseconds since 1970. Default: all times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Times {
    /// The first that counts.
    pub since: Option<i64>,
    /// The first that does not count any more.
    pub until: Option<i64>,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// Its rows.
    pub rows: Vec<T>,
    /// How many rows of this page are left out, since they cannot be read.
    pub unreadable: u64,
    /// How many there are on all pages.
    pub total: Total,
    /// What to ask for the next page with; nothing behind the last one.
    pub next: Option<Key>,
}

/// How many rows there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// So many were counted.
    pub counted: u64,
    /// Whether there are more.
    pub is_more: bool,
}

/// The place of a row in an order: the next page begins behind it, whatever was written meanwhile. As text it is fit for
/// an address of the web.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) place: i64,
    pub(super) id: i64,
}

/// A text that names no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAKey;

/// Conditions, and the values in them. Texts of statements are known when this is compiled: what is asked for is always
/// a value.
#[derive(Clone, Default)]
pub(super) struct Conditions {
    sql: String,
    values: Vec<Value>,
}

impl Times {
    /// All times.
    pub const ALL: Self = Self { since: None, until: None };

    /// Whether it is one of them.
    #[must_use]
    pub fn hold(&self, nanos: i64) -> bool {
        self.since.is_none_or(|since| nanos >= since)
            && self.until.is_none_or(|until| nanos < until)
    }
}

impl Conditions {
    /// Also this, with these values in place of its question marks.
    pub(super) fn and(&mut self, sql: &'static str, values: impl IntoIterator<Item = Value>) {
        self.sql += if self.sql.is_empty() { " WHERE " } else { " AND " };
        self.sql += sql;
        self.values.extend(values);
    }

    /// The times of a column, which stands before a comparison in both texts.
    pub(super) fn times(&mut self, since: &'static str, until: &'static str, times: Times) {
        if let Some(nanos) = times.since {
            self.and(since, [nanos.into()]);
        }
        if let Some(nanos) = times.until {
            self.and(until, [nanos.into()]);
        }
    }

    pub(super) fn sql(&self) -> &str {
        &self.sql
    }

    pub(super) fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.values.iter().cloned()
    }
}

/// What finds a text anywhere in another, in letters of any size as far as they are ASCII's.
pub(super) fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    // What is searched has no NUL either.
    for char in text.chars().map(|char| if char == '\0' { ' ' } else { char }) {
        if matches!(char, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(char);
    }
    pattern + "%"
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{:x}", self.place, self.id)
    }
}

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let (place, id) = text.split_once('-').ok_or(NotAKey)?;
        let number = |digits| u64::from_str_radix(digits, 16).map(u64::cast_signed);
        let [place, id] = [place, id].map(|digits| number(digits).map_err(|_| NotAKey));
        Ok(Self { place: place?, id: id? })
    }
}

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is no place in an order that a page told")
    }
}

impl Error for NotAKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_were_written() {
        for key in [Key { place: 0, id: 1 }, Key { place: i64::MIN, id: -1 }] {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for text in ["", "-", "1", "1-g", "1-2-3", "11111111111111111-1"] {
            assert_eq!(text.parse::<Key>(), Err(NotAKey), "{text}");
        }
    }

    #[test]
    fn what_patterns_are_made_of_is_searched_for_itself() {
        assert_eq!(pattern("50%_\\\0x"), "%50\\%\\_\\\\ x%");
    }
}
