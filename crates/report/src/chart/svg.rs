//! Scenes drawn by `plotters`: as SVG here, and on any other of its backends.

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, DrawingAreaErrorKind, DrawingBackend, FontDesc, FontFamily,
    FontStyle, FontTransform, IntoDrawingArea, PathElement, Polygon, RGBColor, Rectangle,
    SVGBackend, ShapeStyle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Chart;
use super::palette::Tint;
use super::scene::{Mark, Point, Scene, Side, TEXT};
use crate::error::ReportError;

/// Backends count whole pixels; of these there are so many in a unit of a scene.
pub(super) const FINE: f64 = 2.0;
/// `plotters` takes the height of a line where others take that of an em.
const LINE: f64 = 1.24;
/// Attributes that say what is so anyhow, and the name of the font, which a page has.
const SAID_ANYHOW: [&str; 4] =
    [" opacity=\"1\"", " stroke=\"none\"", " stroke-width=\"1\"", " text-anchor=\"start\""];

impl Chart {
    /// The chart as an SVG file, light and with its title.
    ///
    /// # Errors
    ///
    /// When the library that draws refuses; it has no known reason to.
    pub fn svg(&self) -> Result<String, ReportError> {
        self.drawn(&self.scene(true))
    }

    /// The chart as part of a page, which has its title elsewhere.
    pub(crate) fn inline_svg(&self) -> Result<String, ReportError> {
        self.drawn(&self.scene(false))
    }

    fn drawn(&self, scene: &Scene) -> Result<String, ReportError> {
        let mut text = String::new();
        self.paint(scene, SVGBackend::with_string(&mut text, pixels(scene)))?;
        // What is text in it has its quotes escaped: no text is met here.
        let slim = SAID_ANYHOW.iter().fold(text, |text, said| text.replace(said, ""));
        Ok(slim)
    }

    /// Draws all marks, from back to front.
    pub(super) fn paint<B>(&self, scene: &Scene, backend: B) -> Result<(), ReportError>
    where
        B: DrawingBackend<ErrorType: 'static>,
    {
        let area = backend.into_drawing_area();
        let drawn = scene.marks.iter().try_for_each(|mark| draw(mark, &area));
        drawn.and_then(|()| area.present()).map_err(|source| ReportError::Drawing {
            of: self.title.clone(),
            source: Box::new(source),
        })
    }
}

/// The size of a scene as a backend counts it.
pub(super) fn pixels(scene: &Scene) -> (u32, u32) {
    let fine = |size: f64| (size * FINE).ceil().clamp(1.0, 16_384.0) as u32;
    (fine(scene.width), fine(scene.height))
}

fn draw<B: DrawingBackend>(
    mark: &Mark,
    area: &DrawingArea<B, Shift>,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let all = |points: &[Point]| points.iter().map(|point| at(*point)).collect::<Vec<_>>();
    match mark {
        Mark::Rect { from, to, tint, alpha } => {
            area.draw(&Rectangle::new([at(*from), at(*to)], filled(*tint, *alpha)))
        }
        Mark::Line { points, tint, width } => {
            let style = ShapeStyle { stroke_width: (width * FINE) as u32, ..filled(*tint, 1.0) };
            area.draw(&PathElement::new(all(points), style))
        }
        Mark::Area { points, tint, alpha } => {
            area.draw(&Polygon::new(all(points), filled(*tint, *alpha)))
        }
        Mark::Dot { at: middle, radius, tint, alpha } => {
            let radius = (radius * FINE) as i32;
            area.draw(&Circle::new(at(*middle), radius, filled(*tint, *alpha)))
        }
        Mark::Text { at: place, text, tint, side, is_turned, is_bold } => {
            let style = written(*tint, *side, *is_turned, *is_bold);
            area.draw(&Text::new(text.as_str(), at(*place), style))
        }
    }
}

fn at((across, down): Point) -> (i32, i32) {
    ((across * FINE).round() as i32, (down * FINE).round() as i32)
}

fn filled(tint: Tint, alpha: f64) -> ShapeStyle {
    ShapeStyle { color: colour(tint).mix(alpha), filled: true, stroke_width: 1 }
}

fn written(tint: Tint, side: Side, is_turned: bool, is_bold: bool) -> TextStyle<'static> {
    let across = match side {
        Side::Left => HPos::Right,
        Side::Middle => HPos::Center,
        Side::Right => HPos::Left,
    };
    let style = if is_bold { FontStyle::Bold } else { FontStyle::Normal };
    let turn = if is_turned { FontTransform::Rotate270 } else { FontTransform::None };
    let font = FontDesc::new(FontFamily::SansSerif, TEXT * FINE * LINE, style).transform(turn);
    let pos = Pos::new(across, VPos::Center);
    TextStyle { font, color: colour(tint).to_backend_color(), pos }
}

/// The colour on light paper.
fn colour(tint: Tint) -> RGBColor {
    let digits = u32::from_str_radix(&tint.colour().light[1..], 16).unwrap_or(0);
    let [_, red, green, blue] = digits.to_be_bytes();
    RGBColor(red, green, blue)
}
