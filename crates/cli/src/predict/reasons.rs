//! Why rows are told to be of a class, in words beside them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec;

use netsift::data::{Column, Dataset, Rows};
use netsift::models::explain::{Explainer, Method, Reason};
use netsift::models::{Bundle, Watch, ndarray::Array1};

use crate::failure::{Failure, tell};
use crate::interrupt::Interrupt;
use crate::progress::Progress;

/// Cells whose contributions are kept at a time: memory does not grow with the number of rows.
const MOST_CELLS: usize = 1 << 18;

/// Shows how many rows are explained, and ends it when the run is interrupted.
pub(super) struct Explaining {
    progress: Progress,
    interrupt: Arc<Interrupt>,
    /// Of the rows that came together, how many were explained before those at hand, and how many there are.
    before: AtomicU64,
    of: AtomicU64,
}

impl Explaining {
    pub(super) fn new(interrupt: &Arc<Interrupt>, quiet: bool) -> Self {
        let progress = if quiet { Progress::hidden() } else { Progress::of_reasons() };
        let interrupt = Arc::clone(interrupt);
        Self { progress, interrupt, before: AtomicU64::new(0), of: AtomicU64::new(0) }
    }

    fn at(&self, row: usize, of: usize) {
        self.before.store(row as u64, Ordering::Relaxed);
        self.of.store(of as u64, Ordering::Relaxed);
        if row == 0 {
            self.progress.restart(of as u64);
        }
        self.progress(0, of);
    }
}

impl Watch for Explaining {
    fn progress(&self, done: usize, _: usize) {
        let done = self.before.load(Ordering::Relaxed) + done as u64;
        self.progress.set(done, self.of.load(Ordering::Relaxed));
    }

    fn is_cancelled(&self) -> bool {
        self.interrupt.is_asked()
    }
}

/// Tells why.
pub(super) struct Why<'a> {
    explainer: Explainer<'a>,
    explaining: &'a Explaining,
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
    pub(super) fn new(
        bundle: &'a Bundle,
        most: u8,
        threads: usize,
        explaining: &'a Explaining,
    ) -> Result<Self, Failure> {
        let explainer = Explainer::of(bundle)?.threads(threads).watched(explaining);
        let block = (MOST_CELLS / bundle.input().len().max(1)).max(1);
        Ok(Self { explainer, explaining, most: most.into(), block })
    }

    /// That chance is in the reasons, if it is: nobody is to take small ones for more than they are.
    pub(super) fn tell_method(&self, model: &str) {
        if self.explainer.method() == Method::Sampled {
            tell(&format!(
                "the reasons of {model} are sampled, which is slow and leaves chance in small ones: each row is told beside \
                 rows whose columns are usual each by itself"
            ));
        }
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
        let Why { explainer, explaining, most, .. } = self.why;
        explaining.at(self.next, self.data.rows());
        let told = explainer.reasons(&self.data.slice(rows), classes, *most);
        if end == self.data.rows() || told.is_err() {
            explaining.progress.clear();
        }
        self.told = told?.into_iter();
        self.next = end;
        Ok(())
    }
}
