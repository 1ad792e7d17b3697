//! Every limit and default of this crate, each with its reason.

use std::time::Duration;

/// How much is read at a time, and how much of a capture is in memory.
///
/// A quarter of a common level-2 cache: large enough that the system call vanishes in the copy, small
/// enough that the frames are still in cache when they are parsed.
pub(crate) const BUFFER_LEN: usize = 256 * 1024;

/// The least buffer: less than a page only adds system calls.
pub(crate) const MIN_BUFFER_LEN: usize = 4 * 1024;

/// The longest packet record or block.
///
/// libpcap's greatest snap length is 262,144; super-packets (512 KiB) and USB transfers go beyond it.
/// A length above this is a broken or lying file, and holding it back keeps memory bounded.
pub(crate) const MAX_RECORD_LEN: u32 = 16 * 1024 * 1024;

/// The largest value that the cap on records may be set to: a buffer of twice this size must be
/// possible on a 32-bit machine.
pub(crate) const MAX_MAX_RECORD_LEN: u32 = 1 << 30;

/// How many times its compressed size a gzip capture may expand to, once past [`EXPANSION_FLOOR`].
///
/// Every packet brings a time and checksums of its own, so even all-zero payloads deflate to no less
/// than 1/70 (frames of 1,500 bytes) or 1/580 (segments of 64 KiB). Plain zeros deflate to 1/1030.
pub(crate) const MAX_GZIP_EXPANSION: u32 = 800;

/// The same for zstd, which brings such segments to 1/2800 and plain zeros to 1/30000.
pub(crate) const MAX_ZSTD_EXPANSION: u32 = 4_000;

/// Below this many expanded bytes no ratio is refused: so little harms nobody, and the start of a
/// stream says little about its rest.
pub(crate) const EXPANSION_FLOOR: u64 = 64 * 1024 * 1024;

/// How much compressed input is read at a time.
#[cfg(any(feature = "gzip", feature = "zstd"))]
pub(crate) const COMPRESSED_BUFFER_LEN: usize = 64 * 1024;

/// The largest zstd window, as a power of two: 128 MiB is what `zstd` itself accepts without `--long`.
#[cfg(feature = "zstd")]
pub(crate) const ZSTD_WINDOW_LOG: u32 = 27;

/// Interfaces a pcapng section may describe: every one takes memory until the section ends, and no
/// machine has so many.
pub(crate) const MAX_INTERFACES: usize = 65_536;

/// Captures that a set holds open at once: well below the usual 1,024 descriptors of a process, and
/// 64 MiB of buffers.
pub(crate) const MAX_OPEN: usize = 256;

/// What a set reads of a capture to learn its first time.
pub(crate) const PEEK_LEN: usize = 16 * 1024;

/// Snap length of written captures: libpcap's greatest, so that every reader accepts them.
pub(crate) const SNAP_LEN: u32 = 262_144;

/// How much the writer collects before it writes.
pub(crate) const WRITE_BUFFER_LEN: usize = 256 * 1024;

/// Frames of a full batch: enough that handing it on costs nothing a frame, few enough that a frame of a busy
/// interface waits a few milliseconds at most.
pub(crate) const BATCH_FRAMES: usize = 1_024;

/// Captured bytes of a full batch, for the reason that a reader's buffer is as large.
pub(crate) const BATCH_LEN: usize = 256 * 1024;

/// What a cleared batch keeps: a full one and one super-packet more.
pub(crate) const BATCH_KEPT_LEN: usize = BATCH_LEN + 512 * 1024;

/// Batches that wait in a queue, half of them only if they are full: 32,768 frames or more, a sixth of a second at
/// 200,000 a second, and with the batches in use not more than 50 MiB.
pub(crate) const QUEUE_BATCHES: usize = 64;

/// The largest value that the number of waiting batches may be set to: of usual frames, more than a gigabyte.
pub(crate) const MAX_QUEUE_BATCHES: usize = 4_096;

/// How long a source waits for a frame before it says that there is nothing: ten ticks a second are enough to
/// stop and to count, and cost nothing.
pub(crate) const PATIENCE: Duration = Duration::from_millis(100);

/// The longest patience: a source that cannot be stopped for longer seems to hang.
pub(crate) const MAX_PATIENCE: Duration = Duration::from_secs(60);

/// How far times may go back in a replay before it counts as another recording: several cards and threads of one
/// capture differ by less.
pub(crate) const DISORDER: Duration = Duration::from_secs(1);

/// The longest gap of a recording that a replay waits for: beyond an hour it is two recordings in one file, or a
/// clock that was set.
pub(crate) const MAX_GAP: Duration = Duration::from_secs(3_600);

/// Events that wait for room in a full queue. They come seconds apart, so more of them wait only behind a program
/// that hangs.
pub(crate) const QUEUE_EVENTS: usize = 16;

/// What the kernel keeps of an interface until it is read: several of the pauses that a busy machine makes.
#[cfg(feature = "live")]
pub(crate) const KERNEL_BUFFER_LEN: u32 = 32 * 1024 * 1024;

/// The least of it: one super-packet.
#[cfg(feature = "live")]
pub(crate) const MIN_KERNEL_BUFFER_LEN: u32 = 64 * 1024;

/// The most of it: the kernel takes a signed number of 32 bits and doubles it.
#[cfg(feature = "live")]
pub(crate) const MAX_KERNEL_BUFFER_LEN: u32 = 1 << 29;

/// The longest snap length of an interface, and what is read of a frame at most: twice the longest that the kernel
/// puts together (512 KiB, with large frames allowed). Memory that no frame fills is never touched.
#[cfg(feature = "live")]
pub(crate) const MAX_LIVE_SNAP_LEN: u32 = 1024 * 1024;

/// How long libpcap lets the kernel collect frames before it hands them over: a hundred times a second costs
/// nothing, and a hundredth of a second is no delay to an alert.
#[cfg(feature = "live-pcap")]
pub(crate) const HAND_OVER_MILLIS: i32 = 10;

/// After how long an interface without a packet is worth a word.
#[cfg(feature = "live")]
pub(crate) const SILENCE: Duration = Duration::from_secs(10);

/// How often a quiet interface is looked at: whether it is there, up and the same.
#[cfg(feature = "live")]
pub(crate) const LOOK: Duration = Duration::from_millis(500);

/// How long is waited before an interface that was lost is tried again, at first.
#[cfg(feature = "live")]
pub(crate) const FIRST_RETRY: Duration = Duration::from_millis(100);

/// The longest such wait; each is twice the one before. A look costs microseconds, a packet missed is gone.
#[cfg(feature = "live")]
pub(crate) const LAST_RETRY: Duration = Duration::from_secs(2);

/// How long is waited for what an interface brought before it was lost: libpcap's kernel hands it over in half of that.
#[cfg(feature = "live")]
pub(crate) const LAST_WORDS: Duration = Duration::from_millis(20);
