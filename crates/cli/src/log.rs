//! What is said of a run: events, written as lines for people or as objects for programs.
//!
//! What others wrote stands in fields, which are escaped; an event has no other text.

use std::fmt::{self, Debug};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use netsift::alert::printable;
use netsift::watch::{Log, LogForm};
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Whether lines are objects.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// From here on what is said is heard.
pub(crate) fn begin() {
    // Nobody may be listening where it goes.
    let subscriber = tracing_subscriber::fmt().with_writer(io::stderr).log_internal_errors(false);
    // It is called once, where the program begins.
    let _ = subscriber.with_max_level(Level::INFO).event_format(Lines).try_init();
}

/// From here on what is said has the form that the configuration wants.
pub(crate) fn set(log: Log) {
    IS_JSON.store(log.form == LogForm::Json, Ordering::Relaxed);
}

/// Whether lines are objects.
pub(crate) fn is_json() -> bool {
    IS_JSON.load(Ordering::Relaxed)
}

struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut to: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut fields = Fields(Map::new());
        event.record(&mut fields);
        match is_json() {
            true => writeln!(to, "{}", object(*event.metadata().level(), fields)),
            false => writeln!(to, "netsift: {}", line(&fields)),
        }
    }
}

/// What an event says.
struct Fields(Map<String, Value>);

/// The field that is all of a line for people; others stand behind it with their names.
const SAID: &str = "said";

fn object(level: Level, fields: Fields) -> Value {
    let mut object = Map::new();
    object.insert("timestamp".into(), jiff::Timestamp::now().to_string().into());
    object.insert("level".into(), level.as_str().into());
    object.extend(fields.0);
    Value::Object(object)
}

fn line(fields: &Fields) -> String {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut line = fields.0.get(SAID).map(shown).unwrap_or_default();
    for (name, value) in fields.0.iter().filter(|(name, _)| *name != SAID) {
        line += &format!(" {name}={}", shown(value));
    }
    printable(&line).into_owned()
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").into());
    }
}
