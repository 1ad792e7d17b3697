//! How bad hosts were.

use std::net::IpAddr;

use super::reader::Reader;
use super::select::{Conditions, MOST_ROWS, Times};
use crate::address::{key, of_key};
use crate::tally::MINUTE;
use crate::{HistoryError, HostScore};

impl Reader {
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
