//! Captures on their way through a selection.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use netsift::capture::{CaptureError, CaptureSet};
use netsift::packet::{Frame, FrameSource};
use netsift::report::Sums;

use crate::failure::{Failure, tell};
use crate::output::{STREAM, Target, named_twice};
use crate::progress::Progress;
use crate::selection::Selection;
use crate::terminal::printable;

/// Open captures, and which of their frames are wished for.
pub(crate) struct Reading {
    captures: Vec<PathBuf>,
    set: CaptureSet,
    selection: Selection,
    /// How many frames were read, selected or not.
    frames: u64,
    /// What was told of these captures when they were read before is not told again.
    is_again: bool,
}

impl Reading {
    /// Opens files, folders, patterns of their names, and `-` for standard input; none of them may be one
    /// of `targets`.
    pub(crate) fn open(
        captures: &[PathBuf],
        selection: Selection,
        targets: &[Target],
    ) -> Result<Self, Failure> {
        let captures = named(captures)?;
        targets.iter().try_for_each(|target| target.refuse_inputs(&captures))?;
        let set = CaptureSet::open(&captures)?;
        Ok(Self { captures, set, selection, frames: 0, is_again: false })
    }

    /// The same once more, of which everything has been told.
    pub(crate) fn again(self) -> Self {
        Self { is_again: true, ..self }
    }

    /// Sums up its files as they are read, each by its path.
    pub(crate) fn summed(self, sums: Sums) -> Self {
        let set = self.set.read_through(move |path, file| {
            Box::new(sums.through(path.display().to_string(), file))
        });
        Self { set, ..self }
    }

    pub(crate) fn progress(&self) -> Progress {
        let total = self.set.bytes_total();
        Progress::of_bytes((total > 0).then_some(total))
    }

    /// Hands every selected frame to `visit`, with its number.
    #[inline]
    pub(crate) fn each<E: From<CaptureError>>(
        &mut self,
        progress: &Progress,
        mut visit: impl FnMut(u64, Frame<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Self { set, selection, frames, is_again, .. } = self;
        let read = loop {
            progress.at(*frames, || set.bytes_read());
            let frame = match set.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error.into()),
            };
            *frames += 1;
            if selection.takes(&frame) {
                visit(*frames, frame)?;
            }
        };
        if !*is_again {
            selection.unasked().iter().for_each(|line| tell(line));
        }
        read
    }

    /// Whether it comes from pipes alone, perhaps as it happens.
    pub(crate) const fn is_piped(&self) -> bool {
        self.set.bytes_total() == 0
    }

    pub(crate) const fn set(&self) -> &CaptureSet {
        &self.set
    }

    /// How many frames were read, selected or not.
    pub(crate) const fn frames(&self) -> u64 {
        self.frames
    }

    /// What is read: the one capture by its name, several by their number.
    pub(crate) fn source(&self) -> String {
        let captures = self.set.captures();
        match &self.captures[..] {
            [path] if path.as_os_str() == STREAM => "standard input".into(),
            [path] if captures == 1 => printable(&path.display().to_string()).into_owned(),
            [path] => format!("{captures} captures in {}", printable(&path.display().to_string())),
            _ => format!("{captures} captures"),
        }
    }

    /// What a reading of frames alone would lose without a word, a line each.
    pub(crate) fn losses(&self) -> Vec<String> {
        let stats = self.set.stats();
        if self.is_again {
            return Vec::new();
        }
        let all = [
            ("malformed blocks were passed over", stats.malformed_blocks()),
            ("packets of unknown interfaces were passed over", stats.orphan_packets()),
            ("captures were read late, as too many overlap", self.set.late() as u64),
            ("files in folders are no captures", self.set.skipped().len() as u64),
        ];
        let occurred = all.into_iter().filter(|(_, times)| *times > 0);
        occurred.map(|(what, times)| format!("{times} {what}")).collect()
    }
}

/// The captures that are named, patterns in place of which stands what matches them; each once.
pub(crate) fn named(captures: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let captures = expanded(captures)?;
    let reads_stdin = captures.iter().any(|path| path.as_os_str() == STREAM);
    if reads_stdin && io::stdin().is_terminal() {
        return Err(Failure::StdinIsTerminal);
    }
    match named_twice(&captures) {
        Some(path) => Err(Failure::NamedTwice { path: path.to_owned(), what: "packets" }),
        None => Ok(captures),
    }
}

/// Patterns that no shell has read, in place of what matches them. What there is by that very name is none.
pub(crate) fn expanded(captures: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = Vec::new();
    for capture in captures {
        match pattern(capture) {
            Some((pattern, found)) => paths.extend(any_of(pattern, found)?),
            None => paths.push(capture.clone()),
        }
    }
    Ok(paths)
}

fn pattern(path: &Path) -> Option<(&str, glob::Paths)> {
    let text = path.to_str()?;
    let is_pattern = text.contains(['*', '?', '[']) && !path.exists();
    // What is no sound pattern either is told by who opens it.
    Some((text, is_pattern.then(|| glob::glob(text).ok())??))
}

/// In the order of names. Folders that cannot be looked into hold nothing that could be read.
fn any_of(pattern: &str, found: glob::Paths) -> Result<Vec<PathBuf>, Failure> {
    let paths: Vec<PathBuf> = found.flatten().collect();
    match paths.is_empty() {
        true => Err(Failure::NoMatch { pattern: pattern.to_owned() }),
        false => Ok(paths),
    }
}
