//! How what is said of rows is distributed, by what they are.

use super::numbers::{Counted, Distribution};
use super::part::{Said, Strange};

/// Bins of probabilities.
const SHARES: usize = 20;
/// About as many bins of scores, which begin anywhere.
const BINS: f64 = 40.0;
/// Scores over more than this ratio are drawn by ratios.
const WIDE: f64 = 100.0;

/// Of a detector, how strange usual rows and anomalies are. Of two classes, how probable the second is, by what rows are; of
/// more, how probable the class is that is told, by whether it is right.
pub(super) fn of(classes: &[String], said: &Said) -> Distribution {
    match &said.strange {
        Some(strange) => of_scores(classes, &said.truth, strange),
        None if classes.len() == 2 && said.known_classes() == 2 => {
            let second = said.answer.probabilities.column(1).to_vec();
            let of = format!("probability of {}", classes[1]);
            of_shares(of, &second, classes, |row| said.truth[row] as usize)
        }
        None => {
            let kinds = ["right", "wrong"].map(str::to_owned);
            let of = "probability of the class that is told".to_owned();
            of_shares(of, &said.answer.scores(), &kinds, |row| usize::from(!said.is_right(row)))
        }
    }
}

fn of_shares(
    of: String,
    shares: &[f64],
    kinds: &[String],
    kind: impl Fn(usize) -> usize,
) -> Distribution {
    let edges: Vec<f64> = (0..=SHARES).map(|edge| edge as f64 / SHARES as f64).collect();
    let bin = |share: f64| ((share * SHARES as f64) as usize).min(SHARES - 1);
    let counts = counted(shares, kinds, (SHARES, bin), kind);
    Distribution { of, edges, is_log: false, counts }
}

/// The threshold is an end of a bin: what is told and what is not stand in no bin together.
fn of_scores(classes: &[String], truth: &[u32], strange: &Strange) -> Distribution {
    let ends = strange.scores.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |ends, &score| {
        (ends.0.min(score), ends.1.max(score))
    });
    let is_log = ends.0 > 0.0 && strange.threshold > 0.0 && ends.1 / ends.0 > WIDE;
    let place = |score: f64| if is_log { score.ln() } else { score };
    let back = |place: f64| if is_log { place.exp() } else { place };
    let (low, high, threshold) = (place(ends.0), place(ends.1), place(strange.threshold));
    // Ends of bins differ, however near each other and however great scores are.
    let least = f64::EPSILON * 8.0 * low.abs().max(high.abs()).max(1.0);
    let width = (high / BINS - low / BINS).max(least);
    // A threshold far from all scores is none to begin at.
    let is_near = (low - width..=high + width).contains(&threshold);
    let from = if is_near { threshold } else { low };
    let first = ((low - from) / width).floor();
    let bins = (((high - from) / width).floor() - first) as usize + 1;
    let edges: Vec<f64> = (0..=bins).map(|bin| back(from + (first + bin as f64) * width)).collect();
    // A score at the threshold is not above it.
    let bin = |score: f64| {
        let bin = edges.partition_point(|edge| *edge < score).max(1) - 1;
        bin.min(bins - 1)
    };
    let counts = counted(&strange.scores, classes, (bins, bin), |row| truth[row] as usize);
    let of = "how strange rows are".to_owned();
    Distribution { of, edges, is_log, counts }
}

fn counted(
    numbers: &[f64],
    kinds: &[String],
    (bins, bin): (usize, impl Fn(f64) -> usize),
    kind: impl Fn(usize) -> usize,
) -> Vec<Counted> {
    let counted = |name: &String| Counted { name: name.clone(), rows: vec![0; bins] };
    let mut counts: Vec<Counted> = kinds.iter().map(counted).collect();
    for (row, &number) in numbers.iter().enumerate() {
        let counted = counts.get_mut(kind(row)).and_then(|kind| kind.rows.get_mut(bin(number)));
        if let Some(count) = counted {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use netsift_models::Answer;
    use netsift_models::ndarray::{Array1, Array2};

    use super::*;

    fn detector(scores: &[f64], threshold: f64) -> Distribution {
        let rows = scores.len();
        let truth = (0..rows).map(|row| u32::from(row + 1 == rows)).collect();
        let answer =
            Answer { classes: Array1::zeros(rows), probabilities: Array2::zeros((rows, 2)) };
        let strange = Some(Strange { scores: scores.to_vec(), threshold });
        of(&["usual".into(), "anomaly".into()], &Said { truth, answer, strange })
    }

    #[test]
    fn no_bin_holds_scores_on_both_sides_of_the_threshold() {
        let scores: Vec<f64> = (0..100).map(f64::from).collect();
        let found = detector(&scores, 61.7);
        assert!(found.edges.is_sorted_by(|one, other| one < other) && !found.is_log);
        let nearest = found.edges.iter().map(|edge| (edge - 61.7).abs()).fold(9.0, f64::min);
        assert!(nearest < 1e-9, "{:?}", found.edges);
        let all: u64 = found.counts.iter().flat_map(|kind| &kind.rows).sum();
        assert_eq!((all, found.counts[1].rows.iter().sum::<u64>()), (100, 1));
        assert!(found.edges[0] <= 0.0 && found.edges[found.edges.len() - 1] >= 99.0);
    }

    #[test]
    fn scores_that_are_alike_far_apart_or_far_from_the_threshold_have_bins() {
        assert_eq!(detector(&[2.0, 2.0], 2.0).counts[0].rows.iter().sum::<u64>(), 1);
        assert!(detector(&[1e-3, 1.0, 1e6], 5.0).is_log);
        let far = detector(&[0.0, 1.0, 2.0], 1e9);
        assert!(far.edges.len() < 50 && far.edges[0] == 0.0, "{:?}", far.edges);
    }
}
