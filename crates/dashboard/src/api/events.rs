//! What is new, pushed.

use std::sync::Arc;

use axum::response::Response;
use bytes::{Bytes, BytesMut};
use hyper::header::CONTENT_TYPE;
use serde_json::json;

use crate::answer::{self, Problem};
use crate::ask::Call;
use crate::events::unnumbered;
use crate::route::{Does, Route, Tells};
use crate::stream;
use crate::time::{millis, now};

const KIND: &str = "text/event-stream";
/// How long a browser waits before it comes back, in milliseconds.
const RETRY: &str = "retry: 2000\n";

pub(crate) const ROUTES: [Route; 1] = [Route {
    tells: Tells::Text(KIND),
    does: Does::Streams(events),
    ..Route::get(
        "/api/v1/events",
        "Server-sent events: hello, vitals, alerts, change, sinks, trouble, gap",
        &[],
        crate::shape::done,
        never,
    )
}];

fn events(call: Call) -> Result<Response, Problem> {
    let slot = call.server.streams.take(call.caller.client);
    let slot = slot.ok_or_else(|| Problem::busy("too many pages are open"))?;
    let who = call.who.clone().ok_or_else(Problem::fault)?;
    let place = call.server.events.place(call.last_event);
    let body = stream::events(Arc::clone(&call.server), who, place, hello(), slot);
    Ok(answer::text(KIND, body))
}

/// Whether events are answered.
pub(crate) fn is_stream(answer: &Response) -> bool {
    answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == KIND)
}

fn hello() -> Bytes {
    let mut text = BytesMut::from(RETRY);
    text.extend_from_slice(&unnumbered("hello", &json!({ "now": millis(now()) }).to_string()));
    text.freeze()
}

fn never(_: &Call) -> Result<Response, Problem> {
    Err(Problem::fault())
}
