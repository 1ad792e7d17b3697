//! Lines of likenesses: how alike a row is to those in all places.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Slice};

use super::cache::Cache;
use super::kernel::{Likeness, squares};
use crate::linear::BLOCK_ROWS;

/// Rows in places, and the likenesses that were made of them.
pub(crate) struct Lines {
    rows: Array2<f64>,
    /// The product of each row with itself.
    squares: Vec<f64>,
    /// How alike each is to itself.
    owns: Vec<f64>,
    likeness: Likeness,
    /// As what the row at each place is known.
    names: Vec<usize>,
    cache: Cache,
}

impl Lines {
    /// Of rows that are known by where they stand now, with so many bytes to keep lines in.
    pub(crate) fn new(rows: Array2<f64>, likeness: Likeness, bytes: usize) -> Self {
        let squares = squares(rows.view());
        Self {
            owns: squares.iter().map(|&square| likeness.of(square, square, square)).collect(),
            cache: Cache::new(squares.len(), bytes),
            names: (0..squares.len()).collect(),
            squares,
            rows,
            likeness,
        }
    }

    /// As what the row at a place is known.
    pub(super) fn name(&self, place: usize) -> usize {
        self.names[place]
    }

    /// How alike the row at a place is to itself.
    pub(super) fn own(&self, place: usize) -> f64 {
        self.owns[place]
    }

    /// How alike it is to those in the first places.
    pub(super) fn line(&mut self, place: usize, length: usize) -> &[f32] {
        self.line_and_owns(place, length).0
    }

    /// And how alike those are to themselves.
    pub(super) fn line_and_owns(&mut self, place: usize, length: usize) -> (&[f32], &[f64]) {
        let Self { rows, squares, likeness, .. } = self;
        let line = self.cache.line(self.names[place], length, |from, line| {
            let others = rows.slice_axis(Axis(0), Slice::from(from..length));
            append(*likeness, rows.row(place), squares[place], others, &squares[from..], line);
        });
        (line, &self.owns)
    }

    pub(super) fn swap(&mut self, first: usize, second: usize) {
        self.cache.swap(first.min(second), first.max(second));
        self.names.swap(first, second);
        self.squares.swap(first, second);
        self.owns.swap(first, second);
        for column in 0..self.rows.ncols() {
            self.rows.swap((first, column), (second, column));
        }
    }

    /// Takes from each of `slopes`, from a place on, what all parts make there.
    pub(super) fn subtract(&self, parts: &[f64], from: usize, slopes: &mut [f64]) {
        let mut others = Vec::new();
        for (place, part) in parts.iter().enumerate().filter(|(_, part)| **part != 0.0) {
            match self.cache.kept(self.names[place], slopes.len()) {
                Some(line) => {
                    let behind = slopes.iter_mut().zip(line).skip(from);
                    behind.for_each(|(slope, likeness)| *slope -= part * f64::from(*likeness));
                }
                None => others.push(place),
            }
        }
        let supports = self.rows.select(Axis(0), &others);
        for start in (from..slopes.len()).step_by(BLOCK_ROWS) {
            let end = slopes.len().min(start + BLOCK_ROWS);
            let rows = self.rows.slice_axis(Axis(0), Slice::from(start..end));
            let products = rows.dot(&supports.t());
            let facts = slopes[start..end].iter_mut().zip(&self.squares[start..end]);
            for ((slope, &square), products) in facts.zip(products.outer_iter()) {
                for (&product, &other) in products.iter().zip(&others) {
                    // Rounded as lines are: or slopes would differ by rounding, and small tolerances never be met.
                    let likeness = self.likeness.of(product, square, self.squares[other]) as f32;
                    *slope -= parts[other] * f64::from(likeness);
                }
            }
        }
    }
}

fn append(
    likeness: Likeness,
    row: ArrayView1<'_, f64>,
    square: f64,
    others: ArrayView2<'_, f64>,
    squares: &[f64],
    line: &mut Vec<f32>,
) {
    let products = others.dot(&row);
    let alike = products.iter().zip(squares);
    line.extend(alike.map(|(&product, &other)| likeness.of(product, square, other) as f32));
}
