//! Swarms: many numbers of what has names, each with how large something else is.

use serde::Serialize;

use super::Form;
use super::boxes::Quantiles;
use crate::characters::{fit, shade, widest};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::trim::{MOST_NAMES, MOST_ROW_DOTS, Trim, named};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// Rows of dots that make room for each other: what columns contribute to predictions, coloured by their values.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Swarm {
    pub(crate) rows: Vec<Row>,
}

/// A row of a swarm.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub(crate) name: String,
    pub(crate) dots: Vec<(f64, f64)>,
}

impl Swarm {
    /// These rows.
    #[must_use]
    pub const fn of(rows: Vec<Row>) -> Self {
        Self { rows }
    }

    /// From the least to the most, with 0 between them.
    pub(crate) fn scale(&self, chart: &Chart) -> Scale {
        let places = self.rows.iter().flat_map(|row| row.dots.iter().map(|dot| dot.0));
        Scale::of(&chart.x, places.chain([0.0]), false)
    }
}

impl Row {
    /// Dots with a name: where each stands, and how large, from 0 to 1, it is in what colours tell.
    #[must_use]
    pub fn new(name: impl Into<String>, dots: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), dots }
    }

    /// Its dots with how far each is moved off the middle, from -1 to 1, so that they do not hide each other.
    pub(crate) fn spread(&self, scale: &Scale) -> Vec<(f64, f64, f64)> {
        const COLUMNS: usize = 120;
        const TALLEST: f64 = 12.0;
        let mut taken = vec![0_usize; COLUMNS + 1];
        let spread = |(place, shade): &(f64, f64)| {
            let column = (scale.place(*place)? * COLUMNS as f64) as usize;
            let nth = taken.get_mut(column)?;
            // 0, then up and down in turns.
            let side = if nth.is_multiple_of(2) { 0.5 } else { -0.5 };
            let off = (nth.div_ceil(2) as f64 * side / TALLEST * 2.0).clamp(-1.0, 1.0);
            *nth += 1;
            Some((*place, *shade, off))
        };
        self.dots.iter().filter_map(spread).collect()
    }
}

impl Form for Swarm {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        trim.first("rows", &mut self.rows, MOST_NAMES);
        for row in &mut self.rows {
            named(std::slice::from_mut(&mut row.name));
            trim.numbers(&mut row.dots, |(place, shade)| place.is_finite() && shade.is_finite());
            row.dots.sort_by(|one, other| one.0.total_cmp(&other.0));
            trim.some(&mut row.dots, MOST_ROW_DOTS);
        }
        Ok(self)
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let mut columns = vec![Column::text("Name")];
        columns.extend(Quantiles::NAMES.map(|name| Column::number(name, chart.x.unit)));
        let mut table = Table::new(chart.title(), columns);
        for row in &self.rows {
            let places: Vec<_> = row.dots.iter().map(|dot| dot.0).collect();
            let mut cells = vec![row.name.as_str().into()];
            match Quantiles::of(&places) {
                Some(quantiles) => cells.extend(quantiles.all().map(Into::into)),
                None => cells.extend(Quantiles::NAMES.map(|_| None::<f64>.into())),
            }
            table.push(cells)?;
        }
        Ok(table)
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        let names = widest(self.rows.iter().map(|row| row.name.as_str()), width / 3);
        let room = width.saturating_sub(names + 1).max(8);
        let scale = self.scale(chart);
        let strip = |row: &Row| {
            let mut counts = vec![0_u32; room];
            for place in row.dots.iter().filter_map(|dot| scale.place(dot.0)) {
                counts[((place * room as f64) as usize).min(room - 1)] += 1;
            }
            let most = counts.iter().copied().max().unwrap_or(0).max(1);
            let dot = |count: u32| {
                if count == 0 { ' ' } else { shade(f64::from(count) / f64::from(most)) }
            };
            counts.into_iter().map(dot).collect::<String>()
        };
        let line = |row: &Row| format!("{} {}", fit(&row.name, names), strip(row));
        self.rows.iter().map(|row| line(row).trim_end().to_owned() + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_are_as_dark_as_dots_are_near() {
        let rows = vec![Row::new("a", vec![(0.0, 0.0), (0.0, 1.0), (10.0, 0.5)])];
        let text = Chart::new("t", "", Swarm::of(rows)).unwrap().text(24);
        assert_eq!(text.lines().nth(1).unwrap(), format!("a █{}▓", " ".repeat(20)));
    }

    #[test]
    fn dots_of_one_place_make_room_for_each_other() {
        let row = Row::new("a", vec![(1.0, 0.0); 5]);
        let scale = Scale::of(&crate::chart::Axis::default(), [0.0, 2.0].into_iter(), true);
        let mut off: Vec<_> = row.spread(&scale).into_iter().map(|dot| dot.2).collect();
        off.sort_by(f64::total_cmp);
        off.dedup();
        assert_eq!(off.len(), 5);
        assert_eq!(off[2], 0.0);
    }
}
