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
            let [who, text] = [legible(row, 1)?, legible(row, 2)?];
            Ok(Comment { nanos: row.get(0)?, who, text })
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
}
