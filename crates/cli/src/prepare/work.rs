//! Tables on their way: read, shared out, learned of, changed, written.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use netsift::data::prepare::{Fitted, LabelMap, MappedLabels, Otherwise, Preparation, Transform};
use netsift::data::split::Split;
use netsift::data::{
    CellKind, DataError, Dataset, Defect, Description, Layout, Policy, ReadReport, TableReader,
    Texts,
};
use netsift::table;

use super::asked::{Names, SplitBy};
use super::done::{Done, PartFacts, SplitFacts};
use super::found::{self, Found};
use super::outputs::{ALL, Outputs, PARTS};
use super::{Prepare, report};
use crate::failure::{Failure, tell, tell_table};
use crate::form::Form;
use crate::interrupt::Interrupt;
use crate::output::{STREAM, named_twice};
use crate::reading::expanded;

/// The largest description of a data set that is read.
const MAX_DESCRIPTION: u64 = 1 << 20;

/// What is asked for, with the tables found.
pub(super) struct Work {
    asked: Prepare,
    tables: Vec<PathBuf>,
    description: Option<Description>,
    form: Form,
}

/// Rows as they were shared out, before anything was learned of them.
struct Shared {
    train: Dataset,
    /// To validate by and to test with, where there are any.
    others: Vec<(&'static str, Dataset)>,
    facts: Option<SplitFacts>,
}

impl Work {
    pub(super) fn of(asked: Prepare) -> Result<Self, Failure> {
        asked.check()?;
        let form = asked.form.wanted.form(asked.output.as_deref())?;
        let tables = expanded(&asked.tables)?;
        // Before outputs are opened: one of them may have the name of a table that is not there.
        let mut files = tables.iter().filter(|path| path.as_os_str() != STREAM);
        files.try_for_each(|path| path.metadata().map(drop).map_err(Failure::unread(path)))?;
        if let Some(path) = named_twice(&tables) {
            return Err(Failure::NamedTwice { path: path.to_owned(), what: "rows" });
        }
        let description = asked.columns.like.as_deref().map(described).transpose()?;
        Ok(Self { asked, tables, description, form })
    }

    pub(super) fn through(&self) -> Result<(), Failure> {
        let outputs = Outputs::open(&self.asked, self.form, &self.tables)?;
        let interrupt = Interrupt::watch(outputs.last_words());
        let interrupt = interrupt.inspect_err(|_| outputs.discard())?;
        let done = self.done(&outputs).and_then(|done| outputs.end().map(|()| done));
        interrupt.see();
        let done = if interrupt.is_asked() { Err(outputs.interrupted()) } else { done };
        let done = done.inspect_err(|_| outputs.discard())?;
        outputs.finish()?;
        if self.is_told() {
            self.tell(&done);
        }
        Ok(())
    }

    fn tell(&self, done: &Done) {
        found::tables(done).iter().for_each(tell_table);
        done.warnings().iter().for_each(|line| tell(line));
        for path in self.asked.stale(&self.tables) {
            tell(&format!("{} is from an earlier run, and not of this one", path.display()));
        }
    }

    const fn is_told(&self) -> bool {
        !self.asked.quiet || self.asked.dry_run
    }

    /// Everything up to the names of files.
    fn done(&self, outputs: &Outputs) -> Result<Done, Failure> {
        let (data, read) = self.read()?;
        let is_empty = data.rows() == 0;
        let lost = found::lost(&read);
        let done = self.prepared(data, read, outputs).map_err(|failure| match failure {
            // What steps say of nothing at all does not tell why there is nothing.
            Failure::Table(_) | Failure::Step { .. } if is_empty => Failure::NoRows { lost },
            other => other,
        })?;
        if let Some((draft, out)) = outputs.of_report() {
            report::write(&done, draft, out)?;
        }
        Ok(done)
    }

    fn read(&self) -> Result<(Dataset, ReadReport), Failure> {
        let reader = self.reader();
        if !self.tables.iter().any(|path| path.as_os_str() == STREAM) {
            return reader.read_paths(&self.tables).map_err(Failure::Table);
        }
        if io::stdin().is_terminal() {
            return Err(Failure::NoTableOnTerminal);
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
        if let Some(form) = columns.time_form {
            reader = reader.time_form(form.into());
        }
        reader = columns.label.iter().fold(reader, TableReader::label);
        reader = columns.group.iter().fold(reader, TableReader::group);
        reader = columns.time.iter().fold(reader, TableReader::time);
        reader = reader.drop(Names::of(&columns.drop));
        if !columns.keep.is_empty() {
            reader = reader.keep(Names::of(&columns.keep));
        }
        for (names, kind) in
            [(&columns.texts, CellKind::Text), (&columns.numbers, CellKind::Number)]
        {
            reader = Names::of(names).fold(reader, |reader, name| reader.kind(name, kind));
        }
        if rows.dedup {
            reader = reader.on(Defect::Duplicate, Policy::Drop);
            reader = reader.on(Defect::Conflict, Policy::Majority);
        }
        rows.on.iter().fold(reader, |reader, (defect, policy)| reader.on(*defect, *policy))
    }

    /// Each stage takes the rows of the one before it, so that no more than two of them are held at once.
    fn prepared(
        &self,
        data: Dataset,
        read: ReadReport,
        outputs: &Outputs,
    ) -> Result<Done, Failure> {
        let (data, labels) = self.mapped(data).map_err(in_step("--map-label"))?;
        let rows = PartFacts::of("read", &data);
        let had = Beside::of(&data);
        let (shared, found) = self.shared(data)?;
        let Shared { train, others, facts } = shared;
        let (preparation, train) = self.fitted(train).map_err(Failure::Table)?;
        let train = self.balanced(train).map_err(in_step("--balance"))?;
        let has = Beside::of(&train);
        let layout = self.layout(&read, has);
        let whole = if facts.is_some() { PARTS[0] } else { ALL };
        let mut parts = vec![written(whole, train, &layout, outputs)?];
        for (part, data) in others {
            let data = preparation.apply(data).map_err(Failure::Table)?;
            parts.push(written(part, data, &layout, outputs)?);
        }
        let lost = had.less(has);
        Ok(Done { read, rows, labels, found, split: facts, preparation, parts, lost })
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

    /// The parts, and what is found in the rows and between the parts, if anybody wants to know.
    fn shared(&self, data: Dataset) -> Result<(Shared, Option<Found>), Failure> {
        let is_wanted = self.is_told() || self.asked.report.is_some();
        let found = is_wanted.then(|| Found::of(&data)).transpose().map_err(Failure::Table)?;
        let Some(shares) = self.asked.rows.split else {
            return Ok((Shared { train: data, others: Vec::new(), facts: None }, found));
        };
        let by = self.asked.rows.by.unwrap_or_else(|| usual(&data));
        let parts = self.split(by, &data).parts(&data, shares).map_err(in_step("--split"))?;
        let [train, validate, test] = parts.datasets(&data).map_err(Failure::Table)?;
        // What is compared is copied: the rows are there twice, and not three times.
        drop(data);
        let found = found.map(|found| found.between(&train, &test)).transpose();
        let found = found.map_err(Failure::Table)?;
        let others = PARTS.into_iter().skip(1).zip([validate, test]);
        let others = others.filter(|(_, data)| data.rows() > 0).collect();
        let facts = Some(SplitFacts::of(by, &parts, shares));
        Ok((Shared { train, others, facts }, found))
    }

    fn split(&self, by: SplitBy, data: &Dataset) -> Split {
        let seed = self.asked.seed;
        match by {
            SplitBy::Chance => Split::plain(seed),
            SplitBy::Class => Split::stratified(seed),
            SplitBy::Group if data.labels().is_some() => Split::stratified_by_group(seed),
            SplitBy::Group => Split::by_group(seed),
            SplitBy::Time => Split::by_time(),
        }
    }

    /// What was learned of the rows to train with, and what has become of them.
    fn fitted(&self, train: Dataset) -> Result<(Preparation, Dataset), DataError> {
        Preparation::fit(&self.asked.steps.plans(), &train)
    }

    fn balanced(&self, data: Dataset) -> Result<Dataset, DataError> {
        let rows = &self.asked.rows;
        match rows.balance {
            Some(balanced) => balanced.balance(&data, self.asked.seed, rows.few),
            None => Ok(data),
        }
    }

    /// Columns for labels, groups and times, by the names that they have in the tables, if every part has them.
    fn layout(&self, read: &ReadReport, has: Beside) -> Layout {
        use netsift::data::ColumnFate::{Group, Label, Time};
        let texts = if self.asked.form.exact { Texts::Exact } else { Texts::Safe };
        let layout = Layout::new().format(self.form.format).texts(texts);
        read.columns.iter().fold(layout, |layout, column| match column.fate {
            Label => layout.label(&column.name),
            Group if has.groups => layout.group(&column.name),
            Time if has.times => layout.time(&column.name),
            _ => layout,
        })
    }
}

/// What is known of rows beside their label.
#[derive(Clone, Copy)]
struct Beside {
    groups: bool,
    times: bool,
}

impl Beside {
    fn of(data: &Dataset) -> Self {
        Self { groups: data.groups().is_some(), times: data.times().is_some() }
    }

    /// What the other has not.
    fn less(self, other: Self) -> Vec<&'static str> {
        let groups = (self.groups && !other.groups).then_some("groups");
        let times = (self.times && !other.times).then_some("times");
        groups.into_iter().chain(times).collect()
    }
}

/// What went wrong in the work that an option asks for.
fn in_step(option: &'static str) -> impl Fn(DataError) -> Failure {
    move |source| Failure::Step { option, source }
}

/// By what rows are shared out where nothing is said.
fn usual(data: &Dataset) -> SplitBy {
    match (data.groups(), data.times(), data.labels()) {
        (Some(_), ..) => SplitBy::Group,
        (_, Some(_), _) => SplitBy::Time,
        (.., Some(_)) => SplitBy::Class,
        _ => SplitBy::Chance,
    }
}

/// Writes the rows of a part, if it goes anywhere, and keeps no more than how many there were.
fn written(
    part: &'static str,
    data: Dataset,
    layout: &Layout,
    outputs: &Outputs,
) -> Result<PartFacts, Failure> {
    if let Some((draft, out)) = outputs.of_part(part) {
        layout.write(&data, out).map_err(|error| draft.table_failure(error))?;
    }
    Ok(PartFacts::of(part, &data))
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
