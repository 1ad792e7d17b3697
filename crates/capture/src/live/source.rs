//! A live interface as a source: read, lost, waited for, stopped.

use std::fmt;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::device::{Counts, Device};
#[cfg(feature = "live-pcap")]
use super::libpcap::Libpcap;
use super::link::{Retry, Silence, Target};
use super::options::{Backend, LiveOptions};
use super::pnet::Pnet;
use crate::{
    Batch, BatchSource, CaptureError, Event, Fill, LiveFault, Loss, Shortcoming, SourceStats, Stop,
    limits,
};

/// Slept where a device has nothing and did not wait: it shall not keep a processor busy.
const BREATH: Duration = Duration::from_millis(1);
/// Of a frame that a filter refused, the kernel kept this at least: nobody has asked how long it was.
const LEAST_KEPT: u64 = 64;

/// Frames of an interface as they come, or of all interfaces ([`ANY`](crate::ANY)).
///
/// Whichever [`Backend`] reads them, it behaves the same: it waits for frames a moment at a time, hears a
/// [`Stop`], and where the interface goes away it says so and captures on once it is back. What the back end does not
/// tell is said by [`shortcomings`](Self::shortcomings). Stopped, it hands over what the kernel holds by then, and ends.
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
///         Fill::More => {} // a tick, if the batch is empty
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
    /// Once it is stopped: how many bytes of what the kernel held may be unread yet.
    unread: Option<u64>,
}

enum State {
    Open(Open),
    Lost(Retry),
    Ended,
}

struct Open {
    device: Box<dyn Device>,
    target: Target,
    /// When the interface was looked at last.
    looked: Instant,
    /// What became of it, while what came before is still read.
    loss: Option<Loss>,
}

impl Open {
    fn new(name: &str, options: &LiveOptions) -> Result<Self, CaptureError> {
        let (device, target) = open(name, options)?;
        Ok(Self { device, target, looked: Instant::now(), loss: None })
    }

    /// Reads on, or what is left behind a loss; what became of the interface, once there is nothing more.
    fn read(&mut self, batch: &mut Batch, options: &LiveOptions) -> Option<Loss> {
        let (before, began) = (batch.len(), Instant::now());
        let patience = if self.loss.is_some() { limits::LAST_WORDS } else { options.patience };
        let outcome = self.device.read(batch, patience);
        let is_quiet = batch.len() == before;
        match outcome {
            Ok(()) if !is_quiet => {
                // What could not be read and can be read again was not lost.
                self.loss.take_if(|loss| matches!(loss, Loss::Failed { .. }));
                None
            }
            Ok(()) => {
                if began.elapsed() < BREATH {
                    options.stop.wait(BREATH);
                }
                let is_due = self.looked.elapsed() >= limits::LOOK;
                self.loss.take().or_else(|| if is_due { self.target.look() } else { None })
            }
            Err(_) if self.loss.is_some() && is_quiet => self.loss.take(),
            Err(error) => {
                self.loss = self.target.look().or_else(|| Some(failed(&error)));
                None
            }
        }
    }
}

impl Live {
    /// Begins to capture on an interface.
    ///
    /// # Errors
    /// If an option cannot be, there is no such interface or it is down, the process may not capture, or the filter is
    /// none.
    pub fn open(interface: &str, options: LiveOptions) -> Result<Self, CaptureError> {
        options.check()?;
        let open = Open::new(interface, &options)?;
        Ok(Self {
            name: interface.to_owned(),
            silence: Silence::new(options.silence, open.looked),
            shortcomings: open.device.shortcomings().to_vec(),
            state: State::Open(open),
            closed: Counts::default(),
            stats: SourceStats::default(),
            options,
            failure: None,
            unread: None,
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
        let State::Open(open) = &mut self.state else { return None };
        let before = (batch.len(), batch.bytes());
        let loss = open.read(batch, &self.options);
        let now = Instant::now();
        let is_due = now.saturating_duration_since(open.looked) >= limits::LOOK;
        if is_due {
            open.looked = now;
        }
        self.stats.count(batch, before);
        if is_due {
            self.count();
        }
        if batch.len() > before.0 {
            self.silence.broken(now);
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
        match Open::new(&self.name, &self.options) {
            Ok(open) => {
                let after = open.looked.saturating_duration_since(retry.lost);
                let shortcomings = self.changed(open.device.shortcomings());
                self.silence.broken(open.looked);
                self.stats.reconnects += 1;
                self.state = State::Open(open);
                Some(Event::Back { interface: self.name.clone(), after, shortcomings })
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

    /// Takes note of what the device does not tell now; what of it was told before.
    fn changed(&mut self, now: &[Shortcoming]) -> Vec<Shortcoming> {
        let before = std::mem::replace(&mut self.shortcomings, now.to_vec());
        now.iter().filter(|it| !before.contains(it)).copied().collect()
    }

    /// Stopped: reads what the kernel holds, until that is all, or as much as it could hold, since more may go on coming.
    #[cold]
    fn read_last(&mut self, batch: &mut Batch) -> Fill {
        let before = (batch.len(), batch.bytes());
        if let State::Open(open) = &mut self.state {
            let unread = self.unread.get_or_insert_with(|| {
                // The kernel hands the latest over a moment late.
                thread::sleep(limits::LAST_WORDS);
                self.options.buffer_len.into()
            });
            // What fails now is not waited for, and the end is what was asked for.
            let refused = open.device.counts().filtered;
            let outcome = open.device.read(batch, Duration::ZERO);
            self.stats.count(batch, before);
            // Behind a thousand that the filter refuses there may be one that it takes.
            let refused = open.device.counts().filtered - refused;
            let read = (batch.bytes() - before.1) as u64 + refused * LEAST_KEPT;
            *unread = unread.saturating_sub(read);
            if outcome.is_ok() && read > 0 && *unread > 0 {
                return Fill::More;
            }
        }
        self.close(State::Ended);
        Fill::Ended
    }

    fn fail(&mut self, error: CaptureError) {
        self.failure = Some(error);
        self.close(State::Ended);
    }

    /// Closes the device, whose counts stay.
    fn close(&mut self, next: State) {
        if let State::Open(open) = &mut self.state {
            self.closed = self.closed.plus(open.device.counts());
        }
        self.state = next;
        self.count();
    }

    fn count(&mut self) {
        let open = match &mut self.state {
            State::Open(open) => open.device.counts(),
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
        if self.options.stop.is_asked() && self.failure.is_none() {
            return Ok(self.read_last(batch));
        }
        let before = batch.len();
        let event = match self.state {
            State::Open(_) => self.read(batch),
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
