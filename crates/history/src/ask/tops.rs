//! What there was most of.

use serde::{Deserialize, Serialize};

use super::counts::{end, first, minutes};
use super::reader::Reader;
use super::select::{Conditions, MOST_ROWS, Times};
use crate::address::of_key;
use crate::tally::{HOUR, MINUTE, Side};
use crate::{HistoryError, Volume};

/// Of what the first are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Top {
    /// Who opened the flows of most bytes. Of every hour those are known who were among its first.
    Sources,
    /// Who was called for most bytes.
    Targets,
    /// Classes of flows, by bytes.
    Classes,
    /// Protocols behind IP, by bytes.
    Protocols,
}

/// Something, and how much there was of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ranked {
    /// An address, a class, a protocol.
    pub name: String,
    /// How many flows.
    pub flows: u64,
    /// How much they were.
    pub volume: Volume,
}

/// What alerts are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// What they are.
    What,
    /// Who did it.
    Source,
    /// To whom.
    Target,
}

/// Alerts that have something in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlertGroup {
    /// What that is; of addresses empty where there is none.
    pub name: String,
    /// How many alerts there are.
    pub alerts: u64,
    /// How often they were seen.
    pub count: u64,
}

impl Top {
    /// What an answer about these times covers: talkers are kept by the hour and the rest by the minute, and times count
    /// with the whole hours or minutes that they are in.
    #[must_use]
    pub fn covers(self, times: Times) -> Times {
        let unit = match self {
            Self::Sources | Self::Targets => HOUR,
            Self::Classes | Self::Protocols => MINUTE,
        };
        let nanos = |units: i64| units.saturating_mul(unit);
        let (since, until) = (first(unit, times), end(unit, times));
        Times { since: since.map(nanos), until: until.map(nanos) }
    }
}

impl Reader {
    /// The first of something, those of most bytes first, over the times that [`Top::covers`].
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn top(&self, of: Top, times: Times, limit: usize) -> Result<Vec<Ranked>, HistoryError> {
        let (name, table, all) = match of {
            Top::Sources => ("address", "talker", hours(Side::Source, times)),
            Top::Targets => ("address", "talker", hours(Side::Target, times)),
            Top::Classes => ("class", "minute", minutes(times)),
            Top::Protocols => ("protocol", "minute", minutes(times)),
        };
        let sql = format!(
            "SELECT {name}, sum(flows), sum(packets), sum(bytes) FROM {table}{} GROUP BY 1 HAVING sum(flows) > 0
                ORDER BY 4 DESC, 1 LIMIT ?",
            all.sql()
        );
        let limit = (limit.clamp(1, MOST_ROWS) as i64).into();
        self.rows(&sql, all.values().chain([limit]), |row| {
            let number = |column| row.get::<_, i64>(column).map(|it| it.max(0).cast_unsigned());
            let name = match of {
                Top::Sources | Top::Targets => named(row.get(0)?),
                Top::Classes | Top::Protocols => row.get(0)?,
            };
            let volume = Volume { packets: number(2)?, bytes: number(3)? };
            Ok(Ranked { name, flows: number(1)?, volume })
        })
    }

    /// Alerts by what they have in common, the largest groups first.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn alert_groups(
        &self,
        by: Group,
        times: Times,
        limit: usize,
    ) -> Result<Vec<AlertGroup>, HistoryError> {
        let name = match by {
            Group::What => "what",
            Group::Source => "source",
            Group::Target => "target",
        };
        let mut all = Conditions::default();
        all.times("last >= ?", "last < ?", times);
        let sql = format!(
            "SELECT {name}, count(*), sum(count) FROM alert{} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",
            all.sql()
        );
        let limit = (limit.clamp(1, MOST_ROWS) as i64).into();
        self.rows(&sql, all.values().chain([limit]), |row| {
            let number = |column| row.get::<_, i64>(column).map(|it| it.max(0).cast_unsigned());
            let name = match by {
                Group::What => row.get(0)?,
                Group::Source | Group::Target => named(row.get(0)?),
            };
            Ok(AlertGroup { name, alerts: number(1)?, count: number(2)? })
        })
    }
}

/// The whole hours that these times are in.
fn hours(side: Side, times: Times) -> Conditions {
    let mut all = Conditions::default();
    let times = Times { since: first(HOUR, times), until: end(HOUR, times) };
    all.times("hour >= ?", "hour < ?", times);
    all.and("side = ?", [(side as i64).into()]);
    all
}

fn named(key: Option<Vec<u8>>) -> String {
    key.and_then(|key| of_key(&key)).map_or_else(String::new, |address| address.to_string())
}
