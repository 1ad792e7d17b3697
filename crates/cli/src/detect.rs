//! `netsift detect`: what somebody should know of traffic, live or from captures.

mod busiest;
mod knowledge;
mod lasting;
mod onlooker;
mod packets;
mod print;
mod run;
mod source;
mod status;
mod tables;
mod told;

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use netsift::detect::PathBuilder;
use netsift::flow::MOST_WORKERS;
use netsift::packet::{Filter, FilterError};
use netsift::watch::{Checked, Config, Notice, Watch};

use crate::configure::{self, load, of_file};
use crate::failure::{Failure, report, tell};
use crate::files::Files;
use crate::interrupt::Interrupt;
use crate::log;
use crate::output::Draft;
use crate::selection::{Asked, Selection};
use crate::time;
use knowledge::Knowledge;
pub(crate) use onlooker::Onlooker;
use print::{Printed, Printer};
use run::{Limits, Run};
use source::Source;
use status::Status;
use tables::Tables;

/// Tell what somebody should know of traffic, as it happens or from captures
///
/// Puts packets together to flows, shows them to models, looks their ends and names up on lists, and watches what hosts do
/// over many of them: scans, floods, guessed passwords, calls home, data in names. A policy weighs it all. Each alert is
/// told in a line with its level, its score from 0 to 100, what to do and the rule that says so; below it stands what it
/// rests on. What is the same is told once, and again with its count while it goes on; --json tells each. Neither a model nor a
/// list is needed.
///
/// Models, lists and the policy are read again when their files change, and on SIGHUP, which has the configuration's
/// silences, routes and limits read again, too; what cannot be read leaves the old as it was.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Detect {
    /// Take what is said here from this file, and what is not: who is told, and what is kept. What stands on the command
    /// line goes before it; `netsift config init` makes one to begin with
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) source: source::Origin,

    #[command(flatten)]
    pub(crate) knowledge: knowledge::Named,

    /// Write every alert as JSON, an object a line
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    tables: tables::Written,

    #[command(flatten)]
    pub(crate) packets: packets::Saving,

    #[command(flatten)]
    asked: Asked,

    /// End after this time of the packets (30s, 5m); of an interface also by the clock. What is captured by then is judged
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    duration: Option<i64>,

    /// End after so many packets; what was captured behind them is left
    #[arg(long, value_name = "N")]
    count: Option<u64>,

    /// Tell on standard error how it goes, each time so long after the last [default: each second on a terminal; each
    /// minute of an interface elsewhere]
    #[arg(long, value_name = "TIME", value_parser = time::parse_duration)]
    status: Option<i64>,

    /// How many threads make flows and ask models; with more than one, alerts come in no order
    #[arg(short, long, value_name = "N", default_value_t = 1)]
    threads: usize,

    /// Say nothing but alerts and what goes wrong
    #[arg(short, long)]
    quiet: bool,
}

const EXAMPLES: &str = "\
Examples:
  netsift detect night.pcap
  netsift detect night.pcap --model flows.nsm --anomaly usual.nsm --lists drop.txt=high
  netsift detect --interface eth0 --model flows.nsm --policy policy.toml --json >> alerts.jsonl
  netsift detect night.pcap --speed 10 --predictions told.csv
  netsift detect --interface eth0 --save-packets evidence --ring 256
  netsift detect --config netsift.toml
  netsift detect --list-interfaces
  netsift detect --print-policy > policy.toml";

impl Detect {
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        if let Some(told) = self.asked_alone() {
            return told;
        }
        let config = self.configured()?;
        self.judge(config.as_ref(), None)
    }

    /// Tells what needs no packets, if that is asked for.
    pub(crate) fn asked_alone(&self) -> Option<Result<(), Failure>> {
        if self.source.list_interfaces {
            return Some(source::list_interfaces());
        }
        self.knowledge.print_policy.then(knowledge::print_policy)
    }

    /// Judges to the end, as a configuration has it; somebody may look on.
    pub(crate) fn judge(
        mut self,
        config: Option<&Checked>,
        onlooker: Option<Arc<dyn Onlooker>>,
    ) -> Result<(), Failure> {
        let selection = self.asked.selection()?;
        if let Some(wanted) = self.knowledge.busiest {
            let list = busiest::list(wanted, &self.source.captures, self.asked.selection()?)?;
            self.knowledge.busiest_list = Some(list.into());
        }
        let drafts = Tables::drafts(&self.tables)?;
        let knowledge = Knowledge::read(&self.knowledge)?;
        let source = Source::open(&self.source, self.asked.filter.as_ref())?;
        // Behind that, since privileges are given up there: what a file is made with it also gets its name with.
        let files = self.files(drafts, source.is_live());
        let files = files.map_err(|failure| self.source.without_privileges(failure))?;
        let is_live = source.is_live();
        let opened = (selection, knowledge, source);
        let done = self.through(opened, &files, config, onlooker.as_ref());
        match done {
            Ok((broken, interrupt, is_whole)) => {
                if is_whole {
                    files.finish()?;
                } else if let Err(failure) = files.keep_parts() {
                    report(&failure);
                }
                if let Some(onlooker) = onlooker.filter(|_| may_look_on(is_live, broken.as_ref())) {
                    // Who looks on may do so for hours: what is wrong is not to wait for that.
                    broken.iter().for_each(report);
                    onlooker.stays(&interrupt);
                }
                broken.map_or(Ok(()), Err)
            }
            Err(failure) => {
                files.discard();
                Err(failure)
            }
        }
    }

    /// Opens what is written. What a run has left that was killed cannot be had again of an interface, and is kept.
    fn files(&self, drafts: Vec<(&'static str, Draft)>, is_live: bool) -> Result<Files, Failure> {
        if is_live {
            drafts.iter().try_for_each(|(_, draft)| draft.keep_part())?;
        }
        Files::open(drafts, &self.source.captures)
    }

    /// The configuration, if there is one; what it says stands where the command line says nothing.
    pub(crate) fn configured(&mut self) -> Result<Option<Checked>, Failure> {
        let Some(path) = &self.config else { return Ok(None) };
        let config = load(path)?.check().map_err(of_file(path))?;
        log::set(config.log);
        config.cautions().for_each(|caution| tell(&caution));
        self.source.or(&config.source)?;
        self.knowledge.or(&config.knowledge);
        self.packets.or(config.packets.as_ref())?;
        if self.asked.filter.is_none() {
            self.asked.filter = filter(&config)?;
        }
        Ok(Some(config))
    }

    /// What holds, be it from the command line or from a configuration.
    #[cfg(feature = "dashboard")]
    pub(crate) fn said(&self, config: &mut Config) {
        config.source = self.source.said();
        config.source.filter = self.asked.filter.as_ref().map(ToString::to_string);
        config.knowledge = self.knowledge.said();
        config.packets = self.packets.said();
    }

    /// Judges to the end; answers what broke the input or the output, if something did, and whether tables are whole: the rest
    /// is told.
    fn through(
        &self,
        (selection, knowledge, source): (Selection, Knowledge, Source),
        files: &Files,
        config: Option<&Checked>,
        onlooker: Option<&Arc<dyn Onlooker>>,
    ) -> Result<(Option<Failure>, Arc<Interrupt>, bool), Failure> {
        // Of captures in files nothing is to be lost because a disk is slow; what is live waits for nobody.
        let start = if source.is_live() { Watch::start } else { Watch::start_patient };
        let heard = onlooker.cloned();
        let notice = move |notice: &Notice<'_>| {
            told::notice(notice);
            heard.iter().for_each(|onlooker| onlooker.notice(notice));
        };
        let watch = config.map(|config| start(config, notice)).transpose()?;
        if source.is_live() {
            knowledge.tell_of_profile()?;
        }
        let tables = Tables::open(&self.tables, files, &knowledge)?;
        let printed = Arc::<Printed>::default();
        // Sinks that are configured are who is told, and who looks on sees for himself.
        let is_told = onlooker.is_some() || config.is_some_and(|config| !config.sinks.is_empty());
        let mut printer = match (self.json, is_told) {
            (true, _) => Some(Printer::as_json(Arc::clone(&printed))),
            (false, true) => None,
            (false, false) => {
                let mut lines = Printer::for_people(Arc::clone(&printed));
                match &watch {
                    // It groups alerts, and knows what is silenced.
                    Some(watch) => {
                        watch.hear(move |alert| lines.print(alert));
                        None
                    }
                    None => Some(lines.grouped()?),
                }
            }
        };
        let mut predictions = tables.predictions();
        let workers = self.threads.clamp(1, MOST_WORKERS);
        let saver = self.packets.saver(source.is_live())?;
        let seen = knowledge.seen.clone();
        let builder = tables.watching(knowledge.path(), workers);
        let builder = saver.iter().fold(builder, |builder, saver| saver.kept(builder));
        // Whoever sends packets to an interface is not to know what is kept of them; captures give the same each time.
        let drawn = source.is_live().then(|| RandomState::new().hash_one(()));
        let builder = drawn.into_iter().fold(builder, PathBuilder::seed);
        let (saving, telling, seeing) = (saver.clone(), watch.clone(), onlooker.cloned());
        let path = builder.start(move |verdict, alert| {
            if let Some(onlooker) = &seeing {
                onlooker.verdict(verdict);
            }
            if let Some(predictions) = &mut predictions {
                predictions.take(verdict);
            }
            let alert = match &saving {
                Some(saver) => saver.told(verdict, alert),
                None => alert.cloned(),
            };
            if let Some(printer) = &mut printer {
                printer.advance(verdict.time());
                alert.iter().for_each(|alert| printer.print(alert));
            }
            if let Some(watch) = &telling {
                watch.tell(verdict, alert);
            }
        })?;
        watch.iter().for_each(|watch| watch.guide(path.control()));
        let interrupt = Interrupt::watch(|| {})?;
        let again = self.config.clone().zip(watch.clone());
        let also = move || {
            again.iter().for_each(|(path, watch)| configure::read_again(path, watch));
        };
        let watcher = self.knowledge.watch(seen, path.control(), &interrupt, also)?;
        // From here on the run ends by itself: what was seen is told, and what was written is whole.
        interrupt.see();
        if let (Some(onlooker), Some(watch)) = (onlooker, &watch) {
            onlooker.begins(watch, &path.control())?;
        }
        let (is_live, stop) = (source.is_live(), source.stopper());
        let queued = source.queued()?;
        let status = Status::new(self.status, is_live, self.quiet, &path);
        let limits = Limits { nanos: self.duration, frames: self.count };
        let (ticked, is_slow) = (watch.clone(), self.source.is_slow());
        let run = Run {
            selection,
            path,
            watch: ticked,
            tables: tables.keeper(),
            status,
            onlooker: onlooker.cloned(),
            interrupt: Arc::clone(&interrupt),
            printed: Arc::clone(&printed),
            is_live,
            is_slow,
            stop,
            limits,
        };
        let ended = run.through(queued);
        drop(watcher);
        let told = watch.map(Watch::finish);
        let cut = tables.finish().err();
        if !self.quiet {
            status::told(&ended, is_live, saver.map(|saver| saver.counts()), printed.lost());
        }
        if let Some(told) = &told {
            told::tell_end(told, self.quiet);
        }
        if let Some(trouble) = &ended.summary.trouble {
            tell(&format!("a model had no answer for some flows, first since {trouble}"));
        }
        let lost = Some(printed.lost()).filter(|lost| *lost > 0);
        let unwritten = lost.map(|lost| Failure::AlertsLost { lost });
        let is_whole = cut.is_none();
        let mut broken = [ended.broken, unwritten, cut].into_iter().flatten();
        let worst = broken.next();
        broken.for_each(|failure| report(&failure));
        Ok((worst, interrupt, is_whole))
    }
}

/// Whether somebody may look on when all is told. What was live and is broken would look as if all were well, for as long as
/// nobody wonders that nothing happens: whoever starts programs again is to notice.
const fn may_look_on(is_live: bool, broken: Option<&Failure>) -> bool {
    !is_live || broken.is_none()
}

/// What is wrong with where packets come from, with what is known and with saved packets, each with its setting; nothing is
/// captured.
pub(crate) fn troubles(config: &Config) -> Vec<(String, Failure)> {
    let mut troubles = source::Origin::troubles(&config.source);
    troubles.extend(filter(config).err().map(|failure| ("source.filter".into(), failure)));
    troubles.extend(knowledge::Named::troubles(&config.knowledge));
    troubles.extend(packets::Saving::troubles(config.packets.as_ref()));
    troubles
}

fn filter(config: &Config) -> Result<Option<Filter>, Failure> {
    let refused = |rule: FilterError| Failure::Configured {
        setting: "source.filter",
        rule: rule.to_string(),
    };
    config.source.filter.as_deref().map(Filter::compile).transpose().map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_on_at_what_is_live_does_not_when_it_is_broken() {
        let broken = || Failure::AlertsLost { lost: 1 };
        for (is_live, broken, may) in [
            (true, Some(broken()), false),
            (true, None, true),
            (false, Some(broken()), true),
            (false, None, true),
        ] {
            assert_eq!(may_look_on(is_live, broken.as_ref()), may, "{is_live} {broken:?}");
        }
    }
}
