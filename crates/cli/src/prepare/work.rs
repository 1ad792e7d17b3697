//! Tables on their way: read, shared out, learned of, changed, written.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use netsift::data::prepare::{Fitted, LabelMap, MappedLabels, Otherwise, Preparation, Transform};
use netsift::data::split::{Parts, Split};
use netsift::data::{
    CellKind, DataError, Dataset, Defect, Description, Layout, Policy, ReadReport, TableReader,
    Texts,
};
use netsift::table;

use super::asked::SplitBy;
use super::found::Found;
use super::{Prepare, report};
use crate::failure::{Failure, tell, tell_table};
use crate::output::{Draft, STREAM, Target};
use crate::reading::expanded;

/// The largest description of a data set that is read.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// What is asked for, with the tables found.
pub(super) struct Work {
    asked: Prepare,
    tables: Vec<PathBuf>,
    description: Option<Description>,
}

/// Rows that go to one place.
pub(super) struct Part {
    /// What is put behind the name of the output; nothing if there is one part alone.
    pub(super) name: &'static str,
    pub(super) data: Dataset,
}

/// What came of the work.
pub(super) struct Done {
    pub(super) read: ReadReport,
    /// The rows as they were read, with labels as they are called in the end.
    pub(super) data: Dataset,
    pub(super) labels: Option<MappedLabels>,
    /// The numbers of the rows of each part, if they were shared out.
    pub(super) split: Option<Parts>,
    pub(super) preparation: Preparation,
    pub(super) parts: Vec<Part>,
}

impl Work {
    pub(super) fn of(asked: Prepare) -> Result<Self, Failure> {
        let tables = expanded(&asked.tables)?;
        let description = asked.columns.like.as_deref().map(described).transpose()?;
        let work = Self { asked, tables, description };
        work.check_roles()?;
        work.check_outputs()?;
        Ok(work)
    }

    pub(super) fn through(&self) -> Result<(), Failure> {
        let (data, read) = self.read()?;
        let done = self.prepare(data, read).map_err(Failure::Table)?;
        if !self.asked.dry_run {
            self.write_all(&done)?;
        }
        let is_told = !self.asked.quiet || self.asked.dry_run;
        if !is_told && self.asked.report.is_none() {
            return Ok(());
        }
        let found = Found::of(&done).map_err(Failure::Table)?;
        if let Some(path) = &self.asked.report {
            report::write(path, &done, &found)?;
        }
        if is_told {
            found.tables(&done).iter().for_each(tell_table);
            found.warnings(&done).iter().for_each(|line| tell(line));
        }
        Ok(())
    }

    fn read(&self) -> Result<(Dataset, ReadReport), Failure> {
        let reader = self.reader();
        if !self.tables.iter().any(|path| path.as_os_str() == STREAM) {
            return reader.read_paths(&self.tables).map_err(Failure::Table);
        }
        if io::stdin().is_terminal() {
            return Err(Failure::StdinIsTerminal);
        }
        let tables: Result<Vec<_>, _> = self.tables.iter().map(|path| opened(path)).collect();
        reader.read_all(tables?).map_err(Failure::Table)
    }

    /// What reads tables as it was asked for.
    fn reader(&self) -> TableReader {
        let Prepare { columns, rows, threads, .. } = &self.asked;
        let mut reader = TableReader::new().aliases(table::aliases()).trim(columns.trim);
        if let Some(threads) = threads {
            reader = reader.threads(*threads);
        }
        if let Some(description) = &self.description {
            reader = reader.description(description.clone());
        }
        if let Some(separator) = columns.separator {
            reader = reader.separator(separator);
        }
        reader = columns.label.iter().fold(reader, TableReader::label);
        reader = columns.group.iter().fold(reader, TableReader::group);
        reader = columns.time.iter().fold(reader, TableReader::time).drop(&columns.drop);
        if !columns.keep.is_empty() {
            reader = reader.keep(&columns.keep);
        }
        for (names, kind) in
            [(&columns.texts, CellKind::Text), (&columns.numbers, CellKind::Number)]
        {
            reader = names.iter().fold(reader, |reader, name| reader.kind(name, kind));
        }
        if rows.dedup {
            reader = reader.on(Defect::Duplicate, Policy::Drop);
            reader = reader.on(Defect::Conflict, Policy::Majority);
        }
        rows.on.iter().fold(reader, |reader, (defect, policy)| reader.on(*defect, *policy))
    }

    fn prepare(&self, data: Dataset, read: ReadReport) -> Result<Done, DataError> {
        let (data, labels) = self.mapped(data)?;
        let split = self.split(&data)?;
        let (preparation, parts) = self.parts(&data, split.as_ref())?;
        Ok(Done { read, data, labels, split, preparation, parts })
    }

    /// What was learned of the rows to train with, and the rows that come out.
    fn parts(
        &self,
        data: &Dataset,
        split: Option<&Parts>,
    ) -> Result<(Preparation, Vec<Part>), DataError> {
        let plans = self.asked.steps.plans();
        let Some(split) = split else {
            let (preparation, data) = Preparation::fit(&plans, data)?;
            return Ok((preparation, vec![Part { name: "", data: self.balanced(data)? }]));
        };
        let [train, validate, test] = split.datasets(data)?;
        let (preparation, train) = Preparation::fit(&plans, &train)?;
        let mut parts = vec![Part { name: "train", data: self.balanced(train)? }];
        for (name, data) in [("validate", validate), ("test", test)] {
            if data.rows() > 0 {
                parts.push(Part { name, data: preparation.apply(data)? });
            }
        }
        Ok((preparation, parts))
    }

    fn mapped(&self, data: Dataset) -> Result<(Dataset, Option<MappedLabels>), DataError> {
        let rules = &self.asked.steps.map_label;
        if rules.is_empty() {
            return Ok((data, None));
        }
        let map = rules.iter().fold(LabelMap::new(Otherwise::Keep), |map, (pattern, becomes)| {
            map.rule(pattern, becomes)
        });
        let mapped = map.fit(&data)?;
        Ok((mapped.apply(data)?, Some(mapped)))
    }

    fn split(&self, data: &Dataset) -> Result<Option<Parts>, DataError> {
        let Some(shares) = self.asked.rows.split else { return Ok(None) };
        let seed = self.asked.seed;
        let usual = match (data.groups(), data.times(), data.labels()) {
            (Some(_), ..) => SplitBy::Group,
            (_, Some(_), _) => SplitBy::Time,
            (.., Some(_)) => SplitBy::Class,
            _ => SplitBy::Chance,
        };
        let split = match self.asked.rows.by.unwrap_or(usual) {
            SplitBy::Chance => Split::plain(seed),
            SplitBy::Class => Split::stratified(seed),
            SplitBy::Group if data.labels().is_some() => Split::stratified_by_group(seed),
            SplitBy::Group => Split::by_group(seed),
            SplitBy::Time => Split::by_time(),
        };
        split.parts(data, shares).map(Some)
    }

    fn balanced(&self, data: Dataset) -> Result<Dataset, DataError> {
        match self.asked.rows.balance {
            Some(balanced) => balanced.balance(&data, self.asked.seed),
            None => Ok(data),
        }
    }

    /// Writes every part, and only then gives each its name: parts of two runs never stand together.
    fn write_all(&self, done: &Done) -> Result<(), Failure> {
        let names = self.names(done)?;
        let mut drafts = Vec::new();
        for part in &done.parts {
            let Some(target) = self.target(part.name) else { continue };
            let draft = Draft::of(target);
            write(part, &names, &draft)?;
            drafts.push(draft);
        }
        drafts.iter().try_for_each(Draft::finish)
    }

    /// Columns for labels, groups and times, by the names that they have in the tables, if every part has them.
    fn names(&self, done: &Done) -> Result<Layout, Failure> {
        use netsift::data::ColumnFate::{Group, Label, Time};
        let Prepare { form, output, .. } = &self.asked;
        let texts = if form.exact { Texts::Exact } else { Texts::Safe };
        let layout = Layout::new().format(form.wanted.format(output.as_deref())?).texts(texts);
        let (has_groups, has_times) = (done.have(Dataset::groups), done.have(Dataset::times));
        Ok(done.read.columns.iter().fold(layout, |layout, column| match column.fate {
            Label => layout.label(&column.name),
            Group if has_groups => layout.group(&column.name),
            Time if has_times => layout.time(&column.name),
            _ => layout,
        }))
    }

    /// Where a part goes: `all.csv` becomes `all-train.csv`.
    fn target(&self, part: &str) -> Option<Target> {
        let output = self.asked.output.as_deref()?;
        if part.is_empty() {
            return Some(Target::of(output));
        }
        let mut name = output.file_stem().unwrap_or_default().to_owned();
        name.push("-");
        name.push(part);
        if let Some(ending) = output.extension() {
            name.push(".");
            name.push(ending);
        }
        Some(Target::File(output.with_file_name(name)))
    }

    /// Refuses one column for two things.
    fn check_roles(&self) -> Result<(), Failure> {
        let columns = &self.asked.columns;
        let roles =
            [("--label", &columns.label), ("--group", &columns.group), ("--time", &columns.time)];
        let roles = roles.into_iter().filter_map(|(option, name)| Some((option, name.as_ref()?)));
        let dropped = columns.drop.iter().map(|name| ("--drop", name));
        let mut seen: Vec<(&'static str, &String)> = Vec::new();
        for (other, name) in roles.chain(dropped) {
            if let Some((one, _)) = seen.iter().find(|(one, seen)| *seen == name && *one != other) {
                return Err(Failure::TwoRoles { one, other, name: name.clone() });
            }
            seen.push((other, name));
        }
        Ok(())
    }

    /// Refuses to write over what is read, and several parts to standard output.
    fn check_outputs(&self) -> Result<(), Failure> {
        let is_split = self.asked.rows.split.is_some();
        let to_stdout = self.asked.output.as_deref() == Some(Path::new(STREAM));
        if is_split && to_stdout {
            return Err(Failure::PartsToStdout);
        }
        let parts: &[&str] = if is_split { &["train", "validate", "test"] } else { &[""] };
        let report = self.asked.report.as_deref().map(Target::of);
        let outputs: Vec<Target> = parts.iter().filter_map(|part| self.target(part)).collect();
        if let Some(report) = report.as_ref()
            && let Some(target) = outputs.iter().find(|output| output.is_same(report))
        {
            let (one, other, target) = ("--output", "--report", target.clone());
            return Err(Failure::SameFile { one, other, target });
        }
        // What is written until it is whole has a name of its own, which may be that of a table, too.
        let written = outputs.into_iter().chain(report).map(Draft::of);
        let written: Vec<Target> =
            written.flat_map(|draft| draft.targets().collect::<Vec<_>>()).collect();
        written.iter().try_for_each(|target| target.refuse_inputs(&self.tables))
    }
}

/// What a data set is called on the command line: `nsl-kdd`.
fn option_name(description: &Description) -> String {
    description.name.to_lowercase().replace(' ', "-")
}

/// A table with its name, standard input among them.
fn opened(path: &Path) -> Result<(String, Box<dyn Read + Send>), Failure> {
    if path.as_os_str() == STREAM {
        return Ok(("standard input".to_owned(), Box::new(io::stdin())));
    }
    let file = File::open(path).map_err(Failure::unread(path))?;
    Ok((path.display().to_string(), Box::new(file)))
}

impl Done {
    /// Whether every part has something.
    fn have<'a, T>(&'a self, what: impl Fn(&'a Dataset) -> Option<T>) -> bool {
        self.parts.iter().all(|part| what(&part.data).is_some())
    }

    /// What was read and is left out of every part, as rows that were made have none of it.
    pub(super) fn dropped(&self) -> Vec<String> {
        let groups = self.data.groups().is_some() && !self.have(Dataset::groups);
        let times = self.data.times().is_some() && !self.have(Dataset::times);
        let lost =
            [(groups, "groups"), (times, "times")].into_iter().filter(|(is_lost, _)| *is_lost);
        lost.map(|(_, what)| format!("{what} are not written: rows that were made have none"))
            .collect()
    }
}

fn write(part: &Part, names: &Layout, draft: &Draft) -> Result<(), Failure> {
    let written = names.write(&part.data, draft.open()?);
    let mut out = written.map_err(|error| draft.table_failure(error))?;
    out.flush().map_err(|source| draft.failure(source))
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
