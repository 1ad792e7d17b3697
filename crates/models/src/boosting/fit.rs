//! Round after round: probabilities, their slopes, a tree for each margin, and whether it still helps.

use std::sync::{Mutex, PoisonError};

use super::grow::{Ground, Grown, Limits, Room, grow};
use super::histogram::{SIDE, Strip, telling};
use super::judge::Judge;
use super::objective::Objective;
use super::sample::{Drawn, some, stream};
use super::split::{Rule, shrunk};
use super::sums::Steps;
use super::table::Table;
use super::{GradientBoosting, GrowthOrder};
use crate::tree::bins::Bins;
use crate::tree::flat::{Flat, Split};
use crate::{ModelError, Training};

/// What rounds have made.
pub(super) struct Boosted {
    pub(super) base: Vec<f64>,
    pub(super) trees: Flat,
    /// What the splits by each column have gained.
    pub(super) gains: Vec<f64>,
    /// The loss on held rows after each round.
    pub(super) losses: Vec<f64>,
}

/// Learns from one table, and stops by another.
pub(super) fn boost(
    settings: &GradientBoosting,
    training: &Training<'_>,
    table: &Table<'_>,
    held: Option<&Table<'_>>,
    classes: usize,
) -> Result<Boosted, ModelError> {
    let objective = Objective::of(classes);
    let base = objective.base(&table.shares(classes));
    let mut boosted = Boosted {
        trees: Flat::new(1),
        gains: vec![0.0; table.view().ncols()],
        losses: Vec::new(),
        base,
    };
    if objective.margins() == 0 {
        return Ok(boosted);
    }
    let threads = training.thread_count();
    let bins = Bins::fit(table.view(), table.weights.as_deref(), settings.bins, threads);
    let mut rounds = Rounds::new(settings, table, objective, &bins, threads, &boosted.base);
    let mut judge = held.map(|held| Judge::new(held, objective, &boosted.base));
    for round in 0..settings.trees {
        training.progress(round, settings.trees)?;
        let (trees, gains) = rounds.next(round)?;
        boosted.trees.append(&trees)?;
        boosted.gains.iter_mut().zip(&gains).for_each(|(all, gain)| *all += gain);
        let Some(judge) = &mut judge else { continue };
        judge.add(&trees, &boosted.gains);
        if !judge.is_patient(settings.early_stopping) {
            break;
        }
    }
    if let Some(judge) = judge {
        boosted.keep_best(judge, objective);
    }
    training.progress(settings.trees, settings.trees)?;
    Ok(boosted)
}

impl Boosted {
    fn keep_best(&mut self, judge: Judge<'_, '_>, objective: Objective) {
        self.trees.truncate(judge.best_rounds() * objective.margins());
        self.gains = judge.best_gains();
        self.losses = judge.losses();
    }
}

/// Where learning stands.
struct Rounds<'a, 't> {
    settings: &'a GradientBoosting,
    table: &'a Table<'t>,
    objective: Objective,
    bins: &'a Bins,
    repeats: Option<Vec<u32>>,
    /// The columns that tell anything.
    columns: Vec<usize>,
    /// Those columns, unless trees see only some of them.
    strips: Vec<Strip>,
    /// By margin, then by row.
    margins: Vec<Vec<f64>>,
    shares: Vec<Vec<f64>>,
    /// What it took to grow each margin's last tree.
    efforts: Vec<usize>,
    desks: Vec<Desk>,
    threads: usize,
}

/// A tree that has been grown.
struct Tree {
    grown: Grown,
    /// What each node would hold as a leaf: the step that makes its rows' loss smallest, as far as slopes tell, times the
    /// rate.
    values: Vec<f64>,
    /// What the hessians of each node's rows add up to.
    hessians: Vec<f64>,
}

/// What a thread works with.
#[derive(Default)]
struct Desk {
    room: Room,
    pairs: Vec<[f64; 2]>,
    sums: Vec<i64>,
}

impl<'a, 't> Rounds<'a, 't> {
    fn new(
        settings: &'a GradientBoosting,
        table: &'a Table<'t>,
        objective: Objective,
        bins: &'a Bins,
        threads: usize,
        base: &[f64],
    ) -> Self {
        let columns = telling(bins, 0..bins.width());
        let strips = if settings.columns < 1.0 { Vec::new() } else { strips(bins, &columns) };
        let margins: Vec<_> = base.iter().map(|&base| vec![base; table.len()]).collect();
        // Trees of one round know nothing of each other; threads beyond them share the columns of a tree.
        let desks = threads.min(margins.len()).max(1);
        Self {
            settings,
            table,
            objective,
            bins,
            repeats: table.repeats(),
            columns,
            strips,
            shares: margins.clone(),
            efforts: vec![0; margins.len()],
            margins,
            desks: (0..desks).map(|_| Desk::default()).collect(),
            threads: (threads / desks).max(1),
        }
    }

    /// The trees of a round, and what each column has gained.
    fn next(&mut self, round: usize) -> Result<(Flat, Vec<f64>), ModelError> {
        self.objective.shares(&self.margins, &mut self.shares, self.desks.len() * self.threads);
        let mut margins = std::mem::take(&mut self.margins);
        let mut desks = std::mem::take(&mut self.desks);
        let mut grown = self.grow_all(round, &mut margins, &mut desks);
        (self.margins, self.desks) = (margins, desks);
        grown.sort_by_key(|&(margin, _)| margin);
        self.efforts = grown.iter().map(|(_, tree)| tree.grown.effort()).collect();
        let mut trees = Flat::new(1);
        let mut gains = vec![0.0; self.bins.width()];
        for (_, tree) in &grown {
            self.store(tree, &mut trees)?;
            for split in tree.grown.nodes.iter().filter_map(|node| node.split) {
                if let Some(gain) = gains.get_mut(split.column) {
                    *gain += split.gain;
                }
            }
        }
        Ok((trees, gains))
    }

    fn grow_all(
        &self,
        round: usize,
        margins: &mut [Vec<f64>],
        desks: &mut [Desk],
    ) -> Vec<(usize, Tree)> {
        // The hardest first, as far as the last round tells: no thread is left with a long one while others wait.
        let mut queue: Vec<_> = margins.iter_mut().enumerate().collect();
        queue.sort_by_key(|&(margin, _)| self.efforts.get(margin).copied());
        let queue = Mutex::new(queue);
        let work = |desk: &mut Desk| {
            let mut done = Vec::new();
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
                let Some((margin, margins)) = next else { return done };
                done.push((margin, self.grow_one(round, margin, margins, desk)));
            }
        };
        let work = &work;
        std::thread::scope(|scope| {
            let (own, others) = desks.split_at_mut(1);
            let others: Vec<_> =
                others.iter_mut().map(|desk| scope.spawn(move || work(desk))).collect();
            let mut done: Vec<_> = own.iter_mut().flat_map(work).collect();
            for thread in others {
                done.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            }
            done
        })
    }

    /// Grows the tree of a margin, and adds what its leaves hold to the margin of each row.
    fn grow_one(&self, round: usize, margin: usize, margins: &mut [f64], desk: &mut Desk) -> Tree {
        let tree = round * self.objective.margins() + margin;
        let settings = self.settings;
        self.slopes(margin, &mut desk.pairs);
        let mut chance = stream(settings.seed, Drawn::Rows, tree);
        let sample = some(self.table.len(), settings.rows, &mut chance);
        let steps = self.steps_and_sums(desk);
        let rule = Rule::new(
            steps,
            settings.l1,
            settings.l2,
            settings.min_child_weight,
            settings.min_gain,
        );
        let own_strips = (settings.columns < 1.0).then(|| self.some_strips(tree));
        let strips = own_strips.as_deref().unwrap_or(&self.strips);
        let ground = Ground { bins: self.bins, strips, threads: self.threads };
        let grown =
            grow(ground, settings.limits(), &rule, &desk.sums, sample.as_deref(), &mut desk.room);
        let slopes = slopes_of_nodes(&grown, desk);
        let value = |&[gradient, hessian]: &[f64; 2]| leaf_value(gradient, hessian, settings);
        let values: Vec<f64> = slopes.iter().map(value).collect();
        for (node, &value) in grown.nodes.iter().zip(&values) {
            if node.split.is_none() {
                add_to_rows(desk.room.rows.get(node.rows.clone()).unwrap_or(&[]), value, margins);
            }
        }
        if let Some(sample) = sample {
            self.add_to_others(&grown, &values, &sample, margins);
        }
        let hessians = slopes.iter().map(|[_, hessian]| *hessian).collect();
        Tree { grown, values, hessians }
    }

    fn some_strips(&self, tree: usize) -> Vec<Strip> {
        let mut chance = stream(self.settings.seed, Drawn::Columns, tree);
        match some(self.columns.len(), self.settings.columns, &mut chance) {
            None => strips(self.bins, &self.columns),
            Some(places) => {
                let columns = places.iter().filter_map(|&place| self.columns.get(place as usize));
                strips(self.bins, &columns.copied().collect::<Vec<_>>())
            }
        }
    }

    /// The gradient and the hessian of each row.
    fn slopes(&self, margin: usize, pairs: &mut Vec<[f64; 2]>) {
        let class = self.objective.class(margin);
        let Some(shares) = self.shares.get(margin) else { return };
        let slopes = shares.iter().zip(&self.table.classes);
        let slopes = slopes.map(|(&share, &of)| self.objective.slopes(share, of == class));
        pairs.clear();
        match &self.table.weights {
            None => pairs.extend(slopes),
            Some(weights) => pairs
                .extend(slopes.zip(weights).map(|(pair, weight)| pair.map(|slope| slope * weight))),
        }
    }

    /// What rows are added up in, and each row in it.
    fn steps_and_sums(&self, desk: &mut Desk) -> Steps {
        let pairs = desk.pairs.iter();
        desk.sums.clear();
        let Some(repeats) = &self.repeats else {
            let steps = Steps::of(&desk.pairs, desk.pairs.len());
            desk.sums.extend(pairs.map(|&pair| steps.sum(pair)));
            return steps;
        };
        let steps = Steps::of(&desk.pairs, repeats.iter().map(|&times| times as usize).sum());
        let repeated = pairs.zip(repeats).map(|(&pair, &times)| steps.repeated(pair, times));
        desk.sums.extend(repeated);
        steps
    }

    /// Rows that were not drawn for a tree are asked like any others.
    fn add_to_others(&self, grown: &Grown, values: &[f64], sample: &[u32], margins: &mut [f64]) {
        let mut sample = sample.iter().peekable();
        for (row, margin) in margins.iter_mut().enumerate() {
            if sample.next_if(|&&drawn| drawn as usize == row).is_none() {
                *margin += values.get(grown.leaf_of(self.bins, row)).copied().unwrap_or(0.0);
            }
        }
    }

    fn store(&self, tree: &Tree, trees: &mut Flat) -> Result<(), ModelError> {
        let Tree { grown, values, hessians } = tree;
        let root = trees.plant()?;
        // Trees grow in another order than that in which they are stored.
        let mut places = vec![root; grown.nodes.len()];
        for (number, (node, &value)) in grown.nodes.iter().zip(values).enumerate() {
            let place = places.get(number).copied().unwrap_or(root);
            let Some(split) = node.split else {
                trees.leaf(place, &[value])?;
                continue;
            };
            let cuts = self.bins.cuts(split.column);
            // Behind the last bin there is no cut: all values go left, and what is missing does not.
            let threshold = cuts.get(usize::from(split.bin)).copied().unwrap_or(f64::INFINITY);
            let (column, missing_left) = (split.column, split.missing_left);
            let left = trees.split(place, Split { column, threshold, missing_left })?;
            let children = places.iter_mut().skip(split.left).take(2);
            children.zip([left, left + 1]).for_each(|(place, child)| *place = child);
        }
        let mut weights = vec![0.0; hessians.len()];
        for (&place, &hessian) in places.iter().zip(hessians) {
            if let Some(weight) = weights.get_mut(place - root) {
                *weight = hessian;
            }
        }
        trees.weigh(&weights);
        Ok(())
    }
}

fn strips(bins: &Bins, columns: &[usize]) -> Vec<Strip> {
    columns.chunks(SIDE).map(|columns| Strip::new(bins, columns)).collect()
}

/// What the gradients and hessians of each node's rows add up to. Those of leaves are summed, and other nodes have what
/// their children have.
fn slopes_of_nodes(grown: &Grown, desk: &Desk) -> Vec<[f64; 2]> {
    let add = |all: [f64; 2], pair: &[f64; 2]| [all[0] + pair[0], all[1] + pair[1]];
    let mut sums = vec![[0.0; 2]; grown.nodes.len()];
    // Children stand behind their parents.
    for (number, node) in grown.nodes.iter().enumerate().rev() {
        let sum = match node.split {
            Some(split) => sums.iter().skip(split.left).take(2).fold([0.0; 2], add),
            None => {
                let rows = desk.room.rows.get(node.rows.clone()).unwrap_or(&[]);
                rows.iter().filter_map(|&row| desk.pairs.get(row as usize)).fold([0.0; 2], add)
            }
        };
        if let Some(to) = sums.get_mut(number) {
            *to = sum;
        }
    }
    sums
}

fn add_to_rows(rows: &[u32], value: f64, margins: &mut [f64]) {
    for &row in rows {
        if let Some(margin) = margins.get_mut(row as usize) {
            *margin += value;
        }
    }
}

/// Of rows whose gradients and hessians sum up to this.
pub(super) fn leaf_value(gradient: f64, hessian: f64, settings: &GradientBoosting) -> f64 {
    let value = -shrunk(gradient, settings.l1) / (hessian + settings.l2) * settings.learning_rate;
    if value.is_finite() { value } else { 0.0 }
}

impl GradientBoosting {
    fn limits(&self) -> Limits {
        let order: GrowthOrder = self.growth;
        Limits {
            order,
            depth: self.depth.unwrap_or(usize::MAX),
            leaves: self.leaves.unwrap_or(usize::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::{Chance, Labels};

    use super::*;
    use crate::tree::flat::Place;

    #[test]
    fn rows_are_told_the_same_while_learning_and_after() {
        let mut chance = Chance::seeded(1);
        let rows = Array2::from_shape_fn((300, 4), |_| match chance.below(9) {
            0 => f64::NAN,
            1 => f64::INFINITY,
            _ => chance.below(50) as f64,
        });
        let names: Vec<_> = rows
            .rows()
            .into_iter()
            .map(|row| ["a", "b", "c"][row[0].min(149.0) as usize / 25 % 3])
            .collect();
        let labels = Labels::of(names.iter().copied());
        let training = Training::new(rows.view(), &labels).unwrap();
        let table = Table::of(&training, &[0, 1, 2]).unwrap();
        let bins = Bins::fit(table.view(), None, 32, 1);
        for settings in [
            GradientBoosting::default(),
            GradientBoosting::default().rows(0.5).columns(0.5),
            GradientBoosting::default().growth(GrowthOrder::LeafWise).depth(None).leaves(Some(9)),
        ] {
            let base = [0.5, -0.5, 0.0];
            let mut rounds = Rounds::new(&settings, &table, Objective::of(3), &bins, 1, &base);
            let mut margins = base.repeat(300);
            for round in 0..4 {
                rounds.next(round).unwrap().0.add(rows.view(), 3, &mut margins);
            }
            let learned = |row: usize, margin: usize| rounds.margins[margin][row];
            let told = margins.chunks(3).enumerate();
            let mut all =
                told.flat_map(|(row, told)| (0..3).map(move |margin| (row, margin, told[margin])));
            assert!(all.all(|(row, margin, told)| learned(row, margin) == told));
        }
    }

    #[test]
    fn covers_are_the_hessians_of_the_rows_that_come_to_a_node() {
        let mut chance = Chance::seeded(2);
        let rows = Array2::from_shape_fn((200, 3), |_| match chance.below(9) {
            0 => f64::NAN,
            _ => chance.below(40) as f64,
        });
        let names: Vec<_> =
            rows.rows().into_iter().map(|row| ["a", "b"][usize::from(row[0] > row[1])]).collect();
        let labels = Labels::of(names.iter().copied());
        let training = Training::new(rows.view(), &labels).unwrap();
        let table = Table::of(&training, &[0, 1]).unwrap();
        let bins = Bins::fit(table.view(), None, 32, 1);
        let leaf_wise = GradientBoosting::default().growth(GrowthOrder::LeafWise);
        for settings in [GradientBoosting::default(), leaf_wise.depth(None).leaves(Some(12))] {
            let base = [0.5];
            let mut rounds = Rounds::new(&settings, &table, Objective::Logistic, &bins, 1, &base);
            let (trees, _) = rounds.next(0).unwrap();
            let share = 1.0 / (1.0 + (-0.5_f64).exp());
            let mut expected = vec![0.0; trees.nodes()];
            for row in rows.rows() {
                let mut node = 0;
                loop {
                    expected[node] += share * (1.0 - share);
                    let Some(Place::Split(split, left)) = trees.at(node) else { break };
                    node = left + usize::from(!split.is_left(row[split.column]));
                }
            }
            let covers = trees.covers().unwrap();
            assert!(covers.len() > 9);
            let mut pairs = covers.iter().zip(&expected);
            assert!(pairs.all(|(cover, hessian)| (f64::from(*cover) / hessian - 1.0).abs() < 1e-6));
        }
    }

    #[test]
    fn leaves_hold_a_shrunk_step_or_nothing() {
        let settings = GradientBoosting::default().l1(0.5).learning_rate(0.1);
        assert_eq!(leaf_value(-3.0, 4.0, &settings), 0.1 * 2.5 / 5.0);
        assert_eq!(leaf_value(0.4, 4.0, &settings), 0.0);
        assert_eq!(leaf_value(f64::INFINITY, f64::INFINITY, &settings), 0.0);
        assert_eq!(leaf_value(0.0, 0.0, &settings.l2(0.0)), 0.0);
    }
}
