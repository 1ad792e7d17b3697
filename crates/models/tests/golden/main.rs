//! What others answer to the same questions: asked by the scripts beside this file, read from the JSON files that they
//! have written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod boosting;
