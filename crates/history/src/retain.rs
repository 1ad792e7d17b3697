//! What is old or too much goes, in steps so small that nobody waits for them.

use rusqlite::{Connection, TransactionBehavior, params};

use crate::settings::Retention;
use crate::tally::{DAY, SECOND};

/// Rows that go in one transaction: some ten milliseconds.
const STEP: i64 = 2_000;
/// Pages that are given back to the system in one: 2 MB.
const PAGES: i64 = 512;
/// Of the size that a file may have, it is brought down to this share: not every batch is to make room for the next.
const BROUGHT_DOWN: f64 = 0.95;
/// So many times the talkers that stay may be counted in an hour that is not over.
const CROWD: u32 = 20;

/// What goes first where room is needed: the least important, and the oldest of that.
const BY_IMPORTANCE: [&str; 6] =
    [OLDEST_FLOWS, OLDEST_VERDICTS, OLDEST_HOSTS, OLDEST_TALKERS, OLDEST_MINUTES, OLDEST_ALERTS];
const OLDEST_FLOWS: &str = "DELETE FROM flow WHERE id IN (SELECT id FROM
    (SELECT id, ifnull(written, (SELECT max(second) FROM brought_up)) AS since FROM flow ORDER BY id LIMIT ?2) WHERE since < ?1)";
const OLDEST_VERDICTS: &str = "DELETE FROM verdict WHERE id IN (SELECT id FROM
    (SELECT id, ifnull(written, (SELECT max(second) FROM brought_up)) AS since FROM verdict ORDER BY id LIMIT ?2) WHERE since < ?1)";
const OLDEST_HOSTS: &str = "DELETE FROM host WHERE (address, minute) IN
    (SELECT address, minute FROM host WHERE written < ?1 ORDER BY written LIMIT ?2)";
const OLDEST_TALKERS: &str = "DELETE FROM talker WHERE (hour, side, address) IN
    (SELECT hour, side, address FROM talker WHERE written < ?1 ORDER BY written LIMIT ?2)";
const OLDEST_MINUTES: &str = "DELETE FROM minute WHERE (minute, protocol, class) IN
    (SELECT minute, protocol, class FROM minute WHERE written < ?1 ORDER BY written LIMIT ?2)";
const OLDEST_ALERTS: &str = "DELETE FROM alert WHERE id IN (SELECT id FROM alert WHERE written < ?1 ORDER BY written LIMIT ?2)";
const OLDEST_SILENCES: &str =
    "DELETE FROM silence WHERE id IN (SELECT id FROM silence WHERE until < ?1 LIMIT ?2)";
const OLDEST_CHANGES: &str =
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE nanos < ?1 ORDER BY id LIMIT ?2)";

/// Does a step of what there is to do at this time, in nanoseconds; answers whether there may be more.
pub(crate) fn step(
    connection: &mut Connection,
    of: &Retention,
    now: i64,
) -> rusqlite::Result<bool> {
    if let Some(sql) = too_old(connection, of, now)? {
        return Ok(sql);
    }
    let (used, free, page) = pages(connection)?;
    let most = of.most_megabytes.saturating_mul(1_000_000) as f64;
    let is_over =
        (used * page) as f64 > most * BROUGHT_DOWN && ((used + free) * page) as f64 > most;
    if is_over && oldest(connection)? {
        return Ok(true);
    }
    if free > 0 {
        // It gives back a page at each step.
        let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut steps = vacuum.raw_query();
        while steps.next()?.is_some() {}
        return Ok(free > PAGES);
    }
    Ok(false)
}

/// Leaves of every hour and side those who had most bytes: in hours that are over so many as stay, in the last one those
/// who may still become some of them.
pub(crate) fn crowd(
    connection: &Connection,
    most: u32,
    hour: i64,
    is_over: bool,
) -> rusqlite::Result<()> {
    let stay = if is_over { most } else { most.saturating_mul(CROWD) };
    for side in 0..2 {
        connection.execute(
            "DELETE FROM talker WHERE hour = ?1 AND side = ?2 AND address IN
                (SELECT address FROM talker WHERE hour = ?1 AND side = ?2
                    ORDER BY bytes DESC, address LIMIT -1 OFFSET ?3)",
            params![hour, side, stay],
        )?;
    }
    Ok(())
}

/// Hours with talkers before this one.
pub(crate) fn hours(connection: &Connection, from: i64, before: i64) -> rusqlite::Result<Vec<i64>> {
    let mut asked = connection
        .prepare("SELECT DISTINCT hour FROM talker WHERE hour >= ?1 AND hour < ?2 ORDER BY hour")?;
    asked.query_map([from, before], |row| row.get(0))?.collect()
}

/// How large the file is, in bytes.
pub(crate) fn bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let (used, free, page) = pages(connection)?;
    Ok((used + free).saturating_mul(page).max(0).cast_unsigned())
}

/// Whether a step of something too old was done.
fn too_old(
    connection: &mut Connection,
    of: &Retention,
    now: i64,
) -> rusqlite::Result<Option<bool>> {
    let before = |days: u32| now.saturating_sub(i64::from(days).saturating_mul(DAY));
    let written = |days: u32| before(days).div_euclid(SECOND);
    for (sql, before) in [
        (OLDEST_FLOWS, written(of.flow_days)),
        (OLDEST_VERDICTS, written(of.verdict_days)),
        (OLDEST_HOSTS, written(of.count_days)),
        (OLDEST_MINUTES, written(of.count_days)),
        (OLDEST_TALKERS, written(of.count_days)),
        (OLDEST_ALERTS, written(of.alert_days)),
        (OLDEST_SILENCES, before(of.alert_days)),
        (OLDEST_CHANGES, before(of.alert_days)),
    ] {
        if delete(connection, sql, before)? > 0 {
            return Ok(Some(true));
        }
    }
    Ok(None)
}

/// Whether something was there that could go.
fn oldest(connection: &mut Connection) -> rusqlite::Result<bool> {
    for sql in BY_IMPORTANCE {
        if delete(connection, sql, i64::MAX)? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn delete(connection: &mut Connection, sql: &str, before: i64) -> rusqlite::Result<usize> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let deleted = writing.execute(sql, params![before, STEP])?;
    writing.commit()?;
    Ok(deleted)
}

/// Pages in use, free ones, and the size of one.
fn pages(connection: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let free = pragma("freelist_count")?;
    Ok((pragma("page_count")? - free, free, pragma("page_size")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn what_goes_is_found_by_an_index() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::bring_up(&mut connection).unwrap();
        for sql in BY_IMPORTANCE {
            let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let steps = plan.query_map(params![0, 1], |row| row.get::<_, String>(3)).unwrap();
            let steps: Vec<String> = steps.map(Result::unwrap).collect();
            assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "{sql}: {steps:?}");
            // What goes in the order of its numbers is read no further than it goes.
            let is_bounded = sql.contains("ORDER BY id LIMIT");
            let scans = |step: &&String| step.starts_with("SCAN") && !step.contains("INDEX");
            assert!(is_bounded || !steps.iter().any(|step| scans(&step)), "{sql}: {steps:?}");
        }
    }
}
