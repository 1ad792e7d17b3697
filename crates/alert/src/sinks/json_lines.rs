//! Alerts as lines of JSON in a file.

use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::rotation::{Lines, RotatedFile, Rotation};
use crate::{Alert, Form, Sink, SinkError};

/// Where lines of JSON go, and in what words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonLinesSettings {
    /// The file.
    pub path: PathBuf,
    /// The words. Default: our own.
    #[serde(default)]
    pub form: Form,
    /// When it is put aside. Default: each day, or at 100 MiB.
    #[serde(default)]
    pub rotation: Rotation,
}

/// A file of lines of JSON. A line is written as a whole or not at all, even if the program is killed or the disk is full.
#[derive(Debug)]
pub struct JsonLines {
    file: RotatedFile,
    form: Form,
}

const LINES: Lines = Lines { head: "", is_torn };

impl JsonLines {
    /// Opens the file.
    ///
    /// # Errors
    /// [`SinkError::Setting`], or [`SinkError::File`] if it cannot be written.
    pub fn new(settings: JsonLinesSettings) -> Result<Self, SinkError> {
        let JsonLinesSettings { path, form, rotation } = settings;
        Ok(Self { file: RotatedFile::open(path, rotation, LINES)?, form })
    }
}

impl Sink for JsonLines {
    fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
        let mut lines = Vec::new();
        alerts.iter().for_each(|alert| self.form.write(alert, &mut lines));
        self.file.write(&lines)
    }

    fn file(&self) -> Option<&Path> {
        Some(self.file.path())
    }
}

fn is_torn(line: &[u8]) -> bool {
    line.starts_with(b"{") && serde_json::from_slice::<IgnoredAny>(line).is_err()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::example;

    #[test]
    fn every_alert_is_a_line_in_the_words_that_were_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("eve.json");
        let text = format!("path = {:?}\nform = \"eve\"\nrotation.keep = 3", path.display());
        let settings: JsonLinesSettings = toml::from_str(&text).unwrap();
        assert_eq!(settings.rotation, Rotation { keep: 3, ..Rotation::default() });
        let mut sink = JsonLines::new(settings).unwrap();
        let alerts = ["scan", "a\nb"].map(|what| example(what, 5));
        sink.accept(&alerts).unwrap();
        sink.accept(&alerts[..1]).unwrap();
        let lines: String =
            [&alerts[0], &alerts[1], &alerts[0]].map(|it| Form::Eve.line(it)).concat();
        assert_eq!(fs::read_to_string(path).unwrap(), lines);
        for form in Form::ALL {
            let line = form.line(&alerts[0]);
            let whole = line.trim_end().as_bytes();
            assert!(!is_torn(whole) && (1..whole.len()).all(|len| is_torn(&whole[..len])));
        }
        assert!(toml::from_str::<JsonLinesSettings>("path = \"a\"\nform = \"xml\"").is_err());
    }
}
