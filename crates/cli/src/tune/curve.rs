//! Curves: how the score of what was found changes with rows, wrong labels and noise.

use netsift::data::Dataset;
use netsift::models::judging::{CrossValidation, Noise, Score};
use netsift::models::{ModelError, Recipe};
use serde::Serialize;

use super::told::{deviation, mean};
use crate::figures;
use crate::table::Table;

/// A curve that is asked for: of what, and at which levels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curve {
    what: What,
    levels: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum What {
    Learning,
    LabelNoise,
    CellNoise,
}

/// What came of a curve.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Drawn {
    what: What,
    points: Vec<Point>,
}

#[derive(Clone, Debug, Serialize)]
struct Point {
    /// A share of the rows, a share of the labels, or deviations.
    level: f64,
    /// How many rows were learned from in the largest fold, and how right it is about them; of a learning curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    train_rows: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    train: Vec<f64>,
    /// How right it is about the others, fold by fold.
    held: Vec<f64>,
}

impl What {
    const ALL: [(&'static str, Self); 3] = [
        ("learning", Self::Learning),
        ("label-noise", Self::LabelNoise),
        ("cell-noise", Self::CellNoise),
    ];

    /// Where curves bend: few rows tell most, and little noise is what there is.
    const fn usual(self) -> &'static [f64] {
        match self {
            Self::Learning => &[0.05, 0.1, 0.2, 0.4, 0.7, 1.0],
            Self::LabelNoise => &[0.0, 0.02, 0.05, 0.1, 0.2, 0.4],
            Self::CellNoise => &[0.0, 0.05, 0.1, 0.2, 0.5, 1.0],
        }
    }

    const fn rule(self) -> &'static str {
        match self {
            Self::Learning => "shares of the rows, above 0 and up to 1",
            Self::LabelNoise => "shares of the labels, from 0 to 1",
            Self::CellNoise => "deviations of a column, 0 or more",
        }
    }

    fn has(self, level: f64) -> bool {
        match self {
            Self::Learning => level > 0.0 && level <= 1.0,
            Self::LabelNoise => (0.0..=1.0).contains(&level),
            Self::CellNoise => level >= 0.0 && level.is_finite(),
        }
    }
}

/// `learning`, or `learning=0.1,0.5,1`.
pub(super) fn parse(text: &str) -> Result<Curve, String> {
    let (name, levels) = match text.split_once('=') {
        Some((name, levels)) => (name, Some(levels)),
        None => (text, None),
    };
    let known = || What::ALL.map(|(name, _)| name).join(", ");
    let what = What::ALL.into_iter().find(|(known, _)| *known == name.trim());
    let (_, what) = what.ok_or_else(|| format!("the curves are {}", known()))?;
    let Some(levels) = levels else { return Ok(Curve { what, levels: what.usual().to_vec() }) };
    let wrong = || format!("expected {} with commas between", what.rule());
    let levels = levels.split(',').map(|level| {
        let level = level.trim().parse().map_err(|_| wrong())?;
        if what.has(level) { Ok(level) } else { Err(wrong()) }
    });
    Ok(Curve { what, levels: levels.collect::<Result<_, String>>()? })
}

impl Curve {
    /// Of this learner, in these folds.
    pub(super) fn drawn(
        &self,
        cross: &CrossValidation<'_>,
        recipe: &Recipe,
        data: &Dataset,
        score: Score,
        seed: u64,
    ) -> Result<Drawn, ModelError> {
        let points = match self.what {
            What::Learning => {
                let curve = cross.learning_curve(recipe, data, &self.levels, score, seed)?;
                let point = |point: netsift::models::judging::LearningPoint| Point {
                    level: point.share,
                    train_rows: point.rows.into_iter().max(),
                    train: point.train,
                    held: point.held,
                };
                curve.points.into_iter().map(point).collect()
            }
            What::LabelNoise => self.noisy(Noise::Labels, cross, recipe, data, score, seed)?,
            What::CellNoise => self.noisy(Noise::Cells, cross, recipe, data, score, seed)?,
        };
        Ok(Drawn { what: self.what, points })
    }

    fn noisy(
        &self,
        noise: Noise,
        cross: &CrossValidation<'_>,
        recipe: &Recipe,
        data: &Dataset,
        score: Score,
        seed: u64,
    ) -> Result<Vec<Point>, ModelError> {
        let curve = cross.robustness(recipe, data, (noise, &self.levels), score, seed)?;
        let points = curve.points.into_iter();
        let point = points.map(|point| {
            let (train_rows, train) = (None, Vec::new());
            Point { level: point.level, train_rows, train, held: point.held }
        });
        Ok(point.collect())
    }
}

impl Drawn {
    /// A line for each level, with the mean over folds.
    pub(super) fn table(&self, score: Score) -> Table {
        let score = score.name();
        let headings: &[&str] = match self.what {
            What::Learning => &["Learned from", "rows", "of those", "of others", "deviation"],
            What::LabelNoise => &["Wrong labels", "of others", "deviation"],
            What::CellNoise => &["Noise in deviations", "of others", "deviation"],
        };
        let named = headings.iter().map(|heading| match *heading {
            "of those" | "of others" => format!("{score} {heading}"),
            heading => heading.to_owned(),
        });
        let named: Vec<String> = named.collect();
        let mut table = Table::new(&named.iter().map(String::as_str).collect::<Vec<_>>());
        for point in &self.points {
            let level = match self.what {
                What::CellNoise => point.level.to_string(),
                _ => figures::short_share(point.level),
            };
            let rows = point.train_rows.map(|rows| figures::grouped(rows as u64));
            let train = (!point.train.is_empty()).then(|| format!("{:.4}", mean(&point.train)));
            let held = [mean(&point.held), deviation(&point.held)].map(|it| format!("{it:.4}"));
            table.row([level].into_iter().chain(rows).chain(train).chain(held));
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_names_with_levels_or_without() {
        let learning = parse("learning").unwrap();
        assert_eq!(
            (learning.what, learning.levels.as_slice()),
            (What::Learning, What::Learning.usual())
        );
        let noise = parse("label-noise=0, 0.5,1").unwrap();
        assert_eq!((noise.what, noise.levels), (What::LabelNoise, vec![0.0, 0.5, 1.0]));
        assert_eq!(parse("cell-noise=3").unwrap().levels, [3.0]);
        for wrong in [
            "",
            "noise",
            "learning=",
            "learning=0",
            "learning=1.5",
            "label-noise=-0.1",
            "cell-noise=inf",
            "cell-noise=nan",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        assert!(parse("x").unwrap_err().contains("learning, label-noise, cell-noise"));
        for (_, what) in What::ALL {
            assert!(what.usual().iter().all(|level| what.has(*level)), "{what:?}");
        }
    }
}
