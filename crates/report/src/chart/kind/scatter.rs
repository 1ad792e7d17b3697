//! Scatter charts: two numbers of many things.

use serde::Serialize;

use super::Form;
use crate::characters::shade;
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::palette::SERIES;
use crate::chart::trim::{MOST_DOTS, Trim, named};
use crate::error::ReportError;
use crate::number::Unit;
use crate::table::{Column, Table};

/// A dot for each thing, in series that have names.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Scatter {
    pub(crate) series: Vec<(String, Vec<(f64, f64)>)>,
}

impl Scatter {
    /// These dots.
    #[must_use]
    pub const fn of(series: Vec<(String, Vec<(f64, f64)>)>) -> Self {
        Self { series }
    }

    /// All dots, whichever series they are of.
    pub(crate) fn dots(&self) -> impl Iterator<Item = (f64, f64)> + Clone {
        self.series.iter().flat_map(|(_, dots)| dots.iter().copied())
    }
}

impl Form for Scatter {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        // What is filled has no broken lines to tell a colour's second series by.
        trim.first("series", &mut self.series, SERIES);
        let each = MOST_DOTS / self.series.len().max(1);
        for (name, dots) in &mut self.series {
            named(std::slice::from_mut(name));
            trim.numbers(dots, |(x, y)| x.is_finite() && y.is_finite());
            trim.some(dots, each);
        }
        Ok(self)
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let (x, y) = (&chart.x, &chart.y);
        let mut columns = vec![Column::text("Series"), Column::number("Dots", Unit::Count)];
        for (axis, name) in [(x, "horizontal"), (y, "vertical")] {
            let name = if axis.label.is_empty() { name } else { axis.label.as_str() };
            let ends =
                ["least", "most"].map(|end| Column::number(format!("{name}, {end}"), axis.unit));
            columns.extend(ends);
        }
        let mut table = Table::new(chart.title(), columns);
        for (name, dots) in &self.series {
            let ends = |of: fn(&(f64, f64)) -> f64| {
                let least = dots.iter().map(of).reduce(f64::min);
                [least.into(), dots.iter().map(of).reduce(f64::max).into()]
            };
            let mut row = vec![name.as_str().into(), (dots.len() as u64).into()];
            row.extend(ends(|dot| dot.0).into_iter().chain(ends(|dot| dot.1)));
            table.push(row)?;
        }
        Ok(table)
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        const LINES: usize = 10;
        let x = Scale::of(&chart.x, self.dots().map(|dot| dot.0), false);
        let y = Scale::of(&chart.y, self.dots().map(|dot| dot.1), false);
        let mut counts = vec![vec![0_u32; width]; LINES];
        for (across, up) in self.dots().filter_map(|dot| Some((x.place(dot.0)?, y.place(dot.1)?))) {
            let line = LINES - 1 - ((up * LINES as f64) as usize).min(LINES - 1);
            counts[line][((across * width as f64) as usize).min(width - 1)] += 1;
        }
        let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
        let dot = |count: &u32| match count {
            0 => ' ',
            _ => shade(f64::from(*count) / f64::from(most)),
        };
        let line = |counts: &Vec<u32>| counts.iter().map(dot).collect::<String>();
        counts.iter().map(|counts| line(counts).trim_end().to_owned() + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_characters_stand_where_they_are() {
        let scatter = Scatter::of(vec![("a".into(), vec![(0.0, 0.0), (1.0, 1.0)])]);
        let text = Chart::new("t", "", scatter).unwrap().text(24);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            (lines.len(), lines[1], lines[10]),
            (11, format!("{}█", " ".repeat(23)).as_str(), "█")
        );
    }

    #[test]
    fn many_dots_become_few_and_those_that_are_none_are_left_out() {
        let mut dots: Vec<_> = (0..10_000).map(|at| (f64::from(at), 1.0)).collect();
        dots[7].1 = f64::NAN;
        let chart = Chart::new("t", "", Scatter::of(vec![("a".into(), dots)])).unwrap();
        let notes = ["1,200 of 9,999 dots are drawn", "1 that are no numbers are left out"];
        assert_eq!(chart.notes(), notes);
        assert_eq!(chart.numbers().unwrap().cell(0, 1), "1,200");
    }
}
