//! Where people say what they think of alerts.

use std::path::{Path, PathBuf};

use netsift_alert::{AlertId, MAX_SILENCES, Silence};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde_json::{Map, Value};

use crate::bounded::{MOST_TEXT, typed};
use crate::write::{row_of, turns};
use crate::{HistoryError, file};

/// The most allowances that hold at a time: a policy has room for them beside its own.
pub const MOST_ALLOWANCES: usize = 1_000;

/// Changes what people may change, beside whoever writes the history. Every change is in the file when it returns, and
/// so is a line that says who made it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use netsift_history::{Desk, History, HistorySettings, Reader};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("history.db");
/// let history = History::open(HistorySettings::new(&path))?;
/// let mut desk = Desk::open(&path)?;
/// assert!(desk.acknowledge("00c0ffee00c0ffee".parse()?, "ann", 1).is_err()); // there is no such alert
/// desk.note_change("ann", "restarted", "the server", "by hand", 2)?;
/// assert_eq!(Reader::open(&path)?.changes(10)?[0].what, "restarted");
/// # drop(history);
/// # Ok(())
/// # }
/// ```
pub struct Desk {
    path: PathBuf,
    connection: Connection,
}

impl Desk {
    /// Opens a history that is there.
    ///
    /// # Errors
    /// [`HistoryError`] for a file that is not there, is something else, of a newer version, damaged, or cannot be
    /// written.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let path = path.as_ref().to_owned();
        let connection = file::open_to_change(&path)?;
        Ok(Self { path, connection })
    }

    /// The same for who has opened it before: the file is not looked through again, which takes tenths of a second. What is
    /// damaged is told where it is met.
    ///
    /// # Errors
    /// As for the first time, but for damage that is not met.
    pub fn open_again(path: impl AsRef<Path>) -> Result<Self, HistoryError> {
        let path = path.as_ref().to_owned();
        let connection = file::open_known(&path)?;
        Ok(Self { path, connection })
    }

    /// Somebody has seen an alert. If somebody had before, that stays, and nothing has changed.
    ///
    /// # Errors
    /// [`HistoryError::NoSuchAlert`], or that it cannot be written.
    pub fn acknowledge(&mut self, id: AlertId, who: &str, nanos: i64) -> Result<(), HistoryError> {
        self.about(id, |writing| {
            let sql = "INSERT INTO acknowledgement (alert, nanos, who) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            match writing.execute(sql, params![row_of(id), nanos, typed(who)])? {
                0 => Ok(()),
                _ => audit(writing, nanos, who, "acknowledged", &id.to_string(), ""),
            }
        })
    }

    /// Nobody has, after all. If nobody had, nothing has changed.
    ///
    /// # Errors
    /// [`HistoryError::NoSuchAlert`], or that it cannot be written.
    pub fn take_back(&mut self, id: AlertId, who: &str, nanos: i64) -> Result<(), HistoryError> {
        self.about(id, |writing| {
            match writing.execute("DELETE FROM acknowledgement WHERE alert = ?1", [row_of(id)])? {
                0 => Ok(()),
                _ => audit(writing, nanos, who, "took back", &id.to_string(), ""),
            }
        })
    }

    /// Somebody says something of an alert.
    ///
    /// # Errors
    /// [`HistoryError::NoSuchAlert`], or that it cannot be written.
    pub fn comment(
        &mut self,
        id: AlertId,
        who: &str,
        text: &str,
        nanos: i64,
    ) -> Result<(), HistoryError> {
        self.about(id, |writing| {
            let sql = "INSERT INTO comment (alert, nanos, who, text) VALUES (?1, ?2, ?3, ?4)";
            writing.execute(sql, params![row_of(id), nanos, typed(who), typed(text)])?;
            audit(writing, nanos, who, "commented", &id.to_string(), text)
        })
    }

    /// Keeps a silence that somebody asks for at this time; answers its number. Who tells alerts looks here for those that
    /// hold.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] for one that silences everything, is too long, or one too many of those that hold; or that it
    /// cannot be written.
    pub fn silence(&mut self, silence: &Silence, nanos: i64) -> Result<i64, HistoryError> {
        let refused = |value, rule| HistoryError::Setting { setting: "the silence", value, rule };
        let said = serde_json::to_string(&silence.which).unwrap_or_default();
        if silence.which.is_all() {
            return Err(refused(said, "about something"));
        }
        if said.len() > MOST_TEXT {
            return Err(refused(format!("of {} bytes", said.len()), "of at most 4096"));
        }
        let Silence { who, comment, until, .. } = silence;
        let kept = self.change(|writing| {
            let sql = "SELECT count(*) FROM silence WHERE until > ?1";
            let held: i64 = writing.query_row(sql, [nanos], |row| row.get(0))?;
            if held >= MAX_SILENCES as i64 {
                return Ok(None);
            }
            let sql = "INSERT INTO silence (said, who, comment, since, until) VALUES (?1, ?2, ?3, ?4, ?5)";
            writing.execute(sql, params![said, typed(who), typed(comment), nanos, until])?;
            let id = writing.last_insert_rowid();
            audit(writing, nanos, who, "silenced", &format!("silence {id}"), &said)?;
            Ok(Some(id))
        })?;
        kept.ok_or_else(|| refused("one more".into(), "one of at most 1000 that hold"))
    }

    /// Ends a silence; answers whether there was one.
    ///
    /// # Errors
    /// That it cannot be written.
    pub fn lift(&mut self, id: i64, who: &str, nanos: i64) -> Result<bool, HistoryError> {
        self.change(|writing| {
            let was_there = writing.execute("DELETE FROM silence WHERE id = ?1", [id])? > 0;
            if was_there {
                audit(writing, nanos, who, "lifted", &format!("silence {id}"), "")?;
            }
            Ok(was_there)
        })
    }

    /// Keeps what somebody allows, from this time on and until it is taken back; answers its number. Who judges looks here
    /// for it, and knows what an entry says: here it is an object of JSON.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] for what is no object or an empty one, is too long, or one too many; or that it cannot be
    /// written.
    pub fn allow(
        &mut self,
        entry: &str,
        who: &str,
        comment: &str,
        nanos: i64,
    ) -> Result<i64, HistoryError> {
        let refused = |value, rule| HistoryError::Setting { setting: "the allowance", value, rule };
        if entry.len() > MOST_TEXT {
            return Err(refused(format!("of {} bytes", entry.len()), "of at most 4096"));
        }
        let parts = serde_json::from_str::<Map<String, Value>>(entry).unwrap_or_default();
        if parts.is_empty() {
            return Err(refused(entry.to_owned(), "an object of JSON about something"));
        }
        let kept = self.change(|writing| {
            let sql = "SELECT count(*) FROM allowance";
            let held: i64 = writing.query_row(sql, [], |row| row.get(0))?;
            if held >= MOST_ALLOWANCES as i64 {
                return Ok(None);
            }
            let sql = "INSERT INTO allowance (entry, who, comment, since) VALUES (?1, ?2, ?3, ?4)";
            writing.execute(sql, params![entry, typed(who), typed(comment), nanos])?;
            let id = writing.last_insert_rowid();
            audit(writing, nanos, who, "allowed", &format!("allowance {id}"), entry)?;
            Ok(Some(id))
        })?;
        kept.ok_or_else(|| refused("one more".into(), "one of at most 1000 that hold"))
    }

    /// Takes back what was allowed; answers whether there was such a thing.
    ///
    /// # Errors
    /// That it cannot be written.
    pub fn disallow(&mut self, id: i64, who: &str, nanos: i64) -> Result<bool, HistoryError> {
        self.change(|writing| {
            // Whatever stands there: what nobody can read is what somebody wants to be rid of.
            let sql = "DELETE FROM allowance WHERE id = ?1 RETURNING CAST(entry AS BLOB)";
            let entry: Option<Vec<u8>> =
                writing.query_row(sql, [id], |row| row.get(0)).optional()?;
            if let Some(entry) = &entry {
                let entry = String::from_utf8_lossy(entry);
                audit(writing, nanos, who, "disallowed", &format!("allowance {id}"), &entry)?;
            }
            Ok(entry.is_some())
        })
    }

    /// Keeps who changed what, of changes that are made elsewhere.
    ///
    /// # Errors
    /// That it cannot be written.
    pub fn note_change(
        &mut self,
        who: &str,
        what: &str,
        subject: &str,
        detail: &str,
        nanos: i64,
    ) -> Result<(), HistoryError> {
        self.change(|writing| audit(writing, nanos, who, what, subject, detail))
    }

    /// A change to an alert that is there.
    fn about(
        &mut self,
        id: AlertId,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), HistoryError> {
        let is_there = self.change(|writing| {
            let sql = "SELECT EXISTS (SELECT 1 FROM alert WHERE id = ?1)";
            let is_there = writing.query_row(sql, [row_of(id)], |row| row.get(0))?;
            if is_there {
                change(writing)?;
            }
            Ok(is_there)
        })?;
        if is_there { Ok(()) } else { Err(HistoryError::NoSuchAlert { id }) }
    }

    fn change<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, HistoryError> {
        let Self { path, connection } = self;
        let changed = || {
            let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = change(&writing)?;
            writing.commit()?;
            Ok(done)
        };
        changed().map_err(|source| HistoryError::of(path, "written", source))
    }
}

fn audit(
    writing: &Transaction<'_>,
    nanos: i64,
    who: &str,
    what: &str,
    subject: &str,
    detail: &str,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO audit (nanos, who, what, subject, detail, turn) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let [who, what, subject, detail] = [who, what, subject, detail].map(typed);
    let turn = *turns(writing, 1)?.end();
    writing.execute(sql, params![nanos, who, what, subject, detail, turn]).map(drop)
}
