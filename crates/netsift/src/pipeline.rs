//! Frames to verdicts in a few lines: everything that is known stands in files.
//!
//! A [`Pipeline`] names files and sets nothing: its [`builder`](Pipeline::builder) is the [`PathBuilder`] of what it read, for
//! whoever wishes for more than that.
//!
//! ```
//! use netsift::Pipeline;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("netsift-pipeline-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let [list, capture] = ["bad.txt", "made.pcap"].map(|name| folder.join(name));
//! # std::fs::write(&list, "192.0.2.0/24\n")?;
//! # let traffic = netsift_synth::Generator::new(&netsift_synth::Scenario::new(1).packets(5_000))?;
//! # netsift::capture::save(traffic, &capture)?;
//!
//! let pipeline = Pipeline::new().list(&list)?;
//! let summary = pipeline.watch(&capture, |_verdict, alert| {
//!     alert.into_iter().for_each(|alert| println!("{alert}"));
//! })?;
//! assert!(summary.counts.flows > 100);
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use netsift_alert::Alert;
use netsift_capture::CaptureError;
use netsift_detect::lists::{ListOptions, Lists};
use netsift_detect::policy::MAX_POLICY;
use netsift_detect::{DetectError, Models, PathBuilder, Policy, Summary, Verdict};
use netsift_models::{Bundle, ModelError};
use thiserror::Error;

/// What verdicts are made of, read from files.
#[derive(Default)]
#[must_use]
pub struct Pipeline {
    models: Models,
    lists: Lists,
    policy: Policy,
}

/// Why there are no verdicts.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PipelineError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is no model.
    #[error("{}: {source}", path.display())]
    Model {
        /// Which.
        path: PathBuf,
        /// Why.
        source: ModelError,
    },
    /// A list or a policy is none, or a model is none that flows can be shown to.
    #[error("{}: {source}", path.display())]
    Knowledge {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: DetectError,
    },
    /// The path cannot be started.
    #[error(transparent)]
    Detect(#[from] DetectError),
    /// A capture cannot be read to its end.
    #[error(transparent)]
    Capture(#[from] CaptureError),
}

impl Pipeline {
    /// No model, no list, and the usual policy: what hosts do is watched all the same.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a model of classes.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn model(self, path: impl AsRef<Path>) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        let models = self.models.classifier(bundle(path)?).map_err(of(path))?;
        Ok(Self { models, ..self })
    }

    /// With a detector of anomalies.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn anomaly(self, path: impl AsRef<Path>) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        let models = self.models.anomaly(bundle(path)?).map_err(of(path))?;
        Ok(Self { models, ..self })
    }

    /// With one more list of threats, which goes by the name of its file.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn list(self, path: impl AsRef<Path>) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let list = ListOptions::new(name).read(BufReader::new(opened(path)?)).map_err(of(path))?;
        Ok(Self { lists: self.lists.with(list), ..self })
    }

    /// By this policy.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn policy(self, path: impl AsRef<Path>) -> Result<Self, PipelineError> {
        let path = path.as_ref();
        let mut text = String::new();
        // One byte more than may be says that there is too much.
        let read = opened(path)?.take(MAX_POLICY as u64 + 1).read_to_string(&mut text);
        read.map_err(|source| PipelineError::File { path: path.to_owned(), source })?;
        Ok(Self { policy: Policy::from_toml(&text).map_err(of(path))?, ..self })
    }

    /// The path that knows all of it, for what else can be set.
    #[must_use]
    pub fn builder(self) -> PathBuilder {
        PathBuilder::new().models(self.models).lists(self.lists).policy(self.policy)
    }

    /// Judges a capture to its end: each verdict is told, and the alert if it is one, on a thread of its own.
    ///
    /// # Errors
    /// [`PipelineError::Capture`] if it breaks off; what came before has been told.
    pub fn watch(
        self,
        capture: impl AsRef<Path>,
        tell: impl FnMut(&Verdict, Option<&Alert>) + Send + 'static,
    ) -> Result<Summary, PipelineError> {
        let frames = netsift_capture::open(capture)?;
        Ok(self.builder().start(tell)?.run(frames)?)
    }
}

fn opened(path: &Path) -> Result<File, PipelineError> {
    File::open(path).map_err(|source| PipelineError::File { path: path.to_owned(), source })
}

fn bundle(path: &Path) -> Result<Bundle, PipelineError> {
    let loaded = Bundle::load(BufReader::new(opened(path)?));
    loaded.map_err(|source| PipelineError::Model { path: path.to_owned(), source })
}

fn of(path: &Path) -> impl Fn(DetectError) -> PipelineError + use<'_> {
    |source| PipelineError::Knowledge { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let (model, policy) =
            (file("a.nsm", "no model"), file("policy.toml", "[classes]\nx = 1\n"));
        let large = file("large.toml", &"# more\n".repeat(MAX_POLICY));
        let missing = folder.path().join("missing");
        let said = |result: Result<Pipeline, PipelineError>| result.err().unwrap().to_string();
        for (said, name, part) in [
            (said(Pipeline::new().model(&model)), "a.nsm: ", ""),
            (said(Pipeline::new().anomaly(&missing)), "missing: ", "o such file"),
            (said(Pipeline::new().list(&missing)), "missing: ", "o such file"),
            (said(Pipeline::new().policy(&policy)), "policy.toml: ", "line 2"),
            (said(Pipeline::new().policy(&large)), "large.toml: ", "at most"),
        ] {
            assert!(said.contains(name) && said.contains(part), "{said}");
        }
        let watched = Pipeline::new().watch(&missing, |_, _| {});
        assert!(matches!(watched, Err(PipelineError::Capture(_))));
    }
}
