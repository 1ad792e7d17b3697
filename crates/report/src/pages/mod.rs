//! Numbers as pages: which of them are told, in which order, as what.

mod anomalies;
mod captures;
mod columns;
mod evaluation;
mod hosts;
mod tables;
