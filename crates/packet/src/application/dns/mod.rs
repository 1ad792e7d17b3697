//! DNS messages, and what has their form: mDNS, LLMNR and NetBIOS name service.
//!
//! ```
//! use netsift_packet::dns::Message;
//!
//! # let bytes = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
//! let message = Message::parse(bytes)?;
//! for question in message.questions() {
//!     let question = question?;
//!     println!("{} {}", question.name, question.kind); // example.com A
//! }
//! # Ok::<(), netsift_packet::ParseError>(())
//! ```

mod data;
mod message;
mod name;
mod record;

pub use data::{RecordData, Strings};
pub use message::{Header, MAX_QUESTIONS, MAX_RECORDS, Message, Questions, Records};
pub use name::{Labels, Name};
pub use record::{Edns, Question, Record, RecordType, Section};
