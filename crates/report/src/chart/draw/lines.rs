//! Lines, their bands and what they are compared with.

use super::{Draw, legend};
use crate::chart::Chart;
use crate::chart::axis::Scale;
use crate::chart::kind::{Lines, Series};
use crate::chart::palette::Tint;
use crate::chart::scene::{Mark, Plane, Point, Scene};
use crate::number::Unit;

const HEIGHT: f64 = 220.0;

impl Draw for Lines {
    fn is_wide(&self, chart: &Chart) -> bool {
        chart.x.unit == Unit::Time
    }

    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        scene.legend_of_lines(legend(self.series.iter().map(|series| &series.name)));
        let ends = self.reference.into_iter().flat_map(|(from, to)| [from, to]);
        let points = self.series.iter().flat_map(|series| series.points.iter().copied());
        let bands = self.series.iter().filter_map(Series::edges).flatten().flatten();
        let all: Vec<Point> = points.chain(bands).chain(ends).collect();
        let x = Scale::of(&chart.x, all.iter().map(|point| point.0), false);
        let y = Scale::of(&chart.y, all.iter().map(|point| point.1), chart.y.unit != Unit::Plain);
        let plane = scene.plane(HEIGHT, (&chart.x, x), (&chart.y, y));
        if let Some((from, to)) = self.reference
            && let (Some(from), Some(to)) = (plane.at(from.0, from.1), plane.at(to.0, to.1))
        {
            scene.dashes(from, to, Tint::Faint);
        }
        for (nth, series) in self.series.iter().enumerate() {
            let tint = Tint::Series(nth);
            scene.marks.extend(series.edges().and_then(|edges| band(&edges, &plane, tint)));
            line(series, &plane, tint, scene);
        }
    }
}

fn line(series: &Series, plane: &Plane, tint: Tint, scene: &mut Scene) {
    let places = series.points.iter().filter_map(|point| plane.at(point.0, point.1));
    let mut points: Vec<Point> = Vec::new();
    for (across, down) in places {
        if let (true, Some(before)) = (series.has_steps, points.last()) {
            points.push((across, before.1));
        }
        points.push((across, down));
    }
    match points[..] {
        [] => {}
        // A line of one point is not seen.
        [at] => scene.marks.push(Mark::Dot { at, radius: 3.0, tint, alpha: 1.0 }),
        // Where points are near each other, a thick line hides what it does.
        _ if series.points.len() > 200 => scene.series(&points, tint, 1.5),
        _ => scene.series(&points, tint, 2.0),
    }
}

/// From the lower edge back along the upper one.
fn band([low, high]: &[Vec<Point>; 2], plane: &Plane, tint: Tint) -> Option<Mark> {
    let edge = low.iter().chain(high.iter().rev());
    let points: Vec<_> = edge.filter_map(|point| plane.at(point.0, point.1)).collect();
    (points.len() > 2).then_some(Mark::Area { points, tint, alpha: 0.18 })
}
