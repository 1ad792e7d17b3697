//! What was found and done, as JSON.

use std::io::Write;
use std::path::Path;

use netsift::data::ReadReport;
use netsift::data::prepare::{Effect, Preparation};
use serde::Serialize;

use super::found::{Found, PartFacts};
use super::work::Done;
use crate::failure::Failure;
use crate::output::{Draft, Target};

#[derive(Serialize)]
struct Report<'a> {
    read: &'a ReadReport,
    #[serde(flatten)]
    found: &'a Found,
    effects: Vec<Effect>,
    /// What was learned, which can be applied to other rows.
    preparation: &'a Preparation,
    parts: Vec<PartFacts>,
}

pub(super) fn write(path: &Path, done: &Done, found: &Found) -> Result<(), Failure> {
    let report = Report {
        read: &done.read,
        found,
        effects: done.preparation.effects(),
        preparation: &done.preparation,
        parts: done.parts.iter().map(PartFacts::of).collect(),
    };
    let draft = Draft::of(Target::of(path));
    let mut out = draft.open()?;
    let written = serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from);
    written
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
        .map_err(|source| draft.failure(source))?;
    draft.finish()
}
