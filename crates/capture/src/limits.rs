//! Every limit and default of this crate, each with its reason.

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
