//! Boxes: quantiles of what has names.

use serde::Serialize;

use super::Form;
use crate::characters::{fit, widest};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::trim::{MOST_NAMES, Trim, named};
use crate::error::ReportError;
use crate::table::{Column, Table};

/// A box for each name: half of its numbers are inside, all are between the ends.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Boxes {
    pub(crate) rows: Vec<(String, Quantiles)>,
}

/// Five numbers that say how others are distributed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// None is below.
    pub least: f64,
    /// A quarter is below.
    pub first: f64,
    /// A half is below.
    pub median: f64,
    /// Three quarters are below.
    pub third: f64,
    /// None is above.
    pub most: f64,
}

impl Boxes {
    /// A box for each name.
    #[must_use]
    pub const fn of(rows: Vec<(String, Quantiles)>) -> Self {
        Self { rows }
    }
}

impl Quantiles {
    pub(crate) const NAMES: [&'static str; 5] =
        ["Least", "First quarter", "Median", "Third quarter", "Most"];

    /// The quantiles of numbers in rising order, between them by proportion; nothing of none.
    #[must_use]
    pub fn of(sorted: &[f64]) -> Option<Self> {
        let last = sorted.len().checked_sub(1)?;
        let at = |part: f64| {
            let place = part * last as f64;
            let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
            below + (above - below) * place.fract()
        };
        Some(Self {
            least: at(0.0),
            first: at(0.25),
            median: at(0.5),
            third: at(0.75),
            most: at(1.0),
        })
    }

    pub(crate) const fn all(self) -> [f64; 5] {
        [self.least, self.first, self.median, self.third, self.most]
    }
}

impl Form for Boxes {
    fn bounded(mut self, trim: &mut Trim<'_>) -> Result<Self, ReportError> {
        trim.numbers(&mut self.rows, |(_, quantiles)| quantiles.all().is_sorted());
        trim.numbers(&mut self.rows, |(_, quantiles)| {
            quantiles.all().iter().all(|q| q.is_finite())
        });
        trim.first("names", &mut self.rows, MOST_NAMES);
        self.rows.iter_mut().for_each(|(name, _)| named(std::slice::from_mut(name)));
        Ok(self)
    }

    fn numbers(&self, chart: &Chart) -> Result<Table, ReportError> {
        let mut columns = vec![Column::text("Name")];
        columns.extend(Quantiles::NAMES.map(|name| Column::number(name, chart.x.unit)));
        let mut table = Table::new(chart.title(), columns);
        for (name, quantiles) in &self.rows {
            let numbers = quantiles.all().map(Into::into);
            table.push([name.as_str().into()].into_iter().chain(numbers).collect())?;
        }
        Ok(table)
    }

    fn text(&self, chart: &Chart, width: usize) -> String {
        let names = widest(self.rows.iter().map(|(name, _)| name.as_str()), width / 3);
        let room = width.saturating_sub(names + 1).max(8);
        let ends = self.rows.iter().flat_map(|(_, quantiles)| quantiles.all());
        let scale = Scale::of(&chart.x, ends, false);
        let place = |value: f64| {
            let place = scale.place(value).unwrap_or(0.0);
            ((place * room as f64) as usize).min(room - 1)
        };
        let strip = |quantiles: &Quantiles| {
            let [least, first, median, third, most] = quantiles.all().map(place);
            let mark = |at: usize| match at {
                _ if at == median => '█',
                _ if (first..=third).contains(&at) => '▒',
                _ if (least..=most).contains(&at) => '─',
                _ => ' ',
            };
            (0..room).map(mark).collect::<String>()
        };
        let line = |(name, quantiles): &(String, Quantiles)| {
            format!("{} {}", fit(name, names), strip(quantiles))
        };
        self.rows.iter().map(|row| line(row).trim_end().to_owned() + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_between_numbers_by_proportion() {
        let quantiles = Quantiles::of(&[0.0, 1.0, 2.0, 3.0, 4.0, 10.0]).unwrap();
        assert_eq!(quantiles.all(), [0.0, 1.25, 2.5, 3.75, 10.0]);
        assert_eq!(Quantiles::of(&[7.0]).unwrap().all(), [7.0; 5]);
        assert_eq!(Quantiles::of(&[]), None);
    }

    #[test]
    fn boxes_in_characters_have_their_five_places() {
        let quantiles = Quantiles { least: 0.0, first: 5.5, median: 10.5, third: 15.5, most: 22.0 };
        let chart = Chart::new("t", "", Boxes::of(vec![("a".into(), quantiles)])).unwrap();
        assert_eq!(chart.text(24).lines().nth(1).unwrap(), "a ─────▒▒▒▒▒█▒▒▒▒▒──────");
    }

    #[test]
    fn quantiles_out_of_order_are_left_out() {
        let quantiles =
            Quantiles { least: 9.0, first: 5.0, median: 1.0, third: 0.0, most: f64::NAN };
        let chart = Chart::new("t", "", Boxes::of(vec![("a".into(), quantiles)])).unwrap();
        assert_eq!(chart.notes().len(), 1);
        assert_eq!(chart.numbers().unwrap().total(), 0);
    }
}
