//! What is said of a list by who loads it.

use netsift_alert::Level;

use super::limits::{MAX_BYTES, MAX_ENTRIES, MAX_MAX_BYTES, MAX_MAX_ENTRIES};
use super::{ListFormat, LocalEntries};
use crate::DetectError;

/// How a list is read, and what a hit on it means: every setter states its default and the reason for it.
#[derive(Clone, Debug)]
pub struct ListOptions {
    pub(super) name: Box<str>,
    pub(super) severity: Level,
    pub(super) category: Box<str>,
    pub(super) format: Option<ListFormat>,
    pub(super) column: Option<Box<str>>,
    pub(super) subdomains: bool,
    pub(super) local: LocalEntries,
    pub(super) max_entries: usize,
    pub(super) max_bytes: u64,
}

impl ListOptions {
    /// Options of a list of this name, by which hits name it.
    #[must_use]
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self {
            name: name.into(),
            severity: Level::Medium,
            category: Box::default(),
            format: None,
            column: None,
            subdomains: false,
            local: LocalEntries::default(),
            max_entries: MAX_ENTRIES,
            max_bytes: MAX_BYTES,
        }
    }

    /// How bad a hit is. Default: medium, since lists differ and none says so of itself.
    #[must_use]
    pub fn severity(self, severity: Level) -> Self {
        Self { severity, ..self }
    }

    /// What those on the list have in common, in a word or two: `botnet`, `scanner`. Default: nothing.
    #[must_use]
    pub fn category(self, category: impl Into<Box<str>>) -> Self {
        Self { category: category.into(), ..self }
    }

    /// What the file is. Default: told by its first lines.
    #[must_use]
    pub fn format(self, format: ListFormat) -> Self {
        Self { format: Some(format), ..self }
    }

    /// The column of a table, or the key of JSON lines, that holds the entries, in letters of any size for a column.
    /// Default: the first known one, such as `ioc_value`, `cidr`, `dst_ip`, `ja3_md5`, `domain`.
    #[must_use]
    pub fn column(self, name: impl Into<Box<str>>) -> Self {
        Self { column: Some(name.into()), ..self }
    }

    /// Whether a name stands for all names below it, too. Default: no, since lists of hosts name shared sites whose other
    /// users are innocent; `*.x` and `.x` always do.
    #[must_use]
    pub fn subdomains(self, subdomains: bool) -> Self {
        Self { subdomains, ..self }
    }

    /// What becomes of addresses that every site uses for itself. Default: they are skipped, as [`LocalEntries`] explains.
    #[must_use]
    pub fn local(self, local: LocalEntries) -> Self {
        Self { local, ..self }
    }

    /// The most entries, beyond which the list is refused. Default: 5,000,000. An IPv4 range takes 30 bytes, an IPv6
    /// range 80 (150, if it is within a /64), a name 30 and its length; up to three times as much while the list is read.
    #[must_use]
    pub fn max_entries(self, most: usize) -> Self {
        Self { max_entries: most, ..self }
    }

    /// The most bytes that are read. Default: 512 MiB.
    #[must_use]
    pub fn max_bytes(self, most: u64) -> Self {
        Self { max_bytes: most, ..self }
    }

    pub(super) fn check(&self) -> Result<(), DetectError> {
        let has_columns = !matches!(self.format, Some(ListFormat::Plain | ListFormat::Hosts));
        let column = self.column.as_deref().unwrap_or_default();
        let most = self.max_entries as u64;
        let rules = [
            (
                "name",
                self.name.to_string(),
                !self.name.is_empty(),
                "a word or two, by which hits are told",
            ),
            (
                "column",
                column.to_owned(),
                self.column.is_none() || has_columns && !column.is_empty(),
                "the name of a column, of a table or of JSON lines",
            ),
            (
                "max_entries",
                most.to_string(),
                (1..=MAX_MAX_ENTRIES).contains(&most),
                "1 to 1000000000",
            ),
            (
                "max_bytes",
                self.max_bytes.to_string(),
                (1..=MAX_MAX_BYTES).contains(&self.max_bytes),
                "has to be from 1 to 4294967295",
            ),
        ];
        let wrong = rules.into_iter().find(|(_, _, holds, _)| !holds);
        wrong.map_or(Ok(()), |(setting, value, _, rule)| {
            Err(DetectError::Setting { setting: setting.to_owned(), value, rule })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        for (options, parameter) in [
            (ListOptions::new(""), "name"),
            (ListOptions::new("a").column(""), "column"),
            (ListOptions::new("a").format(ListFormat::Hosts).column("ip"), "column"),
            (ListOptions::new("a").max_entries(0), "max_entries"),
            (ListOptions::new("a").max_bytes(0), "max_bytes"),
            (ListOptions::new("a").max_bytes(1 << 32), "max_bytes"),
        ] {
            let error = options.check().unwrap_err();
            assert!(matches!(error, DetectError::Setting { setting, .. } if setting == parameter));
        }
        assert!(ListOptions::new("a").check().is_ok());
    }
}
