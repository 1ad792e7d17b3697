//! Boxes with the half of their numbers inside.

use super::Draw;
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::kind::{Boxes, Quantiles};
use crate::chart::palette::Tint;
use crate::chart::scene::{Mark, Rows, Scene};

const ROW: f64 = 26.0;
/// A box that is no wider has no room for its median.
const THIN: f64 = 5.0;

impl Draw for Boxes {
    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        let names: Vec<_> = self.rows.iter().map(|(name, _)| name.as_str()).collect();
        let ends = self.rows.iter().flat_map(|(_, quantiles)| quantiles.all());
        let x = Scale::of(&chart.x, ends, false);
        let rows = scene.rows(&names, (ROW, 0.0), &chart.x, x);
        for (nth, (_, quantiles)) in self.rows.iter().enumerate() {
            one(quantiles, rows.row(nth) + ROW / 2.0, &rows, scene);
        }
    }
}

/// A box with its whiskers; what has no place on the axis begins at its left.
fn one(quantiles: &Quantiles, middle: f64, rows: &Rows, scene: &mut Scene) {
    let place = |value: f64| rows.at(value).unwrap_or(rows.left);
    let [least, first, median, third, most] = quantiles.all().map(place);
    let tint = Tint::Series(0);
    scene.line(vec![(least, middle), (most, middle)], tint, 1.5);
    for end in [least, most] {
        scene.line(vec![(end, middle - 4.0), (end, middle + 4.0)], tint, 1.5);
    }
    let (from, to) = ((first, middle - 7.0), (third.max(first + 2.0), middle + 7.0));
    scene.marks.push(Mark::Rect { from, to, tint, alpha: 1.0 });
    // In a thin box it would hide all there is.
    if third - first > THIN {
        scene.line(vec![(median, middle - 7.0), (median, middle + 7.0)], Tint::Paper, 2.0);
    }
}
