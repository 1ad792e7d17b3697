//! `netsift history FILE verdicts` and `netsift history FILE flows`.

use std::net::IpAddr;

use clap::Args;
use netsift::history::{FlowRow, FlowsAsked, Reader, Said};

use super::alerts::end;
use super::rows::{Row, Wanted};
use super::{When, at};
use crate::csv::Csv;
use crate::failure::Failure;
use crate::figures::{bytes, grouped};

/// Which flows.
#[derive(Args)]
pub(super) struct Flows {
    #[command(flatten)]
    when: When,

    /// The address of one of their ends
    #[arg(long, value_name = "ADDRESS")]
    host: Option<IpAddr>,

    /// The port that was called
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,

    /// The class that they are said to be of, exactly
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,

    /// How bad they are at least, from 0 to 100
    #[arg(long, value_name = "SCORE")]
    score: Option<f64>,

    #[command(flatten)]
    wanted: Wanted,
}

impl Flows {
    pub(super) fn print(self, reader: &Reader, verdicts: bool) -> Result<(), Failure> {
        let mut asked = FlowsAsked::default();
        (asked.verdicts, asked.times) = (verdicts, self.when.times()?);
        (asked.address, asked.port) = (self.host, self.port);
        (asked.class, asked.score) = (self.class, self.score);
        self.wanted.pages(|limit, after| {
            (asked.limit, asked.after) = (limit, after);
            reader.flows(&asked)
        })
    }
}

impl Row for FlowRow {
    const HEADINGS: &'static [&'static str] = &[
        "Last seen",
        "source",
        "target",
        "protocol",
        "packets",
        "bytes",
        "score",
        "class",
        "name",
    ];
    const WORDS: &'static [usize] = &[1, 2, 3, 7, 8];
    const COLUMNS: &'static [&'static str] = &[
        "last",
        "first",
        "source",
        "source_port",
        "target",
        "target_port",
        "protocol",
        "service",
        "names",
        "packets_sent",
        "bytes_sent",
        "packets_received",
        "bytes_received",
        "class",
        "probability",
        "quantile",
        "score",
        "level",
    ];

    fn shown(&self) -> Vec<String> {
        let flow = &self.flow;
        let said = flow.said.as_ref();
        let service = flow.service.as_ref().map_or_else(String::new, |it| format!(" {it}"));
        vec![
            at(flow.last),
            flow.source.to_string(),
            flow.target.to_string(),
            flow.protocol.clone() + &service,
            grouped(flow.sent.packets.saturating_add(flow.received.packets)),
            bytes(flow.sent.bytes.saturating_add(flow.received.bytes)),
            said.map_or_else(String::new, |said| format!("{:.0}", said.score)),
            said.and_then(|said| said.class.clone()).unwrap_or_default(),
            flow.names.first().cloned().unwrap_or_default(),
        ]
    }

    fn cells(&self, csv: &mut Csv) {
        let flow = &self.flow;
        csv.text(&at(flow.last));
        csv.text(&at(flow.first));
        end(csv, Some(flow.source));
        end(csv, Some(flow.target));
        csv.text(&flow.protocol);
        csv.text(flow.service.as_deref().unwrap_or_default());
        csv.text(&flow.names.join(" "));
        csv.number(flow.sent.packets);
        csv.number(flow.sent.bytes);
        csv.number(flow.received.packets);
        csv.number(flow.received.bytes);
        let nothing = Said::default();
        let said = flow.said.as_ref();
        let of = said.unwrap_or(&nothing);
        let score = said.map(|said| said.score);
        csv.text(of.class.as_deref().unwrap_or_default());
        for number in [of.probability, of.quantile, score] {
            csv.text(&number.map_or_else(String::new, |number| number.to_string()));
        }
        csv.text(of.level.map_or("", |level| level.name()));
    }
}
