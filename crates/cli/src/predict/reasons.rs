//! Why rows are told to be of a class, in words beside them.

use std::vec;

use netsift::data::{Column, Dataset, Rows};
use netsift::models::explain::{Explainer, Reason};
use netsift::models::{Bundle, ndarray::Array1};

use crate::failure::Failure;

/// Cells whose contributions are kept at a time: memory does not grow with the number of rows.
const MOST_CELLS: usize = 1 << 18;

/// Tells why.
pub(super) struct Why<'a> {
    explainer: Explainer<'a>,
    /// How many reasons a row has at most.
    most: usize,
    /// How many rows are explained at a time.
    block: usize,
}

/// The reasons of rows, one row behind the other.
pub(super) struct Reasons<'w, 'a> {
    why: &'w Why<'a>,
    data: &'w Dataset,
    classes: &'w [u32],
    next: usize,
    told: vec::IntoIter<Vec<Reason>>,
}

impl<'a> Why<'a> {
    pub(super) fn new(bundle: &'a Bundle, most: u8, threads: usize) -> Result<Self, Failure> {
        let explainer = Explainer::of(bundle)?.threads(threads);
        let block = (MOST_CELLS / bundle.input().len().max(1)).max(1);
        Ok(Self { explainer, most: most.into(), block })
    }

    /// A column for each reason, the greatest first: who wants the first alone need not take a text apart.
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> + use<> {
        (1..=self.most).map(|number| Column::text(format!("Reason {number}")))
    }

    /// Why these rows are of these classes.
    pub(super) fn of<'w>(&'w self, data: &'w Dataset, classes: &'w Array1<u32>) -> Reasons<'w, 'a> {
        let classes = classes.as_slice().unwrap_or(&[]);
        Reasons { why: self, data, classes, next: 0, told: Vec::new().into_iter() }
    }
}

impl Reasons<'_, '_> {
    /// Writes those of the next row; cells stay empty where there are no more.
    pub(super) fn write_next(&mut self, rows: &mut Rows) -> Result<(), Failure> {
        if self.told.len() == 0 {
            self.explain()?;
        }
        let reasons = self.told.next().unwrap_or_default();
        for place in 0..self.why.most {
            match reasons.get(place) {
                Some(reason) => rows.text(&reason.to_string()),
                None => rows.empty(),
            }
        }
        Ok(())
    }

    fn explain(&mut self) -> Result<(), Failure> {
        let end = (self.next + self.why.block).min(self.data.rows());
        let rows = self.next..end;
        let classes = self.classes.get(rows.clone()).unwrap_or(&[]);
        let Why { explainer, most, .. } = self.why;
        self.told = explainer.reasons(&self.data.slice(rows), classes, *most)?.into_iter();
        self.next = end;
        Ok(())
    }
}
