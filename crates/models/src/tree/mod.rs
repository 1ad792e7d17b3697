//! One engine for trees: binning, growing, flat storage and prediction.

pub(crate) mod bins;
pub(crate) mod flat;
