//! What is added up of a batch: counts per minute, and who talked most in an hour.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use crate::queue::Batch;
use crate::{Flow, Volume};

pub(crate) const SECOND: i64 = 1_000_000_000;
/// A minute, in nanoseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// An hour.
pub(crate) const HOUR: i64 = 60 * MINUTE;
/// A day.
pub(crate) const DAY: i64 = 24 * HOUR;
/// How many different words a run counts by, protocols and classes each. What comes beyond is counted as [`OTHERS`]:
/// who names classes may be an attacker.
pub(crate) const MOST_WORDS: usize = 256;
/// What words are counted as that are too many.
pub const OTHERS: &str = "(others)";
/// Of a batch, so many times the talkers that stay in the end are considered: who is among them in no batch is among the
/// first of no hour.
const CONSIDERED: usize = 4;

/// Sums of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) flows: u64,
    pub(crate) alerts: u64,
    pub(crate) volume: Volume,
}

/// Which minute, protocol and class.
pub(crate) type MinuteKey = (i64, String, String);
/// Which hour, on which side, and who.
pub(crate) type TalkerKey = (i64, Side, IpAddr);

/// On which side of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Side {
    Source = 0,
    Target = 1,
}

/// The words that are counted by.
#[derive(Default)]
pub(crate) struct Words {
    protocols: HashSet<String>,
    classes: HashSet<String>,
}

impl Sums {
    fn add(&mut self, flow: &Flow) {
        self.flows += 1;
        self.volume.packets = self.volume.packets.saturating_add(flow.packets());
        self.volume.bytes = self.volume.bytes.saturating_add(flow.bytes());
    }
}

impl Words {
    /// Sums of a batch by minute, protocol and class; `new` are the alerts that were told for the first time.
    pub(crate) fn minutes(&mut self, batch: &Batch, new: &[usize]) -> HashMap<MinuteKey, Sums> {
        let mut sums: HashMap<MinuteKey, Sums> = HashMap::new();
        for flow in batch.verdicts.iter().chain(&batch.flows) {
            let key = self.key(flow.last, &flow.protocol, flow.class());
            sums.entry(key).or_default().add(flow);
        }
        for alert in new.iter().filter_map(|at| batch.alerts.get(*at)) {
            let protocol = alert.protocol.as_deref().unwrap_or_default();
            sums.entry(self.key(alert.nanos, protocol, &alert.what)).or_default().alerts += 1;
        }
        sums
    }

    fn key(&mut self, nanos: i64, protocol: &str, class: &str) -> MinuteKey {
        let protocol = counted(&mut self.protocols, protocol);
        let class = counted(&mut self.classes, class);
        (nanos.div_euclid(MINUTE), protocol.to_owned(), class.to_owned())
    }
}

/// The word, or the one for words that are too many.
fn counted<'a>(known: &mut HashSet<String>, word: &'a str) -> &'a str {
    if known.contains(word) {
        return word;
    }
    if known.len() >= MOST_WORDS {
        return OTHERS;
    }
    known.insert(word.to_owned());
    word
}

/// Who talked and was called most in a batch, by hour and side.
pub(crate) fn talkers(batch: &Batch, most: u32) -> Vec<(TalkerKey, Sums)> {
    let mut sums: HashMap<TalkerKey, Sums> = HashMap::new();
    for flow in batch.verdicts.iter().chain(&batch.flows) {
        let hour = flow.last.div_euclid(HOUR);
        for (side, peer) in [(Side::Source, flow.source), (Side::Target, flow.target)] {
            sums.entry((hour, side, peer.address)).or_default().add(flow);
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|((hour, side, address), sums)| {
        (*hour, *side, std::cmp::Reverse(sums.volume.bytes), *address)
    });
    let most = (most as usize).saturating_mul(CONSIDERED);
    let of_one =
        sums.chunk_by(|((hour, side, _), _), (next, _)| (*hour, *side) == (next.0, next.1));
    of_one.flat_map(|of_one| of_one.iter().take(most)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_an_end() {
        let mut words = Words::default();
        let classes: HashSet<String> =
            (0..1_000).map(|class| words.key(0, "TCP", &format!("class {class}")).2).collect();
        assert_eq!(classes.len(), MOST_WORDS + 1);
        assert!(classes.contains(OTHERS));
        assert_eq!(words.key(-1, "TCP", "class 7"), (-1, "TCP".into(), "class 7".into()));
    }
}
