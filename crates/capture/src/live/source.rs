//! A live interface as a source: read, lost, waited for, stopped.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

use super::device::{Counts, Device, Shortcoming};
#[cfg(feature = "live-pcap")]
use super::libpcap::Libpcap;
use super::link::{Retry, Silence, Target};
use super::options::{Backend, LiveOptions};
use super::pnet::Pnet;
use crate::{
    Batch, BatchSource, CaptureError, Event, Fill, LiveFault, Loss, SourceStats, Stop, limits,
};

/// Slept where a device has nothing and did not wait: it shall not keep a processor busy.
const BREATH: Duration = Duration::from_millis(1);

/// Frames of an interface as they come, or of all interfaces ([`ANY`](crate::ANY)).
///
/// Whichever [`Backend`] reads them, it behaves the same: it waits for frames a moment at a time, hears a
/// [`Stop`], and where the interface goes away it says so and captures on once it is back. What the back end does not
/// tell is said by [`shortcomings`](Self::shortcomings).
///
/// ```no_run
/// use netsift_capture::{Batch, BatchSource, CaptureError, Fill, Live, LiveOptions};
///
/// # fn main() -> Result<(), CaptureError> {
/// let mut live = Live::open("eth0", LiveOptions::new().filter("tcp port 443"))?;
/// netsift_capture::drop_privileges(Some("nobody"))?;
/// let mut batch = Batch::new();
/// loop {
///     batch.clear();
///     match live.fill(&mut batch)? {
///         Fill::Ended => break,
///         Fill::Event(event) => eprintln!("{event}"),
///         _ => {}
///     }
///     println!("{} packets, {:?} dropped by the kernel", batch.len(), live.stats().kernel_drops);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Live {
    name: String,
    options: LiveOptions,
    state: State,
    /// Counts of devices that were closed.
    closed: Counts,
    stats: SourceStats,
    silence: Silence,
    shortcomings: Vec<Shortcoming>,
    failure: Option<CaptureError>,
}

enum State {
    Open { device: Box<dyn Device>, target: Target, looked: Instant },
    Lost(Retry),
    Ended,
}

impl Live {
    /// Begins to capture on an interface.
    ///
    /// # Errors
    /// If an option cannot be, there is no such interface or it is down, the process may not capture, or the filter is
    /// none.
    pub fn open(interface: &str, options: LiveOptions) -> Result<Self, CaptureError> {
        options.check()?;
        let (device, target) = open(interface, &options)?;
        let now = Instant::now();
        Ok(Self {
            name: interface.to_owned(),
            silence: Silence::new(options.silence, now),
            shortcomings: device.shortcomings().to_vec(),
            state: State::Open { device, target, looked: now },
            closed: Counts::default(),
            stats: SourceStats::default(),
            options,
            failure: None,
        })
    }

    /// The interface.
    #[must_use]
    pub fn interface(&self) -> &str {
        &self.name
    }

    /// What reads its frames.
    #[must_use]
    pub const fn backend(&self) -> Backend {
        self.options.backend
    }

    /// What is not told of its frames, or not as it should.
    #[must_use]
    pub fn shortcomings(&self) -> &[Shortcoming] {
        &self.shortcomings
    }

    /// What ends the capture, from any thread.
    #[must_use]
    pub fn stopper(&self) -> Stop {
        self.options.stop.clone()
    }

    /// Reads on; what is told of the interface, if anything is.
    fn read(&mut self, batch: &mut Batch) -> Option<Event> {
        let State::Open { device, target, looked } = &mut self.state else { return None };
        let (before, began) = ((batch.len(), batch.bytes()), Instant::now());
        let outcome = device.read(batch, self.options.patience);
        self.stats.count(batch, before);
        let now = Instant::now();
        let is_quiet = batch.len() == before.0;
        let is_due = now.saturating_duration_since(*looked) >= limits::LOOK;
        let loss = match outcome {
            Ok(()) if !is_quiet => {
                self.silence.broken(now);
                None
            }
            Ok(()) => {
                if now.saturating_duration_since(began) < BREATH {
                    self.options.stop.wait(BREATH);
                }
                if is_due { target.look() } else { None }
            }
            Err(error) => Some(target.look().unwrap_or_else(|| failed(&error))),
        };
        if is_due {
            *looked = now;
            self.count();
        }
        match loss {
            Some(loss) => self.lose(loss, now),
            None => self.silence.told(now).map(|lasting| self.silent(lasting)),
        }
    }

    fn silent(&self, lasting: Duration) -> Event {
        Event::Silent { interface: self.name.clone(), lasting }
    }

    /// The interface went away.
    #[cold]
    fn lose(&mut self, loss: Loss, now: Instant) -> Option<Event> {
        self.close(State::Lost(Retry::new(now)));
        let interface = self.name.clone();
        if self.options.reconnects {
            return Some(Event::Lost { interface, loss });
        }
        self.fail(CaptureError::Live { interface, source: LiveFault::Lost { loss } });
        None
    }

    /// Waits a moment for an interface that went away, and tries it when its time has come.
    #[cold]
    fn wait_for_it(&mut self) -> Option<Event> {
        let State::Lost(retry) = &mut self.state else { return None };
        let left = retry.left(Instant::now());
        if !left.is_zero() {
            self.options.stop.wait(left.min(self.options.patience));
            return None;
        }
        match open(&self.name, &self.options) {
            Ok((device, target)) => {
                let (now, lost) = (Instant::now(), retry.lost);
                self.shortcomings = device.shortcomings().to_vec();
                self.state = State::Open { device, target, looked: now };
                self.silence.broken(now);
                self.stats.reconnects += 1;
                let after = now.saturating_duration_since(lost);
                Some(Event::Back { interface: self.name.clone(), after })
            }
            Err(error) if heals(&error) => {
                retry.failed(Instant::now());
                None
            }
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn fail(&mut self, error: CaptureError) {
        self.failure = Some(error);
        self.close(State::Ended);
    }

    /// Closes the device, whose counts stay.
    fn close(&mut self, next: State) {
        self.count();
        if let State::Open { device, .. } = &mut self.state {
            self.closed = self.closed.plus(device.counts());
        }
        self.state = next;
    }

    fn count(&mut self) {
        let open = match &mut self.state {
            State::Open { device, .. } => device.counts(),
            State::Lost(_) | State::Ended => Counts::default(),
        };
        let Counts { cut, filtered, kernel_drops, interface_drops } = self.closed.plus(open);
        self.stats = SourceStats { cut, filtered, kernel_drops, interface_drops, ..self.stats };
    }
}

impl BatchSource for Live {
    type Error = CaptureError;

    /// Waits as long as [`LiveOptions::patience`] says. Drops are counted anew twice a second, and at the end.
    fn fill(&mut self, batch: &mut Batch) -> Result<Fill, CaptureError> {
        if self.options.stop.is_asked() {
            self.close(State::Ended);
        }
        let before = batch.len();
        let event = match self.state {
            State::Open { .. } => self.read(batch),
            State::Lost(_) => self.wait_for_it(),
            State::Ended if self.failure.is_none() => return Ok(Fill::Ended),
            State::Ended => None,
        };
        match self.failure.take_if(|_| batch.len() == before) {
            Some(failure) => Err(failure),
            None => Ok(event.map_or(Fill::More, Fill::Event)),
        }
    }

    fn stats(&self) -> SourceStats {
        self.stats
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("interface", &self.name)
            .field("backend", &self.options.backend)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

fn open(name: &str, options: &LiveOptions) -> Result<(Box<dyn Device>, Target), CaptureError> {
    let target = Target::find(name)?;
    let device = match options.backend {
        Backend::Pnet => Pnet::open(&target, options).map(|pnet| Box::new(pnet) as Box<dyn Device>),
        #[cfg(feature = "live-pcap")]
        Backend::Libpcap => {
            Libpcap::open(&target, options).map(|libpcap| Box::new(libpcap) as Box<dyn Device>)
        }
        #[cfg(not(feature = "live-pcap"))]
        backend @ Backend::Libpcap => Err(LiveFault::NotBuilt { backend }),
    };
    let live = |source| CaptureError::Live { interface: name.to_owned(), source };
    device.map(|device| (device, target)).map_err(live)
}

fn failed(error: &io::Error) -> Loss {
    Loss::Failed { said: error.to_string() }
}

/// Whether an interface that could not be opened may be there later. A permission does not come back.
fn heals(error: &CaptureError) -> bool {
    use LiveFault::{Down, NoSuchInterface, Open};
    match error {
        CaptureError::Live { source, .. } => {
            matches!(source, NoSuchInterface { .. } | Down { .. } | Open { .. })
        }
        CaptureError::Interfaces { .. } => true,
        _ => false,
    }
}
