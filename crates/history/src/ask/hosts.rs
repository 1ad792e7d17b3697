//! How bad hosts were, and what one had to do with.

use std::collections::HashMap;
use std::net::IpAddr;

use rusqlite::Row;
use serde::{Deserialize, Serialize};

use super::reader::Reader;
use super::select::{Conditions, MOST_ROWS, Times};
use super::tops::Ranked;
use crate::address::{key, of_key};
use crate::tally::MINUTE;
use crate::{HistoryError, HostScore, Volume};

/// The most peers, ports and classes that are told of a host.
pub const MOST_RANKED: usize = 100;
/// So many of a host's flows are looked at on each side of verdicts and of other flows: a busy server has more in an hour.
const LOOKED_AT: i64 = 5_000;

/// What a host had to do with, by its flows. Those of most bytes come first, [`MOST_RANKED`] of them at most.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HostSeen {
    /// Addresses that it called, or that called it.
    pub peers: Vec<Ranked>,
    /// Ports that were called, at it or by it.
    pub ports: Vec<Ranked>,
    /// What its flows are said to be, where something is.
    pub classes: Vec<Ranked>,
    /// Whether it has more flows in this time: then these are of the last ones.
    pub is_more: bool,
}

/// A flow, as far as it is summed.
struct Part {
    peer: Option<IpAddr>,
    port: Option<u16>,
    class: Option<String>,
    volume: Volume,
}

impl Reader {
    /// Peers, ports and classes of a host over its verdicts and flows in a time.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn host(&self, address: IpAddr, times: Times) -> Result<HostSeen, HistoryError> {
        let (mut parts, mut is_more) = (Vec::new(), false);
        for side in SIDES {
            let mut all = Conditions::default();
            all.and(side.is, [key(address).into()]);
            all.times("last >= ?", "last < ?", times);
            let values = all.values().chain([(LOOKED_AT + 1).into()]);
            let (mut found, unreadable) = self.sound_rows(&side.sql(&all), values, part)?;
            is_more |= found.len() as i64 + unreadable as i64 > LOOKED_AT;
            found.truncate(LOOKED_AT as usize);
            parts.append(&mut found);
        }
        let name = |peer: IpAddr| peer.to_string();
        Ok(HostSeen {
            peers: ranked(&parts, |part| part.peer.map(name)),
            ports: ranked(&parts, |part| part.port.map(|port| port.to_string())),
            classes: ranked(&parts, |part| part.class.clone()),
            is_more,
        })
    }

    /// The highest score of every host in a time, the worst hosts first, and the minute in which it had that.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn worst_hosts(&self, times: Times, limit: usize) -> Result<Vec<HostScore>, HistoryError> {
        let all = super::counts::minutes(times);
        let sql = format!(
            "SELECT address, minute, max(score) FROM host{} GROUP BY address ORDER BY 3 DESC, 1 LIMIT ?",
            all.sql()
        );
        self.scores(&sql, all, limit)
    }

    /// The scores of a host over time, one a minute at most, the first first.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn host_scores(
        &self,
        address: IpAddr,
        times: Times,
        limit: usize,
    ) -> Result<Vec<HostScore>, HistoryError> {
        let mut all = super::counts::minutes(times);
        all.and("address = ?", [key(address).into()]);
        let sql = format!(
            "SELECT address, minute, score FROM host{} ORDER BY address, minute LIMIT ?",
            all.sql()
        );
        self.scores(&sql, all, limit)
    }

    fn scores(
        &self,
        sql: &str,
        all: Conditions,
        limit: usize,
    ) -> Result<Vec<HostScore>, HistoryError> {
        let limit = (limit.clamp(1, MOST_ROWS) as i64).into();
        let found = self.rows(sql, all.values().chain([limit]), |row| {
            let (address, score) = (of_key(&row.get::<_, Vec<u8>>(0)?), row.get(2)?);
            let nanos = row.get::<_, i64>(1)?.saturating_mul(MINUTE);
            Ok(address.map(|address| HostScore { address, nanos, score }))
        })?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// Where flows of a host are found, and where their other end is.
struct Side {
    table: &'static str,
    is: &'static str,
    peer: &'static str,
}

/// What a host has with itself is on its calling side alone.
const SIDES: [Side; 4] = [
    Side { table: "verdict", is: "source = ?", peer: "target" },
    Side { table: "verdict", is: "target = ? AND +source <> target", peer: "source" },
    Side { table: "flow", is: "source = ?", peer: "target" },
    Side { table: "flow", is: "target = ? AND +source <> target", peer: "source" },
];

impl Side {
    /// The last flows first.
    fn sql(&self, all: &Conditions) -> String {
        let Self { table, peer, .. } = self;
        format!(
            "SELECT {peer}, target_port, class, packets_sent, packets_received, bytes_sent, bytes_received
                FROM {table}{} ORDER BY last DESC LIMIT ?",
            all.sql()
        )
    }
}

fn part(row: &Row<'_>) -> rusqlite::Result<Part> {
    let number = |column| row.get::<_, i64>(column).map(|it| it.max(0).cast_unsigned());
    let both = |column: usize| -> rusqlite::Result<u64> {
        Ok(number(column)?.saturating_add(number(column + 1)?))
    };
    let peer = of_key(&row.get::<_, Vec<u8>>(0)?);
    let volume = Volume { packets: both(3)?, bytes: both(5)? };
    Ok(Part { peer, port: row.get(1)?, class: row.get(2)?, volume })
}

/// Parts of one name together, those of most bytes first.
fn ranked(parts: &[Part], name: impl Fn(&Part) -> Option<String>) -> Vec<Ranked> {
    let mut sums: HashMap<String, (u64, Volume)> = HashMap::new();
    for part in parts {
        let Some(name) = name(part) else { continue };
        let (flows, sum) = sums.entry(name).or_default();
        *flows += 1;
        sum.packets = sum.packets.saturating_add(part.volume.packets);
        sum.bytes = sum.bytes.saturating_add(part.volume.bytes);
    }
    let ranked = sums.into_iter().map(|(name, (flows, volume))| Ranked { name, flows, volume });
    let mut ranked: Vec<Ranked> = ranked.collect();
    ranked.sort_unstable_by(|one, other| {
        other.volume.bytes.cmp(&one.volume.bytes).then_with(|| one.name.cmp(&other.name))
    });
    ranked.truncate(MOST_RANKED);
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::staged::kept;

    #[test]
    fn flows_of_a_host_come_from_an_index_and_nothing_is_sorted() {
        let (_folder, path, _) = kept();
        let reader = Reader::open(&path).unwrap();
        for side in SIDES {
            for times in [Times::ALL, Times { since: Some(1), until: Some(9) }] {
                let mut all = Conditions::default();
                all.and(side.is, [key([192, 0, 2, 1].into()).into()]);
                all.times("last >= ?", "last < ?", times);
                let values: Vec<_> = all.values().chain([9.into()]).collect();
                let plan = reader.plan(&side.sql(&all), values).join("\n");
                let end = side.is.split(' ').next().unwrap_or_default();
                assert!(plan.contains(&format!("{}_by_{end}", side.table)), "{plan}");
                assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            }
        }
    }
}
