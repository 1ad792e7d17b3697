//! What came of the work, as it is told and reported.

use std::collections::BTreeMap;

use netsift::data::balance::Finding;
use netsift::data::prepare::{MappedLabels, Preparation};
use netsift::data::split::{Parts, ShareMissed, Shares};
use netsift::data::{Dataset, Labels, ReadReport};
use serde::Serialize;

use super::found::Found;
use super::outputs::PARTS;
use crate::tables::asked::SplitBy;

/// What came of the work, once its rows are written and gone.
pub(super) struct Done {
    pub(super) read: ReadReport,
    /// The rows as they were read, with labels as they are called in the end.
    pub(super) rows: PartFacts,
    pub(super) labels: Option<MappedLabels>,
    /// Nothing if nobody wants to know.
    pub(super) found: Option<Found>,
    pub(super) split: Option<SplitFacts>,
    pub(super) preparation: Preparation,
    /// Classes that could not be balanced as was asked for.
    pub(super) balanced: Vec<Finding>,
    pub(super) parts: Vec<PartFacts>,
    /// What was read and is left out of every part, as rows that were made have none of it.
    pub(super) lost: Vec<&'static str>,
}

/// How large a part has become.
#[derive(Serialize)]
pub(super) struct PartFacts {
    pub(super) name: &'static str,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) classes: Option<BTreeMap<String, usize>>,
}

impl PartFacts {
    pub(super) fn of(name: &'static str, data: &Dataset) -> Self {
        let (rows, columns) = (data.rows(), data.width());
        Self { name, rows, columns, classes: data.labels().map(classes) }
    }

    /// The class of every row, if they are all of one.
    pub(super) fn sole_class(&self) -> Option<&str> {
        let mut classes = self.classes.iter().flatten().filter(|(_, rows)| **rows > 0);
        let (class, _) = classes.next()?;
        classes.next().is_none().then_some(class)
    }
}

/// How rows were shared out.
#[derive(Serialize)]
pub(super) struct SplitFacts {
    pub(super) by: &'static str,
    pub(super) parts: Vec<ShareFacts>,
    /// Those that are far from what was asked for.
    pub(super) missed: Vec<ShareMissed>,
}

/// What a part got of the rows that were read, before rows were made or left out.
#[derive(Serialize)]
pub(super) struct ShareFacts {
    pub(super) name: &'static str,
    pub(super) rows: usize,
    pub(super) share: f64,
    pub(super) asked: f64,
}

impl SplitFacts {
    pub(super) fn of(by: SplitBy, parts: &Parts, shares: Shares) -> Self {
        let missed = parts.missed().to_vec();
        let rows = [&parts.train, &parts.validate, &parts.test].map(Vec::len);
        let all = rows.iter().sum::<usize>().max(1) as f64;
        let parts = PARTS.into_iter().zip(rows).zip(shares.each());
        let parts = parts.filter(|(_, asked)| *asked > 0.0).map(|((name, rows), asked)| {
            ShareFacts { name, rows, share: rows as f64 / all, asked }
        });
        Self { by: by.name(), parts: parts.collect(), missed }
    }
}

fn classes(labels: &Labels) -> BTreeMap<String, usize> {
    labels.classes().names().map(str::to_owned).zip(labels.counts()).collect()
}
