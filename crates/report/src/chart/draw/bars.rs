//! Bars that lie, with their numbers behind them.

use super::{Draw, legend};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::kind::{Bars, Span};
use crate::chart::palette::Tint;
use crate::chart::scene::{Mark, Rows, Scene, Side, written};

/// How thick a bar is that has its row for itself.
const THICK: f64 = 15.0;
/// How thick one of several is.
const THIN: f64 = 9.0;
const GAP: f64 = 7.0;

impl Draw for Bars {
    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        scene.legend(legend(self.series.iter().map(|(name, _)| name)));
        let beside = if self.is_stacked { 1 } else { self.series.len().max(1) };
        let thick = if beside == 1 { THICK } else { THIN };
        let names: Vec<_> = self.names.iter().map(String::as_str).collect();
        let x = Scale::of(&chart.x, self.ends().into_iter(), true);
        let told = self.series.iter().flat_map(|(_, values)| values);
        let told = told.map(|value| written(&chart.x.unit.short(*value)) + 8.0).fold(0.0, f64::max);
        let behind = if self.is_stacked { 0.0 } else { told };
        let rows = scene.rows(&names, (thick * beside as f64 + GAP, behind), &chart.x, x);
        for at in 0..names.len() {
            self.row(at, thick, chart, &rows, scene);
        }
    }
}

impl Bars {
    fn row(&self, at: usize, thick: f64, chart: &Chart, rows: &Rows, scene: &mut Scene) {
        let mut top = rows.row(at) + GAP / 2.0;
        let mut from = 0.0;
        for (nth, (_, values)) in self.series.iter().enumerate() {
            let Some(value) = values.get(at).copied().filter(|value| value.is_finite()) else {
                continue;
            };
            let to = from + value;
            bar((from, to), top, thick, Tint::Series(nth), rows, scene);
            if self.is_stacked {
                from = to;
                continue;
            }
            let span = self.spans.as_ref().filter(|_| nth == 0).and_then(|spans| spans.get(at));
            let end = span.map_or(value, |span| whisker(span, top + thick / 2.0, rows, scene));
            told(chart.x.unit.short(value), value.max(end), top + thick / 2.0, rows, scene);
            top += thick;
        }
    }
}

/// A bar between two numbers; where the lesser one has no place, from the left.
fn bar((from, to): (f64, f64), top: f64, thick: f64, tint: Tint, rows: &Rows, scene: &mut Scene) {
    let Some(end) = rows.at(to) else { return };
    let start = rows.at(from).unwrap_or(rows.left);
    let (left, right) = (start.min(end), start.max(end));
    if to != from {
        // What is there is seen.
        let to = (right.max(left + 1.0), top + thick - 1.0);
        scene.marks.push(Mark::Rect { from: (left, top), to, tint, alpha: 1.0 });
    }
}

fn whisker(span: &Span, middle: f64, rows: &Rows, scene: &mut Scene) -> f64 {
    if let (Some(low), Some(high)) = (rows.at(span.low), rows.at(span.high)) {
        scene.line(vec![(low, middle), (high, middle)], Tint::Ink, 1.5);
        for end in [low, high] {
            scene.line(vec![(end, middle - 4.0), (end, middle + 4.0)], Tint::Ink, 1.5);
        }
    }
    span.high
}

/// The number behind its bar.
fn told(told: String, value: f64, middle: f64, rows: &Rows, scene: &mut Scene) {
    let end = rows.at(value.max(0.0)).unwrap_or(rows.left);
    scene.text((end + 6.0, middle), told, Tint::Faint, Side::Right);
}
