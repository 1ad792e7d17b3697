//! Trees that add up to one number, laid out to tell what each column contributes to it.

use crate::tree::flat::{Flat, Place, Split};

/// Trees are explained up to so many questions on a way and so many columns that a way asks about: what a walk keeps is
/// bounded by their product. Trees of flows ask some 20 questions about 15 columns.
const MOST_DEPTH: usize = 1024;
pub(super) const MOST_COLUMNS: usize = 256;

/// Trees that add up to one number: a probability, a margin, a length of ways. Each is laid out in the order in which it is
/// walked, without what tells nothing.
pub(crate) struct TreeSum {
    pub(super) steps: Vec<Step>,
    pub(super) trees: Vec<Tree>,
    /// What they add up to where nothing is known of a row: the mean over the rows they were grown on.
    base: f64,
}

/// A tree that has a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tree {
    /// What the root asks.
    pub(super) split: Split,
    /// Where its steps begin and end.
    pub(super) start: usize,
    pub(super) end: usize,
    /// How deep its deepest step is.
    pub(super) depth: usize,
    /// About how many columns a way asks at most.
    pub(super) columns: usize,
}

/// What stands behind an answer: a node but a root.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) content: Content,
    /// The share of the rows at the node above that went this way.
    pub(super) part: f64,
    /// The product of such shares over all answers on the way that are about the same column.
    pub(super) share: f64,
    /// How many answers lead here: 1 at least.
    pub(super) depth: u32,
    /// The column that the answer is about.
    pub(super) column: u32,
    /// At which depth the last answer before about the same column ends; 0 if there is none.
    pub(super) earlier: u32,
    pub(super) is_left: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// What it adds, beside what most leaves of the tree add.
    Leaf(f64),
    Split(Split),
}

/// Which trees of a list add up, and to what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    /// The first of them.
    pub(crate) first: usize,
    /// From each to the next: 1 for all.
    pub(crate) every: usize,
    /// Which of the numbers that leaves hold.
    pub(crate) output: usize,
    /// What it is taken times.
    pub(crate) times: f64,
}

impl Part {
    /// All trees, and the first number of each leaf.
    pub(crate) const ALL: Self = Self { first: 0, every: 1, output: 0, times: 1.0 };
}

impl TreeSum {
    /// Of these trees; nothing if it is not known what rows of their nodes weighed, or if they are deeper than is
    /// explained.
    pub(crate) fn of(flat: &Flat, part: Part, base: f64) -> Option<Self> {
        let covers = flat.covers()?;
        let ends = flat.roots().iter().skip(1).map(|&root| root as usize).chain([flat.nodes()]);
        let trees = flat.roots().iter().zip(ends).skip(part.first).step_by(part.every.max(1));
        let mut sum = Self { steps: Vec::new(), trees: Vec::new(), base };
        for (&root, end) in trees {
            let source = Source::of(flat, covers, part, root as usize, end);
            sum.base += source.mean();
            sum.lay(&source)?;
        }
        Some(sum.in_order())
    }

    /// All of these at once.
    pub(crate) fn all(sums: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self { steps: Vec::new(), trees: Vec::new(), base: 0.0 };
        for sum in sums {
            let behind = all.steps.len();
            let moved =
                |tree: Tree| Tree { start: tree.start + behind, end: tree.end + behind, ..tree };
            all.trees.extend(sum.trees.into_iter().map(moved));
            all.steps.extend(sum.steps);
            all.base += sum.base;
        }
        all.in_order()
    }

    /// What they add up to, so many times.
    pub(crate) fn times(mut self, times: f64) -> Self {
        self.base *= times;
        for step in &mut self.steps {
            if let Content::Leaf(value) = &mut step.content {
                *value *= times;
            }
        }
        self
    }

    /// What they add up to, and so much more.
    pub(crate) fn plus(self, more: f64) -> Self {
        Self { base: self.base + more, ..self }
    }

    /// Trees of one breadth are walked together.
    fn in_order(mut self) -> Self {
        self.trees.sort_by_key(|tree| tree.columns);
        self
    }

    /// What they add up to where nothing is known of a row.
    pub(crate) fn base(&self) -> f64 {
        self.base
    }

    /// Lays a tree out, those that are above before those below, and the left before the right. What is left out are nodes
    /// below which all leaves hold the same: whichever way a row goes there, nothing changes.
    fn lay(&mut self, source: &Source<'_>) -> Option<()> {
        let Some(Place::Split(split, left)) = source.flat.at(source.root) else { return Some(()) };
        let start = self.steps.len();
        let mut way = Way::default();
        let mut open = vec![(left + 1, split, false, 1), (left, split, true, 1)];
        while let Some((node, above, is_left, depth)) = open.pop() {
            if !source.tells(node) {
                continue;
            }
            let sibling = if is_left { node + 1 } else { node - 1 };
            let part = source.part(node, sibling);
            let step = way.step(above.column, part, depth)?;
            let content = match source.flat.at(node)? {
                Place::Leaf(_) => Content::Leaf(source.value(node)),
                Place::Split(split, left) => {
                    open.extend([
                        (left + 1, split, false, depth + 1),
                        (left, split, true, depth + 1),
                    ]);
                    Content::Split(split)
                }
            };
            self.steps.push(Step { content, is_left, ..step });
        }
        let end = self.steps.len();
        let Way { deepest, columns, .. } = way;
        self.trees.push(Tree { split, start, end, depth: deepest, columns });
        Some(())
    }
}

/// A tree as it is stored, and what its leaves add.
struct Source<'f> {
    flat: &'f Flat,
    covers: &'f [f32],
    part: Part,
    root: usize,
    /// What most of its leaves add.
    usual: f64,
    /// Of each node whether a leaf below it adds anything else.
    tells: Vec<bool>,
}

impl<'f> Source<'f> {
    fn of(flat: &'f Flat, covers: &'f [f32], part: Part, root: usize, end: usize) -> Self {
        let mut source = Self { flat, covers, part, root, usual: 0.0, tells: Vec::new() };
        let is_leaf = |node: &usize| matches!(flat.at(*node), Some(Place::Leaf(_)));
        let values: Vec<f64> = (root..end).filter(is_leaf).map(|leaf| source.value(leaf)).collect();
        source.usual = most_frequent(values);
        source.tells = vec![false; end.saturating_sub(root)];
        // Children stand behind their parents.
        for node in (root..end).rev() {
            let tells = match flat.at(node) {
                Some(Place::Split(_, left)) => source.tells(left) || source.tells(left + 1),
                _ => source.value(node) != 0.0,
            };
            if let Some(to) = source.tells.get_mut(node - root) {
                *to = tells;
            }
        }
        source
    }

    fn tells(&self, node: usize) -> bool {
        self.tells.get(node.wrapping_sub(self.root)).copied().unwrap_or(false)
    }

    /// What a leaf adds beside the usual.
    fn value(&self, node: usize) -> f64 {
        let Some(Place::Leaf(held)) = self.flat.at(node) else { return 0.0 };
        held.get(self.part.output).map_or(0.0, |held| held * self.part.times) - self.usual
    }

    /// The share of both siblings' rows that came to this one.
    fn part(&self, node: usize, sibling: usize) -> f64 {
        let cover = |node: usize| self.covers.get(node).copied().map_or(0.0, f64::from);
        cover(node) / (cover(node) + cover(sibling))
    }

    /// What leaves add on average, as rows came to them.
    fn mean(&self) -> f64 {
        let mut mean = self.usual;
        let mut open = vec![(self.root, 1.0)];
        while let Some((node, share)) = open.pop() {
            match self.flat.at(node) {
                Some(Place::Split(_, left)) if self.tells(node) => {
                    let part = self.part(left, left + 1);
                    open.extend([(left, share * part), (left + 1, share * (1.0 - part))]);
                }
                _ => mean += share * self.value(node),
            }
        }
        mean
    }
}

/// The number that stands most often among these, if any does more than once: contributions stay the same if it is taken off
/// all of them, and what adds nothing need not be walked to. Most leaves of a forest are sure.
fn most_frequent(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_unstable_by(f64::total_cmp);
    let runs = numbers.chunk_by(|one, other| one == other).filter(|run| run.len() > 1);
    let longest = runs.max_by_key(|run| run.len());
    longest.and_then(|run| run.first()).copied().unwrap_or(0.0)
}

/// The answers that lead to a node.
#[derive(Default)]
struct Way {
    /// Of each answer, its column, the share, and where the one before about the same column ends.
    answers: Vec<(usize, f64, u32)>,
    /// How many columns the answers are about.
    distinct: usize,
    deepest: usize,
    columns: usize,
}

impl Way {
    /// Goes to a node at this depth by an answer about a column; nothing if that is deeper than is explained.
    fn step(&mut self, column: usize, part: f64, depth: usize) -> Option<Step> {
        while self.answers.len() >= depth {
            let dropped = self.answers.pop()?;
            self.distinct -= usize::from(dropped.2 == 0);
        }
        let before = self.answers.iter().rposition(|(other, ..)| *other == column);
        let before = before.map(|place| place + 1);
        let earlier = before.and_then(|depth| self.answers.get(depth - 1)).map_or(1.0, |it| it.1);
        let (share, earlier) = (part * earlier, before.unwrap_or(0) as u32);
        self.answers.push((column, share, earlier));
        self.distinct += usize::from(earlier == 0);
        self.deepest = self.deepest.max(depth);
        self.columns = self.columns.max(self.distinct);
        let is_within = depth <= MOST_DEPTH && self.distinct <= MOST_COLUMNS;
        is_within.then_some(Step {
            content: Content::Leaf(0.0),
            part,
            share,
            depth: depth as u32,
            column: column as u32,
            earlier,
            is_left: false,
        })
    }
}
