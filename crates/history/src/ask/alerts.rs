//! Which alerts there are.

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
use crate::write::{rank, row_of};
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

pub(super) const COLUMNS: &str = "SELECT alert.id, body, acknowledgement.nanos, acknowledgement.who,
    (SELECT count(*) FROM comment WHERE comment.alert = alert.id), alert.last, alert.score, alert.count
    FROM alert LEFT JOIN acknowledgement ON acknowledgement.alert = alert.id";

impl Reader {
    /// A page of alerts. Those that cannot be read are counted in its total, and left out.
    ///
    /// # Errors
    /// [`HistoryError::Setting`] for a text that is too long, [`HistoryError::TooSlow`], or that it cannot be read.
    pub fn alerts(&self, asked: &AlertsAsked) -> Result<Page<AlertRow>, HistoryError> {
        let all = asked.conditions()?;
        let total = self.total("alert", &all)?;
        let limit = asked.limit.clamp(1, MOST_ROWS);
        let (sql, values) = asked.page(all, limit);
        let found = self.rows(&sql, values, |row| Ok((read(row)?, asked.sort.key(row)?)))?;
        let next = found.get(limit - 1).map(|(_, key)| *key).filter(|_| found.len() > limit);
        let all = found.len().min(limit);
        let rows = sound(found.into_iter().take(limit).map(|(row, _)| row));
        let unreadable = (all - rows.len()) as u64;
        Ok(Page { rows, unreadable, total, next })
    }

    /// Whether there are more alerts than so many, on all pages.
    ///
    /// # Errors
    /// As for a page of them.
    pub fn are_more_alerts(&self, asked: &AlertsAsked, than: u64) -> Result<bool, HistoryError> {
        Ok(self.counted_to("alert", &asked.conditions()?, than)? > than)
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
    fn page(&self, all: Conditions, limit: usize) -> (String, Vec<Value>) {
        let mut page = all;
        let (behind, order) = self.sort.sql();
        if let Some(key) = self.after {
            page.and(behind, [self.sort.place(key), key.id.into()]);
        }
        let sql = format!("{COLUMNS}{} ORDER BY {order} LIMIT ?", page.sql());
        let more = Value::from(limit as i64 + 1);
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
    let body = match row.get_ref(1)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    };
    Ok(Found { id: row.get(0)?, body, acknowledged, comments })
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
        let asked = AlertsAsked::default();
        let are_more = [3, 4].map(|than| reader.are_more_alerts(&asked, than).unwrap());
        assert_eq!(are_more, [true, false]);
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
            let (sql, values) = asked.page(asked.conditions().unwrap(), 10);
            let plan = reader.plan(&sql, values).join("\n");
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{asked:?}: {plan}");
        }
    }
}
