//! Contributions to what any model says, by asking it about rows that are partly of one kind and partly of another.

use ndarray::{Array1, Array2, Axis};
use netsift_data::{Chance, Classes, Dataset, Field, Schema};

use crate::{ModelError, Predictor};

/// Cells of rows that are asked about at once: they bound the memory, however many columns there are.
const MOST_CELLS: usize = 1 << 20;

/// Rows of what is usual, and in which orders columns are made those of a row.
///
/// A row of the background becomes the row in question column by column, in an order drawn by chance, and once more in the
/// opposite order, which takes much of the chance out (Mitchell et al. 2022). What the model's answer changes by at each
/// step is the column's. All steps together lead from one row to the other, so contributions add up whatever chance does.
pub(super) struct Sampler<'a> {
    predictor: &'a Predictor,
    /// The columns that go in, with the texts of both.
    schema: Schema,
    background: Array2<f64>,
    /// How probable each class is for each row of the background.
    told: Array2<f64>,
    orders: Vec<Vec<usize>>,
}

impl<'a> Sampler<'a> {
    /// For rows of these columns. Only some columns matter: others stay as they are.
    pub(super) fn new(
        predictor: &'a Predictor,
        background: &Dataset,
        rows: &Dataset,
        matter: &[usize],
        seed: u64,
    ) -> Result<Self, ModelError> {
        let (schema, background) = joined(background, rows.schema())?;
        let data = Dataset::new(schema.clone(), background.clone())?;
        let orders = (0..background.nrows()).map(|pair| {
            let mut order = matter.to_vec();
            Chance::seeded(seed.wrapping_add((pair as u64) << 32)).shuffle(&mut order);
            order
        });
        let orders = orders.collect();
        let told = predictor.answer(&data, 1)?.probabilities;
        Ok(Self { predictor, schema, background, told, orders })
    }

    /// What each column contributes to the probability of a class, and how probable the class is for the background on
    /// average.
    pub(super) fn contributions(
        &self,
        row: &[f64],
        class: u32,
    ) -> Result<(f64, Vec<f64>), ModelError> {
        let paths = self.paths(row, class);
        let mut told = self.ask(row, class, &paths)?.into_iter();
        let own = told.next().unwrap_or(0.0);
        let mut values = vec![0.0; row.len()];
        for path in &paths {
            let mut before = path.start;
            for (place, column) in path.order.iter().enumerate() {
                let is_last = place + 1 == path.order.len();
                let now = if is_last { own } else { told.next().unwrap_or(own) };
                if let Some(value) = values.get_mut(*column) {
                    *value += (now - before) / paths.len() as f64;
                }
                before = now;
            }
        }
        let base: f64 = paths.iter().map(|path| path.start).sum();
        Ok((base / paths.len() as f64, values))
    }

    /// There and, the other way round, there again, from each row of the background. Cells that are the same in both rows
    /// change nothing.
    fn paths(&self, row: &[f64], class: u32) -> Vec<Path> {
        let usual = self.background.rows().into_iter().zip(self.told.rows());
        let paths =
            self.orders.iter().zip(usual).enumerate().flat_map(|(from, (order, (usual, told)))| {
                let start = told.get(class as usize).copied().unwrap_or(0.0);
                let differs = |place: &usize| !is_same(row.get(*place), usual.get(*place));
                let order: Vec<usize> = order.iter().copied().filter(differs).collect();
                let opposite = order.iter().rev().copied().collect();
                [order, opposite].map(|order| Path { from, start, order })
            });
        paths.collect()
    }

    /// How probable the class is for the row itself, and for all between on each path.
    fn ask(&self, row: &[f64], class: u32, paths: &[Path]) -> Result<Vec<f64>, ModelError> {
        let (mut cells, mut told) = (row.to_vec(), Vec::new());
        for path in paths {
            let mut now = self.background.index_axis(Axis(0), path.from).to_vec();
            let between = path.order.split_last().map_or(&[][..], |(_, between)| between);
            for &place in between {
                if let (Some(to), Some(&cell)) = (now.get_mut(place), row.get(place)) {
                    *to = cell;
                }
                cells.extend(&now);
                if cells.len() >= MOST_CELLS {
                    self.flush(&mut cells, class, &mut told)?;
                }
            }
        }
        self.flush(&mut cells, class, &mut told)?;
        Ok(told)
    }

    fn flush(
        &self,
        cells: &mut Vec<f64>,
        class: u32,
        told: &mut Vec<f64>,
    ) -> Result<(), ModelError> {
        let cells = std::mem::take(cells);
        let (expected, found) = (self.schema.len(), cells.len());
        let rows = found.checked_div(expected).unwrap_or(0);
        if rows == 0 {
            return Ok(());
        }
        let matrix = Array2::from_shape_vec((rows, expected), cells)
            .map_err(|_| ModelError::Shape { what: "cells", expected, found })?;
        let data = Dataset::new(self.schema.clone(), matrix)?;
        let answer = self.predictor.answer(&data, 1)?;
        let column = answer.probabilities.axis_iter(Axis(1)).nth(class as usize);
        told.extend(column.into_iter().flatten());
        Ok(())
    }
}

/// A way from a row of the background to the one in question.
struct Path {
    /// Which row of the background.
    from: usize,
    /// How probable the class is for it.
    start: f64,
    /// The columns, one behind the other.
    order: Vec<usize>,
}

fn is_same(one: Option<&f64>, other: Option<&f64>) -> bool {
    one == other || one.zip(other).is_some_and(|(one, other)| one.is_nan() && other.is_nan())
}

/// The background's cells as rows of the other columns are read: texts have the numbers that they have there, and those
/// that are not there come behind.
fn joined(background: &Dataset, schema: &Schema) -> Result<(Schema, Array2<f64>), ModelError> {
    let mut fields = Vec::new();
    let mut cells = Array2::zeros((background.rows(), schema.len()));
    for (field, mut to) in schema.fields().iter().zip(cells.columns_mut()) {
        let place = background.schema().place(&field.name)?;
        let from = background.column(place).map_or_else(|| Array1::zeros(0), |it| it.to_owned());
        let own = background.schema().fields().get(place).and_then(Field::texts);
        let (Some(texts), Some(own)) = (field.texts(), own) else {
            to.iter_mut().zip(&from).for_each(|(to, cell)| *to = *cell);
            fields.push(field.clone());
            continue;
        };
        let others: Vec<&str> = own.names().filter(|text| texts.number(text).is_none()).collect();
        let all = Classes::new(texts.names().chain(others))?;
        let number = |cell: f64| own.name(cell as u32).and_then(|text| all.number(text));
        for (to, &cell) in to.iter_mut().zip(&from) {
            let known = Some(cell).filter(|cell| !cell.is_nan()).and_then(number);
            *to = known.map_or(f64::NAN, f64::from);
        }
        fields.push(Field::text(&field.name, all));
    }
    Ok((Schema::new(fields)?, cells))
}
