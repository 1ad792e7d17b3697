//! Cost-complexity pruning: a tree is worth its leaves, or it is cut back.

use super::flat::{Flat, Place};
use super::grow::Grown;
use crate::ModelError;

/// The smallest of the trees within a grown one whose impurity, weighed by the nodes' shares, plus `price` for each leaf
/// is least. It is unique, and the one to which cutting off the weakest link again and again leads (Breiman et al. 1984,
/// chapter 3), but is found in one pass from the leaves to the root.
pub(crate) fn prune(grown: &Grown, price: f64) -> Result<Grown, ModelError> {
    let count = grown.flat.nodes();
    let classes = grown.flat.outputs();
    let mut costs = vec![0.0; count];
    let mut is_leaf = vec![true; count];
    let mut held = vec![0.0; count * classes];
    // Children stand behind their parents.
    for node in (0..count).rev() {
        let own = grown.share(node) * number(&grown.impurities, node) + price;
        let mut cost = own;
        match grown.flat.at(node) {
            Some(Place::Split(_, left)) => {
                let below = number(&costs, left) + number(&costs, left + 1);
                if below < own {
                    cost = below;
                    if let Some(is_leaf) = is_leaf.get_mut(node) {
                        *is_leaf = false;
                    }
                }
                for class in 0..classes {
                    let at = |node: usize| node * classes + class;
                    let both = number(&held, at(left)) + number(&held, at(left + 1));
                    put(&mut held, at(node), both);
                }
            }
            Some(Place::Leaf(shares)) => {
                for (class, share) in shares.iter().enumerate() {
                    put(&mut held, node * classes + class, share * grown.share(node));
                }
            }
            None => {}
        }
        put(&mut costs, node, cost);
    }
    copy(grown, &is_leaf, &held)
}

/// The tree as far as its first leaves.
fn copy(grown: &Grown, is_leaf: &[bool], held: &[f64]) -> Result<Grown, ModelError> {
    let classes = grown.flat.outputs();
    let mut pruned =
        Grown { flat: Flat::new(classes), weights: Vec::new(), impurities: Vec::new() };
    // From which node each new one comes.
    let mut sources = vec![0];
    pruned.flat.plant()?;
    let mut node = 0;
    while let Some(&source) = sources.get(node) {
        let share = grown.share(source);
        pruned.weights.push(number(&grown.weights, source));
        pruned.impurities.push(number(&grown.impurities, source));
        let is_leaf = is_leaf.get(source).copied().unwrap_or(true);
        match grown.flat.at(source) {
            Some(Place::Split(split, left)) if !is_leaf => {
                pruned.flat.split(node, split)?;
                sources.extend([left, left + 1]);
            }
            Some(Place::Leaf(shares)) => pruned.flat.leaf(node, shares)?,
            _ => {
                let held = held.get(source * classes..(source + 1) * classes).unwrap_or(&[]);
                let shares: Vec<f64> = held.iter().map(|held| held / share).collect();
                pruned.flat.leaf(node, &shares)?;
            }
        }
        node += 1;
    }
    Ok(pruned)
}

fn number(numbers: &[f64], place: usize) -> f64 {
    numbers.get(place).copied().unwrap_or(0.0)
}

fn put(numbers: &mut [f64], place: usize, value: f64) {
    if let Some(number) = numbers.get_mut(place) {
        *number = value;
    }
}

#[cfg(test)]
mod tests {
    use super::super::flat::Split;
    use super::*;

    /// Half of the rows in a leaf; the others split again, for little.
    fn grown() -> Grown {
        let split = |column| Split { column, threshold: 0.0, missing_left: false };
        let mut flat = Flat::new(2);
        let root = flat.plant().unwrap();
        let left = flat.split(root, split(0)).unwrap();
        let below = flat.split(left + 1, split(1)).unwrap();
        flat.leaf(left, &[1.0, 0.0]).unwrap();
        flat.leaf(below, &[0.0, 1.0]).unwrap();
        flat.leaf(below + 1, &[0.5, 0.5]).unwrap();
        let weights = vec![1.0, 0.5, 0.5, 0.3, 0.2];
        Grown { flat, weights, impurities: vec![0.48, 0.0, 0.32, 0.0, 0.5] }
    }

    #[test]
    fn branches_that_do_not_pay_are_cut() {
        // The lower split gains 0.5 * 0.32 - 0.2 * 0.5 = 0.06, the upper one 0.48 - 0.16 = 0.32.
        let leaves = |price| prune(&grown(), price).unwrap().flat.leaf_count();
        assert_eq!([0.059, 0.061, 0.319, 0.321].map(leaves), [3, 2, 2, 1]);
        let pruned = prune(&grown(), 0.1).unwrap();
        pruned.flat.check(2).unwrap();
        assert_eq!((pruned.weights.as_slice(), pruned.flat.nodes()), (&[1.0, 0.5, 0.5][..], 3));
        assert_eq!(pruned.flat.at(2), Some(Place::Leaf(&[0.2, 0.8])));
        let root = prune(&grown(), 1.0).unwrap();
        assert_eq!(root.flat.at(0), Some(Place::Leaf(&[0.6, 0.4])));
    }
}
