//! Tables on the command line: what can be asked of their columns and rows, and how they are read.

pub(crate) mod asked;
pub(crate) mod known;
mod plans;
pub(crate) mod read;
pub(crate) mod told;
mod transforms;

use clap::Args;
use netsift::data::balance::{Balance, Finding};
use netsift::data::prepare::Fill;
use netsift::data::{DataError, Dataset, Defect, Policy};

use crate::failure::Failure;
pub(crate) use known::Known;

use asked::{Balanced, Encoded, FewRows, Names, Scaled, TimeWritten};
use transforms::Transforms;

/// What columns mean.
#[derive(Args, Default)]
#[command(next_help_heading = "Columns")]
pub(crate) struct Columns {
    /// The column of labels
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// The column that says which rows belong together: a host, a capture, a day
    #[arg(long, value_name = "NAME")]
    pub(crate) group: Option<String>,

    /// The column that says when it was
    #[arg(long, value_name = "NAME")]
    pub(crate) time: Option<String>,

    /// How times are written [default: seconds]
    #[arg(long, value_name = "FORM", requires = "time")]
    pub(crate) time_form: Option<TimeWritten>,

    /// Columns to leave out; in this and every list of columns, a name with a comma in it stands in quotes:
    /// 'a,"b,c"'
    #[arg(long, value_name = "NAME,...")]
    pub(crate) drop: Vec<Names>,

    /// Columns to take; all others are left out
    #[arg(long, value_name = "NAME,...", conflicts_with = "drop")]
    pub(crate) keep: Vec<Names>,

    /// Columns of texts, whatever their first rows look like
    #[arg(long, value_name = "NAME,...")]
    pub(crate) texts: Vec<Names>,

    /// Columns of numbers, whatever their first rows look like
    #[arg(long, value_name = "NAME,...")]
    pub(crate) numbers: Vec<Names>,

    /// What stands between the cells of CSV [default: told by the table]
    #[arg(long, value_name = "CHARACTER")]
    pub(crate) separator: Option<char>,

    /// Take blanks around texts away
    #[arg(long)]
    pub(crate) trim: bool,

    /// A data set whose columns are known (nsl-kdd, unsw-nb15, unsw-nb15-sets, uci-firewall), or a JSON file that
    /// describes one
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) like: Option<String>,
}

/// What is done to cells, columns and labels.
#[derive(Args)]
#[command(next_help_heading = "Steps, in this order")]
pub(crate) struct Steps {
    /// Another name for labels: "Web Attack*=attack"; may be given several times, the first that matches counts
    #[arg(long, value_name = "PATTERN=NAME", value_parser = asked::parse_rule)]
    pub(crate) map_label: Vec<(String, String)>,

    #[arg(
        long,
        value_name = "STEP,...",
        help = transforms::help(),
        conflicts_with_all = [
            "clip", "log", "impute", "encode", "drop_constant", "drop_correlated", "select", "scale",
        ],
    )]
    pub(crate) transform: Vec<Transforms>,

    /// Keep numbers between two quantiles: 0.01,0.99
    #[arg(long, value_name = "LOW,HIGH", value_parser = asked::parse_quantiles)]
    pub(crate) clip: Option<(f64, f64)>,

    /// Logarithms of these columns, or of "all"
    #[arg(long, value_name = "NAME,...")]
    pub(crate) log: Vec<Names>,

    /// What missing and infinite cells become: mean, median, frequent, or a number; missing texts become the most
    /// frequent
    #[arg(long, value_name = "WITH", value_parser = asked::parse_fill, allow_hyphen_values = true)]
    pub(crate) impute: Option<Fill>,

    /// How texts become numbers; one-hot tells the 256 most frequent texts of a column apart
    #[arg(long, value_name = "HOW")]
    pub(crate) encode: Option<Encoded>,

    /// Leave out columns that are the same in every row
    #[arg(long)]
    pub(crate) drop_constant: bool,

    /// Leave out columns that go with one before them: with a coefficient above this, as 0.95
    #[arg(long, value_name = "COEFFICIENT")]
    pub(crate) drop_correlated: Option<f64>,

    /// Keep so many columns of numbers, those that tell most about the label
    #[arg(long, value_name = "K")]
    pub(crate) select: Option<usize>,

    /// One size for all numbers
    #[arg(long, value_name = "HOW")]
    pub(crate) scale: Option<Scaled>,
}

/// What is done about rows with defects.
#[derive(Args, Default)]
pub(crate) struct Cleaning {
    /// Leave out rows that are there before, and rows that contradict a label that more rows have
    #[arg(long)]
    pub(crate) dedup: bool,

    /// What is done about a defect: "infinite=drop", "empty=0", "wrong-kind=refuse"; may be given several times
    #[arg(long, value_name = "DEFECT=POLICY", value_parser = asked::parse_policy)]
    pub(crate) on: Vec<(Defect, Policy)>,
}

/// What is done about classes of very different sizes.
#[derive(Args)]
pub(crate) struct Balancing {
    /// Bring classes to one size, in the rows to train with
    #[arg(long, value_name = "HOW", requires = "label")]
    pub(crate) balance: Option<Balanced>,

    /// With SMOTE: what becomes of a class of fewer than 6 rows to train with [default: refuse]
    #[arg(long, value_name = "HOW", requires = "balance")]
    pub(crate) few: Option<FewRows>,
}

impl Columns {
    /// An option of these that is given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let options = [
            ("--label", self.label.is_some()),
            ("--group", self.group.is_some()),
            ("--time", self.time.is_some()),
            ("--drop", !self.drop.is_empty()),
            ("--keep", !self.keep.is_empty()),
            ("--texts", !self.texts.is_empty()),
            ("--numbers", !self.numbers.is_empty()),
            ("--separator", self.separator.is_some()),
            ("--trim", self.trim),
            ("--like", self.like.is_some()),
        ];
        options.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }

    /// Refuses one column for two things.
    pub(crate) fn check_roles(&self) -> Result<(), Failure> {
        let roles = [("--label", &self.label), ("--group", &self.group), ("--time", &self.time)];
        let roles = roles.into_iter().filter_map(|(option, name)| Some((option, name.as_ref()?)));
        let dropped = Names::of(&self.drop).map(|name| ("--drop", name));
        let mut seen: Vec<(&'static str, &String)> = Vec::new();
        for (other, name) in roles.chain(dropped) {
            if let Some((one, _)) = seen.iter().find(|(one, seen)| *seen == name && *one != other) {
                return Err(Failure::TwoRoles { one, other, name: name.clone() });
            }
            seen.push((other, name));
        }
        Ok(())
    }
}

impl Cleaning {
    /// An option of these that is given.
    pub(crate) fn given(&self) -> Option<&'static str> {
        let options = [("--dedup", self.dedup), ("--on", !self.on.is_empty())];
        options.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }
}

impl Balancing {
    /// Refuses an option of what is not asked for.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match (self.few, self.balance) {
            (Some(_), Some(balanced)) if !balanced.makes_rows() => Err(Failure::NotOfBalance),
            _ => Ok(()),
        }
    }

    /// The rows, and which classes could not be balanced as was asked for.
    pub(crate) fn balanced(
        &self,
        data: Dataset,
        seed: u64,
    ) -> Result<(Dataset, Vec<Finding>), DataError> {
        let Some(way) = self.way(seed) else { return Ok((data, Vec::new())) };
        let balanced = way.balanced(&data)?;
        Ok((balanced.data, balanced.findings))
    }

    /// How classes are to be brought to one size, if they are.
    pub(crate) fn way(&self, seed: u64) -> Option<Box<dyn Balance>> {
        Some(self.balance?.way(seed, self.few))
    }
}
