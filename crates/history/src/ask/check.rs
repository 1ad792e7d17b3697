//! What is wrong with a history.

use netsift_alert::Alert;
use rusqlite::Row;

use super::alerts::{NAMES, body};
use super::flows;
use super::notes::{ALLOWANCES, SILENCES, allowance, silence};
use super::reader::Reader;
use crate::HistoryError;

/// So many rows of a table are named that cannot be read.
const MOST_NAMED: usize = 100;

impl Reader {
    /// What is wrong with the file, looking at all of it: nothing in a sound one. Rows that cannot be read are named, so many
    /// of each table. It takes seconds for each GB and has no limit.
    ///
    /// # Errors
    /// [`HistoryError`] if not even that can be said.
    pub fn check(&self) -> Result<Vec<String>, HistoryError> {
        let found = self.all_rows("PRAGMA integrity_check", |row| row.get::<_, String>(0))?;
        let found: Vec<String> = found.into_iter().filter(|line| line != "ok").collect();
        // Of a file whose pages are damaged, rows say nothing more.
        if found.is_empty() { self.unread_rows() } else { Ok(found) }
    }

    fn unread_rows(&self) -> Result<Vec<String>, HistoryError> {
        let is_alert = |row: &Row<'_>| {
            body(row).is_ok_and(|body| serde_json::from_slice::<Alert>(body).is_ok())
        };
        let mut found = self.unread(NAMES, "alert", is_alert)?;
        for table in ["verdict", "flow"] {
            let sql = format!("{} FROM {table}", flows::COLUMNS);
            found.extend(self.unread(&sql, table, |row| flows::flow(row).is_ok())?);
        }
        found.extend(self.unread(SILENCES, "silence", |row| silence(row).is_ok())?);
        found.extend(self.unread(ALLOWANCES, "allowance", |row| allowance(row).is_ok())?);
        Ok(found)
    }

    /// Rows that have their numbers in the first column.
    fn unread(
        &self,
        sql: &str,
        table: &str,
        is_sound: impl Fn(&Row<'_>) -> bool,
    ) -> Result<Vec<String>, HistoryError> {
        let mut found = Vec::new();
        self.all_rows(sql, |row| {
            if found.len() < MOST_NAMED && !is_sound(row) {
                let id: i64 = row.get(0)?;
                found.push(format!("row {id} of {table} cannot be read"));
            }
            Ok(())
        })?;
        Ok(found)
    }
}
