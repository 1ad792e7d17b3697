//! How much there was, over time.

use axum::response::Response;
use netsift_history::{Bin, CountBy, CountsAsked, HistoryError, MOST_BINS, Reader, Times};
use serde_json::{Value, json};

use crate::answer::{self, Problem};
use crate::ask::{Call, Kind, Parameter, SINCE, UNTIL};
use crate::route::Route;
use crate::shape::{list, millis, object, text, whole};
use crate::time::millis as in_millis;

pub(crate) const ROUTES: [Route; 1] = [Route::get(
    "/api/v1/counts",
    "Flows, alerts, packets and bytes over time",
    &ASKED,
    shape,
    counts,
)];

const ASKED: [Parameter; 4] = [
    SINCE,
    UNTIL,
    Parameter {
        name: "minutes",
        kind: Kind::Whole(1, MOST_MINUTES),
        says: "How wide a bin is. Default: so that there are at most 300; wider than asked for where there would be too many.",
    },
    Parameter {
        name: "by",
        kind: Kind::Word(&["all", "protocol", "class"]),
        says: "What is told apart. Default: nothing.",
    },
];
/// A year.
const MOST_MINUTES: u64 = 366 * 24 * 60;
const MINUTE: i64 = 60_000_000_000;
/// So many bins are as fine as a chart can show.
const BINS: i64 = 300;
/// Widths that people can read, in minutes.
const WIDTHS: [u32; 16] =
    [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440, 2_880, 10_080, 43_200, 527_040];

fn counts(call: &Call) -> Result<Response, Problem> {
    let by = match call.given.text("by") {
        Some("protocol") => CountBy::Protocol,
        Some("class") => CountBy::Class,
        _ => CountBy::All,
    };
    let wanted = call.given.parsed::<u32>("minutes");
    let (minutes, bins) = call.server.archive.ask(|reader| {
        let times = within(reader, call.given.times())?;
        let minutes = width(times, wanted);
        Ok((minutes, reader.counts(&CountsAsked { times, minutes, by })?))
    })?;
    let bins: Vec<Value> = bins.iter().map(bin).collect();
    Ok(answer::json(&json!({ "minutes": minutes, "bins": bins })))
}

/// Open ends closed by what there is.
fn within(reader: &Reader, times: Times) -> Result<Times, HistoryError> {
    if times.since.is_some() && times.until.is_some() {
        return Ok(times);
    }
    let span = reader.span()?.unwrap_or_default();
    Ok(Times { since: times.since.or(span.since), until: times.until.or(span.until) })
}

fn width(times: Times, wanted: Option<u32>) -> u32 {
    let span = times.until.unwrap_or(0).saturating_sub(times.since.unwrap_or(0));
    let minutes = span.max(0) / MINUTE + 1;
    let fits = |width: &u32, bins: i64| minutes / i64::from(*width) < bins;
    let most = if wanted.is_some() { MOST_BINS - 2 } else { BINS };
    let wanted = wanted.filter(|wanted| fits(wanted, most));
    let widest = WIDTHS[WIDTHS.len() - 1];
    wanted.unwrap_or_else(|| WIDTHS.into_iter().find(|it| fits(it, most)).unwrap_or(widest))
}

fn bin(bin: &Bin) -> Value {
    json!({
        "at": in_millis(bin.start),
        "of": bin.of,
        "flows": bin.flows,
        "alerts": bin.alerts,
        "packets": bin.volume.packets,
        "bytes": bin.volume.bytes,
    })
}

fn shape() -> Value {
    let bin = object(json!({
        "at": millis(),
        "of": text(),
        "flows": whole(),
        "alerts": whole(),
        "packets": whole(),
        "bytes": whole(),
    }));
    object(json!({ "minutes": whole(), "bins": list(&bin) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_as_wide_as_they_must_be() {
        let of = |minutes: i64| Times { since: Some(0), until: Some(minutes * MINUTE) };
        assert_eq!((width(of(60), None), width(of(1_440), None)), (1, 5));
        assert_eq!((width(of(60), Some(7)), width(of(1_440), Some(1))), (7, 1));
        assert_eq!(width(of(525_600), Some(1)), 60, "a year of minutes is too much");
        let all = Times { since: Some(i64::MIN), until: Some(i64::MAX) };
        assert_eq!(width(all, Some(1)), 43_200);
        assert_eq!(width(Times { since: Some(9), until: Some(3) }, None), 1);
    }
}
