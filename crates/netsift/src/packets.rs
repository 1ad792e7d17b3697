//! The packets behind alerts as captures: what [`detect`](crate::detect) has kept, written by [`capture`](crate::capture).
//!
//! ```
//! use netsift::detect::{PathBuilder, ring::Ring};
//! use netsift::packets::PacketFolder;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let place = std::env::temp_dir().join(format!("netsift-packets-{}", std::process::id()));
//! let (ring, mut folder) = (Ring::new(Ring::BYTES)?, PacketFolder::open(&place, 1 << 30)?);
//! let asked = ring.clone();
//! let path = PathBuilder::new().ring(ring).start(move |verdict, alert| {
//!     if let Some(alert) = alert {
//!         let saved = folder.save(alert.id, &asked.behind(verdict));
//!         println!("{alert}: {saved:?}");
//!     }
//! })?;
//! # path.finish();
//! # std::fs::remove_dir(&place)?;
//! # Ok(())
//! # }
//! ```

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use netsift_alert::{AlertId, private_file};
use netsift_capture::{CaptureError, CaptureWriter, Format, WriterOptions};
use netsift_detect::ring::Kept;

/// What captures of alerts are called behind their name: pcapng, which takes link types of several kinds.
const ENDING: &str = ".pcapng";
/// What stands behind that until the file is whole.
const DRAFT: &str = ".partial";
/// Files take up whole blocks: so many bytes on most file systems.
const BLOCK: u64 = 4_096;
/// What pcapng adds to a frame at most, and to a file with a few kinds of link.
const AROUND_FRAME: u64 = 36;
const AROUND_FILE: u64 = 256;

/// A folder of captures, one an alert, that take no more room than is given to them.
///
/// What lies there from earlier runs counts. Once the room is used up, what is there stays and nothing more is saved: a
/// storm of alerts does not wash away what came before it. Nobody but the owner can read the files; each gets its name when
/// it is whole.
#[derive(Debug)]
pub struct PacketFolder {
    folder: PathBuf,
    most: u64,
    used: u64,
    files: HashMap<AlertId, Size>,
}

/// How large a file is.
#[derive(Clone, Copy, Debug, Default)]
struct Size {
    bytes: u64,
    /// How many were there to be written; nothing is known of files of earlier runs.
    frames: u64,
}

/// What became of the packets of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Saved {
    /// They are in a file.
    Written {
        /// So many.
        frames: u64,
        /// So many have times before 1970, which captures cannot hold.
        unwritten: u64,
    },
    /// The file that was written when the same was told before stays: it holds as many or more, or there is no room for two.
    Before,
    /// There are none.
    Nothing,
    /// There is no room for them.
    Full,
}

impl PacketFolder {
    /// A folder, which is made if it is missing, for so many bytes of captures. Drafts that a killed run has left are
    /// removed.
    ///
    /// # Errors
    /// If it can be neither made nor read.
    pub fn open(folder: impl Into<PathBuf>, most: u64) -> io::Result<Self> {
        let folder = folder.into();
        make(&folder)?;
        let mut this = Self { folder, most, used: 0, files: HashMap::new() };
        for entry in fs::read_dir(&this.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if let Some(id) = id_of(name) {
                this.enter(id, Size { bytes: blocks(entry.metadata()?.len()), frames: 0 });
            } else if name.strip_suffix(DRAFT).and_then(id_of).is_some() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(this)
    }

    /// What the file of an alert is called, without the folder.
    #[must_use]
    pub fn name(id: AlertId) -> String {
        format!("{id}{ENDING}")
    }

    /// Writes what was kept of an alert, in the place of what was written when it was told before, if that is less.
    ///
    /// # Errors
    /// If it cannot be written; what was there before is there.
    pub fn save(&mut self, id: AlertId, kept: &Kept) -> Result<Saved, CaptureError> {
        let before = self.files.get(&id).copied();
        let frames = kept.frames().len() as u64;
        if frames == 0 {
            return Ok(if before.is_some() { Saved::Before } else { Saved::Nothing });
        }
        if before.is_some_and(|before| before.frames >= frames) {
            return Ok(Saved::Before);
        }
        let lengths = kept.frames().map(|frame| frame.data.len() as u64 + AROUND_FRAME);
        let most = blocks(lengths.sum::<u64>().saturating_add(AROUND_FILE));
        // Until the new one is whole, the old one is there, too.
        if most > self.most.saturating_sub(self.used) {
            return Ok(if before.is_some() { Saved::Before } else { Saved::Full });
        }
        let (written, len) = self.write(id, kept)?;
        if written == 0 {
            return Ok(Saved::Nothing);
        }
        self.enter(id, Size { bytes: blocks(len), frames });
        Ok(Saved::Written { frames: written, unwritten: frames - written })
    }

    /// Whether not even the smallest capture has room: nobody need look for packets then.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.most.saturating_sub(self.used) < BLOCK
    }

    /// Bytes that its captures take, in whole blocks.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Writes what the format can hold, and answers how many frames that are, in how many bytes; no file of nothing.
    fn write(&self, id: AlertId, kept: &Kept) -> Result<(u64, u64), CaptureError> {
        let name = Self::name(id);
        let (path, draft) = (self.folder.join(&name), self.folder.join(name + DRAFT));
        let written = write(&draft, kept).and_then(|written| {
            if written.0 > 0 {
                fs::rename(&draft, &path)?;
            }
            Ok(written)
        });
        if !matches!(written, Ok((1.., _))) {
            // What stands in the way of removing it stood in the way of writing it.
            let _ = fs::remove_file(&draft);
        }
        written
    }

    fn enter(&mut self, id: AlertId, size: Size) {
        let before = self.files.insert(id, size).unwrap_or_default();
        self.used = self.used.saturating_add(size.bytes).saturating_sub(before.bytes);
    }
}

fn make(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder)
}

/// The alert whose capture is called so.
fn id_of(name: &str) -> Option<AlertId> {
    name.strip_suffix(ENDING)?.parse().ok()
}

fn blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
}

/// Writes a draft; answers how many frames the format could hold, and its length.
fn write(draft: &Path, kept: &Kept) -> Result<(u64, u64), CaptureError> {
    let longest = kept.frames().map(|frame| frame.captured_len()).max().unwrap_or(0);
    let options = WriterOptions::new().format(Format::PcapNg);
    // Frames are kept whole; few are longer than readers take for granted.
    let options = if longest > USUAL { options.snap_len(longest.min(LONGEST)) } else { options };
    let mut writer = CaptureWriter::new(create(draft)?, options)?;
    for frame in kept.frames() {
        match writer.write(&frame) {
            Ok(()) | Err(CaptureError::TimeOutOfRange { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let frames = writer.frames();
    let file = writer.finish()?;
    Ok((frames, file.metadata()?.len()))
}

/// What captures hold of a frame where nothing else is said, and what is read again at most.
const USUAL: u32 = 262_144;
const LONGEST: u32 = 16_777_152;

/// A file of its owner's that was not there: no link of somebody else is followed.
fn create(draft: &Path) -> io::Result<File> {
    match fs::remove_file(draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private_file().write(true).create_new(true).open(draft)
}
