//! Successive halving: many settings with few rows, few settings with all.

use super::Contender;
use super::random::drawn;
use super::run::{Asked, Run};
use crate::judging::Point;

/// With fewer rows to train with, what is better is mostly luck.
const LEAST_ROWS: usize = 100;

pub(super) fn through(run: &mut Run<'_>, contenders: &[Contender], trials: usize, factor: usize) {
    let mut asked = Vec::new();
    for (contender, number) in contenders.iter().zip(0..) {
        asked.push(Asked { contender, settings: Point::new() });
        asked.extend(drawn(contender, trials, run.seed.wrapping_add(number)));
    }
    let rounds = rounds(asked.len(), run.train_rows(), factor);
    run.expects(sizes(asked.len(), rounds, factor).sum());
    for round in 0..=rounds {
        let share = (factor as f64).powi(-((rounds - round) as i32));
        let tried = asked.into_iter().filter_map(|asked| Some((run.tries(&asked, share)?, asked)));
        let mut tried: Vec<(f64, Asked<'_>)> = tried.collect();
        // Stable: of equals the first goes on.
        tried.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        let going_on = tried.len().div_ceil(factor);
        asked = tried.into_iter().map(|(_, asked)| asked).collect();
        if round < rounds {
            asked.truncate(going_on);
        }
    }
    // What the winner is to be held against.
    if let Some(best) = asked.first() {
        let usual = Asked { contender: best.contender, settings: Point::new() };
        if !run.has(&usual, 1.0) {
            run.tries(&usual, 1.0);
        }
    }
}

/// How often so many can be thinned out until one is left, and rows be made fewer until too few are left.
fn rounds(mut trials: usize, mut rows: usize, factor: usize) -> usize {
    let mut rounds = 0;
    while trials > 1 && rows / factor >= LEAST_ROWS {
        (trials, rows) = (trials.div_ceil(factor), rows / factor);
        rounds += 1;
    }
    rounds
}

/// How many are tried round by round.
fn sizes(trials: usize, rounds: usize, factor: usize) -> impl Iterator<Item = usize> {
    (0..=rounds).scan(trials, move |left, _| {
        let size = *left;
        *left = left.div_ceil(factor);
        Some(size)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_end_where_one_is_left_or_rows_are_few() {
        assert_eq!(rounds(27, 1 << 20, 3), 3);
        assert_eq!(rounds(27, 950, 3), 2);
        assert_eq!(rounds(27, 250, 3), 0);
        assert_eq!(rounds(1, 1 << 20, 3), 0);
        assert_eq!(sizes(28, 3, 3).collect::<Vec<_>>(), [28, 10, 4, 2]);
    }
}
