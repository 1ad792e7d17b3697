//! What programs and the page ask for, one file a resource: its routes, what it does, the shape of what it tells.

pub(crate) mod alert;
pub(crate) mod alerts;
pub(crate) mod allowances;
pub(crate) mod changes;
pub(crate) mod counts;
pub(crate) mod events;
pub(crate) mod exports;
pub(crate) mod flows;
pub(crate) mod hosts;
pub(crate) mod knowledge;
pub(crate) mod reports;
pub(crate) mod session;
pub(crate) mod silences;
pub(crate) mod sinks;
pub(crate) mod top;
pub(crate) mod vitals;
