//! What each kind of chart is made of.

use plotly::common::{
    AxisSide, ColorBar, ColorScale, ColorScaleElement, DashType, ErrorData, ErrorType, Fill, Font,
    HoverInfo, Line, LineShape, Marker, Mode, Orientation, Title,
};
use plotly::layout::{Annotation, Axis as PlotAxis, BarMode, HoverMode};
use plotly::{Bar, BoxPlot, HeatMap, Layout, Plot, Scatter as Trail};

use super::{Trace, axis, faint, is_long, markup, names, number, told};
use crate::chart::axis::Scale;
use crate::chart::kind::{Bars, Boxes, Heat, Histogram, Lines, Scatter, Series, Swarm};
use crate::chart::palette::{DRIFT, HEAT, Tint};
use crate::chart::{Axis, Chart, Quantiles};
use crate::number::Unit;

/// So many lines are told of together where the pointer is; more would hide the chart.
const MOST_TOGETHER: usize = 8;
/// How lines look whose colours have begun anew so many times.
const DASHES: [DashType; 3] = [DashType::Solid, DashType::Dash, DashType::Dot];
/// So many columns of a heat map have numbers in their squares.
const MOST_TOLD: usize = 14;
/// About how wide all columns are together.
const COLUMNS: f64 = 380.0;

impl Trace for Lines {
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        if let Some((from, to)) = self.reference {
            let line = Line::new().color(light(Tint::Faint)).dash(DashType::Dash);
            let trail = trail(chart, &[from, to]).mode(Mode::Lines).line(line);
            plot.add_trace(trail.show_legend(false).hover_info(HoverInfo::Skip));
        }
        for (nth, series) in self.series.iter().enumerate() {
            if let Some([low, mut high]) = series.edges() {
                high.reverse();
                let around = [low, high].concat();
                let band = trail(chart, &around).mode(Mode::None).fill(Fill::ToSelf).opacity(0.18);
                let band = band.fill_color(light(Tint::Series(nth)));
                plot.add_trace(band.show_legend(false).hover_info(HoverInfo::Skip));
            }
            plot.add_trace(line(chart, series, nth));
        }
        let together = self.series.len() <= MOST_TOGETHER && self.reference.is_none();
        let points = self.series.iter().flat_map(|series| &series.points);
        let layout = plane(chart, points.clone().map(|point| point.0), points.map(|point| point.1));
        layout.hover_mode(if together { HoverMode::XUnified } else { HoverMode::Closest })
    }

    fn is_named(&self) -> bool {
        self.series.iter().any(|series| !series.name.is_empty())
    }
}

fn line(chart: &Chart, series: &Series, nth: usize) -> Box<Trail<f64, f64>> {
    let shape = if series.has_steps { LineShape::Hv } else { LineShape::Linear };
    let line = Line::new().color(light(Tint::Series(nth))).width(width(series)).shape(shape);
    let line = match Tint::Series(nth).round() {
        0 => line,
        round => line.dash(DASHES[round % DASHES.len()].clone()),
    };
    let hover = format!("{}, {}", across(chart), told("y", chart.y.unit));
    let mode = if series.points.len() > 1 { Mode::Lines } else { Mode::Markers };
    let trail = trail(chart, &series.points).name(markup(&series.name)).mode(mode).line(line);
    trail.marker(Marker::new().color(light(Tint::Series(nth)))).hover_template(hover)
}

impl Trace for Bars {
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        let rows: Vec<_> = (0..self.names.len()).map(|at| at as f64).collect();
        let told = |(name, value): (&String, &f64)| {
            format!("{}: {}", markup(name), chart.x.unit.exact(*value))
        };
        for (nth, (name, values)) in self.series.iter().enumerate() {
            let hover = self.names.iter().zip(values).map(told).collect();
            let mut bar = Bar::new(values.clone(), rows.clone())
                .orientation(Orientation::Horizontal)
                .name(markup(name))
                .marker(Marker::new().color(light(Tint::Series(nth))))
                .hover_text_array(hover)
                .hover_template("%{hovertext}");
            if let (0, Some(spans)) = (nth, &self.spans) {
                let above = spans.iter().zip(values).map(|(span, value)| span.high - value);
                let below = spans.iter().zip(values).map(|(span, value)| value - span.low);
                let error = ErrorData::new(ErrorType::Data).symmetric(false).array(above.collect());
                let error = error.array_minus(below.collect()).color(light(Tint::Ink));
                bar = bar.error_x(error);
            }
            plot.add_trace(bar);
        }
        Layout::new()
            .x_axis(axis(&chart.x, self.ends().into_iter().chain([0.0])))
            .y_axis(names(&self.names))
            .bar_mode(if self.is_stacked { BarMode::Relative } else { BarMode::Group })
            .hover_mode(HoverMode::Closest)
    }

    fn is_named(&self) -> bool {
        self.series.iter().any(|(name, _)| !name.is_empty())
    }
}

impl Trace for Histogram {
    /// As lines in steps with what is below them filled: bins are as wide as they are, on any axis.
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        for (nth, (name, counts)) in self.series.iter().enumerate() {
            let last = counts.last().copied().unwrap_or_default();
            let points: Vec<_> =
                self.edges.iter().copied().zip(counts.iter().copied().chain([last])).collect();
            let line = Line::new().color(light(Tint::Series(nth))).width(1.0).shape(LineShape::Hv);
            let hover = format!("from {}: {}", across(chart), told("y", chart.y.unit));
            let steps = trail(chart, &points).name(markup(name)).mode(Mode::Lines).line(line);
            plot.add_trace(steps.fill(Fill::ToZeroY).hover_template(hover));
        }
        if let Some((name, at)) = &self.mark {
            let counts = self.series.iter().flat_map(|(_, counts)| counts.iter().copied());
            let most = counts.fold(0.0, f64::max);
            // From what is above nothing, so that it has a place among ratios too.
            let line = Line::new().color(light(Tint::Ink)).dash(DashType::Dash).width(1.5);
            let trail =
                trail(chart, &[(*at, most.min(1.0)), (*at, most)]).mode(Mode::Lines).line(line);
            plot.add_trace(trail.name(markup(name)).hover_info(HoverInfo::Skip));
        }
        let counts = self.series.iter().flat_map(|(_, counts)| counts.iter().copied());
        plane(chart, self.edges.iter().copied(), counts).hover_mode(HoverMode::Closest)
    }

    fn is_named(&self) -> bool {
        self.series.iter().any(|(name, _)| !name.is_empty())
    }
}

impl Trace for Heat {
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        let parts = self.values.iter().map(|row| row.iter().map(|v| self.part(*v)).collect());
        let parts: Vec<Vec<Option<f64>>> = parts.collect();
        let pair = |row: &str, column: &str, value: f64| {
            format!("{} → {}: {}", markup(row), markup(column), self.unit.exact(value))
        };
        let row = |(row, values): (&String, &Vec<f64>)| {
            self.columns
                .iter()
                .zip(values)
                .map(|(column, value)| pair(row, column, *value))
                .collect()
        };
        let hover: Vec<Vec<String>> = self.rows.iter().zip(&self.values).map(row).collect();
        let steps = (0..HEAT).map(|step| {
            ColorScaleElement(step as f64 / (HEAT - 1) as f64, light(Tint::Heat(step)).to_owned())
        });
        let places = |names: &[String]| (0..names.len()).map(|at| at as f64).collect::<Vec<_>>();
        let heat = HeatMap::new(places(&self.columns), places(&self.rows), parts)
            .color_scale(ColorScale::Vector(steps.collect()))
            .zmin(0.0)
            .zmax(1.0)
            .color_bar(self.bar())
            .x_gap(1.0)
            .y_gap(1.0)
            .hover_text_matrix(hover)
            .hover_template("%{hovertext}<extra></extra>");
        plot.add_trace(heat);
        let mut across = titled(columns(&self.columns), &chart.x);
        if self.columns.iter().any(|name| is_long(name, COLUMNS / self.columns.len() as f64)) {
            across = across.tick_angle(-90.0);
        }
        let down = titled(names(&self.rows), &chart.y);
        Layout::new().x_axis(across).y_axis(down).annotations(self.annotations())
    }
}

impl Heat {
    /// What is dark and what is light.
    fn bar(&self) -> ColorBar {
        let (least, most) = self.ends();
        ColorBar::new()
            .tick_vals(vec![0.0, 1.0])
            .tick_text([least, most].map(|end| self.unit.short(end)).to_vec())
            .tick_font(faint())
            .outline_width(0)
            .thickness(12)
    }

    /// The numbers in the squares, where they have room.
    fn annotations(&self) -> Vec<Annotation> {
        if self.columns.len() > MOST_TOLD {
            return Vec::new();
        }
        let one = |row: usize, column: usize, value: f64| {
            let Tint::Heat(step) = Tint::heat(self.part(value)?) else { return None };
            let font = Font::new().color(light(Tint::on_heat(step)));
            let told = self.told(value, COLUMNS / self.columns.len() as f64);
            let told = Annotation::new().text(told).x(column as f64).y(row as f64).font(font);
            (value != 0.0).then(|| told.show_arrow(false))
        };
        let rows = self.values.iter().enumerate();
        rows.flat_map(|(row, values)| {
            values.iter().enumerate().filter_map(move |(column, value)| one(row, column, *value))
        })
        .collect()
    }
}

impl Trace for Scatter {
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        for (nth, (name, dots)) in self.series.iter().enumerate() {
            let marker = Marker::new().color(light(Tint::Series(nth))).size(6).opacity(0.6);
            let hover = format!("{}, {}", across(chart), told("y", chart.y.unit));
            let dots = trail(chart, dots).name(markup(name)).mode(Mode::Markers).marker(marker);
            plot.add_trace(dots.hover_template(hover));
        }
        let (x, y) = (self.dots().map(|dot| dot.0), self.dots().map(|dot| dot.1));
        plane(chart, x, y).hover_mode(HoverMode::Closest)
    }

    fn is_named(&self) -> bool {
        self.series.iter().any(|(name, _)| !name.is_empty())
    }
}

impl Trace for Swarm {
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        let scale = self.scale(chart);
        for (nth, row) in self.rows.iter().enumerate() {
            let dots = row.spread(&scale);
            let colours = dots.iter().map(|(_, shade, _)| light(Tint::drift(*shade)).to_owned());
            let marker = Marker::new().size(5).opacity(0.8).color_array(colours.collect());
            let x = dots.iter().map(|(place, _, _)| *place).collect();
            let y = dots.iter().map(|(_, _, off)| nth as f64 + off * 0.4).collect();
            let hover = format!("{}<extra></extra>", told("x", chart.x.unit));
            let dots = Trail::new(x, y).mode(Mode::Markers).marker(marker).name(markup(&row.name));
            plot.add_trace(dots.show_legend(false).hover_template(hover));
        }
        for (shade, name) in [(0, "low value"), (DRIFT - 1, "high value")] {
            let marker = Marker::new().size(8).color(light(Tint::Drift(shade)));
            // Without any place there is no name of it either.
            let nowhere = Trail::new(vec![None::<f64>], vec![None::<f64>]);
            plot.add_trace(nowhere.mode(Mode::Markers).marker(marker).name(name));
        }
        let rows: Vec<_> = self.rows.iter().map(|row| row.name.clone()).collect();
        let places = self.rows.iter().flat_map(|row| row.dots.iter().map(|dot| dot.0));
        let across = axis(&chart.x, places).zero_line(true).zero_line_color(light(Tint::Faint));
        Layout::new().x_axis(across).y_axis(names(&rows)).hover_mode(HoverMode::Closest)
    }

    fn is_named(&self) -> bool {
        true
    }
}

impl Trace for Boxes {
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout {
        // What has no place on the axis begins at its left, as in drawings.
        let ends = self.rows.iter().flat_map(|(_, quantiles)| quantiles.all());
        let scale = Scale::of(&chart.x, ends.clone(), false);
        let placed = |value: f64| if scale.place(value).is_some() { value } else { scale.low };
        let all = |of: fn(&Quantiles) -> f64| {
            self.rows.iter().map(|(_, quantiles)| placed(of(quantiles))).collect::<Vec<_>>()
        };
        let rows: Vec<_> = (0..self.rows.len()).map(|at| at as f64).collect();
        let boxes = BoxPlot::<f64, f64>::new_xy(Vec::new(), rows)
            .orientation(Orientation::Horizontal)
            .lower_fence(all(|q| q.least))
            .q1(all(|q| q.first))
            .median(all(|q| q.median))
            .q3(all(|q| q.third))
            .upper_fence(all(|q| q.most))
            .line(Line::new().color(light(Tint::Series(0))))
            .name("");
        plot.add_trace(boxes);
        let rows: Vec<_> = self.rows.iter().map(|(name, _)| name.clone()).collect();
        let across = axis(&chart.x, ends);
        Layout::new().x_axis(across).y_axis(names(&rows)).hover_mode(HoverMode::Closest)
    }
}

/// Both axes are of numbers.
fn plane(chart: &Chart, x: impl Iterator<Item = f64>, y: impl Iterator<Item = f64>) -> Layout {
    Layout::new().x_axis(axis(&chart.x, x)).y_axis(axis(&chart.y, y))
}

/// Names, and what they are of.
fn titled(names: PlotAxis, axis: &Axis) -> PlotAxis {
    names.title(Title::with_text(markup(&axis.label)).font(faint()))
}

/// What is told of where a point of a [`trail`] is on the horizontal axis.
fn across(chart: &Chart) -> String {
    match chart.x.unit {
        Unit::Seconds => "%{hovertext}".to_owned(),
        unit => told("x", unit),
    }
}

/// Points as `plotly.js` counts them.
fn trail(chart: &Chart, points: &[(f64, f64)]) -> Box<Trail<f64, f64>> {
    let of = |axis: &Axis, value| number(axis, value);
    let x = points.iter().map(|point| of(&chart.x, point.0)).collect();
    let trail = Trail::new(x, points.iter().map(|point| of(&chart.y, point.1)).collect());
    match chart.x.unit {
        // No template has a form for them.
        Unit::Seconds => trail
            .hover_text_array(points.iter().map(|point| Unit::Seconds.exact(point.0)).collect()),
        _ => trail,
    }
}

/// Names of columns, the first at the left.
fn columns(all: &[String]) -> PlotAxis {
    names(all).range(vec![-0.5, all.len() as f64 - 0.5]).side(AxisSide::Top)
}

/// Where points are near each other, a thick line hides what it does.
fn width(series: &Series) -> f64 {
    if series.points.len() > 200 { 1.3 } else { 2.0 }
}

/// The colour on light paper.
const fn light(tint: Tint) -> &'static str {
    tint.colour().light
}
