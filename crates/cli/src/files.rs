//! Files that a run writes: they get their names when the run is done, or leave nothing behind.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, report, tell};
use crate::output::{Draft, Target, Whole};

/// Open files, each with what it is called on the command line.
pub(crate) struct Files(Vec<Opened>);

struct Opened {
    option: &'static str,
    draft: Draft,
    out: Whole,
}

impl Files {
    /// Opens everything before anything is read: who waits for a model is not to learn then that it cannot be written.
    pub(crate) fn open(
        wanted: impl IntoIterator<Item = (&'static str, Draft)>,
        inputs: &[PathBuf],
    ) -> Result<Self, Failure> {
        let mut drafts: Vec<(&'static str, Draft)> = Vec::new();
        for (other, draft) in wanted {
            let same = drafts.iter().find(|(_, one)| one.target().is_same(draft.target()));
            if let Some((one, _)) = same {
                let target = draft.target().clone();
                return Err(Failure::SameFile { one, other, target });
            }
            draft.targets().try_for_each(|target| target.refuse_inputs(inputs))?;
            drafts.push((other, draft));
        }
        let mut files = Self(Vec::new());
        for (option, draft) in drafts {
            match draft.open() {
                Ok(out) => files.0.push(Opened { option, draft, out }),
                Err(failure) => {
                    files.discard();
                    return Err(failure);
                }
            }
        }
        Ok(files)
    }

    /// What that option names, if it was given.
    pub(crate) fn of(&self, option: &str) -> Option<(&Draft, Whole)> {
        let opened = self.0.iter().find(|opened| opened.option == option)?;
        Some((&opened.draft, opened.out.clone()))
    }

    /// Where all of them go.
    pub(crate) fn targets(&self) -> impl Iterator<Item = Target> {
        self.0.iter().flat_map(|opened| opened.draft.targets())
    }

    /// Writes what is left, and gives every file its name.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        self.end()?;
        self.0.iter().try_for_each(|opened| opened.draft.finish())
    }

    /// Writes what is left, and says where it is: what was read has ended early, and no file gets its name.
    pub(crate) fn keep_parts(&self) -> Result<(), Failure> {
        let ended = self.end();
        self.0.iter().for_each(|opened| tell(&format!("not whole: {}", opened.draft.part())));
        ended
    }

    fn end(&self) -> Result<(), Failure> {
        self.0.iter().try_for_each(|Opened { draft, out, .. }| {
            out.end().map_err(|source| draft.failure(source))
        })
    }

    pub(crate) fn discard(&self) {
        self.0.iter().for_each(|opened| opened.draft.discard());
    }

    /// What is done for a run that is interrupted and does not see it in time.
    pub(crate) fn last_words(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        let drafts: Vec<Draft> = self.0.iter().map(|opened| opened.draft.clone()).collect();
        move || {
            drafts.iter().for_each(Draft::discard);
            report(&interrupted());
        }
    }
}

pub(crate) fn interrupted() -> Failure {
    Failure::Interrupted {
        part: "nothing is written".to_owned(),
        open: "files of earlier runs are as they were",
    }
}

/// A draft of a file that was asked for.
pub(crate) fn draft(path: &Path) -> Draft {
    Draft::of(Target::of(path))
}
