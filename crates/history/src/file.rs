//! Opening the file: what it is, whether it is sound, and what becomes of it if it is not.

use std::fs;
use std::path::{self, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use netsift_alert::private_file;
use rusqlite::{Connection, OpenFlags};

use crate::{HistoryError, schema};

/// How long is waited for another program that writes: batches take tenths of a second.
const PATIENCE: Duration = Duration::from_secs(5);
/// Files up to this size are looked through when they are opened for writing, which takes some tenths of a second. In
/// larger ones damage is found where it is read.
const LOOKED_THROUGH: u64 = 64 << 20;
/// The page cache, in KiB: indexes of the last hours.
const CACHE: i64 = 64 << 10;
/// The log of what is not yet in the file is cut back to this size once all of it is.
const LOG: i64 = 64 << 20;
/// From so many pages on, of 4 KiB each, the log is taken over into the file: what was written to a page often goes there
/// once.
const TAKEN_OVER: i64 = 16_384;

/// A file that is open, and where a damaged one was put that stood in its place.
pub(crate) struct Opened {
    pub(crate) connection: Connection,
    pub(crate) aside: Option<PathBuf>,
}

/// Opens a file for writing, and makes it where there is none. A damaged one is moved aside, and a new one begun.
pub(crate) fn open_or_begin(path: &Path) -> Result<Opened, HistoryError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    match writable(path, flags) {
        Err(HistoryError::Damaged { .. }) => begin_anew(path),
        opened => Ok(Opened { connection: opened?, aside: None }),
    }
}

/// Moves a damaged file aside and begins a new one.
pub(crate) fn begin_anew(path: &Path) -> Result<Opened, HistoryError> {
    let aside = Some(move_aside(path)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    Ok(Opened { connection: writable(path, flags)?, aside })
}

/// Opens a file that is there for writing.
pub(crate) fn open_to_change(path: &Path) -> Result<Connection, HistoryError> {
    exists(path)?;
    writable(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// The same of one that somebody has looked through.
pub(crate) fn open_known(path: &Path) -> Result<Connection, HistoryError> {
    exists(path)?;
    prepared(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// Opens a file that is there for reading. One of an older version is brought to the newest first.
pub(crate) fn open_to_read(path: &Path) -> Result<Connection, HistoryError> {
    exists(path)?;
    let connection = plain(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if judge(path, &connection)? < schema::NEWEST {
        drop(open_to_change(path)?);
    }
    let failed = |source| HistoryError::of(path, "read", source);
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    Ok(connection)
}

fn exists(path: &Path) -> Result<(), HistoryError> {
    match path.exists() {
        true => Ok(()),
        false => Err(HistoryError::Missing { path: path.to_owned() }),
    }
}

fn writable(path: &Path, flags: OpenFlags) -> Result<Connection, HistoryError> {
    let connection = prepared(path, flags)?;
    if fs::metadata(path).is_ok_and(|file| file.len() <= LOOKED_THROUGH) {
        look_through(path, &connection)?;
    }
    Ok(connection)
}

/// One of the newest version, whose tables begin soundly.
fn prepared(path: &Path, flags: OpenFlags) -> Result<Connection, HistoryError> {
    let mut connection = plain(path, flags)?;
    let failed = |source| HistoryError::of(path, "opened", source);
    if judge(path, &connection)? == 0 {
        // Only before the first table: freed pages go back to the system in small steps.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(failed)?;
    }
    // What is written outlives the program, however it ends. After a loss of power the last transactions may be missing,
    // and the file is sound: the log is synced when it is taken over into the file, not at every commit.
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    connection.pragma_update(None, "journal_size_limit", LOG).map_err(failed)?;
    connection.pragma_update(None, "wal_autocheckpoint", TAKEN_OVER).map_err(failed)?;
    connection.pragma_update(None, "cache_size", -CACHE).map_err(failed)?;
    schema::bring_up(&mut connection).map_err(failed)?;
    schema::touch(&connection).map_err(|source| damaged(path, source))?;
    Ok(connection)
}

fn plain(path: &Path, flags: OpenFlags) -> Result<Connection, HistoryError> {
    // The whole name: one that begins with `file:` would be taken for an address with options.
    let whole = path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if flags.contains(OpenFlags::SQLITE_OPEN_CREATE) {
        make_private(&whole);
    }
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let failed = |source| HistoryError::of(path, "opened", source);
    let connection = Connection::open_with_flags(whole, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    Ok(connection)
}

/// Makes a file that its owner alone may read: it tells who did what. The files that SQLite puts beside it get its rights. One
/// that is there keeps its own, and what cannot be made is told where it is opened.
fn make_private(path: &Path) {
    let _ = private_file().write(true).create_new(true).open(path);
}

/// Says of which version it is, 0 if there is nothing in it yet. What is not ours is refused before a byte of it changes.
fn judge(path: &Path, connection: &Connection) -> Result<i64, HistoryError> {
    let failed = |source| HistoryError::of(path, "read", source);
    let application = schema::application(connection).map_err(failed)?;
    let version = schema::version(connection).map_err(failed)?;
    if application != schema::APPLICATION {
        let is_new = application == 0 && schema::is_empty(connection).map_err(failed)?;
        return if is_new { Ok(0) } else { Err(HistoryError::NotAHistory { path: path.into() }) };
    }
    if version > schema::NEWEST {
        let (path, newest) = (path.to_owned(), schema::NEWEST);
        return Err(HistoryError::NewerVersion { path, found: version, newest });
    }
    match version {
        1.. => Ok(version),
        _ => Err(HistoryError::Damaged { path: path.into(), said: format!("version {version}") }),
    }
}

/// What is missing from a file that is ours was there once.
fn damaged(path: &Path, source: rusqlite::Error) -> HistoryError {
    match HistoryError::of(path, "read", source) {
        HistoryError::File { path, source, .. } => {
            HistoryError::Damaged { path, said: source.to_string() }
        }
        other => other,
    }
}

fn look_through(path: &Path, connection: &Connection) -> Result<(), HistoryError> {
    let said = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    match said.map_err(|source| HistoryError::of(path, "read", source))? {
        said if said == "ok" => Ok(()),
        said => Err(HistoryError::Damaged { path: path.to_owned(), said }),
    }
}

/// Gives a damaged file a name that says so, and what belongs to it with it: who knows how can still get at what is sound.
fn move_aside(path: &Path) -> Result<PathBuf, HistoryError> {
    let stuck = |source| HistoryError::Stuck { path: path.to_owned(), source };
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let names = (since..since.saturating_add(1_000))
        .map(|second| with_ending(path, &format!(".damaged-{second}")));
    let mut names = names.filter(|name| !name.exists());
    let aside = names.next().ok_or_else(|| stuck(std::io::ErrorKind::AlreadyExists.into()))?;
    fs::rename(path, &aside).map_err(stuck)?;
    for ending in ["-wal", "-shm"] {
        let beside = with_ending(path, ending);
        if beside.exists() {
            fs::rename(&beside, with_ending(&aside, ending)).map_err(stuck)?;
        }
    }
    Ok(aside)
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
