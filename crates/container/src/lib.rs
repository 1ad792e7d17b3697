//! Bytes on disk to be trusted: serde values in a file that notices what happened to it.
//!
//! A file is of one [`Kind`], holds any number of entries, and ends with a mark. A [`Writer`] puts values in,
//! a [`Reader`] takes them out in the same order and says `None` at a sound end only: what is cut, changed,
//! repeated, left out, swapped or followed by other bytes is an error that says where. Checksums find
//! accidents and not malice: who can write the file can write its checksums, so limits hold whatever they
//! say, memory grows with what was read and not with what a length says, and what was decoded is still to be
//! validated by who asked for it.
//!
//! ```
//! use netsift_container::{ContainerError, Kind, Reader, Writer};
//!
//! const KIND: Kind =
//!     Kind { tag: *b"DEMO", version: 1, name: "demonstration", max_entry: 1 << 20, max_total: 1 << 30 };
//!
//! # fn main() -> Result<(), ContainerError> {
//! let mut writer = Writer::new(Vec::new(), &KIND)?;
//! writer.put(&("thresholds", [0.5, 0.9]))?;
//! let file = writer.finish()?;
//!
//! let mut reader = Reader::new(&file[..], &KIND)?;
//! let entry: Option<(String, [f64; 2])> = reader.next()?;
//! assert_eq!(entry, Some(("thresholds".to_owned(), [0.5, 0.9])));
//! assert_eq!(reader.next::<()>()?, None);
//! # Ok(())
//! # }
//! ```
//!
//! # What may be put in
//!
//! - **No recursive types**: a crafted file nests them until the stack ends, which nothing can catch. Trees are
//!   flat lists, and every index is checked after decoding.
//! - **No lists of what takes no bytes**, such as `Vec<()>`: a count of 2^60 of them would be believed.
//! - Nothing that serde skips conditionally or flattens: the encoding does not describe itself.
//!
//! Decoded, an entry may take some dozen times its bytes (a list of short lists does), and a list whose count lies
//! gets the mebibyte that serde sets aside before it is found out.
//!
//! # The format
//!
//! Integers are little-endian. A *checksum* is the CRC-32 (IEEE 802.3) of every byte of the file before it,
//! except the other checksums: a CRC that ran over a right CRC would forget what was before. So each vouches
//! for all entries up to its own and for their order.
//!
//! | part | bytes | what |
//! |---|---|---|
//! | header | 8 | the magic: `8E 4E 53 49 46 54 0D 0A` (`NSIFT` and a line end between a byte that is no text and what follows, so that transfers as text are noticed) |
//! | | 4 | the tag of the kind |
//! | | 2 | the version of what it holds |
//! | | 4 | checksum |
//! | entry, any number of times | 4 | the length of its value, at most `FF FF FF FE` |
//! | | length | its value: bincode 2, little-endian, integers of fixed size |
//! | | 4 | checksum |
//! | end mark | 4 | `FF FF FF FF` |
//! | | 8 | how many entries there are |
//! | | 4 | checksum |
//!
//! Nothing stands behind the end mark. Integers of fixed size make the encoding the only one of a value (maps
//! and sets aside): what was loaded saves back to the same bytes.

mod error;
mod format;
mod reader;
mod writer;

pub use error::{ContainerError, Part};
pub use format::{Kind, is_container};
pub use reader::Reader;
pub use writer::Writer;
