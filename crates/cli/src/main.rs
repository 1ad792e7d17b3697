//! The program `netsift`: arguments, progress, printing. Everything else is the facade's.

mod alarms;
mod alerts;
mod bar;
mod cluster;
mod compared;
mod configure;
mod confusion;
mod csv;
mod detect;
mod evaluate;
mod explore;
mod extract;
mod failure;
mod figures;
mod files;
mod form;
mod history;
mod inspect;
mod interrupt;
mod json;
mod log;
mod output;
mod page;
mod plots;
mod predict;
mod prepare;
mod progress;
mod reading;
mod report;
mod selection;
#[cfg(feature = "dashboard")]
mod serve;
mod signals;
mod synth;
mod table;
mod tables;
mod terminal;
mod time;
mod train;
mod tune;
mod unknown;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use failure::{WRONG_USE, tell};

/// Network traffic, sifted: packets in, verdicts out
#[derive(Parser)]
#[command(name = "netsift", version, max_term_width = 100, after_help = EXAMPLES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Alerts(alerts::Alerts),
    Cluster(Box<cluster::Cluster>),
    #[command(name = "config")]
    Configure(configure::Configure),
    Detect(Box<detect::Detect>),
    Evaluate(Box<evaluate::Evaluate>),
    Explore(Box<explore::Explore>),
    Extract(Box<extract::Extract>),
    History(history::History),
    Inspect(inspect::Inspect),
    Predict(Box<predict::Predict>),
    Prepare(Box<prepare::Prepare>),
    Report(Box<report::Report>),
    #[cfg(feature = "dashboard")]
    Serve(Box<serve::Serve>),
    Synth(synth::Synth),
    Train(Box<train::Training>),
    Tune(Box<tune::Tune>),
}

const EXAMPLES: &str = "\
Examples:
  netsift synth -o made.pcap --labels made.csv    make labelled traffic
  netsift inspect made.pcap                       see what is in it
  netsift inspect --packets made.pcap | head      the same, a JSON object a frame
  netsift explore made.pcap -o made.html          a page: who, when, how much, and what is strange
  netsift extract made.pcap -o made-flows.csv     its flows and their features, a row each
  netsift prepare made-flows.csv --dry-run        what is wrong with them as data, and what can be done
  netsift train flows.csv --label Label -o m.nsm  a model of rows whose classes are known
  netsift train monday.pcap -o usual.nsm          what is usual in traffic that nobody has labelled
  netsift tune flows.csv --label Label --budget 10m -o m.nsm  the best learner that is found in time
  netsift report m.nsm flows.csv --label Label -o m.html      a page: how right it is, where not, and why
  netsift predict m.nsm new.pcap -o told.csv      what it says of each flow of a capture
  netsift detect new.pcap --model m.nsm           what somebody should know of it; --interface eth0 for live traffic
  netsift config init netsift.toml                a configuration: who is told, what is kept; detect --config takes it
  netsift history history.db                      what was told and seen in a run that kept it
  netsift serve --demo                            a live page of all that, with made traffic to begin with

Exit codes: 0 done; 1 the work failed; 2 wrong use; 130 interrupted.";

fn main() -> ExitCode {
    log::begin();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error),
    };
    let done = match arguments.command {
        Command::Alerts(alerts) => alerts.run(),
        Command::Cluster(cluster) => cluster.run(),
        Command::Configure(configure) => configure.run(),
        Command::Detect(detect) => detect.run(),
        Command::Evaluate(evaluate) => evaluate.run(),
        Command::Explore(explore) => explore.run(),
        Command::Extract(extract) => extract.run(),
        Command::History(history) => history.run(),
        Command::Inspect(inspect) => inspect.run(),
        Command::Predict(predict) => predict.run(),
        Command::Prepare(prepare) => prepare.run(),
        Command::Report(report) => report.run(),
        #[cfg(feature = "dashboard")]
        Command::Serve(serve) => serve.run(),
        Command::Synth(synth) => synth.run(),
        Command::Train(train) => train.run(),
        Command::Tune(tune) => tune.run(),
    };
    match done {
        // Whoever reads our output has seen enough, as `head` has.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            failure::report(&failure);
            ExitCode::from(failure.exit_code())
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

/// Help and version are no errors; what is one is told in a line, as every error is.
fn refuse(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe is the reader's choice.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
        }
        _ => tell(&in_one_line(&error.render().to_string())),
    }
    ExitCode::from(WRONG_USE)
}

/// What clap says before its usage and its pointer to the help.
fn in_one_line(rendered: &str) -> String {
    let text = rendered.strip_prefix("error: ").unwrap_or(rendered);
    let said = text.split("\n\nUsage:").next().and_then(|t| t.split("\n\nFor more").next());
    let words: Vec<&str> = said.unwrap_or(text).split_whitespace().collect();
    format!("{}; see --help", words.join(" ").replace(" tip: ", "; "))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_declared_arguments_are_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn wrong_use_is_told_in_one_line() {
        let told = |words: &[&str]| match Arguments::try_parse_from(words) {
            Ok(_) => String::new(),
            Err(error) => in_one_line(&error.render().to_string()),
        };
        assert_eq!(
            told(&["netsift", "inspekt"]),
            "unrecognized subcommand 'inspekt'; a similar subcommand exists: 'inspect'; see --help"
        );
        let line = told(&["netsift", "inspect", "--filter", "tcp por 80", "x.pcap"]);
        assert!(line.starts_with("invalid value 'tcp por 80' for '--filter <WORDS>': at byte 4: "));
        assert!(line.ends_with(" is expected; see --help"), "{line}");
    }
}
