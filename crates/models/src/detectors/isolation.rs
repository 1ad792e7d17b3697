//! Trees that set rows apart by chance, whatever they ask: which rows they see, how deep they are, and what their leaves
//! tell.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use netsift_data::Chance;

use crate::check::sound;
use crate::linear::in_parts;
use crate::tree::flat::{Flat, Split};
use crate::tree::forest::{chance, check_trees};
use crate::{ModelError, Sample};

/// As the authors have it: more trees and rows hardly change scores, and fewer rows hide what is usual less.
pub(super) const TREES: usize = 100;
pub(super) const SAMPLE: usize = 256;

/// By how much a harmonic number is more than the logarithm.
const EULER_GAMMA: f64 = 0.577_215_664_901_532_9;
/// No tree asks so many questions: what leaves hold is below it.
const MOST_PATH: f64 = 1e3;

/// How a forest is drawn.
#[derive(Clone, Copy)]
pub(super) struct Draw {
    pub(super) trees: usize,
    /// How many rows each tree sees.
    pub(super) sample: usize,
    pub(super) seed: u64,
}

impl Draw {
    pub(super) fn check(self) -> Result<(), ModelError> {
        check_trees(self.trees)?;
        ModelError::rule(self.sample >= 2, "sample", self.sample, "2 at least")
    }

    /// How many rows each tree sees of so many.
    pub(super) fn of(self, rows: usize) -> usize {
        self.sample.min(rows)
    }

    /// What is grown of the rows drawn for each tree, in the order of the trees.
    pub(super) fn grow<T: Send>(
        self,
        sample: &Sample<'_>,
        tree: impl Fn(Vec<usize>, Chance) -> Result<T, ModelError> + Sync,
    ) -> Result<Vec<T>, ModelError> {
        let done = AtomicUsize::new(0);
        sample.progress(0, self.trees)?;
        in_parts(sample.thread_count(), self.trees, |number| {
            let mut chance = chance(self.seed, number);
            let rows = drawn(sample.len(), self.sample, &mut chance);
            let grown = tree(rows, chance)?;
            sample.progress(done.fetch_add(1, Ordering::Relaxed) + 1, self.trees)?;
            Ok(grown)
        })
    }
}

/// So many different numbers below `of`, any of them as likely: all, if there are no more. (Floyd's way, which takes no
/// longer the more there are.)
pub(super) fn drawn(of: usize, count: usize, chance: &mut Chance) -> Vec<usize> {
    if count >= of {
        return (0..of).collect();
    }
    let mut is_drawn = HashSet::with_capacity(count);
    let draw = |last: usize| {
        let number = chance.below(last + 1);
        if is_drawn.insert(number) {
            return number;
        }
        is_drawn.insert(last);
        last
    };
    let mut drawn: Vec<usize> = (of - count..of).map(draw).collect();
    // Rows side by side are read faster.
    drawn.sort_unstable();
    drawn
}

/// How rows of a node are parted.
pub(super) struct Parted<K> {
    pub(super) question: Split,
    /// How many rows, which now stand first, go left.
    pub(super) left: usize,
    /// What both children know of their rows.
    pub(super) known: K,
}

/// A tree of these rows. `part` puts those of a node in order, or tells that they are all the same; it knows what the node
/// above knew. A row's path is as many questions as it is asked, and as many as would usually have been asked to tell
/// apart the rows of its leaf.
pub(super) fn tree<K: Copy>(
    rows: &mut [usize],
    known: K,
    mut part: impl FnMut(&mut [usize], K) -> Option<Parted<K>>,
) -> Result<Flat, ModelError> {
    let most = most_depth(rows.len());
    let mut flat = Flat::new(1);
    let mut counts = Vec::new();
    let mut open = vec![Open { node: flat.plant()?, rows: 0..rows.len(), depth: 0, known }];
    while let Some(Open { node, rows: range, depth, known }) = open.pop() {
        let own = rows.get_mut(range.clone()).unwrap_or_default();
        counts.resize(flat.nodes(), 0.0);
        if let Some(to) = counts.get_mut(node) {
            *to = own.len() as f64;
        }
        let (count, may_part) = (own.len(), own.len() > 1 && depth < most);
        let Some(parted) = may_part.then(|| part(own, known)).flatten() else {
            flat.leaf(node, &[f64::from(depth) + usual_path(count)])?;
            continue;
        };
        let left = flat.split(node, parted.question)?;
        let (depth, known, middle) = (depth + 1, parted.known, range.start + parted.left);
        open.push(Open { node: left + 1, rows: middle..range.end, depth, known });
        open.push(Open { node: left, rows: range.start..middle, depth, known });
    }
    flat.weigh(&counts);
    Ok(flat)
}

/// A node that is not yet made a question or a leaf.
struct Open<K> {
    node: usize,
    rows: Range<usize>,
    depth: u32,
    known: K,
}

/// Puts first what goes left, and tells how many do; the sides are those of the rows in their order.
pub(super) fn part(rows: &mut [usize], sides: impl Iterator<Item = bool>) -> usize {
    let mut left = 0;
    for (place, is_left) in sides.take(rows.len()).enumerate() {
        if is_left {
            rows.swap(place, left);
            left += 1;
        }
    }
    left
}

/// How deep a tree of so many rows is: as deep as one that halves them each time. Whoever is told apart later is usual.
pub(super) fn most_depth(rows: usize) -> u32 {
    rows.max(2).checked_next_power_of_two().map_or(usize::BITS, usize::trailing_zeros)
}

/// How many questions tell one of so many rows from all others on average: c(n) of the paper, in which a harmonic number is
/// taken for a logarithm and Euler's constant. Of two rows it is 1, as in its second edition (2012) and in scikit-learn.
pub(super) fn usual_path(rows: usize) -> f64 {
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let others = rows as f64 - 1.0;
            2.0 * (others.ln() + EULER_GAMMA) - 2.0 * others / rows as f64
        }
    }
}

/// How strange a row is whose paths in trees of so many rows are so long on average: 0.5 if they are as long as usual, and
/// towards 1 the shorter they are. (It is scikit-learn's `score_samples`, turned round.)
pub(super) fn score(mean_path: f64, sampled: usize) -> f64 {
    let usual = usual_path(sampled);
    // A single row has no path, and is as usual as any.
    let share = if usual > 0.0 { mean_path / usual } else { 1.0 };
    (-share).exp2()
}

/// Holds of trees that can have been grown of so many rows each.
pub(super) fn check(trees: &Flat, of: usize, sampled: usize) -> Result<(), ModelError> {
    sound(sampled > 0, "trees of one row at least")?;
    sound(trees.trees() == of, "as many trees as were asked for")?;
    sound(trees.outputs() == 1, "leaves hold the length of a path")?;
    let is_path = |path: &f64| (0.0..MOST_PATH).contains(path);
    sound(trees.leaves().iter().all(is_path), "paths have a length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_paths_are_the_papers() {
        assert_eq!([0, 1, 2].map(usual_path), [0.0, 0.0, 1.0]);
        // 2 H(n - 1) - 2 (n - 1) / n with H(i) = ln i + 0.5772156649.
        for (rows, expected) in
            [(3, 1.207_392_357_6), (10, 3.748_880_484_5), (256, 10.244_770_920_1)]
        {
            assert!((usual_path(rows) - expected).abs() < 1e-9, "{rows}: {}", usual_path(rows));
        }
        // And nearly what harmonic numbers themselves tell.
        let harmonic: f64 = (1..=255).map(|part| 1.0 / f64::from(part)).sum();
        assert!((usual_path(256) - (2.0 * harmonic - 510.0 / 256.0)).abs() < 0.004);
    }

    #[test]
    fn scores_are_the_papers() {
        let usual = usual_path(256);
        assert_eq!(score(usual, 256), 0.5);
        assert_eq!(score(0.0, 256), 1.0);
        assert!((score(255.0, 256) - 3.2e-8).abs() < 1e-9, "{}", score(255.0, 256));
        assert_eq!((score(1.0, 2), score(0.0, 1)), (0.5, 0.5));
    }

    #[test]
    fn trees_are_as_deep_as_halves() {
        assert_eq!([1, 2, 3, 4, 5, 256, 257, 1 << 20].map(most_depth), [1, 1, 2, 2, 3, 8, 9, 20]);
        assert_eq!(most_depth(usize::MAX), usize::BITS);
    }

    #[test]
    fn every_number_is_drawn_as_often() {
        let mut chance = Chance::seeded(3);
        let mut counts = [0; 10];
        for _ in 0..10_000 {
            let drawn = drawn(10, 4, &mut chance);
            assert!(drawn.len() == 4 && drawn.is_sorted_by(|one, next| one < next), "{drawn:?}");
            drawn.into_iter().for_each(|number| counts[number] += 1);
        }
        assert!(counts.iter().all(|count| (3800..4200).contains(count)), "{counts:?}");
        assert_eq!(drawn(3, 3, &mut chance), [0, 1, 2]);
        assert_eq!(drawn(3, 9, &mut chance), [0, 1, 2]);
        assert!(drawn(0, 9, &mut chance).is_empty() && drawn(9, 0, &mut chance).is_empty());
    }

    #[test]
    fn what_goes_left_comes_first() {
        let mut rows = [7, 3, 9, 1, 4];
        let sides = rows.map(|row| row < 5);
        assert_eq!(part(&mut rows, sides.into_iter()), 3);
        assert_eq!(rows[..3], [3, 1, 4]);
        let mut last = [rows[3], rows[4]];
        last.sort_unstable();
        assert_eq!(last, [7, 9]);
    }
}
