//! What can learn, and how it can be set.

use std::fmt::Write;
use std::path::Path;

use netsift::models::{DetectorRecipe, ParameterFacts, Recipe};

use crate::failure::Failure;
use crate::output::{Output, STREAM, Target};

pub(crate) fn print() -> Result<(), Failure> {
    Output::open(Target::of(Path::new(STREAM)))?.write(text().as_bytes())
}

fn text() -> String {
    let mut text = String::new();
    let usual = Recipe::default();
    for recipe in Recipe::all() {
        let is_usual = recipe.name() == usual.name();
        entry(&mut text, (recipe.name(), recipe.about()), is_usual, &recipe.parameters());
    }
    text += "\nWithout --label:\n\n";
    let usual = DetectorRecipe::default();
    for recipe in DetectorRecipe::all() {
        let is_usual = recipe.name() == usual.name();
        entry(&mut text, (recipe.name(), recipe.about()), is_usual, &recipe.parameters());
    }
    text
}

/// Writing to a string does not fail.
fn entry(
    text: &mut String,
    (name, about): (&str, &str),
    is_usual: bool,
    parameters: &[ParameterFacts],
) {
    let mark = if is_usual { " (the usual one)" } else { "" };
    let _ = writeln!(text, "{name}{mark}: {about}");
    for ParameterFacts { name, value, about } in parameters {
        let _ = writeln!(text, "    {name}={value}  {about}");
    }
}
