//! Where frames come from and go to: pcap and pcapng captures, plain or compressed.
//!
//! [`CaptureReader`] reads one capture from anything that is [`Read`](std::io::Read); [`open`] and
//! [`stdin`] make one of a file and of standard input. What it is (pcap or pcapng; plain, gzip or
//! zstd) is told by its first bytes, never by its name. [`CaptureSet`] reads several captures or a folder of
//! them as one, in time order. Both are [`FrameSource`]s: frames borrow the reader's buffer, nothing is
//! copied or allocated per packet. [`CaptureWriter`] writes both formats.
//!
//! # What is forgiven, and what is not
//! Captures in the wild lie. What leaves the way to the next packet clear is counted in
//! [`CaptureStats`] and read on: fractions of a second that exceed one, packets longer than the snap
//! length or than they were on the wire, blocks of unknown kinds, packets of interfaces nobody
//! described. What loses the way - a cut tail, a length beyond reason, a broken compressed stream - ends
//! the capture: every packet before it has been handed out, and one [`CaptureError`] says what broke, at
//! which byte and after how many packets.
//!
//! ```
//! use netsift_capture::{CaptureReader, CaptureWriter, WriterOptions};
//! use netsift_packet::{Frame, FrameSource, LinkType, Timestamp};
//!
//! # fn main() -> Result<(), netsift_capture::CaptureError> {
//! let mut writer = CaptureWriter::new(Vec::new(), WriterOptions::new())?;
//! writer.write(&Frame::new(Timestamp::from_micros(1_500_000), LinkType::ETHERNET, b"a frame"))?;
//! let bytes = writer.finish()?;
//!
//! let mut reader = CaptureReader::new(bytes.as_slice())?;
//! while let Some(frame) = reader.next_frame()? {
//!     assert_eq!((frame.time.as_secs(), frame.data), (1, b"a frame".as_slice()));
//! }
//! assert_eq!(reader.stats().frames(), 1);
//! # Ok(())
//! # }
//! ```

mod buffer;
mod error;
mod fields;
mod limits;
mod options;
mod pcap;
mod pcapng;
mod reader;
mod record;
mod set;
mod source;
mod stats;
mod writer;

pub use error::{CaptureError, Fault, Input, Part};
pub use netsift_packet::{Frame, FrameSource};
pub use options::{ReaderOptions, Resolution, SetOptions, WriterOptions};
pub use reader::{CaptureFile, CaptureReader, Format, open, stdin};
pub use set::CaptureSet;
pub use source::Compression;
pub use stats::CaptureStats;
pub use writer::CaptureWriter;
