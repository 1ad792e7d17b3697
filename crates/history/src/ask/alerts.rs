//! Which alerts there are.

use std::collections::HashMap;

use netsift_alert::{Alert, AlertId, Level, Network};
use rusqlite::Row;
use rusqlite::types::{Value, ValueRef};
use serde::{Deserialize, Serialize};

use super::notes::legible;
use super::reader::Reader;
use super::select::{
    Conditions, Key, MOST_COUNTED, MOST_ROWS, MOST_SEARCHED, Page, Times, Total, pattern,
};
use crate::address::keys;
use crate::write::{id_of, rank, row_of};
use crate::{Acknowledgement, HistoryError};

/// Which alerts are wanted, in which order. Default: the newest hundred.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct AlertsAsked {
    /// When they were seen last.
    pub times: Times,
    /// How bad they are at least.
    pub level: Option<Level>,
    /// What they are, exactly.
    pub what: Option<String>,
    /// Where one of their ends is.
    pub network: Option<Network>,
    /// A text that is somewhere in them, [`MOST_SEARCHED`] bytes at most. Letters of ASCII's are found in any size.
    pub text: Option<String>,
    /// Whether somebody has acknowledged them.
    pub acknowledged: Option<bool>,
    /// In which order.
    pub sort: AlertSort,
    /// How many, [`MOST_ROWS`] at most.
    pub limit: usize,
    /// Behind which one.
    #[serde(skip)]
    pub after: Option<Key>,
}

/// An order of alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertSort {
    /// Those seen last first.
    #[default]
    Newest,
    /// Those seen last at the end.
    Oldest,
    /// Those of the highest score first.
    Worst,
    /// Those seen most often first.
    Most,
}

/// An alert, and what people did to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AlertRow {
    /// The alert.
    #[serde(flatten)]
    pub alert: Alert,
    /// Who has acknowledged it.
    pub acknowledged: Option<Acknowledgement>,
    /// How many comments there are on it.
    pub comments: u64,
}

/// Alerts in their order as it was at one moment. What is written afterwards changes neither which they are nor their places.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlertList {
    /// Their names.
    pub ids: Vec<AlertId>,
    /// How many are left out, since they cannot be read.
    pub unreadable: u64,
    /// Whether there are more than were asked for.
    pub is_more: bool,
}

pub(super) const COLUMNS: &str = "SELECT alert.id, body, acknowledgement.nanos, acknowledgement.who,
    (SELECT count(*) FROM comment WHERE comment.alert = alert.id), alert.last, alert.score, alert.count
    FROM alert LEFT JOIN acknowledgement ON acknowledgement.alert = alert.id";
pub(super) const NAMES: &str = "SELECT alert.id, body FROM alert";

impl Reader {
    /// A page of alerts. Those that cannot be read are counted in its total, and left out.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] for a text that is too long, [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn alerts(&self, asked: &AlertsAsked) -> Result<Page<AlertRow>, HistoryError> {
        let all = asked.conditions()?;
        let total = self.total("alert", &all)?;
        let limit = asked.limit.clamp(1, MOST_ROWS);
        let (sql, values) = asked.page(COLUMNS, all, limit);
        let found = self.rows(&sql, values, |row| Ok((read(row)?, asked.sort.key(row)?)))?;
        let next = found.get(limit - 1).map(|(_, key)| *key).filter(|_| found.len() > limit);
        let all = found.len().min(limit);
        let rows = sound(found.into_iter().take(limit).map(|(row, _)| row));
        let unreadable = (all - rows.len()) as u64;
        Ok(Page { rows, unreadable, total, next })
    }

    /// Which alerts there are at this moment, from the first on and so many at most, however long it takes to read them all:
    /// of pages, one that is told again meanwhile is on none, or on two.
    ///
    /// # Errors
    /// As for a page of them.
    pub fn alert_list(&self, asked: &AlertsAsked, most: usize) -> Result<AlertList, HistoryError> {
        let asked = AlertsAsked { after: None, ..asked.clone() };
        let (sql, values) = asked.page(NAMES, asked.conditions()?, most);
        let mut found = self.rows(&sql, values, |row| {
            let is_sound = serde_json::from_slice::<Alert>(body(row)?).is_ok();
            Ok(is_sound.then_some(row.get(0)?))
        })?;
        let is_more = found.len() > most;
        found.truncate(most);
        let all = found.len();
        let ids: Vec<AlertId> = found.into_iter().flatten().filter_map(id_of).collect();
        let unreadable = (all - ids.len()) as u64;
        Ok(AlertList { ids, unreadable, is_more })
    }

    /// The alerts of these names, in this order, as they are now: [`MOST_ROWS`] at most. Those that have gone or cannot be
    /// read are left out.
    ///
    /// # Errors
    /// [`HistoryError::TooSlow`], or that they cannot be read.
    pub fn alerts_named(&self, ids: &[AlertId]) -> Result<Vec<AlertRow>, HistoryError> {
        let keys: Vec<i64> = ids.iter().take(MOST_ROWS).copied().map(row_of).collect();
        let marks = vec!["?"; keys.len()].join(",");
        let sql = format!("{COLUMNS} WHERE alert.id IN ({marks})");
        let found = self.rows(&sql, keys.iter().copied().map(Value::from), read)?;
        let mut found: HashMap<i64, Found> = found.into_iter().map(|row| (row.id, row)).collect();
        Ok(sound(keys.iter().filter_map(|key| found.remove(key))))
    }

    /// One alert, by its name.
    ///
    /// # Errors
    /// [`HistoryError::NoSuchAlert`], or that it cannot be read.
    pub fn alert(&self, id: AlertId) -> Result<AlertRow, HistoryError> {
        let sql = format!("{COLUMNS} WHERE alert.id = ?");
        let found = self.rows(&sql, [row_of(id).into()], read)?;
        found.into_iter().next().ok_or(HistoryError::NoSuchAlert { id })?.sound()
    }

    /// How many rows there are, as far as they are counted.
    pub(super) fn total(
        &self,
        table: &'static str,
        all: &Conditions,
    ) -> Result<Total, HistoryError> {
        let counted = self.counted_to(table, all, MOST_COUNTED)?;
        Ok(Total { counted: counted.min(MOST_COUNTED), is_more: counted > MOST_COUNTED })
    }

    /// How many rows there are; of more than so many, one more.
    fn counted_to(
        &self,
        table: &'static str,
        all: &Conditions,
        most: u64,
    ) -> Result<u64, HistoryError> {
        let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {table}{} LIMIT ?)", all.sql());
        let most = Value::from(most.cast_signed().saturating_add(1));
        let counted = self.rows(&sql, all.values().chain([most]), |row| row.get::<_, i64>(0))?;
        Ok(counted.first().map_or(0, |counted| counted.cast_unsigned()))
    }
}

impl AlertsAsked {
    fn conditions(&self) -> Result<Conditions, HistoryError> {
        let mut all = Conditions::default();
        all.times("alert.last >= ?", "alert.last < ?", self.times);
        if let Some(level) = self.level {
            all.and("alert.level >= ?", [rank(level).into()]);
        }
        if let Some(what) = &self.what {
            all.and("alert.what = ?", [what.clone().into()]);
        }
        if let Some(network) = self.network {
            let (first, last) = keys(network);
            let ends = [first.clone(), last.clone(), first, last].map(Value::from);
            all.and("(alert.source BETWEEN ? AND ? OR alert.target BETWEEN ? AND ?)", ends);
        }
        if let Some(text) = &self.text {
            if text.len() > MOST_SEARCHED {
                let (setting, value) =
                    ("the text that is searched for", format!("{} bytes long", text.len()));
                return Err(HistoryError::Setting {
                    setting,
                    value,
                    rule: "256 bytes long at most",
                });
            }
            all.and("alert.words LIKE ? ESCAPE '\\'", [pattern(text).into()]);
        }
        match self.acknowledged {
            Some(true) => all.and("alert.id IN (SELECT alert FROM acknowledgement)", []),
            Some(false) => all.and("alert.id NOT IN (SELECT alert FROM acknowledgement)", []),
            None => {}
        }
        Ok(all)
    }

    /// The statement for one row more than wanted: it says whether there is a next page.
    fn page(&self, columns: &str, all: Conditions, limit: usize) -> (String, Vec<Value>) {
        let mut page = all;
        let (behind, order) = self.sort.sql();
        if let Some(key) = self.after {
            page.and(behind, [self.sort.place(key), key.id.into()]);
        }
        let sql = format!("{columns}{} ORDER BY {order} LIMIT ?", page.sql());
        let more = Value::from(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1));
        let values = page.values().chain([more]).collect();
        (sql, values)
    }
}

impl AlertSort {
    /// What is behind a row, and the order.
    const fn sql(self) -> (&'static str, &'static str) {
        match self {
            Self::Newest => ("(alert.last, alert.id) < (?, ?)", "alert.last DESC, alert.id DESC"),
            Self::Oldest => ("(alert.last, alert.id) > (?, ?)", "alert.last, alert.id"),
            Self::Worst => ("(alert.score, alert.id) < (?, ?)", "alert.score DESC, alert.id DESC"),
            Self::Most => ("(alert.count, alert.id) < (?, ?)", "alert.count DESC, alert.id DESC"),
        }
    }

    fn key(self, row: &Row<'_>) -> rusqlite::Result<Key> {
        let place = match self {
            Self::Newest | Self::Oldest => row.get(5)?,
            Self::Worst => row.get::<_, f64>(6)?.to_bits().cast_signed(),
            Self::Most => row.get(7)?,
        };
        Ok(Key { place, id: row.get(0)? })
    }

    fn place(self, key: Key) -> Value {
        match self {
            Self::Worst => f64::from_bits(key.place.cast_unsigned()).into(),
            _ => key.place.into(),
        }
    }
}

/// A row whose text is yet to be understood.
pub(super) struct Found {
    id: i64,
    /// What is no text is none that could be read.
    body: Vec<u8>,
    acknowledged: Option<Acknowledgement>,
    comments: u64,
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Found> {
    let nanos: Option<i64> = row.get(2)?;
    let who = nanos.map(|_| legible(row, 3)).transpose()?;
    let acknowledged = nanos.zip(who).map(|(nanos, who)| Acknowledgement { nanos, who });
    let comments = row.get::<_, i64>(4)?.cast_unsigned();
    Ok(Found { id: row.get(0)?, body: body(row)?.to_vec(), acknowledged, comments })
}

/// An alert as text, in the second column.
pub(super) fn body<'a>(row: &'a Row<'_>) -> rusqlite::Result<&'a [u8]> {
    Ok(match row.get_ref(1)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    })
}

/// Those that can be read.
pub(super) fn sound(found: impl IntoIterator<Item = Found>) -> Vec<AlertRow> {
    found.into_iter().filter_map(|row| row.sound().ok()).collect()
}

impl Found {
    fn sound(self) -> Result<AlertRow, HistoryError> {
        let Self { id, body, acknowledged, comments } = self;
        let alert = serde_json::from_slice(&body);
        let alert = alert.map_err(|source| {
            let (table, source) = ("alert", Box::new(source));
            HistoryError::Row { table, id, source }
        })?;
        Ok(AlertRow { alert, acknowledged, comments })
    }
}

impl Default for AlertsAsked {
    fn default() -> Self {
        Self {
            times: Times::ALL,
            level: None,
            what: None,
            network: None,
            text: None,
            acknowledged: None,
            sort: AlertSort::Newest,
            limit: 100,
            after: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::staged::kept;

    /// One of another version, or that a disk broke, takes nothing else with it.
    #[test]
    fn alerts_that_cannot_be_read_keep_nobody_from_the_others() {
        let (_folder, path, history) = kept();
        let reader = Reader::open(&path).unwrap();
        let mark = reader.mark().unwrap();
        let began = 1_790_000_000_000_000_000;
        (began..began + 4).for_each(|nanos| history.hand().alert(Alert::test(nanos)));
        assert!(history.flush(std::time::Duration::from_secs(20)));
        let other = rusqlite::Connection::open(&path).unwrap();
        let bad = ["'{\"id\":7}'", "CAST(x'ff' AS TEXT)", "''"];
        for (nanos, body) in (began..).zip(bad) {
            let sql = format!("UPDATE alert SET body = {body} WHERE last = {nanos}");
            assert_eq!(other.execute(&sql, []).unwrap(), 1);
        }
        let news = reader.news(mark, 100).unwrap();
        assert_eq!((news.alerts.len(), news.unreadable, news.is_more), (1, 3, false));
        assert_eq!(news.mark, reader.mark().unwrap(), "it goes on");
        let page = reader.alerts(&AlertsAsked::default()).unwrap();
        assert_eq!((page.rows.len(), page.unreadable, page.total.counted), (1, 3, 4));
        let list = |most| reader.alert_list(&AlertsAsked::default(), most).unwrap();
        assert_eq!((list(4).unreadable, list(4).is_more, list(3).is_more), (3, false, true));
        assert_eq!(reader.alerts_named(&list(usize::MAX).ids).unwrap(), page.rows);
        let unread: Vec<String> =
            bad.iter().zip(began..).map(|(_, nanos)| unread(&Alert::test(nanos))).collect();
        let told = reader.check().unwrap();
        assert!(unread.iter().all(|line| told.contains(line)) && told.len() == 3, "{told:?}");
    }

    fn unread(alert: &Alert) -> String {
        format!("row {} of alert cannot be read", row_of(alert.id))
    }

    /// Who exports a history that is written sees every alert that was there when it began.
    #[test]
    fn what_is_listed_is_there_once_whatever_is_written_meanwhile() {
        let (_folder, path, history) = kept();
        let reader = Reader::open(&path).unwrap();
        let began = 1_790_000_000_000_000_000;
        let told = |alert| {
            history.hand().alert(alert);
            assert!(history.flush(std::time::Duration::from_secs(20)));
        };
        (began..began + 6).for_each(|nanos| told(Alert::test(nanos)));
        let list = reader.alert_list(&AlertsAsked::default(), 6).unwrap();
        let first = reader.alerts_named(&list.ids[..3]).unwrap();
        // The last and the one that is written already are told again, and another one comes.
        told(Alert { nanos: began + 10, count: 9, ..Alert::test(began) });
        told(Alert { nanos: began + 11, count: 9, ..Alert::test(began + 5) });
        told(Alert::test(began + 12));
        let second = reader.alerts_named(&list.ids[3..]).unwrap();
        let ids: Vec<_> = first.iter().chain(&second).map(|row| row.alert.id).collect();
        let expected: Vec<_> = (0..6).rev().map(|it| Alert::test(began + it).id).collect();
        assert_eq!((&ids, &list.ids, list.is_more), (&expected, &expected, false));
        assert_eq!(second[2].alert.count, 9, "as it is when it is read");
    }

    #[test]
    fn pages_come_from_an_index_in_their_order() {
        let (_folder, path, _) = kept();
        let reader = Reader::open(&path).unwrap();
        let some = AlertsAsked { after: Some(Key { place: 1, id: 1 }), ..AlertsAsked::default() };
        let (what, text) = (Some("scan".to_owned()), Some("x".to_owned()));
        for (asked, index) in [
            (AlertsAsked::default(), "SCAN alert USING INDEX alert_by_time"),
            (some.clone(), "SEARCH alert USING INDEX alert_by_time"),
            (AlertsAsked { sort: AlertSort::Oldest, ..some.clone() }, "alert_by_time"),
            (AlertsAsked { sort: AlertSort::Worst, ..some.clone() }, "alert_by_score"),
            (AlertsAsked { sort: AlertSort::Most, ..some.clone() }, "alert_by_count"),
            (AlertsAsked { what, ..some.clone() }, "alert_by_what"),
            (AlertsAsked { text, acknowledged: Some(false), ..some }, "alert_by_time"),
        ] {
            let (sql, values) = asked.page(COLUMNS, asked.conditions().unwrap(), 10);
            let plan = reader.plan(&sql, values).join("\n");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{asked:?}: {plan}");
        }
    }
}
