//! The packets behind alerts, saved as captures.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use foldhash::quality::FixedState;
use netsift::alert::{Alert, AlertId};
use netsift::detect::ring::{Kept, Ring};
use netsift::detect::{About, PathBuilder, Verdict};
use netsift::packets::{PacketFolder, Saved};
use netsift::watch as config;

use crate::failure::{Failure, tell};

/// Room for captures where nothing else is said, in MiB: a storm of alerts must not fill a disk.
const ROOM: u64 = 1_024;
/// The most that can be asked for, in MiB: a ring in memory, and captures on a disk.
const MOST_RING: u64 = 1 << 16;
const MOST_ROOM: u64 = 1 << 24;
/// Live, saving takes one part in so many of the time, and at most so long at once: whoever tells alerts must keep up with
/// those that come.
const SHARE: u32 = 10;
const AT_ONCE: Duration = Duration::from_millis(200);

/// Flows that go on are remembered, so many at most; of others the file holds what had come when they were told.
const MOST_EARLY: usize = 1 << 17;

/// Whether and where packets are to be saved.
#[derive(Args)]
#[command(next_help_heading = "Packets")]
pub(crate) struct Saving {
    /// Save the packets behind each alert in this folder, in a capture that is named by the alert's id
    #[arg(long, value_name = "DIR")]
    pub(crate) save_packets: Option<PathBuf>,

    /// How many MiB of the last packets are kept for that [default: 64]
    #[arg(long, value_name = "MIB", requires = "save_packets", value_parser = clap::value_parser!(u64).range(1..=MOST_RING))]
    ring: Option<u64>,

    /// How many MiB saved captures may take in that folder, those of earlier runs included; then what is there stays, and
    /// nothing more is saved [default: 1024]
    #[arg(long, value_name = "MIB", requires = "save_packets", value_parser = clap::value_parser!(u64).range(1..=MOST_ROOM))]
    saved_mib: Option<u64>,
}

/// How many alerts have saved packets, and why others have none.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) saved: u64,
    /// Of those, from how many some had left the ring.
    pub(super) partly: u64,
    pub(super) gone: u64,
    pub(super) no_room: u64,
    pub(super) no_time: u64,
    pub(super) failed: u64,
}

/// Saves packets where they can be. A clone saves to the same place.
#[derive(Clone)]
pub(super) struct Saver {
    ring: Ring,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    /// Nothing if it cannot be written to, which has been told.
    folder: Option<PacketFolder>,
    counts: Counts,
    /// Of what is live.
    budget: Option<Budget>,
    is_told: bool,
    /// Flows that went on when they were told, with the name that they were told under.
    early: HashMap<u64, AlertId, FixedState>,
}

/// How long saving may take.
struct Budget {
    spent: Duration,
    /// Until when of it came back.
    until: Instant,
}

impl Saving {
    /// What a configuration says where this says nothing.
    pub(super) fn or(&mut self, config: Option<&config::Packets>) -> Result<(), Failure> {
        let Some(config) = config else { return Ok(()) };
        self.save_packets = self.save_packets.take().or_else(|| Some(config.folder.clone()));
        self.ring = self.ring.or(within(config.ring_mib, MOST_RING, "MiB", "packets.ring_mib")?);
        self.saved_mib =
            self.saved_mib.or(within(config.saved_mib, MOST_ROOM, "MiB", "packets.saved_mib")?);
        Ok(())
    }

    /// All of it, as a configuration says it.
    #[cfg(feature = "dashboard")]
    pub(crate) fn said(&self) -> Option<config::Packets> {
        let mut said = config::Packets::new(self.save_packets.as_ref()?);
        (said.ring_mib, said.saved_mib) = (self.ring, self.saved_mib);
        Some(said)
    }

    /// What is wrong with what a configuration says.
    pub(super) fn troubles(config: Option<&config::Packets>) -> Vec<(String, Failure)> {
        let found = config.into_iter().flat_map(|config| {
            [
                ("ring_mib", within(config.ring_mib, MOST_RING, "MiB", "packets.ring_mib")),
                ("saved_mib", within(config.saved_mib, MOST_ROOM, "MiB", "packets.saved_mib")),
            ]
        });
        found.filter_map(|(name, read)| Some((format!("packets.{name}"), read.err()?))).collect()
    }

    /// What saves packets, if they are to be saved.
    pub(super) fn saver(&self, is_live: bool) -> Result<Option<Saver>, Failure> {
        let Some(path) = &self.save_packets else { return Ok(None) };
        let ring = Ring::new(
            self.ring.map_or(Ring::BYTES, |mib| usize::try_from(mib << 20).unwrap_or(usize::MAX)),
        )?;
        let budget = is_live.then(Budget::new);
        let mut open = Open { budget, ..Open::default() };
        match PacketFolder::open(path, self.saved_mib.unwrap_or(ROOM) << 20) {
            Ok(folder) => open.folder = Some(folder),
            Err(error) => open.tell(&format!("{}: {error}", path.display())),
        }
        Ok(Some(Saver { ring, open: Arc::new(Mutex::new(open)) }))
    }
}

/// A number as the command line takes it.
pub(super) fn within<N: Copy + Into<u64>>(
    asked: Option<N>,
    most: u64,
    unit: &str,
    setting: &'static str,
) -> Result<Option<N>, Failure> {
    match asked.filter(|asked| !(1..=most).contains(&(*asked).into())) {
        None => Ok(asked),
        Some(_) => Err(Failure::Configured { setting, rule: format!("from 1 to {most} {unit}") }),
    }
}

impl Saver {
    /// Has the path keep its packets.
    pub(super) fn kept(&self, builder: PathBuilder) -> PathBuilder {
        builder.ring(self.ring.clone())
    }

    /// The alert with the name of the file that its packets are in, if they could be saved.
    ///
    /// What was told of a flow that went on is saved again at its end, with all that came since, be it told again or not.
    pub(super) fn told(&self, verdict: &Verdict, alert: Option<&Alert>) -> Option<Alert> {
        let mut open = self.lock();
        let before = open.before(verdict, alert);
        let mut alert = alert.cloned();
        if alert.is_none() && before.is_none() {
            return None;
        }
        let is_saved = open.within_budget(|open| {
            // A storm that has filled the folder is not to cost more than its alerts.
            let kept = if open.is_full() { Kept::default() } else { self.ring.behind(verdict) };
            open.save(&kept, before, alert.as_mut());
        });
        open.counts.no_time += u64::from(!is_saved && alert.is_some());
        alert
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Under which name the packets of a flow were saved while it went on, if it is over; remembers it if it goes on.
    fn before(&mut self, verdict: &Verdict, alert: Option<&Alert>) -> Option<AlertId> {
        let About::Flow(flow) = &verdict.about else { return None };
        match alert {
            Some(alert) if flow.goes_on() && self.early.len() < MOST_EARLY => {
                self.early.insert(flow.id(), alert.id);
                None
            }
            // Of most flows nothing was told before.
            _ if flow.goes_on() || self.early.is_empty() => None,
            _ => self.early.remove(&flow.id()),
        }
    }

    /// Whether there was time for it.
    fn within_budget(&mut self, save: impl FnOnce(&mut Self)) -> bool {
        let began = Instant::now();
        if self.budget.as_mut().is_some_and(|budget| !budget.has_some(began)) {
            return false;
        }
        save(self);
        if let Some(budget) = &mut self.budget {
            budget.spent += began.elapsed();
        }
        true
    }

    fn save(&mut self, kept: &Kept, before: Option<AlertId>, alert: Option<&mut Alert>) {
        let id = alert.as_ref().map(|alert| alert.id);
        if let Some(before) = before.filter(|&before| id != Some(before)) {
            self.write(before, kept);
        }
        let Some(alert) = alert else { return };
        let Some(saved) = self.write(alert.id, kept) else { return };
        let is_full = self.is_full();
        let counts = &mut self.counts;
        match saved {
            Saved::Written { unwritten, .. } => {
                counts.saved += 1;
                counts.partly += u64::from(kept.missing().is_some());
                alert.evidence.extend(shortfalls(unwritten, kept));
            }
            // What it lacks was told when it was written.
            Saved::Before => counts.saved += 1,
            Saved::Nothing if !is_full => counts.gone += 1,
            _ => counts.no_room += 1,
        }
        if let Saved::Written { .. } | Saved::Before = saved {
            alert.packets = Some(PacketFolder::name(alert.id));
        }
    }

    fn is_full(&self) -> bool {
        self.folder.as_ref().is_some_and(PacketFolder::is_full)
    }

    /// What became of it; nothing if it could not be written.
    fn write(&mut self, id: AlertId, kept: &Kept) -> Option<Saved> {
        let saved = self.folder.as_mut().map(|folder| folder.save(id, kept));
        if !matches!(saved, Some(Ok(_))) {
            self.counts.failed += 1;
        }
        if let Some(Err(error)) = &saved {
            let cause = std::error::Error::source(error).map(|cause| format!(": {cause}"));
            self.tell(&format!("{error}{}", cause.unwrap_or_default()));
        }
        saved?.ok()
    }

    /// Says what is in the way, once: it is in the way of every alert.
    fn tell(&mut self, what: &str) {
        if !std::mem::replace(&mut self.is_told, true) {
            tell(&format!("packets cannot be saved: {what}; detection goes on"));
        }
    }
}

/// What the file lacks of what there was.
fn shortfalls(unwritten: u64, kept: &Kept) -> impl Iterator<Item = String> {
    let missing = kept.missing().map(|missing| missing.to_string());
    let timeless = format!("{unwritten} packets have times that captures cannot hold");
    let unwritten = Some(timeless).filter(|_| unwritten > 0);
    missing.into_iter().chain(unwritten).map(|what| format!("saved packets: {what}"))
}

impl Budget {
    fn new() -> Self {
        Self { spent: Duration::ZERO, until: Instant::now() }
    }

    /// Whether some is left.
    fn has_some(&mut self, now: Instant) -> bool {
        let since = now.saturating_duration_since(self.until);
        (self.spent, self.until) = (self.spent.saturating_sub(since / SHARE), now);
        self.spent < AT_ONCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saving_takes_a_tenth_of_the_time_and_nothing_is_saved_up() {
        let mut budget = Budget::new();
        let start = budget.until;
        let mut after = |seconds: f64, spends: f64| {
            let has = budget.has_some(start + Duration::from_secs_f64(seconds));
            budget.spent += Duration::from_secs_f64(if has { spends } else { 0.0 });
            has
        };
        assert!(after(100.0, 0.1));
        assert!(after(100.0, 0.15));
        assert!(!after(100.4, 0.1));
        assert!(after(100.6, 0.1));
        assert!(!after(100.6, 0.1));
        // Silence brings no more than what is allowed at once.
        assert!(after(10_000.0, 0.25));
        assert!(!after(10_000.0, 0.1));
    }
}
