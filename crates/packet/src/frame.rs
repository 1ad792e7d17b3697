//! What a source hands over: the captured bytes of one frame and the facts that came with them.

use crate::{LinkType, Timestamp};

/// One captured frame: borrowed bytes with the facts that the capture recorded beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// When it was captured.
    pub time: Timestamp,
    /// Its length on the wire; `data` is shorter where the capture was cut at a snap length.
    pub wire_len: u32,
    /// What its first byte is the first byte of.
    pub link: LinkType,
    /// The captured bytes.
    pub data: &'a [u8],
}

impl<'a> Frame<'a> {
    /// A frame captured whole: its wire length is the length of `data`.
    #[must_use]
    pub fn new(time: Timestamp, link: LinkType, data: &'a [u8]) -> Self {
        Self { time, wire_len: u32::try_from(data.len()).unwrap_or(u32::MAX), link, data }
    }

    /// The same frame, having been `wire_len` bytes long on the wire.
    #[must_use]
    pub fn with_wire_len(self, wire_len: u32) -> Self {
        Self { wire_len, ..self }
    }

    /// How many bytes were captured.
    #[must_use]
    pub fn captured_len(&self) -> u32 {
        u32::try_from(self.data.len()).unwrap_or(u32::MAX)
    }
}

/// Where frames come from: a capture file, an interface, a generator.
///
/// A lending iterator: the frame borrows the source's buffer until the next call, so that nothing is
/// copied or allocated per packet. `Ok(None)` is the end. After an error the source has ended: the
/// error is told once and every later call answers `Ok(None)`.
pub trait FrameSource {
    /// What can go wrong while reading.
    type Error;

    /// The next frame, or `None` at the end.
    ///
    /// # Errors
    /// Whatever keeps the source from going on; frames handed out before it stay good.
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Self::Error>;
}

impl<S: FrameSource + ?Sized> FrameSource for &mut S {
    type Error = S::Error;

    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Self::Error> {
        (**self).next_frame()
    }
}

impl<S: FrameSource + ?Sized> FrameSource for Box<S> {
    type Error = S::Error;

    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Self::Error> {
        (**self).next_frame()
    }
}
