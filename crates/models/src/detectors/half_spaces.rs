//! Spaces halved again and again, at columns drawn anew for each half.

use netsift_data::Chance;

/// Complete trees, all of one depth, one behind the other: nodes of a tree in the order of their depth.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct HalfSpaces {
    depth: usize,
    /// The column that each inner node asks about, and from where on a cell belongs to the second half.
    cuts: Vec<(u32, f64)>,
}

/// How many nodes trees of a depth have, and how many of them are halved.
pub(super) fn nodes(depth: usize) -> usize {
    (2 << depth) - 1
}

fn inner(depth: usize) -> usize {
    (1 << depth) - 1
}

impl HalfSpaces {
    /// So many trees over columns of these ranges. Each tree looks at a space of its own around them.
    pub(super) fn drawn(ranges: &[[f64; 2]], trees: usize, depth: usize, seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let mut cuts = vec![(0, 0.0); trees * inner(depth)];
        for tree in cuts.chunks_exact_mut(inner(depth)) {
            let mut space: Vec<[f64; 2]> =
                ranges.iter().map(|&range| around(range, chance.unit())).collect();
            halve(tree, 0, &mut space, &mut chance);
        }
        Self { depth, cuts }
    }

    /// How many trees there are.
    pub(super) fn trees(&self) -> usize {
        self.cuts.len() / inner(self.depth)
    }

    /// The nodes of a tree that a row comes by, with their depths, as places among the nodes of all trees.
    pub(super) fn path(&self, tree: usize, row: &[f64]) -> impl Iterator<Item = (usize, usize)> {
        let cuts = self.cuts.get(tree * inner(self.depth)..).unwrap_or_default();
        let first = tree * nodes(self.depth);
        let below = move |&node: &usize| {
            let &(column, cut) = cuts.get(node)?;
            let is_second = row.get(column as usize).is_some_and(|&cell| cell >= cut);
            Some(2 * node + 1 + usize::from(is_second))
        };
        let path = std::iter::successors(Some(0), below);
        path.take(self.depth + 1).enumerate().map(move |(depth, node)| (first + node, depth))
    }
}

/// A range around this one that reaches twice as far from some place in it as its farther end, so that trees differ in where
/// they halve.
fn around([low, high]: [f64; 2], place: f64) -> [f64; 2] {
    // A column that never changed is halved as if it had changed by 1.
    let width = if high > low { high - low } else { 1.0 };
    let reach = 2.0 * place.max(1.0 - place);
    [low + (place - reach) * width, low + (place + reach) * width]
}

/// Halves a space at the middle of a column, and both halves again. As deep as trees are: 20 at most.
fn halve(cuts: &mut [(u32, f64)], node: usize, space: &mut [[f64; 2]], chance: &mut Chance) {
    let column = chance.below(space.len());
    let Some(whole) = space.get(column).copied() else { return };
    let middle = f64::midpoint(whole[0], whole[1]);
    let Some(cut) = cuts.get_mut(node) else { return };
    *cut = (column as u32, middle);
    for (half, below) in [[whole[0], middle], [middle, whole[1]]].into_iter().zip(2 * node + 1..) {
        space[column] = half;
        halve(cuts, below, space, chance);
    }
    space[column] = whole;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_to_the_half_that_a_row_is_in() {
        let spaces = HalfSpaces::drawn(&[[0.0, 1.0], [0.0, 1.0]], 3, 4, 7);
        assert_eq!(spaces.trees(), 3);
        for tree in 0..3 {
            let row = [0.3, 0.9];
            let path: Vec<_> = spaces.path(tree, &row).collect();
            assert_eq!(path.len(), 5);
            assert_eq!(path[0], (tree * 31, 0));
            for pair in path.windows(2) {
                let ((node, depth), (next, below)) = (pair[0], pair[1]);
                let (column, cut) = spaces.cuts[tree * 15 + node - tree * 31];
                let half = usize::from(row[column as usize] >= cut);
                assert_eq!(
                    (next - tree * 31, below),
                    (2 * (node - tree * 31) + 1 + half, depth + 1)
                );
            }
        }
    }

    #[test]
    fn each_tree_halves_a_space_around_the_ranges() {
        for place in [0.0, 0.25, 0.999] {
            let [low, high] = around([10.0, 20.0], place);
            assert!(low <= 10.0 && high >= 20.0 && high - low <= 40.0, "{low} {high}");
        }
        assert_eq!(around([10.0, 20.0], 0.25), [-2.5, 27.5]);
        assert_eq!(around([5.0, 5.0], 0.5), [4.5, 6.5]);
        let spaces = HalfSpaces::drawn(&[[0.0, 8.0]], 1, 2, 1);
        let [(_, second), (_, first), (_, third)] = spaces.cuts[..] else { panic!() };
        // Quarters of the same space.
        assert!((second - first - (third - second)).abs() < 1e-12, "{first} {second} {third}");
    }

    #[test]
    fn spaces_without_columns_have_one_path() {
        let spaces = HalfSpaces::drawn(&[], 2, 3, 0);
        assert_eq!(spaces.path(1, &[]).map(|at| at.0).collect::<Vec<_>>(), [15, 16, 18, 22]);
    }
}
