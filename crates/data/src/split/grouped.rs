//! Rows of one group, or equal ones, stay together.

use std::collections::BTreeMap;

use super::enough;
use crate::chance::Chance;
use crate::measure::first_equals;
use crate::{DataError, Dataset, Labels};

/// Deals out sets of rows, the largest first, each to the bin it fits best: where the squared distance of what bins have from
/// what they should have grows least. With classes, of every class; else of all rows together.
pub(super) fn deal(
    data: &Dataset,
    mut groups: Vec<Vec<usize>>,
    shares: &[f64],
    seed: u64,
    by_class: bool,
) -> Result<Vec<Vec<usize>>, DataError> {
    let wanted = shares.iter().filter(|&&share| share > 0.0).count();
    enough("groups", groups.len(), wanted)?;
    Chance::seeded(seed).shuffle(&mut groups);
    groups.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    let class_of_row = if by_class { class_of_row(data)? } else { vec![0; data.rows()] };
    let classes = class_of_row.iter().max().map_or(0, |&class| class as usize + 1);
    let mut bins = Bins::new(shares, &counts(0..data.rows(), &class_of_row, classes));
    let mut left = groups.len();
    for rows in groups {
        let counts = counts(rows.iter().copied(), &class_of_row, classes);
        bins.take(rows, &counts, left);
        left -= 1;
    }
    Ok(bins.rows)
}

/// The rows of each group that has any.
pub(super) fn rows_of_groups(data: &Dataset) -> Result<Vec<Vec<usize>>, DataError> {
    let groups = data.groups().ok_or(DataError::Unlabelled { what: "groups" })?;
    let mut of_group = vec![Vec::new(); groups.classes().len()];
    for (row, &number) in groups.numbers().iter().enumerate() {
        if let Some(rows) = of_group.get_mut(number as usize) {
            rows.push(row);
        }
    }
    of_group.retain(|rows| !rows.is_empty());
    Ok(of_group)
}

/// Rows that are equal, set by set.
pub(super) fn equal_rows(data: &Dataset) -> Vec<Vec<usize>> {
    sets(&first_equals(data))
}

/// Groups, and with each all others that have a row equal to one of its rows, or of theirs.
pub(super) fn groups_of_equal_rows(data: &Dataset) -> Result<Vec<Vec<usize>>, DataError> {
    let groups = data.groups().ok_or(DataError::Unlabelled { what: "groups" })?;
    let firsts = first_equals(data);
    let number = |row: usize| groups.numbers().get(row).map_or(0, |number| *number as usize);
    let mut joined = Joined::of(groups);
    firsts.iter().enumerate().for_each(|(row, &first)| joined.join(number(row), number(first)));
    let whole: Vec<usize> = (0..data.rows()).map(|row| joined.root(number(row))).collect();
    Ok(sets(&whole))
}

/// Rows of the same number, set by set, in the order in which numbers first come up.
fn sets(numbers: &[usize]) -> Vec<Vec<usize>> {
    let mut places = BTreeMap::new();
    let mut sets: Vec<Vec<usize>> = Vec::new();
    for (row, number) in numbers.iter().enumerate() {
        let place = *places.entry(number).or_insert(sets.len());
        match sets.get_mut(place) {
            Some(set) => set.push(row),
            None => sets.push(vec![row]),
        }
    }
    sets
}

/// Groups that are joined to others: each knows one that it is joined to, or itself.
struct Joined(Vec<usize>);

impl Joined {
    fn of(groups: &Labels) -> Self {
        Self((0..groups.classes().len()).collect())
    }

    /// The one that stands for all that are joined; ways there are made shorter as they are gone.
    fn root(&mut self, mut group: usize) -> usize {
        while let Some(&above) = self.0.get(group).filter(|above| **above != group) {
            let next = self.0.get(above).copied().unwrap_or(above);
            if let Some(to) = self.0.get_mut(group) {
                *to = next;
            }
            group = above;
        }
        group
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(above) = self.0.get_mut(one) {
            *above = other;
        }
    }
}

/// What has been dealt out, and what is still wanted: of each bin, of each class.
struct Bins {
    rows: Vec<Vec<usize>>,
    is_wanted: Vec<bool>,
    wanted: Vec<Vec<f64>>,
    /// One over the rows of each class: rare classes weigh as much as others.
    weights: Vec<f64>,
}

impl Bins {
    fn new(shares: &[f64], of_class: &[usize]) -> Self {
        let wanted = |share: &f64| of_class.iter().map(|&count| share * count as f64).collect();
        Self {
            rows: vec![Vec::new(); shares.len()],
            is_wanted: shares.iter().map(|&share| share > 0.0).collect(),
            wanted: shares.iter().map(wanted).collect(),
            weights: of_class.iter().map(|&count| 1.0 / (count.max(1) as f64).powi(2)).collect(),
        }
    }

    /// Gives a group to the bin it fits best; to an empty one, if no more groups are left than empty bins.
    fn take(&mut self, rows: Vec<usize>, counts: &[usize], left: usize) {
        let is_empty = |bin: usize| self.rows.get(bin).is_some_and(Vec::is_empty);
        let candidates = (0..self.rows.len()).filter(|&bin| self.is_wanted.get(bin) == Some(&true));
        let empty = candidates.clone().filter(|&bin| is_empty(bin)).count();
        let candidates = candidates.filter(|&bin| left > empty || is_empty(bin));
        let best = candidates
            .min_by(|&one, &other| self.cost(one, counts).total_cmp(&self.cost(other, counts)));
        let Some(bin) = best else { return };
        if let (Some(taken), Some(wanted)) = (self.rows.get_mut(bin), self.wanted.get_mut(bin)) {
            taken.extend(rows);
            wanted.iter_mut().zip(counts).for_each(|(wanted, &count)| *wanted -= count as f64);
        }
    }

    /// How much the squared distance grows if a bin gets so many rows of each class.
    fn cost(&self, bin: usize, counts: &[usize]) -> f64 {
        let wanted = self.wanted.get(bin).map(Vec::as_slice).unwrap_or_default();
        let growth = |((&wanted, &count), weight): ((&f64, &usize), &f64)| {
            let count = count as f64;
            weight * count * (count - 2.0 * wanted)
        };
        wanted.iter().zip(counts).zip(&self.weights).map(growth).sum()
    }
}

fn class_of_row(data: &Dataset) -> Result<Vec<u32>, DataError> {
    let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
    Ok(labels.numbers().to_vec())
}

fn counts(rows: impl Iterator<Item = usize>, class_of_row: &[u32], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for class in rows.filter_map(|row| class_of_row.get(row)) {
        if let Some(count) = counts.get_mut(*class as usize) {
            *count += 1;
        }
    }
    counts
}
