//! Answers that go on: events, and files that are made or read while they are sent.

use std::fs::File;
use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::answer::Problem;
use crate::ask::Call;
use crate::events::Place;
use crate::login::Who;
use crate::server::Server;
use crate::shares::Share;

/// After so long without an event something is sent, so that nobody between closes what looks dead.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Parts of a file that are made before somebody reads them.
const AHEAD: usize = 2;
/// What is read of a file at once.
const PART: usize = 64 << 10;

/// Events from a place on, for as long as somebody may see them.
pub(crate) fn events(
    server: Arc<Server>,
    who: Who,
    place: Place,
    first: Bytes,
    slot: Share,
) -> Body {
    let reader = Reader { server, who, place, first: Some(first), _slot: slot };
    Body::from_stream(Events { step: Box::pin(reader.step()) })
}

struct Reader {
    server: Arc<Server>,
    who: Who,
    place: Place,
    first: Option<Bytes>,
    /// Given back when the stream ends.
    _slot: Share,
}

type Step = Pin<Box<dyn Future<Output = Option<(Reader, Bytes)>> + Send>>;

struct Events {
    step: Step,
}

impl Reader {
    /// What is sent next; nothing once the session has ended.
    async fn step(mut self) -> Option<(Self, Bytes)> {
        if let Some(first) = self.first.take() {
            return Some((self, first));
        }
        let next = timeout(HEARTBEAT, self.place.next()).await;
        let next = next.unwrap_or_else(|_| Bytes::from_static(b":\n\n"));
        self.server.logins.holds(&self.who).then_some((self, next))
    }
}

impl Stream for Events {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some((reader, bytes)) = ready!(self.step.as_mut().poll(context)) else {
            self.step = Box::pin(std::future::pending());
            return Poll::Ready(None);
        };
        self.step = Box::pin(reader.step());
        Poll::Ready(Some(Ok(bytes)))
    }
}

/// Takes the parts of a file.
pub(crate) struct Parts(mpsc::Sender<io::Result<Bytes>>);

impl Parts {
    /// One more part; waits until somebody reads, and answers whether somebody still does.
    pub(crate) fn send(&self, part: impl Into<Bytes>) -> bool {
        self.0.blocking_send(Ok(part.into())).is_ok()
    }

    /// The rest cannot be made: whoever reads is told that it is not whole.
    pub(crate) fn fail(&self, error: io::Error) {
        let _ = self.0.blocking_send(Err(error));
    }
}

/// What a thread makes while it is sent. There are few such threads, and whoever does not read loses his.
pub(crate) fn made(
    call: &Call,
    make: impl FnOnce(&Parts) + Send + 'static,
) -> Result<Body, Problem> {
    let slot = call.server.sending.take(call.caller.client);
    let slot = slot.ok_or_else(|| Problem::busy("too much is downloaded at this moment"))?;
    let (sender, parts) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let _slot = slot;
        make(&Parts(sender));
    });
    Ok(Body::from_stream(Made(parts)))
}

/// A file that is there, read while it is sent: of a large one, who reads slowly holds little.
pub(crate) fn file(call: &Call, mut file: File) -> Result<Body, Problem> {
    made(call, move |parts| {
        loop {
            let mut part = vec![0; PART];
            match file.read(&mut part) {
                Ok(0) => return,
                Ok(read) => part.truncate(read),
                Err(error) => return parts.fail(error),
            }
            if !parts.send(part) {
                return;
            }
        }
    })
}

struct Made(mpsc::Receiver<io::Result<Bytes>>);

impl Stream for Made {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}
