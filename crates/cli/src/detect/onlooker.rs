//! Who looks on while packets are judged: a page.

use netsift::capture::{QueueDepth, SourceStats};
use netsift::detect::{Control, Counts, Verdict};
use netsift::watch::{Notice, Watch};

use crate::failure::Failure;
use crate::interrupt::Interrupt;

/// Who looks on. Nothing is to wait for it: what it is told of costs it a lock at most.
pub(crate) trait Onlooker: Send + Sync {
    /// All is open, and packets are about to come.
    fn begins(&self, watch: &Watch, path: &Control) -> Result<(), Failure>;

    /// Something goes wrong, or well again.
    fn notice(&self, notice: &Notice<'_>);

    /// Something is said of a flow or of a host.
    fn verdict(&self, verdict: &Verdict);

    /// How it goes, some times a second, and once when it has ended.
    fn goes(&self, counts: &Counts, stats: &SourceStats, queue: QueueDepth);

    /// All is told and written: it may look on until the run is interrupted.
    fn stays(&self, interrupt: &Interrupt);
}
