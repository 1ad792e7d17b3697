//! The laws of configurations.

use netsift::watch::{Config, WatchError};
use toml::{Table, Value};

/// What stands in seeds where people put secrets by mistake.
pub(crate) const SECRET: &str = "hunter2";
/// Where they do.
const PLACES: [&str; 8] =
    ["password", "url", "signature", "headers", "webhook", "mail", "sms", "template"];

/// A configuration as text.
pub(crate) fn body(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let config = match Config::from_toml(text) {
        Ok(config) => config,
        Err(error) => {
            let faults = Config::look_through(text).faults;
            assert!(!faults.is_empty(), "what is refused has a fault");
            let of_text = faults.iter().map(|fault| &fault.error);
            let of_text = of_text.filter(|error| matches!(error, WatchError::Syntax { .. }));
            of_text.for_each(|error| refused(error, text));
            return refused(&error, text);
        }
    };
    let written = config.to_toml().unwrap_or_else(|error| panic!("cannot be written: {error}"));
    let again = Config::from_toml(&written);
    let again = again.unwrap_or_else(|error| panic!("what is written is refused: {error}"));
    let twice = again.to_toml().unwrap_or_else(|error| panic!("written once: {error}"));
    assert_eq!(written, twice, "reading changes nothing");
}

/// What is refused is told by its line, and without what may be a secret.
fn refused(error: &WatchError, text: &str) {
    let WatchError::Syntax { line, .. } = error else { panic!("not about the text: {error}") };
    let lines = text.matches('\n').count() + 1;
    assert!((1..=lines).contains(line), "line {line} of {lines}");
    let is_hidden = match text.parse::<Table>() {
        Ok(table) => is_in_its_places(&Value::Table(table), ""),
        // What is no table at all is not looked into.
        Err(_) => true,
    };
    assert!(!is_hidden || !error.to_string().contains(SECRET), "{error}");
}

/// Whether the secret stands nowhere but where secrets do: names of settings are shown, and so are most values.
fn is_in_its_places(value: &Value, name: &str) -> bool {
    match value {
        Value::Table(table) => table.iter().all(|(key, value)| {
            let name = if PLACES.contains(&name) { name } else { key };
            !key.contains(SECRET) && is_in_its_places(value, name)
        }),
        Value::Array(values) => values.iter().all(|value| is_in_its_places(value, name)),
        Value::String(text) => !text.contains(SECRET) || PLACES.contains(&name),
        _ => true,
    }
}
