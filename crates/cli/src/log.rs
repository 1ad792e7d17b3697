//! What is said of a run: lines for people, or events for programs. What others wrote stands in fields.

use std::io;
use std::sync::OnceLock;

use netsift::watch::{Log, LogForm};

use crate::failure::Failure;

/// Set where lines are to be events.
static IS_ON: OnceLock<()> = OnceLock::new();

/// From here on what is said has the form that the configuration wants.
pub(crate) fn begin(log: Log) -> Result<(), Failure> {
    if log.form != LogForm::Json {
        return Ok(());
    }
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_target(false);
    let begun = subscriber.with_writer(io::stderr).try_init();
    begun.map_err(|_| Failure::Configured { setting: "log.form", rule: "set once".into() })?;
    let _ = IS_ON.set(());
    Ok(())
}

/// Says a line as an event, if events are wanted; whether they are.
pub(crate) fn say(line: &str) -> bool {
    let is_on = IS_ON.get().is_some();
    if is_on {
        tracing::info!(said = line);
    }
    is_on
}
