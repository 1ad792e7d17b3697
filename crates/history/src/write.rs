//! Records to rows.

use std::fmt::Write;
use std::ops::RangeInclusive;

use netsift_alert::{Alert, AlertId, Level, Peer};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::address::key;
use crate::queue::Batch;
use crate::settings::Keep;
use crate::tally::{MINUTE, Words, talkers};
use crate::{Flow, HostScore};

const ALERT: &str = "\
INSERT INTO alert (id, last, first, count, level, score, what, source, target, words, body, written, turn)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
ON CONFLICT (id) DO UPDATE SET last = excluded.last, first = excluded.first, count = excluded.count,
    level = excluded.level, score = excluded.score, what = excluded.what, source = excluded.source,
    target = excluded.target, words = excluded.words, body = excluded.body, written = excluded.written,
    turn = excluded.turn";
const VERDICT: &str = "\
INSERT INTO verdict (last, first, source, source_port, target, target_port, protocol, service, names,
    packets_sent, bytes_sent, packets_received, bytes_received, class, probability, quantile, score, level,
    written)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
const FLOW: &str = "\
INSERT INTO flow (last, first, source, source_port, target, target_port, protocol, service, names,
    packets_sent, bytes_sent, packets_received, bytes_received, class, probability, quantile, score, level,
    written)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
const HOST: &str = "\
INSERT INTO host (address, minute, score, written) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (address, minute) DO UPDATE SET score = excluded.score, written = excluded.written";
const SUMS: &str = "\
INSERT INTO minute (minute, protocol, class, flows, packets, bytes, alerts, written)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (minute, protocol, class) DO UPDATE SET flows = flows + excluded.flows,
    packets = packets + excluded.packets, bytes = bytes + excluded.bytes, alerts = alerts + excluded.alerts,
    written = excluded.written";
const TALKER: &str = "\
INSERT INTO talker (hour, side, address, flows, packets, bytes, written) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (hour, side, address) DO UPDATE SET flows = flows + excluded.flows,
    packets = packets + excluded.packets, bytes = bytes + excluded.bytes, written = excluded.written";
/// More than this is no sum of traffic, and sums of such numbers must not overflow.
const MOST: u64 = 1 << 50;

/// Writes a batch in one transaction, at this second: all of it, or nothing.
pub(crate) fn batch(
    connection: &mut Connection,
    batch: &Batch,
    now: i64,
    keep: Keep,
    most_talkers: u32,
    words: &mut Words,
) -> rusqlite::Result<()> {
    // At once: a transaction that begins by reading cannot wait for another that writes.
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let new = if keep.alerts { alerts(&writing, &batch.alerts, now)? } else { Vec::new() };
    if keep.verdicts {
        flows(&writing, VERDICT, &batch.verdicts, now)?;
    }
    if keep.flows {
        flows(&writing, FLOW, &batch.flows, now)?;
    }
    if keep.hosts {
        hosts(&writing, &batch.hosts, now)?;
    }
    if keep.counts {
        sums(&writing, batch, &new, now, words)?;
    }
    if keep.talkers {
        most(&writing, batch, now, most_talkers)?;
    }
    writing.commit()
}

/// The name of an alert as the key of its row.
pub(crate) fn row_of(id: AlertId) -> i64 {
    // A name is written as the digits of a number of 64 bits.
    u64::from_str_radix(&id.to_string(), 16).unwrap_or_default().cast_signed()
}

/// The name of the alert that has this key.
pub(crate) fn id_of(row: i64) -> Option<AlertId> {
    format!("{:016x}", row.cast_unsigned()).parse().ok()
}

/// Which of them are new.
fn alerts(writing: &Transaction<'_>, alerts: &[Alert], now: i64) -> rusqlite::Result<Vec<usize>> {
    let mut known = writing.prepare("SELECT EXISTS (SELECT 1 FROM alert WHERE id = ?1)")?;
    let mut insert = writing.prepare(ALERT)?;
    let turns = turns(writing, alerts.len())?;
    let mut new = Vec::new();
    for ((at, alert), turn) in alerts.iter().enumerate().zip(turns) {
        let id = row_of(alert.id);
        if !known.query_row([id], |row| row.get(0))? {
            new.push(at);
        }
        let address = |peer: Option<Peer>| peer.map(|peer| key(peer.address));
        insert.execute(params![
            id,
            alert.nanos,
            alert.first,
            whole(alert.count),
            rank(alert.level),
            alert.score,
            alert.what,
            address(alert.source),
            address(alert.target),
            words_of(alert),
            // Every field of an alert has a form in JSON.
            serde_json::to_string(alert).unwrap_or_default(),
            now,
            turn,
        ])?;
    }
    Ok(new)
}

/// The next numbers of what is news.
pub(crate) fn turns(
    writing: &Transaction<'_>,
    number: usize,
) -> rusqlite::Result<RangeInclusive<i64>> {
    if number == 0 {
        return Ok(RangeInclusive::new(1, 0));
    }
    let number = number as i64;
    let sql = "UPDATE turn SET last = last + ?1 RETURNING last";
    let last: i64 = writing.query_row(sql, [number], |row| row.get(0))?;
    Ok(last - number + 1..=last)
}

fn flows(writing: &Transaction<'_>, sql: &str, flows: &[Flow], now: i64) -> rusqlite::Result<()> {
    let mut insert = writing.prepare(sql)?;
    for flow in flows {
        let said = flow.said.as_ref();
        let names = (!flow.names.is_empty()).then(|| serde_json::to_string(&flow.names));
        insert.execute(params![
            flow.last,
            flow.first,
            key(flow.source.address),
            flow.source.port,
            key(flow.target.address),
            flow.target.port,
            flow.protocol,
            flow.service,
            names.and_then(Result::ok),
            whole(flow.sent.packets),
            whole(flow.sent.bytes),
            whole(flow.received.packets),
            whole(flow.received.bytes),
            said.and_then(|said| said.class.as_deref()),
            said.and_then(|said| said.probability),
            said.and_then(|said| said.quantile),
            said.map(|said| said.score),
            said.and_then(|said| said.level).map(rank),
            now,
        ])?;
    }
    Ok(())
}

fn hosts(writing: &Transaction<'_>, hosts: &[HostScore], now: i64) -> rusqlite::Result<()> {
    let mut insert = writing.prepare(HOST)?;
    for host in hosts {
        let minute = host.nanos.div_euclid(MINUTE);
        insert.execute(params![key(host.address), minute, host.score, now])?;
    }
    Ok(())
}

fn sums(
    writing: &Transaction<'_>,
    batch: &Batch,
    new: &[usize],
    now: i64,
    words: &mut Words,
) -> rusqlite::Result<()> {
    let mut insert = writing.prepare(SUMS)?;
    for ((minute, protocol, class), sums) in words.minutes(batch, new) {
        let (packets, bytes) = (whole(sums.volume.packets), whole(sums.volume.bytes));
        let (flows, alerts) = (whole(sums.flows), whole(sums.alerts));
        insert.execute(params![minute, protocol, class, flows, packets, bytes, alerts, now])?;
    }
    Ok(())
}

fn most(writing: &Transaction<'_>, batch: &Batch, now: i64, most: u32) -> rusqlite::Result<()> {
    let mut insert = writing.prepare(TALKER)?;
    for ((hour, side, address), sums) in talkers(batch, most) {
        let (packets, bytes) = (whole(sums.volume.packets), whole(sums.volume.bytes));
        let flows = whole(sums.flows);
        insert.execute(params![hour, side as i64, key(address), flows, packets, bytes, now])?;
    }
    Ok(())
}

fn whole(number: u64) -> i64 {
    number.min(MOST).cast_signed()
}

/// The place of a level among all, the least first.
pub(crate) fn rank(level: Level) -> i64 {
    Level::ALL.iter().position(|one| *one == level).unwrap_or(0) as i64
}

/// What is searched: every text of an alert, and its ends. SQLite compares texts up to the first NUL, so there is none.
pub(crate) fn words_of(alert: &Alert) -> String {
    let mut words = alert.what.clone();
    let peers = [alert.source, alert.target].into_iter().flatten();
    for peer in peers {
        // Writing to a string does not fail.
        let _ = write!(words, "\n{peer}");
    }
    let single = [&alert.protocol, &alert.service, &alert.packets].into_iter().flatten();
    let listed = alert.names.iter().chain(&alert.evidence).chain(&alert.reasons);
    let said = alert.terms.iter().flat_map(|term| [&term.of, &term.says]);
    for text in single.chain(listed).chain(said).chain([&alert.rule]) {
        words.push('\n');
        words += text;
    }
    words.replace('\0', " ")
}
