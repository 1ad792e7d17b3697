//! Alerts as JSON, in words that others know.

mod beside;
mod ecs;
mod eve;
mod own;

use std::io::{self, Write};

use serde::{Deserialize, Serialize};
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::Alert;
use crate::text::is_obeyed;

/// The words that an alert is written in.
///
/// In all of them a line is one JSON object, and what a terminal would obey is escaped (`\u009b`), so that a file can be
/// looked at with anything. Who reads the JSON has the text as it was.
///
/// ```
/// # use netsift_alert::{Action, Alert, AlertId, Level};
/// use netsift_alert::Form;
///
/// # let alert = Alert { id: AlertId::of(0, "scan", [None, None]), nanos: 0, first: 0, count: 1, host: None,
/// #     level: Level::Low, score: 25.0, what: "scan".into(), source: None, target: None, protocol: None, service: None,
/// #     names: vec![], terms: vec![], reasons: vec![], evidence: vec![], packets: None, action: Action::Watch,
/// #     rule: "none".into() };
/// let line = Form::Eve.line(&alert);
/// assert!(line.starts_with(r#"{"timestamp":"1970-01-01T00:00:00.000000+0000","#) && line.ends_with("}\n"));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Form {
    /// The fields of an [`Alert`] by their names: times in nanoseconds since 1970, names as `00c0ffee00c0ffee`, ends as
    /// `{"address":"192.0.2.7","port":22}`, `null` for what is not known.
    #[default]
    Own,
    /// Suricata's EVE: an event of the type `alert`. What it has no words for is in an object `netsift` beside.
    Eve,
    /// The Elastic Common Schema, version 8.17: an event of the kind `alert`. What it has no words for is in an object
    /// `netsift` beside.
    Ecs,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Own, Self::Eve, Self::Ecs];

    /// An alert as a line, with its end.
    #[must_use]
    pub fn line(self, alert: &Alert) -> String {
        let mut line = Vec::new();
        self.write(alert, &mut line);
        String::from_utf8(line).unwrap_or_default()
    }

    /// Adds an alert to lines.
    pub(crate) fn write(self, alert: &Alert, lines: &mut Vec<u8>) {
        match self {
            Self::Own => write(&own::Own::of(alert), lines),
            Self::Eve => write(&eve::Eve::of(alert), lines),
            Self::Ecs => write(&ecs::Ecs::of(alert), lines),
        }
        lines.push(b'\n');
    }
}

/// Anything as JSON in which all is escaped that a terminal would obey. What has no form in JSON is nothing.
#[must_use]
pub fn harmless_json(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    write(value, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

/// Everything that is written here has a form in JSON, and writing to memory does not fail.
fn write(value: &impl Serialize, lines: &mut Vec<u8>) {
    let _ = value.serialize(&mut Serializer::with_formatter(lines, Harmless));
}

/// JSON in which everything is escaped that a terminal would obey.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some((place, char)) = rest.char_indices().find(|(_, char)| is_obeyed(*char)) {
            let (before, behind) = rest.split_at(place);
            to.write_all(before.as_bytes())?;
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(to, "\\u{unit:04x}")?;
            }
            rest = behind.get(char.len_utf8()..).unwrap_or_default();
        }
        to.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::example;

    /// What attackers would write into a name.
    pub(super) const HOSTILE: &str = "a\r\n\"},{\"x\":1}\n\u{1b}[2J\u{9b}2J\0=cmd|' /C calc'!A0<script>\u{202e}\u{2028}\u{e0041}é\\";

    fn hostile() -> Alert {
        let text = || HOSTILE.to_owned();
        let mut alert = example(HOSTILE, 5);
        (alert.protocol, alert.service, alert.packets) = (Some(text()), Some(text()), Some(text()));
        (alert.names, alert.reasons, alert.evidence) = (vec![text()], vec![text()], vec![text()]);
        (alert.terms[0].of, alert.terms[0].says, alert.rule) = (text(), text(), text());
        alert
    }

    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(all) => all.iter().for_each(|it| texts(it, found)),
            Value::Object(all) => all.values().for_each(|it| texts(it, found)),
            _ => {}
        }
    }

    #[test]
    fn hostile_text_stays_in_its_text() {
        for form in Form::ALL {
            let line = form.line(&hostile());
            let body = line.strip_suffix('\n').unwrap();
            assert!(!body.chars().any(is_obeyed), "{form:?}: {body:?}");
            let value: Value = serde_json::from_str(body).unwrap();
            let plain: Value = serde_json::from_str(&form.line(&example("a", 5))).unwrap();
            let names =
                |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(&value), names(&plain), "{form:?} has a field that was put there");
            let mut found = Vec::new();
            texts(&value, &mut found);
            assert!(found.iter().filter(|text| text.contains(HOSTILE)).count() >= 8, "{form:?}");
        }
    }

    #[test]
    fn characters_of_two_units_are_escaped_as_two() {
        let line = Form::Own.line(&example("\u{e0041}", 5));
        assert!(line.contains(r#""what":"\udb40\udc41""#), "{line}");
    }

    #[test]
    fn numbers_that_are_none_are_no_end() {
        let mut alert = example("a", i64::MIN);
        alert.score = f64::NAN;
        (alert.first, alert.count) = (i64::MAX, u64::MAX);
        for form in Form::ALL {
            assert!(serde_json::from_str::<Value>(&form.line(&alert)).is_ok());
        }
    }

    #[test]
    fn its_name_is_that_of_settings() {
        let names = Form::ALL.map(|form| serde_json::to_string(&form).unwrap());
        assert_eq!(names, ["\"own\"", "\"eve\"", "\"ecs\""]);
    }
}
