//! What was written since somebody asked last.

use super::alerts::{self, AlertRow};
use super::notes::change;
use super::reader::Reader;
use super::select::MOST_ROWS;
use crate::{Change, HistoryError};

/// Where somebody has read to. It holds whatever goes out of the file meanwhile, and whoever writes to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mark {
    file: i64,
    turn: i64,
}

/// What was written behind a mark.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct News {
    /// Alerts, those written first at the front; one that was written again comes once, as it is now.
    pub alerts: Vec<AlertRow>,
    /// How many alerts there are beside that cannot be read.
    pub unreadable: u64,
    /// What people changed, the first first.
    pub changes: Vec<Change>,
    /// Where to ask from next.
    pub mark: Mark,
    /// Whether there is more behind that already.
    pub is_more: bool,
    /// Whether the mark is of another file than the one that is here now: what lies between is not known.
    pub is_gap: bool,
}

const CHANGES: &str = "SELECT nanos, who, what, subject, detail FROM audit WHERE turn > ? AND turn <= ? ORDER BY turn";

impl Reader {
    /// The end of what is written now.
    ///
    /// # Errors
    /// That it cannot be read.
    pub fn mark(&self) -> Result<Mark, HistoryError> {
        let marks = self.rows("SELECT file, last FROM turn", [], |row| {
            Ok(Mark { file: row.get(0)?, turn: row.get(1)? })
        })?;
        // There is one row from the start on.
        Ok(marks.into_iter().next().unwrap_or(Mark { file: 0, turn: 0 }))
    }

    /// What was written since: so many alerts and changes at most, and no more than [`MOST_ROWS`]. If nothing was, that
    /// costs no more than a look.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn news(&self, since: Mark, limit: usize) -> Result<News, HistoryError> {
        let end = self.mark()?;
        let (alerts, changes) = (Vec::new(), Vec::new());
        let is_gap = since.file != end.file || since.turn > end.turn;
        if is_gap || since == end {
            let (mark, unreadable, is_more) = (end, 0, false);
            return Ok(News { alerts, unreadable, changes, mark, is_more, is_gap });
        }
        // Each number is that of one row at most, and of none if that has gone or was written again.
        let limit = limit.clamp(1, MOST_ROWS) as i64;
        let turn = end.turn.min(since.turn.saturating_add(limit));
        let between = || [since.turn.into(), turn.into()];
        let found = self.rows(&alerts_sql(), between(), alerts::read)?;
        // One that cannot be read today cannot tomorrow: who waited for it would never hear of the next.
        let (all, alerts) = (found.len(), alerts::sound(found));
        let unreadable = (all - alerts.len()) as u64;
        let changes = self.rows(CHANGES, between(), change)?;
        let mark = Mark { turn, ..end };
        Ok(News { alerts, unreadable, changes, mark, is_more: turn < end.turn, is_gap })
    }
}

fn alerts_sql() -> String {
    format!("{} WHERE alert.turn > ? AND alert.turn <= ? ORDER BY alert.turn", alerts::COLUMNS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::staged::kept;

    #[test]
    fn news_come_from_an_index_in_their_order() {
        let (_folder, path, _) = kept();
        let reader = Reader::open(&path).unwrap();
        for (sql, index) in [
            (alerts_sql().as_str(), "SEARCH alert USING INDEX alert_by_turn (turn>? AND turn<?)"),
            (CHANGES, "SEARCH audit USING INDEX audit_by_turn (turn>? AND turn<?)"),
        ] {
            let plan = reader.plan(sql, [1.into(), 9.into()]).join("\n");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
        }
    }
}
