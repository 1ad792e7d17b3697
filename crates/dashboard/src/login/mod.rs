//! Who somebody is.

pub(crate) mod password;
