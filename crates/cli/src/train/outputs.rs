//! The files that a training writes.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use netsift::models::{Bundle, Model, ModelError};

use super::Train;
use crate::failure::{Failure, tell};
use crate::files::{Files, draft, interrupted};
use crate::interrupt::Interrupt;
use crate::tables::known::too_large;

const OUTPUT: &str = "--output";
const CARD: &str = "--card";
const EXPORT: &str = "--export";
/// Options that are of trees alone.
pub(super) const RULES: &str = "--rules";
pub(super) const GRAPHVIZ: &str = "--graphviz";

impl Train {
    /// Opens what is to be written, does the work, and gives every file its name, or none. Where what was read has ended
    /// before its end, which the work says, files are kept without their names. A model that is too large to be read unasked is
    /// told of.
    pub(super) fn with_files<T>(
        &self,
        inputs: &[PathBuf],
        work: impl FnOnce(&Files, &Arc<Interrupt>) -> Result<(T, Option<Failure>), Failure>,
    ) -> Result<(T, Option<Failure>), Failure> {
        let wanted = [
            (OUTPUT, &self.output),
            (CARD, &self.card),
            (EXPORT, &self.export),
            (RULES, &self.rules),
            (GRAPHVIZ, &self.graphviz),
        ];
        let wanted =
            wanted.into_iter().filter_map(|(option, path)| Some((option, draft(path.as_deref()?))));
        let files = Files::open(wanted, inputs)?;
        let interrupt = Interrupt::watch(files.last_words());
        let interrupt = interrupt.inspect_err(|_| files.discard())?;
        let done = work(&files, &interrupt);
        interrupt.see();
        let done = if interrupt.is_asked() { Err(interrupted()) } else { done };
        let done = done.inspect_err(|_| files.discard())?;
        match &done.1 {
            Some(_) => files.keep_parts()?,
            None => files.finish()?,
        }
        let written = self.output.as_deref().and_then(|model| fs::metadata(model).ok());
        let large = written.and_then(|file| too_large(file.len()));
        large.iter().for_each(|line| tell(line));
        Ok(done)
    }
}

/// Writes everything up to the names of files.
pub(super) fn written(bundle: &Bundle, files: &Files) -> Result<(), Failure> {
    let write = |option: &str, write: &dyn Fn(&mut dyn Write) -> Result<(), ModelError>| {
        let Some((draft, mut out)) = files.of(option) else { return Ok(()) };
        write(&mut out).map_err(|error| match error {
            ModelError::Export(source) => draft.failure(source),
            error => Failure::Model(error),
        })
    };
    write(OUTPUT, &|out| bundle.save(out).map(drop))?;
    let text = |option: &str, text: &dyn Fn() -> Option<String>| {
        write(option, &|out| {
            let text = text().unwrap_or_default();
            out.write_all(text.as_bytes()).map_err(ModelError::Export)
        })
    };
    let names: Vec<&str> = bundle.preparation().output().names().collect();
    let drawn = |draw: fn(&Model, &[&str], Option<usize>) -> Option<String>| {
        bundle.model().and_then(|model| draw(model, &names, None))
    };
    text(CARD, &|| Some(bundle.card()))?;
    text(RULES, &|| drawn(Model::rules))?;
    text(GRAPHVIZ, &|| drawn(Model::graphviz))?;
    write(EXPORT, &|out| bundle.to_json(out))
}
