//! Curves that are ready to plot and to save: a bounded number of points.

use serde::{Deserialize, Serialize};

/// The most points that a curve for plotting has: more than a plot has columns to show a change in.
pub const CURVE_POINTS: usize = 256;

/// A point of a curve: false-positive and true-positive rate, or recall and precision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// False-positive rate, or recall.
    pub x: f64,
    /// True-positive rate, or precision.
    pub y: f64,
    /// The score from which on rows are told to be positive. `None` where none are, and on means of curves.
    pub threshold: Option<f64>,
}

impl CurvePoint {
    pub(crate) fn new(x: f64, y: f64, threshold: f64) -> Self {
        Self { x, y, threshold: threshold.is_finite().then_some(threshold) }
    }
}

/// At most [`CURVE_POINTS`] points of a curve, in their order.
///
/// A curve of as many or fewer is kept as it is. Of a longer one the first and the last point are kept, and from the
/// first on each point that lies at least a step from the one kept before it, along both axes together. The step is
/// the first of 1/128, 1/64, 1/32 ... that leaves few enough.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// The points.
    pub points: Vec<CurvePoint>,
}

impl Curve {
    /// Of points in their order, however many.
    #[must_use]
    pub fn thinned(points: impl Iterator<Item = CurvePoint> + Clone) -> Self {
        let as_it_is: Vec<_> = points.clone().take(CURVE_POINTS + 1).collect();
        if as_it_is.len() <= CURVE_POINTS {
            return Self { points: as_it_is };
        }
        let mut step = 2.0 / CURVE_POINTS as f64;
        loop {
            // Rates are within 0 and 1, so that a step above 2 leaves both ends; anything else is cut there.
            match apart(points.clone(), step) {
                Some(points) => return Self { points },
                None if step > 2.0 => {
                    return Self { points: as_it_is.into_iter().take(1).collect() };
                }
                None => step *= 2.0,
            }
        }
    }
}

/// The first point, the last, and those between that lie a step apart; nothing if they are too many.
fn apart(points: impl Iterator<Item = CurvePoint>, step: f64) -> Option<Vec<CurvePoint>> {
    let mut kept: Vec<CurvePoint> = Vec::with_capacity(CURVE_POINTS);
    let mut last = None;
    for point in points {
        let is_apart = kept
            .last()
            .is_none_or(|before| (point.x - before.x).abs() + (point.y - before.y).abs() >= step);
        last = (!is_apart).then_some(point);
        if is_apart {
            kept.push(point);
        }
        if kept.len() + usize::from(last.is_some()) > CURVE_POINTS {
            return None;
        }
    }
    kept.extend(last);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points(xy: &[(f64, f64)]) -> Vec<CurvePoint> {
        xy.iter().map(|(x, y)| CurvePoint::new(*x, *y, 0.5)).collect()
    }

    #[test]
    fn short_curves_are_kept_as_they_are() {
        let short = points(&[(0.0, 0.0), (0.0, 0.001), (0.001, 0.001), (1.0, 1.0)]);
        assert_eq!(Curve::thinned(short.iter().copied()).points, short);
        assert_eq!(Curve::thinned([].into_iter()).points, []);
        assert_eq!(CurvePoint::new(0.0, 0.0, f64::INFINITY).threshold, None);
    }

    #[test]
    fn long_diagonals_keep_points_a_step_apart() {
        // Along both axes together 1 and 2 long: a step of 1/128 leaves 129 of the first, and 257 of the second are too
        // many, so that it has steps of 1/64.
        for (length, step) in [(0.5, 1.0 / 128.0), (1.0, 1.0 / 64.0)] {
            let long = (0..=100_000).map(|at| length * f64::from(at) / 1e5).map(|at| (at, at));
            let curve = Curve::thinned(points(&long.collect::<Vec<_>>()).into_iter());
            assert!((128..=130).contains(&curve.points.len()), "{}", curve.points.len());
            for pair in curve.points[..128].windows(2) {
                assert!((pair[1].x - pair[0].x - step / 2.0).abs() < 2e-5, "{pair:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn thinned_curves_have_both_ends_and_are_bounded(
            xy in prop::collection::vec((0.0..=1.0, 0.0..=1.0), 1..2_000),
        ) {
            let all = points(&xy);
            let curve = Curve::thinned(all.iter().copied());
            prop_assert!(curve.points.len() <= CURVE_POINTS);
            prop_assert_eq!(curve.points.first(), all.first());
            prop_assert_eq!(curve.points.last(), all.last());
            // What was left out lies within the step of what was kept, and the step within both axes.
            prop_assert!(all.len() > CURVE_POINTS || curve.points == all);
        }
    }
}
