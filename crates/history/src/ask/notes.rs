//! What people said and did.

use std::error::Error as Cause;

use netsift_alert::{AlertId, Silence};
use rusqlite::Row;
use rusqlite::types::{Type, Value};
use serde_json::Map;

use super::reader::Reader;
use super::select::MOST_ROWS;
use crate::write::row_of;
use crate::{Allowance, Change, Comment, HistoryError, SilenceRecord};

pub(super) const SILENCES: &str = "SELECT id, said, who, comment, since, until FROM silence";
pub(super) const ALLOWANCES: &str = "SELECT id, since, who, comment, entry FROM allowance";

/// What people asked for and stands in the history. A row that cannot be read takes no other with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held<T> {
    /// Rows that can be read.
    pub rows: Vec<T>,
    /// The numbers of those that cannot.
    pub unreadable: Vec<i64>,
}

impl Reader {
    /// What was said of an alert, the first first.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn comments(&self, id: AlertId) -> Result<Vec<Comment>, HistoryError> {
        let sql = "SELECT nanos, who, text FROM comment WHERE alert = ? ORDER BY id LIMIT ?";
        let values = [row_of(id).into(), (MOST_ROWS as i64).into()];
        self.rows(sql, values, |row| {
            let [who, text] = [legible(row, 1)?, legible(row, 2)?];
            Ok(Comment { nanos: row.get(0)?, who, text })
        })
    }

    /// Silences that have not ended at this time, those of future times among them. One that silences everything, which
    /// nobody writes, counts as one that cannot be read.
    ///
    /// # Errors
    /// That none can be read.
    pub fn silences(&self, nanos: i64) -> Result<Held<SilenceRecord>, HistoryError> {
        let last = format!("{SILENCES} WHERE until > ? ORDER BY until DESC LIMIT ?");
        let sql = format!("SELECT * FROM ({last}) ORDER BY id");
        self.held(&sql, [nanos.into(), (MOST_ROWS as i64).into()], silence)
    }

    /// What is allowed because somebody said so, the first first. What is no object of JSON, or an empty one, counts as what
    /// cannot be read.
    ///
    /// # Errors
    /// That none can be read.
    pub fn allowances(&self) -> Result<Held<Allowance>, HistoryError> {
        let sql = format!("{ALLOWANCES} ORDER BY id LIMIT ?");
        self.held(&sql, [(MOST_ROWS as i64).into()], allowance)
    }

    /// Rows that have their numbers in the first column.
    fn held<T>(
        &self,
        sql: &str,
        values: impl IntoIterator<Item = Value>,
        read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Held<T>, HistoryError> {
        let mut held = Held { rows: Vec::new(), unreadable: Vec::new() };
        self.rows(sql, values, |row| {
            match read(row) {
                Ok(sound) => held.rows.push(sound),
                Err(_) => held.unreadable.push(row.get(0)?),
            }
            Ok(())
        })?;
        Ok(held)
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

pub(super) fn silence(row: &Row<'_>) -> rusqlite::Result<SilenceRecord> {
    let said: String = row.get(1)?;
    let which = serde_json::from_str(&said).map_err(|error| unfit(1, error))?;
    let ([who, comment], until) = ([legible(row, 2)?, legible(row, 3)?], row.get(5)?);
    let silence = Silence { which, until, who, comment };
    silence.check().map_err(|error| unfit(1, error))?;
    Ok(SilenceRecord { id: row.get(0)?, since: row.get(4)?, silence })
}

pub(super) fn allowance(row: &Row<'_>) -> rusqlite::Result<Allowance> {
    let entry: String = row.get(4)?;
    let parts: Map<_, _> = serde_json::from_str(&entry).map_err(|error| unfit(4, error))?;
    if parts.is_empty() {
        return Err(unfit(4, "it allows everything"));
    }
    let [who, comment] = [legible(row, 2)?, legible(row, 3)?];
    Ok(Allowance { id: row.get(0)?, since: row.get(1)?, who, comment, entry })
}

/// What stands in this column is none of what is written there.
fn unfit(column: usize, why: impl Into<Box<dyn Cause + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, why.into())
}

pub(super) fn change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        nanos: row.get(0)?,
        who: legible(row, 1)?,
        what: legible(row, 2)?,
        subject: legible(row, 3)?,
        detail: legible(row, 4)?,
    })
}

/// What can be read of a text. That somebody did something is told however little is left of it.
pub(super) fn legible(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    let text = row.get_ref(column)?;
    Ok(String::from_utf8_lossy(text.as_bytes()?).into_owned())
}

#[cfg(test)]
mod tests {
    use netsift_alert::Alert;

    use super::*;
    use crate::Desk;
    use crate::ask::staged::kept;

    #[test]
    fn lines_that_cannot_be_read_are_told_as_that_beside_the_others() {
        let (_folder, path, history) = kept();
        let alert = Alert::test(1_790_000_000_000_000_000);
        history.hand().alert(alert.clone());
        assert!(history.flush(std::time::Duration::from_secs(20)));
        let (reader, mut desk) = (Reader::open(&path).unwrap(), Desk::open(&path).unwrap());
        let mark = reader.mark().unwrap();
        desk.comment(alert.id, "ann", "first", 1).unwrap();
        desk.comment(alert.id, "bob", "second", 2).unwrap();
        desk.acknowledge(alert.id, "bob", 3).unwrap();
        let other = rusqlite::Connection::open(&path).unwrap();
        for sql in [
            "UPDATE audit SET who = CAST(x'ff' AS TEXT), detail = CAST(x'61ff' AS TEXT) WHERE nanos = 1",
            "UPDATE comment SET who = CAST(x'ff' AS TEXT) WHERE nanos = 1",
            "UPDATE acknowledgement SET who = CAST(x'ff' AS TEXT)",
        ] {
            assert_eq!(other.execute(sql, []).unwrap(), 1, "{sql}");
        }
        let changes = reader.changes(10).unwrap();
        let [last, _, broken] = changes.as_slice() else { panic!("{changes:?}") };
        assert_eq!((&*last.what, last.nanos), ("acknowledged", 3));
        assert_eq!((&*broken.who, &*broken.detail), ("\u{fffd}", "a\u{fffd}"));
        assert_eq!(reader.news(mark, 100).unwrap().changes.len(), 3, "who looks on sees them, too");
        let comments = reader.comments(alert.id).unwrap();
        assert_eq!((&*comments[0].who, &*comments[0].text), ("\u{fffd}", "first"));
        assert_eq!(comments.len(), 2);
        assert_eq!(reader.alert(alert.id).unwrap().alert, alert);
    }

    #[test]
    fn one_that_cannot_be_read_takes_no_other_with_it_and_can_be_lifted() {
        let (_folder, path, _history) = kept();
        let (reader, mut desk) = (Reader::open(&path).unwrap(), Desk::open(&path).unwrap());
        let silence = Silence::acknowledging(&Alert::test(1), "ann", i64::MAX);
        for _ in 0..5 {
            desk.silence(&silence, 1).unwrap();
            desk.allow(r#"{"port":53}"#, "ann", "ours", 1).unwrap();
        }
        let other = rusqlite::Connection::open(&path).unwrap();
        for (table, column) in [("silence", "said"), ("allowance", "entry")] {
            for (id, text) in [(1, "'['"), (2, "'{}'"), (3, "CAST(x'ff' AS TEXT)")] {
                let sql = format!("UPDATE {table} SET {column} = {text} WHERE id = {id}");
                assert_eq!(other.execute(&sql, []).unwrap(), 1, "{sql}");
            }
            let sql = format!("UPDATE {table} SET who = CAST(x'ff' AS TEXT) WHERE id = 4");
            assert_eq!(other.execute(&sql, []).unwrap(), 1, "{sql}");
        }
        let (silences, allowances) = (reader.silences(1).unwrap(), reader.allowances().unwrap());
        assert_eq!(silences.rows.iter().map(|it| it.id).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(allowances.rows.iter().map(|it| it.id).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(
            (&*silences.unreadable, &*allowances.unreadable),
            (&[1, 2, 3][..], &[1, 2, 3][..])
        );
        assert_eq!(silences.rows[0].silence.who, "\u{fffd}", "who asked for it matters less");
        for id in [1, 2, 3] {
            assert!(desk.lift(id, "ann", 2).unwrap() && desk.disallow(id, "ann", 2).unwrap());
        }
        assert_eq!(reader.silences(1).unwrap().unreadable, [0; 0]);
        assert_eq!(reader.allowances().unwrap().unreadable, [0; 0]);
    }
}
