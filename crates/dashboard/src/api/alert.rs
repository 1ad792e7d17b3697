//! One alert, and what people do about it.

use std::fs::File;
use std::path::{Path, PathBuf};

use axum::response::Response;
use netsift_alert::{Alert, AlertId, Network, Peer};
use netsift_history::{AlertsAsked, FlowRow, FlowsAsked, HistoryError, Reader, Times};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{alerts, flows};
use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, Parameter};
use crate::route::{Route, Takes, Tells};
use crate::server::Server;
use crate::shape::{done, list, millis, named, object, or_null, short, text};
use crate::stream;
use crate::time::{millis as in_millis, now};

const ID: [Parameter; 1] = [Parameter { name: "id", kind: Kind::Alert, says: "Its name." }];
const PACKETS: &str = "application/vnd.tcpdump.pcap";
/// What is shown of others beside it.
const BESIDE: usize = 20;
/// A flow's last packet may be so long after what was told of it.
const LATER: i64 = 300_000_000_000;
/// The longest comment, in letters.
pub(super) const MOST_COMMENT: usize = 4_000;

pub(crate) const ROUTES: [Route; 5] = [
    Route::get("/api/v1/alerts/{id}", "An alert, and what is beside it", &[], shape, alert)
        .named(&ID),
    Route::post(
        "/api/v1/alerts/{id}/acknowledge",
        "Somebody has seen it",
        Takes::Nothing,
        done,
        acknowledge,
    )
    .named(&ID),
    Route::delete("/api/v1/alerts/{id}/acknowledge", "Nobody has, after all", done, take_back)
        .named(&ID),
    Route::post(
        "/api/v1/alerts/{id}/comments",
        "Somebody says something of it",
        Takes::Json(comment_shape),
        done,
        comment,
    )
    .named(&ID),
    Route {
        tells: Tells::Text(PACKETS),
        ..Route::get(
            "/api/v1/alerts/{id}/packets",
            "The packets that were saved",
            &[],
            done,
            packets,
        )
    }
    .named(&ID),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    text: String,
}

fn alert(call: &Call) -> Result<Response, Problem> {
    let (id, saved) = (id(call)?, Saved::by(&call.server));
    let told = call.server.archive.ask(|reader| {
        let row = reader.alert(id)?;
        let comments = reader.comments(id)?;
        let comments = comments
            .iter()
            .map(|it| json!({ "at": in_millis(it.nanos), "who": it.who, "text": it.text }));
        let (others, flows) = beside(reader, &row.alert, &saved)?;
        Ok(json!({
            "alert": alerts::row(&row, &saved),
            "comments": comments.collect::<Vec<_>>(),
            "flow": its_flow(reader, &row.alert)?.as_ref().map(flows::row),
            "others": others,
            "flows": flows,
        }))
    })?;
    Ok(answer::json(&told))
}

/// Other alerts and flows of who did it.
fn beside(
    reader: &Reader,
    alert: &Alert,
    saved: &Saved,
) -> Result<(Vec<Value>, Vec<Value>), HistoryError> {
    let Some(peer) = alert.source.or(alert.target) else { return Ok((Vec::new(), Vec::new())) };
    let mut asked = AlertsAsked::default();
    asked.network = Some(Network::from(peer.address));
    asked.limit = BESIDE + 1;
    let others = reader.alerts(&asked)?.rows;
    let others = others.iter().filter(|other| other.alert.id != alert.id).take(BESIDE);
    let flows = reader.flows(&flows_of(peer, Times::ALL))?.rows;
    let others = others.map(|other| alerts::row(other, saved)).collect();
    Ok((others, flows.iter().map(flows::row).collect()))
}

/// The flow that it was told of: between the same ends, at the time.
fn its_flow(reader: &Reader, alert: &Alert) -> Result<Option<FlowRow>, HistoryError> {
    let (Some(source), Some(target)) = (alert.source, alert.target) else { return Ok(None) };
    let times = Times { since: Some(alert.first), until: Some(alert.nanos.saturating_add(LATER)) };
    let mut asked = flows_of(source, times);
    asked.port = target.port;
    asked.limit = 1_000;
    let is_end = |end: Peer, of: Peer| {
        end.address == of.address && (of.port.is_none() || of.port == end.port)
    };
    let found = reader.flows(&asked)?.rows.into_iter();
    let mut its =
        found.filter(|row| is_end(row.flow.source, source) && is_end(row.flow.target, target));
    // Newest first: the first that had begun by then.
    Ok(its.find(|row| row.flow.first <= alert.nanos))
}

fn flows_of(peer: Peer, times: Times) -> FlowsAsked {
    let mut asked = FlowsAsked::default();
    asked.verdicts = true;
    asked.address = Some(peer.address);
    asked.times = times;
    asked.limit = BESIDE;
    asked
}

fn acknowledge(call: &Call) -> Result<Response, Problem> {
    let id = id(call)?;
    call.server.archive.change(|desk| desk.acknowledge(id, call.name(), now()))?;
    Ok(answer::json(&json!({ "ok": true })))
}

fn take_back(call: &Call) -> Result<Response, Problem> {
    let id = id(call)?;
    call.server.archive.change(|desk| desk.take_back(id, call.name(), now()))?;
    Ok(answer::json(&json!({ "ok": true })))
}

fn comment(call: &Call) -> Result<Response, Problem> {
    let (id, said) = (id(call)?, call.body::<Said>()?);
    let text = said.text.trim();
    if text.is_empty() || text.chars().count() > MOST_COMMENT {
        return Err(Problem::bad("a comment has from 1 to 4000 letters"));
    }
    call.server.archive.change(|desk| desk.comment(id, call.name(), text, now()))?;
    Ok(answer::json(&json!({ "ok": true })))
}

fn packets(call: &Call) -> Result<Response, Problem> {
    let (server, id) = (&call.server, id(call)?);
    let row = server.archive.ask(|reader| reader.alert(id))?;
    let path = Saved::by(server).found(&row.alert);
    let path = path.ok_or_else(|| Problem::none("no packets of it are saved here"))?;
    let file = File::open(&path).map_err(|_| Problem::none("its packets are no longer there"))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(answer::file(PACKETS, &name, stream::file(call, file)?))
}

/// Where packets were saved, if this server knows.
pub(crate) struct Saved(Option<PathBuf>);

impl Saved {
    pub(crate) fn by(server: &Server) -> Self {
        Self::in_folder(server.house.packets_folder().as_deref())
    }

    pub(super) fn in_folder(folder: Option<&Path>) -> Self {
        Self(folder.and_then(|folder| folder.canonicalize().ok()))
    }

    /// The file of an alert, if there is one, and in the folder: wherever links and dots lead.
    pub(super) fn found(&self, alert: &Alert) -> Option<PathBuf> {
        let (folder, named) = (self.0.as_deref()?, alert.packets.as_deref()?);
        // The name of the file alone, too: a history may have been recorded from where the folder had another name.
        let places = [folder.join(named), folder.join(Path::new(named).file_name()?)];
        let found = places.into_iter().filter_map(|path| path.canonicalize().ok());
        found.into_iter().find(|path| path.starts_with(folder) && path.is_file())
    }
}

fn id(call: &Call) -> Result<AlertId, Problem> {
    call.given.parsed("id").ok_or_else(|| Problem::none("there is no such alert"))
}

fn shape() -> Value {
    let comment = object(json!({ "at": millis(), "who": text(), "text": text() }));
    object(json!({
        "alert": named("Alert"),
        "comments": list(&comment),
        "flow": or_null(&named("Flow")),
        "others": list(&named("Alert")),
        "flows": list(&named("Flow")),
    }))
}

fn comment_shape() -> Value {
    let mut text = short(MOST_COMMENT);
    text["pattern"] = json!("\\S");
    object(json!({ "text": text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_from_their_folder_and_from_nowhere_else() {
        let house = tempfile::tempdir().unwrap();
        let folder = house.path().join("packets");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("a.pcap"), "a").unwrap();
        std::fs::write(house.path().join("secret"), "s").unwrap();
        let saved = |folder: &Path, named: &str| {
            let alert = Alert { packets: Some(named.to_owned()), ..Alert::test(1) };
            Saved::in_folder(Some(folder)).found(&alert)
        };
        let inside = folder.canonicalize().unwrap().join("a.pcap");
        let whole = inside.to_string_lossy();
        for named in ["a.pcap", &whole, "/elsewhere/a.pcap", "../packets/a.pcap"] {
            assert_eq!(saved(&folder, named), Some(inside.clone()), "{named}");
        }
        let secret = house.path().join("secret").to_string_lossy().into_owned();
        for named in ["../secret", "..", ".", "", "/etc/passwd", &secret, "a.pcap/..", "a\0b"] {
            assert_eq!(saved(&folder, named), None, "{named}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(house.path().join("secret"), folder.join("link")).unwrap();
            assert_eq!(saved(&folder, "link"), None);
        }
        assert_eq!(saved(&house.path().join("none"), "a.pcap"), None);
    }
}
