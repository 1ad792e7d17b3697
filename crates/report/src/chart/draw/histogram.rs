//! Bins that stand beside each other.

use super::{Draw, legend};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::kind::Histogram;
use crate::chart::palette::Tint;
use crate::chart::scene::{Mark, Scene, Side};
use crate::number::Unit;

const HEIGHT: f64 = 200.0;

impl Draw for Histogram {
    fn is_wide(&self, chart: &Chart) -> bool {
        chart.x.unit == Unit::Time
    }

    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        scene.legend(legend(self.series.iter().map(|(name, _)| name)));
        let counts = self.series.iter().flat_map(|(_, counts)| counts.iter().copied());
        let x = Scale::of(&chart.x, self.edges.iter().copied(), false);
        let y = Scale::of(&chart.y, counts, true);
        let plane = scene.plane(HEIGHT, (&chart.x, x), (&chart.y, y));
        let alpha = if self.series.len() > 1 { 0.55 } else { 1.0 };
        for (nth, (_, counts)) in self.series.iter().enumerate() {
            for (edges, count) in self.edges.windows(2).zip(counts) {
                let [low, high] = edges else { continue };
                let from = plane.at(*low, *count).unwrap_or((plane.left, plane.bottom));
                let Some((right, _)) = plane.at(*high, 1.0) else { continue };
                if *count > 0.0 {
                    // A line between neighbours, unless they are too thin for one.
                    let gap = if right - from.0 > 4.0 { 1.0 } else { 0.0 };
                    // What is there is seen.
                    let from = (from.0, from.1.min(plane.bottom - 1.0));
                    let to = (right - gap, plane.bottom);
                    scene.marks.push(Mark::Rect { from, to, tint: Tint::Series(nth), alpha });
                }
            }
        }
        // What lies outside has no place.
        let ends = self.edges.first().zip(self.edges.last());
        let is_inside = |at: f64| ends.is_some_and(|(low, high)| (*low..=*high).contains(&at));
        if let Some((name, at)) = self.mark.as_ref().filter(|(_, at)| is_inside(*at))
            && let Some((across, _)) = plane.at(*at, 1.0)
        {
            scene.dashes((across, plane.top), (across, plane.bottom), Tint::Ink);
            scene.text((across + 4.0, plane.top + 6.0), name.clone(), Tint::Ink, Side::Right);
        }
    }
}
