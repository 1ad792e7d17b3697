//! From all rows to a dataset: what repeats others is judged, texts are numbered in their order.

use ndarray::{Array2, Axis, ShapeBuilder, Slice};

use super::assembly::Assembly;
use super::number::Number;
use super::plan::{Plan, Slot};
use super::repeats::Repeats;
use super::store::Store;
use super::texts::Texts;
use crate::{
    Classes, DataError, Dataset, Defect, Field, KindOrigin, Labels, Policy, ReadReport, Schema,
};

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
    let numbers = assembly.numbers(&mut store, plan, &ranked);
    let settled = Settled { gone, numbers };
    let report = assembly.report(store.rows as u64, repeats.contradictions, &settled);
    Ok((dataset(store, plan, &settled, &ranked)?, report))
}

/// What is known of the targets once all rows are there.
pub(crate) struct Settled {
    /// Whether its name and its every cell are those of another.
    gone: Vec<bool>,
    /// Whether its texts have become numbers.
    numbers: Vec<bool>,
}

impl Settled {
    pub(crate) fn is_gone(&self, target: usize) -> bool {
        self.gone.get(target) == Some(&true)
    }

    pub(crate) fn is_number(&self, target: usize) -> bool {
        self.numbers.get(target) == Some(&true)
    }
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

impl Assembly<'_, '_> {
    /// Of each target, whether its texts become numbers: all of them are such, and they are texts for no other reason
    /// than that the first rows told nothing.
    fn numbers(&self, store: &mut Store, plan: &Plan<'_>, ranked: &[Ranked]) -> Vec<bool> {
        let mut numbers = vec![false; plan.stride];
        for (place, column) in plan.columns.iter().enumerate() {
            let Slot::Text { target, dictionary, .. } = column.slot else { continue };
            let is_open = column.origin == KindOrigin::Assumed && target < plan.width;
            let values = ranked.get(dictionary).filter(|_| is_open).and_then(Ranked::numbers);
            let (Some(values), Some(is_number)) = (values, numbers.get_mut(target)) else {
                continue;
            };
            *is_number = true;
            let missing = self.missing_number(place);
            let value = |rank: f64| if rank.is_nan() { None } else { values.get(rank as usize) };
            let cells = store.column_mut(target).iter_mut();
            cells.for_each(|cell| *cell = value(*cell).copied().unwrap_or(missing));
        }
        numbers
    }

    /// What a missing number of a column is, whose missing cells had no number as long as they were texts.
    fn missing_number(&self, column: usize) -> f64 {
        let Some(counts) = self.tally.counts.get(column + 1) else { return f64::NAN };
        let all: u64 = counts.iter().sum();
        let only = [Defect::Empty, Defect::Absent];
        let only = only.into_iter().find(|defect| counts[*defect as usize] == all);
        match only.map(|defect| self.policy(defect)) {
            Some(Policy::Value(value)) => value,
            _ => f64::NAN,
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

    /// The texts as numbers, if all of them are.
    fn numbers(&self) -> Option<Vec<f64>> {
        let number = |text: &str| match Number::of(text.as_bytes()) {
            Number::Finite(number) => Some(number),
            _ => None,
        };
        self.classes.names().map(number).collect()
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
    settled: &Settled,
    ranked: &[Ranked],
) -> Result<Dataset, DataError> {
    let labels = plan.label.and_then(|target| classes_of(&store, plan, target, ranked));
    let groups = plan.group.and_then(|target| classes_of(&store, plan, target, ranked));
    let times = std::mem::take(&mut store.times);
    let fields = fields(plan, settled, ranked);
    let mut dataset = Dataset::new(Schema::new(fields)?, matrix(store, plan, settled)?)?;
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
fn fields(plan: &Plan<'_>, settled: &Settled, ranked: &[Ranked]) -> Vec<Field> {
    let field = |name: &str, slot| match slot {
        Slot::Number { target, .. } | Slot::Text { target, .. }
            if settled.is_gone(target) || target >= plan.width =>
        {
            None
        }
        Slot::Text { target, dictionary, .. } if !settled.is_number(target) => {
            Some(Field::text(name, ranked.get(dictionary)?.classes.clone()))
        }
        Slot::Number { .. } | Slot::Text { .. } => Some(Field::number(name)),
        _ => None,
    };
    plan.columns.iter().filter_map(|column| field(&column.name, column.slot)).collect()
}

/// The columns that stay, as the memory they were read into: room that is left over is cut off and stays empty.
fn matrix(
    store: Store,
    plan: &Plan<'_>,
    settled: &Settled,
) -> Result<ndarray::ArcArray2<f64>, DataError> {
    let Store { mut cells, capacity, rows, .. } = store;
    let mut width = 0;
    for target in 0..plan.width {
        if !settled.is_gone(target) {
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
