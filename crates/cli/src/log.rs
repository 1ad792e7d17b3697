//! What is said of a run: events, written as lines for people or as objects for programs.
//!
//! What others wrote stands in fields, which are escaped; an event has no other text.

use std::fmt::{self, Debug};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use netsift::alert::{harmless_json, printable};
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
            true => writeln!(to, "{}", harmless_json(&object(*event.metadata().level(), fields))),
            false => writeln!(to, "netsift: {}", line(&fields)),
        }
    }
}

/// What an event says.
struct Fields(Map<String, Value>);

/// The field that is all of a line for people; others stand behind it with their names.
const SAID: &str = "said";
/// The field that holds more, as an object: names of fields are the code's, and those of columns are not. A line for people
/// says it in its words.
const FACTS: &str = "facts";

fn object(level: Level, fields: Fields) -> Value {
    let mut object = Map::new();
    object.insert("timestamp".into(), jiff::Timestamp::now().to_string().into());
    object.insert("level".into(), level.as_str().into());
    let mut fields = fields.0;
    let facts = fields.remove(FACTS);
    object.extend(fields);
    if let Some(Ok(Value::Object(facts))) =
        facts.as_ref().and_then(Value::as_str).map(serde_json::from_str)
    {
        facts.into_iter().for_each(|(name, fact)| {
            object.entry(name).or_insert(fact);
        });
    }
    Value::Object(object)
}

fn line(fields: &Fields) -> String {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut line = fields.0.get(SAID).map(shown).unwrap_or_default();
    let others = fields.0.iter().filter(|(name, _)| ![SAID, FACTS].contains(&name.as_str()));
    for (name, value) in others {
        line += &format!(" {name}={}", shown(value));
    }
    printable(&line).into_owned()
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().into(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().into(), format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_fields_of_an_object_and_words_of_a_line() {
        let facts = r#"{"flows": 12, "score": 0.5, "level": "forged", "text": "a\u001b[0m"}"#;
        let fields = || {
            let all =
                [(SAID, Value::from("12 flows")), (FACTS, facts.into()), ("more", true.into())];
            Fields(all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
        };
        let object = object(Level::INFO, fields());
        assert_eq!((&object["flows"], &object["score"]), (&12.into(), &0.5.into()));
        assert_eq!((&object["said"], &object["level"]), (&"12 flows".into(), &"INFO".into()));
        assert!(object.get(FACTS).is_none() && object["more"] == true);
        assert!(!object.to_string().contains('\u{1b}'));
        assert_eq!(line(&fields()), "12 flows more=true");
    }
}
