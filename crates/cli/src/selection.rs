//! Which frames are wished for.

use std::collections::BTreeSet;

use netsift::packet::{Filter, Frame, LinkType, Timestamp};

use crate::failure::Failure;
use crate::time::shown;

/// A filter and a span of time, its end left out.
pub(crate) struct Selection {
    filter: Option<Filter>,
    from: Timestamp,
    to: Option<Timestamp>,
    /// Link types that the filter says nothing about.
    unasked: BTreeSet<LinkType>,
}

impl Selection {
    pub(crate) fn new(
        filter: Option<Filter>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
    ) -> Result<Self, Failure> {
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(Failure::EmptyTimes { from: shown(from), to: shown(to) });
        }
        let from = from.unwrap_or(Timestamp::from_nanos(i64::MIN));
        Ok(Self { filter, from, to, unasked: BTreeSet::new() })
    }

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
        let mut selection = Selection::new(None, Some(at(10)), Some(at(20))).unwrap();
        let taken = [9, 10, 19, 20]
            .map(|time| selection.takes(&Frame::new(at(time), LinkType::ETHERNET, b"")));
        assert_eq!(taken, [false, true, true, false]);
        assert!(Selection::new(None, Some(at(10)), Some(at(10))).is_err());
    }

    #[test]
    fn link_types_that_the_filter_cannot_be_asked_of_are_told() {
        let filter = Filter::compile("vlan 7").unwrap();
        let mut selection = Selection::new(Some(filter), None, None).unwrap();
        for link in [LinkType::ETHERNET, LinkType::RAW, LinkType::RAW] {
            assert!(!selection.takes(&Frame::new(at(0), link, &[0; 60])));
        }
        assert_eq!(
            selection.unasked(),
            ["the filter says nothing about RAW: none of its frames were taken"]
        );
    }
}
