//! Tables as they are read on the command line.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use netsift::data::{CellKind, Dataset, Defect, Description, Policy, ReadReport, TableReader};
use netsift::table;

use super::asked::Names;
use super::{Cleaning, Columns};
use crate::failure::Failure;
use crate::output::{STREAM, named_twice};
use crate::reading::expanded;

/// The largest description of a data set that is read.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// Files and patterns of their names as files that are there, each once.
pub(crate) fn found(tables: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let tables = expanded(tables)?;
    // Before outputs are opened: one of them may have the name of a table that is not there.
    let mut files = tables.iter().filter(|path| path.as_os_str() != STREAM);
    files.try_for_each(|path| path.metadata().map(drop).map_err(Failure::unread(path)))?;
    match named_twice(&tables) {
        Some(path) => Err(Failure::NamedTwice { path: path.to_owned(), what: "rows" }),
        None => Ok(tables),
    }
}

/// Reads tables as one.
pub(crate) fn read(
    reader: &TableReader,
    tables: &[PathBuf],
) -> Result<(Dataset, ReadReport), Failure> {
    if !tables.iter().any(|path| path.as_os_str() == STREAM) {
        return reader.read_paths(tables).map_err(Failure::Table);
    }
    if io::stdin().is_terminal() {
        return Err(Failure::NoTableOnTerminal);
    }
    let tables: Result<Vec<_>, _> = tables.iter().map(|path| opened(path)).collect();
    reader.read_all(tables?).map_err(Failure::Table)
}

impl Columns {
    /// What reads tables as it was asked for.
    pub(crate) fn reader(
        &self,
        cleaning: &Cleaning,
        threads: Option<usize>,
    ) -> Result<TableReader, Failure> {
        let mut reader = TableReader::new().aliases(table::aliases()).trim(self.trim);
        if let Some(threads) = threads {
            reader = reader.threads(threads);
        }
        if let Some(like) = &self.like {
            reader = reader.description(described(like)?);
        }
        if let Some(separator) = self.separator {
            reader = reader.separator(separator);
        }
        if let Some(form) = self.time_form {
            reader = reader.time_form(form.into());
        }
        reader = self.label.iter().fold(reader, TableReader::label);
        reader = self.group.iter().fold(reader, TableReader::group);
        reader = self.time.iter().fold(reader, TableReader::time);
        reader = reader.drop(Names::of(&self.drop));
        if !self.keep.is_empty() {
            reader = reader.keep(Names::of(&self.keep));
        }
        for (names, kind) in [(&self.texts, CellKind::Text), (&self.numbers, CellKind::Number)] {
            reader = Names::of(names).fold(reader, |reader, name| reader.kind(name, kind));
        }
        Ok(cleaning.on(reader))
    }
}

impl Cleaning {
    fn on(&self, mut reader: TableReader) -> TableReader {
        if self.dedup {
            reader = reader.on(Defect::Duplicate, Policy::Drop);
            reader = reader.on(Defect::Conflict, Policy::Majority);
        }
        self.on.iter().fold(reader, |reader, (defect, policy)| reader.on(*defect, *policy))
    }
}

/// A table with its name, standard input among them.
fn opened(path: &Path) -> Result<(String, Box<dyn Read + Send>), Failure> {
    if path.as_os_str() == STREAM {
        return Ok(("standard input".to_owned(), Box::new(io::stdin())));
    }
    let file = File::open(path).map_err(Failure::unread(path))?;
    Ok((path.display().to_string(), Box::new(file)))
}

/// A data set by its name, or by a file that describes it.
fn described(like: &str) -> Result<Description, Failure> {
    let known = Description::known();
    if let Some(known) = known.iter().find(|known| option_name(known) == like.to_lowercase()) {
        return Ok(known.clone());
    }
    let path = Path::new(like);
    if !path.exists() {
        let near = known.iter().map(option_name).collect();
        return Err(Failure::UnknownName { of: "data set or file", name: like.to_owned(), near });
    }
    let unread = Failure::unread(path);
    let mut text = String::new();
    let file = File::open(path).map_err(&unread)?;
    file.take(MAX_DESCRIPTION).read_to_string(&mut text).map_err(unread)?;
    let description: Description = serde_json::from_str(&text)
        .map_err(|source| Failure::Description { path: path.to_owned(), source })?;
    description.check().map_err(Failure::Table)?;
    Ok(description)
}

/// What a data set is called on the command line: `nsl-kdd`.
fn option_name(description: &Description) -> String {
    description.name.to_lowercase().replace(' ', "-")
}
