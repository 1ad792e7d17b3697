//! Bars: how much there is of what has names.

use serde::Serialize;

use super::Form;
use crate::characters::{bar, fit, right, widest};
use crate::chart::Chart;
use crate::chart::palette::SERIES;
use crate::chart::trim::{MOST_NAMES, Trim, named};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// A bar for each name, or one of each series beside or behind the other. Bars lie, so that names have room.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bars {
    pub(crate) names: Vec<String>,
    pub(crate) series: Vec<(String, Vec<f64>)>,
    pub(crate) spans: Option<Vec<Span>>,
    pub(crate) is_stacked: bool,
}

/// From where to where a value may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Span {
    /// The least that it may be.
    pub low: f64,
    /// The most that it may be.
    pub high: f64,
}

impl Bars {
    /// A bar for each name.
    #[must_use]
    pub fn of(names: Vec<String>, values: Vec<f64>) -> Self {
        Self { names, series: vec![(String::new(), values)], spans: None, is_stacked: false }
    }

    /// A bar of each series for each name, beside each other. Each series has a value for each name.
    #[must_use]
    pub const fn grouped(names: Vec<String>, series: Vec<(String, Vec<f64>)>) -> Self {
        Self { names, series, spans: None, is_stacked: false }
    }

    /// A bar of each series for each name, each where the one before it ends.
    #[must_use]
    pub const fn stacked(names: Vec<String>, series: Vec<(String, Vec<f64>)>) -> Self {
        Self { names, series, spans: None, is_stacked: true }
    }

    /// With how sure the values of the first series are: a span for each name.
    #[must_use]
    pub fn with_spans(mut self, spans: Vec<Span>) -> Self {
        self.spans = Some(spans);
        self
    }

    /// The ends of all bars and spans.
    pub(crate) fn ends(&self) -> Vec<f64> {
        let sum = |at: usize| self.series.iter().filter_map(|(_, values)| values.get(at)).sum();
        let mut ends: Vec<f64> = match self.is_stacked {
            true => (0..self.names.len()).map(sum).collect(),
            false => self.series.iter().flat_map(|(_, values)| values.iter().copied()).collect(),
        };
        ends.extend(self.spans.iter().flatten().flat_map(|span| [span.low, span.high]));
        ends.retain(|end| end.is_finite());
        ends
    }
}

impl Form for Bars {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        for (_, values) in &self.series {
            trim.equal("values of bars", values.len(), self.names.len())?;
        }
        if let Some(spans) = &mut self.spans {
            trim.equal("spans of bars", spans.len(), self.names.len())?;
            spans.truncate(MOST_NAMES);
        }
        // What is filled has no broken lines to tell a colour's second series by.
        trim.first("series", &mut self.series, SERIES);
        trim.first("names", &mut self.names, MOST_NAMES);
        named(&mut self.names);
        for (name, values) in &mut self.series {
            values.truncate(MOST_NAMES);
            named(std::slice::from_mut(name));
        }
        Ok(self)
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let unit = chart.x.unit;
        let mut columns = vec![Column::text("Name")];
        columns.extend(self.series.iter().map(|(name, _)| match name.is_empty() {
            true => Column::number(chart.x.label.as_str(), unit),
            false => Column::number(name.as_str(), unit),
        }));
        if self.spans.is_some() {
            columns.extend(["at least", "at most"].map(|name| Column::number(name, unit)));
        }
        let mut table = Table::new(chart.title(), columns);
        for (at, name) in self.names.iter().enumerate() {
            let mut row = vec![name.as_str().into()];
            row.extend(self.series.iter().map(|(_, values)| values.get(at).copied().into()));
            let spans = self.spans.iter().filter_map(|spans| spans.get(at));
            row.extend(spans.flat_map(|span| [span.low.into(), span.high.into()]));
            table.push(row)?;
        }
        Ok(table)
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        let most =
            self.series.iter().flat_map(|(_, values)| values).filter(|value| value.is_finite());
        let most = most.fold(0.0_f64, |most, value| most.max(value.abs()));
        let tell = |value: f64| chart.x.unit.short(value);
        let told: Vec<_> =
            self.series.iter().flat_map(|(_, values)| values).map(|v| tell(*v)).collect();
        let numbers = widest(told.iter().map(String::as_str), width / 3);
        let names = widest(self.names.iter().map(String::as_str), width / 3);
        let room = width.saturating_sub(names + numbers + 2);
        let mut text = String::new();
        for (at, name) in self.names.iter().enumerate() {
            for (nth, (series, values)) in self.series.iter().enumerate() {
                let name = if nth == 0 { name } else { "" };
                let value = values.get(at).copied().unwrap_or(f64::NAN);
                let drawn = bar(value.abs() / most, room);
                let value = right(&tell(value), numbers);
                let line = format!("{} {drawn} {value} {series}", fit(name, names));
                text += line.trim_end();
                text.push('\n');
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Axis;
    use crate::number::Unit;

    fn names(count: usize) -> Vec<String> {
        (0..count).map(|at| format!("name {at}")).collect()
    }

    #[test]
    fn bars_in_characters_are_exact() {
        let bars = Bars::of(names(3), vec![4.0, 2.0, 0.0]);
        let chart = Chart::new("Three", "", bars).unwrap().x(Axis::new("flows", Unit::Count));
        let expected = "Three\n\
            name 0 ███████████████ 4\n\
            name 1 ███████▌        2\n\
            name 2                 0\n";
        assert_eq!(chart.text(24), expected);
    }

    #[test]
    fn groups_say_which_series_is_which() {
        let series = vec![("a".into(), vec![1.0]), ("b".into(), vec![2.0])];
        let text = Chart::new("t", "", Bars::grouped(names(1), series)).unwrap().text(24);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines[1].starts_with("name 0 █") && lines[1].ends_with("1 a"));
        assert!(lines[2].starts_with("       █") && lines[2].ends_with("2 b"));
    }

    #[test]
    fn values_and_names_are_as_many() {
        let error = Chart::new("t", "", Bars::of(names(2), vec![1.0])).unwrap_err();
        assert_eq!(error.to_string(), "t: values of bars are 1, and must be 2");
        let spans = Bars::of(names(1), vec![1.0]).with_spans(vec![]);
        assert!(Chart::new("t", "", spans).is_err());
    }

    #[test]
    fn names_beyond_the_most_are_left_out_aloud() {
        let chart = Chart::new("t", "", Bars::of(names(1_000), vec![1.0; 1_000])).unwrap();
        assert_eq!(chart.notes(), ["the first 40 of 1,000 names are shown"]);
        assert_eq!(chart.numbers().unwrap().total(), MOST_NAMES);
    }

    #[test]
    fn no_two_series_of_what_is_filled_share_a_colour() {
        let series = |value: &dyn Fn() -> Vec<f64>| {
            (0..9).map(|at| (format!("series {at}"), value())).collect::<Vec<_>>()
        };
        let dots = (0..9).map(|at| (format!("series {at}"), vec![(1.0, 1.0)])).collect();
        let kinds: [crate::Kind; 3] = [
            Bars::grouped(names(1), series(&|| vec![1.0])).into(),
            crate::Histogram::by(vec![0.0, 1.0], series(&|| vec![1.0])).into(),
            crate::Scatter::of(dots).into(),
        ];
        for kind in kinds {
            let chart = Chart::new("t", "", kind).unwrap();
            assert_eq!(chart.notes(), ["the first 8 of 9 series are shown"]);
        }
    }

    #[test]
    fn the_ends_of_stacks_are_their_sums() {
        let series = vec![("a".into(), vec![1.0, 2.0]), ("b".into(), vec![3.0, 4.0])];
        assert_eq!(Bars::stacked(names(2), series).ends(), [4.0, 6.0]);
    }
}
