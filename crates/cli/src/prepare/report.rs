//! What was found and done, as JSON.

use std::io::{BufWriter, Write};

use netsift::data::ReadReport;
use netsift::data::prepare::{Effect, Preparation};
use serde::Serialize;

use super::done::{Done, PartFacts, SplitFacts};
use super::found::Found;
use crate::failure::Failure;
use crate::output::{Draft, Whole};

#[derive(Serialize)]
struct Report<'a> {
    read: &'a ReadReport,
    #[serde(flatten)]
    found: Option<&'a Found>,
    split: Option<&'a SplitFacts>,
    effects: Vec<Effect>,
    /// What was learned, which can be applied to other rows.
    preparation: &'a Preparation,
    parts: &'a [PartFacts],
    warnings: Vec<String>,
}

pub(super) fn write(done: &Done, draft: &Draft, out: Whole) -> Result<(), Failure> {
    let report = Report {
        read: &done.read,
        found: done.found.as_ref(),
        split: done.split.as_ref(),
        effects: done.preparation.effects(),
        preparation: &done.preparation,
        parts: &done.parts,
        warnings: done.warnings(),
    };
    let mut out = BufWriter::new(out);
    let written = serde_json::to_writer_pretty(&mut out, &report).map_err(std::io::Error::from);
    let written = written.and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    written.map_err(|source| draft.failure(source))
}
