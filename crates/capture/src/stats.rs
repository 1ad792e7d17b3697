//! What was read of a capture, and what was forgiven on the way.

/// Counts over one capture, or over a set of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaptureStats {
    pub(crate) frames: u64,
    pub(crate) captured_bytes: u64,
    pub(crate) fraction_overflows: u64,
    pub(crate) over_snap_len: u64,
    pub(crate) over_wire_len: u64,
    pub(crate) sections: u64,
    pub(crate) skipped_blocks: u64,
    pub(crate) malformed_blocks: u64,
    pub(crate) orphan_packets: u64,
    pub(crate) mended_lengths: u64,
    pub(crate) untimed_frames: u64,
}

impl CaptureStats {
    /// Frames handed out.
    #[must_use]
    pub const fn frames(&self) -> u64 {
        self.frames
    }

    /// Captured bytes of those frames.
    #[must_use]
    pub const fn captured_bytes(&self) -> u64 {
        self.captured_bytes
    }

    /// pcap records whose fraction of a second exceeds one; it is carried over to the seconds.
    #[must_use]
    pub const fn fraction_overflows(&self) -> u64 {
        self.fraction_overflows
    }

    /// Frames captured longer than the snap length that the capture states.
    #[must_use]
    pub const fn over_snap_len(&self) -> u64 {
        self.over_snap_len
    }

    /// Frames captured longer than they say they were on the wire; their wire length is the captured one.
    #[must_use]
    pub const fn over_wire_len(&self) -> u64 {
        self.over_wire_len
    }

    /// Sections of pcapng.
    #[must_use]
    pub const fn sections(&self) -> u64 {
        self.sections
    }

    /// pcapng blocks that hold no packet: names, counters, secrets, journals, custom and unknown ones.
    #[must_use]
    pub const fn skipped_blocks(&self) -> u64 {
        self.skipped_blocks
    }

    /// pcapng blocks of known kinds whose inside does not fit: packets longer than their block (skipped),
    /// interfaces too short to be one, options past their end (dropped from there on).
    #[must_use]
    pub const fn malformed_blocks(&self) -> u64 {
        self.malformed_blocks
    }

    /// pcapng packets of an interface that nobody described, skipped: neither their link type nor their
    /// unit of time is known.
    #[must_use]
    pub const fn orphan_packets(&self) -> u64 {
        self.orphan_packets
    }

    /// pcapng blocks whose two lengths differ or leave out the padding.
    #[must_use]
    pub const fn mended_lengths(&self) -> u64 {
        self.mended_lengths
    }

    /// Frames of Simple Packet Blocks, which have no time: theirs is the epoch.
    #[must_use]
    pub const fn untimed_frames(&self) -> u64 {
        self.untimed_frames
    }

    /// The counts of both.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            frames: self.frames + other.frames,
            captured_bytes: self.captured_bytes + other.captured_bytes,
            fraction_overflows: self.fraction_overflows + other.fraction_overflows,
            over_snap_len: self.over_snap_len + other.over_snap_len,
            over_wire_len: self.over_wire_len + other.over_wire_len,
            sections: self.sections + other.sections,
            skipped_blocks: self.skipped_blocks + other.skipped_blocks,
            malformed_blocks: self.malformed_blocks + other.malformed_blocks,
            orphan_packets: self.orphan_packets + other.orphan_packets,
            mended_lengths: self.mended_lengths + other.mended_lengths,
            untimed_frames: self.untimed_frames + other.untimed_frames,
        }
    }
}

/// Counts over a source that may have nothing for now: an interface, a replay, a queue behind one of them.
///
/// What cannot be told is `None`, never zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceStats {
    /// Frames read, those included that a queue dropped later.
    pub frames: u64,
    /// Captured bytes of those frames.
    pub captured_bytes: u64,
    /// Frames cut at the snap length.
    pub cut: u64,
    /// Frames that were read and that the filter did not take; the kernel's filter counts nothing.
    pub filtered: u64,
    /// Frames that the kernel dropped since its buffer was full; `None` where nobody counts them.
    pub kernel_drops: Option<u64>,
    /// Frames that the interface or its driver dropped; `None` where nobody counts them.
    pub interface_drops: Option<u64>,
    /// Frames that were read and dropped since the queue was full.
    pub queue_drops: u64,
    /// How often the interface was lost and captured on again.
    pub reconnects: u64,
}

impl SourceStats {
    /// All frames that are known to be lost.
    #[must_use]
    pub fn drops(&self) -> u64 {
        let kernel = self.kernel_drops.unwrap_or_default();
        kernel + self.interface_drops.unwrap_or_default() + self.queue_drops
    }

    #[inline]
    pub(crate) fn count(&mut self, batch: &crate::Batch, before: (usize, usize)) {
        self.frames += (batch.len() - before.0) as u64;
        self.captured_bytes += (batch.bytes() - before.1) as u64;
    }
}
