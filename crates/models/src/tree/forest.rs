//! Many trees, each grown by chances of its own, that answer together.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ndarray::{Array2, ArrayView2, Axis};
use netsift_data::{Chance, Classes};
use serde::{Deserialize, Deserializer, Serialize};

use super::flat::{Flat, Place, coverless};
use super::grow::{Grown, Plan, grow, to_one};
use super::table::{Sample, Table};
use super::{Columns, Growth, on_threads};
use crate::check::{are_shares, sound};
use crate::classifier::{greatest, wide};
use crate::explain::{Part, TreeSum};
use crate::zoo::Earlier;
use crate::{Checked, Classifier, ModelError, Training};

/// As many trees as a forest may have: more change no answer that anybody could see.
const MOST_TREES: usize = 100_000;

/// Trees that answer together: a row's classes are as probable as their shares in the leaves it comes to, on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ForestModel {
    classes: Classes,
    width: usize,
    trees: Flat,
    importances: Vec<f64>,
    out_of_bag: Option<f64>,
}

impl ForestModel {
    /// How many trees there are.
    #[must_use]
    pub fn trees(&self) -> usize {
        self.trees.trees()
    }

    /// How much each column's splits have made the rows of the trees purer: of all columns together 1, or all 0 if no
    /// tree has a split. Columns of many values are favoured, and columns that say the same share what they say.
    #[must_use]
    pub fn importances(&self) -> &[f64] {
        &self.importances
    }

    /// The accuracy on the rows of training, each told by the trees which were grown without it: if it was asked for,
    /// and a row was left out by any tree.
    #[must_use]
    pub fn out_of_bag(&self) -> Option<f64> {
        self.out_of_bag
    }

    /// What adds up to the probability of a class, if it can be explained.
    pub(crate) fn sum_for(&self, class: u32) -> Option<TreeSum> {
        let times = 1.0 / self.trees.trees() as f64;
        TreeSum::of(&self.trees, Part { output: class as usize, times, ..Part::ALL }, 0.0)
    }
}

impl Classifier for ForestModel {
    fn classes(&self) -> &Classes {
        &self.classes
    }

    fn width(&self) -> usize {
        self.width
    }

    fn probabilities(&self, rows: ArrayView2<'_, f64>) -> Result<Array2<f64>, ModelError> {
        wide(rows, self.width)?;
        let mut shares = Array2::zeros((rows.nrows(), self.classes.len()));
        if let Some(sums) = shares.as_slice_mut() {
            self.trees.add(rows, self.classes.len(), sums);
        }
        shares /= self.trees.trees() as f64;
        Ok(shares)
    }
}

impl Checked for ForestModel {
    fn check(&self) -> Result<(), ModelError> {
        sound(self.trees.trees() > 0, "a forest has trees")?;
        check(&self.trees, &self.classes, self.width)?;
        check_importances(&self.importances, self.width)?;
        let is_share = self.out_of_bag.is_none_or(|share| (0.0..=1.0).contains(&share));
        sound(is_share, "shares are from 0 to 1")
    }
}

impl Earlier for ForestModel {
    /// Files of version 1 do not tell what the rows of nodes weighed.
    fn earlier<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(remote = "ForestModel")]
        struct First {
            classes: Classes,
            width: usize,
            #[serde(deserialize_with = "coverless")]
            trees: Flat,
            importances: Vec<f64>,
            out_of_bag: Option<f64>,
        }
        First::deserialize(deserializer)
    }
}

/// Holds of trees whose leaves hold shares of classes.
pub(crate) fn check(trees: &Flat, classes: &Classes, width: usize) -> Result<(), ModelError> {
    sound(trees.outputs() == classes.len(), "a share for each class")?;
    trees.check(width)?;
    // As many as there are classes, of which there is one at least.
    let are_shares = trees.leaves().chunks_exact(classes.len()).all(are_shares);
    sound(are_shares, "leaves hold shares of one")
}

pub(crate) fn check_importances(importances: &[f64], width: usize) -> Result<(), ModelError> {
    sound(importances.len() == width, "an importance for each column")?;
    let are_shares = importances.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share));
    sound(are_shares, "importances are from 0 to 1")
}

pub(crate) fn check_trees(trees: usize) -> Result<(), ModelError> {
    let are_some = (1..=MOST_TREES).contains(&trees);
    ModelError::rule(are_some, "trees", trees, "from 1 to 100000")
}

/// What a forest is grown by.
pub(crate) struct ForestPlan<'p> {
    pub(crate) growth: &'p Growth,
    pub(crate) columns: Columns,
    pub(crate) trees: usize,
    /// Whether each tree has rows drawn for it, as many as there are, any of them several times.
    pub(crate) bootstrap: bool,
    pub(crate) out_of_bag: bool,
    pub(crate) is_random: bool,
    pub(crate) seed: u64,
}

pub(crate) fn fit(
    training: &Training<'_>,
    plan: &ForestPlan<'_>,
) -> Result<ForestModel, ModelError> {
    let (picked, samples) = samples(training)?;
    let table = if plan.is_random {
        Table::plain(training.rows(), &picked)
    } else {
        Table::counted(training.rows(), &picked, &samples, training.thread_count())
    };
    let grown = grow_all(training, plan, &table, &samples)?;
    let mut trees = Flat::new(training.classes().len());
    let mut importances = vec![0.0; training.width()];
    for tree in &grown {
        trees.append(&tree.flat)?;
        let own = tree.importances(training.width());
        importances.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
    }
    to_one(&mut importances);
    let bags = plan.out_of_bag.then(|| bags(plan, &samples));
    let out_of_bag = bags.and_then(|bags| out_of_bag(training, &trees, (&picked, &samples), &bags));
    Ok(ForestModel {
        classes: training.classes().clone(),
        width: training.width(),
        trees,
        importances,
        out_of_bag,
    })
}

/// The rows that weigh anything, class after class, and a sample of each in that order. Weights so large that their
/// squares are beyond all numbers, or so small that these are nothing, are brought near to 1: only their proportions
/// matter.
pub(crate) fn samples(training: &Training<'_>) -> Result<(Vec<u32>, Vec<Sample>), ModelError> {
    let (found, most) = (training.len(), u32::MAX as usize);
    if found > most {
        return Err(ModelError::TooMany { learner: "a tree", what: "rows", most, found });
    }
    let labels = training.labels();
    let class = |row: u32| labels.get(row as usize).copied().unwrap_or(0);
    let weighs = |row: &u32| training.weight(*row as usize) > 0.0;
    let mut picked: Vec<u32> = (0..found as u32).filter(weighs).collect();
    picked.sort_by_key(|&row| class(row));
    let weight = |row: &u32| training.weight(*row as usize);
    let heaviest = picked.iter().map(weight).fold(0.0, f64::max);
    let unit = if (1e-100..=1e100).contains(&heaviest) { 1.0 } else { heaviest };
    let sample = |(place, row): (u32, &u32)| Sample {
        row: place,
        class: class(*row),
        weight: weight(row) / unit,
    };
    let samples = (0..).zip(&picked).map(sample).collect();
    Ok((picked, samples))
}

/// All trees in their order, whatever thread has grown them.
fn grow_all(
    training: &Training<'_>,
    plan: &ForestPlan<'_>,
    table: &Table,
    samples: &[Sample],
) -> Result<Vec<Grown>, ModelError> {
    let (next, done, is_over) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let settled =
        |_| if is_over.load(Ordering::Relaxed) { Err(ModelError::Cancelled) } else { Ok(()) };
    let tree_plan = Plan {
        growth: plan.growth,
        columns: plan.columns.of(table.width()),
        is_random: plan.is_random,
        classes: training.classes().len(),
        settled: &settled,
    };
    training.progress(0, plan.trees)?;
    let work = || {
        let mut trees = Vec::new();
        loop {
            let tree = next.fetch_add(1, Ordering::Relaxed);
            if tree >= plan.trees || is_over.load(Ordering::Relaxed) {
                return trees;
            }
            let mut chance = chance(plan.seed, tree);
            let own = draw(plan, samples, &mut chance);
            let grown = grow(table, own, tree_plan, &mut chance).and_then(|grown| {
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                training.progress(done, plan.trees).map(|()| grown)
            });
            is_over.fetch_or(grown.is_err(), Ordering::Relaxed);
            trees.push((tree, grown));
        }
    };
    let mut trees = on_threads(training.thread_count().min(plan.trees), work);
    trees.sort_unstable_by_key(|&(tree, _)| tree);
    trees.into_iter().map(|(_, grown)| grown).collect()
}

/// The chances of a tree, which no other tree has.
pub(crate) fn chance(seed: u64, tree: usize) -> Chance {
    Chance::seeded(seed.wrapping_add((tree as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// The rows a tree is grown from.
fn draw(plan: &ForestPlan<'_>, samples: &[Sample], chance: &mut Chance) -> Vec<Sample> {
    if !plan.bootstrap {
        return samples.to_vec();
    }
    let mut counts = vec![0_u32; samples.len()];
    for _ in samples {
        if let Some(count) = counts.get_mut(chance.below(samples.len())) {
            *count += 1;
        }
    }
    let drawn = samples.iter().zip(counts).filter(|&(_, count)| count > 0);
    drawn
        .map(|(sample, count)| Sample { weight: sample.weight * f64::from(count), ..*sample })
        .collect()
}

/// For each tree, whether each row was drawn for it.
fn bags(plan: &ForestPlan<'_>, samples: &[Sample]) -> Vec<Vec<bool>> {
    let bag = |tree| {
        let mut is_drawn = vec![false; samples.len()];
        for sample in draw(plan, samples, &mut chance(plan.seed, tree)) {
            if let Some(is_drawn) = is_drawn.get_mut(sample.row as usize) {
                *is_drawn = true;
            }
        }
        is_drawn
    };
    (0..plan.trees).map(bag).collect()
}

/// The share of the weight of rows told right by the trees they were not drawn for, among rows that have such trees.
fn out_of_bag(
    training: &Training<'_>,
    trees: &Flat,
    (picked, samples): (&[u32], &[Sample]),
    bags: &[Vec<bool>],
) -> Option<f64> {
    let next = AtomicUsize::new(0);
    // Parts are the same for any number of threads, and so are the sums.
    const PART: usize = 1024;
    let work = || {
        let mut sums = Vec::new();
        loop {
            let start = next.fetch_add(PART, Ordering::Relaxed);
            if start >= picked.len() {
                return sums;
            }
            let mut told = (0.0, 0.0);
            let rows = picked.iter().zip(samples).enumerate().skip(start).take(PART);
            for (place, (&row, sample)) in rows {
                let was_drawn = |tree| is_in(bags, tree, place);
                if let Some(is_right) = is_right(training, trees, row as usize, was_drawn) {
                    told.0 += if is_right { sample.weight } else { 0.0 };
                    told.1 += sample.weight;
                }
            }
            sums.push((start, told));
        }
    };
    let mut sums = on_threads(training.thread_count(), work);
    sums.sort_unstable_by_key(|&(start, _)| start);
    let (right, all) =
        sums.iter().fold((0.0, 0.0), |(right, all), (_, told)| (right + told.0, all + told.1));
    (all > 0.0).then(|| right / all)
}

fn is_in(bags: &[Vec<bool>], tree: usize, place: usize) -> bool {
    bags.get(tree).and_then(|bag| bag.get(place)).is_none_or(|&is_in| is_in)
}

/// Whether a row's class is told right by the trees it was not drawn for.
fn is_right(
    training: &Training<'_>,
    trees: &Flat,
    row: usize,
    was_drawn: impl Fn(usize) -> bool,
) -> Option<bool> {
    let cells: Vec<f64> = training.rows().index_axis(Axis(0), row).to_vec();
    let mut shares = vec![0.0; training.classes().len()];
    let mut is_told = false;
    for tree in 0..trees.trees() {
        if !was_drawn(tree)
            && let Some(Place::Leaf(held)) = trees.at(trees.leaf_of(tree, &cells))
        {
            shares.iter_mut().zip(held).for_each(|(sum, share)| *sum += share);
            is_told = true;
        }
    }
    let (likeliest, _) = greatest(&shares);
    let class = training.labels().get(row).copied();
    is_told.then_some(class == Some(likeliest as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_that_hold_no_shares_are_unsound() {
        let classes = Classes::new(["a", "b"]).unwrap();
        let check = |held: [f64; 2]| {
            let mut trees = Flat::new(2);
            let root = trees.plant().unwrap();
            trees.leaf(root, &held).unwrap();
            super::check(&trees, &classes, 0)
        };
        check([0.25, 0.75]).unwrap();
        for held in [[1.0, 1.0], [0.0, 0.0], [-0.5, 1.5], [f64::NAN, 1.0]] {
            assert!(check(held).is_err(), "{held:?}");
        }
    }
}
