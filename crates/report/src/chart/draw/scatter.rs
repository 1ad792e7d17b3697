//! Dots where two numbers meet.

use super::{Draw, legend};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::kind::Scatter;
use crate::chart::palette::Tint;
use crate::chart::scene::{Mark, Scene};
use crate::number::Unit;

const HEIGHT: f64 = 260.0;

impl Draw for Scatter {
    fn is_wide(&self, chart: &Chart) -> bool {
        chart.x.unit == Unit::Time
    }

    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        scene.legend(legend(self.series.iter().map(|(name, _)| name)));
        let x = Scale::of(&chart.x, self.dots().map(|dot| dot.0), false);
        let y = Scale::of(&chart.y, self.dots().map(|dot| dot.1), false);
        let plane = scene.plane(HEIGHT, (&chart.x, x), (&chart.y, y));
        for (nth, (_, dots)) in self.series.iter().enumerate() {
            let places = dots.iter().filter_map(|dot| plane.at(dot.0, dot.1));
            let tint = Tint::Series(nth);
            scene.marks.extend(places.map(|at| Mark::Dot { at, radius: 3.0, tint, alpha: 0.6 }));
        }
    }
}
