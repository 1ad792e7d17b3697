//! What runs on a machine, as its [`dashboard`](crate::dashboard) may see it: a [`watch`](crate::watch), what is known, the
//! settings, and reports of captures.
//!
//! ```
//! use std::sync::Arc;
//!
//! use netsift::dashboard::{Dashboard, Mode, Settings};
//! use netsift::history::{History, HistorySettings};
//! use netsift::serve::WatchHouse;
//! use netsift::watch::Config;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("netsift-serve-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let path = folder.join("history.db");
//! let history = History::open(HistorySettings::new(&path))?;
//! let house = WatchHouse::new(Mode::History, Config::default().check()?);
//! let settings = Settings::default().listen(([127, 0, 0, 1], 0).into());
//! let dashboard = Dashboard::start(&settings, path, Arc::new(house))?;
//! println!("http://{}/", dashboard.address());
//! dashboard.stop();
//! # drop(history);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

mod demo;
mod explore;
mod facts;
mod settings;

use std::path::{Path, PathBuf};
use std::time::Instant;

use netsift_alert::{Alert, SinkState};
use netsift_dashboard::{House, InUse, Knowledge, Mode, Refused};
use netsift_detect::Control;

use crate::clock::now;
use crate::watch::{Checked, Config, Watch};

pub use demo::{DemoError, DemoModels, DemoTraffic};
pub use facts::strange_from;

/// What runs here, as the page may see it.
pub struct WatchHouse {
    mode: Mode,
    config: Checked,
    /// When these settings began to hold.
    began: i64,
    running: Option<Running>,
    refused: Box<dyn Fn(&Refused) + Send + Sync>,
}

/// What there is only while something is judged.
struct Running {
    watch: Watch,
    path: Control,
}

impl WatchHouse {
    /// Nothing runs here; the settings are shown.
    #[must_use]
    pub fn new(mode: Mode, config: Checked) -> Self {
        Self { mode, config, began: now(), running: None, refused: Box::new(|_| ()) }
    }

    /// This runs: who is told is seen and can be tried, and what verdicts are made of is seen as it is at each moment.
    #[must_use]
    pub fn running(self, watch: Watch, path: Control) -> Self {
        Self { running: Some(Running { watch, path }), ..self }
    }

    /// Who is told that somebody was refused. Default: nobody.
    #[must_use]
    pub fn refusals(self, told: impl Fn(&Refused) + Send + Sync + 'static) -> Self {
        Self { refused: Box::new(told), ..self }
    }
}

impl House for WatchHouse {
    fn mode(&self) -> Mode {
        self.mode
    }

    fn sinks(&self) -> Option<Vec<SinkState>> {
        self.running.as_ref().map(|running| running.watch.sinks())
    }

    fn test_sink(&self, name: &str) -> Result<(), String> {
        if self.running.is_none() {
            return Err("nobody is told from here: what is shown was recorded".into());
        }
        let mut sink = self.config.sink(name).map_err(|error| error.to_string())?;
        sink.accept(&[Alert::test(now())]).map_err(|error| error.to_string())
    }

    fn knowledge(&self) -> Knowledge {
        let running = self.running.as_ref();
        running.map(|it| facts::of(&it.path.setup(), &self.config.knowledge)).unwrap_or_default()
    }

    fn settings(&self) -> InUse {
        let mut config = Config::clone(&self.config);
        let changed = self.running.as_ref().and_then(|it| it.watch.bring_up(&mut config));
        InUse { settings: settings::shown(&config), since: changed.or(Some(self.began)) }
    }

    fn packets_folder(&self) -> Option<PathBuf> {
        self.config.packets.as_ref().map(|packets| packets.folder.clone())
    }

    fn explore(&self, capture: &Path, name: &str, by: Instant) -> Result<String, String> {
        explore::page(capture, name, by).map_err(|error| error.to_string())
    }

    fn report_scripts(&self) -> Vec<String> {
        explore::scripts()
    }

    fn refused(&self, refused: &Refused) {
        (self.refused)(refused);
    }
}

#[cfg(test)]
mod tests {
    use netsift_detect::PathBuilder;

    use super::*;

    #[test]
    fn settings_are_those_that_hold_and_say_since_when() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("alerts.jsonl");
        let config = |least: &str, form: &str| {
            let text = format!(
                "[sinks.log]\njson_lines = {{ path = {log:?} }}\n[sinks.log.delivery]\n\
                 at_least = '{least}'\n[log]\nform = '{form}'"
            );
            Config::from_toml(&text).unwrap().check().unwrap()
        };
        let first = config("low", "text");
        let watch = Watch::start(&first, |_| {}).unwrap();
        let path = PathBuilder::new().start(|_, _| {}).unwrap();
        let house = WatchHouse::new(Mode::Live, first).running(watch.clone(), path.control());
        let least = |it: &InUse| it.settings["sinks"]["log"]["delivery"]["at_least"].clone();
        let before = house.settings();
        assert_eq!(watch.change(&config("high", "json")).unwrap(), ["log"]);
        let after = house.settings();
        assert_eq!((least(&before), least(&after)), ("low".into(), "high".into()));
        assert!(after.since > before.since && before.since.is_some());
        assert_eq!(
            after.settings["log"], before.settings["log"],
            "that stays until the next start"
        );
        drop(watch.finish());
        assert_eq!(house.settings(), after, "what was judged stays on the page");
    }
}
