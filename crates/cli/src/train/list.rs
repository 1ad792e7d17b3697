//! What can learn, and how it can be set.

use std::fmt::Write;
use std::path::Path;

use netsift::models::Recipe;

use crate::failure::Failure;
use crate::output::{Output, STREAM, Target};

pub(crate) fn print() -> Result<(), Failure> {
    Output::open(Target::of(Path::new(STREAM)))?.write(text().as_bytes())
}

/// Writing to a string does not fail.
fn text() -> String {
    let mut text = String::new();
    let usual = Recipe::default();
    for recipe in Recipe::all() {
        let mark = if recipe.name() == usual.name() { " (the usual one)" } else { "" };
        let _ = writeln!(text, "{}{mark}: {}", recipe.name(), recipe.about());
        for parameter in recipe.parameters() {
            let (name, value, about) = (parameter.name, parameter.value, parameter.about);
            let _ = writeln!(text, "    {name}={value}  {about}");
        }
    }
    text
}
