//! The one place that every request passes: who asks, from where, and whether he may.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use hyper::header::{
    CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, IF_NONE_MATCH, ORIGIN, TRANSFER_ENCODING,
};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Uri};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use crate::Role;
use crate::answer::{self, Problem, Why};
use crate::api::session;
use crate::ask::{Call, Given};
use crate::login::{By, Who};
use crate::proxies;
use crate::route::{self, Does, Needs, Route, Takes, Verb};
use crate::server::Server;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller {
    pub(crate) client: IpAddr,
    /// The address of ours that it reached.
    pub(crate) here: IpAddr,
    pub(crate) is_tls: bool,
    /// Whether he is on this machine himself, as far as that can be told.
    pub(crate) is_local: bool,
}

/// What an address leads to.
#[derive(Clone, Copy)]
pub(crate) enum Found {
    Route(&'static Route),
    /// Another method would do.
    Path(&'static str),
    Nothing,
}

/// What of JSON is taken at most.
const MOST_BODY: u64 = 64 << 10;
/// The longest address.
const MOST_ADDRESS: usize = 8 << 10;
const CSRF: HeaderName = HeaderName::from_static("x-netsift-csrf");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// Answers a request, or says why not; either way with what every answer says.
pub(crate) async fn pass(
    server: Arc<Server>,
    caller: Caller,
    found: Found,
    request: Request,
) -> Response {
    let caller = proxies::behind(&server.settings.proxies, caller, request.headers());
    let asked = format!("{} {}", request.method(), request.uri().path());
    let mut who = None;
    let answered = passed(&server, caller, found, request, &mut who).await;
    let mut answer = answered.unwrap_or_else(|problem| {
        if problem.why.is_told() {
            let name = who.as_ref().map(|who: &Who| who.name.as_str());
            server.ledger.note(caller.client, name, problem.why, &asked);
        }
        problem.answer()
    });
    answer::guard(answer.headers_mut(), caller.is_tls);
    answer
}

async fn passed(
    server: &Arc<Server>,
    caller: Caller,
    found: Found,
    request: Request,
    who: &mut Option<Who>,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    if !server.requests.take(caller.client) {
        return Err(Problem::new(Why::TooMany, "too many requests: wait a moment"));
    }
    let host = host(headers, &parts.uri)?;
    if !is_ours(server, caller, host) {
        return Err(Problem::new(Why::ForeignHost, "this server does not go by that name"));
    }
    if address_len(&parts.uri) > MOST_ADDRESS {
        return Err(Problem::new(Why::TooLong, "the address is too long"));
    }
    let length = length(headers)?;
    let route = match found {
        Found::Route(route) => route,
        Found::Path(path) => return Err(Problem::method(route::methods(path))),
        Found::Nothing => return Err(Problem::new(Why::NotFound, "there is nothing here")),
    };
    if !route.is_page() {
        is_from_here(headers, host, route)?;
    }
    *who = who_asks(server, route, caller, headers)?;
    may(server, route, headers, who.as_ref())?;
    let given = given(route, &parts)?;
    is_sound(server, route, headers, length)?;
    let call = Call {
        server: Arc::clone(server),
        who: who.clone(),
        caller,
        given,
        last_event: text(headers, &LAST_EVENT).and_then(|id| id.parse().ok()),
        known_tag: text(headers, &IF_NONE_MATCH).map(str::to_owned),
        body: Vec::new(),
    };
    let answer = done(route, call, body).await?;
    server.room.hold(answer).await
}

/// Does it, on a thread of the right kind.
async fn done(route: &'static Route, mut call: Call, body: Body) -> Result<Response, Problem> {
    let server = Arc::clone(&call.server);
    let (work, places) = match route.does {
        Does::Receives(receives) => return receives(call, body).await,
        Does::Streams(streams) => {
            taken(&server, route, body).await?;
            return streams(call);
        }
        Does::Tells(tells) => {
            taken(&server, route, body).await?;
            return tells(&call);
        }
        Does::Asks(asks) => (asks, &server.asking),
        Does::Probes(probes) => (probes, &server.probing),
        Does::Works(works) => (works, &server.working),
    };
    call.body = taken(&server, route, body).await?;
    let place = timeout(server.patience(), places.wait(call.caller.client)).await;
    let busy = |_| Problem::busy("too much is asked for at this moment");
    let place = place.map_err(busy)?;
    let worked = tokio::task::spawn_blocking(move || {
        let _place = place;
        work(&call)
    });
    let mut answer = worked.await.map_err(|_| Problem::fault())??;
    if route.status != 200 && answer.status().is_success() {
        *answer.status_mut() = hyper::StatusCode::from_u16(route.status).unwrap_or_default();
    }
    Ok(answer)
}

/// The name by which the server was called: exactly one, the same everywhere.
fn host<'a>(headers: &'a HeaderMap, address: &Uri) -> Result<&'a str, Problem> {
    let mut hosts = headers.get_all(HOST).into_iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Problem::bad("there must be one `Host`"));
    };
    let host = host.to_str().map_err(|_| Problem::bad("`Host` is no name"))?;
    match address.authority() {
        Some(other) if !other.as_str().eq_ignore_ascii_case(host) => {
            Err(Problem::new(Why::ForeignHost, "the address and `Host` differ"))
        }
        _ => Ok(host),
    }
}

/// Whether the server goes by that name. A stranger's name that leads here is none of ours: pages under it are his.
fn is_ours(server: &Server, caller: Caller, host: &str) -> bool {
    let name = bare(host);
    let ip = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let here = caller.here.to_canonical();
    let listed = server.settings.hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
    listed || name.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.to_canonical() == here)
}

/// Without its port.
fn bare(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|it| it.is_ascii_digit()) && !name.ends_with(':') =>
        {
            match name.contains(':') && !name.ends_with(']') {
                true => host,
                false => name,
            }
        }
        _ => host,
    }
}

fn address_len(address: &Uri) -> usize {
    address.path().len() + address.query().map_or(0, str::len)
}

/// How much is sent. What does not say so could end where somebody else thinks it ends.
fn length(headers: &HeaderMap) -> Result<u64, Problem> {
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(Problem::new(Why::NeedsLength, "say how much is sent: no chunks are taken"));
    }
    let mut said = headers.get_all(CONTENT_LENGTH).into_iter();
    let (Some(length), None) = (said.next(), said.next()) else {
        return match headers.contains_key(CONTENT_LENGTH) {
            true => Err(Problem::bad("there must be one `Content-Length`")),
            false => Ok(0),
        };
    };
    let length = length.to_str().ok().and_then(|text| text.parse().ok());
    length.ok_or_else(|| Problem::bad("`Content-Length` is no number"))
}

/// Whether a page of ours asks, or a program: never a page of somebody else's.
fn is_from_here(headers: &HeaderMap, host: &str, route: &Route) -> Result<(), Problem> {
    let foreign =
        || Err(Problem::new(Why::ForeignOrigin, "only pages of this server may ask that"));
    let changes = route.verb != Verb::Get;
    match text(headers, &FETCH_SITE) {
        Some("same-origin") => {}
        Some("none") if !changes => {}
        Some(_) => return foreign(),
        None if headers.contains_key(&FETCH_SITE) => return foreign(),
        None => {}
    }
    let mut origins = headers.get_all(ORIGIN).into_iter();
    let Some(origin) = origins.next() else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let named = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    let is_same = named.is_some_and(|named| named.eq_ignore_ascii_case(host));
    if is_same && origins.next().is_none() { Ok(()) } else { foreign() }
}

/// Who asks, where that matters. What is everybody's is nobody's failed login.
fn who_asks(
    server: &Server,
    route: &Route,
    caller: Caller,
    headers: &HeaderMap,
) -> Result<Option<Who>, Problem> {
    match route.needs {
        Needs::Nothing if route.path != session::PATH => Ok(None),
        Needs::Nothing => Ok(server.logins.who(headers, caller).unwrap_or_default()),
        Needs::Look | Needs::Change => server.logins.who(headers, caller),
    }
}

/// Whether somebody may do that, and means to.
fn may(
    server: &Server,
    route: &Route,
    headers: &HeaderMap,
    who: Option<&Who>,
) -> Result<(), Problem> {
    if route.needs == Needs::Nothing {
        return Ok(());
    }
    let who = who.ok_or_else(|| Problem::new(Why::NeedsLogin, server.logins.advice()))?;
    if route.verb != Verb::Get && who.by != By::Token {
        let said = text(headers, &CSRF).unwrap_or_default();
        if !server.logins.csrf(who).is_some_and(|csrf| is_same(csrf, said)) {
            return Err(Problem::new(
                Why::NoCsrf,
                "`X-Netsift-Csrf` must be what the session told",
            ));
        }
        // What they say was looked at before.
        if ![ORIGIN, FETCH_SITE].iter().any(|name| headers.contains_key(name)) {
            let message = "`Origin` must name this server, or `Sec-Fetch-Site` its own pages";
            return Err(Problem::new(Why::ForeignOrigin, message));
        }
    }
    if route.needs == Needs::Change && who.role < Role::Operator {
        return Err(Problem::new(Why::NeedsOperator, "only operators may do that"));
    }
    Ok(())
}

/// Whether two secrets are the same, in a time that does not tell where they differ.
fn is_same(one: &str, other: &str) -> bool {
    let differences =
        one.bytes().zip(other.bytes()).fold(0, |sum, (one, other)| sum | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differences) == 0
}

/// The parameters, read by the kinds that the table says.
fn given(route: &Route, parts: &Parts) -> Result<Given, Problem> {
    let mut found = Vec::new();
    let pairs = route.path.split('/').zip(parts.uri.path().split('/'));
    for (pattern, value) in pairs {
        let name = pattern.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        if let Some(name) = name {
            let value = percent_decode_str(value).decode_utf8();
            let value = value.map_err(|_| Problem::bad("the address is no text"))?;
            found.push((name.to_owned(), value.into_owned()));
        }
    }
    // What is asked of a page is the page's own business.
    let query = parts.uri.query().filter(|_| !route.is_page()).unwrap_or_default();
    Given::read(route.named, found, route.asked, query)
}

/// Whether what is sent is of the kind and size that are taken.
fn is_sound(
    server: &Server,
    route: &Route,
    headers: &HeaderMap,
    length: u64,
) -> Result<(), Problem> {
    if length > most(server, route) {
        return Err(Problem::new(Why::TooLarge, "more is sent than is taken"));
    }
    let is_json = || {
        let kind = text(headers, &CONTENT_TYPE).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    };
    match route.takes {
        Takes::File if length == 0 => Err(Problem::bad("nothing is sent")),
        Takes::Json(_) if !is_json() => {
            Err(Problem::new(Why::MediaType, "only `application/json` is taken"))
        }
        _ => Ok(()),
    }
}

fn most(server: &Server, route: &Route) -> u64 {
    match route.takes {
        Takes::File => u64::from(server.settings.limits.upload_megabytes) << 20,
        Takes::Json(_) => MOST_BODY,
        // An empty object is nothing.
        Takes::Nothing => 16,
    }
}

/// What is sent, within its limit and in time.
async fn taken(server: &Server, route: &Route, body: Body) -> Result<Vec<u8>, Problem> {
    let most = usize::try_from(most(server, route)).unwrap_or(usize::MAX);
    let read = timeout(server.patience(), Limited::new(body, most).collect()).await;
    let late = |_| Problem::new(Why::TooLate, "what is sent did not come in time");
    let read = read.map_err(late)?;
    let body = read.map_err(|_| Problem::bad("what is sent did not come whole"))?;
    let body: Vec<u8> = body.to_bytes().into();
    let is_nothing = body.is_empty() || body.trim_ascii() == b"{}";
    match route.takes {
        Takes::Nothing if !is_nothing => Err(Problem::bad("nothing is taken here")),
        _ => Ok(body),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Refuses a connection that never became a request.
pub(crate) fn refusal(why: Why, message: &'static str) -> Vec<u8> {
    let (status, code) = why.facts();
    let reason = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let reason = reason.canonical_reason().unwrap_or_default();
    let body = serde_json::json!({ "error": { "code": code, "message": message } }).to_string();
    format!(
        "HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         x-content-type-options: nosniff\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_their_ports() {
        for (host, name) in [
            ("a", "a"),
            ("a:80", "a"),
            ("[::1]", "[::1]"),
            ("[::1]:80", "[::1]"),
            ("::1", "::1"),
            ("a:b", "a:b"),
            ("a:", "a"),
            (":80", ""),
        ] {
            assert_eq!(bare(host), name, "{host}");
        }
    }

    #[test]
    fn secrets_are_the_same_or_not() {
        assert!(is_same("abc", "abc"));
        for other in ["", "ab", "abd", "abcd"] {
            assert!(!is_same("abc", other), "{other}");
        }
    }
}
