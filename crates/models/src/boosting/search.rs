//! The best splits of many nodes at once, column after column.

use super::histogram::{CODES, SIDE, Strip, Tally};
use super::split::{Best, Counts, Rule, look};
use super::sums::Sum;
use crate::tree::bins::MISSING;

/// Nodes whose splits are looked for: one that is counted row by row, and one that is the rest of their parent.
pub(super) struct Family<'a> {
    /// The rows that are counted; nothing if all are, in their order.
    pub(super) rows: Option<&'a [u32]>,
    /// The sum of each of them.
    pub(super) sums: &'a [Sum],
    pub(super) counted: Sought,
    /// Where the counts are kept.
    pub(super) histogram: Option<Vec<Sum>>,
    pub(super) rest: Option<Rest>,
}

/// The other child of a parent.
pub(super) struct Rest {
    pub(super) sought: Sought,
    /// The counts of the parent, which become this child's.
    pub(super) histogram: Vec<Sum>,
}

/// A node whose best split is looked for.
#[derive(Clone, Copy)]
pub(super) struct Sought {
    /// What its rows sum up to.
    pub(super) sum: Sum,
    /// Whether it may be split at all.
    pub(super) is_open: bool,
    pub(super) best: Best,
}

impl Sought {
    pub(super) fn new(sum: Sum, is_open: bool) -> Self {
        Self { sum, is_open, best: Best::NONE }
    }

    fn look(&mut self, counts: Counts<'_>, rule: &Rule) {
        if self.is_open {
            look(counts, self.sum, rule, &mut self.best);
        }
    }
}

/// Fewer additions than this are done sooner than a thread is started.
const WORTH_A_THREAD: usize = 1 << 18;

/// Finds the best splits of all these nodes, and leaves their histograms filled. Threads share the columns out.
pub(super) fn search(strips: &[Strip], families: &mut [Family<'_>], rule: &Rule, threads: usize) {
    let rows: usize = families.iter().map(|family| family.sums.len()).sum();
    let enough = (rows * strips.len() * SIDE / WORTH_A_THREAD).max(1);
    let part = strips.len().div_ceil(threads.min(enough)).max(1);
    let mut views: Vec<View<'_>> = families.iter_mut().map(View::of).collect();
    let mut shares = Vec::new();
    for strips in strips.chunks(part) {
        let size = strips.iter().map(Strip::size).sum();
        shares
            .push((strips, views.iter_mut().map(|view| view.split_off(size)).collect::<Vec<_>>()));
    }
    let found = std::thread::scope(|scope| {
        let own = shares.pop();
        let others: Vec<_> = shares
            .into_iter()
            .map(|(strips, views)| scope.spawn(move || search_part(strips, views, rule)))
            .collect();
        let own = own.map(|(strips, views)| search_part(strips, views, rule));
        let found = others
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        found.chain(own).collect::<Vec<_>>()
    });
    for part in found {
        for (family, [counted, rest]) in families.iter_mut().zip(part) {
            family.counted.best = family.counted.best.or(counted);
            if let Some(to) = &mut family.rest {
                to.sought.best = to.sought.best.or(rest);
            }
        }
    }
}

/// A family, and its counts in some of the columns.
struct View<'a> {
    rows: Option<&'a [u32]>,
    sums: &'a [Sum],
    counted: Sought,
    counts: Option<&'a mut [Sum]>,
    rest: Option<(Sought, &'a mut [Sum])>,
}

impl<'a> View<'a> {
    fn of(family: &'a mut Family<'_>) -> Self {
        Self {
            rows: family.rows,
            sums: family.sums,
            counted: family.counted,
            counts: family.histogram.as_deref_mut(),
            rest: family.rest.as_mut().map(|rest| (rest.sought, &mut rest.histogram[..])),
        }
    }

    /// The next columns, whose counts are so long; they are gone from here.
    fn split_off(&mut self, size: usize) -> Self {
        Self {
            rows: self.rows,
            sums: self.sums,
            counted: self.counted,
            counts: self.counts.as_mut().map(|counts| take(counts, size)),
            rest: self.rest.as_mut().map(|(sought, counts)| (*sought, take(counts, size))),
        }
    }

    fn look(&mut self, strip: &Strip, tally: &mut Tally, rule: &Rule) {
        strip.tally(self.rows, self.sums, tally);
        for (tally, column) in tally.iter().zip(&strip.columns) {
            let counts = |bins, missing| Counts { column: column.number, bins, missing };
            let missing = tally[usize::from(MISSING)];
            let bins = tally.get(..column.bins).unwrap_or(&[]);
            self.counted.look(counts(bins, missing), rule);
            if let Some(kept) = &mut self.counts {
                let kept = take(kept, column.size());
                kept.iter_mut().zip(bins.iter().chain([&missing])).for_each(|(to, sum)| *to = *sum);
            }
            if let Some((sought, rest)) = &mut self.rest {
                let rest = take(rest, column.size());
                let Some((rest_missing, rest)) = rest.split_last_mut() else { continue };
                *rest_missing = rest_missing.wrapping_sub(missing);
                rest.iter_mut().zip(bins).for_each(|(rest, sum)| *rest = rest.wrapping_sub(*sum));
                sought.look(counts(rest, *rest_missing), rule);
            }
        }
    }
}

/// The first so many, which are gone from there.
fn take<'a>(slice: &mut &'a mut [Sum], size: usize) -> &'a mut [Sum] {
    slice.split_off_mut(..size.min(slice.len())).unwrap_or_default()
}

/// Each node's best split among the columns of these strips.
fn search_part(strips: &[Strip], mut views: Vec<View<'_>>, rule: &Rule) -> Vec<[Best; 2]> {
    let mut tally: Tally = [[0; CODES]; SIDE];
    for strip in strips {
        // All nodes look at a strip while its codes are near.
        for view in &mut views {
            view.look(strip, &mut tally, rule);
        }
    }
    let best = |view: &View<'_>| {
        [view.counted.best, view.rest.as_ref().map_or(Best::NONE, |(sought, _)| sought.best)]
    };
    views.iter().map(best).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use netsift_data::Chance;

    use super::super::sums::Steps;
    use super::*;
    use crate::tree::bins::Bins;

    /// Enough rows for threads to be started.
    const ROWS: usize = WORTH_A_THREAD / SIDE;

    #[test]
    fn threads_share_columns_and_find_the_same() {
        let mut chance = Chance::seeded(8);
        let cells = Array2::from_shape_fn((ROWS, 20), |_| chance.below(30) as f64);
        let bins = Bins::fit(cells.view(), None, 64, 1);
        let columns: Vec<usize> = (0..20).collect();
        let strips: Vec<_> =
            columns.chunks(SIDE).map(|columns| Strip::new(&bins, columns)).collect();
        let pairs: Vec<_> =
            (0..ROWS).map(|row| [(cells[(row, 17)] * 0.3).sin() + chance.unit(), 1.0]).collect();
        let steps = Steps::of(&pairs, pairs.len());
        let sums: Vec<Sum> = pairs.iter().map(|&pair| steps.sum(pair)).collect();
        let rule = Rule::new(steps, 0.0, 1.0, 1.0, 0.0);
        let size = strips.iter().map(Strip::size).sum();
        let rows: Vec<u32> = (0..ROWS as u32 / 3).collect();
        let sum = |sums: &[Sum]| Sought::new(sums.iter().sum(), true);
        let found = |threads| {
            let counted = sum(&sums);
            let histogram = Some(vec![0; size]);
            let mut whole = [Family { rows: None, sums: &sums, counted, histogram, rest: None }];
            search(&strips, &mut whole, &rule, threads);
            let [whole] = whole;
            let histogram = whole.histogram.unwrap();
            let rest = Rest { sought: sum(&sums[rows.len()..]), histogram: histogram.clone() };
            let mut children = [Family {
                rows: Some(&rows),
                sums: &sums[..rows.len()],
                counted: sum(&sums[..rows.len()]),
                histogram: Some(vec![0; size]),
                rest: Some(rest),
            }];
            search(&strips, &mut children, &rule, threads);
            let [children] = children;
            let rest = children.rest.unwrap();
            let counted = children.histogram.unwrap();
            let both: Vec<Sum> = counted.iter().zip(&rest.histogram).map(|(a, b)| a + b).collect();
            assert_eq!(both, histogram);
            [whole.counted.best, children.counted.best, rest.sought.best]
        };
        let alone = found(1);
        assert_eq!(alone[0].column, 17);
        assert!((2..6).all(|threads| found(threads) == alone));
    }
}
