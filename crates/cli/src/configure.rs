//! `netsift config`: a configuration to begin with, and whether one is sound.

mod receivers;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use netsift::alert::Secret;
use netsift::watch::{Config, Watch, WatchError};

use crate::detect;
use crate::failure::{Failure, report, tell, warn};
use receivers::Receivers;

/// Make a configuration, or look through one
///
/// A configuration says where packets come from, what is known, who is told and what is kept: `netsift detect --config FILE`
/// does it.
#[derive(Args)]
pub(crate) struct Configure {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Write a configuration that works, with a word on each setting
    ///
    /// Who is named here is told. Passwords, and addresses that are secrets, are never named: the configuration says in which
    /// variable or file they stand.
    Init {
        /// The file, which must not be there [default: standard output]
        file: Option<PathBuf>,

        #[command(flatten)]
        receivers: Receivers,
    },
    /// Tell all that is wrong with a configuration, with the lines; no file is written, and nobody is called
    ///
    /// Whether files can be written is judged for the user who asks. Ends with 2 if anything is wrong.
    Check {
        /// The file
        file: PathBuf,
    },
}

impl Configure {
    #[allow(clippy::print_stdout)] // what was asked for
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Init { file: None, receivers } => {
                print!("{}", receivers.example()?);
                Ok(())
            }
            What::Init { file: Some(path), receivers } => init(&path, &receivers.example()?),
            What::Check { file } => {
                check(&file)?;
                println!("{}: sound", file.display());
                Ok(())
            }
        }
    }
}

fn init(path: &Path, text: &str) -> Result<(), Failure> {
    let config = Config::from_toml(text)?;
    let missing: Vec<String> = config.secrets().filter_map(missing).collect();
    if missing.is_empty() {
        config.check()?;
    }
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| Failure::Unmade { path: path.to_owned(), source })?;
    tell(&format!("{}: written; `netsift detect --config` takes it", path.display()));
    missing.iter().for_each(|missing| tell(missing));
    Ok(())
}

/// That a secret is not there yet.
fn missing(secret: &Secret) -> Option<String> {
    match secret {
        Secret::Env(name) => std::env::var_os(name)
            .is_none()
            .then(|| format!("the variable {name} is to be set before somebody is told")),
        Secret::File(path) => (!path.exists())
            .then(|| format!("{} is to be written before somebody is told", path.display())),
    }
}

/// Tells all that is wrong, line by line: who has to mend three things wants to know of three.
fn check(path: &Path) -> Result<(), Failure> {
    let text = Config::text(path).map_err(of_file(path))?;
    let looked = Config::look_through(&text);
    looked.config.cautions().for_each(|caution| tell(&caution));
    let of_text = looked
        .faults
        .iter()
        .chain(&looked.obstacles())
        .map(|it| (it.line, it.to_string()))
        .collect();
    let troubles = detect::troubles(&looked.config).into_iter().map(|(setting, failure)| {
        let line = looked.line(&setting);
        let place = line.map_or_else(String::new, |line| format!("line {line}: "));
        (line, place + &failure.lines().join("; "))
    });
    let mut all: Vec<(Option<usize>, String)> = of_text;
    all.extend(troubles);
    all.sort_by_key(|(line, _)| line.unwrap_or(usize::MAX));
    all.iter().for_each(|(_, said)| warn(&format!("{}: {said}", path.display())));
    match all.len() {
        0 => Ok(()),
        faults => Err(Failure::Unsound { path: path.to_owned(), faults }),
    }
}

/// The configuration in a file.
pub(crate) fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(of_file(path))
}

/// Has a watch go by what a configuration says now of silences, routes and limits, and says what became of it.
pub(crate) fn read_again(path: &Path, watch: &Watch) {
    let checked = load(path).and_then(|config| config.check().map_err(of_file(path)));
    match checked.and_then(|config| watch.change(&config).map_err(of_file(path))) {
        Ok(others) => {
            tell("silences, routes and limits: read again");
            if !others.is_empty() {
                let others = others.join(", ");
                tell(&format!("other than at the start, and taken up by the next one: {others}"));
            }
        }
        Err(failure) => {
            report(&failure);
            tell("silences, routes and limits: kept as before");
        }
    }
}

pub(crate) fn of_file(path: &Path) -> impl Fn(WatchError) -> Failure {
    move |error| match error {
        WatchError::Read { path, source } => Failure::Unread { path, source },
        error => Failure::Config { path: path.to_owned(), source: Box::new(error) },
    }
}
