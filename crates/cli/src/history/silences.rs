//! `netsift history FILE silence`, `silences` and `lift`: what is not told for a while.

use std::path::Path;

use clap::{ArgGroup, Args};
use netsift::alert::{Level, Network, NotAPattern, Pattern, Silence, Which};
use netsift::history::{Desk, Reader, SilenceRecord};

use super::at;
use super::notes::By;
use super::rows::{Listed, Row, Wanted};
use crate::csv::Csv;
use crate::failure::{Failure, tell};
use crate::time::{now, parse_duration};

/// What says which alerts: one of these has to.
const SAYS: [&str; 6] = ["what", "source", "target", "network", "rule", "at_most"];

/// Do not tell some alerts for a while; whoever writes this history takes it up within seconds
///
/// All that is said has to hold of an alert. What is silenced is kept in the history all the same.
#[derive(Args)]
#[command(group = ArgGroup::new("said").required(true).multiple(true).args(SAYS))]
pub(super) struct Silencing {
    /// For so long (30m, 8h, 2d)
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lasts: i64,

    /// Alerts of this class or behaviour, `*` for any letters; for several, say it again
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    what: Vec<Pattern>,

    /// Alerts about who is in this network, or has this address
    #[arg(long, value_name = "NETWORK")]
    source: Vec<Network>,

    /// Alerts about what is done to this network or address
    #[arg(long, value_name = "NETWORK")]
    target: Vec<Network>,

    /// Alerts of which one side is in this network
    #[arg(long, value_name = "NETWORK")]
    network: Vec<Network>,

    /// Alerts by this rule of the policy, `*` for any letters
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    rule: Vec<Pattern>,

    /// Alerts as bad as this, or less: low, medium, high or critical
    #[arg(long, value_name = "LEVEL", value_parser = super::alerts::level)]
    at_most: Option<Level>,

    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,

    #[command(flatten)]
    by: By,
}

/// Print the silences that hold
#[derive(Args)]
pub(super) struct Silences {
    #[command(flatten)]
    wanted: Wanted,
}

/// End a silence before its time
#[derive(Args)]
pub(super) struct Lift {
    /// The number of the silence, as silences prints it
    silence: i64,

    #[command(flatten)]
    by: By,
}

impl Silencing {
    pub(super) fn write(self, file: &Path) -> Result<(), Failure> {
        let mut which = Which::default();
        (which.what, which.rule, which.at_most) = (self.what, self.rule, self.at_most);
        (which.source, which.target, which.network) = (self.source, self.target, self.network);
        let (now, who) = (now().as_nanos(), self.by.name());
        let until = now.saturating_add(self.lasts);
        let silence = Silence { which, until, who, comment: self.comment };
        keep(&mut Desk::open(file)?, &silence, now)
    }
}

impl Silences {
    pub(super) fn print(&self, reader: &Reader) -> Result<(), Failure> {
        let held = reader.silences(now().as_nanos())?;
        self.wanted.print(&Listed::all(held, |silence| silence))
    }
}

impl Lift {
    pub(super) fn write(&self, file: &Path) -> Result<(), Failure> {
        match Desk::open(file)?.lift(self.silence, &self.by.name(), now().as_nanos())? {
            true => tell(&format!("silence {} is lifted", self.silence)),
            false => return Err(Failure::NoSilence { number: self.silence }),
        }
        Ok(())
    }
}

/// Keeps a silence, and says which it is.
pub(super) fn keep(desk: &mut Desk, silence: &Silence, now: i64) -> Result<(), Failure> {
    let number = desk.silence(silence, now)?;
    tell(&format!("silence {number}, until {}: {}", at(silence.until), said(&silence.which)));
    Ok(())
}

/// A length of time in which something can be silent.
pub(super) fn duration(text: &str) -> Result<i64, &'static str> {
    // Who writes 4 means hours, and would be told again after seconds.
    let has_unit = text.trim_end().ends_with(char::is_alphabetic);
    let nanos = parse_duration(text).ok().filter(|nanos| *nanos > 0 && has_unit);
    nanos.ok_or("it is not like 30m, 8h or 2d")
}

fn pattern(text: &str) -> Result<Pattern, NotAPattern> {
    Pattern::new(text)
}

/// Which alerts, in words.
fn said(which: &Which) -> String {
    let listed = |name: &str, all: Vec<String>| {
        (!all.is_empty()).then(|| format!("{name} {}", all.join(" or ")))
    };
    fn texts<T: ToString>(all: &[T]) -> Vec<String> {
        all.iter().map(ToString::to_string).collect()
    }
    let levels = [("at least", which.at_least), ("at most", which.at_most)];
    let levels = levels.into_iter().filter_map(|(how, level)| Some(format!("{how} {}", level?)));
    let lists = [
        ("what", texts(&which.what)),
        ("source", texts(&which.source)),
        ("target", texts(&which.target)),
        ("network", texts(&which.network)),
        ("rule", texts(&which.rule)),
        ("alert", texts(&which.id)),
    ];
    let lists = lists.into_iter().filter_map(|(name, all)| listed(name, all));
    lists.chain(levels).collect::<Vec<_>>().join(", ")
}

impl Row for SilenceRecord {
    const HEADINGS: &'static [&'static str] = &["Silence", "until", "which", "by", "why"];
    const WORDS: &'static [usize] = &[1, 2, 3, 4];
    const COLUMNS: &'static [&'static str] = &["silence", "until", "which", "by", "why", "since"];

    fn shown(&self) -> Vec<String> {
        let Silence { which, until, who, comment } = &self.silence;
        vec![self.id.to_string(), at(*until), said(which), who.clone(), comment.clone()]
    }

    fn cells(&self, csv: &mut Csv) {
        let Silence { which, until, who, comment } = &self.silence;
        csv.text(&self.id.to_string());
        csv.text(&at(*until));
        [&said(which), who, comment].into_iter().for_each(|text| csv.text(text));
        csv.text(&at(self.since));
    }
}
