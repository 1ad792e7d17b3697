//! What is asked of a program that holds ours against others'.

use std::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;

const SEEDS: u64 = 5;

/// `WHAT --peers PYTHON --data FOLDER [--seeds N] [--tasks A,B]`, and a list of those that are held against each other, by an
/// option of their own.
pub struct Asked {
    /// What is to be told.
    pub what: String,
    /// A Python that has the others.
    pub peers: PathBuf,
    /// The folder of tables.
    pub data: PathBuf,
    /// How many seeds.
    pub seeds: u64,
    /// Who is held against others.
    pub chosen: Vec<String>,
    /// None: all.
    tasks: Vec<String>,
}

impl Asked {
    /// As the arguments say; `option` names some of `all`.
    ///
    /// # Errors
    /// An option that there is not, one without a value, or nothing at all.
    pub fn of<N: Into<String>>(
        mut arguments: impl Iterator<Item = OsString>,
        option: &str,
        all: impl IntoIterator<Item = N>,
    ) -> Result<Self, Box<dyn Error>> {
        let what = arguments.next().ok_or("what is to be told?")?.to_string_lossy().into_owned();
        let mut asked = Self {
            what,
            peers: "python3".into(),
            data: "../shared/data".into(),
            seeds: SEEDS,
            chosen: all.into_iter().map(Into::into).collect(),
            tasks: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            let value = arguments.next().ok_or("every option has a value")?;
            let list = || value.to_string_lossy().split(',').map(str::to_owned).collect();
            match argument.to_str() {
                Some("--peers") => asked.peers = value.into(),
                Some("--data") => asked.data = value.into(),
                Some("--seeds") => asked.seeds = value.to_string_lossy().parse()?,
                Some("--tasks") => asked.tasks = list(),
                Some(name) if name == option => asked.chosen = list(),
                _ => return Err(format!("what is {}?", argument.display()).into()),
            }
        }
        Ok(asked)
    }

    /// Whether this task is among those that are asked for.
    #[must_use]
    pub fn is_asked(&self, task: &str) -> bool {
        self.tasks.is_empty() || self.tasks.iter().any(|name| name == task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(words: &[&str]) -> Result<Asked, Box<dyn Error>> {
        Asked::of(words.iter().map(OsString::from), "--models", ["knn", "svm"])
    }

    #[test]
    fn some_or_all_are_asked_for() {
        let all = asked(&["speed"]).unwrap();
        assert_eq!((all.what.as_str(), all.chosen.len(), all.seeds), ("speed", 2, SEEDS));
        assert!(all.is_asked("any"));
        let some =
            asked(&["accuracy", "--tasks", "a,b", "--models", "svm", "--seeds", "2"]).unwrap();
        assert_eq!((some.chosen.as_slice(), some.seeds), (&["svm".to_owned()][..], 2));
        assert!(some.is_asked("b") && !some.is_asked("c"));
        for wrong in [
            &[][..],
            &["speed", "--seeds"],
            &["speed", "--detectors", "a"],
            &["speed", "--seeds", "x"],
        ] {
            assert!(asked(wrong).is_err(), "{wrong:?}");
        }
    }
}
