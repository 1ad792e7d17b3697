//! What other programs answer to the same questions, and laws that need no other judge. The scripts beside this have asked
//! them; inputs are drawn here again in the same order or stand with the answers, which are read from the JSON files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod boosting;
mod detectors;
mod draw;
mod drift;
mod judging;
mod judging_laws;
mod linear;
mod linear_laws;
mod near;
mod planes;
mod shap;
mod trees;
mod trees_laws;
