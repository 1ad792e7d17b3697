//! Heat maps: how much there is of each pair of names.

use serde::Serialize;

use super::Form;
use crate::characters::{fit, right, shade, widest};
use crate::chart::Chart;
use crate::chart::scene::written;
use crate::chart::trim::{MOST_CELLS, Trim, named};
use crate::error::ReportError;
use crate::number::Unit;
use crate::table::{Column, Table};

/// A value for each pair of a row and a column: who is taken for what, who talks to whom.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heat {
    pub(crate) rows: Vec<String>,
    pub(crate) columns: Vec<String>,
    pub(crate) values: Vec<Vec<f64>>,
    pub(crate) unit: Unit,
    pub(crate) is_log: bool,
}

impl Heat {
    /// A value for each row and column, in rows.
    #[must_use]
    pub const fn of(rows: Vec<String>, columns: Vec<String>, values: Vec<Vec<f64>>) -> Self {
        Self { rows, columns, values, unit: Unit::Count, is_log: false }
    }

    /// What the values are; counts by default.
    #[must_use]
    pub const fn in_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// Shades by ratios, for values over many magnitudes.
    #[must_use]
    pub const fn log(mut self) -> Self {
        self.is_log = true;
        self
    }

    /// How dark a value is, from 0 for the least to 1 for the most; nothing for what is no number.
    pub(crate) fn part(&self, value: f64) -> Option<f64> {
        let (least, most) = self.ends();
        let weigh = |value: f64| if self.is_log { (value - least).ln_1p() } else { value - least };
        let part = if most > least { weigh(value) / weigh(most) } else { 0.0 };
        value.is_finite().then_some(part)
    }

    /// A value in a square so wide: counts to the last digit, where there is room.
    pub(crate) fn told(&self, value: f64, width: f64) -> String {
        let exact = self.unit.exact(value);
        let is_exact = self.unit == Unit::Count && written(&exact) < width - 4.0;
        if is_exact { exact } else { self.unit.short(value) }
    }

    /// The least (0 where nothing is below) and the most.
    pub(crate) fn ends(&self) -> (f64, f64) {
        let values = self.values.iter().flatten().filter(|value| value.is_finite());
        values.fold((0.0, 0.0), |(least, most), value| (value.min(least), value.max(most)))
    }
}

impl Form for Heat {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        trim.equal("rows of a heat map", self.values.len(), self.rows.len())?;
        for row in &self.values {
            trim.equal("values of a row of a heat map", row.len(), self.columns.len())?;
        }
        trim.first("rows", &mut self.rows, MOST_CELLS);
        trim.first("columns", &mut self.columns, MOST_CELLS);
        self.values.truncate(MOST_CELLS);
        self.values.iter_mut().for_each(|row| row.truncate(MOST_CELLS));
        named(&mut self.rows);
        named(&mut self.columns);
        Ok(self)
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let heading = if chart.y.label.is_empty() { "Row" } else { chart.y.label.as_str() };
        let mut columns = vec![Column::text(heading)];
        columns.extend(self.columns.iter().map(|name| Column::number(name.as_str(), self.unit)));
        let mut table = Table::new(chart.title(), columns);
        for (name, values) in self.rows.iter().zip(&self.values) {
            let mut row = vec![name.as_str().into()];
            row.extend(values.iter().map(|value| (*value).into()));
            table.push(row)?;
        }
        Ok(table)
    }

    fn text(&self, _: &Chart, width: usize) -> String {
        let told = |value: &f64| self.unit.short(*value);
        let told: Vec<Vec<_>> =
            self.values.iter().map(|row| row.iter().map(told).collect()).collect();
        let names = widest(self.rows.iter().map(String::as_str), width / 3);
        let heads = self.columns.iter().map(String::as_str);
        let cell = widest(told.iter().flatten().map(String::as_str).chain(heads), 9) + 1;
        let has_room = names + cell * self.columns.len() <= width;
        let row = |at: usize| -> String {
            match has_room {
                true => told[at].iter().map(|told| right(told, cell)).collect(),
                false => self.values[at].iter().map(|v| self.part(*v).map_or(' ', shade)).collect(),
            }
        };
        let line = |(at, name): (usize, &String)| format!("{}{}\n", fit(name, names), row(at));
        let mut text = String::new();
        if has_room {
            let heads = self.columns.iter().map(|name| right(fit(name, cell - 1).trim_end(), cell));
            text = format!("{}{}\n", fit("", names), heads.collect::<String>());
        }
        self.rows.iter().enumerate().map(line).fold(text, |text, line| text + &line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(names: &[&str], values: &[&[f64]]) -> Heat {
        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
        Heat::of(names.clone(), names, values.iter().map(|row| row.to_vec()).collect())
    }

    #[test]
    fn numbers_stand_below_their_names_where_there_is_room() {
        let heat = square(&["a", "bb"], &[&[12.0, 0.0], &[3.0, 4.0]]);
        let chart = Chart::new("t", "", heat).unwrap();
        assert_eq!(chart.text(24), "t\n    a bb\na  12  0\nbb  3  4\n");
    }

    #[test]
    fn shades_stand_where_there_is_none() {
        let names: Vec<_> = (0..30).map(|at| format!("host {at}")).collect();
        let mut values = vec![vec![0.0; 30]; 30];
        values[0][1] = 8.0;
        values[0][2] = f64::NAN;
        let chart = Chart::new("t", "", Heat::of(names.clone(), names, values)).unwrap();
        let text = chart.text(40);
        assert_eq!(text.lines().nth(1).unwrap(), format!("host 0 ·█ {}", "·".repeat(27)));
    }

    #[test]
    fn a_square_has_all_its_values() {
        let error = Chart::new("t", "", square(&["a", "b"], &[&[1.0, 2.0], &[3.0]])).unwrap_err();
        assert!(error.to_string().contains("values of a row of a heat map are 1, and must be 2"));
    }

    #[test]
    fn parts_are_linear_or_by_ratio() {
        let heat = square(&["a", "b"], &[&[0.0, 50.0], &[f64::NAN, 100.0]]);
        let parts = [0.0, 50.0, f64::NAN, 100.0].map(|value| heat.part(value));
        assert_eq!(parts, [Some(0.0), Some(0.5), None, Some(1.0)]);
        assert!(heat.log().part(50.0).unwrap() > 0.8);
        assert_eq!(square(&["a"], &[&[0.0]]).part(0.0), Some(0.0));
    }
}
