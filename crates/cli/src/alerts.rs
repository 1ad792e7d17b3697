//! `netsift alerts`: whether those can be reached that are to be told, and what they have missed.

use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use clap::{Args, Subcommand};
use netsift::alert::{Alert, SinkError, spool};
use netsift::watch::{Config, SinkKind, WatchError};

use crate::configure::load;
use crate::failure::{Failure, tell_table};
use crate::figures::grouped;
use crate::table::Table;

/// Try those who are to be told, or tell them what they have missed
#[derive(Args)]
pub(crate) struct Alerts {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Send an alert to every sink of a configuration, and tell how each took it
    Test(Sinks),
    /// Send again what sinks refused or had no time for
    Resend(Sinks),
}

#[derive(Args)]
struct Sinks {
    /// The configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,

    /// Only these sinks
    #[arg(value_name = "SINK")]
    sinks: Vec<String>,
}

/// Of a sink without dead letters.
const MISSED_NOTHING: &str =
    "missed nothing for good; what still waits for it is tried by the next run";

impl Alerts {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Test(sinks) => sinks.each(|config, name| {
                config.sink(name)?.accept(&[test()])?;
                let is_count = config
                    .sinks
                    .get(name)
                    .is_some_and(|sink| matches!(sink.kind, SinkKind::Prometheus(_)));
                let told =
                    if is_count { "can be written; tests are not counted" } else { "took it" };
                Ok(told.to_owned())
            }),
            What::Resend(sinks) => sinks.each(|config, name| {
                if config.sinks.contains_key(name) && !config.has_queue(name) {
                    return Ok("is told on this machine, and has no queue".to_owned());
                }
                let folder = config.queue(name);
                // Who has missed nothing may be somebody else's just now.
                if config.sinks.contains_key(name) && spool::dead_letters(&folder)? == 0 {
                    // Whoever stands in another folder than the queues are seen from sees it.
                    let seen = std::path::absolute(&folder).unwrap_or(folder);
                    let has_queue = seen.exists();
                    let without = format!("has no queue in {}", seen.display());
                    return Ok(if has_queue { MISSED_NOTHING.to_owned() } else { without });
                }
                let mut sink = config.sink(name)?;
                let sent = spool::resend(&folder, &mut sink)?;
                let mut told = format!("{} sent again", grouped(sent.delivered));
                for (many, what) in [(sent.failed, "failed"), (sent.untried, "not tried")] {
                    if many > 0 {
                        told += &format!("; {} {what}", grouped(many));
                    }
                }
                match sent.error {
                    Some(error) => Err(Trouble::Left(format!("{told}: {error}"))),
                    None => Ok(told),
                }
            }),
        }
    }
}

/// Why it did not work with a sink.
enum Trouble {
    Watch(WatchError),
    Sink(SinkError),
    /// Some of it worked.
    Left(String),
}

impl From<WatchError> for Trouble {
    fn from(error: WatchError) -> Self {
        Self::Watch(error)
    }
}

impl From<SinkError> for Trouble {
    fn from(error: SinkError) -> Self {
        Self::Sink(error)
    }
}

impl Sinks {
    /// Does it with each, tells how it went, and fails if one did.
    fn each(&self, work: impl Fn(&Config, &str) -> Result<String, Trouble>) -> Result<(), Failure> {
        let config = load(&self.config)?;
        let all = || config.sinks.keys().cloned().collect();
        let names: Vec<String> = if self.sinks.is_empty() { all() } else { self.sinks.clone() };
        if names.is_empty() {
            return Err(Failure::NoSinks { path: self.config.clone() });
        }
        let mut table = Table::new(&["Sink", "", "seconds"]).words(&[1]);
        let mut failed = 0;
        for name in &names {
            let began = Instant::now();
            let told = match work(&config, name) {
                Ok(told) => told,
                Err(trouble) => {
                    failed += 1;
                    match trouble {
                        Trouble::Watch(error) => error.to_string(),
                        Trouble::Sink(error) => error.to_string(),
                        Trouble::Left(told) => told,
                    }
                }
            };
            table.row([name.clone(), told, format!("{:.1}", began.elapsed().as_secs_f64())]);
        }
        tell_table(&table);
        if failed == 0 { Ok(()) } else { Err(Failure::SinksFailed { failed, of: names.len() }) }
    }
}

/// An alert that says what it is.
fn test() -> Alert {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_nanos());
    Alert::test(i64::try_from(now).unwrap_or(i64::MAX))
}
