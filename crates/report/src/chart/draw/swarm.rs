//! Rows of dots that make room for each other.

use super::Draw;
use crate::chart::Chart;
use crate::chart::kind::Swarm;
use crate::chart::palette::{DRIFT, Tint};
use crate::chart::scene::{Mark, Scene};

const ROW: f64 = 30.0;

impl Draw for Swarm {
    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        let ends = [(Tint::Drift(0), "low value"), (Tint::Drift(DRIFT - 1), "high value")];
        scene.legend(ends.into_iter());
        let names: Vec<_> = self.rows.iter().map(|row| row.name.as_str()).collect();
        let x = self.scale(chart);
        let rows = scene.rows(&names, (ROW, 0.0), &chart.x, x);
        if let Some(zero) = rows.at(0.0) {
            let bottom = rows.row(names.len());
            scene.line(vec![(zero, rows.top), (zero, bottom)], Tint::Faint, 1.0);
        }
        for (nth, row) in self.rows.iter().enumerate() {
            let middle = rows.row(nth) + ROW / 2.0;
            for (place, shade, off) in row.spread(&rows.x) {
                let Some(across) = rows.at(place) else { continue };
                let at = (across, middle + off * (ROW / 2.0 - 3.0));
                scene.marks.push(Mark::Dot {
                    at,
                    radius: 2.5,
                    tint: Tint::drift(shade),
                    alpha: 0.8,
                });
            }
        }
    }
}
