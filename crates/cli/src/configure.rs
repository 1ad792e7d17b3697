//! `netsift config`: a configuration to begin with, and whether one is sound.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use netsift::watch::Config;

use crate::failure::{Failure, tell};

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
    Init {
        /// The file, which must not be there [default: standard output]
        file: Option<PathBuf>,
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
            What::Init { file: None } => {
                print!("{}", Config::EXAMPLE);
                Ok(())
            }
            What::Init { file: Some(path) } => init(&path),
            What::Check { file } => {
                let config = load(&file)?;
                config.check().map_err(of_file(&file))?;
                config.cautions().for_each(|caution| tell(&caution));
                println!("{}: sound", file.display());
                Ok(())
            }
        }
    }
}

fn init(path: &Path) -> Result<(), Failure> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(Config::EXAMPLE.as_bytes()));
    written.map_err(|source| Failure::Unmade { path: path.to_owned(), source })?;
    tell(&format!("{}: written; `netsift detect --config` takes it", path.display()));
    Ok(())
}

/// The configuration in a file.
pub(crate) fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(of_file(path))
}

fn of_file(path: &Path) -> impl FnOnce(netsift::watch::WatchError) -> Failure {
    move |source| Failure::Config { path: path.to_owned(), source: Box::new(source) }
}
