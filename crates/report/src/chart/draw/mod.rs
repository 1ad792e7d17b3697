//! Charts as scenes: a file for each kind, which says where its marks stand.

mod bars;
mod boxes;
mod heat;
mod histogram;
mod lines;
mod scatter;
mod swarm;

use super::palette::Tint;
use super::scene::Scene;
use super::{Chart, Kind};

/// How wide a chart is drawn that takes half of a page, and one that takes all of it.
const WIDTHS: [f64; 2] = [480.0, 980.0];

/// What every kind can be drawn as.
trait Draw {
    /// Puts its marks on a scene, below what is there.
    fn draw(&self, chart: &Chart, scene: &mut Scene);

    /// Whether it needs the whole width of a page.
    fn is_wide(&self, _: &Chart) -> bool {
        false
    }
}

impl Chart {
    /// All marks of the chart; with its title, where it stands alone.
    pub(super) fn scene(&self, has_title: bool) -> Scene {
        let mut scene = Scene::new(WIDTHS[usize::from(self.is_wide())]);
        if has_title {
            scene.title(&self.title);
        }
        self.kind.form().draw(self, &mut scene);
        scene
    }
}

impl Kind {
    pub(super) fn is_wide(&self, chart: &Chart) -> bool {
        self.form().is_wide(chart)
    }

    fn form(&self) -> &dyn Draw {
        match self {
            Self::Lines(lines) => lines,
            Self::Bars(bars) => bars,
            Self::Histogram(histogram) => histogram,
            Self::Heat(heat) => heat,
            Self::Scatter(scatter) => scatter,
            Self::Swarm(swarm) => swarm,
            Self::Boxes(boxes) => boxes,
        }
    }
}

/// The names of series with their colours.
fn legend<'a>(names: impl Iterator<Item = &'a String>) -> impl Iterator<Item = (Tint, &'a str)> {
    names.enumerate().map(|(at, name)| (Tint::Series(at), name.as_str()))
}
