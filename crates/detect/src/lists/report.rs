//! What reading a list has found: how much of it, and what was wrong with the rest.

use std::fmt;

use serde::Serialize;

use super::limits::MAX_PLACES;
use netsift_alert::Level;

use super::ListFormat;

/// What may be the matter with an entry of a list. Each is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Defect {
    /// It is no address, network, range, name or fingerprint. Skipped.
    Unreadable,
    /// Its line is longer than 64 KiB. Skipped.
    TooLong,
    /// Its row lacks the column that holds entries. Skipped.
    NoField,
    /// A network that is broader than any that somebody owns (IPv4 /8, IPv6 /16), or a pattern for a whole top-level
    /// domain: a slip that would make everything a hit. Skipped.
    TooBroad,
    /// Addresses or a name that every site uses for itself; see [`LocalEntries`](super::LocalEntries). Skipped, unless
    /// they are to be kept.
    Local,
    /// The same as an earlier one. Skipped.
    Duplicate,
    /// The address of a web page, whose host may be innocent. Skipped.
    WebAddress,
    /// Something else that flows do not show: sums of files, autonomous systems. Skipped.
    Foreign,
    /// A network written by an address inside of it (`192.0.2.1/24`). It is taken as the network.
    HostBits,
    /// An address with a port. It is taken as the address: who has one port of a host has the host.
    Port,
}

/// How many defects there are.
const DEFECTS: usize = Defect::ALL.len();

impl Defect {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Unreadable,
        Self::TooLong,
        Self::NoField,
        Self::TooBroad,
        Self::Local,
        Self::Duplicate,
        Self::WebAddress,
        Self::Foreign,
        Self::HostBits,
        Self::Port,
    ];

    /// Its name in words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::TooLong => "too long",
            Self::NoField => "without the column",
            Self::TooBroad => "too broad",
            Self::Local => "local",
            Self::Duplicate => "repeated",
            Self::WebAddress => "of web pages",
            Self::Foreign => "of a foreign kind",
            Self::HostBits => "with host bits",
            Self::Port => "with a port",
        }
    }

    /// Whether an entry that has it is left out.
    #[must_use]
    pub const fn is_skipped(self) -> bool {
        !matches!(self, Self::HostBits | Self::Port)
    }

    /// Whether it tells of a damaged file. The others are what honest lists have.
    pub(super) const fn is_damage(self) -> bool {
        matches!(self, Self::Unreadable | Self::TooLong | Self::NoField)
    }
}

/// What was read of a list.
///
/// Entries are those loaded and those skipped, each of which was skipped for one defect. A line that is neither empty nor
/// a comment nor the names of columns holds one entry; of a hosts file as many as it has names.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LoadReport {
    /// The list's name.
    pub list: Box<str>,
    /// What it is taken for.
    pub format: ListFormat,
    /// How bad a hit is.
    pub severity: Level,
    /// How many lines there are.
    pub lines: u64,
    /// How many of them are empty, comments, or the names of columns.
    pub comments: u64,
    /// How many entries there are.
    pub entries: u64,
    /// How many of them can be looked up.
    pub loaded: u64,
    /// The defects that were found.
    pub defects: Vec<DefectFacts>,
}

/// How often a defect was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DefectFacts {
    /// The defect.
    pub defect: Defect,
    /// How often it was found.
    pub count: u64,
    /// The first lines that have it, from 1: three at most.
    pub lines: Vec<u64>,
}

impl LoadReport {
    /// How many entries were left out.
    #[must_use]
    pub fn skipped(&self) -> u64 {
        let skipped = self.defects.iter().filter(|facts| facts.defect.is_skipped());
        skipped.map(|facts| facts.count).sum()
    }

    /// How often the defect was found.
    #[must_use]
    pub fn count(&self, defect: Defect) -> u64 {
        let facts = self.defects.iter().find(|facts| facts.defect == defect);
        facts.map_or(0, |facts| facts.count)
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} of {} entries ({})", self.list, self.loaded, self.entries, self.format)?;
        self.defects.iter().try_for_each(|facts| write!(f, "; {facts}"))
    }
}

impl fmt::Display for DefectFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines.iter().map(ToString::to_string).collect();
        let more = if self.count > lines.len() as u64 { ", …" } else { "" };
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {} (line{plural} {}{more})", self.count, self.defect.name(), lines.join(", "))
    }
}

/// Defects as they are counted.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    counts: [u64; DEFECTS],
    places: [Vec<u64>; DEFECTS],
}

impl Tally {
    /// Counts one; lines may come in any order.
    pub(super) fn note(&mut self, defect: Defect, line: u64) {
        let place = Defect::ALL.iter().position(|other| *other == defect);
        let Some((count, places)) = place
            .and_then(|place| Some((self.counts.get_mut(place)?, self.places.get_mut(place)?)))
        else {
            return;
        };
        *count += 1;
        let at = places.partition_point(|other| *other <= line);
        if at < MAX_PLACES {
            places.insert(at, line);
            places.truncate(MAX_PLACES);
        }
    }

    pub(super) fn facts(self) -> Vec<DefectFacts> {
        let found = Defect::ALL.into_iter().zip(self.counts).zip(self.places);
        let found = found.filter(|((_, count), _)| *count > 0);
        found.map(|((defect, count), lines)| DefectFacts { defect, count, lines }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_are_told_in_whatever_order_they_come() {
        let mut tally = Tally::default();
        for line in [9, 4, 8, 1, 7] {
            tally.note(Defect::Duplicate, line);
        }
        tally.note(Defect::Port, 2);
        let facts = tally.facts();
        let expected = DefectFacts { defect: Defect::Duplicate, count: 5, lines: vec![1, 4, 7] };
        assert_eq!(
            facts,
            [expected, DefectFacts { defect: Defect::Port, count: 1, lines: vec![2] }]
        );
        assert_eq!(facts[0].to_string(), "5 repeated (lines 1, 4, 7, …)");
        assert_eq!(facts[1].to_string(), "1 with a port (line 2)");
    }

    #[test]
    fn all_defects_are_there_once_in_order() {
        assert!(Defect::ALL.is_sorted_by(|one, next| one < next));
        assert_eq!(Defect::ALL.last(), Some(&Defect::Port));
    }
}
