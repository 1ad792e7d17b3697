//! Rows of all parts as a dataset: numbers column by column, texts numbered in their order.

use std::sync::{Mutex, PoisonError};

use ndarray::{Array2, ShapeBuilder};

use super::assembly::{Assembly, Part};
use super::plan::{Plan, Slot};
use super::repeats::{Repeats, each_thread};
use super::texts::Texts;
use crate::{Classes, DataError, Dataset, Defect, Field, Labels, Policy, ReadReport, Schema};

/// How many rows are turned at a time: their cells of eight columns are in the first cache.
const TURNED_ROWS: usize = 64;

/// The dataset of all that was read, and the report.
pub(crate) fn gather(
    mut assembly: Assembly<'_>,
    plan: &Plan<'_>,
    threads: usize,
) -> Result<(Dataset, ReadReport), DataError> {
    let repeats = Repeats::of(&assembly.parts, plan, threads);
    assembly.judge(&repeats, plan)?;
    let gone = repeated_columns(&assembly.parts, plan);
    let ranked = ranked(&assembly, plan)?;
    let parts = std::mem::take(&mut assembly.parts);
    let gathered = Gathered::of(parts, plan, &gone, &ranked, threads);
    let rows = gathered.rows;
    let report = assembly.report(rows as u64, repeats.contradictions, &gone);
    Ok((gathered.dataset(plan, &gone, ranked)?, report))
}

impl Assembly<'_> {
    /// Counts rows that repeat or contradict others, and drops those that the policies drop.
    fn judge(&mut self, repeats: &Repeats, plan: &Plan<'_>) -> Result<(), DataError> {
        let starts = starts(&self.parts);
        for (defect, rows) in
            [(Defect::Duplicate, &repeats.duplicates), (Defect::Conflict, &repeats.conflicts)]
        {
            for &row in rows {
                let (part, row) = place(&starts, row);
                self.find(defect, part, row)?;
            }
        }
        let mut dropped = vec![None; if repeats.is_quiet() { 0 } else { self.rows() }];
        let mut drop = |rows: &[u32], defect| {
            for row in rows {
                dropped
                    .iter_mut()
                    .skip(*row as usize)
                    .take(1)
                    .for_each(|fate| *fate = Some(defect));
            }
        };
        if plan.settings.policies.of(Defect::Duplicate) == Policy::Drop {
            drop(&repeats.duplicates, Defect::Duplicate);
        }
        drop(&repeats.dropped, Defect::Conflict);
        self.drop_rows(&dropped, plan);
        Ok(())
    }

    fn rows(&self) -> usize {
        self.parts.iter().map(Part::rows).sum()
    }

    fn drop_rows(&mut self, dropped: &[Option<Defect>], plan: &Plan<'_>) {
        if dropped.iter().all(Option::is_none) {
            return;
        }
        let mut fates = dropped.iter();
        for part in &mut self.parts {
            let fates: Vec<Option<Defect>> = fates.by_ref().take(part.rows()).copied().collect();
            if fates.iter().any(Option::is_some) {
                for fate in fates.iter().flatten() {
                    self.tally.dropped[*fate as usize] += 1;
                }
                part.drop_rows(&fates, plan, &mut self.uses);
            }
        }
    }
}

impl Repeats {
    fn is_quiet(&self) -> bool {
        self.duplicates.is_empty() && self.dropped.is_empty()
    }
}

impl Part {
    fn drop_rows(&mut self, fates: &[Option<Defect>], plan: &Plan<'_>, uses: &mut [Vec<u32>]) {
        let stride = plan.stride;
        let mut kept = 0;
        for (row, fate) in fates.iter().enumerate() {
            if fate.is_none() {
                self.cells.copy_within(row * stride..(row + 1) * stride, kept * stride);
                if let Some(&time) = self.times.get(row) {
                    self.times.iter_mut().skip(kept).take(1).for_each(|to| *to = time);
                }
                kept += 1;
                continue;
            }
            for (target, dictionary) in plan.texts() {
                let cell = self.cells.get(row * stride + target).filter(|cell| !cell.is_nan());
                let uses = uses.get_mut(dictionary).zip(cell);
                let count = uses.and_then(|(uses, cell)| uses.get_mut(*cell as usize));
                count.into_iter().for_each(|count| *count = count.saturating_sub(1));
            }
        }
        self.cells.truncate(kept * stride);
        self.times.truncate(kept);
        self.lines.truncate(kept);
    }
}

fn starts(parts: &[Part]) -> Vec<usize> {
    let mut start = 0;
    let starts = parts.iter().map(|part| {
        start += part.rows();
        start - part.rows()
    });
    starts.collect()
}

/// The part of a row, and its place there.
fn place(starts: &[usize], row: u32) -> (usize, usize) {
    let row = row as usize;
    let part = starts.partition_point(|start| *start <= row).saturating_sub(1);
    (part, row - starts.get(part).copied().unwrap_or(0).min(row))
}

/// Where columns are kept whose name and whose every cell is that of another.
fn repeated_columns(parts: &[Part], plan: &Plan<'_>) -> Vec<bool> {
    let repeated = plan.columns.iter().filter_map(|column| match column.slot {
        Slot::Number { target, .. } | Slot::Text { target, .. } => Some((target, column.repeats?)),
        _ => None,
    });
    let mut is_text = vec![false; plan.stride];
    for (target, _) in plan.texts() {
        is_text.iter_mut().skip(target).take(1).for_each(|is_text| *is_text = true);
    }
    let same = |(one, other): (f64, f64)| one == other || (one.is_nan() && other.is_nan());
    let is_equal = |&(own, first): &(usize, usize)| {
        is_text.get(own) == is_text.get(first)
            && parts.iter().all(|part| {
                let mut rows = part.cells.chunks_exact(plan.stride.max(1));
                rows.all(|row| row.get(own).copied().zip(row.get(first).copied()).is_some_and(same))
            })
    };
    let mut gone = vec![false; plan.stride];
    for (own, _) in repeated.filter(is_equal) {
        gone.iter_mut().skip(own).take(1).for_each(|gone| *gone = true);
    }
    gone
}

/// The texts of a dictionary that rows have, in their order, and the place of each there.
struct Ranked {
    classes: Classes,
    ranks: Vec<f64>,
}

fn ranked(assembly: &Assembly<'_>, plan: &Plan<'_>) -> Result<Vec<Ranked>, DataError> {
    let all = assembly.texts.iter().zip(&assembly.uses).zip(&plan.dictionaries);
    let ranked = all.map(|((texts, uses), dictionary)| {
        Ranked::of(texts, uses, dictionary.listed.as_ref().map_or(0, Vec::len))
    });
    ranked.collect()
}

impl Ranked {
    /// The first so many are listed: they keep their order, and stay even if no row has them.
    fn of(texts: &Texts, uses: &[u32], listed: usize) -> Result<Self, DataError> {
        let texts: Vec<_> = texts.iter().collect();
        let listed = listed.min(texts.len());
        let is_used = |place: &usize| uses.get(*place).is_some_and(|uses| *uses > 0);
        let mut others: Vec<usize> = (listed..texts.len()).filter(is_used).collect();
        others.sort_unstable_by(|one, other| texts.get(*one).cmp(&texts.get(*other)));
        let order: Vec<usize> = (0..listed).chain(others).collect();
        let mut ranks = vec![f64::NAN; texts.len()];
        for (rank, place) in order.iter().enumerate() {
            ranks.iter_mut().skip(*place).take(1).for_each(|own| *own = rank as f64);
        }
        let names = order.iter().filter_map(|place| texts.get(*place)).map(|text| &**text);
        Ok(Self { classes: Classes::new(names)?, ranks })
    }

    fn rank(&self, cell: f64) -> f64 {
        if cell.is_nan() {
            cell
        } else {
            self.ranks.get(cell as usize).copied().unwrap_or(f64::NAN)
        }
    }
}

/// All rows, column by column.
struct Gathered {
    rows: usize,
    matrix: Vec<f64>,
    labels: Vec<u32>,
    groups: Vec<u32>,
    times: Vec<i64>,
}

/// A part, and where its rows go.
struct Job<'m> {
    part: Part,
    columns: Vec<&'m mut [f64]>,
    labels: &'m mut [u32],
    groups: &'m mut [u32],
    times: &'m mut [i64],
}

impl Gathered {
    fn of(
        parts: Vec<Part>,
        plan: &Plan<'_>,
        gone: &[bool],
        ranked: &[Ranked],
        threads: usize,
    ) -> Self {
        let is_gone = |target: &usize| gone.get(*target) == Some(&true);
        let targets: Vec<usize> = (0..plan.width).filter(|target| !is_gone(target)).collect();
        let rows = parts.iter().map(Part::rows).sum();
        let of_rows = |is_there: bool| if is_there { rows } else { 0 };
        let mut all = Self {
            rows,
            matrix: vec![0.0; rows * targets.len()],
            labels: vec![0; of_rows(plan.label.is_some())],
            groups: vec![0; of_rows(plan.group.is_some())],
            times: vec![0; of_rows(plan.has_time)],
        };
        let turn = Turn::new(plan, &targets, ranked);
        let jobs = Mutex::new(all.jobs(parts).into_iter());
        each_thread(threads, |_| {
            let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(job) = next() {
                turn.run(job);
            }
        });
        drop(jobs);
        all
    }

    fn jobs(&mut self, parts: Vec<Part>) -> Vec<Job<'_>> {
        let mut columns: Vec<&mut [f64]> = match self.rows {
            0 => Vec::new(),
            rows => self.matrix.chunks_exact_mut(rows).collect(),
        };
        let (mut labels, mut groups) = (&mut self.labels[..], &mut self.groups[..]);
        let mut times = &mut self.times[..];
        let jobs = parts.into_iter().map(|part| {
            let rows = part.rows();
            Job {
                part,
                columns: columns.iter_mut().map(|column| cut_off(column, rows)).collect(),
                labels: cut_off(&mut labels, rows),
                groups: cut_off(&mut groups, rows),
                times: cut_off(&mut times, rows),
            }
        });
        jobs.collect()
    }

    fn dataset(
        self,
        plan: &Plan<'_>,
        gone: &[bool],
        ranked: Vec<Ranked>,
    ) -> Result<Dataset, DataError> {
        let fields = fields(plan, gone, &ranked);
        let shape = (self.rows, fields.len()).f();
        let (expected, found) = (self.rows * fields.len(), self.matrix.len());
        let matrix = Array2::from_shape_vec(shape, self.matrix).map_err(|_| DataError::Shape {
            what: "cells",
            expected,
            found,
        })?;
        let mut dataset = Dataset::new(Schema::new(fields)?, matrix)?;
        if let Some(classes) = plan.label.and_then(|target| classes_of(plan, target, &ranked)) {
            dataset = dataset.with_labels(Labels::new(classes, self.labels)?)?;
        }
        if let Some(classes) = plan.group.and_then(|target| classes_of(plan, target, &ranked)) {
            dataset = dataset.with_groups(Labels::new(classes, self.groups)?)?;
        }
        if plan.has_time { dataset.with_times(self.times) } else { Ok(dataset) }
    }
}

fn cut_off<'m, T>(rest: &mut &'m mut [T], rows: usize) -> &'m mut [T] {
    let all = std::mem::take(rest);
    let (first, behind) = all.split_at_mut(rows.min(all.len()));
    *rest = behind;
    first
}

fn classes_of(plan: &Plan<'_>, target: usize, ranked: &[Ranked]) -> Option<Classes> {
    let (_, dictionary) = plan.texts().find(|(text, _)| *text == target)?;
    ranked.get(dictionary).map(|ranked| ranked.classes.clone())
}

/// The columns of the matrix, in the order of their targets, which is that of the tables.
fn fields(plan: &Plan<'_>, gone: &[bool], ranked: &[Ranked]) -> Vec<Field> {
    let is_gone = |target: usize| gone.get(target) == Some(&true);
    let field = |name: &str, slot| match slot {
        Slot::Number { target, .. } if !is_gone(target) => Some(Field::number(name)),
        Slot::Text { target, dictionary, .. } if target < plan.width && !is_gone(target) => {
            Some(Field::text(name, ranked.get(dictionary)?.classes.clone()))
        }
        _ => None,
    };
    plan.columns.iter().filter_map(|column| field(&column.name, column.slot)).collect()
}

/// How rows become columns.
struct Turn<'a> {
    plan: &'a Plan<'a>,
    /// Which cells of a row are kept, and of which texts they are.
    targets: Vec<(usize, Option<&'a Ranked>)>,
    label: Option<(usize, Option<&'a Ranked>)>,
    group: Option<(usize, Option<&'a Ranked>)>,
}

impl<'a> Turn<'a> {
    fn new(plan: &'a Plan<'a>, targets: &[usize], ranked: &'a [Ranked]) -> Self {
        let mut texts = vec![None; plan.stride];
        for (target, dictionary) in plan.texts() {
            texts.iter_mut().skip(target).take(1).for_each(|own| *own = ranked.get(dictionary));
        }
        let with_texts = |target: usize| (target, texts.get(target).copied().flatten());
        Self {
            plan,
            targets: targets.iter().copied().map(with_texts).collect(),
            label: plan.label.map(with_texts),
            group: plan.group.map(with_texts),
        }
    }

    fn run(&self, job: Job<'_>) {
        let Job { part, mut columns, labels, groups, times } = job;
        let stride = self.plan.stride.max(1);
        for (block, rows) in part.cells.chunks(stride * TURNED_ROWS).enumerate() {
            let start = block * TURNED_ROWS;
            for (column, (target, ranked)) in columns.iter_mut().zip(&self.targets) {
                let to = column.get_mut(start..).unwrap_or_default();
                let from = rows.get(*target..).unwrap_or_default().iter().step_by(stride);
                match ranked {
                    None => to.iter_mut().zip(from).for_each(|(to, from)| *to = *from),
                    Some(ranked) => {
                        to.iter_mut().zip(from).for_each(|(to, from)| *to = ranked.rank(*from));
                    }
                }
            }
        }
        number(&part, self.label, stride, labels);
        number(&part, self.group, stride, groups);
        times.iter_mut().zip(&part.times).for_each(|(to, from)| *to = *from);
    }
}

/// The numbers of texts as numbers of classes.
fn number(part: &Part, target: Option<(usize, Option<&Ranked>)>, stride: usize, to: &mut [u32]) {
    let Some((target, Some(ranked))) = target else { return };
    let cells = part.cells.iter().skip(target).step_by(stride);
    to.iter_mut().zip(cells).for_each(|(to, cell)| *to = ranked.rank(*cell) as u32);
}
