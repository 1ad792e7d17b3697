//! A source of batches as a source of frames.

use std::fmt;

use netsift_packet::{Frame, FrameSource};

use crate::{Batch, BatchSource, Event, Fill};

/// Hands over the frames of a [`BatchSource`] one by one and waits whenever there are none: a live interface where
/// a [`FrameSource`] is wanted.
///
/// It has no way to say that there is nothing now. Who needs ticks fills batches instead.
pub struct Frames<B: BatchSource> {
    source: B,
    hear: Box<dyn FnMut(Event) + Send>,
    batch: Batch,
    next: usize,
    is_ended: bool,
}

impl<B: BatchSource> Frames<B> {
    /// Frames of a source whose events are told to `hear` as they happen.
    pub fn new(source: B, hear: impl FnMut(Event) + Send + 'static) -> Self {
        Self { source, hear: Box::new(hear), batch: Batch::new(), next: 0, is_ended: false }
    }

    /// The source.
    pub const fn source(&self) -> &B {
        &self.source
    }

    /// Fills the batch until a frame is in it, or the source has ended.
    #[cold]
    fn refill(&mut self) -> Result<(), B::Error> {
        self.batch.clear();
        self.next = 0;
        while self.batch.is_empty() && !self.is_ended {
            match self.source.fill(&mut self.batch)? {
                Fill::More => {}
                Fill::Event(event) => (self.hear)(event),
                Fill::Ended => self.is_ended = true,
            }
        }
        Ok(())
    }
}

impl<B: BatchSource> FrameSource for Frames<B> {
    type Error = B::Error;

    #[inline]
    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, B::Error> {
        if self.next >= self.batch.len() {
            self.refill()?;
        }
        let frame = self.batch.get(self.next);
        self.next += usize::from(frame.is_some());
        Ok(frame)
    }
}

impl<B: BatchSource + fmt::Debug> fmt::Debug for Frames<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Frames").field("source", &self.source).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use netsift_packet::{LinkType, Timestamp};

    use super::*;
    use crate::SourceStats;

    /// Fills in turn with what a list says: so many frames, an event, the end.
    struct Listed(Vec<Result<(u8, Fill), &'static str>>);

    impl BatchSource for Listed {
        type Error = &'static str;

        fn fill(&mut self, batch: &mut Batch) -> Result<Fill, &'static str> {
            let (frames, fill) = self.0.remove(0)?;
            for number in 0..frames {
                let data = [number, frames];
                batch.push(&Frame::new(Timestamp::EPOCH, LinkType::RAW, &data));
            }
            Ok(fill)
        }

        fn stats(&self) -> SourceStats {
            SourceStats::default()
        }
    }

    #[test]
    fn frames_come_in_order_events_are_heard_and_the_end_stays_the_end() {
        let event = Event::Silent { interface: "a".to_owned(), lasting: Duration::from_secs(1) };
        let listed = Listed(vec![
            Ok((0, Fill::More)),
            Ok((2, Fill::Event(event.clone()))),
            Ok((0, Fill::More)),
            Ok((1, Fill::Ended)),
        ]);
        let (hear, heard) = mpsc::channel();
        let mut frames = Frames::new(listed, move |event| hear.send(event).unwrap());
        let mut seen = Vec::new();
        while let Some(frame) = frames.next_frame().unwrap() {
            seen.push(frame.data.to_vec());
        }
        assert_eq!(seen, [[0, 2], [1, 2], [0, 1]]);
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), [event]);
        assert!((0..3).all(|_| matches!(frames.next_frame(), Ok(None))));
    }

    #[test]
    fn a_failure_is_told_once_and_behind_the_frames() {
        let listed = Listed(vec![Ok((1, Fill::More)), Err("broken"), Ok((0, Fill::Ended))]);
        let mut frames = Frames::new(listed, drop);
        assert!(matches!(frames.next_frame(), Ok(Some(_))));
        assert_eq!(frames.next_frame(), Err("broken"));
        assert_eq!(frames.next_frame(), Ok(None));
    }
}
