//! Pages and charts as others read them: a browser's parser, a reader of PNG files.

// Integration tests are tests as a whole: clippy.toml excuses only what stands in #[test] functions.
#![allow(clippy::unwrap_used)]

mod charts;
mod evaluation;
mod made;
mod page;
mod size;
