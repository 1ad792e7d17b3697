//! How much there was, over time.

use serde::{Deserialize, Serialize};

use super::reader::Reader;
use super::select::{Conditions, MOST_ROWS, Times};
use crate::tally::MINUTE;
use crate::{HistoryError, Volume};

/// The most bins of an answer: a week of minutes.
pub const MOST_BINS: i64 = 10_080;
const MINUTES_OF_A_YEAR: u32 = 366 * 24 * 60;

/// Which counts are wanted. They are kept by the minute: times count with the whole minutes that they are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountsAsked {
    /// Of which times.
    pub times: Times,
    /// How many minutes are one bin: 60 for an hour, 1,440 for a day (of UTC).
    pub minutes: u32,
    /// What is told apart.
    pub by: CountBy,
}

/// What is told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CountBy {
    /// Nothing.
    #[default]
    All,
    /// Protocols behind IP.
    Protocol,
    /// Classes of flows, and what alerts are.
    Class,
}

/// What was counted in a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Bin {
    /// When it begins, in nanoseconds since 1970.
    pub start: i64,
    /// The protocol or the class; empty where nothing is told apart, and of flows of no class.
    pub of: String,
    /// How many flows ended.
    pub flows: u64,
    /// How many alerts were new.
    pub alerts: u64,
    /// How much those flows were.
    pub volume: Volume,
}

impl Reader {
    /// Counts by time, bins without any left out.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] for more than [`MOST_BINS`] bins, [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn counts(&self, asked: &CountsAsked) -> Result<Vec<Bin>, HistoryError> {
        let times = self.counted(asked.times)?;
        asked.check(times)?;
        let of = asked.by.column();
        let all = minutes(times);
        let sql = format!(
            "SELECT minute - ((minute % ?) + ?) % ? AS start, {of} AS what, sum(flows), sum(alerts), sum(packets), sum(bytes)
                FROM minute{} GROUP BY start, what ORDER BY start, what LIMIT ?",
            all.sql()
        );
        let width = i64::from(asked.minutes);
        let values = [width.into(), width.into(), width.into()].into_iter().chain(all.values());
        self.rows(&sql, values.chain([(MOST_ROWS as i64).into()]), |row| {
            let number = |column| row.get::<_, i64>(column).map(|it| it.max(0).cast_unsigned());
            let volume = Volume { packets: number(4)?, bytes: number(5)? };
            let start = row.get::<_, i64>(0)?.saturating_mul(MINUTE);
            Ok(Bin { start, of: row.get(1)?, flows: number(2)?, alerts: number(3)?, volume })
        })
    }

    /// The times that are asked for, open ends at the first and the last minute that was counted.
    fn counted(&self, times: Times) -> Result<Times, HistoryError> {
        let ends = "SELECT min(minute), max(minute) FROM minute";
        let ends = self.rows(ends, [], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))?;
        let (first, last): (Option<i64>, _) = ends.into_iter().next().unwrap_or_default();
        let nanos = |minute: i64| minute.saturating_mul(MINUTE);
        let since = times.since.or(first.map(nanos));
        let until = times.until.or(last.map(|last| nanos(last.saturating_add(1))));
        Ok(Times { since, until })
    }
}

/// The whole minutes that these times are in.
pub(super) fn minutes(times: Times) -> Conditions {
    let mut all = Conditions::default();
    let times = Times { since: first(MINUTE, times), until: end(MINUTE, times) };
    all.times("minute >= ?", "minute < ?", times);
    all
}

/// The first hour, minute or other unit that these times are in.
pub(super) fn first(unit: i64, times: Times) -> Option<i64> {
    times.since.map(|nanos| nanos.div_euclid(unit))
}

/// The first that they are no longer in.
pub(super) fn end(unit: i64, times: Times) -> Option<i64> {
    times.until.map(|nanos| nanos.saturating_sub(1).div_euclid(unit) + 1)
}

impl CountsAsked {
    fn check(&self, times: Times) -> Result<(), HistoryError> {
        let refused = |setting, value: i64, rule| {
            Err(HistoryError::Setting { setting, value: value.to_string(), rule })
        };
        if !(1..=MINUTES_OF_A_YEAR).contains(&self.minutes) {
            return refused("minutes of a bin", self.minutes.into(), "from 1 to 527040");
        }
        let (Some(since), Some(until)) = (times.since, times.until) else { return Ok(()) };
        match until.saturating_sub(since) / MINUTE.saturating_mul(self.minutes.into()) {
            bins @ MOST_BINS.. => refused("number of bins", bins, "less than 10080"),
            _ => Ok(()),
        }
    }
}

impl CountBy {
    const fn column(self) -> &'static str {
        match self {
            Self::All => "''",
            Self::Protocol => "protocol",
            Self::Class => "class",
        }
    }
}
