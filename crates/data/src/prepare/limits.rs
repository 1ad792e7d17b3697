//! What a preparation may grow to.

/// Columns that a step may name or make. Tables of flows have a hundred; one-hot codes of a few thousand texts fit.
pub const MAX_COLUMNS: usize = 1 << 14;
/// Texts of a column that an encoding keeps: more are no categories, and each costs a column of every table.
pub const MAX_CATEGORIES: usize = 1 << 12;
/// Steps of a preparation. There are about a dozen kinds, and each is used a few times.
pub const MAX_STEPS: usize = 1 << 8;
