//! `netsift history FILE alerts`.

use clap::{Args, ValueEnum};
use netsift::alert::{Level, Network, Peer};
use netsift::history::{AlertRow, AlertSort, AlertsAsked, Reader};

use super::rows::{Row, Wanted};
use super::{When, at};
use crate::csv::Csv;
use crate::failure::Failure;
use crate::figures::grouped;

/// Print alerts
#[derive(Args)]
pub(super) struct Alerts {
    #[command(flatten)]
    when: When,

    /// How bad they are at least: low, medium, high, critical
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    level: Option<Level>,

    /// What they are, exactly
    #[arg(long, value_name = "WHAT")]
    what: Option<String>,

    /// The address or the network of one of their ends
    #[arg(long, value_name = "ADDRESS")]
    host: Option<Network>,

    /// A text that is somewhere in them
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,

    /// Those alone that nobody has acknowledged
    #[arg(long)]
    unacked: bool,

    /// In which order
    #[arg(long, value_name = "ORDER", default_value = "newest")]
    sort: Sort,

    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Clone, Copy, ValueEnum)]
enum Sort {
    /// Those seen last first
    Newest,
    /// Those seen last at the end
    Oldest,
    /// Those of the highest score first
    Worst,
    /// Those seen most often first
    Most,
}

impl Alerts {
    pub(super) fn print(self, reader: &Reader) -> Result<(), Failure> {
        let mut asked = AlertsAsked::default();
        (asked.times, asked.level) = (self.when.times()?, self.level);
        (asked.what, asked.network, asked.text) = (self.what, self.host, self.search);
        asked.acknowledged = self.unacked.then_some(false);
        asked.sort = match self.sort {
            Sort::Newest => AlertSort::Newest,
            Sort::Oldest => AlertSort::Oldest,
            Sort::Worst => AlertSort::Worst,
            Sort::Most => AlertSort::Most,
        };
        let list = reader.alert_list(&asked, self.wanted.most())?;
        asked.limit = 1;
        // Counted only where it is told: there may be many.
        let more = (list.is_more && self.wanted.is_table()).then(|| reader.alerts(&asked));
        let total = more.transpose()?.map(|page| page.total);
        self.wanted.parts(&list.ids, |ids| reader.alerts_named(ids), list.unreadable, total)
    }
}

pub(super) fn level(text: &str) -> Result<Level, String> {
    let found = Level::ALL.into_iter().find(|level| level.name() == text);
    found.ok_or_else(|| "it is low, medium, high or critical".to_owned())
}

impl Row for AlertRow {
    const HEADINGS: &'static [&'static str] =
        &["Last seen", "alert", "level", "score", "times", "what", "source", "target", "seen by"];
    const WORDS: &'static [usize] = &[1, 2, 5, 6, 7, 8];
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "last",
        "first",
        "count",
        "level",
        "score",
        "what",
        "source",
        "source_port",
        "target",
        "target_port",
        "protocol",
        "service",
        "names",
        "evidence",
        "action",
        "rule",
        "acknowledged_by",
        "comments",
    ];

    fn shown(&self) -> Vec<String> {
        let alert = &self.alert;
        let peer = |peer: Option<Peer>| peer.map_or_else(|| "many".into(), |it| it.to_string());
        let seen = self.acknowledged.as_ref().map_or("", |it| it.who.as_str());
        vec![
            at(alert.nanos),
            alert.id.to_string(),
            alert.level.to_string(),
            format!("{:.0}", alert.score),
            grouped(alert.count),
            alert.what.clone(),
            peer(alert.source),
            peer(alert.target),
            seen.to_owned(),
        ]
    }

    fn cells(&self, csv: &mut Csv) {
        let alert = &self.alert;
        csv.text(&alert.id.to_string());
        csv.text(&at(alert.nanos));
        csv.text(&at(alert.first));
        csv.number(alert.count);
        csv.text(alert.level.name());
        csv.text(&alert.score.to_string());
        csv.text(&alert.what);
        end(csv, alert.source);
        end(csv, alert.target);
        csv.text(alert.protocol.as_deref().unwrap_or_default());
        csv.text(alert.service.as_deref().unwrap_or_default());
        csv.text(&alert.names.join(" "));
        csv.text(&alert.evidence.join("; "));
        csv.text(alert.action.name());
        csv.text(&alert.rule);
        csv.text(self.acknowledged.as_ref().map_or("", |it| it.who.as_str()));
        csv.number(self.comments);
    }
}

/// The two cells of an end.
pub(super) fn end(csv: &mut Csv, peer: Option<Peer>) {
    match peer {
        Some(peer) => csv.address(peer.address),
        None => csv.empty(),
    }
    match peer.and_then(|peer| peer.port) {
        Some(port) => csv.number(port),
        None => csv.empty(),
    }
}
