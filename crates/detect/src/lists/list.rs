//! One list: what it is, and what it holds.

use std::fmt;
use std::net::IpAddr;

use super::fingerprints::{Fingerprint, Fingerprints};
use super::names::{Listed, Names};
use super::spans::{Span, Spans};
use netsift_alert::Level;

use super::{AddressRange, LoadReport};

/// A list that was read or made: it never changes, so that it can be shared between threads, and another one put in
/// its place while they run.
///
/// A look-up takes nothing from the heap. Of addresses the narrowest range around the one that is asked for is told; of
/// names the name itself, or else the nearest above it that stands for those below.
#[derive(Clone, Debug)]
pub struct List {
    pub(super) kind: ListKind,
    pub(super) category: Box<str>,
    pub(super) v4: Spans<u32>,
    pub(super) v6: Spans<u128>,
    pub(super) names: Names,
    pub(super) fingerprints: Fingerprints,
    pub(super) report: LoadReport,
}

/// Where a list is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListKind {
    /// Somebody wrote it.
    Read,
    /// It was made of what was seen: those who talk most. That is no reproach.
    Talkers,
}

/// What a list says of something that was asked for. It prints as `192.0.2.0/24 of drop, line 7`.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    list: &'a List,
    found: Found<'a>,
}

/// What was found, where it stands. Whether there is a hit is asked for each flow, which entry it is for few.
#[derive(Clone, Copy, Debug)]
enum Found<'a> {
    V4(&'a Span<u32>),
    V6(&'a Span<u128>),
    Name(Listed<'a>),
    Fingerprint(Fingerprint, u32),
}

/// An entry of a list. It prints as a plain list has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Entry<'a> {
    /// Addresses.
    Addresses(AddressRange),
    /// A name.
    Domain {
        /// The name, in small letters.
        name: &'a str,
        /// Whether all names below it are meant, too.
        subdomains: bool,
    },
    /// A fingerprint of a TLS client.
    Fingerprint(Fingerprint),
}

impl List {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.report.list
    }

    /// Where it is from.
    #[must_use]
    pub fn kind(&self) -> ListKind {
        self.kind
    }

    /// How bad a hit is.
    #[must_use]
    pub fn severity(&self) -> Level {
        self.report.severity
    }

    /// What those on it have in common; empty if that was not said.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// What was loaded, and what was not.
    #[must_use]
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.v4.len() + self.v6.len() + self.names.len() + self.fingerprints.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many bytes its entries take.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.v4.memory() + self.v6.memory() + self.names.memory() + self.fingerprints.memory()
    }

    /// The entry that an address is in, the narrowest of several.
    #[must_use]
    pub fn address(&self, address: IpAddr) -> Option<Hit<'_>> {
        let found = match address.to_canonical() {
            IpAddr::V4(address) => self.v4.find(address.to_bits()).map(Found::V4),
            IpAddr::V6(address) => self.v6.find(address.to_bits()).map(Found::V6),
        };
        found.map(|found| self.hit(found))
    }

    /// The entry that a name is in, whatever the size of its letters and with or without a dot at its end. Names of other
    /// alphabets are those that go over the wire (`xn--`).
    #[must_use]
    pub fn domain(&self, name: &[u8]) -> Option<Hit<'_>> {
        self.names.find(name).map(|listed| self.hit(Found::Name(listed)))
    }

    /// The entry of a fingerprint.
    #[must_use]
    pub fn fingerprint(&self, fingerprint: &Fingerprint) -> Option<Hit<'_>> {
        let line = self.fingerprints.find(fingerprint)?;
        Some(self.hit(Found::Fingerprint(*fingerprint, line)))
    }

    /// All entries, as hits on them would be: addresses, names, fingerprints.
    pub fn iter(&self) -> impl Iterator<Item = Hit<'_>> {
        let v4 = self.v4.iter().map(Found::V4);
        let v6 = self.v6.iter().map(Found::V6);
        let names = self.names.iter().map(Found::Name);
        let fingerprints = self.fingerprints.iter();
        let fingerprints = fingerprints.map(|(print, line)| Found::Fingerprint(print, line));
        v4.chain(v6).chain(names).chain(fingerprints).map(|found| self.hit(found))
    }

    fn hit<'a>(&'a self, found: Found<'a>) -> Hit<'a> {
        Hit { list: self, found }
    }
}

impl<'a> Hit<'a> {
    /// The list, with its severity and category.
    #[must_use]
    pub fn list(&self) -> &'a List {
        self.list
    }

    /// What of it.
    #[must_use]
    pub fn entry(&self) -> Entry<'a> {
        match self.found {
            Found::V4(span) => Entry::Addresses(AddressRange::v4(span.first, span.last)),
            Found::V6(span) => Entry::Addresses(AddressRange::v6(span.first, span.last)),
            Found::Name(Listed { name, subdomains, .. }) => Entry::Domain { name, subdomains },
            Found::Fingerprint(fingerprint, _) => Entry::Fingerprint(fingerprint),
        }
    }

    /// The line it stands on, from 1; of talkers the rank.
    #[must_use]
    pub fn line(&self) -> u32 {
        match self.found {
            Found::V4(span) => span.line,
            Found::V6(span) => span.line,
            Found::Name(listed) => listed.line,
            Found::Fingerprint(_, line) => line,
        }
    }
}

impl fmt::Display for Hit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.list.kind {
            ListKind::Read => "line",
            ListKind::Talkers => "rank",
        };
        write!(f, "{} of {}, {place} {}", self.entry(), self.list.name(), self.line())
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(range) => range.fmt(f),
            Self::Domain { name, subdomains: true } => write!(f, "*.{name}"),
            Self::Domain { name, .. } => f.write_str(name),
            Self::Fingerprint(fingerprint) => fingerprint.fmt(f),
        }
    }
}
