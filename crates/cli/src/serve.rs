//! `netsift serve`: detection with a page to watch it by, or the page alone over what was recorded.

mod folder;
mod page;
mod users;

use std::io::{self, BufRead};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use clap::builder::BoolishValueParser;
use netsift::dashboard::{Mode, Settings, hash_password};
use netsift::history::{HistorySettings, Reader};
use netsift::serve::DemoModels;
use netsift::watch::{Checked, Config};

use crate::detect::{Detect, Onlooker};
use crate::failure::{Failure, tell};
use crate::interrupt::Interrupt;
use folder::Folder;
use page::Page;

/// Serve a live page of what is detected, or of what was recorded
///
/// Does all that detect does, and serves a page that shows it as it happens: rates, alerts with what they rest on, hosts,
/// flows, models, who is told. What the page shows is kept in a history: the one that is named here or in the configuration, or
/// one that goes when the run ends. With a history alone, the page shows what is in it, and what another run writes to it;
/// --save-packets says where that run saves packets. After captures have ended, the page stays until Ctrl-C; where an interface
/// cannot be captured on any more, it ends with that.
///
/// On 127.0.0.1, where it listens by itself, nobody of this machine needs a login. On other addresses, and where names or proxies
/// are told, a token is made at the first start and shown once, unless users are named; TLS comes with a certificate. A section
/// [dashboard] of the configuration says the same.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Serve {
    #[command(flatten)]
    detect: Detect,

    #[command(flatten)]
    page: Served,
}

/// How the page is served.
#[derive(Args)]
#[command(next_help_heading = "Page")]
struct Served {
    /// Where to listen; port 0 takes one that is free [default: 127.0.0.1:8050]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// The history that the page shows; what is detected is kept in it
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Show made traffic without end, with attacks now and then, and models that have learned from such
    #[arg(long, conflicts_with_all = ["captures", "interface"])]
    demo: bool,

    /// A name by which browsers may call it, beside localhost and its address. For several, say it again
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,

    /// Whether whoever is on this machine needs a login, too; others need one always [default: no; yes where it listens
    /// elsewhere than on loopback, or names or proxies are told]
    #[arg(long, value_name = "YES_OR_NO", num_args = 0..=1, require_equals = true, default_missing_value = "yes", value_parser = BoolishValueParser::new())]
    login: Option<bool>,

    /// The certificates for TLS, in PEM
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,

    /// The key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,

    /// Who may log in with a password: lines of NAME:viewer:HASH or NAME:operator:HASH; --hash-password makes a hash
    #[arg(long, value_name = "FILE")]
    user_file: Option<PathBuf>,

    /// Where the hashed token is kept [default: netsift-token beside the history]
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Read a password from standard input, and print its hash for a user file
    #[arg(long)]
    hash_password: bool,
}

const EXAMPLES: &str = "\
Examples:
  netsift serve --demo
  netsift serve night.pcap --speed 10 --model flows.nsm --anomaly usual.nsm
  netsift serve --interface eth0 --history netsift-history.db --save-packets evidence
  netsift serve --history netsift-history.db --save-packets evidence
  netsift serve --config netsift.toml --listen 0.0.0.0:8050 --host sift.example.org --certificate sift.pem --key sift.key";

/// Of so many of the last flows the drift is told: hours of an office, and minutes of a large network.
const DRIFT_OF: u64 = 50_000;
/// The same models each time.
const SEED: u64 = 2;

impl Serve {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Self { mut detect, page } = self;
        if page.hash_password {
            return print_hash();
        }
        if let Some(told) = detect.asked_alone() {
            return told;
        }
        detect.source.is_demo = page.demo;
        detect.knowledge.drift_of = Some(DRIFT_OF);
        let config = detect.configured()?.map(|config| Config::clone(&config)).unwrap_or_default();
        let mut config = page.said(config)?;
        if page.demo || detect.source.is_named() {
            return page.watch(detect, config);
        }
        // Nothing is saved then: that is where another run has saved packets.
        config.packets = detect.packets.said();
        let history = config.history.as_ref().map(|history| history.path.clone());
        page.recorded(config, history.ok_or(Failure::NothingToServe)?)
    }
}

impl Served {
    /// The configuration with what the command line says.
    fn said(&self, mut config: Config) -> Result<Config, Failure> {
        if let Some(path) = &self.history {
            let mut kept = config.history.take().unwrap_or_default();
            kept.path.clone_from(path);
            config.history = Some(kept);
        }
        config.dashboard = Some(self.settings(config.dashboard.take().unwrap_or_default())?);
        Ok(config)
    }

    fn settings(&self, settings: Settings) -> Result<Settings, Failure> {
        let settings = self.listen.into_iter().fold(settings, Settings::listen);
        let settings = self.host.iter().fold(settings, Settings::host);
        let settings = self.login.into_iter().fold(settings, Settings::login);
        let settings = self.token_file.iter().fold(settings, Settings::token_file);
        let settings = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => settings.tls(certificate, key),
            _ => settings,
        };
        let users = self.user_file.as_deref().map(users::read).transpose()?.unwrap_or_default();
        Ok(users.into_iter().fold(settings, Settings::user))
    }

    /// The page over what is there, and what others write.
    fn recorded(&self, config: Config, history: PathBuf) -> Result<(), Failure> {
        Reader::open(&history)?;
        let config = config.check()?;
        let page = Page::new(Mode::History, &config, config.clone(), history);
        let interrupt = Interrupt::watch(|| {})?;
        interrupt.see();
        page.open(None)?;
        page.stays(&interrupt);
        Ok(())
    }

    /// Detection, and the page over what it keeps.
    fn watch(&self, mut detect: Detect, mut config: Config) -> Result<(), Failure> {
        let is_kept = config.history.is_some();
        let folder = (self.demo || !is_kept).then(Folder::make).transpose()?;
        if let Some(folder) = &folder {
            self.furnish(&mut detect, &mut config, folder)?;
        }
        let (config, mode) = (config.check()?, self.mode(&detect));
        let page = Arc::new(page_of(&detect, &config, mode)?);
        let done = detect.judge(Some(&config), Some(Arc::clone(&page) as Arc<dyn Onlooker>));
        // It is shut before what it shows is taken away.
        page.shut();
        drop(folder);
        done
    }

    /// What nobody has named, in a folder of its own.
    fn furnish(
        &self,
        detect: &mut Detect,
        config: &mut Config,
        folder: &Folder,
    ) -> Result<(), Failure> {
        if config.history.is_none() {
            config.history = Some(HistorySettings::new(folder.file("history.db")));
            let shown = folder.path().display();
            tell(&format!(
                "what is shown is kept in {shown} and goes with it at the end; --history FILE keeps it"
            ));
        }
        if !self.demo {
            return Ok(());
        }
        let knowledge = &mut detect.knowledge;
        if knowledge.model.is_none() && knowledge.anomaly.is_none() {
            tell("models learn from made traffic: some seconds");
            let models = DemoModels::learn(SEED)?;
            knowledge.model = Some(folder.saved("made-traffic.nsm", &models.classes)?);
            knowledge.anomaly = Some(folder.saved("made-usual.nsm", &models.usual)?);
        }
        let packets = || folder.file("packets");
        detect.packets.save_packets.get_or_insert_with(packets);
        Ok(())
    }

    fn mode(&self, detect: &Detect) -> Mode {
        match (self.demo, detect.source.is_interface()) {
            (true, _) => Mode::Demo,
            (_, true) => Mode::Live,
            _ => Mode::Replay,
        }
    }
}

/// The page of what is detected, with the settings that hold in the end.
fn page_of(detect: &Detect, config: &Checked, mode: Mode) -> Result<Page, Failure> {
    let mut shown = Config::clone(config);
    detect.said(&mut shown);
    let history = config.history.as_ref().map(|it| it.path.clone()).unwrap_or_default();
    Ok(Page::new(mode, config, shown.check()?, history))
}

#[allow(clippy::print_stdout)] // what was asked for
fn print_hash() -> Result<(), Failure> {
    let mut password = String::new();
    // A password has a few bytes: who pours in more is not waited for.
    let read = io::Read::take(io::stdin().lock(), MOST_PASSWORD).read_line(&mut password);
    read.map_err(Failure::unread("standard input".as_ref()))?;
    println!("{}", hash_password(password.trim_end_matches(['\r', '\n']))?);
    Ok(())
}

const MOST_PASSWORD: u64 = 4_096;
