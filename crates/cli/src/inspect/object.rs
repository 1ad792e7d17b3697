//! The summary as one JSON object.

use super::hosts::Traffic;
use super::summary::{Count, Line, Told};
use crate::json::Json;

pub(super) fn of(told: &Told) -> Vec<u8> {
    let mut json = Json::default();
    json.object(|json| {
        capture(json, told);
        let sections = [
            ("link_types", &told.links),
            ("network", &told.network),
            ("transport", &told.transport),
            ("carried", &told.carried),
            ("rejects", &told.rejects),
            ("errors", &told.errors),
        ];
        for (key, lines) in sections {
            json.key(key).array(|json| lines.iter().for_each(|line| named(json, line)));
        }
        talkers(json, told);
    });
    json.end_line();
    std::mem::take(json.bytes_mut())
}

fn capture(json: &mut Json, told: &Told) {
    json.key("source").text(&told.source);
    json.key("captures").number(told.captures);
    json.key("formats").array(|json| told.formats.iter().for_each(|format| json.text(format)));
    json.key("skipped_files").number(told.skipped);
    json.key("packets_read").number(told.read);
    json.key("packets").number(told.all.packets);
    json.key("wire_bytes").number(told.all.bytes);
    json.key("captured_bytes").number(told.captured);
    if let Some((first, last)) = told.times {
        json.key("first_ns").number(first.as_nanos());
        json.key("last_ns").number(last.as_nanos());
    }
    json.key("oddities").array(|json| {
        for (what, times) in &told.oddities {
            json.object(|json| {
                json.key("name").text(what);
                json.key("times").number(*times);
            });
        }
    });
}

fn talkers(json: &mut Json, told: &Told) {
    json.key("hosts").number(told.hosts);
    json.key("talkers").array(|json| {
        for (address, Traffic { sent, received }) in &told.talkers {
            json.object(|json| {
                json.key("address").address(*address);
                json.key("sent").object(|json| count(json, sent));
                json.key("received").object(|json| count(json, received));
            });
        }
    });
    json.key("hosts_beyond").object(|json| {
        json.key("sent").object(|json| count(json, &told.beyond.sent));
        json.key("received").object(|json| count(json, &told.beyond.received));
    });
}

fn named(json: &mut Json, line: &Line) {
    json.object(|json| {
        json.key("name").text(&line.name);
        count(json, &line.count);
    });
}

fn count(json: &mut Json, of: &Count) {
    json.key("packets").number(of.packets);
    json.key("bytes").number(of.bytes);
}
