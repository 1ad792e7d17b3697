//! Tables on their way: read, shared out, learned of, changed, written.

use std::path::PathBuf;

use netsift::data::prepare::{Fitted, MappedLabels, Preparation, Transform};
use netsift::data::{DataError, Dataset, Layout, ReadReport, TableReader, Texts};

use super::done::{Done, PartFacts, SplitFacts};
use super::found::{self, Found};
use super::outputs::{ALL, Outputs, PARTS};
use super::{Prepare, report};
use crate::failure::{Failure, tell, tell_table};
use crate::form::Form;
use crate::interrupt::Interrupt;
use crate::tables::asked::SplitBy;
use crate::tables::{read, told};

/// What is asked for, with the tables found.
pub(super) struct Work {
    asked: Prepare,
    tables: Vec<PathBuf>,
    reader: TableReader,
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
        let tables = read::found(&asked.tables)?;
        let reader = asked.columns.reader(&asked.rows.cleaning, asked.threads)?;
        Ok(Self { asked, tables, reader, form })
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
        let (data, read) = read::read(&self.reader, &self.tables)?;
        let is_empty = data.rows() == 0;
        let lost = told::lost(&read);
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
        let balancing = &self.asked.rows.balancing;
        let (train, balanced) =
            balancing.balanced(train, self.asked.seed).map_err(in_step("--balance"))?;
        let has = Beside::of(&train);
        let layout = self.layout(&read, has);
        let whole = if facts.is_some() { PARTS[0] } else { ALL };
        let mut parts = vec![written(whole, train, &layout, outputs)?];
        for (part, data) in others {
            let data = preparation.apply(data).map_err(Failure::Table)?;
            parts.push(written(part, data, &layout, outputs)?);
        }
        let lost = had.less(has);
        Ok(Done { read, rows, labels, found, split: facts, preparation, balanced, parts, lost })
    }

    fn mapped(&self, data: Dataset) -> Result<(Dataset, Option<MappedLabels>), DataError> {
        let Some(map) = self.asked.steps.label_map() else { return Ok((data, None)) };
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
        let by = self.asked.rows.by.unwrap_or_else(|| SplitBy::usual(&data));
        let parts = by
            .split(self.asked.seed, data.labels().is_some())
            .parts(&data, shares)
            .map_err(in_step("--split"))?;
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

    /// What was learned of the rows to train with, and what has become of them.
    fn fitted(&self, train: Dataset) -> Result<(Preparation, Dataset), DataError> {
        Preparation::fit(&self.asked.steps.plans(), &train)
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
