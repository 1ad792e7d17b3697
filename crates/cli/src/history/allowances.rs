//! `netsift history FILE allow`, `allowances` and `disallow`: what is no alert because somebody says so.

use std::path::Path;

use clap::{ArgGroup, Args};
use netsift::detect::lists::{AllowEntry, AllowList};
use netsift::history::{Allowance, Desk, Reader};
use serde::Serialize;
use serde_json::Value;

use super::at;
use super::notes::By;
use super::rows::{Listed, Row, Wanted};
use crate::csv::Csv;
use crate::failure::{Failure, tell};
use crate::time::now;

/// What says which: one of these has to.
const SAYS: [&str; 7] = ["network", "source", "destination", "port", "protocol", "domain", "class"];

/// Allow something from now on, so that it is no alert; whoever writes this history takes it up within seconds
///
/// All that is said has to hold. It counts beside what the policy allows, until it is taken back.
#[derive(Args)]
#[command(group = ArgGroup::new("said").required(true).multiple(true).args(SAYS))]
pub(super) struct Allowing {
    /// What has one of its ends in this network, or at this address
    #[arg(long, value_name = "NETWORK")]
    network: Option<String>,

    /// What was begun in this network, or at this address
    #[arg(long, value_name = "NETWORK")]
    source: Option<String>,

    /// What is done to this network or address
    #[arg(long, value_name = "NETWORK")]
    destination: Option<String>,

    /// What is done to this port
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,

    /// Over this protocol: tcp, udp, icmp, its number
    #[arg(long, value_name = "NAME")]
    protocol: Option<String>,

    /// With this name in it, or with one below it if it begins with `*.`
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,

    /// Of this class or behaviour
    #[arg(long, value_name = "NAME")]
    class: Option<String>,

    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    comment: String,

    #[command(flatten)]
    by: By,
}

/// Print what is allowed by this history
#[derive(Args)]
pub(super) struct Allowances {
    #[command(flatten)]
    wanted: Wanted,
}

/// Take back what was allowed
#[derive(Args)]
pub(super) struct Disallow {
    /// The number of the allowance, as allowances prints it
    allowance: i64,

    #[command(flatten)]
    by: By,
}

impl Allowing {
    pub(super) fn write(self, file: &Path) -> Result<(), Failure> {
        let Self { network, source, destination, port, protocol, domain, class, comment, by } =
            self;
        let entry = AllowEntry {
            network,
            source,
            destination,
            port,
            protocol,
            domain,
            class,
            ..AllowEntry::default()
        };
        AllowList::new([entry.clone()])?;
        // Texts and a number, which all have a form in JSON.
        let text = serde_json::to_string(&entry).unwrap_or_default();
        let number = Desk::open(file)?.allow(&text, &by.name(), &comment, now().as_nanos())?;
        tell(&format!("allowance {number}: {}", said(&text)));
        Ok(())
    }
}

impl Allowances {
    pub(super) fn print(&self, reader: &Reader) -> Result<(), Failure> {
        self.wanted.print(&Listed::all(reader.allowances()?, Allowed::of))
    }
}

impl Disallow {
    pub(super) fn write(&self, file: &Path) -> Result<(), Failure> {
        match Desk::open(file)?.disallow(self.allowance, &self.by.name(), now().as_nanos())? {
            true => tell(&format!("allowance {} is taken back", self.allowance)),
            false => return Err(Failure::NoAllowance { number: self.allowance }),
        }
        Ok(())
    }
}

/// What is allowed, in words.
fn said(entry: &str) -> String {
    let parts = serde_json::from_str::<serde_json::Map<String, Value>>(entry).unwrap_or_default();
    let said = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    };
    parts.iter().map(said).collect::<Vec<_>>().join(", ")
}

/// An allowance with its entry as what it is.
#[derive(Serialize)]
struct Allowed {
    id: i64,
    since: i64,
    who: String,
    comment: String,
    entry: Value,
    #[serde(skip)]
    said: String,
}

impl Allowed {
    fn of(kept: Allowance) -> Self {
        let Allowance { id, since, who, comment, entry } = kept;
        let said = said(&entry);
        let entry = serde_json::from_str(&entry).unwrap_or(Value::String(entry));
        Self { id, since, who, comment, entry, said }
    }
}

impl Row for Allowed {
    const HEADINGS: &'static [&'static str] = &["Allowance", "since", "what", "by", "why"];
    const WORDS: &'static [usize] = &[1, 2, 3, 4];
    const COLUMNS: &'static [&'static str] = &["allowance", "since", "what", "by", "why"];

    fn shown(&self) -> Vec<String> {
        let Self { id, since, who, comment, said, .. } = self;
        vec![id.to_string(), at(*since), said.clone(), who.clone(), comment.clone()]
    }

    fn cells(&self, csv: &mut Csv) {
        self.shown().iter().for_each(|cell| csv.text(cell));
    }
}
