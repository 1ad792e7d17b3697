//! The tables, version by version. A file of an older version is brought to the newest when it is opened for writing.

use rusqlite::{Connection, TransactionBehavior};

/// What says that a file is ours: `NSFT`.
pub(crate) const APPLICATION: i64 = 0x4e53_4654;
/// The version of files written here.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;
/// What makes a file of each version out of one of the version before. What is released stays as it is.
const STEPS: [&str; 4] = [
    include_str!("schema/1.sql"),
    include_str!("schema/2.sql"),
    include_str!("schema/3.sql"),
    include_str!("schema/4.sql"),
];
/// All tables. A look into each says whether they are there and begin soundly.
const TABLES: [&str; 13] = [
    "alert",
    "verdict",
    "flow",
    "host",
    "minute",
    "talker",
    "acknowledgement",
    "comment",
    "silence",
    "audit",
    "brought_up",
    "allowance",
    "turn",
];

/// Makes or brings up what is missing, each version in a transaction of its own: a program that is killed meanwhile leaves
/// a sound file of an older version.
pub(crate) fn bring_up(connection: &mut Connection) -> rusqlite::Result<()> {
    loop {
        // Under the lock: another program may do the same at this moment.
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&step)?;
        let Some(sql) = usize::try_from(version).ok().and_then(|at| STEPS.get(at)) else {
            return Ok(());
        };
        step.execute_batch(sql)?;
        step.pragma_update(None, "application_id", APPLICATION)?;
        step.pragma_update(None, "user_version", version + 1)?;
        step.commit()?;
    }
}

pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

pub(crate) fn application(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "application_id", |row| row.get(0))
}

/// Whether it has no tables at all.
pub(crate) fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))
}

/// Looks at the beginning of every table.
pub(crate) fn touch(connection: &Connection) -> rusqlite::Result<()> {
    for table in TABLES {
        let sql = format!("SELECT EXISTS (SELECT * FROM {table})");
        connection.query_row(&sql, [], |row| row.get::<_, bool>(0))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_looked_at() {
        let mut connection = Connection::open_in_memory().unwrap();
        bring_up(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), NEWEST);
        let sql = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";
        let tables: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(tables, TABLES.len() as i64);
        touch(&connection).unwrap();
        // Again, there is nothing to do.
        bring_up(&mut connection).unwrap();
    }
}
