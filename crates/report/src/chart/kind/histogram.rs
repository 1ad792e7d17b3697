//! Histograms: how numbers are distributed.

use serde::Serialize;

use super::Form;
use crate::characters::{bar, right, widest};
use crate::chart::Chart;
use crate::chart::palette::SERIES;
use crate::chart::trim::{MOST_BINS, Trim, named};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// How many numbers are between each edge and the next, for one or several series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Histogram {
    pub(crate) edges: Vec<f64>,
    pub(crate) series: Vec<(String, Vec<f64>)>,
    pub(crate) mark: Option<(String, f64)>,
}

impl Histogram {
    /// Counts between edges, of which there is one more than there are counts.
    #[must_use]
    pub fn of(edges: Vec<f64>, counts: Vec<f64>) -> Self {
        Self { edges, series: vec![(String::new(), counts)], mark: None }
    }

    /// Several series over the same edges.
    #[must_use]
    pub const fn by(edges: Vec<f64>, series: Vec<(String, Vec<f64>)>) -> Self {
        Self { edges, series, mark: None }
    }

    /// With a broken line at a number that parts what is on its sides, and what it is called.
    #[must_use]
    pub fn with_mark(mut self, name: impl Into<String>, at: f64) -> Self {
        self.mark = Some((name.into(), at));
        self
    }

    /// Neighbours put together, so that there are so many bins at the most.
    fn merged(&self, most: usize) -> Self {
        let bins = self.edges.len().saturating_sub(1);
        let every = bins.div_ceil(most).max(1);
        let last = self.edges.last().filter(|_| !bins.is_multiple_of(every));
        let edges = self.edges.iter().step_by(every).chain(last).copied().collect();
        let sums =
            |counts: &[f64]| counts.chunks(every).map(|counts| counts.iter().sum()).collect();
        let series = self.series.iter().map(|(name, counts)| (name.clone(), sums(counts)));
        Self { edges, series: series.collect(), mark: self.mark.clone() }
    }
}

impl Form for Histogram {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        trim.rising(&self.edges)?;
        for (_, counts) in &self.series {
            trim.equal("edges of a histogram", self.edges.len(), counts.len() + 1)?;
        }
        // What is filled has no broken lines to tell a colour's second series by.
        trim.first("series", &mut self.series, SERIES);
        for (name, counts) in &mut self.series {
            named(std::slice::from_mut(name));
            counts.iter_mut().filter(|count| !count.is_finite()).for_each(|count| *count = 0.0);
        }
        self.mark = self.mark.filter(|(_, at)| at.is_finite());
        self.mark.iter_mut().for_each(|(name, _)| named(std::slice::from_mut(name)));
        Ok(self.merged(MOST_BINS))
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let mut columns = ["From", "To"].map(|name| Column::number(name, chart.x.unit)).to_vec();
        columns.extend(self.series.iter().map(|(name, _)| match name.is_empty() {
            true => Column::number(chart.y.label.as_str(), chart.y.unit),
            false => Column::number(name.as_str(), chart.y.unit),
        }));
        let mut table = Table::new(chart.title(), columns);
        for (at, edges) in self.edges.windows(2).enumerate() {
            let mut row: Vec<_> = edges.iter().map(|edge| (*edge).into()).collect();
            row.extend(self.series.iter().map(|(_, counts)| counts.get(at).copied().into()));
            table.push(row)?;
        }
        Ok(table)
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        const MOST_LINES: usize = 16;
        let merged = self.merged(MOST_LINES);
        let bins = merged.edges.len().saturating_sub(1);
        let sum = |at: usize| merged.series.iter().filter_map(|(_, counts)| counts.get(at)).sum();
        let sums: Vec<f64> = (0..bins).map(sum).collect();
        let most = sums.iter().copied().fold(0.0, f64::max);
        let edges: Vec<_> = merged.edges.iter().map(|edge| chart.x.unit.short(*edge)).collect();
        let counts: Vec<_> = sums.iter().map(|count| chart.y.unit.short(*count)).collect();
        let left = widest(edges.iter().map(String::as_str), width / 3);
        let end = widest(counts.iter().map(String::as_str), width / 3);
        let room = width.saturating_sub(left + end + 2);
        let lines = edges.iter().zip(&counts).zip(&sums).map(|((edge, count), sum)| {
            format!("{} {} {}\n", right(edge, left), bar(sum / most, room), right(count, end))
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Kind;

    fn edges(bins: u32) -> Vec<f64> {
        (0..=bins).map(f64::from).collect()
    }

    #[test]
    fn bins_are_put_together_and_nothing_is_lost() {
        let histogram = Histogram::of(edges(1_001), vec![2.0; 1_001]);
        let chart = Chart::new("t", "", histogram).unwrap();
        let Kind::Histogram(histogram) = chart.kind() else { panic!("another kind") };
        let counts = &histogram.series[0].1;
        assert_eq!(counts.len(), 167);
        assert_eq!(counts.iter().sum::<f64>(), 2_002.0);
        assert_eq!((histogram.edges.len(), histogram.edges[167]), (168, 1_001.0));
    }

    #[test]
    fn edges_are_one_more_than_counts_and_rise() {
        let refused = |edges: Vec<f64>, counts: Vec<f64>| {
            Chart::new("t", "", Histogram::of(edges, counts)).unwrap_err()
        };
        let error = refused(vec![0.0, 1.0], vec![1.0, 2.0]);
        assert_eq!(error.to_string(), "t: edges of a histogram are 2, and must be 3");
        let error = refused(vec![0.0, 0.0], vec![1.0]);
        assert_eq!(error.to_string(), "t: edge 1 of the histogram is not above the one before it");
    }

    #[test]
    fn lines_of_characters_are_bins() {
        let text = Chart::new("t", "", Histogram::of(edges(2), vec![1.0, 2.0])).unwrap().text(24);
        assert_eq!(text, "t\n0 ██████████           1\n1 ████████████████████ 2\n");
    }
}
