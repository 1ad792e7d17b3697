//! From all rows to a dataset: what repeats others is judged, texts are numbered in their order.

use ndarray::{Array2, Axis, ShapeBuilder, Slice};

use super::assembly::Assembly;
use super::plan::{Plan, Slot};
use super::repeats::Repeats;
use super::store::Store;
use super::texts::Texts;
use crate::{Classes, DataError, Dataset, Defect, Field, Labels, Policy, ReadReport, Schema};

/// The dataset of all that was read, and the report.
pub(crate) fn gather(
    mut assembly: Assembly<'_, '_>,
    mut store: Store,
    plan: &Plan<'_>,
    threads: usize,
) -> Result<(Dataset, ReadReport), DataError> {
    let repeats = Repeats::of(&store, plan, threads);
    assembly.judge(&repeats, &mut store, plan)?;
    let gone = repeated_columns(&store, plan);
    let ranked = ranked(&assembly, plan)?;
    for (target, dictionary) in plan.texts() {
        if let Some(ranked) = ranked.get(dictionary) {
            store.column_mut(target).iter_mut().for_each(|cell| *cell = ranked.rank(*cell));
        }
    }
    let report = assembly.report(store.rows as u64, repeats.contradictions, &gone);
    Ok((dataset(store, plan, &gone, &ranked)?, report))
}

impl Assembly<'_, '_> {
    /// Counts rows that repeat or contradict others, and drops those that the policies drop.
    fn judge(
        &mut self,
        repeats: &Repeats,
        store: &mut Store,
        plan: &Plan<'_>,
    ) -> Result<(), DataError> {
        for (defect, rows) in
            [(Defect::Duplicate, &repeats.duplicates), (Defect::Conflict, &repeats.conflicts)]
        {
            rows.iter().try_for_each(|row| self.find(defect, *row as usize))?;
        }
        let drops = plan.settings.policies.of(Defect::Duplicate) == Policy::Drop;
        let duplicates = if drops { &repeats.duplicates[..] } else { &[] };
        if duplicates.is_empty() && repeats.dropped.is_empty() {
            return Ok(());
        }
        let mut kept = vec![true; store.rows];
        for (defect, rows) in
            [(Defect::Conflict, &repeats.dropped[..]), (Defect::Duplicate, duplicates)]
        {
            for row in rows {
                if let Some(kept) = kept.get_mut(*row as usize).filter(|kept| **kept) {
                    *kept = false;
                    self.tally.dropped[defect as usize] += 1;
                }
            }
        }
        self.forget(&kept, store, plan);
        store.retain(&kept, plan);
        Ok(())
    }

    /// Texts of rows that are dropped are used less often.
    fn forget(&mut self, kept: &[bool], store: &Store, plan: &Plan<'_>) {
        for (target, dictionary) in plan.texts() {
            let Some(uses) = self.uses.get_mut(dictionary) else { continue };
            let cells = store.column(target).iter().zip(kept).filter(|(_, kept)| !**kept);
            for (cell, _) in cells.filter(|(cell, _)| !cell.is_nan()) {
                let uses = uses.get_mut(*cell as usize);
                uses.into_iter().for_each(|uses| *uses = uses.saturating_sub(1));
            }
        }
    }
}

/// Of each target, whether its name and its every cell are those of another.
fn repeated_columns(store: &Store, plan: &Plan<'_>) -> Vec<bool> {
    let mut is_text = vec![false; plan.stride];
    for (target, _) in plan.texts() {
        is_text.iter_mut().skip(target).take(1).for_each(|is_text| *is_text = true);
    }
    let same = |(one, other): (&f64, &f64)| one == other || (one.is_nan() && other.is_nan());
    let mut gone = vec![false; plan.stride];
    for column in &plan.columns {
        let (Slot::Number { target, .. } | Slot::Text { target, .. }) = column.slot else {
            continue;
        };
        let Some(first) = column.repeats else { continue };
        let is_equal = is_text.get(target) == is_text.get(first)
            && store.column(target).iter().zip(store.column(first)).all(same);
        gone.iter_mut().skip(target).take(1).for_each(|gone| *gone = is_equal);
    }
    gone
}

/// The texts of a dictionary that rows have, in their order, and the place of each there.
struct Ranked {
    classes: Classes,
    ranks: Vec<f64>,
}

fn ranked(assembly: &Assembly<'_, '_>, plan: &Plan<'_>) -> Result<Vec<Ranked>, DataError> {
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

fn dataset(
    mut store: Store,
    plan: &Plan<'_>,
    gone: &[bool],
    ranked: &[Ranked],
) -> Result<Dataset, DataError> {
    let labels = plan.label.and_then(|target| classes_of(&store, plan, target, ranked));
    let groups = plan.group.and_then(|target| classes_of(&store, plan, target, ranked));
    let times = std::mem::take(&mut store.times);
    let fields = fields(plan, gone, ranked);
    let mut dataset = Dataset::new(Schema::new(fields)?, matrix(store, plan, gone)?)?;
    if let Some((classes, numbers)) = labels {
        dataset = dataset.with_labels(Labels::new(classes, numbers)?)?;
    }
    if let Some((classes, numbers)) = groups {
        dataset = dataset.with_groups(Labels::new(classes, numbers)?)?;
    }
    if !plan.has_time {
        return Ok(dataset);
    }
    let mut times = times;
    times.truncate(dataset.rows());
    dataset.with_times(times)
}

/// The classes of a column, and the number of each row's.
fn classes_of(
    store: &Store,
    plan: &Plan<'_>,
    target: usize,
    ranked: &[Ranked],
) -> Option<(Classes, Vec<u32>)> {
    let (_, dictionary) = plan.texts().find(|(text, _)| *text == target)?;
    let numbers = store.column(target).iter().map(|cell| *cell as u32).collect();
    Some((ranked.get(dictionary)?.classes.clone(), numbers))
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

/// The columns that stay, as the memory they were read into: room that is left over is cut off and stays empty.
fn matrix(
    store: Store,
    plan: &Plan<'_>,
    gone: &[bool],
) -> Result<ndarray::ArcArray2<f64>, DataError> {
    let Store { mut cells, capacity, rows, .. } = store;
    let mut width = 0;
    for target in 0..plan.width {
        if gone.get(target) != Some(&true) {
            let column = target * capacity..(target + 1) * capacity;
            if target > width && column.end <= cells.len() {
                cells.copy_within(column, width * capacity);
            }
            width += 1;
        }
    }
    cells.truncate(width * capacity);
    let (expected, found) = (width * capacity, cells.len());
    let whole = Array2::from_shape_vec((capacity, width).f(), cells);
    let whole = whole.map_err(|_| DataError::Shape { what: "cells", expected, found })?;
    Ok(whole.into_shared().slice_axis_move(Axis(0), Slice::from(0..rows)))
}
