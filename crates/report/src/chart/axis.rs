//! Axes, and where on them a number stands.

use serde::Serialize;

use crate::number::{Unit, moment};
use crate::shown::{MOST_NAME, shown};

/// What a direction of a chart means.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Axis {
    pub(crate) label: String,
    pub(crate) unit: Unit,
    pub(crate) is_log: bool,
    pub(crate) range: Option<(f64, f64)>,
}

impl Axis {
    /// An axis with a label, whose numbers are of a unit. [`Unit::Time`] makes it an axis of time.
    #[must_use]
    pub fn new(label: impl Into<String>, unit: Unit) -> Self {
        let label = shown(&label.into(), MOST_NAME).into_owned();
        Self { label, unit, is_log: false, range: None }
    }

    /// Equal distances are equal ratios. Numbers that are not above 0 have no place on it.
    #[must_use]
    pub const fn log(mut self) -> Self {
        self.is_log = true;
        self
    }

    /// From where to where it goes; by default from the least to the most of what is shown.
    #[must_use]
    pub const fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }
}

/// Where numbers stand between the ends of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    is_log: bool,
    unit: Unit,
}

impl Scale {
    /// A scale for these numbers; with 0 on it, where lengths are read off it.
    pub(crate) fn of(axis: &Axis, values: impl Iterator<Item = f64>, with_zero: bool) -> Self {
        let is_log = axis.is_log && axis.unit != Unit::Time;
        let fits = |value: &f64| value.is_finite() && (!is_log || *value > 0.0);
        let zero = (with_zero && !is_log).then_some(0.0);
        let values = values.chain(zero).filter(fits);
        let ends = values.fold(None, |ends: Option<(f64, f64)>, value| {
            Some(ends.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
        });
        let given = axis.range.filter(|(low, high)| fits(low) && fits(high) && low < high);
        let (low, high) = given.or(ends).unwrap_or(if is_log { (1.0, 10.0) } else { (0.0, 1.0) });
        let mut scale = Self { low, high, is_log, unit: axis.unit };
        if given.is_none() {
            scale.widen(with_zero);
        }
        scale
    }

    /// Between 0 and 1 for what is between the ends; what is beyond them is at them. Nothing where it has no place.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        let part = if self.is_log {
            (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            // Halves, since the difference of two large numbers may be none.
            (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0)
        };
        // What is not above 0 has no logarithm that is a number.
        part.is_finite().then(|| part.clamp(0.0, 1.0))
    }

    /// Room around a single number, whole decades, and a round end above lengths.
    fn widen(&mut self, with_zero: bool) {
        if self.is_log {
            self.low = 10_f64.powf(self.low.log10().floor()).clamp(f64::MIN_POSITIVE, 1e307);
            self.high = 10_f64.powf(self.high.log10().ceil()).clamp(self.low * 10.0, f64::MAX);
            return;
        }
        if self.low >= self.high {
            let room = if self.low == 0.0 { 1.0 } else { self.low.abs() / 2.0 };
            (self.low, self.high) = (self.low - room, self.high + room);
            if with_zero {
                self.low = self.low.max(0.0);
            }
        }
        if with_zero && self.unit != Unit::Time {
            let step = round_step(self.high / 5.0 - self.low / 5.0);
            self.low = (self.low / step).floor() * step;
            self.high = (self.high / step).ceil() * step;
        }
    }
}

/// The next of 1, 2, 5, 10, 20 … that is not smaller.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= least * 0.999_999).unwrap_or(least)
}

impl Scale {
    /// Round numbers on it, about so many, with their places and how they are told.
    pub(crate) fn ticks(&self, about: usize) -> Vec<(f64, String)> {
        let told = self.told(about).into_iter();
        told.filter_map(|(value, told)| Some((self.place(value)?, told))).collect()
    }

    /// The same round numbers themselves, and how they are told.
    pub(crate) fn told(&self, about: usize) -> Vec<(f64, String)> {
        let values = match self.unit {
            _ if self.is_log => self.decades(about),
            Unit::Time | Unit::Seconds => multiples(self.low, self.high, self.time_step(about)),
            _ => multiples(self.low, self.high, round_step((self.high - self.low) / about as f64)),
        };
        let told = |value: f64| match self.unit {
            Unit::Time => moment(value, self.time_form(about)),
            unit => unit.short(value),
        };
        values.into_iter().map(|value| (value, told(value))).collect()
    }

    /// The day or days that it covers, if it is one of time.
    pub(crate) fn days(&self) -> Option<String> {
        let day = |at: f64| moment(at, "%Y-%m-%d");
        let (first, last) = (day(self.low), day(self.high));
        (self.unit == Unit::Time).then(|| match first == last {
            true => format!("{first}, UTC"),
            false => format!("{first} to {last}, UTC"),
        })
    }

    fn decades(&self, about: usize) -> Vec<f64> {
        let (first, last) = (self.low.log10().round() as i32, self.high.log10().round() as i32);
        let every = ((last - first) / about.max(1) as i32 + 1).max(1) as usize;
        (first..=last).step_by(every).map(|power| 10_f64.powi(power)).collect()
    }

    fn time_step(&self, about: usize) -> f64 {
        const STEPS: [f64; 22] = [
            1.0,
            2.0,
            5.0,
            10.0,
            15.0,
            30.0,
            60.0,
            120.0,
            300.0,
            600.0,
            900.0,
            1_800.0,
            3_600.0,
            7_200.0,
            10_800.0,
            21_600.0,
            43_200.0,
            86_400.0,
            172_800.0,
            604_800.0,
            2_592_000.0,
            31_536_000.0,
        ];
        let least = (self.high - self.low) / about as f64;
        if least < 1.0 {
            return round_step(least);
        }
        STEPS.into_iter().find(|step| *step >= least).unwrap_or_else(|| round_step(least))
    }

    fn time_form(&self, about: usize) -> &'static str {
        match self.time_step(about) {
            step if step < 0.001 => "%M:%S%.6f",
            step if step < 1.0 => "%M:%S%.3f",
            step if step < 60.0 => "%H:%M:%S",
            step if step < 86_400.0 && self.high - self.low > 86_400.0 => "%b %-d %H:%M",
            step if step < 86_400.0 => "%H:%M",
            step if step < 31_536_000.0 => "%b %-d",
            _ => "%Y",
        }
    }
}

/// The multiples of a step from `low` to `high`; few, whatever the numbers are.
fn multiples(low: f64, high: f64, step: f64) -> Vec<f64> {
    const MOST: usize = 24;
    let first = (low / step - 1e-9).ceil();
    let values = (0..MOST).map(|at| (first + at as f64) * step);
    values.take_while(|value| *value <= high + step * 1e-9).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(scale: &Scale, about: usize) -> Vec<String> {
        scale.ticks(about).into_iter().map(|(_, told)| told).collect()
    }

    #[test]
    fn lengths_start_at_zero_and_end_at_a_round_number() {
        let axis = Axis::new("", Unit::Bytes);
        let scale = Scale::of(&axis, [3.0, 950.0].into_iter(), true);
        assert_eq!((scale.low, scale.high), (0.0, 1_000.0));
        assert_eq!(told(&scale, 5), ["0 B", "200 B", "400 B", "600 B", "800 B", "1 kB"]);
        assert_eq!(scale.place(250.0), Some(0.25));
    }

    #[test]
    fn decades_of_a_log_axis_have_no_place_for_zero() {
        let axis = Axis::new("", Unit::Count).log();
        let scale = Scale::of(&axis, [0.0, 3.0, 950.0, -1.0].into_iter(), true);
        assert_eq!(told(&scale, 5), ["1", "10", "100", "1 k"]);
        assert_eq!((scale.place(0.0), scale.place(1.0)), (None, Some(0.0)));
    }

    #[test]
    fn times_are_told_as_finely_as_they_are_apart() {
        let axis = Axis::new("", Unit::Time);
        let at = 1_499_436_000.0;
        let scale = |span: f64| Scale::of(&axis, [at, at + span].into_iter(), false);
        assert_eq!(told(&scale(600.0), 5), ["14:00", "14:02", "14:04", "14:06", "14:08", "14:10"]);
        assert_eq!(told(&scale(2.0), 2), ["14:00:00", "14:00:01", "14:00:02"]);
        assert_eq!(told(&scale(86_400.0 * 6.0), 3), ["Jul 9", "Jul 11", "Jul 13"]);
        assert_eq!(scale(600.0).days().unwrap(), "2017-07-07, UTC");
        let long = Scale::of(&Axis::new("", Unit::Seconds), [0.0, 7_200.0].into_iter(), true);
        assert_eq!(told(&long, 5), ["0 s", "30 min", "60 min", "90 min", "2 h"]);
    }

    proptest! {
        #[test]
        fn whatever_the_numbers_ticks_are_few_and_places_are_inside(
            values in prop::collection::vec(any::<f64>(), 0..6),
            about in 1_usize..12,
            log: bool,
            zero: bool,
            time: bool,
        ) {
            let unit = if time { Unit::Time } else { Unit::Plain };
            let axis = Axis { is_log: log, ..Axis::new("", unit) };
            let scale = Scale::of(&axis, values.iter().copied(), zero);
            prop_assert!(scale.ticks(about).len() <= 400);
            for place in values.iter().filter_map(|value| scale.place(*value)) {
                prop_assert!((0.0..=1.0).contains(&place));
            }
        }
    }
}
