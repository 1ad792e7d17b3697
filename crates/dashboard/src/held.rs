//! Answers that wait to be read: all of them together have so much room, however slowly somebody reads.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, HttpBody};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::answer::Problem;

/// Room for what waits to be read, in KiB.
const ROOM: usize = 64 << 10;
/// Smaller answers wait anyhow: a connection has no more than one.
const SMALL: u64 = 64 << 10;
/// What is handed on at once: a connection keeps that for itself.
const PART: usize = 64 << 10;

/// Room for answers that wait to be read.
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ROOM)))
    }
}

impl Room {
    /// The same answer, which holds its room until it is read. Files that are made or read while they are sent hold none.
    pub(crate) async fn hold(&self, answer: Response) -> Result<Response, Problem> {
        let (parts, body) = answer.into_parts();
        let Some(size) = body.size_hint().exact().filter(|size| *size > SMALL) else {
            return Ok(Response::from_parts(parts, body));
        };
        let wanted = usize::try_from(size >> 10).unwrap_or(ROOM).clamp(1, ROOM);
        let place = Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(wanted).unwrap_or(1));
        let place = place.map_err(|_| Problem::busy("others read large answers at this moment"))?;
        // All of it is there: nothing is waited for.
        let left = body.collect().await.map_err(|_| Problem::fault())?.to_bytes();
        Ok(Response::from_parts(parts, Body::new(Held { left, _place: place })))
    }
}

/// A body in parts, so that it is here that most of it waits.
struct Held {
    left: Bytes,
    _place: OwnedSemaphorePermit,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let most = self.left.len().min(PART);
        let part = self.left.split_to(most);
        // The last part, too, must not keep all the others.
        Poll::Ready(Some(Ok(Frame::data(Bytes::copy_from_slice(&part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(mib: usize) -> Response {
        Response::new(vec![7; mib << 20].into())
    }

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
    }

    async fn has_so_much_room() {
        let room = Room::default();
        let mut held = Vec::new();
        while let Ok(one) = room.hold(answer(20)).await {
            held.push(one);
        }
        assert_eq!(held.len(), 3);
        assert!(room.hold(answer(0)).await.is_ok(), "small ones are not counted");
        let read = held.pop().unwrap().into_body();
        assert_eq!(read.size_hint().exact(), Some(20 << 20));
        assert_eq!(read.collect().await.unwrap().to_bytes(), vec![7; 20 << 20]);
        held.push(room.hold(answer(20)).await.unwrap());
        drop(held);
        assert!(room.hold(answer(100)).await.is_ok(), "what is larger than all room has it alone");
        assert_eq!(room.0.available_permits(), ROOM);
    }

    #[test]
    fn what_waits_has_so_much_room_and_gives_it_back() {
        run(has_so_much_room());
    }

    async fn comes_in_parts() {
        let mut body = Room::default().hold(answer(1)).await.unwrap().into_body();
        let mut parts = Vec::new();
        while let Some(frame) = body.frame().await {
            parts.push(frame.unwrap().into_data().unwrap());
        }
        assert_eq!(parts.len(), (1 << 20) / PART);
        assert!(parts.iter_mut().all(|part| std::mem::take(part).try_into_mut().is_ok()));
    }
    #[test]
    fn it_comes_in_parts_that_keep_nothing_else() {
        run(comes_in_parts());
    }
}
