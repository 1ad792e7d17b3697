//! Which flows there are.

use std::net::IpAddr;

use netsift_alert::{Level, Peer};
use rusqlite::Row;
use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use super::reader::Reader;
use super::select::{Conditions, Key, MOST_ROWS, Page, Times};
use crate::address::{key, of_key};
use crate::{Flow, HistoryError, Said, Volume};

/// Which flows are wanted; the newest come first. Default: the newest hundred verdicts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct FlowsAsked {
    /// Whether those of which something is said, or the others.
    pub verdicts: bool,
    /// When their last packet was seen.
    pub times: Times,
    /// The address of one of their ends.
    pub address: Option<IpAddr>,
    /// The port that was called.
    pub port: Option<u16>,
    /// What class they are said to be of.
    pub class: Option<String>,
    /// How bad they are at least.
    pub score: Option<f64>,
    /// How many, [`MOST_ROWS`] at most.
    pub limit: usize,
    /// Behind which one.
    #[serde(skip)]
    pub after: Option<Key>,
}

/// A flow, and the number of its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FlowRow {
    /// The number.
    pub id: i64,
    /// The flow.
    #[serde(flatten)]
    pub flow: Flow,
}

pub(super) const COLUMNS: &str = "SELECT id, last, first, source, source_port, target, target_port, protocol, service, names,
    packets_sent, bytes_sent, packets_received, bytes_received, class, probability, quantile, score, level";
const ORDER: &str = "ORDER BY last DESC, id DESC";

impl Reader {
    /// A page of flows. Those that cannot be read are counted in its total, and left out.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn flows(&self, asked: &FlowsAsked) -> Result<Page<FlowRow>, HistoryError> {
        let total = self.total(asked.table(), &asked.conditions(asked.end(End::Either), None))?;
        let limit = asked.limit.clamp(1, MOST_ROWS);
        let (sql, values) = asked.page(limit);
        let mut found = self.rows(&sql, values, |row| Ok((flow(row).ok(), place(row)?)))?;
        let is_more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| is_more).map(|(_, key)| *key);
        let all = found.len();
        let rows: Vec<FlowRow> = found.into_iter().filter_map(|(row, _)| row).collect();
        let unreadable = (all - rows.len()) as u64;
        Ok(Page { rows, unreadable, total, next })
    }
}

/// Which end an address is at.
#[derive(Clone, Copy)]
enum End {
    Source,
    /// And not at the other one, too.
    TargetAlone,
    Either,
}

impl FlowsAsked {
    const fn table(&self) -> &'static str {
        if self.verdicts { "verdict" } else { "flow" }
    }

    fn end(&self, end: End) -> Option<(IpAddr, End)> {
        self.address.map(|address| (address, end))
    }

    /// What is wanted, at this end. Where there is an address, its index is the one to go by, since a host has fewer
    /// flows than a class or a port: the plus signs keep SQLite from taking another.
    fn conditions(&self, at: Option<(IpAddr, End)>, after: Option<Key>) -> Conditions {
        let mut all = Conditions::default();
        all.times("last >= ?", "last < ?", self.times);
        if let Some((address, end)) = at {
            let (one, same) = (Value::from(key(address)), Value::from(key(address)));
            match end {
                End::Source => all.and("source = ?", [one]),
                End::TargetAlone => all.and("target = ? AND +source <> ?", [one, same]),
                End::Either => all.and("(source = ? OR target = ?)", [one, same]),
            }
        }
        let has_address = at.is_some();
        if let Some(port) = self.port {
            let sql = if has_address { "+target_port = ?" } else { "target_port = ?" };
            all.and(sql, [i64::from(port).into()]);
        }
        if let Some(class) = &self.class {
            let sql = if has_address { "+class = ?" } else { "class = ?" };
            all.and(sql, [class.clone().into()]);
        }
        if let Some(score) = self.score {
            all.and("score >= ?", [score.into()]);
        }
        if let Some(key) = after {
            all.and("(last, id) < (?, ?)", [key.place.into(), key.id.into()]);
        }
        all
    }

    /// The statement for one row more than wanted. With an address it has two arms, each of which an index gives in the
    /// right order, so that neither is sorted.
    fn page(&self, limit: usize) -> (String, Vec<Value>) {
        let (table, more) = (self.table(), Value::from(limit as i64 + 1));
        let arm = |at| {
            let all = self.conditions(at, self.after);
            let sql = format!("{COLUMNS} FROM {table}{} {ORDER} LIMIT ?", all.sql());
            (sql, all.values().chain([more.clone()]).collect::<Vec<_>>())
        };
        if self.address.is_none() {
            return arm(None);
        }
        let (called, called_values) = arm(self.end(End::Source));
        let (was, was_values) = arm(self.end(End::TargetAlone));
        let sql =
            format!("SELECT * FROM ({called}) UNION ALL SELECT * FROM ({was}) {ORDER} LIMIT ?");
        let values = called_values.into_iter().chain(was_values).chain([more]).collect();
        (sql, values)
    }
}

/// The flow of a row.
pub(super) fn flow(row: &Row<'_>) -> rusqlite::Result<FlowRow> {
    Ok(FlowRow { id: row.get(0)?, flow: read(row)? })
}

/// Its place, which can be read even where the flow cannot.
fn place(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key { place: row.get(1)?, id: row.get(0)? })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Flow> {
    let wrong = |column, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Blob, error)
    };
    let peer = |column: usize| {
        let address = of_key(&row.get::<_, Vec<u8>>(column)?);
        let address = address.ok_or_else(|| wrong(column, "no address".into()))?;
        Ok::<_, rusqlite::Error>(Peer { address, port: row.get(column + 1)? })
    };
    let volume = |packets: usize| {
        let number = |column| row.get::<_, i64>(column).map(|number| number.max(0).cast_unsigned());
        Ok::<_, rusqlite::Error>(Volume { packets: number(packets)?, bytes: number(packets + 1)? })
    };
    let names: Option<String> = row.get(9)?;
    let names = names.map(|names| serde_json::from_str(&names)).transpose();
    let level = |rank: i64| usize::try_from(rank).ok().and_then(|at| Level::ALL.get(at).copied());
    let score: Option<f64> = row.get(17)?;
    let said = score.map(|score| {
        let level = row.get::<_, Option<i64>>(18)?.and_then(level);
        let (class, probability, quantile) = (row.get(14)?, row.get(15)?, row.get(16)?);
        Ok::<_, rusqlite::Error>(Said { class, probability, quantile, score, level })
    });
    Ok(Flow {
        last: row.get(1)?,
        first: row.get(2)?,
        source: peer(3)?,
        target: peer(5)?,
        protocol: row.get(7)?,
        service: row.get(8)?,
        names: names.map_err(|error| wrong(9, error.into()))?.unwrap_or_default(),
        sent: volume(10)?,
        received: volume(12)?,
        said: said.transpose()?,
    })
}

impl Default for FlowsAsked {
    fn default() -> Self {
        Self {
            verdicts: true,
            times: Times::ALL,
            address: None,
            port: None,
            class: None,
            score: None,
            limit: 100,
            after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::staged::kept;

    #[test]
    fn flows_that_cannot_be_read_keep_nobody_from_the_others() {
        let (_folder, path, history) = kept();
        let began = 1_790_000_000_000_000_000;
        let peer = Peer { address: [192, 0, 2, 1].into(), port: Some(7) };
        let volume = Volume { packets: 1, bytes: 60 };
        for last in began..began + 6 {
            history.hand().flow(Flow {
                first: began,
                last,
                source: peer,
                target: peer,
                protocol: "TCP".into(),
                service: None,
                names: vec!["a".into()],
                sent: volume,
                received: volume,
                said: Some(Said { class: Some("scan".into()), ..Said::default() }),
            });
        }
        assert!(history.flush(std::time::Duration::from_secs(20)));
        let other = rusqlite::Connection::open(&path).unwrap();
        for (nanos, broken) in (began..).zip([
            "source = x'01'",
            "names = '[7'",
            "target_port = 70000",
            "protocol = CAST(x'ff' AS TEXT)",
        ]) {
            let sql = format!("UPDATE verdict SET {broken} WHERE last = {nanos}");
            assert_eq!(other.execute(&sql, []).unwrap(), 1, "{broken}");
        }
        let reader = Reader::open(&path).unwrap();
        let page = reader.flows(&FlowsAsked::default()).unwrap();
        assert_eq!((page.rows.len(), page.unreadable, page.total.counted), (2, 4, 6));
        // Pages go on over them.
        let mut asked = FlowsAsked { limit: 1, ..FlowsAsked::default() };
        let mut seen = (0, 0);
        loop {
            let page = reader.flows(&asked).unwrap();
            seen = (seen.0 + page.rows.len(), seen.1 + page.unreadable);
            asked.after = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(seen, (2, 4));
        let host = reader.host(peer.address, Times::ALL).unwrap();
        assert_eq!(host.classes[0].flows, 5, "what of them can be summed");
    }

    #[test]
    fn pages_come_from_an_index_and_nothing_large_is_sorted() {
        let (_folder, path, _) = kept();
        let reader = Reader::open(&path).unwrap();
        let address = Some([192, 0, 2, 1].into());
        let (port, class) = (Some(53), Some("benign".to_owned()));
        let (after, some) = (Some(Key { place: 1, id: 1 }), FlowsAsked::default());
        let since = Times { since: Some(1), until: Some(9) };
        for (asked, index) in [
            (FlowsAsked { ..some.clone() }, "verdict_by_time"),
            (FlowsAsked { times: since, ..some.clone() }, "verdict_by_time (last>? AND last<?)"),
            (FlowsAsked { port, after, ..some.clone() }, "verdict_by_port"),
            (FlowsAsked { class: class.clone(), after, ..some.clone() }, "verdict_by_class"),
            (FlowsAsked { address, ..some.clone() }, "verdict_by_source"),
            (FlowsAsked { address, port, class, after, ..some.clone() }, "verdict_by_target"),
            (FlowsAsked { verdicts: false, address, ..some }, "flow_by_target"),
        ] {
            let (sql, values) = asked.page(10);
            let plan = reader.plan(&sql, values).join("\n");
            assert!(plan.contains(index), "{asked:?}: {plan}");
            // Only an arm's own page, which is short, may be sorted.
            let sorted = |lines: &[&str]| {
                lines[1].contains("TEMP B-TREE") && !lines[0].starts_with("SCAN (")
            };
            let lines: Vec<&str> = plan.lines().collect();
            assert!(!lines.windows(2).any(sorted), "{plan}");
            assert!(
                !lines
                    .iter()
                    .any(|line| line.starts_with("SCAN verdict") && !line.contains("INDEX"))
            );
        }
    }
}
