//! What was found strange, and as a table.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io::Write;
use std::net::SocketAddr;

use netsift_data::{Column, DataError, Rows, Table, TableWriter};
use netsift_models::explain::Reason;
use serde::Serialize;

use super::Subject;
use super::rows::Who;

/// What was found strange.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Anomalies {
    /// What was looked at.
    pub subject: Subject,
    /// How many flows or packets.
    pub rows: u64,
    /// Of how many of them the forest has learned.
    pub learned: u64,
    /// The share of these that was to be told.
    pub contamination: f64,
    /// The score above which one is an anomaly; 1 where all are alike, since then none is.
    pub threshold: f64,
    /// How many are anomalies.
    pub found: u64,
    /// The strangest of them.
    pub strangest: Vec<Anomaly>,
}

/// A strange flow or packet.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Anomaly {
    /// Whose it is.
    #[serde(flatten)]
    pub who: Who,
    /// How strange it is: 0.5 is usual, and 1 the most.
    pub score: f64,
    /// The share of what was learned that is no stranger.
    pub quantile: f64,
    /// What makes it so, the strangest first.
    pub reasons: Vec<Reason>,
    /// Entries of lists that its ends are on.
    pub on_lists: Vec<String>,
}

impl Anomalies {
    /// Writes them as a CSV table that spreadsheets open without harm.
    ///
    /// # Errors
    /// What writing says.
    pub fn to_csv<W: Write + Send>(&self, out: W) -> Result<W, DataError> {
        let table = Table::new([
            Column::real("Score"),
            Column::real("Quantile"),
            Column::text("Time"),
            Column::integer("Frame"),
            Column::text("Src IP"),
            Column::integer("Src Port"),
            Column::text("Dst IP"),
            Column::integer("Dst Port"),
            Column::text("Protocol"),
            Column::integer("Packets"),
            Column::integer("Bytes"),
            Column::real("Seconds"),
            Column::text("Reasons"),
            Column::text("On Lists"),
        ])?;
        let mut writer = TableWriter::new(out, &table)?;
        let mut rows = Rows::new(&table);
        for anomaly in &self.strangest {
            anomaly.tell(&mut rows)?;
        }
        writer.write(&mut rows)?;
        writer.finish()
    }
}

impl Anomaly {
    fn tell(&self, rows: &mut Rows) -> Result<(), DataError> {
        let who = &self.who;
        rows.reals(&[self.score, self.quantile]);
        rows.text(&who.time.to_string());
        integer(rows, who.frame);
        end(rows, who.source);
        end(rows, who.destination);
        match who.protocol {
            Some(protocol) => rows.text(&protocol.to_string()),
            None => rows.empty(),
        }
        integer(rows, Some(who.volume.packets));
        integer(rows, Some(who.volume.bytes));
        rows.real(who.duration_nanos as f64 / 1e9);
        let reasons: Vec<String> = self.reasons.iter().map(ToString::to_string).collect();
        rows.text(&reasons.join("; "));
        rows.text(&self.on_lists.join("; "));
        rows.end_row()
    }
}

fn integer(rows: &mut Rows, number: Option<u64>) {
    match number {
        Some(number) => rows.integer(i64::try_from(number).unwrap_or(i64::MAX)),
        None => rows.empty(),
    }
}

fn end(rows: &mut Rows, end: Option<SocketAddr>) {
    match end {
        Some(end) => rows.text(&end.ip().to_string()),
        None => rows.empty(),
    }
    integer(rows, end.map(|end| end.port().into()));
}

/// The strangest of many, in bounded memory; of equal ones those that came first.
pub(super) struct Strangest {
    most: usize,
    /// The least strange is on top.
    kept: BinaryHeap<Reverse<Strange>>,
    number: u64,
}

/// A row that is told.
pub(super) struct Strange {
    pub(super) score: f64,
    pub(super) quantile: f64,
    pub(super) who: Who,
    pub(super) row: Vec<f64>,
    number: u64,
}

impl Strangest {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: BinaryHeap::new(), number: 0 }
    }

    pub(super) fn add(&mut self, (score, quantile): (f64, f64), who: Who, row: &[f64]) {
        self.number += 1;
        let least = self.kept.peek().map_or(f64::NEG_INFINITY, |Reverse(least)| least.score);
        if self.kept.len() >= self.most && score <= least {
            return;
        }
        self.kept.push(Reverse(Strange {
            score,
            quantile,
            who,
            row: row.to_vec(),
            number: self.number,
        }));
        if self.kept.len() > self.most {
            self.kept.pop();
        }
    }

    /// All that are kept, the strangest first.
    pub(super) fn into_sorted(self) -> Vec<Strange> {
        // The order is turned round in the heap.
        self.kept.into_sorted_vec().into_iter().map(|Reverse(strange)| strange).collect()
    }
}

impl Ord for Strange {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.number.cmp(&self.number))
    }
}

impl PartialOrd for Strange {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Strange {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Strange {}
