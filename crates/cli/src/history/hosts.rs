//! `netsift history FILE hosts`.

use std::net::IpAddr;

use clap::Args;
use netsift::history::{HostScore, MOST_ROWS, Reader};

use super::rows::{Row, Wanted};
use super::{When, at};
use crate::csv::Csv;
use crate::failure::Failure;

/// Print the worst hosts, or the scores of one over time
#[derive(Args)]
pub(super) struct Hosts {
    #[command(flatten)]
    when: When,

    /// The scores of this host, one a minute [default: of all hosts the highest]
    #[arg(long, value_name = "ADDRESS")]
    host: Option<IpAddr>,

    #[command(flatten)]
    wanted: Wanted,
}

impl Hosts {
    pub(super) fn print(&self, reader: &Reader) -> Result<(), Failure> {
        let (times, most) = (self.when.times()?, self.wanted.most().min(MOST_ROWS));
        let scores = match self.host {
            Some(address) => reader.host_scores(address, times, most)?,
            None => reader.worst_hosts(times, most)?,
        };
        self.wanted.print(&scores)
    }
}

impl Row for HostScore {
    const HEADINGS: &'static [&'static str] = &["Host", "score", "when"];
    const WORDS: &'static [usize] = &[2];
    const COLUMNS: &'static [&'static str] = &["host", "score", "when"];

    fn shown(&self) -> Vec<String> {
        vec![self.address.to_string(), format!("{:.0}", self.score), at(self.nanos)]
    }

    fn cells(&self, csv: &mut Csv) {
        csv.address(self.address);
        csv.text(&self.score.to_string());
        csv.text(&at(self.nanos));
    }
}
