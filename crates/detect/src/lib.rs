//! From predictions to verdicts: what is known beside a model, and what is made of both.
//!
//! [`lists`] are what others know of the world: networks, names and fingerprints that are bad, and what is allowed
//! whatever else is said of it.
//!
//! ```
//! use netsift_detect::lists::{ListOptions, Lists, Severity};
//!
//! # fn main() -> Result<(), netsift_detect::DetectError> {
//! let file = b"; drop list\n198.51.100.0/24 ; SBL1\n2001:db8:bad::/48 ; SBL2\n";
//! let drop = ListOptions::new("drop").severity(Severity::High).read(&file[..])?;
//! let lists = Lists::default().with(drop);
//!
//! let hit = lists.address("198.51.100.7".parse().unwrap()).next().unwrap();
//! assert_eq!(hit.to_string(), "198.51.100.0/24 of drop, line 2");
//! assert_eq!(lists.address("192.0.2.1".parse().unwrap()).count(), 0);
//! # Ok(())
//! # }
//! ```

mod error;
pub mod lists;

pub use error::DetectError;
