//! The page: files that are part of the program, told by their names.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, ETAG, HeaderValue};
use sha2::{Digest, Sha256};

use crate::answer::{self, Problem, Why};
use crate::ask::{Call, Kind, Parameter};
use crate::route::{Does, Needs, Route, Takes, Tells, Verb};

/// A file of the page.
struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! asset {
    ($kind:ident, $name:literal) => {
        Asset { name: $name, kind: $kind, bytes: include_bytes!(concat!("../page/", $name)) }
    };
}

/// What a browser gets for the address of any view: which one it is, the page finds out by itself.
static INDEX: Asset = asset!(HTML, "index.html");
/// What the page is made of beside.
static ASSETS: [Asset; 42] = [
    asset!(SCRIPT, "alert.js"),
    asset!(SCRIPT, "api.js"),
    asset!(SCRIPT, "app.js"),
    asset!(SCRIPT, "bars.js"),
    asset!(SCRIPT, "calm.js"),
    asset!(SCRIPT, "change.js"),
    asset!(STYLE, "colours.css"),
    asset!(SCRIPT, "dialog.js"),
    asset!(SCRIPT, "dom.js"),
    asset!(SCRIPT, "events.js"),
    asset!(SCRIPT, "filters.js"),
    asset!(SCRIPT, "flow.js"),
    asset!(SCRIPT, "frame.js"),
    asset!(SCRIPT, "kept.js"),
    asset!(SCRIPT, "keys.js"),
    asset!(SCRIPT, "listing.js"),
    asset!(SCRIPT, "mode.js"),
    asset!(SCRIPT, "notice.js"),
    asset!(SCRIPT, "numbers.js"),
    asset!(STYLE, "parts.css"),
    asset!(SCRIPT, "rates.js"),
    asset!(SCRIPT, "router.js"),
    asset!(SCRIPT, "session.js"),
    asset!(SCRIPT, "shown.js"),
    asset!(STYLE, "style.css"),
    asset!(SCRIPT, "table.js"),
    asset!(SCRIPT, "text.js"),
    asset!(SCRIPT, "time.js"),
    asset!(SCRIPT, "timechart.js"),
    asset!(SCRIPT, "times.js"),
    asset!(SCRIPT, "view-alerts.js"),
    asset!(SCRIPT, "view-changes.js"),
    asset!(SCRIPT, "view-explore.js"),
    asset!(SCRIPT, "view-flows.js"),
    asset!(SCRIPT, "view-host.js"),
    asset!(SCRIPT, "view-hosts.js"),
    asset!(SCRIPT, "view-login.js"),
    asset!(SCRIPT, "view-models.js"),
    asset!(SCRIPT, "view-overview.js"),
    asset!(SCRIPT, "view-quiet.js"),
    asset!(SCRIPT, "view-settings.js"),
    asset!(SCRIPT, "view-sinks.js"),
];

/// Files change with the program alone: browsers keep them, and ask whether they are still the same.
static TAGS: LazyLock<Vec<(&'static str, String)>> = LazyLock::new(|| {
    let tag = |asset: &Asset| {
        let sum = Sha256::digest(asset.bytes);
        let digits = sum.iter().take(8).map(|byte| format!("{byte:02x}"));
        (asset.name, format!("\"{}\"", digits.collect::<String>()))
    };
    ASSETS.iter().chain([&INDEX]).map(tag).collect()
});

const ANY: [Parameter; 1] = [Parameter { name: "name", kind: Kind::Text(200), says: "Which one." }];

pub(crate) const ROUTES: [Route; 15] = [
    view("/"),
    view("/alerts"),
    named("/alerts/{name}"),
    view("/hosts"),
    named("/hosts/{name}"),
    view("/flows"),
    view("/models"),
    view("/sinks"),
    view("/explore"),
    view("/quiet"),
    view("/changes"),
    view("/settings"),
    view("/login"),
    Route { does: Does::Tells(asset), tells: Tells::Text(SCRIPT), ..named("/assets/{name}") },
    Route { does: Does::Tells(robots), tells: Tells::Text("text/plain"), ..view("/robots.txt") },
];

const fn view(path: &'static str) -> Route {
    Route {
        verb: Verb::Get,
        path,
        named: &[],
        // The page reads what stands behind the question mark: any of it, by itself.
        asked: &[],
        needs: Needs::Nothing,
        takes: Takes::Nothing,
        tells: Tells::Text(HTML),
        status: 200,
        does: Does::Tells(index),
        says: "The page",
    }
}

const fn named(path: &'static str) -> Route {
    Route { named: &ANY, ..view(path) }
}

fn index(call: &Call) -> Result<Response, Problem> {
    Ok(told(&INDEX, call))
}

fn asset(call: &Call) -> Result<Response, Problem> {
    let name = call.given.text("name").unwrap_or_default();
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    asset
        .map(|asset| told(asset, call))
        .ok_or_else(|| Problem::new(Why::NotFound, "there is no such file"))
}

fn robots(_: &Call) -> Result<Response, Problem> {
    Ok(answer::text("text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n"))
}

fn told(asset: &'static Asset, call: &Call) -> Response {
    let tag = TAGS.iter().find(|(name, _)| *name == asset.name).map(|(_, tag)| tag.as_str());
    let tag = tag.unwrap_or_default();
    let is_known = call.known_tag.as_deref().is_some_and(|known| known.contains(tag));
    let body = if is_known { Body::empty() } else { asset.bytes.into() };
    let mut answer = answer::text(asset.kind, body);
    if is_known {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.extend(HeaderValue::from_str(tag).map(|tag| (ETAG, tag)));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_page_is_part_of_the_program() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != INDEX.name)
            .collect();
        there.sort();
        let mut known: Vec<_> = ASSETS.iter().map(|asset| asset.name).collect();
        known.sort_unstable();
        assert_eq!(there, known);
        for asset in &ASSETS {
            let is_style = asset.name.ends_with(".css");
            assert_eq!(asset.kind, if is_style { STYLE } else { SCRIPT }, "{}", asset.name);
        }
    }
}
