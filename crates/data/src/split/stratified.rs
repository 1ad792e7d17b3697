//! Every part gets its share of each class.

use super::allot::table;
use super::enough;
use crate::chance::Chance;
use crate::{DataError, Dataset, Labels};

pub(super) fn parts(
    data: &Dataset,
    shares: &[f64],
    seed: u64,
    rare: bool,
) -> Result<Vec<Vec<usize>>, DataError> {
    let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
    refuse_rare(labels, shares.iter().filter(|&&share| share > 0.0).count(), rare)?;
    let classes = shuffled(labels, seed);
    let counts: Vec<usize> = classes.iter().map(Vec::len).collect();
    let mut parts = vec![Vec::new(); shares.len()];
    for (rows, sizes) in classes.into_iter().zip(table(&counts, shares)) {
        let mut rest = rows.into_iter();
        for (part, size) in parts.iter_mut().zip(sizes) {
            part.extend(rest.by_ref().take(size));
        }
    }
    Ok(parts)
}

/// Rows are dealt out class by class, in the order in which classes first come up, each fold one at a time: sizes of
/// folds and of classes in folds differ by one row at most.
pub(super) fn folds(
    data: &Dataset,
    count: usize,
    seed: u64,
    rare: bool,
) -> Result<Vec<Vec<usize>>, DataError> {
    let labels = data.labels().ok_or(DataError::Unlabelled { what: "labels" })?;
    enough("rows", data.rows(), count)?;
    refuse_rare(labels, count, rare)?;
    let mut bins = vec![Vec::new(); count];
    for (dealt, row) in shuffled(labels, seed).into_iter().flatten().enumerate() {
        if let Some(bin) = bins.get_mut(dealt % count) {
            bin.push(row);
        }
    }
    Ok(bins)
}

fn refuse_rare(labels: &Labels, needed: usize, rare: bool) -> Result<(), DataError> {
    let mut counted = labels.classes().names().zip(labels.counts());
    match counted.find(|&(_, found)| !rare && found > 0 && found < needed) {
        Some((name, found)) => {
            Err(DataError::TooFewRows { what: "class", name: name.into(), found, needed })
        }
        None => Ok(()),
    }
}

/// The rows of each class in any order; classes in the order in which they first come up.
fn shuffled(labels: &Labels, seed: u64) -> Vec<Vec<usize>> {
    let mut of_class = vec![Vec::new(); labels.classes().len()];
    for (row, &number) in labels.numbers().iter().enumerate() {
        if let Some(rows) = of_class.get_mut(number as usize) {
            rows.push(row);
        }
    }
    of_class.retain(|rows| !rows.is_empty());
    of_class.sort_by_key(|rows| rows.first().copied());
    let mut chance = Chance::seeded(seed);
    of_class.iter_mut().for_each(|rows| chance.shuffle(rows));
    of_class
}
