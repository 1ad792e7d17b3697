//! Which columns of flows and which detector find attacks that nobody has labelled: `planted choices|attacks [--data FOLDER]
//! [--seeds N] [--columns A,B] [--numbers logs,plain] [--detectors A,B] [--set KEY=VALUE]` prints tables for the record.
//!
//! Detectors are trained as `netsift train` does it, on usual flows alone, and asked about others among which attacks are:
//! generated ones, and those of the table that `hunts` names first. `choices` tells the means over all attacks, `attacks`
//! each by itself. A choice of columns is a sum of groups, as `timing+volume`, or what is left of all, as
//! `all-sequence-network`, or `usual`, which is what is learned where nothing is said.

#![allow(clippy::print_stdout)] // a program: printing is what it is for

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

use netsift::detect::flow_rows;
use netsift_benches::peer::mean;
use netsift_benches::planted::Planted;
use netsift_data::Dataset;
use netsift_flow::{FACTS, FEATURES, Feature, Group};
use netsift_metrics::AnomalyScores;
use netsift_models::{DetectorRecipe, DetectorTrainer};

const SEEDS: u64 = 5;
/// Neighbours and kernels are slow, and more rows tell them no more.
const FEW_ROWS: usize = 5_000;
const SLOW: [&str; 3] = ["lof", "knn-distance", "one-class-svm"];
const CHOICES: [&str; 4] =
    ["all", "all-sequence", "usual", "timing+volume+length+rate+flags+header+icmp"];
/// As detectors usually see numbers, and as they are.
const NUMBERS: [&str; 2] = ["logs", "plain"];
const THREADS: usize = 2;
/// Of each attack: the area under the ROC curve, and the precision among as many rows as it has.
const FIGURES: [&str; 2] = ["ROC area", "precision at n"];

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::of(std::env::args_os().skip(1))?;
    let seeds = || 0..asked.seeds;
    let generated = seeds().map(Planted::generated).collect::<Result<Vec<_>, _>>()?;
    let recorded =
        seeds().map(|seed| Planted::recorded(&asked.data, seed)).collect::<Result<Vec<_>, _>>()?;
    match asked.what.as_str() {
        "choices" => choices(&asked, [&generated, &recorded]),
        "attacks" => attacks(&asked, &generated).and_then(|()| attacks(&asked, &recorded)),
        other => Err(format!("what is {other}? choices or attacks").into()),
    }
}

struct Asked {
    what: String,
    data: PathBuf,
    seeds: u64,
    choices: Vec<String>,
    numbers: Vec<String>,
    detectors: Vec<String>,
    /// A setting of all detectors that are asked for.
    set: Option<(String, String)>,
}

impl Asked {
    fn of(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, Box<dyn Error>> {
        let what = arguments.next().ok_or("choices or attacks?")?.to_string_lossy().into_owned();
        let mut asked = Self {
            what,
            data: "../shared/data".into(),
            seeds: SEEDS,
            choices: CHOICES.map(str::to_owned).to_vec(),
            numbers: NUMBERS.map(str::to_owned).to_vec(),
            detectors: DetectorRecipe::names().into_iter().map(str::to_owned).collect(),
            set: None,
        };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("every option has a value")?;
            let text = value.to_string_lossy();
            let list = || text.split(',').map(str::to_owned).collect();
            match argument.to_str() {
                Some("--seeds") => asked.seeds = text.parse()?,
                Some("--columns") => asked.choices = list(),
                Some("--numbers") => asked.numbers = list(),
                Some("--detectors") => asked.detectors = list(),
                Some("--set") => {
                    let (key, value) = text.split_once('=').ok_or("expected KEY=VALUE")?;
                    asked.set = Some((key.to_owned(), value.to_owned()));
                }
                Some("--data") => asked.data = value.into(),
                _ => return Err(format!("what is {}?", argument.display()).into()),
            }
        }
        Ok(asked)
    }

    /// Every way of learning that is asked for.
    fn ways(&self) -> impl Iterator<Item = Way<'_>> {
        let set = self.set.as_ref();
        self.choices.iter().flat_map(move |choice| {
            self.numbers.iter().flat_map(move |numbers| {
                self.detectors.iter().map(move |detector| Way { choice, numbers, detector, set })
            })
        })
    }
}

/// What learns what.
struct Way<'a> {
    choice: &'a str,
    numbers: &'a str,
    detector: &'a str,
    set: Option<&'a (String, String)>,
}

/// Means over all attacks, and the attack that is found least.
fn choices(asked: &Asked, fields: [&[Planted]; 2]) -> Result<(), Box<dyn Error>> {
    println!(
        "| columns | | numbers | detector | planted: ROC area | least | precision at n | recorded: ROC area | least | precision at n |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for way in asked.ways() {
        let mut cells = String::new();
        let mut widths = Vec::new();
        for fields in fields {
            let found = way.found(fields)?;
            let areas = found.iter().map(|(_, figures)| figures[0]);
            let precisions = found.iter().map(|(_, figures)| figures[1]);
            let (area, least) = (mean(areas.clone()), areas.fold(1.0, f64::min));
            cells += &format!(" {area:.3} | {least:.3} | {:.3} |", mean(precisions));
            widths.push(way.width(fields)?.to_string());
        }
        let Way { choice, numbers, detector, .. } = way;
        println!("| {choice} | {} | {numbers} | {detector} |{cells}", widths.join(", "));
    }
    Ok(())
}

/// Each attack by itself.
fn attacks(asked: &Asked, fields: &[Planted]) -> Result<(), Box<dyn Error>> {
    let counts = kinds(fields).map(|kind| {
        let rows: usize =
            fields.iter().filter_map(|field| field.rows_of(kind)).map(<[_]>::len).sum();
        format!("{kind} ({rows})")
    });
    let counts: Vec<String> = counts.collect();
    println!("| columns | numbers | detector | | {} |", counts.join(" | "));
    println!("|---|---|---|---|{}", "---|".repeat(counts.len()));
    for way in asked.ways() {
        let found = way.found(fields)?;
        for (place, figure) in FIGURES.into_iter().enumerate() {
            let cells = found.iter().map(|(_, figures)| format!("{:.3}", figures[place]));
            let cells = cells.collect::<Vec<_>>().join(" | ");
            println!(
                "| {} | {} | {} | {figure} | {cells} |",
                way.choice, way.numbers, way.detector
            );
        }
    }
    println!();
    Ok(())
}

/// The attacks that are planted.
fn kinds(fields: &[Planted]) -> impl Iterator<Item = &str> {
    fields.iter().take(1).flat_map(|field| field.kinds.iter().map(|(kind, _)| kind.as_str()))
}

/// Attacks, each with its [`FIGURES`].
type Found<'a> = Vec<(&'a str, [f64; 2])>;

impl Way<'_> {
    /// The figures of each attack, the means over all seeds.
    fn found<'a>(&self, fields: &'a [Planted]) -> Result<Found<'a>, Box<dyn Error>> {
        let mut told: Vec<(&str, Vec<[f64; 2]>)> =
            kinds(fields).map(|kind| (kind, Vec::new())).collect();
        for (seed, field) in (0..).zip(fields) {
            let scores = self.scores(field, seed)?;
            for (kind, told) in &mut told {
                if let Some(rows) = field.rows_of(kind) {
                    told.push(judge(field, rows, &scores)?);
                }
            }
        }
        let of = |told: &[[f64; 2]], figure: usize| mean(told.iter().map(|told| told[figure]));
        Ok(told.into_iter().map(|(kind, told)| (kind, [of(&told, 0), of(&told, 1)])).collect())
    }

    fn width(&self, fields: &[Planted]) -> Result<usize, Box<dyn Error>> {
        match fields.first() {
            Some(field) => Ok(chosen(&field.learned, self.choice)?.len()),
            None => Ok(0),
        }
    }

    /// How strange the rows to be judged by are.
    fn scores(&self, field: &Planted, seed: u64) -> Result<Vec<f64>, Box<dyn Error>> {
        let names = chosen(&field.learned, self.choice)?;
        let few = if SLOW.contains(&self.detector) { FEW_ROWS } else { usize::MAX };
        let learned = field.learned.pick(names.iter().copied())?;
        let learned = learned.slice(0..few.min(learned.rows()));
        let mut recipe = DetectorRecipe::named(self.detector)?.seeded(seed)?;
        if let Some((key, value)) = self.set {
            recipe.set(key, value)?;
        }
        let plans = match self.numbers {
            "logs" => recipe.plans(),
            "plain" => recipe.needs().completed(&[]),
            other => return Err(format!("what is {other}? logs or plain").into()),
        };
        let trainer = DetectorTrainer::new([recipe]).plans(plans).complete_plans(false);
        let bundle = trainer.resamples(0).threads(THREADS).train_on(&learned, None)?.bundle;
        let found = bundle.findings(&field.judged.pick(names.iter().copied())?, THREADS)?;
        Ok(found.into_iter().map(|finding| finding.score).collect())
    }
}

/// Of one attack among usual rows.
fn judge(field: &Planted, attack: &[usize], scores: &[f64]) -> Result<[f64; 2], Box<dyn Error>> {
    let places: Vec<usize> = (0..field.usual).chain(attack.iter().copied()).collect();
    let is_anomaly: Vec<bool> = places.iter().map(|&place| place >= field.usual).collect();
    let told: Option<Vec<f64>> = places.iter().map(|&place| scores.get(place).copied()).collect();
    let told = AnomalyScores::of(&is_anomaly, &told.ok_or("a score for each row")?, None)?;
    Ok([told.roc_area().ok_or("usual rows and anomalies")?, told.precision_at(attack.len())?])
}

/// The columns of a choice that there are, without what says who or when.
fn chosen<'a>(data: &'a Dataset, choice: &str) -> Result<Vec<&'a str>, Box<dyn Error>> {
    let names = data.schema().names().filter(|name| !flow_rows::says_who(name));
    if choice == "usual" {
        return Ok(names.filter(|name| flow_rows::is_usual(name)).collect());
    }
    let (parts, is_rest): (Vec<&str>, bool) = match choice.strip_prefix("all") {
        Some(rest) => (rest.split('-').filter(|part| !part.is_empty()).collect(), true),
        None => (choice.split('+').collect(), false),
    };
    let is_known = |part: &&&str| Group::ALL.iter().any(|group| group.name() == **part);
    if let Some(unknown) = parts.iter().find(|part| !is_known(part)) {
        return Err(format!("no group is called {unknown}").into());
    }
    let is_named = |name: &str| group(name).is_some_and(|group| parts.contains(&group.name()));
    Ok(names.filter(|name| is_named(name) != is_rest).collect())
}

fn group(name: &str) -> Option<Group> {
    let feature = FEATURES.iter().find(|feature: &&Feature<_>| feature.name.current == name);
    let fact = FACTS.iter().find(|fact| fact.name.current == name);
    feature.map(|feature| feature.group).or(fact.map(|fact| fact.group))
}
