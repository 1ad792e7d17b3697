//! `netsift history FILE show`, `ack`, `unack` and `comment`: one alert, and what people say of it.

use std::path::Path;

use clap::Args;
use netsift::alert::{AlertId, Peer, Silence};
use netsift::history::{AlertRow, Desk, Reader};

use super::{at, rows, silences};
use crate::failure::{Failure, tell};
use crate::terminal::printable;
use crate::time::now;

/// Who it is where nobody says so and the system does not either.
const SOMEBODY: &str = "somebody";

/// Print all of an alert, and what was said of it
#[derive(Args)]
pub(super) struct Show {
    /// The name of the alert, as alerts prints it
    alert: AlertId,
}

/// Note that somebody has seen an alert; with --for, it is not told again for a while
#[derive(Args)]
pub(super) struct Ack {
    /// The name of the alert, as alerts prints it
    alert: AlertId,

    /// What to say of it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,

    /// Do not tell it again for so long (30m, 8h, 2d), unless it gets worse
    #[arg(long = "for", value_name = "TIME", value_parser = silences::duration)]
    lasts: Option<i64>,

    #[command(flatten)]
    by: By,
}

/// Note that nobody has seen an alert, after all
#[derive(Args)]
pub(super) struct Unack {
    /// The name of the alert, as alerts prints it
    alert: AlertId,

    #[command(flatten)]
    by: By,
}

/// Say something of an alert
#[derive(Args)]
pub(super) struct Comment {
    /// The name of the alert, as alerts prints it
    alert: AlertId,

    /// What to say of it
    text: String,

    #[command(flatten)]
    by: By,
}

#[derive(Args)]
pub(super) struct By {
    /// Who says so [default: the user]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl Show {
    pub(super) fn print(&self, reader: &Reader) -> Result<(), Failure> {
        let row = reader.alert(self.alert)?;
        let mut lines = lines(&row);
        for comment in reader.comments(self.alert)? {
            lines.push(format!("{} {}: {}", at(comment.nanos), comment.who, comment.text));
        }
        // What attackers wrote must not move the terminal.
        let lines = lines.iter().map(|line| printable(line).into_owned() + "\n");
        rows::print(&lines.collect::<String>())
    }
}

fn lines(row: &AlertRow) -> Vec<String> {
    let alert = &row.alert;
    let peer = |peer: Option<Peer>| peer.map_or_else(|| "many".into(), |it| it.to_string());
    let mut lines = vec![
        format!("{} {}, score {:.1}: {}", alert.id, alert.level, alert.score, alert.what),
        format!("    {} -> {}", peer(alert.source), peer(alert.target)),
        format!("    {} times from {} to {}", alert.count, at(alert.first), at(alert.nanos)),
        format!("    {}: {}", alert.action, alert.rule),
    ];
    let spoken = [&alert.protocol, &alert.service].into_iter().flatten().cloned();
    let names = alert.names.iter().map(|name| format!("name {name}"));
    let said = |of: &str, says: &str, risk: f64| format!("{of} {says}: {:.0} %", risk * 100.0);
    let terms = alert.terms.iter().map(|term| said(&term.of, &term.says, term.risk));
    let packets = alert.packets.iter().map(|file| format!("packets in {file}"));
    let listed = alert.evidence.iter().chain(&alert.reasons).cloned();
    let all = spoken.chain(listed).chain(names).chain(terms).chain(packets);
    lines.extend(all.map(|line| format!("    {line}")));
    if let Some(seen) = &row.acknowledged {
        lines.push(format!("{} {} has seen it", at(seen.nanos), seen.who));
    }
    lines
}

impl Ack {
    pub(super) fn write(&self, file: &Path) -> Result<(), Failure> {
        let (mut desk, who, now) = (Desk::open(file)?, self.by.name(), now().as_nanos());
        desk.acknowledge(self.alert, &who, now)?;
        if let Some(text) = &self.comment {
            desk.comment(self.alert, &who, text, now)?;
        }
        tell(&format!("{who} has seen alert {}", self.alert));
        let Some(lasts) = self.lasts else { return Ok(()) };
        let alert = Reader::open(file)?.alert(self.alert)?.alert;
        let silence = Silence::acknowledging(&alert, &who, now.saturating_add(lasts));
        silences::keep(&mut desk, &silence, now)
    }
}

impl Unack {
    pub(super) fn write(&self, file: &Path) -> Result<(), Failure> {
        Desk::open(file)?.take_back(self.alert, &self.by.name(), now().as_nanos())?;
        tell(&format!("nobody has seen alert {}", self.alert));
        Ok(())
    }
}

impl Comment {
    pub(super) fn write(&self, file: &Path) -> Result<(), Failure> {
        Desk::open(file)?.comment(self.alert, &self.by.name(), &self.text, now().as_nanos())?;
        Ok(())
    }
}

impl By {
    pub(super) fn name(&self) -> String {
        let user = || ["USER", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
        self.by.clone().or_else(user).unwrap_or_else(|| SOMEBODY.into())
    }
}
