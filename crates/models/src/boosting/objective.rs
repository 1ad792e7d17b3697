//! What is made small: the log loss of the classes' probabilities.

/// How margins become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objective {
    /// One class alone: certain, without a margin.
    Certain,
    /// Two classes: one margin, of the second.
    Logistic,
    /// More: a margin each.
    Softmax(usize),
}

/// Hessians are not below: where a row is certain, nothing would be left to divide by.
const LEAST_HESSIAN: f64 = 1e-16;

/// Probabilities are held to be no further from 0 and 1 in losses: certain and wrong would be infinitely bad.
const LEAST_SHARE: f64 = 1e-15;

impl Objective {
    /// For so many classes.
    pub(super) fn of(classes: usize) -> Self {
        match classes {
            0 | 1 => Self::Certain,
            2 => Self::Logistic,
            _ => Self::Softmax(classes),
        }
    }

    /// Margins of a row: trees of a round.
    pub(super) fn margins(self) -> usize {
        match self {
            Self::Certain => 0,
            Self::Logistic => 1,
            Self::Softmax(classes) => classes,
        }
    }

    /// The margins whose probabilities are these shares.
    pub(super) fn base(self, shares: &[f64]) -> Vec<f64> {
        let logs = shares.iter().map(|share| share.max(f64::MIN_POSITIVE).ln());
        match (self, shares) {
            (Self::Certain, _) => Vec::new(),
            (Self::Logistic, _) => {
                vec![logs.rev().reduce(|second, first| second - first).unwrap_or(0.0)]
            }
            _ => logs.collect(),
        }
    }

    /// Which class it is that a margin speaks for.
    pub(super) fn class(self, margin: usize) -> u32 {
        if self == Self::Logistic { 1 } else { margin as u32 }
    }

    /// Writes the probabilities that many rows' margins stand for, margin by margin: the same shape.
    pub(super) fn shares(self, margins: &[Vec<f64>], shares: &mut [Vec<f64>], threads: usize) {
        let rows = margins.first().map_or(0, Vec::len);
        let part = rows.div_ceil(threads.max(1)).next_multiple_of(BLOCK).max(BLOCK);
        let mut parts: Vec<_> = shares.iter_mut().map(|shares| shares.chunks_mut(part)).collect();
        std::thread::scope(|scope| {
            for start in (0..rows).step_by(part) {
                let shares: Vec<_> = parts.iter_mut().filter_map(Iterator::next).collect();
                let work = move || self.shares_from(start, margins, shares);
                // The last part is this thread's.
                if start + part < rows {
                    scope.spawn(work);
                } else {
                    work();
                }
            }
        });
    }

    /// Writes the probabilities of the rows from there on.
    fn shares_from(self, start: usize, margins: &[Vec<f64>], mut shares: Vec<&mut [f64]>) {
        let rows = shares.first().map_or(0, |shares| shares.len());
        for first in (0..rows).step_by(BLOCK) {
            let count = BLOCK.min(rows - first);
            let cut =
                |margins: &'_ Vec<f64>| start + first..(start + first + count).min(margins.len());
            let margins = margins.iter().map(|of| of.get(cut(of)).unwrap_or(&[]));
            let shares =
                shares.iter_mut().map(|of| of.get_mut(first..first + count).unwrap_or(&mut []));
            let block = margins.zip(shares);
            if self == Self::Logistic {
                block.for_each(|(margins, shares)| logistic_block(margins, shares));
            } else {
                softmax_block(&mut block.collect::<Vec<_>>());
            }
        }
    }

    /// The probabilities of a row's classes.
    pub(super) fn probabilities(self, margins: &[f64]) -> Vec<f64> {
        match (self, margins) {
            (Self::Certain, _) => vec![1.0],
            (Self::Logistic, &[margin, ..]) => vec![logistic(-margin), logistic(margin)],
            _ => softmax(margins),
        }
    }

    /// The gradient and the hessian of a row's loss by a margin whose class has this probability.
    #[inline]
    pub(super) fn slopes(self, share: f64, is_class: bool) -> [f64; 2] {
        let gradient = share - f64::from(u8::from(is_class));
        let hessian = share * (1.0 - share);
        // For several classes, twice the diagonal bounds the whole matrix.
        let hessian = if self == Self::Logistic { hessian } else { 2.0 * hessian };
        [gradient, hessian.max(LEAST_HESSIAN)]
    }

    /// How much is lost by giving the true class this probability.
    pub(super) fn loss(share: f64) -> f64 {
        -share.max(LEAST_SHARE).ln()
    }
}

/// So many rows' margins are turned into shares at once, so that each is near when it is needed again.
const BLOCK: usize = 256;

fn logistic_block(margins: &[f64], shares: &mut [f64]) {
    margins.iter().zip(shares).for_each(|(&margin, share)| *share = logistic(margin));
}

/// For each class, the margins of some rows, and where their shares go.
fn softmax_block(classes: &mut [(&[f64], &mut [f64])]) {
    let mut highest = [f64::NEG_INFINITY; BLOCK];
    let mut sums = [0.0; BLOCK];
    for (margins, _) in classes.iter() {
        highest.iter_mut().zip(*margins).for_each(|(most, &margin)| *most = most.max(margin));
    }
    for (margins, shares) in classes.iter_mut() {
        let margins = margins.iter().zip(&highest);
        for ((&margin, &highest), (share, sum)) in margins.zip(shares.iter_mut().zip(&mut sums)) {
            *share = (margin - highest).exp();
            *sum += *share;
        }
    }
    for (_, shares) in classes {
        shares.iter_mut().zip(&sums).for_each(|(share, sum)| *share /= sum);
    }
}

fn softmax(margins: &[f64]) -> Vec<f64> {
    let highest = margins.iter().fold(f64::NEG_INFINITY, |most, &margin| most.max(margin));
    let mut shares: Vec<f64> = margins.iter().map(|margin| (margin - highest).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

fn logistic(margin: f64) -> f64 {
    1.0 / (1.0 + (-margin).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_the_derivatives_of_the_loss() {
        let loss = |objective: Objective, margins: &[f64], class: usize| {
            Objective::loss(objective.probabilities(margins)[class])
        };
        let h = 1e-5;
        for (objective, margins) in
            [(Objective::Logistic, vec![0.7]), (Objective::Softmax(3), vec![0.3, -1.0, 2.0])]
        {
            let by_margin: Vec<Vec<f64>> = margins.iter().map(|&margin| vec![margin]).collect();
            let mut shares = by_margin.clone();
            objective.shares(&by_margin, &mut shares, 1);
            for margin in 0..margins.len() {
                for class in 0..margins.len().max(2) {
                    let moved = |by: f64| {
                        let mut margins = margins.clone();
                        margins[margin] += by;
                        loss(objective, &margins, class)
                    };
                    let is_class = objective.class(margin) as usize == class;
                    let [gradient, hessian] = objective.slopes(shares[margin][0], is_class);
                    let bent = (moved(h) - 2.0 * moved(0.0) + moved(-h)) / (h * h);
                    let bent = if objective == Objective::Logistic { bent } else { 2.0 * bent };
                    assert!((gradient - (moved(h) - moved(-h)) / (2.0 * h)).abs() < 1e-8);
                    assert!((hessian - bent).abs() < 1e-4, "{hessian} {bent}");
                }
            }
        }
    }

    #[test]
    fn margins_begin_where_shares_are() {
        for shares in [vec![0.2, 0.8], vec![0.5, 0.2, 0.3]] {
            let objective = Objective::of(shares.len());
            let told = objective.probabilities(&objective.base(&shares));
            assert!(told.iter().zip(&shares).all(|(told, share)| (told - share).abs() < 1e-12));
        }
        assert_eq!(Objective::of(1).probabilities(&Objective::of(1).base(&[1.0])), [1.0]);
        assert!(Objective::Logistic.base(&[0.0, 1.0])[0].is_finite());
    }

    #[test]
    fn many_rows_and_one_get_the_same_shares() {
        let margin =
            |class: usize, row: usize| ((class * 31 + row * 17) % 100) as f64 * 14.0 - 700.0;
        let margins: Vec<Vec<f64>> =
            (0..3).map(|class| (0..1000).map(|row| margin(class, row)).collect()).collect();
        let mut shares = margins.clone();
        Objective::Softmax(3).shares(&margins, &mut shares, 1);
        for threads in [2, 3, 9] {
            let mut others = margins.clone();
            Objective::Softmax(3).shares(&margins, &mut others, threads);
            assert_eq!(others, shares);
        }
        for row in 0..1000 {
            let margins: Vec<f64> = margins.iter().map(|margins| margins[row]).collect();
            let told = Objective::Softmax(3).probabilities(&margins);
            assert_eq!(told, shares.iter().map(|shares| shares[row]).collect::<Vec<_>>());
            assert!((told.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn certain_rows_still_have_a_hessian() {
        for objective in [Objective::Logistic, Objective::Softmax(3)] {
            assert_eq!(objective.slopes(1.0, true), [0.0, LEAST_HESSIAN]);
            assert_eq!(objective.slopes(0.0, true), [-1.0, LEAST_HESSIAN]);
        }
        assert!(Objective::loss(0.0).is_finite());
    }
}
