//! Where frames come from and go to: pcap and pcapng captures, plain or compressed, and live interfaces.
//!
//! [`CaptureReader`] reads one capture from anything that is [`Read`](std::io::Read); [`open`] and
//! [`stdin`] make one of a file and of standard input. What it is (pcap or pcapng; plain, gzip or
//! zstd) is told by its first bytes, never by its name. [`CaptureSet`] reads several captures or a folder of
//! them as one, in time order. Both are [`FrameSource`]s: frames borrow the reader's buffer, nothing is
//! copied or allocated per packet. [`CaptureWriter`] writes both formats.
//!
//! # What may have nothing for now
//! An interface is no file: it may be quiet, go away and come back. Such sources are [`BatchSource`]s, which fill a
//! [`Batch`] with what is there and say so when there is nothing, so that whoever reads them can let time pass. With the
//! feature `live`, `Live` captures on interfaces, through packet sockets or (`live-pcap`) libpcap.
//! [`Paced`] replays any [`FrameSource`] at the speed it was recorded, and [`Queued`] reads a batch source in a
//! thread of its own. [`Frames`] turns one into a [`FrameSource`] again.
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

mod batch;
mod buffer;
mod error;
mod event;
mod fields;
mod frames;
mod limits;
#[cfg(feature = "live")]
mod live;
mod options;
mod paced;
mod pcap;
mod pcapng;
mod queued;
mod reader;
mod record;
mod schedule;
mod set;
mod shortcoming;
mod source;
mod stats;
mod stop;
mod writer;

pub use batch::{Batch, BatchSource, Fill};
pub use error::{CaptureError, Fault, Input, Part};
pub use event::{Event, Loss};
pub use frames::Frames;
#[cfg(feature = "live")]
pub use live::{
    ANY, Backend, Interface, InterfaceKind, Live, LiveFault, LiveOptions, PrivilegeFault,
    PrivilegeStep, Privileges, drop_privileges, interfaces,
};
pub use netsift_packet::{Frame, FrameSource};
pub use options::{ReaderOptions, Resolution, SetOptions, WriterOptions};
pub use paced::{Pace, Paced};
pub use queued::{QueueDepth, QueueOptions, Queued, WhenFull};
pub use reader::{CaptureFile, CaptureReader, Format, open, stdin};
pub use set::CaptureSet;
pub use shortcoming::Shortcoming;
pub use source::Compression;
pub use stats::{CaptureStats, SourceStats};
pub use stop::Stop;
pub use writer::{CaptureWriter, save};
