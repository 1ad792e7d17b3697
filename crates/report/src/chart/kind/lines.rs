//! Lines: how something goes over time, or over another number.

use serde::Serialize;

use super::Form;
use crate::characters::{fit, spark, widest};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::trim::{MOST_POINTS, MOST_SERIES, Trim, named};
use crate::error::ReportError;
use crate::number::Unit;
use crate::table::{Cell, Column, Table};

/// Lines through points, of which those that belong together share the axes.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Lines {
    pub(crate) series: Vec<Series>,
    pub(crate) reference: Option<((f64, f64), (f64, f64))>,
}

/// One line, with a name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
    pub(crate) band: Option<(Vec<f64>, Vec<f64>)>,
    pub(crate) has_steps: bool,
}

impl Lines {
    /// These lines.
    #[must_use]
    pub const fn of(series: Vec<Series>) -> Self {
        Self { series, reference: None }
    }

    /// With a broken line between two points, which says what no skill, or perfection, would be.
    #[must_use]
    pub const fn with_reference(mut self, from: (f64, f64), to: (f64, f64)) -> Self {
        self.reference = Some((from, to));
        self
    }
}

impl Series {
    /// A line through these points, in their order.
    #[must_use]
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, band: None, has_steps: false }
    }

    /// With a band around it: the lowest and the highest for each point.
    #[must_use]
    pub fn with_band(mut self, low: Vec<f64>, high: Vec<f64>) -> Self {
        self.band = Some((low, high));
        self
    }

    /// A value holds until the next point: counts of bins, not something between them.
    #[must_use]
    pub const fn in_steps(mut self) -> Self {
        self.has_steps = true;
        self
    }

    /// The band as points along both edges, lowest and highest.
    pub(crate) fn edges(&self) -> Option<[Vec<(f64, f64)>; 2]> {
        let (low, high) = self.band.as_ref()?;
        let edge = |edge: &[f64]| {
            self.points.iter().map(|point| point.0).zip(edge.iter().copied()).collect()
        };
        Some([edge(low), edge(high)])
    }

    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        let Some((low, high)) = self.band.take() else {
            trim.numbers(&mut self.points, |(x, y)| x.is_finite() && y.is_finite());
            trim.peaks(&mut self.points, MOST_POINTS);
            return Ok(self);
        };
        trim.equal("lowest values of a band", low.len(), self.points.len())?;
        trim.equal("highest values of a band", high.len(), self.points.len())?;
        let mut all: Vec<_> = self.points.into_iter().zip(low).zip(high).collect();
        trim.numbers(&mut all, |(((x, y), low), high)| {
            [x, y, low, high].into_iter().all(|value| value.is_finite())
        });
        trim.some(&mut all, MOST_POINTS);
        self.points = all.iter().map(|((point, _), _)| *point).collect();
        self.band = Some((
            all.iter().map(|((_, low), _)| *low).collect(),
            all.iter().map(|(_, high)| *high).collect(),
        ));
        Ok(self)
    }
}

impl Form for Lines {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        trim.first("lines", &mut self.series, MOST_SERIES);
        let series = self.series.into_iter().map(|series| series.bounded(trim));
        self.series = series.collect::<Result<_, _>>()?;
        for series in &mut self.series {
            named(std::slice::from_mut(&mut series.name));
        }
        Ok(self)
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let (x, y) = (chart.x.unit, chart.y.unit);
        let columns = vec![
            Column::text("Line"),
            Column::number("Points", Unit::Count),
            Column::number("First at", x),
            Column::number("Last at", x),
            Column::number("Least", y),
            Column::number("Most", y),
            Column::number("Most at", x),
        ];
        let mut table = Table::new(chart.title(), columns);
        for Series { name, points, .. } in &self.series {
            let by_height = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
            let (least, most) = (points.iter().min_by(by_height), points.iter().max_by(by_height));
            table.push(vec![
                name.as_str().into(),
                (points.len() as u64).into(),
                points.first().map(|point| point.0).into(),
                points.last().map(|point| point.0).into(),
                least.map(|point| point.1).into(),
                most.map(|point| point.1).into(),
                Cell::from(most.map(|point| point.0)),
            ])?;
        }
        Ok(table)
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        let names = widest(self.series.iter().map(|series| series.name.as_str()), width / 3);
        let xs = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.0));
        let ys = self.series.iter().flat_map(|series| series.points.iter().map(|point| point.1));
        let (x, y) = (Scale::of(&chart.x, xs, false), Scale::of(&chart.y, ys.clone(), true));
        let most = ys.fold(f64::NAN, f64::max);
        let told = format!("most {}", chart.y.unit.short(most));
        let across = width.saturating_sub(names + 1).max(8);
        let line = |series: &Series| {
            let heights = heights(&series.points, &x, &y, across);
            format!("{} {}\n", fit(&series.name, names), spark(&heights).trim_end())
        };
        self.series.iter().map(line).collect::<String>() + &told + "\n"
    }
}

/// How high a line is at most in each of so many columns.
fn heights(points: &[(f64, f64)], x: &Scale, y: &Scale, columns: usize) -> Vec<Option<f64>> {
    let mut heights = vec![None; columns];
    for (at, height) in
        points.iter().filter_map(|point| Some((x.place(point.0)?, y.place(point.1)?)))
    {
        let column = ((at * columns as f64) as usize).min(columns - 1);
        let highest = heights[column].map_or(height, |most: f64| most.max(height));
        heights[column] = Some(highest);
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Axis;

    #[test]
    fn a_line_in_characters_is_as_high_as_its_points() {
        let points = (0..8).map(|at| (f64::from(at), f64::from(at) * 100.0)).collect();
        let lines = Lines::of(vec![Series::new("up", points)]);
        let chart = Chart::new("Rise", "", lines).unwrap().y(Axis::new("bytes", Unit::Bytes));
        assert_eq!(chart.text(24).lines().collect::<Vec<_>>()[0], "Rise");
        let drawn: String = chart.text(24).lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(drawn, "up▁▂▃▄▅▆▇█");
        assert!(chart.text(24).ends_with("most 700 B\n"));
    }

    #[test]
    fn a_band_has_a_value_for_each_point() {
        let series = Series::new("a", vec![(0.0, 1.0)]).with_band(vec![0.5], vec![]);
        let error = Chart::new("t", "", Lines::of(vec![series])).unwrap_err();
        assert_eq!(error.to_string(), "t: highest values of a band are 0, and must be 1");
    }

    #[test]
    fn the_table_tells_the_ends_and_the_most() {
        let lines = Lines::of(vec![Series::new("a", vec![(0.0, 1.0), (1.0, 9.0), (2.0, 3.0)])]);
        let table = Chart::new("t", "", lines).unwrap().numbers().unwrap();
        let row: Vec<_> = (0..7).map(|column| table.cell(0, column)).collect();
        assert_eq!(row, ["a", "3", "0", "2", "1", "9", "1"]);
    }
}
