//! The nodes of smartcore's trees, as files keep them and answers come from them.

use ndarray::{Array2, ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::ModelError;
use crate::check::sound;

/// Of a tree or of several, one behind the other. They are told by smartcore through its serialization, since there is no
/// other way to them: by the names of fields, so that others may be added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    /// Where each tree begins.
    roots: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    /// The column that is asked about, or a leaf's class.
    at: u32,
    /// Where rows go with a cell up to the value; all others go to the node behind it. 0 for a leaf.
    child: u32,
    value: f64,
}

/// A tree as smartcore tells it.
#[derive(Deserialize)]
pub(super) struct Told {
    nodes: Vec<ToldNode>,
}

#[derive(Deserialize)]
struct ToldNode {
    output: usize,
    split_feature: usize,
    split_value: Option<f64>,
    true_child: Option<usize>,
    false_child: Option<usize>,
}

impl Nodes {
    /// Of these trees, whose classes are those present.
    pub(super) fn of(trees: &[Told], present: &[u32]) -> Result<Self, ModelError> {
        let (mut nodes, mut roots) = (Vec::new(), Vec::new());
        for tree in trees {
            let root = nodes.len() as u32;
            roots.push(root);
            for node in &tree.nodes {
                nodes.push(flat(node, root, present).ok_or(STRANGE)?);
            }
        }
        sound(nodes.len() < u32::MAX as usize, "fewer than 2^32 nodes")?;
        Ok(Self { nodes, roots })
    }

    /// The share of trees for each class.
    pub(super) fn votes(&self, rows: ArrayView2<'_, f64>, classes: usize) -> Array2<f64> {
        let mut votes = Array2::zeros((rows.nrows(), classes));
        let trees = self.roots.len() as f64;
        for (row, mut votes) in rows.rows().into_iter().zip(votes.rows_mut()) {
            for &root in &self.roots {
                if let Some(votes) = votes.get_mut(self.leaf(root, row)) {
                    *votes += 1.0;
                }
            }
            votes.mapv_inplace(|votes| votes / trees);
        }
        votes
    }

    /// The class of the leaf where a row ends. It ends, since children stand behind their parents.
    fn leaf(&self, root: u32, row: ArrayView1<'_, f64>) -> usize {
        let mut place = root;
        loop {
            let Some(node) = self.nodes.get(place as usize) else { return usize::MAX };
            if node.child == 0 {
                return node.at as usize;
            }
            let is_up_to = row.get(node.at as usize).is_some_and(|&cell| cell <= node.value);
            place = if is_up_to { node.child } else { node.child + 1 };
        }
    }

    pub(super) fn trees(&self) -> usize {
        self.roots.len()
    }

    /// Looks at nodes that were loaded.
    pub(super) fn check(&self, width: usize, classes: usize) -> Result<(), ModelError> {
        sound(self.nodes.len() < u32::MAX as usize, "fewer than 2^32 nodes")?;
        sound(!self.roots.is_empty(), "a tree at least")?;
        let is_root = |&root: &u32| (root as usize) < self.nodes.len();
        sound(self.roots.iter().all(is_root), "trees that begin at a node")?;
        for (place, node) in self.nodes.iter().enumerate() {
            let (at, child) = (node.at as usize, node.child as usize);
            if child == 0 {
                sound(at < classes, "leaves of known classes")?;
            } else {
                sound(at < width, "questions about columns that there are")?;
                sound(child > place && child + 1 < self.nodes.len(), "children behind parents")?;
                sound(node.value.is_finite(), "finite values to split at")?;
            }
        }
        Ok(())
    }
}

const STRANGE: ModelError =
    ModelError::Unsound { what: "smartcore tells its trees in another way than it did" };

fn flat(node: &ToldNode, root: u32, present: &[u32]) -> Option<Node> {
    let (Some(child), Some(other)) = (node.true_child, node.false_child) else {
        return Some(Node { at: *present.get(node.output)?, child: 0, value: 0.0 });
    };
    let child = root.checked_add(u32::try_from(child).ok()?)?;
    let is_next = root.checked_add(u32::try_from(other).ok()?)? == child.checked_add(1)?;
    let at = u32::try_from(node.split_feature).ok()?;
    is_next.then_some(Node { at, child, value: node.split_value? })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn stump() -> Nodes {
        let leaf = |at| Node { at, child: 0, value: 0.0 };
        let nodes = vec![Node { at: 1, child: 1, value: 2.5 }, leaf(0), leaf(2)];
        Nodes { nodes, roots: vec![0, 1] }
    }

    #[test]
    fn trees_vote() {
        let votes = stump().votes(array![[9.0, 2.5], [0.0, 2.6]].view(), 3);
        assert_eq!(votes, array![[1.0, 0.0, 0.0], [0.5, 0.0, 0.5]]);
    }

    #[test]
    fn forged_nodes_are_unsound() {
        stump().check(2, 3).unwrap();
        assert!(stump().check(1, 3).is_err(), "a column that is not there");
        assert!(stump().check(2, 2).is_err(), "a class that is not there");
        let forged = |change: fn(&mut Nodes)| {
            let mut nodes = stump();
            change(&mut nodes);
            nodes.check(2, 3)
        };
        assert!(forged(|nodes| nodes.nodes[0].child = 2).is_err(), "no second child");
        assert!(forged(|nodes| nodes.nodes[0].child = u32::MAX).is_err());
        assert!(forged(|nodes| nodes.nodes[1].child = 1).is_err(), "a loop");
        assert!(forged(|nodes| nodes.nodes[0].value = f64::NAN).is_err());
        assert!(forged(|nodes| nodes.roots[1] = 3).is_err());
        assert!(forged(|nodes| nodes.roots.clear()).is_err());
    }

    #[test]
    fn what_smartcore_might_tell_otherwise_is_noticed() {
        let told = |text: &str| serde_json::from_str::<Told>(text).unwrap();
        let odd = r#"{"nodes": [{"output": 0, "split_feature": 0, "split_value": 1.0, "true_child": 2, "false_child": 1}]}"#;
        assert!(Nodes::of(&[told(odd)], &[0]).is_err());
        let gone = r#"{"nodes": [{"output": 1, "split_feature": 0, "split_value": null, "true_child": null, "false_child": null}]}"#;
        assert!(Nodes::of(&[told(gone)], &[0]).is_err());
        assert!(Nodes::of(&[told(gone)], &[0, 1]).is_ok());
    }
}
