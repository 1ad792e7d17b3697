//! Rows that are learned from, with or without labels.

use netsift::data::explore::{EqualRows, LeakageCheck, says_who_or_when};
use netsift::data::split::Fold;
use netsift::data::{DataError, Dataset, ReadReport};
use netsift::detect::flow_rows;
use netsift::models::{About, ModelError};

use super::Train;
use super::detection::Detection;
use crate::failure::{Failure, tell, tell_table};
use crate::figures;
use crate::tables::asked::SplitBy;
use crate::tables::{self, Columns};
use crate::terminal::printable;

impl Train {
    /// Refuses one column for two things, and two columns for one.
    pub(super) fn check_roles(&self) -> Result<(), Failure> {
        self.columns.check_roles()?;
        self.rows.balancing.check()?;
        let Columns { group, time, .. } = &self.columns;
        if group.is_some() && time.is_some() && self.rows.by.is_none() {
            return Err(Failure::GroupsAndTimes);
        }
        Ok(())
    }

    /// What says who took part or when is not learned from, unless it was asked for by name.
    pub(super) fn without_identity(&self, data: Dataset) -> Result<Dataset, Failure> {
        if !self.columns.keep.is_empty() {
            return Ok(data);
        }
        let says_who = |name: &&str| flow_rows::says_who(name) || says_who_or_when(name);
        let left_out: Vec<String> =
            data.schema().names().filter(says_who).map(str::to_owned).collect();
        if !left_out.is_empty() && !self.quiet {
            let names = left_out.join(", ");
            tell(&format!(
                "not learned from, since they say who or when (--keep learns from what it names): \
                 {}",
                printable(&names)
            ));
        }
        data.without(left_out.iter().map(String::as_str)).map_err(Failure::Table)
    }

    /// Of the columns of flows a detector learns from those that find attacks best, unless others were asked for.
    pub(super) fn usual_alone(
        &self,
        data: Dataset,
        detection: &Detection,
    ) -> Result<Dataset, Failure> {
        if detection.all_columns || !self.columns.keep.is_empty() {
            return Ok(data);
        }
        let all = data.width();
        let usual = data.pick(data.schema().names().filter(|name| flow_rows::is_usual(name)));
        let usual = usual.map_err(Failure::Table)?;
        if usual.width() < all && !self.quiet {
            let learned = usual.width();
            tell(&format!(
                "learned from: {learned} columns of {all}, which find attacks best (--all-columns learns from all, --keep from \
                 what it names)"
            ));
        }
        Ok(usual)
    }

    /// What was read, and what would make judging the model a delusion.
    pub(super) fn tell_found(
        &self,
        reads: &[&ReadReport],
        train: &Dataset,
        test: Option<&Dataset>,
    ) -> Result<(), Failure> {
        if self.quiet {
            return Ok(());
        }
        for read in reads {
            tell_table(&tables::told::read(read));
            tables::told::defects(read).iter().for_each(tell_table);
        }
        if let Some(test) = test {
            let leakage = LeakageCheck::new().look(train, test).map_err(Failure::Table)?;
            tables::told::leaks(&leakage).iter().for_each(|line| tell(line));
        }
        Ok(())
    }

    /// How many rows folds are judged by that they have learned, in equal ones.
    pub(super) fn tell_equal(&self, train: &Dataset, folds: &[Fold], by: SplitBy) {
        if self.quiet || self.rows.equal_together {
            return;
        }
        let over = EqualRows::of(train).over(folds) as u64;
        let all = folds.iter().map(|fold| fold.test.len() as u64).sum();
        if over == 0 {
            return;
        }
        let together = match by {
            SplitBy::Time => "",
            _ => "--equal-together keeps equal rows in one fold, ",
        };
        tell(&format!(
            "of {} rows that folds are judged by, {} ({}) are equal to rows that the same fold has learned: {together}--dedup \
             leaves all but the first out",
            figures::grouped(all),
            figures::grouped(over),
            figures::share(over, all),
        ));
    }

    /// Refuses what can only be where rows are not shared out by time.
    pub(super) fn check_together(&self, by: SplitBy) -> Result<(), Failure> {
        match by {
            SplitBy::Time if self.rows.equal_together => {
                Err(Failure::ByTime { option: "--equal-together" })
            }
            _ => Ok(()),
        }
    }
}

/// Refuses tables without rows.
pub(super) fn expect_rows(data: &Dataset, read: &ReadReport) -> Result<(), Failure> {
    match data.rows() {
        0 => Err(Failure::NoRows { lost: tables::told::lost(read) }),
        _ => Ok(()),
    }
}

/// From which tables a model is, and when it was trained.
pub(super) fn about(read: &ReadReport, test_read: Option<&ReadReport>) -> About {
    let names = |read: &ReadReport| {
        let names: Vec<&str> = read.tables.iter().map(|table| table.name.as_str()).collect();
        names.join(", ")
    };
    let about = today().note("tables", names(read));
    match test_read {
        Some(read) => about.note("tables to test with", names(read)),
        None => about,
    }
}

pub(super) fn today() -> About {
    About::new().date(jiff::Timestamp::now().strftime("%F").to_string())
}

/// What a split says of the share that it was asked for.
pub(super) fn in_split(error: ModelError) -> Failure {
    match error {
        ModelError::Data(source) => Failure::Step { option: "--test-size", source },
        error => Failure::Model(error),
    }
}

/// That what was asked for needs labels.
pub(super) fn unlabelled() -> Failure {
    Failure::Table(DataError::Unlabelled { what: "labels" })
}
