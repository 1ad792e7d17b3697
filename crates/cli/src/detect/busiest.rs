//! The hosts that send most, as a list: known before they are judged, so captures are read twice.

use std::path::{Path, PathBuf};

use netsift::alert::Level;
use netsift::capture::CaptureSet;
use netsift::detect::lists::{List, ListOptions, Talkers};
use netsift::packet::{FrameSource, Packet};

use crate::failure::Failure;
use crate::output::STREAM;
use crate::reading::named;
use crate::selection::Selection;

/// What a hit says: that a host sends much is no proof of anything, and nobody else's judgement.
const NAME: &str = "busiest hosts of these captures";

/// A list of so many hosts.
pub(super) fn list(
    wanted: usize,
    captures: &[PathBuf],
    mut selection: Selection,
) -> Result<List, Failure> {
    let is_pipe = |path: &Path| path.as_os_str() == STREAM;
    if captures.is_empty() || captures.iter().any(|path| is_pipe(path)) {
        return Err(Failure::OfSource { option: "--busiest", of: "captures in files" });
    }
    let mut talkers = Talkers::new(wanted)?;
    let mut set = CaptureSet::open(&named(captures)?)?;
    // What breaks a capture is told when it is judged, with all in front of it.
    while let Ok(Some(frame)) = set.next_frame() {
        if !selection.takes(&frame) {
            continue;
        }
        if let Ok(Some(source)) = Packet::parse(frame).map(|packet| packet.src()) {
            talkers.add(source, frame.wire_len.into(), 1);
        }
    }
    Ok(talkers.list(&ListOptions::new(NAME).severity(Level::Low))?)
}
