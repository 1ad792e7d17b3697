//! The files that come of a run: they get their names together, or not at all.

use std::path::{Path, PathBuf};

use netsift::data::Packing;

use super::Prepare;
use crate::failure::{Failure, report};
use crate::form::{Form, name_of_part};
use crate::output::{Draft, STREAM, Target, Whole};

/// What is put behind the name of the output, for rows to train with, to validate by, to test with.
pub(super) const PARTS: [&str; 3] = ["train", "validate", "test"];
/// The part that all rows are, where they are not shared out.
pub(super) const ALL: &str = "all";

/// Open files.
pub(super) struct Outputs {
    parts: Vec<(&'static str, Place)>,
    report: Option<Place>,
}

struct Place {
    draft: Draft,
    out: Whole,
}

impl Outputs {
    /// Opens everything before anything is read: who waits for tables is not to learn then that they cannot be written.
    pub(super) fn open(asked: &Prepare, form: Form, tables: &[PathBuf]) -> Result<Self, Failure> {
        let parts = if asked.dry_run { Vec::new() } else { asked.targets() };
        let report = asked.report.as_deref().map(Target::of);
        refuse(&parts, report.as_ref(), tables)?;
        let mut outputs = Self { parts: Vec::new(), report: None };
        let opened = outputs.open_all(parts, report, form.packing);
        opened.inspect_err(|_| outputs.discard())?;
        Ok(outputs)
    }

    fn open_all(
        &mut self,
        parts: Vec<(&'static str, Target)>,
        report: Option<Target>,
        packing: Packing,
    ) -> Result<(), Failure> {
        for (part, target) in parts {
            self.parts.push((part, Place::open(Draft::of(target).packed(packing))?));
        }
        self.report = report.map(|target| Place::open(Draft::of(target))).transpose()?;
        Ok(())
    }

    /// Where the rows of a part go; nowhere in a dry run.
    pub(super) fn of_part(&self, part: &str) -> Option<(&Draft, Whole)> {
        let place = self.parts.iter().find(|(name, _)| *name == part);
        place.map(|(_, place)| (&place.draft, place.out.clone()))
    }

    pub(super) fn of_report(&self) -> Option<(&Draft, Whole)> {
        self.report.as_ref().map(|place| (&place.draft, place.out.clone()))
    }

    /// Writes what is left of everything.
    pub(super) fn end(&self) -> Result<(), Failure> {
        self.places()
            .try_for_each(|place| place.out.end().map_err(|source| place.draft.failure(source)))
    }

    /// Gives every file its name.
    pub(super) fn finish(&self) -> Result<(), Failure> {
        self.places().try_for_each(|place| place.draft.finish())
    }

    /// Leaves nothing behind: half a table is no table.
    pub(super) fn discard(&self) {
        self.places().for_each(|place| place.draft.discard());
    }

    /// What is done for a run that is interrupted while it reads or learns.
    pub(super) fn last_words(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        let drafts: Vec<Draft> = self.places().map(|place| place.draft.clone()).collect();
        move || {
            drafts.iter().for_each(Draft::discard);
            report(&interrupted(&drafts));
        }
    }

    pub(super) fn interrupted(&self) -> Failure {
        let drafts: Vec<Draft> = self.places().map(|place| place.draft.clone()).collect();
        interrupted(&drafts)
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        self.parts.iter().map(|(_, place)| place).chain(&self.report)
    }
}

impl Place {
    fn open(draft: Draft) -> Result<Self, Failure> {
        let out = draft.open()?;
        Ok(Self { draft, out })
    }
}

fn interrupted(drafts: &[Draft]) -> Failure {
    let stream = drafts.iter().find(|draft| draft.partial().is_none());
    match stream {
        Some(draft) => Failure::Interrupted {
            part: format!("what went to {} is not whole", draft.target()),
            open: "nothing else is written",
        },
        None => Failure::Interrupted {
            part: "nothing is written".to_owned(),
            open: "files of earlier runs are as they were",
        },
    }
}

impl Prepare {
    /// Files of former runs beside those of this one, which somebody may take for parts of it.
    pub(super) fn stale(&self, tables: &[PathBuf]) -> Vec<PathBuf> {
        let Some(output) = self.output.as_deref().filter(|_| !self.dry_run) else {
            return Vec::new();
        };
        let is_read = |path: &Path| Target::of(path).refuse_inputs(tables).is_err();
        let written = self.targets();
        let others = PARTS.map(|part| name_of_part(output, part)).into_iter();
        let others = others.chain([output.to_owned()]);
        let others = others
            .filter(|path| !written.iter().any(|(_, target)| target.is_same(&Target::of(path))));
        others.filter(|path| path.is_file() && !is_read(path)).collect()
    }

    /// Where each part goes.
    fn targets(&self) -> Vec<(&'static str, Target)> {
        let Some(output) = self.output.as_deref() else { return Vec::new() };
        let Some(shares) = self.rows.split else { return vec![(ALL, Target::of(output))] };
        let with_rows = PARTS.into_iter().zip(shares.each()).filter(|(_, share)| *share > 0.0);
        with_rows.map(|(part, _)| (part, Target::File(name_of_part(output, part)))).collect()
    }

    /// Refuses one column for two things, and options of what is not asked for.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.columns.check_roles()?;
        if self.rows.split.is_some() && self.output.as_deref() == Some(Path::new(STREAM)) {
            return Err(Failure::PartsToStdout);
        }
        self.rows.balancing.check()
    }
}

/// Refuses to write over what is read, and the report to where rows go.
fn refuse(
    parts: &[(&str, Target)],
    report: Option<&Target>,
    tables: &[PathBuf],
) -> Result<(), Failure> {
    let outputs = parts.iter().map(|(_, target)| target);
    if let Some(report) = report
        && let Some(target) = outputs.clone().find(|output| output.is_same(report))
    {
        let (one, other, target) = ("--output", "--report", target.clone());
        return Err(Failure::SameFile { one, other, target });
    }
    // What is written until it is whole has a name of its own, which may be that of a table, too.
    let drafts = outputs.chain(report).map(|target| Draft::of(target.clone()));
    let mut written = drafts.flat_map(|draft| draft.targets().collect::<Vec<_>>());
    written.try_for_each(|target| target.refuse_inputs(tables))
}
