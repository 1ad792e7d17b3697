//! The least of a smooth function, found with what the last gradients tell of its curvature (limited-memory BFGS, as
//! Nocedal and Wright describe it), with steps that obey the weak conditions of Wolfe.

use std::collections::VecDeque;

use super::curvature::dot;
use crate::ModelError;

/// A function with a gradient.
pub(super) trait Smooth {
    /// Its value, and its gradient written to `gradient`.
    fn value(&self, at: &[f64], gradient: &mut [f64]) -> f64;

    /// How far a gradient is from none, in what the tolerance is told in.
    fn size(&self, gradient: &[f64]) -> f64;

    /// Turns a gradient into a step by what is known of the curvature beforehand, up to a factor.
    fn conditioned(&self, gradient: &mut [f64]);

    /// Is told after each step.
    fn progress(&self, steps: usize) -> Result<(), ModelError>;
}

/// Where a search has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct End {
    pub(super) steps: usize,
    /// Whether the gradient was as small as was asked for, or smaller than rounding lets it be told.
    pub(super) is_least: bool,
}

/// Pairs kept: more cost time and hardly save steps.
const MEMORY: usize = 10;
/// Where a step must lower the value at least to this share of what the slope promised.
const DESCENT: f64 = 1e-4;
/// And where the slope must have become flatter by at least this.
const CURVATURE: f64 = 0.9;
/// Halvings and doublings of a step before it is given up.
const MOST_TRIALS: usize = 40;
/// Values nearer to each other than this share of them differ by rounding.
const ROUNDING: f64 = 1e-15;

/// Goes from `at` to the least value, in so many steps at most.
pub(super) fn least(
    function: &impl Smooth,
    at: &mut Vec<f64>,
    tolerance: f64,
    most_steps: usize,
) -> Result<End, ModelError> {
    let mut gradient = vec![0.0; at.len()];
    let mut value = function.value(at, &mut gradient);
    let mut memory = Memory::default();
    for steps in 0..most_steps {
        if value.is_finite() && function.size(&gradient) <= tolerance {
            return Ok(End { steps, is_least: true });
        }
        let mut direction = memory.direction(function, &gradient);
        let mut slope = dot(&direction, &gradient);
        if slope.is_nan() || slope >= 0.0 {
            memory = Memory::default();
            direction = memory.direction(function, &gradient);
            slope = dot(&direction, &gradient);
        }
        let Some(found) = line(function, at, value, &direction, slope) else {
            if memory.pairs.is_empty() {
                return Ok(End { steps, is_least: false });
            }
            // The steepest way may still lead on where the remembered one does not.
            memory = Memory::default();
            continue;
        };
        memory.push(&found, at, &gradient);
        (*at, gradient, value) = (found.at, found.gradient, found.value);
        function.progress(steps + 1)?;
    }
    let is_least = value.is_finite() && function.size(&gradient) <= tolerance;
    Ok(End { steps: most_steps, is_least })
}

struct Found {
    at: Vec<f64>,
    gradient: Vec<f64>,
    value: f64,
}

/// A step along a direction: as long as the direction is, if that will do.
fn line(
    function: &impl Smooth,
    from: &[f64],
    value: f64,
    direction: &[f64],
    slope: f64,
) -> Option<Found> {
    let (mut short, mut long) = (0.0, f64::INFINITY);
    let mut step = 1.0;
    let mut gradient = vec![0.0; from.len()];
    for _ in 0..MOST_TRIALS {
        let at: Vec<f64> = from.iter().zip(direction).map(|(from, by)| from + step * by).collect();
        let reached = function.value(&at, &mut gradient);
        let sloped = dot(&gradient, direction);
        // Near the end values differ by rounding alone, and only slopes can still be told apart.
        let is_level = (reached - value).abs() <= ROUNDING * value.abs()
            && sloped.abs() <= slope.abs() * CURVATURE;
        let is_lower = reached <= value + DESCENT * step * slope;
        if is_level || (is_lower && sloped >= CURVATURE * slope) {
            return Some(Found { at, gradient, value: reached });
        }
        if is_lower {
            short = step;
        } else {
            long = step;
        }
        step = if long.is_finite() { (short + long) / 2.0 } else { short * 2.0 };
    }
    None
}

/// The last steps, and how the gradient changed on them.
#[derive(Default)]
struct Memory {
    pairs: VecDeque<Pair>,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    product: f64,
}

impl Memory {
    fn push(&mut self, found: &Found, at: &[f64], gradient: &[f64]) {
        let less = |one: &[f64], other: &[f64]| -> Vec<f64> {
            one.iter().zip(other).map(|(one, other)| one - other).collect()
        };
        let (step, change) = (less(&found.at, at), less(&found.gradient, gradient));
        let product = dot(&step, &change);
        if product.is_nan() || product <= 0.0 {
            return;
        }
        if self.pairs.len() == MEMORY {
            self.pairs.pop_front();
        }
        self.pairs.push_back(Pair { step, change, product });
    }

    fn direction(&self, function: &impl Smooth, gradient: &[f64]) -> Vec<f64> {
        let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = dot(&pair.step, &direction) / pair.product;
            add(&mut direction, -share, &pair.change);
            shares.push(share);
        }
        function.conditioned(&mut direction);
        if let Some(last) = self.pairs.back() {
            let mut conditioned = last.change.clone();
            function.conditioned(&mut conditioned);
            let scale = last.product / dot(&last.change, &conditioned);
            direction.iter_mut().for_each(|by| *by *= scale);
        }
        for (pair, share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let back = dot(&pair.change, &direction) / pair.product;
            add(&mut direction, share - back, &pair.step);
        }
        direction
    }
}

fn add(to: &mut [f64], factor: f64, other: &[f64]) {
    to.iter_mut().zip(other).for_each(|(to, other)| *to += factor * other);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The banana-shaped valley of Rosenbrock, least at (1, 1).
    struct Valley;

    impl Smooth for Valley {
        fn value(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
            let (x, y) = (at[0], at[1]);
            gradient[0] = -400.0 * x * (y - x * x) - 2.0 * (1.0 - x);
            gradient[1] = 200.0 * (y - x * x);
            100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2)
        }

        fn size(&self, gradient: &[f64]) -> f64 {
            gradient.iter().fold(0.0, |size, slope| size.max(slope.abs()))
        }

        fn conditioned(&self, gradient: &mut [f64]) {
            gradient.iter_mut().for_each(|slope| *slope *= 0.001);
        }

        fn progress(&self, steps: usize) -> Result<(), ModelError> {
            if steps > 500 { Err(ModelError::Cancelled) } else { Ok(()) }
        }
    }

    #[test]
    fn the_least_is_found() {
        let mut at = vec![-1.2, 1.0];
        let end = least(&Valley, &mut at, 1e-8, 200).unwrap();
        assert!(end.is_least && end.steps < 60, "{end:?}");
        assert!(at.iter().all(|value| (value - 1.0).abs() < 1e-7), "{at:?}");
    }

    #[test]
    fn steps_have_an_end() {
        let mut at = vec![-1.2, 1.0];
        let end = least(&Valley, &mut at, 1e-8, 5).unwrap();
        assert_eq!(end, End { steps: 5, is_least: false });
        assert!(!least(&Valley, &mut vec![f64::NAN; 2], 1e-8, 5).unwrap().is_least);
    }
}
