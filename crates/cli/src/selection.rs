//! Which frames are wished for.

use std::collections::BTreeSet;

use clap::Args;
use netsift::packet::{Filter, Frame, LinkType, Timestamp};

use crate::failure::Failure;
use crate::time::{self, shown};

/// Which frames are wished for, as it is told.
#[derive(Args, Default)]
pub(crate) struct Asked {
    /// Only packets that match, in tcpdump's words ("tcp port 443"); it reads the outermost headers. Link
    /// types that a filter cannot ask (VLAN tags of raw IP) match nothing, and a line says so
    #[arg(short, long, value_name = "WORDS", value_parser = Filter::compile)]
    pub(crate) filter: Option<Filter>,

    /// Only packets from this time on: 2025-06-15T12:30:00Z, "2025-06-15 12:30:00.5" (UTC), or
    /// seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    from: Option<Timestamp>,

    /// Only packets before this time
    #[arg(long, value_name = "TIME", value_parser = time::parse, allow_hyphen_values = true)]
    to: Option<Timestamp>,
}

impl Asked {
    /// An option of these that is given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let options = [
            ("--filter", self.filter.is_some()),
            ("--from", self.from.is_some()),
            ("--to", self.to.is_some()),
        ];
        options.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }

    pub(crate) fn selection(&self) -> Result<Selection, Failure> {
        let Self { filter, from, to } = self;
        if let (Some(from), Some(to)) = (*from, *to)
            && from >= to
        {
            return Err(Failure::EmptyTimes { from: shown(from), to: shown(to) });
        }
        let from = from.unwrap_or(Timestamp::from_nanos(i64::MIN));
        Ok(Selection { filter: filter.clone(), from, to: *to, unasked: BTreeSet::new() })
    }
}

/// A filter and a span of time, its end left out.
pub(crate) struct Selection {
    filter: Option<Filter>,
    from: Timestamp,
    to: Option<Timestamp>,
    /// Link types that the filter says nothing about.
    unasked: BTreeSet<LinkType>,
}

impl Selection {
    #[inline]
    pub(crate) fn takes(&mut self, frame: &Frame<'_>) -> bool {
        let in_time = frame.time >= self.from && self.to.is_none_or(|to| frame.time < to);
        in_time
            && self.filter.as_ref().is_none_or(|filter| matches(filter, frame, &mut self.unasked))
    }

    /// What the filter could not be asked of, a line each.
    pub(crate) fn unasked(&self) -> Vec<String> {
        let line =
            |link| format!("the filter says nothing about {link}: none of its frames were taken");
        self.unasked.iter().map(line).collect()
    }
}

#[inline]
fn matches(filter: &Filter, frame: &Frame<'_>, unasked: &mut BTreeSet<LinkType>) -> bool {
    if filter.matches(frame) {
        return true;
    }
    if !filter.supports(frame.link) {
        unasked.insert(frame.link);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: i64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    #[test]
    fn the_span_begins_with_its_start_and_ends_before_its_end() {
        let asked = |from, to| Asked { filter: None, from: Some(at(from)), to: Some(at(to)) };
        let mut selection = asked(10, 20).selection().unwrap();
        let taken = [9, 10, 19, 20]
            .map(|time| selection.takes(&Frame::new(at(time), LinkType::ETHERNET, b"")));
        assert_eq!(taken, [false, true, true, false]);
        assert!(asked(10, 10).selection().is_err());
    }

    #[test]
    fn link_types_that_the_filter_cannot_be_asked_of_are_told() {
        let filter = Filter::compile("vlan 7").unwrap();
        let asked = Asked { filter: Some(filter), from: None, to: None };
        let mut selection = asked.selection().unwrap();
        for link in [LinkType::ETHERNET, LinkType::RAW, LinkType::RAW] {
            assert!(!selection.takes(&Frame::new(at(0), link, &[0; 60])));
        }
        assert_eq!(
            selection.unasked(),
            ["the filter says nothing about RAW: none of its frames were taken"]
        );
    }
}
