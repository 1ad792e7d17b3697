//! Models as a whole: against each other, with more rows, on rows that have changed, and what their files say.

use netsift_models::drift::ColumnDrift;

use super::columns::inside;
use crate::evaluate::{Card, Evaluation, ModelPair};
use crate::pages::captures::with_table;
use crate::{Axis, Block, Cell, Chart, Column, Lines, ReportError, Section, Series, Unit};

/// Each pair of models, in a sentence and in numbers.
pub(super) fn compared(of: &Evaluation, section: Section) -> Result<Section, ReportError> {
    let section = of.compared.iter().fold(section, |section, pair| section.sentence(of.said(pair)));
    let columns = vec![
        Column::text("Model"),
        Column::text("Against"),
        Column::number(format!("{} more", of.score), Unit::Plain),
        Column::number("At least", Unit::Plain),
        Column::number("At most", Unit::Plain),
        Column::number("Right alone", Unit::Count),
        Column::number("Other right alone", Unit::Count),
        Column::number("McNemar's p", Unit::Plain),
    ];
    let row = |pair: &ModelPair| {
        let by = pair.difference;
        vec![
            pair.first.as_str().into(),
            pair.second.as_str().into(),
            by.map(|it| it.estimate).into(),
            by.map(|it| it.low).into(),
            by.map(|it| it.high).into(),
            pair.only_first.into(),
            pair.only_second.into(),
            pair.p_value.into(),
        ]
    };
    with_table(section, "Models compared", columns, of.compared.iter().map(row).collect())
}

impl Evaluation {
    /// What a comparison says, in a sentence.
    #[must_use]
    pub fn said(&self, pair: &ModelPair) -> String {
        let ModelPair { first, second, difference, p_value, .. } = pair;
        let by = match difference {
            Some(by) if by.low > 0.0 || by.high < 0.0 => format!(
                "{first} and {second} differ in {} by more than chance: {:+.4} ({} between {:+.4} and {:+.4})",
                self.score,
                by.estimate,
                Unit::Share.short(by.confidence),
                by.low,
                by.high
            ),
            Some(by) => format!(
                "{first} and {second} do not differ in {} by more than chance: {:+.4} ({} between {:+.4} and {:+.4})",
                self.score,
                by.estimate,
                Unit::Share.short(by.confidence),
                by.low,
                by.high
            ),
            None => format!("{first} and {second} have no {} here", self.score),
        };
        let chance = match *p_value {
            p if p < 0.001 => "below 0.001".to_owned(),
            p => format!("of {p:.3}"),
        };
        format!(
            "{by}. {} rows are told right by the first alone, and {} by the second alone; chance does as much with a likelihood \
             {chance} (McNemar's test).",
            Unit::Count.exact(pair.only_first),
            Unit::Count.exact(pair.only_second),
        )
    }
}

pub(super) fn learning(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Learning curves");
    for (model, inside) in inside(of) {
        let Some(told) = &inside.learning else { continue };
        let points = &told.points;
        let line = |name: &str, height: &dyn Fn(usize) -> f64| {
            let line = points.iter().enumerate().map(|(at, point)| (point.rows, height(at)));
            Series::new(name, line.collect())
        };
        let (low, high) = points.iter().map(|point| point.held_between).unzip();
        let held = line("rows that were not learned", &|at| points[at].held).with_band(low, high);
        let lines = Lines::of(vec![held, line("rows that were learned", &|at| points[at].train)]);
        let shows = format!(
            "{} with more and more rows: means over {} folds of the rows to train with, and around them the folds. Where the lower \
             line still rises, more rows help.",
            told.score, told.folds
        );
        let chart = Chart::new(of.named("Learning curve", model), shows, lines)?;
        section = section.with(
            chart
                .x(Axis::new("rows learned", Unit::Count))
                .y(Axis::new(told.score.as_str(), Unit::Plain)),
        );
    }
    if section.blocks().is_empty() {
        return Ok(section);
    }
    Ok(section.sentence(
        "Learners were fitted again with their settings, on rows prepared as their files say. How classes were balanced and \
         probabilities calibrated is not in those files, and was not done again.",
    ))
}

pub(super) fn drift(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Drift").sentence(
        "A drift is the greatest population stability index of any column between the rows to test with and those of the \
         training, as far as chance does not explain it. From 0.1 on a change is called moderate, from 0.25 on great.",
    );
    let before = section.blocks().len();
    for (model, inside) in inside(of) {
        let drift = &inside.drift;
        let rough = match drift.is_rough {
            true => ", roughly: its file is of the first version",
            false => "",
        };
        let (name, level) = (&model.name, drift.level.name());
        section = section.sentence(format!("{name}: {level}, {:.3}{rough}.", drift.number));
        let columns = vec![
            Column::text("Column"),
            Column::text("Drift"),
            Column::number("Index", Unit::Plain).with_bars(),
            Column::number("Distance", Unit::Plain),
            Column::text("Where"),
            Column::number("Usual", Unit::Share),
            Column::number("Now", Unit::Share),
        ];
        let all = drift.score.iter().chain(&drift.columns);
        let rows = all.map(drifted).collect();
        section = with_table(section, &of.named("Columns by their drift", model), columns, rows)?;
    }
    // Of models in no file nothing is known.
    Ok(if section.blocks().len() == before { Section::new("Drift") } else { section })
}

fn drifted(of: &ColumnDrift) -> Vec<Cell> {
    let shift = of.shift.as_ref();
    vec![
        of.name.as_str().into(),
        of.level.name().into(),
        of.stability.into(),
        of.distance.map(|it| it.at_least).into(),
        shift.map(|it| it.part.to_string()).into(),
        shift.map(|it| it.usual).into(),
        shift.map(|it| it.now).into(),
    ]
}

/// What files of models say of them.
pub(super) fn cards(of: &Evaluation) -> Result<Section, ReportError> {
    let mut section = Section::new("Model cards");
    for (model, inside) in inside(of) {
        let Card { facts, settings, columns, steps, .. } = &inside.card;
        let pairs = |pairs: &[(String, String)]| {
            pairs
                .iter()
                .map(|(what, text)| vec![what.as_str().into(), text.as_str().into()])
                .collect()
        };
        let heads = |heads: [&str; 2]| heads.map(Column::text).to_vec();
        let title = format!("Model card: {}", model.name);
        section = with_table(section, &title, heads(["What", "Of it"]), pairs(facts))?;
        let mut more = Section::new("");
        more = with_table(more, "Settings", heads(["Setting", "Value"]), pairs(settings))?;
        let rows = columns.iter().map(|column| {
            let usual = column.usual.map(Cell::from);
            let first =
                [column.name.as_str().into(), column.unit.clone().into(), column.missing.into()];
            first.into_iter().chain(usual).collect()
        });
        let heads = vec![
            Column::text("Column"),
            Column::text("Unit"),
            Column::number("Missing", Unit::Count),
            Column::number("1 % below", Unit::Plain),
            Column::number("Half below", Unit::Plain),
            Column::number("99 % below", Unit::Plain),
        ];
        more = with_table(more, "Columns in training", heads, rows.collect())?;
        let rows = steps.iter().map(|step| step.iter().map(|text| text.as_str().into()).collect());
        let heads = ["Column", "Step", "What is done"].map(Column::text).to_vec();
        more = with_table(more, "Preparation", heads, rows.collect())?;
        let title = format!("Settings, columns and preparation of {}", model.name);
        section = section.with(Block::Details(title, more.blocks().to_vec()));
    }
    Ok(section)
}
