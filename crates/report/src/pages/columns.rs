//! The columns of a table: what they tell about the label, what they are like, how their cells are spread.

use netsift_data::explore::{ColumnSummary, Distinct, Distribution};

use super::captures::with_table;
use crate::shown::first_of;
use crate::tables::{ColumnNumbers, LabelNumbers, TableNumbers, ranked};
use crate::{
    Axis, Bars, Block, Boxes, Cell, Chart, Column, Histogram, MOST_NAME, Quantiles, ReportError,
    Section, Unit, shown,
};

/// So many columns have a chart of how they are spread.
const MOST_CHARTS: usize = 16;
/// So many columns have a bar of what they tell.
const MOST_BARS: usize = 20;
/// So many classes have a colour of their own; the others are one.
const MOST_COLOURS: usize = 6;

/// What columns tell about the label.
pub(super) fn information(
    numbers: &TableNumbers,
    label: &LabelNumbers,
) -> Result<Section, ReportError> {
    let section = Section::new("What tells the label");
    if label.count < 2 {
        return Ok(section.sentence("There is nothing to be told: all rows are of one class."));
    }
    let section = section.sentence(
        "Mutual information: how much of what can be known about the label a column tells by itself, from nothing (0 %) to \
         all of it (100 %). Columns of many numbers are cut into 64 intervals of as many rows. With few rows, chance seems to tell \
         something, too; a column that differs in every row tells nothing of others.",
    );
    let ranked = ranked(&numbers.columns);
    let of_all = |it: &ColumnNumbers| it.information.unwrap_or(0.0) / label.entropy;
    let most = ranked.iter().take(MOST_BARS);
    let (names, parts) = most.map(|it| (it.summary.name.clone(), of_all(it))).unzip();
    let shows = format!(
        "The columns that tell most about the label, each by itself.{}",
        first_of(MOST_BARS, ranked.len(), "columns")
    );
    let chart = Chart::new("Mutual information with the label", shows, Bars::of(names, parts))?;
    let section = section.with(chart.x(Axis::new("of the label", Unit::Share)));
    let columns = vec![
        Column::text("Column"),
        Column::number("Of the label", Unit::Share).with_bars(),
        Column::number("Nats", Unit::Plain),
        Column::text("Remark"),
    ];
    let row = |it: &&ColumnNumbers| {
        let remark = if numbers.says_who_or_when(it) { "seems to say who or when" } else { "" };
        let name = it.summary.name.as_str().into();
        vec![name, of_all(it).into(), it.information.into(), remark.into()]
    };
    let rows: Vec<_> = ranked.iter().map(row).collect();
    with_table(section, "What each column tells", columns, rows)
}

/// All columns in a table.
pub(super) fn columns(numbers: &TableNumbers) -> Result<Section, ReportError> {
    let section = Section::new("Columns");
    if numbers.columns.is_empty() {
        return Ok(section.sentence("There are no columns beside the label."));
    }
    let columns = vec![
        Column::text("Column"),
        Column::text("Holds"),
        Column::number("Missing", Unit::Count),
        Column::number("Infinite", Unit::Count),
        Column::number("Different", Unit::Count),
        Column::number("Least", Unit::Plain),
        Column::number("Lower quartile", Unit::Plain),
        Column::number("Median", Unit::Plain),
        Column::number("Upper quartile", Unit::Plain),
        Column::number("Greatest", Unit::Plain),
        Column::number("Mean", Unit::Plain),
        Column::number("Deviation", Unit::Plain),
    ];
    let rows = numbers.columns.iter().map(|it| row(&it.summary)).collect();
    with_table(section, "Columns, in their order", columns, rows)
}

fn row(of: &ColumnSummary) -> Vec<Cell> {
    let quantile = |share: f64| of.quantiles.iter().find(|it| it.share == share)?.below;
    let counts = [of.missing, of.infinite, distinct(of)].map(|count| Cell::from(count as u64));
    let box_of = [of.min, quantile(0.25), quantile(0.5), quantile(0.75), of.max];
    let numbers = box_of.into_iter().chain([of.mean, of.deviation]).map(Cell::from);
    let holds = if of.is_text { "texts" } else { "numbers" };
    [of.name.as_str().into(), holds.into()].into_iter().chain(counts).chain(numbers).collect()
}

/// How many different cells there are; at least, where they were not all counted.
fn distinct(of: &ColumnSummary) -> usize {
    match of.distinct {
        Distinct::Exactly(count) | Distinct::MoreThan(count) => count,
        _ => 0,
    }
}

/// How the columns that tell most are spread, by class where there are classes.
pub(super) fn spreads(numbers: &TableNumbers) -> Result<Section, ReportError> {
    let mut section = Section::new("How columns are spread");
    let ranked = ranked(&numbers.columns);
    // What differs in every row is no spread.
    let varying =
        ranked.iter().filter(|it| !it.summary.is_constant() && !numbers.says_who_or_when(it));
    let told: Vec<&Distribution> = varying.filter_map(|it| it.distribution.as_ref()).collect();
    let (by, first) = match numbers.label {
        Some(_) => (" by class", "the columns that tell most about the label"),
        None => ("", "the first columns"),
    };
    section = section.sentence(match told.len() {
        0 => "No column varies, but for those that seem to say who or when.".to_owned(),
        many => format!(
            "Charts{by} of {} of {many} columns: {first}, without those that seem to say who or when. The JSON output has more.",
            many.min(MOST_CHARTS)
        ),
    });
    for of in told.iter().take(MOST_CHARTS) {
        if let Some(chart) = spread(of)? {
            section = section.with(chart);
        }
    }
    let texts = told.iter().flat_map(|of| {
        let row = |it: &netsift_data::explore::TextCount| {
            let part = it.rows as f64 / numbers.rows.max(1) as f64;
            let texts = [&of.column, &it.text].map(|text| Cell::from(text.as_str()));
            let counts = [(it.rows as u64).into(), part.into()];
            texts.into_iter().chain(counts).collect::<Vec<Cell>>()
        };
        of.texts.iter().map(row)
    });
    let columns = vec![
        Column::text("Column"),
        Column::text("Text"),
        Column::number("Rows", Unit::Count).with_bars(),
        Column::number("Of all", Unit::Share),
    ];
    let title = "The most frequent texts";
    let table = with_table(Section::new(""), title, columns, texts.collect())?;
    let blocks = table.blocks().to_vec();
    Ok(if blocks.is_empty() { section } else { section.with(Block::Details(title.into(), blocks)) })
}

/// A chart of a column; none of one without a known cell.
fn spread(of: &Distribution) -> Result<Option<Chart>, ReportError> {
    if !of.texts.is_empty() {
        return texts(of).map(Some);
    }
    match (of.bins.as_slice(), of.classes.is_empty()) {
        ([], _) => Ok(None),
        (_, true) => histogram(of).map(Some),
        (_, false) => boxes(of).map(Some),
    }
}

/// The axis of a column's numbers.
fn axis(of: &Distribution) -> Axis {
    let axis = Axis::new(shown(&of.column, MOST_NAME), Unit::Plain);
    if of.is_by_ratio { axis.log() } else { axis }
}

fn boxes(of: &Distribution) -> Result<Chart, ReportError> {
    let quantiles = of.classes.iter().filter_map(|class| {
        let below: Vec<f64> = class.quantiles.iter().filter_map(|it| it.below).collect();
        let [least, first, median, third, most] = below[..] else { return None };
        Some((class.class.clone(), Quantiles { least, first, median, third, most }))
    });
    let zeros =
        if of.is_by_ratio && of.zeros > 0 { " What is 0 stands at the left end." } else { "" };
    let shows = format!(
        "By class, the largest first: the box holds the middle half, and the ends are the least and the greatest.{zeros}"
    );
    Ok(Chart::new(&of.column, shows, Boxes::of(quantiles.collect()))?.x(axis(of)))
}

fn histogram(of: &Distribution) -> Result<Chart, ReportError> {
    let zeros = match of.zeros {
        0 => String::new(),
        zeros => format!(" {} are 0, and not drawn.", Unit::Count.exact(zeros as f64)),
    };
    let shows = format!("How many cells are how large.{zeros}");
    let counts = of.bins.iter().map(|bin| bin.cells as f64).collect();
    let histogram = Histogram::of(edges(of), counts);
    let chart = Chart::new(&of.column, shows, histogram)?.x(axis(of));
    Ok(chart.y(Axis::new("rows", Unit::Count)))
}

/// Where bins begin and the last one ends; that of a single number gets some room.
fn edges(of: &Distribution) -> Vec<f64> {
    let (first, last) = (of.bins.first().map(|bin| bin.from), of.bins.last().map(|bin| bin.to));
    let end = match (first, last) {
        (Some(first), Some(last)) if first == last => last + last.abs().max(1.0) * 0.01,
        _ => last.unwrap_or(0.0),
    };
    of.bins.iter().map(|bin| bin.from).chain([end]).collect()
}

fn texts(of: &Distribution) -> Result<Chart, ReportError> {
    let names = of.texts.iter().map(|it| it.text.clone()).collect();
    let rows =
        |at: usize| of.texts.iter().map(move |it| it.classes.get(at).copied().unwrap_or(0) as f64);
    let classes = of.classes.iter().enumerate().take(MOST_COLOURS);
    let mut series: Vec<(String, Vec<f64>)> =
        classes.map(|(at, class)| (class.class.clone(), rows(at).collect())).collect();
    let others: Vec<f64> = of
        .texts
        .iter()
        .map(|it| it.rows as f64 - it.classes.iter().take(MOST_COLOURS).sum::<usize>() as f64)
        .collect();
    if !series.is_empty() && others.iter().any(|rows| *rows > 0.0) {
        series.push(("other classes".to_owned(), others.clone()));
    }
    let bars =
        if series.is_empty() { Bars::of(names, others) } else { Bars::stacked(names, series) };
    let shows = match of.other_texts {
        0 => "How often each text stands there.".to_owned(),
        others => format!(
            "The most frequent texts; {} cells hold others.",
            Unit::Count.exact(others as f64)
        ),
    };
    Ok(Chart::new(&of.column, shows, bars)?.x(Axis::new("rows", Unit::Count)))
}

/// Columns that say nothing.
pub(super) fn constant(numbers: &TableNumbers) -> Result<Section, ReportError> {
    let section = Section::new("Constant columns")
        .sentence("Their cells are all the same: nothing can be learned of them.");
    let constant = numbers.columns.iter().map(|it| &it.summary).filter(|it| it.is_constant());
    let rows = constant.map(|it| {
        let holds = match (it.count, it.is_text) {
            (0, _) => "nothing: all cells are missing",
            (_, true) => "one text",
            (_, false) => "one number",
        };
        vec![it.name.as_str().into(), holds.into(), it.min.into()]
    });
    let columns =
        vec![Column::text("Column"), Column::text("Holds"), Column::number("Number", Unit::Plain)];
    with_table(section, "Columns that never vary", columns, rows.collect())
}
