//! `netsift config`: a configuration to begin with, and whether one is sound.

mod receivers;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use netsift::alert::Secret;
use netsift::watch::{Config, WatchError};

use crate::detect;
use crate::failure::{Failure, report, tell};
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
    /// Tell what is wrong with a configuration; no file is written, and nobody is called
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

/// Tells all that is wrong: who has to mend three things wants to know of three.
fn check(path: &Path) -> Result<(), Failure> {
    let config = load(path)?;
    config.cautions().for_each(|caution| tell(&caution));
    let mut troubles = detect::troubles(&config);
    let checked = config.check();
    troubles.extend(checked.err().map(of_file(path)));
    let last = troubles.pop();
    troubles.iter().for_each(report);
    last.map_or(Ok(()), Err)
}

/// The configuration in a file.
pub(crate) fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(of_file(path))
}

pub(crate) fn of_file(path: &Path) -> impl Fn(WatchError) -> Failure {
    move |source| Failure::Config { path: path.to_owned(), source: Box::new(source) }
}
