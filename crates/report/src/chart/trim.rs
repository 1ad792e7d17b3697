//! How much a chart holds: what an eye can tell apart, so that a page stays small whatever it is made of.

use crate::error::ReportError;
use crate::number::Unit;
use crate::shown::{MOST_NAME, shown};

/// Most points of a line; a screen has about as many columns.
pub const MOST_POINTS: usize = 2_000;
/// Most lines in a chart; of what is filled there are no more than colours.
pub const MOST_SERIES: usize = 16;
/// Most dots of a scatter chart, over all its series.
pub const MOST_DOTS: usize = 1_200;
/// Most dots of a row of a swarm.
pub const MOST_ROW_DOTS: usize = 150;
/// Most named rows of bars, boxes and swarms.
pub const MOST_NAMES: usize = 40;
/// Most rows, and most columns, of a heat map.
pub const MOST_CELLS: usize = 32;
/// Most bins of a histogram; neighbours are put together.
pub const MOST_BINS: usize = 200;

/// Makes the parts of a chart fit, and notes what it did.
#[derive(Debug)]
pub(crate) struct Trim<'a> {
    title: &'a str,
    notes: Vec<String>,
    not_numbers: usize,
    points: Thinned,
    dots: Thinned,
}

/// How many of how many are left.
#[derive(Debug, Clone, Copy)]
struct Thinned {
    left: usize,
    all: usize,
}

impl<'a> Trim<'a> {
    pub(crate) const fn new(title: &'a str) -> Self {
        let none = Thinned { left: 0, all: 0 };
        Self { title, notes: Vec::new(), not_numbers: 0, points: none, dots: none }
    }

    pub(crate) fn notes(mut self) -> Vec<String> {
        for (Thinned { left, all }, what) in
            [(self.points, "points are drawn, peaks among them"), (self.dots, "dots are drawn")]
        {
            if left < all {
                self.notes.push(format!("{} of {} {what}", count(left), count(all)));
            }
        }
        if self.not_numbers > 0 {
            let left_out = count(self.not_numbers);
            self.notes.push(format!("{left_out} that are no numbers are left out"));
        }
        self.notes
    }

    /// Refuses what has not as many parts as it must have.
    pub(crate) fn equal(
        &self,
        what: &'static str,
        had: usize,
        needed: usize,
    ) -> Result<(), ReportError> {
        if had == needed {
            return Ok(());
        }
        let of = shown(self.title, MOST_NAME).into_owned();
        Err(ReportError::Shape { of, what, had, needed })
    }

    /// The edges rise, each above the one before.
    pub(crate) fn rising(&self, edges: &[f64]) -> Result<(), ReportError> {
        let falls = |pair: &[f64]| !matches!(pair, [low, high] if low < high && high.is_finite());
        let of = || shown(self.title, MOST_NAME).into_owned();
        match edges.windows(2).position(falls) {
            Some(at) => Err(ReportError::Edges { of: of(), at: at + 1 }),
            None => Ok(()),
        }
    }

    /// Keeps the first so many.
    pub(crate) fn first<T>(&mut self, what: &'static str, items: &mut Vec<T>, most: usize) {
        if items.len() > most {
            let all = count(items.len());
            self.notes.push(format!("the first {} of {all} {what} are shown", count(most)));
            items.truncate(most);
        }
    }

    /// Leaves out what is no number.
    pub(crate) fn numbers<T>(&mut self, items: &mut Vec<T>, is_number: impl Fn(&T) -> bool) {
        let before = items.len();
        items.retain(is_number);
        self.not_numbers += before - items.len();
    }

    /// Fewer points, in order: the least and the most of each stretch of equally many, and both ends.
    pub(crate) fn peaks(&mut self, points: &mut Vec<(f64, f64)>, most: usize) {
        let all = points.len();
        self.points.all += all;
        if all <= most || most < 4 {
            self.points.left += all;
            return;
        }
        let stretch = all.div_ceil(most / 2 - 1);
        let ends = (points[0], points[all - 1]);
        let mut kept = vec![ends.0];
        for stretch in points.chunks(stretch) {
            kept.extend(extremes(stretch));
        }
        kept.push(ends.1);
        kept.dedup();
        self.points.left += kept.len();
        *points = kept;
    }

    /// Fewer dots, evenly chosen by their place in the list.
    pub(crate) fn some<T: Copy>(&mut self, dots: &mut Vec<T>, most: usize) {
        let all = dots.len();
        if all > most {
            *dots = (0..most).map(|at| dots[at * all / most]).collect();
        }
        self.dots.left += dots.len();
        self.dots.all += all;
    }
}

fn count(number: usize) -> String {
    Unit::Count.exact(number as f64)
}

/// Names as they are shown.
pub(crate) fn named(names: &mut [String]) {
    for name in names {
        *name = shown(name, MOST_NAME).into_owned();
    }
}

/// The lowest and the highest point, in their order.
fn extremes(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> {
    let by_height = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
    let least = points.iter().enumerate().min_by(|one, other| by_height(&one.1, &other.1));
    let most = points.iter().enumerate().max_by(|one, other| by_height(&one.1, &other.1));
    let mut both: Vec<_> = least.into_iter().chain(most).collect();
    both.sort_by_key(|(at, _)| *at);
    both.dedup_by_key(|(at, _)| *at);
    both.into_iter().map(|(_, point)| *point)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinned_lines_keep_peaks_and_ends() {
        let mut points: Vec<_> = (0..1_000_000).map(|x| (f64::from(x), 1.0)).collect();
        points[123_456].1 = 99.0;
        points[654_321].1 = -99.0;
        let mut trim = Trim::new("t");
        trim.peaks(&mut points, 2_000);
        assert!(points.len() <= 2_000, "{}", points.len());
        assert!(points.contains(&(123_456.0, 99.0)) && points.contains(&(654_321.0, -99.0)));
        assert_eq!((points[0].0, points[points.len() - 1].0), (0.0, 999_999.0));
        assert!(points.is_sorted_by_key(|(x, _)| *x), "points change their order");
        assert!(trim.notes()[0].ends_with("of 1,000,000 points are drawn, peaks among them"));
    }

    #[test]
    fn what_is_no_number_is_counted() {
        let mut trim = Trim::new("t");
        let mut values = vec![1.0, f64::NAN, f64::INFINITY, 2.0];
        trim.numbers(&mut values, |value| value.is_finite());
        assert_eq!(values, [1.0, 2.0]);
        assert_eq!(trim.notes(), ["2 that are no numbers are left out"]);
    }

    #[test]
    fn edges_have_to_rise() {
        let refused = |edges: &[f64]| Trim::new("t").rising(edges).is_err();
        assert!(!refused(&[0.0, 1.0, 2.0]) && !refused(&[]));
        assert!(refused(&[0.0, 0.0]) && refused(&[1.0, 0.0]) && refused(&[0.0, f64::NAN]));
        assert!(refused(&[0.0, f64::INFINITY]) && refused(&[f64::NAN, 1.0]));
    }
}
