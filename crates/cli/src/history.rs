//! `netsift history`: what was told and seen, and what people say of it.

mod alerts;
mod allowances;
mod counts;
mod flows;
mod hosts;
mod notes;
mod rows;
mod silences;
mod summary;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use netsift::history::{HistoryError, Reader, Times};
use netsift::packet::Timestamp;

use crate::failure::Failure;
use crate::time;

/// Ask what was told and seen: alerts, verdicts, flows, hosts, counts
///
/// Reads a history that a run has written, or is writing at this moment. Without a command, it tells of it in short: when,
/// how much, the worst hosts, what was told most.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct History {
    /// The history
    file: PathBuf,

    #[command(subcommand)]
    asked: Option<Asked>,
}

#[derive(Subcommand)]
enum Asked {
    Alerts(alerts::Alerts),
    /// Print flows of which something was said, the newest first
    Verdicts(flows::Flows),
    /// Print flows of which nothing was said, the newest first
    Flows(flows::Flows),
    Hosts(hosts::Hosts),
    Counts(counts::Counts),
    Top(counts::Most),
    Show(notes::Show),
    Ack(notes::Ack),
    Unack(notes::Unack),
    Comment(notes::Comment),
    Silence(silences::Silencing),
    Silences(silences::Silences),
    Lift(silences::Lift),
    Allow(allowances::Allowing),
    Allowances(allowances::Allowances),
    Disallow(allowances::Disallow),
    /// Look through all of the file for damage
    Check,
}

const EXAMPLES: &str = "\
Examples:
  netsift history history.db
  netsift history history.db alerts --since 2026-09-01 --level high --unacked
  netsift history history.db alerts --host 192.0.2.0/24 --search ssh --json | jq .what
  netsift history history.db ack 00c0ffee00c0ffee --comment 'the scanner of the office'
  netsift history history.db silence --what '*scan*' --source 192.0.2.0/24 --for 4h --comment 'we scan ourselves'
  netsift history history.db allow --source 192.0.2.7 --class port-scan --comment 'our own scanner'
  netsift history history.db verdicts --host 192.0.2.7 --csv > flows.csv
  netsift history history.db counts --bin 1h --by class
  netsift history history.db hosts --host 192.0.2.7";

/// How long it may take to find all alerts that are wanted: they are listed before the first is printed.
const LONG: Duration = Duration::from_secs(60);

/// Of which times.
#[derive(Args)]
struct When {
    /// From this time on (2026-09-01, '2026-09-01 12:30', or seconds since 1970; UTC)
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    since: Option<Timestamp>,

    /// Up to this time
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    until: Option<Timestamp>,
}

impl History {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Self { file, asked } = self;
        let reader = || Reader::open(&file);
        match asked {
            None => summary::print(&reader()?),
            Some(Asked::Alerts(asked)) => asked.print(&reader()?.within(LONG)),
            Some(Asked::Verdicts(asked)) => asked.print(&reader()?, true),
            Some(Asked::Flows(asked)) => asked.print(&reader()?, false),
            Some(Asked::Hosts(asked)) => asked.print(&reader()?),
            Some(Asked::Counts(asked)) => asked.print(&reader()?),
            Some(Asked::Top(asked)) => asked.print(&reader()?),
            Some(Asked::Show(asked)) => asked.print(&reader()?),
            Some(Asked::Ack(asked)) => asked.write(&file),
            Some(Asked::Unack(asked)) => asked.write(&file),
            Some(Asked::Comment(asked)) => asked.write(&file),
            Some(Asked::Silence(asked)) => asked.write(&file),
            Some(Asked::Silences(asked)) => asked.print(&reader()?),
            Some(Asked::Lift(asked)) => asked.write(&file),
            Some(Asked::Allow(asked)) => asked.write(&file),
            Some(Asked::Allowances(asked)) => asked.print(&reader()?),
            Some(Asked::Disallow(asked)) => asked.write(&file),
            Some(Asked::Check) => check(&reader()?, file),
        }
    }
}

impl When {
    fn times(&self) -> Result<Times, Failure> {
        let nanos = |time: Timestamp| time.as_nanos();
        match (self.since, self.until) {
            (Some(since), Some(until)) if nanos(since) >= nanos(until) => {
                let (since, until) = (time::shown(since), time::shown(until));
                Err(Failure::NoTimes { since, until })
            }
            (since, until) => Ok(Times { since: since.map(nanos), until: until.map(nanos) }),
        }
    }
}

fn check(reader: &Reader, path: PathBuf) -> Result<(), Failure> {
    let found = reader.check()?.join("\n");
    if found.is_empty() {
        return rows::print("It is sound.\n");
    }
    let said = found.lines().collect::<Vec<_>>().join("; ");
    Err(HistoryError::Damaged { path, said }.into())
}

/// A time to the second, as people read it.
fn at(nanos: i64) -> String {
    let seconds = nanos.div_euclid(1_000_000_000).saturating_mul(1_000_000_000);
    time::shown(Timestamp::from_nanos(seconds)).replace('T', " ").replace('Z', "")
}
