//! Every limit and default of lists, each with its reason.

/// The longest line. Rows of abuse.ch's tables hold addresses of web pages, which browsers send up to 64 KiB long.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024;

/// How many entries a list may have: several times the largest public ones (about a million networks or names), and
/// 400 MB of IPv6 networks.
pub(super) const MAX_ENTRIES: usize = 5_000_000;

/// The most that [`MAX_ENTRIES`] may be raised to: numbers of entries have 31 bits, and pieces between them are twice as
/// many.
pub(super) const MAX_MAX_ENTRIES: u64 = 1_000_000_000;

/// How many bytes of a list are read: names of [`MAX_ENTRIES`] entries are a fifth of it as they come.
pub(super) const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The most that [`MAX_BYTES`] may be raised to: places of names, and numbers of lines, have 32 bits.
pub(super) const MAX_MAX_BYTES: u64 = u32::MAX as u64;

/// The shortest prefix of an IPv4 network: registries get a /8, and nobody gets more. What is broader is damage.
pub(super) const BROADEST_V4: u8 = 8;

/// The shortest prefix of an IPv6 network: registries get a /12, and the largest providers a /19.
pub(super) const BROADEST_V6: u8 = 16;

/// The longest name of a domain, in print and without the dot at its end (RFC 1035, 2.3.4).
pub(super) const MAX_NAME: usize = 253;

/// The longest label of a name (RFC 1035, 2.3.4).
pub(super) const MAX_LABEL: usize = 63;

/// Of how many lines of each defect a report tells.
pub(super) const MAX_PLACES: usize = 3;

/// How many columns of a table are looked at: the widest known has fifteen.
pub(super) const MAX_COLUMNS: usize = 256;

/// How many entries an allow-list of rules may have. Each is looked at in turn, a few nanoseconds each; for more there
/// are lists of networks and names.
pub(super) const MAX_ALLOW_ENTRIES: usize = 4_096;

/// How many hosts are counted for each that is wanted of the busiest: one that has a tenth of what the least of a
/// thousand wanted ones has cannot push it out.
pub(super) const COUNTERS_A_TALKER: usize = 10;

/// How many of the busiest hosts may be wanted: beyond this they are not few.
pub(super) const MAX_TALKERS: usize = 100_000;
