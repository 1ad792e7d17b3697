//! Squares as dark as their values are large.

use super::Draw;
use crate::chart::Chart;
use crate::chart::kind::Heat;
use crate::chart::palette::{HEAT, Tint};
use crate::chart::scene::{Mark, Scene, Side, TEXT, clipped, written};

/// Height of a row.
const ROW: f64 = 26.0;
const MARGIN: f64 = 6.0;
/// Most room for names of columns that run upwards.
const MOST_TURNED: f64 = 120.0;
/// Most room for names of rows.
const MOST_LEFT: f64 = 170.0;

impl Draw for Heat {
    fn is_wide(&self, _: &Chart) -> bool {
        self.columns.len() > 14
    }

    fn draw(&self, chart: &Chart, scene: &mut Scene) {
        self.scale(scene);
        let label = match (chart.y.label.as_str(), chart.x.label.as_str()) {
            ("", label) | (label, "") => label.to_owned(),
            (rows, columns) => format!("rows: {rows}; columns: {columns}"),
        };
        if !label.is_empty() {
            let top = scene.grow(TEXT * 1.8);
            scene.text((MARGIN, top + TEXT * 0.6), label, Tint::Faint, Side::Right);
        }
        let widest = self.rows.iter().map(|name| written(name)).fold(0.0, f64::max);
        let left = MARGIN + widest.min(MOST_LEFT) + 8.0;
        let wide = ((scene.width - MARGIN - left) / self.columns.len().max(1) as f64).min(110.0);
        self.heads(left, wide, scene);
        let top = scene.grow(ROW * self.rows.len() as f64 + MARGIN);
        for (nth, (name, values)) in self.rows.iter().zip(&self.values).enumerate() {
            let row = top + ROW * nth as f64;
            scene.text(
                (left - 8.0, row + ROW / 2.0),
                clipped(name, MOST_LEFT),
                Tint::Ink,
                Side::Left,
            );
            for (at, value) in values.iter().enumerate() {
                self.cell(*value, (left + wide * at as f64, row), wide, scene);
            }
        }
    }
}

impl Heat {
    /// What is dark and what is light.
    fn scale(&self, scene: &mut Scene) {
        const STEP: f64 = 14.0;
        let (least, most) = self.ends();
        let top = scene.grow(TEXT * 1.9);
        let (least, most) = (self.unit.short(least), self.unit.short(most));
        let left = scene.width - MARGIN - written(&most) - 6.0 - STEP * HEAT as f64;
        scene.text((left - 6.0, top + TEXT * 0.6), least, Tint::Faint, Side::Left);
        scene.text((scene.width - MARGIN, top + TEXT * 0.6), most, Tint::Faint, Side::Left);
        for step in 0..HEAT {
            let from = (left + STEP * step as f64, top + 1.0);
            let to = (from.0 + STEP, from.1 + 12.0);
            scene.marks.push(Mark::Rect { from, to, tint: Tint::Heat(step), alpha: 1.0 });
        }
    }

    /// The names of the columns, upwards where one has not the room to lie.
    fn heads(&self, left: f64, wide: f64, scene: &mut Scene) {
        let widest = self.columns.iter().map(|name| written(name)).fold(0.0, f64::max);
        let is_turned = widest > wide - 4.0;
        let height = if is_turned { widest.min(MOST_TURNED) + 8.0 } else { TEXT * 1.5 };
        let bottom = scene.grow(height) + height;
        for (at, name) in self.columns.iter().enumerate() {
            let middle = left + wide * (at as f64 + 0.5);
            let (at, side) = match is_turned {
                true => ((middle, bottom - 5.0), Side::Right),
                false => ((middle, bottom - TEXT * 0.8), Side::Middle),
            };
            let text = if is_turned { clipped(name, MOST_TURNED) } else { name.clone() };
            scene.marks.push(Mark::Text {
                at,
                text,
                tint: Tint::Ink,
                side,
                is_turned,
                is_bold: false,
            });
        }
    }

    /// A square, with its number where it has room and is more than nothing.
    fn cell(&self, value: f64, from: (f64, f64), wide: f64, scene: &mut Scene) {
        let Some(part) = self.part(value) else { return };
        let tint = Tint::heat(part);
        let to = (from.0 + wide - 1.0, from.1 + ROW - 1.0);
        scene.marks.push(Mark::Rect { from, to, tint, alpha: 1.0 });
        let told = self.told(value, wide);
        if value != 0.0 && written(&told) < wide - 4.0 {
            let middle = ((from.0 + to.0) / 2.0, from.1 + ROW / 2.0);
            let ink = if let Tint::Heat(step) = tint { Tint::on_heat(step) } else { Tint::Ink };
            scene.text(middle, told, ink, Side::Middle);
        }
    }
}
