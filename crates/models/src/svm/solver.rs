//! The machine of two classes: sequential minimal optimisation with pairs chosen by second order (Fan, Chen and Lin, 2005),
//! rows that have come to rest left out, and lines of likenesses kept.
//!
//! A row's part is what it weighs in the score, with the sign of its class; parts sum up to 0. `slopes` are how much the
//! goal would gain by a part: each step gives to a row of high slope what it takes from one of low slope.

use super::lines::Lines;
use crate::ModelError;

/// Steps between looks for rows at rest, unless there are fewer rows.
const STEPS_BETWEEN: usize = 1000;
/// How many tolerances from the end all rows are looked at once more, since some may have been left out wrongly.
const NEAR: f64 = 10.0;
/// The least curvature between two rows: equal ones, or kernels that are none, have none or less.
const LEAST_BEND: f64 = 1e-12;
/// Steps between two signs of life.
const STEPS_A_REPORT: usize = 4096;

/// Rows of two classes, in places that change: those still at work are first.
pub(crate) struct Solver {
    lines: Lines,
    /// 1 or -1: the row's class.
    signs: Vec<f64>,
    /// The least and the most that each part may be.
    least: Vec<f64>,
    most: Vec<f64>,
    parts: Vec<f64>,
    slopes: Vec<f64>,
    /// How many rows are still at work.
    working: usize,
}

/// How far to go.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// By how much slopes may differ at the end.
    pub(crate) tolerance: f64,
    pub(crate) steps: usize,
}

/// What was found, by what rows are known as.
pub(crate) struct Solution {
    pub(crate) parts: Vec<f64>,
    pub(crate) intercept: f64,
    /// The score of each row, those without a bound included.
    pub(crate) scores: Vec<f64>,
    pub(crate) is_least: bool,
}

impl Solver {
    pub(super) fn new(lines: Lines, signs: Vec<f64>) -> Self {
        let count = signs.len();
        Self {
            lines,
            least: vec![0.0; count],
            most: vec![0.0; count],
            parts: vec![0.0; count],
            slopes: signs.clone(),
            signs,
            working: count,
        }
    }

    /// Rows of one class alone, which their parts hold against nothing: no part is less than 0 or more than 1, and all
    /// together stay `total`, which the first rows are given.
    pub(crate) fn of_one_class(lines: Lines, count: usize, total: f64) -> Self {
        let mut solver = Self::new(lines, vec![0.0; count]);
        solver.most = vec![1.0; count];
        let parts = (0..count).map(|place| (total - place as f64).clamp(0.0, 1.0));
        solver.parts = parts.collect();
        let Self { lines, parts, slopes, .. } = &mut solver;
        lines.subtract(parts, 0, slopes);
        solver
    }

    /// Finds the parts, none of a row larger than its bound: with a bound of 0, a row is not there, and only scored. Goes
    /// on from what was found before, as far as the bounds still allow.
    pub(super) fn solve(
        &mut self,
        bound_of: impl Fn(usize) -> f64,
        bounds: Bounds,
        alive: impl Fn() -> Result<(), ModelError>,
    ) -> Result<Solution, ModelError> {
        self.bound(bound_of);
        self.descend(bounds, alive)
    }

    /// The same, within the bounds that there are.
    pub(crate) fn descend(
        &mut self,
        bounds: Bounds,
        alive: impl Fn() -> Result<(), ModelError>,
    ) -> Result<Solution, ModelError> {
        let (mut is_least, mut is_near) = (false, false);
        let between = STEPS_BETWEEN.min(self.signs.len()).max(1);
        for step in 0..bounds.steps {
            if step % STEPS_A_REPORT == 0 {
                alive()?;
            }
            if step % between == 0 {
                self.rest(bounds.tolerance, &mut is_near);
            }
            let mut pair = self.pair(bounds.tolerance);
            if pair.is_none() {
                self.wake();
                pair = self.pair(bounds.tolerance);
            }
            let Some(pair) = pair else {
                is_least = true;
                break;
            };
            self.step(pair);
        }
        self.wake();
        Ok(self.solution(is_least))
    }

    /// Sets the bounds, cuts parts to them, and evens out what was cut.
    fn bound(&mut self, bound_of: impl Fn(usize) -> f64) {
        let mut parts = self.parts.clone();
        for (place, part) in parts.iter_mut().enumerate() {
            let bound = bound_of(self.lines.name(place));
            let is_first = self.signs[place] > 0.0;
            let (least, most) = if is_first { (0.0, bound) } else { (-bound, 0.0) };
            (self.least[place], self.most[place]) = (least, most);
            *part = part.clamp(least, most);
        }
        let mut excess: f64 = parts.iter().sum();
        for part in &mut parts {
            if *part * excess > 0.0 {
                let cut = if part.abs() < excess.abs() { *part } else { excess };
                *part -= cut;
                excess -= cut;
            }
        }
        for (place, part) in parts.into_iter().enumerate() {
            let way = part - std::mem::replace(&mut self.parts[place], part);
            if way != 0.0 {
                self.follow(place, way);
            }
        }
    }

    /// Changes the slopes at work by what a part has changed.
    fn follow(&mut self, place: usize, way: f64) {
        let line = self.lines.line(place, self.working);
        for (slope, likeness) in self.slopes.iter_mut().zip(line) {
            *slope -= way * f64::from(*likeness);
        }
    }

    /// The rows whose exchange promises most: the one with the highest slope that may have more, and the one with which a
    /// step gains most. Nothing if slopes are equal up to the tolerance.
    fn pair(&mut self, tolerance: f64) -> Option<Pair> {
        let working = self.working;
        let candidates = self.slopes[..working].iter().zip(&self.parts).zip(&self.most).enumerate();
        let (up, top) = candidates.fold((None, f64::NEG_INFINITY), |best, (place, at)| {
            let ((&slope, part), most) = at;
            if part < most && slope > best.1 { (Some(place), slope) } else { best }
        });
        let up = up?;
        let own = self.lines.own(up);
        let (line, owns) = self.lines.line_and_owns(up, working);
        let candidates = self.slopes[..working].iter().zip(&self.parts).zip(&self.least);
        let (mut best, mut lowest) = ((None, 0.0, 0.0), f64::INFINITY);
        for (place, (((&slope, part), least), (likeness, other))) in
            candidates.zip(line.iter().zip(owns)).enumerate()
        {
            let apart = top - slope;
            if part <= least || apart <= 0.0 {
                continue;
            }
            lowest = slope.min(lowest);
            let bend = (own + other - 2.0 * f64::from(*likeness)).max(LEAST_BEND);
            let gain = apart * apart / bend;
            if gain > best.1 {
                best = (Some(place), gain, apart / bend);
            }
        }
        let (down, _, way) = best;
        let down = down?;
        (top - lowest > tolerance).then_some(Pair { up, down, way })
    }

    fn step(&mut self, Pair { up, down, way }: Pair) {
        let (room, stock) = (self.most[up] - self.parts[up], self.parts[down] - self.least[down]);
        let way = way.min(room).min(stock);
        // Bounds are met exactly, or rounding would keep rows at work that have come to rest.
        self.parts[up] = if way == room { self.most[up] } else { self.parts[up] + way };
        self.parts[down] = if way == stock { self.least[down] } else { self.parts[down] - way };
        self.follow(up, way);
        self.follow(down, -way);
    }

    /// The highest slope of what may have more, and the lowest of what may have less.
    fn range(&self) -> (f64, f64) {
        (0..self.working).fold((f64::NEG_INFINITY, f64::INFINITY), |(top, bottom), place| {
            let (part, slope) = (self.parts[place], self.slopes[place]);
            let top = if part < self.most[place] { slope.max(top) } else { top };
            let bottom = if part > self.least[place] { slope.min(bottom) } else { bottom };
            (top, bottom)
        })
    }

    /// Leaves out rows whose parts are at a bound and whose slopes say that they will stay there.
    fn rest(&mut self, tolerance: f64, is_near: &mut bool) {
        let (mut top, mut bottom) = self.range();
        if !*is_near && top - bottom <= NEAR * tolerance {
            *is_near = true;
            self.wake();
            (top, bottom) = self.range();
        }
        let mut place = 0;
        while place < self.working {
            let (part, slope) = (self.parts[place], self.slopes[place]);
            let has_all = part >= self.most[place];
            let has_none = part <= self.least[place];
            let is_resting = (has_all || slope < bottom) && (has_none || slope > top);
            if is_resting && (has_all || has_none) {
                self.working -= 1;
                self.swap(place, self.working);
            } else {
                place += 1;
            }
        }
    }

    fn swap(&mut self, first: usize, second: usize) {
        if first == second {
            return;
        }
        self.lines.swap(first, second);
        for facts in
            [&mut self.signs, &mut self.least, &mut self.most, &mut self.parts, &mut self.slopes]
        {
            facts.swap(first, second);
        }
    }

    /// Brings all rows back to work, with slopes as they have become.
    fn wake(&mut self) {
        let from = self.working;
        if from < self.signs.len() {
            self.slopes[from..].copy_from_slice(&self.signs[from..]);
            self.lines.subtract(&self.parts, from, &mut self.slopes);
            self.working = self.signs.len();
        }
    }

    fn solution(&self, is_least: bool) -> Solution {
        let count = self.signs.len();
        let intercept = self.intercept();
        let (mut parts, mut scores) = (vec![0.0; count], vec![0.0; count]);
        for place in 0..count {
            let name = self.lines.name(place);
            parts[name] = self.parts[place];
            scores[name] = self.signs[place] - self.slopes[place] + intercept;
        }
        Solution { parts, intercept, scores, is_least }
    }

    /// What all slopes at neither bound are, up to the tolerance. Where there is none, what lies between the others; with
    /// one class alone, its sign.
    fn intercept(&self) -> f64 {
        let is_free = |&place: &usize| {
            self.parts[place] < self.most[place] && self.parts[place] > self.least[place]
        };
        let free = (0..self.signs.len()).filter(is_free);
        let (count, sum) =
            free.fold((0.0, 0.0), |(count, sum), place| (count + 1.0, sum + self.slopes[place]));
        if count > 0.0 {
            return sum / count;
        }
        match self.range() {
            (top, bottom) if top.is_finite() && bottom.is_finite() => f64::midpoint(top, bottom),
            (top, _) if top.is_finite() => top,
            (_, bottom) if bottom.is_finite() => bottom,
            _ => 0.0,
        }
    }
}

/// Which row gets how much from which, if bounds allow.
struct Pair {
    up: usize,
    down: usize,
    way: f64,
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, Axis};

    use super::*;
    use crate::svm::kernel::{Kernel, Likeness};

    const BOUNDS: Bounds = Bounds { tolerance: 1e-6, steps: 100_000 };

    fn problem(count: usize) -> (Array2<f64>, Vec<f64>) {
        let cell = |row: usize, column: usize| ((row * 37 + column * 19) % 29) as f64 / 14.0 - 1.0;
        let rows = Array2::from_shape_fn((count, 3), |(row, column)| cell(row, column));
        let sign = |row: usize| if (row * 7) % 10 < 4 { 1.0 } else { -1.0 };
        (rows, (0..count).map(sign).collect())
    }

    fn solver(rows: &Array2<f64>, signs: &[f64], bytes: usize) -> Solver {
        let likeness = Likeness { kernel: Kernel::Rbf, gamma: 1.0, degree: 0, offset: 0.0 };
        Solver::new(Lines::new(rows.clone(), likeness, bytes), signs.to_vec())
    }

    fn near(one: &[f64], other: &[f64]) {
        assert_eq!(one.len(), other.len());
        for (one, other) in one.iter().zip(other) {
            assert!((one - other).abs() < 1e-4, "{one} {other}");
        }
    }

    #[test]
    fn rows_lie_as_their_parts_say() {
        let (rows, signs) = problem(300);
        let found = solver(&rows, &signs, 1 << 20).solve(|_| 2.0, BOUNDS, || Ok(())).unwrap();
        assert!(found.is_least && found.parts.iter().sum::<f64>().abs() < 1e-9);
        for ((part, score), sign) in found.parts.iter().zip(&found.scores).zip(&signs) {
            let (part, margin) = (part * sign, score * sign);
            assert!((0.0..=2.0).contains(&part));
            let is_right = if part == 0.0 {
                margin >= 1.0 - 1e-5
            } else if part == 2.0 {
                margin <= 1.0 + 1e-5
            } else {
                (margin - 1.0).abs() < 1e-5
            };
            assert!(is_right, "{part} {margin}");
        }
    }

    #[test]
    fn little_memory_changes_nothing() {
        let (rows, signs) = problem(120);
        let solve = |bytes| solver(&rows, &signs, bytes).solve(|_| 5.0, BOUNDS, || Ok(())).unwrap();
        near(&solve(0).scores, &solve(1 << 20).scores);
    }

    #[test]
    fn rows_put_aside_are_scored_as_by_others() {
        let (rows, signs) = problem(200);
        let mut all = solver(&rows, &signs, 1 << 20);
        all.solve(|_| 1.0, BOUNDS, || Ok(())).unwrap();
        let bound = |row: usize| if row % 5 == 2 { 0.0 } else { 1.0 };
        let warm = all.solve(bound, BOUNDS, || Ok(())).unwrap();
        let left: Vec<usize> = (0..200).filter(|row| row % 5 != 2).collect();
        let few = rows.select(Axis(0), &left);
        let few_signs: Vec<f64> = left.iter().map(|&row| signs[row]).collect();
        let cold = solver(&few, &few_signs, 1 << 20).solve(|_| 1.0, BOUNDS, || Ok(())).unwrap();
        let scores: Vec<f64> = left.iter().map(|&row| warm.scores[row]).collect();
        near(&scores, &cold.scores);
        assert!(warm.parts.iter().enumerate().all(|(row, part)| row % 5 != 2 || *part == 0.0));
    }

    #[test]
    fn one_class_alone_scores_its_sign() {
        let (rows, _) = problem(5);
        for sign in [1.0, -1.0] {
            let found = solver(&rows, &[sign; 5], 0).solve(|_| 1.0, BOUNDS, || Ok(())).unwrap();
            assert_eq!(found.scores, [sign; 5]);
        }
    }

    #[test]
    fn rows_of_one_class_lie_as_their_parts_say() {
        let (rows, _) = problem(300);
        let likeness = Likeness { kernel: Kernel::Rbf, gamma: 1.0, degree: 0, offset: 0.0 };
        let lines = Lines::new(rows, likeness, 1 << 14);
        let found = Solver::of_one_class(lines, 300, 30.5).descend(BOUNDS, || Ok(())).unwrap();
        assert!(found.is_least && (found.parts.iter().sum::<f64>() - 30.5).abs() < 1e-9);
        for (&part, &score) in found.parts.iter().zip(&found.scores) {
            let is_right = if part == 0.0 {
                score >= -1e-5
            } else if part == 1.0 {
                score <= 1e-5
            } else {
                (0.0..1.0).contains(&part) && score.abs() < 1e-5
            };
            assert!(is_right, "{part} {score}");
        }
    }

    #[test]
    fn steps_have_an_end() {
        let (rows, signs) = problem(300);
        let bounds = Bounds { steps: 3, ..BOUNDS };
        let found = solver(&rows, &signs, 0).solve(|_| 1.0, bounds, || Ok(())).unwrap();
        assert!(!found.is_least);
    }
}
