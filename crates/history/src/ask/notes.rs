//! What people said and did.

use netsift_alert::{AlertId, Silence};
use rusqlite::Row;
use rusqlite::types::Type;

use super::reader::Reader;
use super::select::MOST_ROWS;
use crate::write::row_of;
use crate::{Allowance, Change, Comment, HistoryError, SilenceRecord};

impl Reader {
    /// What was said of an alert, the first first.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn comments(&self, id: AlertId) -> Result<Vec<Comment>, HistoryError> {
        let sql = "SELECT nanos, who, text FROM comment WHERE alert = ? ORDER BY id LIMIT ?";
        let values = [row_of(id).into(), (MOST_ROWS as i64).into()];
        self.rows(sql, values, |row| {
            Ok(Comment { nanos: row.get(0)?, who: row.get(1)?, text: row.get(2)? })
        })
    }

    /// Silences that have not ended at this time, those of future times among them.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn silences(&self, nanos: i64) -> Result<Vec<SilenceRecord>, HistoryError> {
        let sql = "SELECT id, said, who, comment, since, until FROM
            (SELECT * FROM silence WHERE until > ? ORDER BY until DESC LIMIT ?) ORDER BY id";
        self.rows(sql, [nanos.into(), (MOST_ROWS as i64).into()], |row| {
            let said: String = row.get(1)?;
            let which = serde_json::from_str(&said).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error))
            })?;
            let (who, comment, until) = (row.get(2)?, row.get(3)?, row.get(5)?);
            let silence = Silence { which, until, who, comment };
            Ok(SilenceRecord { id: row.get(0)?, since: row.get(4)?, silence })
        })
    }

    /// What is allowed because somebody said so, the first first.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn allowances(&self) -> Result<Vec<Allowance>, HistoryError> {
        let sql = "SELECT id, since, who, comment, entry FROM allowance ORDER BY id LIMIT ?";
        self.rows(sql, [(MOST_ROWS as i64).into()], |row| {
            let [who, comment, entry] = [row.get(2)?, row.get(3)?, row.get(4)?];
            Ok(Allowance { id: row.get(0)?, since: row.get(1)?, who, comment, entry })
        })
    }

    /// The last changes that somebody made, the last first.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn changes(&self, limit: usize) -> Result<Vec<Change>, HistoryError> {
        let sql = "SELECT nanos, who, what, subject, detail FROM audit ORDER BY id DESC LIMIT ?";
        self.rows(sql, [(limit.clamp(1, MOST_ROWS) as i64).into()], change)
    }
}

pub(super) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        nanos: row.get(0)?,
        who: row.get(1)?,
        what: row.get(2)?,
        subject: row.get(3)?,
        detail: row.get(4)?,
    })
}
