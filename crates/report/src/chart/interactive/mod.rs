//! Charts as `plotly` draws them: with answers to the pointer, zoom, and legends that hide series.
//!
//! Names of others are text for `plotly.js` only once `<`, `>` and `&` are escaped: it reads some HTML in every label. Colours
//! are those of light paper; the page's script replaces them by those of the mode.

mod traces;

use std::sync::OnceLock;

use plotly::common::{Anchor, ExponentFormat, Font, Label, Orientation, Title};
use plotly::configuration::DisplayModeBar;
use plotly::layout::{Axis as PlotAxis, AxisType, Legend, Margin, ModeBar, TicksDirection};
use plotly::{Configuration, Layout, Plot};

use super::axis::{Axis, Scale};
use super::palette::Tint;
use super::scene::{TEXT, clipped, written};
use super::{Chart, Kind};
use crate::error::ReportError;
use crate::number::Unit;

/// What is behind it is seen.
const NOTHING: &str = "rgba(0,0,0,0)";
/// So many places of an axis are told, about.
const MOST_TICKS: usize = 6;
/// Most room for names beside an axis.
const MOST_LEFT: f64 = 170.0;

/// What every kind can be drawn as.
trait Trace {
    /// Its traces, and its axes where they are not plain.
    fn plot(&self, chart: &Chart, plot: &mut Plot) -> Layout;

    /// Whether its traces have names to be told apart by.
    fn is_named(&self) -> bool {
        false
    }
}

impl Chart {
    /// The chart as the JSON that `plotly.js` reads: traces, layout and configuration.
    pub(crate) fn plotted(&self) -> String {
        let mut plot = Plot::new();
        let traces: &dyn Trace = match &self.kind {
            Kind::Lines(lines) => lines,
            Kind::Bars(bars) => bars,
            Kind::Histogram(histogram) => histogram,
            Kind::Heat(heat) => heat,
            Kind::Scatter(scatter) => scatter,
            Kind::Swarm(swarm) => swarm,
            Kind::Boxes(boxes) => boxes,
        };
        let layout = traces.plot(self, &mut plot);
        plot.set_layout(framed(layout, self.scene(false).height.max(200.0), traces.is_named()));
        plot.set_configuration(configuration());
        plot.to_json()
    }
}

/// The library, as the crate `plotly` ships it; without MathJax, which comes with it and reads formulas into names.
pub(crate) fn library() -> Result<&'static str, ReportError> {
    static LIBRARY: OnceLock<Option<String>> = OnceLock::new();
    let found = LIBRARY.get_or_init(|| {
        let scripts = Plot::offline_js_sources();
        let mut scripts = scripts.split("</script>").filter_map(|script| script.split_once('>'));
        let library = scripts.find(|(_, script)| script.starts_with("/**\n* plotly.js v"));
        library.map(|(_, script)| script.to_owned())
    });
    found.as_deref().ok_or(ReportError::NoLibrary)
}

/// What all charts look like.
fn framed(layout: Layout, height: f64, is_named: bool) -> Layout {
    let font = Font::new().size(TEXT as usize).color(Tint::Ink.colour().light);
    layout
        .height(height as usize + 20)
        .show_legend(is_named)
        .margin(Margin::new().left(8).right(16).top(if is_named { 26 } else { 8 }).bottom(8))
        .font(font)
        .paper_background_color(NOTHING)
        .plot_background_color(NOTHING)
        .legend(
            Legend::new()
                .orientation(Orientation::Horizontal)
                .x(0.0)
                .y(1.0)
                .y_anchor(Anchor::Bottom),
        )
        .hover_label(Label::new().background_color(Tint::Paper.colour().light))
        .mode_bar(
            ModeBar::new()
                .background_color(NOTHING)
                .color(Tint::Faint.colour().light)
                .active_color(Tint::Ink.colour().light),
        )
}

fn configuration() -> Configuration {
    Configuration::new()
        .responsive(true)
        .display_logo(false)
        .display_mode_bar(DisplayModeBar::Hover)
}

/// An axis of numbers, which are these. What `plotly.js` has a form for keeps its form when somebody looks closer. Lengths of
/// time have none there, and between decades it tells single digits, a half as a 5 below the 1: both are told where drawings
/// tell them.
fn axis(axis: &Axis, values: impl Iterator<Item = f64>) -> PlotAxis {
    let is_log = axis.is_log && axis.unit != Unit::Time;
    if axis.unit != Unit::Seconds && !is_log {
        return formed(axis);
    }
    let (places, told) = Scale::of(axis, values, false).told(MOST_TICKS).into_iter().unzip();
    formed(axis).tick_values(places).tick_text(told)
}

fn formed(axis: &Axis) -> PlotAxis {
    let plain = PlotAxis::new()
        .auto_margin(true)
        .grid_color(Tint::Grid.colour().light)
        .zero_line(false)
        .tick_font(faint())
        .title(Title::with_text(markup(&axis.label)).font(faint()));
    let formed = match axis.unit {
        Unit::Time => return plain.type_(AxisType::Date),
        Unit::Share => plain.tick_format(".3~%"),
        Unit::Plain => plain.tick_format(",.6~g"),
        // Prefixes from a thousand on, and none for halves: "500m" packets are no packets.
        Unit::Count | Unit::Seconds => plain.exponent_format(ExponentFormat::SI),
        Unit::Bytes => plain.exponent_format(ExponentFormat::SI).tick_suffix("B"),
        Unit::PerSecond => plain.exponent_format(ExponentFormat::SI).tick_suffix("/s"),
        Unit::BytesPerSecond => plain.exponent_format(ExponentFormat::SI).tick_suffix("B/s"),
    };
    match (axis.is_log, axis.range) {
        // Of such an axis plotly takes the exponents.
        (true, Some((low, high))) if low > 0.0 => {
            formed.type_(AxisType::Log).range(vec![low.log10(), high.log10()])
        }
        (true, _) => formed.type_(AxisType::Log),
        (false, Some((low, high))) => formed.range(vec![low, high]),
        (false, None) => formed,
    }
}

/// What is written beside a chart.
fn faint() -> Font {
    Font::new().size(TEXT as usize).color(Tint::Faint.colour().light)
}

/// An axis with a name at each whole number, the first at the top.
fn names(names: &[String]) -> PlotAxis {
    let told = names.iter().map(|name| markup(&clipped(name, MOST_LEFT))).collect();
    PlotAxis::new()
        .auto_margin(true)
        .show_grid(false)
        .zero_line(false)
        .tick_values((0..names.len()).map(|at| at as f64).collect())
        .tick_text(told)
        // Ticks that nobody sees keep names off what they name.
        .ticks(TicksDirection::Outside)
        .tick_color(NOTHING)
        .range(vec![names.len() as f64 - 0.5, -0.5])
}

/// A number on an axis, as `plotly.js` counts: milliseconds, where it is a time.
fn number(axis: &Axis, value: f64) -> f64 {
    if axis.unit == Unit::Time { (value * 1e6).round() / 1e3 } else { value }
}

/// What is told of a number: a variable of templates with its format.
fn told(variable: &str, unit: Unit) -> String {
    let (format, behind) = match unit {
        Unit::Time => return format!("%{{{variable}|%Y-%m-%d %H:%M:%S}}"),
        Unit::Count => (",.12~r", ""),
        Unit::Bytes => (",.0f", " B"),
        Unit::Plain => (".5~g", ""),
        Unit::PerSecond => (",.5~r", "/s"),
        Unit::BytesPerSecond => (",.5~r", " B/s"),
        Unit::Seconds => (",.4~g", " s"),
        Unit::Share => (".4~%", ""),
    };
    format!("%{{{variable}:{format}}}{behind}")
}

/// A text as `plotly.js` shows it as it is.
fn markup(text: &str) -> String {
    let mut markup = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '<' => markup.push_str("&lt;"),
            '>' => markup.push_str("&gt;"),
            '&' => markup.push_str("&amp;"),
            // Templates begin with it.
            '%' => markup.push_str("&#37;"),
            other => markup.push(other),
        }
    }
    markup
}

/// Whether a name would not find room below a column so wide.
fn is_long(name: &str, width: f64) -> bool {
    written(name) > width
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Heat, Histogram, Lines, Row, Series, Swarm};

    fn json(text: &str) -> serde_json::Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn axes_tell_numbers_as_drawings_do() {
        let of = |unit: Unit| {
            json(&serde_json::to_string(&axis(&Axis::new("", unit), [].into_iter())).unwrap())
        };
        assert_eq!(of(Unit::Share)["tickformat"], ".3~%", "a half of a hundredth is not 0 %");
        for unit in [Unit::Count, Unit::Bytes, Unit::PerSecond, Unit::BytesPerSecond] {
            assert_eq!(
                (&of(unit)["exponentformat"], &of(unit)["tickformat"]),
                (&"SI".into(), &().into())
            );
        }
        let long = axis(&Axis::new("", Unit::Seconds), [0.0, 7_200.0].into_iter());
        let long = json(&serde_json::to_string(&long).unwrap());
        let told: Vec<_> = long["ticktext"].as_array().unwrap().iter().collect();
        assert!(told.contains(&&"90 min".into()), "{told:?}");
        assert_eq!(told.len(), long["tickvals"].as_array().unwrap().len());
        let rows = Axis::new("", Unit::Count).log().range(0.5, 3_000.0);
        let decades = json(&serde_json::to_string(&axis(&rows, [].into_iter())).unwrap());
        assert_eq!(decades["ticktext"], serde_json::json!(["1", "10", "100", "1 k"]));
    }

    #[test]
    fn lengths_of_time_are_told_in_words_where_the_pointer_is() {
        let lines = Lines::of(vec![Series::new("a", vec![(5_400.0, 1.0), (0.002, 2.0)])]);
        let bins = Histogram::of(vec![0.002, 60.0, 5_400.0], vec![1.0, 2.0]);
        let charts = [Chart::new("t", "", lines), Chart::new("t", "", bins)];
        for chart in charts.map(|chart| chart.unwrap().x(Axis::new("", Unit::Seconds))) {
            let plotted = json(&chart.plotted());
            let trace = &plotted["data"][0];
            assert!(trace["hovertemplate"].as_str().unwrap().contains("%{hovertext}"), "{trace}");
            let told: Vec<_> = trace["hovertext"].as_array().unwrap().iter().collect();
            assert!(told.contains(&&"90 min".into()) && told.contains(&&"2 ms".into()), "{told:?}");
        }
    }

    #[test]
    fn colours_that_mean_how_much_say_it() {
        let swarm = Swarm::of(vec![Row::new("a", vec![(1.0, 0.0), (2.0, 1.0)])]);
        let swarm = json(&Chart::new("t", "", swarm).unwrap().plotted());
        let in_legend: Vec<_> = swarm["data"].as_array().unwrap().iter().collect();
        let in_legend: Vec<_> =
            in_legend.iter().filter(|it| it["showlegend"] != false).map(|it| &it["name"]).collect();
        assert_eq!(in_legend, ["low value", "high value"]);
        assert_eq!(swarm["layout"]["showlegend"], true);
        let heat = Heat::of(vec!["a".into()], vec!["b".into()], vec![vec![8_000.0]]);
        let chart = Chart::new("t", "", heat.in_unit(Unit::Bytes)).unwrap();
        let chart = chart.x(Axis::new("to", Unit::Plain)).y(Axis::new("from", Unit::Plain));
        let heat = json(&chart.plotted());
        assert_eq!(heat["data"][0]["colorbar"]["ticktext"], serde_json::json!(["0 B", "8 kB"]));
        let titles = ["xaxis", "yaxis"].map(|axis| heat["layout"][axis]["title"]["text"].clone());
        assert_eq!(titles, ["to", "from"]);
    }

    #[test]
    fn the_library_is_there_alone() {
        let library = library().unwrap();
        assert!((4_000_000..5_000_000).contains(&library.len()), "{}", library.len());
        assert!(
            !library.contains("</script")
                && !library.contains("MathJax=")
                && !library.contains('\r')
        );
    }

    #[test]
    fn names_are_text_for_the_library_too() {
        assert_eq!(markup("<a href='x'>%{x}&"), "&lt;a href='x'&gt;&#37;{x}&amp;");
    }
}
