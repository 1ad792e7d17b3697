//! The plane with the widest margin between one class and all others, where rows inside the margin cost by their squared
//! distance from its edge: Newton's method, whose curvature is that of the rows inside.
//!
//! From step to step few rows go in or out, so the curvature is kept and only what changed is added. The first step's
//! curvature, of all rows, is the same for every class and is made once.

use ndarray::{Array2, Axis};

use super::curvature::{Cholesky, WIDEST, add_products, dot};
use super::lbfgs::{End, Smooth, least};
use crate::ModelError;

/// Where the slope along a step is this share of what it was, the step is long enough.
const FLAT: f64 = 1e-3;
/// Trials of a step's length; each at least halves where it can be, and mostly solves it.
const MOST_TRIALS: usize = 30;

/// Rows, what each costs, and what large coefficients do.
pub(super) struct Hinge<'a> {
    /// With ones in the last column.
    pub(super) rows: &'a Array2<f64>,
    /// What a row costs for each squared unit that it is too far in.
    pub(super) costs: Vec<f64>,
    /// What the square of half a coefficient of each column costs twice.
    pub(super) ridge: Vec<f64>,
}

/// How far the search for one class has come.
#[derive(Clone)]
pub(super) struct State {
    /// The coefficients.
    pub(super) at: Vec<f64>,
    /// The score of each row.
    pub(super) scores: Vec<f64>,
    /// Which rows `products` holds.
    inside: Vec<bool>,
    /// The curvature but for the ridge, unless there are too many columns.
    products: Option<Array2<f64>>,
}

/// The rows of one class against all others, some of them put aside.
pub(super) struct Sides<'a> {
    /// 1 for the rows of the class, else -1.
    pub(super) signs: &'a [f64],
    /// Whether a row is put aside: it costs nothing.
    pub(super) is_aside: &'a [bool],
}

impl Hinge<'_> {
    /// No coefficients, all rows inside.
    pub(super) fn start(&self) -> State {
        let (count, width) = self.rows.dim();
        let products = (width <= WIDEST).then(|| {
            let mut products = Array2::zeros((width, width));
            let twice = self.costs.iter().map(|cost| 2.0 * cost);
            add_products(&mut products, self.rows, twice.enumerate());
            products
        });
        let (at, scores) = (vec![0.0; width], vec![0.0; count]);
        State { at, scores, inside: vec![true; count], products }
    }

    /// Goes on to the least cost: until the gradient is `tolerance` of what it was without coefficients, less where one
    /// side is small.
    pub(super) fn solve(
        &self,
        state: &mut State,
        sides: &Sides<'_>,
        tolerance: f64,
        most_steps: usize,
    ) -> Result<End, ModelError> {
        let enough = tolerance * self.size_at_zero(sides);
        if state.products.is_none() {
            let function = Sided { hinge: self, sides };
            let end = least(&function, &mut state.at, enough, most_steps)?;
            state.scores = self.scores(&state.at);
            return Ok(end);
        }
        for steps in 0..most_steps {
            let gradient = self.gradient(&state.at, &state.scores, sides);
            if length(&gradient) <= enough {
                return Ok(End { steps, is_least: true });
            }
            let direction = self.direction(state, sides, gradient);
            let along = self.scores(&direction);
            let step = self.step(state, sides, &direction, &along);
            if step == 0.0 {
                return Ok(End { steps, is_least: false });
            }
            let go = |at: &mut [f64], by: &[f64]| {
                at.iter_mut().zip(by).for_each(|(at, by)| *at += step * by);
            };
            go(&mut state.at, &direction);
            go(&mut state.scores, &along);
        }
        Ok(End { steps: most_steps, is_least: false })
    }

    /// Rows put aside, and rows beyond the margin, cost nothing; others are in so deep.
    fn depths<'s>(
        &'s self,
        scores: &'s [f64],
        sides: &'s Sides<'_>,
    ) -> impl Iterator<Item = (f64, f64, f64)> + 's {
        let facts = scores.iter().zip(sides.signs).zip(self.costs.iter().zip(sides.is_aside));
        facts.map(|((score, sign), (cost, is_aside))| {
            let depth = if *is_aside { 0.0 } else { (1.0 - sign * score).max(0.0) };
            (depth, *sign, *cost)
        })
    }

    fn gradient(&self, at: &[f64], scores: &[f64], sides: &Sides<'_>) -> Vec<f64> {
        let mut gradient: Vec<f64> = at.iter().zip(&self.ridge).map(|(at, by)| at * by).collect();
        for (row, (depth, sign, cost)) in self.rows.outer_iter().zip(self.depths(scores, sides)) {
            if depth > 0.0 {
                let factor = 2.0 * cost * depth * sign;
                let cells = row.to_slice().unwrap_or_default();
                gradient.iter_mut().zip(cells).for_each(|(slope, cell)| *slope -= factor * cell);
            }
        }
        gradient
    }

    /// How large the gradient is without coefficients, times the share of the smaller side.
    fn size_at_zero(&self, sides: &Sides<'_>) -> f64 {
        let (at, scores) = (vec![0.0; self.ridge.len()], vec![0.0; self.costs.len()]);
        let (mut ours, mut theirs) = (0.0, 0.0);
        for (depth, sign, cost) in self.depths(&scores, sides) {
            *(if sign > 0.0 { &mut ours } else { &mut theirs }) += depth * cost;
        }
        length(&self.gradient(&at, &scores, sides)) * f64::min(ours, theirs) / (ours + theirs)
    }

    fn scores(&self, at: &[f64]) -> Vec<f64> {
        self.rows.outer_iter().map(|row| dot(row.to_slice().unwrap_or_default(), at)).collect()
    }

    /// Newton's step: down the gradient, by the curvature of the rows inside.
    fn direction(&self, state: &mut State, sides: &Sides<'_>, gradient: Vec<f64>) -> Vec<f64> {
        let mut direction = gradient;
        direction.iter_mut().for_each(|slope| *slope = -*slope);
        self.refresh(state, sides);
        if let Some(products) = &state.products {
            let mut matrix = products.clone();
            matrix.diag_mut().iter_mut().zip(&self.ridge).for_each(|(cell, by)| *cell += by);
            Cholesky::of(matrix.view()).solve(&mut direction, 1);
        }
        direction
    }

    /// Adds to the curvature the rows that have come in, and takes out those that have gone.
    fn refresh(&self, state: &mut State, sides: &Sides<'_>) {
        let is_inside: Vec<bool> =
            self.depths(&state.scores, sides).map(|(depth, ..)| depth > 0.0).collect();
        let Some(products) = &mut state.products else { return };
        let changed = is_inside.iter().zip(&state.inside).filter(|(now, then)| now != then).count();
        if changed > is_inside.iter().filter(|is_inside| **is_inside).count() {
            products.fill(0.0);
            state.inside.fill(false);
        }
        let rows = is_inside.iter().zip(&state.inside).zip(&self.costs).enumerate();
        let times = rows.filter_map(|(row, ((now, then), cost))| match (now, then) {
            (true, false) => Some((row, 2.0 * cost)),
            (false, true) => Some((row, -2.0 * cost)),
            _ => None,
        });
        add_products(products, self.rows, times);
        state.inside = is_inside;
    }

    /// How far to go: to where the cost along the direction is least.
    fn step(&self, state: &State, sides: &Sides<'_>, direction: &[f64], along: &[f64]) -> f64 {
        let parts = state.at.iter().zip(direction).zip(&self.ridge);
        let (slope, bend) = parts.fold((0.0, 0.0), |(slope, bend), ((at, by), ridge)| {
            (slope + ridge * at * by, bend + ridge * by * by)
        });
        let sloped = |step: f64| {
            let mut sums = (slope + step * bend, bend);
            let facts = state.scores.iter().zip(along).zip(sides.signs);
            let facts = facts.zip(self.costs.iter().zip(sides.is_aside));
            for (((score, by), sign), (cost, is_aside)) in facts {
                let depth = 1.0 - sign * (score + step * by);
                let inside = if depth > 0.0 && !is_aside { 2.0 * cost } else { 0.0 };
                sums.0 -= inside * sign * by * depth;
                sums.1 += inside * by * by;
            }
            sums
        };
        let enough = FLAT * sloped(0.0).0.abs();
        let (mut short, mut long, mut step) = (0.0, f64::INFINITY, 1.0);
        for _ in 0..MOST_TRIALS {
            let (slope, bend) = sloped(step);
            if slope.abs() <= enough {
                return step;
            }
            if slope < 0.0 {
                short = step;
            } else {
                long = step;
            }
            let newton = step - slope / bend;
            let is_between = newton > short && newton < long;
            let middle = if long.is_finite() { f64::midpoint(short, long) } else { 2.0 * short };
            step = if is_between { newton } else { middle };
        }
        short
    }
}

fn length(gradient: &[f64]) -> f64 {
    dot(gradient, gradient).sqrt()
}

/// The cost as a function, for what has too many columns for its curvature.
struct Sided<'a> {
    hinge: &'a Hinge<'a>,
    sides: &'a Sides<'a>,
}

impl Smooth for Sided<'_> {
    fn value(&self, at: &[f64], gradient: &mut [f64]) -> f64 {
        let scores = self.hinge.scores(at);
        gradient.copy_from_slice(&self.hinge.gradient(at, &scores, self.sides));
        let ridge = at.iter().zip(&self.hinge.ridge).map(|(at, by)| 0.5 * by * at * at);
        let costs = self.hinge.depths(&scores, self.sides);
        ridge.sum::<f64>() + costs.map(|(depth, _, cost)| cost * depth * depth).sum::<f64>()
    }

    fn size(&self, gradient: &[f64]) -> f64 {
        length(gradient)
    }

    fn conditioned(&self, gradient: &mut [f64]) {
        let all = 2.0 * self.hinge.costs.iter().sum::<f64>();
        let slopes = gradient.iter_mut().zip(&self.hinge.ridge);
        slopes.for_each(|(slope, ridge)| *slope /= all + ridge);
    }

    fn progress(&self, _: usize) -> Result<(), ModelError> {
        Ok(())
    }
}

/// Divides each column but the last by its root mean square, and tells by what.
pub(super) fn scaled(rows: &mut Array2<f64>) -> Vec<f64> {
    let count = rows.nrows() as f64;
    let width = rows.ncols() - 1;
    let mut squares = vec![0.0; width];
    for row in rows.outer_iter() {
        squares.iter_mut().zip(row).for_each(|(square, cell)| *square += cell * cell / count);
    }
    let scale = |square: &f64| if *square > 0.0 { square.sqrt() } else { 1.0 };
    let scales: Vec<f64> = squares.iter().map(scale).collect();
    for mut row in rows.axis_iter_mut(Axis(0)) {
        row.iter_mut().zip(&scales).for_each(|(cell, scale)| *cell /= scale);
    }
    scales
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(width: usize) -> (Array2<f64>, Vec<f64>) {
        let cell = |row: usize, column: usize| ((row * 31 + column * 17) % 23) as f64 / 11.0 - 1.0;
        let rows = Array2::from_shape_fn((60, width), |(row, column)| {
            if column + 1 == width { 1.0 } else { cell(row, column) }
        });
        (rows, (0..60).map(|row| if row % 3 == 0 { 1.0 } else { -1.0 }).collect())
    }

    fn hinge(rows: &Array2<f64>) -> Hinge<'_> {
        Hinge { rows, costs: vec![0.5; rows.nrows()], ridge: vec![1.0; rows.ncols()] }
    }

    #[test]
    fn both_ways_lead_to_the_same() {
        let (rows, signs) = problem(4);
        let (hinge, nobody) = (hinge(&rows), [false; 60]);
        let sides = Sides { signs: &signs, is_aside: &nobody };
        let mut newton = hinge.start();
        assert!(hinge.solve(&mut newton, &sides, 1e-9, 50).unwrap().is_least);
        let mut other = State { products: None, ..hinge.start() };
        assert!(hinge.solve(&mut other, &sides, 1e-9, 500).unwrap().is_least);
        for (one, other) in newton.at.iter().zip(&other.at) {
            assert!((one - other).abs() < 1e-6, "{one} {other}");
        }
    }

    #[test]
    fn rows_put_aside_are_not_there() {
        let (rows, signs) = problem(4);
        let is_aside: Vec<bool> = (0..60).map(|row| row % 5 == 1).collect();
        let (all, nobody) = (hinge(&rows), [false; 60]);
        let mut state = all.start();
        all.solve(&mut state, &Sides { signs: &signs, is_aside: &nobody }, 1e-9, 50).unwrap();
        all.solve(&mut state, &Sides { signs: &signs, is_aside: &is_aside }, 1e-10, 50).unwrap();
        let left: Vec<usize> = (0..60).filter(|&row| !is_aside[row]).collect();
        let (rows, signs) =
            (rows.select(Axis(0), &left), left.iter().map(|&row| signs[row]).collect::<Vec<_>>());
        let few = hinge(&rows);
        let mut expected = few.start();
        let sides = Sides { signs: &signs, is_aside: &vec![false; left.len()] };
        few.solve(&mut expected, &sides, 1e-10, 50).unwrap();
        for (one, other) in state.at.iter().zip(&expected.at) {
            assert!((one - other).abs() < 1e-8, "{one} {other}");
        }
    }

    #[test]
    fn more_columns_than_have_a_curvature_are_solved_all_the_same() {
        let (rows, signs) = problem(WIDEST + 1);
        let (hinge, nobody) = (hinge(&rows), [false; 60]);
        let mut state = hinge.start();
        assert!(state.products.is_none());
        let sides = Sides { signs: &signs, is_aside: &nobody };
        assert!(hinge.solve(&mut state, &sides, 1e-6, 500).unwrap().is_least);
    }
}
