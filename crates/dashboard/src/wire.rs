//! A connection that waits for nobody for long.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A connection whose other end has to take what is sent, sooner or later.
pub(crate) struct Wire<S> {
    stream: S,
    patience: Duration,
    /// Until when something has to be taken, while nothing is.
    stalled: Option<Pin<Box<Sleep>>>,
    pace: Pace,
    heard: Heard,
    endless: Endless,
}

/// How fast an answer has to be read, in bytes a second,
const SLOWEST: u64 = 64 << 10;
/// looked at each time that it was waited for so long.
const LOOKED_AFTER: Duration = Duration::from_secs(30);

/// Whether something was heard that no request was made of yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<AtomicBool>);

impl Heard {
    pub(crate) fn is_some(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// All of it was a request.
    pub(crate) fn settle(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Whether what is sent goes on without end: events come when they come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endless(Arc<AtomicBool>);

impl Endless {
    pub(crate) fn set(&self, is_endless: bool) {
        self.0.store(is_endless, Ordering::Relaxed);
    }
}

/// How fast is read what is sent. Only while somebody is waited for: what is slow to make is not slow to read.
#[derive(Debug, Default)]
struct Pace {
    /// Since when nothing more is taken.
    since: Option<Instant>,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    fn waits(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// So much was taken; answers whether it goes on too slowly.
    fn took(&mut self, bytes: usize, now: Instant) -> bool {
        self.bytes += bytes as u64;
        self.waited += self.since.take().map_or(Duration::ZERO, |since| now - since);
        if self.waited < LOOKED_AFTER {
            return false;
        }
        let Self { waited, bytes, .. } = std::mem::take(self);
        bytes < SLOWEST * waited.as_secs()
    }
}

impl<S> Wire<S> {
    pub(crate) fn new(stream: S, patience: Duration, heard: Heard, endless: Endless) -> Self {
        Self { stream, patience, stalled: None, pace: Pace::default(), heard, endless }
    }

    /// What became of sending: what waits for too long has failed, and so has what goes on too slowly.
    fn sent<T>(
        &mut self,
        context: &mut Context<'_>,
        sent: Poll<io::Result<T>>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        let now = Instant::now();
        if let Poll::Ready(done) = &sent {
            self.stalled = None;
            let is_slow = self.pace.took(done.as_ref().map_or(0, bytes), now);
            if is_slow && !self.endless.0.load(Ordering::Relaxed) {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            return sent;
        }
        self.pace.waits(now);
        let patience = self.patience;
        let wait = || Box::pin(sleep_until(now + patience));
        let stalled = self.stalled.get_or_insert_with(wait);
        stalled.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        if into.filled().len() > before {
            self.heard.0.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.sent(context, sent, |taken| *taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let sent = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.sent(context, sent, |taken| *taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_flush(context);
        self.sent(context, sent, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let sent = Pin::new(&mut self.stream).poll_shutdown(context);
        self.sent(context, sent, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    /// Somebody who takes so much each time that he was waited for so long: after how long he is given up.
    fn given_up(bytes: usize, millis: u64) -> Option<Duration> {
        let (mut pace, began) = (Pace::default(), Instant::now());
        let mut now = began;
        (0..1_000).find_map(|_| {
            pace.waits(now);
            now += Duration::from_millis(millis);
            pace.took(bytes, now).then(|| now - began)
        })
    }

    #[test]
    fn who_reads_more_slowly_than_so_many_bytes_a_second_is_given_up() {
        let half = 32 << 10;
        assert_eq!(given_up(half, 1_000), Some(LOOKED_AFTER));
        assert_eq!(given_up(half, 7_000), Some(Duration::from_secs(35)));
        assert_eq!(given_up(2 * half, 1_000), None);
        assert_eq!(given_up(half, 100), None);
        let mut pace = Pace::default();
        let (now, gone) = (Instant::now(), Duration::from_secs(3_600));
        assert!(!pace.took(1, now) && !pace.took(1, now + gone), "nobody was waited for");
        // What was read fast before is no excuse for long.
        pace.took(1 << 30, now);
        pace.waits(now);
        assert!(!pace.took(1, now + LOOKED_AFTER));
        pace.waits(now + LOOKED_AFTER);
        assert!(pace.took(1, now + LOOKED_AFTER * 2));
    }

    async fn fails_unless_it_goes_on(is_endless: bool) -> bool {
        let (ours, mut theirs) = duplex(10);
        let endless = Endless::default();
        endless.set(is_endless);
        let mut wire = Wire::new(ours, LOOKED_AFTER, Heard::default(), endless);
        wire.pace.waited = LOOKED_AFTER;
        let reads = tokio::spawn(async move { theirs.read_exact(&mut [0; 5]).await });
        let sent = wire.write_all(b"hello").await;
        drop(wire);
        let _ = reads.await;
        sent.is_err_and(|error| error.kind() == io::ErrorKind::TimedOut)
    }

    #[test]
    fn events_are_read_at_their_own_pace() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            assert!(fails_unless_it_goes_on(false).await);
            assert!(!fails_unless_it_goes_on(true).await);
        });
    }
}
