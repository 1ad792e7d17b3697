//! What a collector of measurements reads: Prometheus' text format.

use std::fmt::Write;

use axum::response::Response;

use crate::SinkState;
use crate::answer::{self, Problem};
use crate::ask::Call;
use crate::route::{Does, Needs, Route, Takes, Tells, Verb};
use crate::server::Server;

const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) const ROUTES: [Route; 2] = [
    Route {
        verb: Verb::Get,
        path: "/metrics",
        named: &[],
        asked: &[],
        needs: Needs::Look,
        takes: Takes::Nothing,
        tells: Tells::Text(KIND),
        status: 200,
        does: Does::Asks(measured),
        says: "Measurements of this moment, for Prometheus",
    },
    Route {
        verb: Verb::Get,
        path: "/healthz",
        named: &[],
        asked: &[],
        needs: Needs::Nothing,
        takes: Takes::Nothing,
        tells: Tells::Text("text/plain; charset=utf-8"),
        status: 200,
        does: Does::Probes(is_well),
        says: "Whether the history can be asked",
    },
];

fn measured(call: &Call) -> Result<Response, Problem> {
    Ok(answer::text(KIND, text(&call.server)))
}

fn is_well(call: &Call) -> Result<Response, Problem> {
    call.server.archive.ask(|reader| reader.changes(1))?;
    Ok(answer::text("text/plain; charset=utf-8", "ok\n"))
}

/// Names, types and values; what is not known here is left out.
fn text(server: &Server) -> String {
    let mut text = String::new();
    if let Some(vitals) = server.board.last() {
        let history = vitals.history.as_ref();
        for (name, kind, help, value) in [
            ("packets_total", "counter", "Packets that were read.", Some(vitals.packets)),
            ("bytes_total", "counter", "Bytes of those packets.", Some(vitals.bytes)),
            ("flows_total", "counter", "Flows that ended.", Some(vitals.flows)),
            ("alerts_raised_total", "counter", "Alerts that were raised.", Some(vitals.alerts)),
            (
                "kernel_drops_total",
                "counter",
                "Packets that the system dropped.",
                vitals.kernel_drops,
            ),
            (
                "interface_drops_total",
                "counter",
                "Packets that the interface dropped.",
                vitals.interface_drops,
            ),
            (
                "queue_drops_total",
                "counter",
                "Packets that found no room.",
                Some(vitals.queue_drops),
            ),
            ("batches_waiting", "gauge", "Batches that wait.", Some(vitals.batches_waiting)),
            ("flows_waiting", "gauge", "Flows that wait for a model.", Some(vitals.flows_waiting)),
            ("resident_bytes", "gauge", "Memory of the program.", vitals.resident),
            (
                "history_lost_total",
                "counter",
                "Records that the history had no room for, or could not write.",
                history.map(|it| it.lost),
            ),
            (
                "history_waiting",
                "gauge",
                "Records that wait for the history.",
                history.map(|it| it.waiting),
            ),
            (
                "history_failing",
                "gauge",
                "Whether the history cannot be written.",
                history.map(|it| it.trouble.is_some().into()),
            ),
        ] {
            value.inspect(|value| one(&mut text, name, kind, help, *value));
        }
    }
    let streams = server.streams.taken() as u64;
    one(&mut text, "dashboard_streams", "gauge", "Pages that are open.", streams);
    let refused = server.ledger.refused();
    one(&mut text, "dashboard_refused_total", "counter", "Requests that were refused.", refused);
    sinks(&mut text, &server.house.sinks().unwrap_or_default());
    text
}

fn one(text: &mut String, name: &str, kind: &str, help: &str, value: u64) {
    head(text, name, kind, help);
    let _ = writeln!(text, "netsift_{name} {value}");
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP netsift_{name} {help}\n# TYPE netsift_{name} {kind}");
}

/// Name, type, help and value.
type OfSinks = (&'static str, &'static str, &'static str, fn(&SinkState) -> u64);

fn sinks(text: &mut String, sinks: &[SinkState]) {
    const OF_SINKS: [OfSinks; 5] = [
        ("sink_delivered_total", "counter", "Alerts that arrived.", |it| it.delivered),
        ("sink_dead_total", "counter", "Alerts that became dead letters.", |it| it.dead),
        ("sink_failures_total", "counter", "Attempts that failed.", |it| it.failures),
        ("sink_waiting", "gauge", "Alerts that wait.", |it| it.waiting),
        ("sink_failing", "gauge", "Whether the last attempt failed.", |it| it.is_failing.into()),
    ];
    for (name, kind, help, value) in OF_SINKS.iter().filter(|_| !sinks.is_empty()) {
        head(text, name, kind, help);
        for sink in sinks {
            let (label, value) = (escaped(&sink.name), value(sink));
            let _ = writeln!(text, "netsift_{name}{{sink=\"{label}\"}} {value}");
        }
    }
}

/// The text of a label.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
