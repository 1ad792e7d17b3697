//! A page about a capture that somebody uploaded, made before a deadline.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Instant;

use netsift_capture::{CaptureError, CaptureReader, Input, ReaderOptions};
use netsift_packet::{Frame, FrameSource};
use netsift_report::{
    Anomalies, AnomalyRows, AnomalySearch, Explorer, Look, Made, ReportError, Subject,
};
use thiserror::Error;

/// So many of the strangest flows are told.
const MOST_TOLD: usize = 200;
/// What such pages look like: small, and with one script, which sorts tables.
const LOOK: Look = Look::Static;
/// Between two looks at the clock: some milliseconds.
const FRAMES: u64 = 1_024;

/// Why there is no page.
#[derive(Debug, Error)]
pub(super) enum NoPage {
    #[error("{0}")]
    Capture(#[from] CaptureError),
    #[error("{0}")]
    Report(#[from] ReportError),
    #[error("it takes longer than a report may: explore it with `netsift explore`")]
    TooSlow,
}

/// The scripts that a page has, by their sums.
pub(super) fn scripts() -> Vec<String> {
    LOOK.scripts().unwrap_or_default()
}

/// Under the name that it was sent with. It is read once for its numbers, and once more for what is strange in it, if that
/// needs a second look.
pub(super) fn page(capture: &Path, name: &str, by: Instant) -> Result<String, NoPage> {
    let search = AnomalySearch::new(Subject::Flows).told(MOST_TOLD)?;
    let mut exploration = Explorer::new().anomalies(search).start()?;
    each(capture, by, |frame| {
        exploration.push(frame);
        Ok(())
    })?;
    let (numbers, strange) = exploration.finish_first_look();
    in_time(by)?;
    let strange = strange.map(|rows| judged(rows, capture, by)).transpose()?;
    in_time(by)?;
    let program = concat!("netsift ", env!("CARGO_PKG_VERSION")).to_owned();
    let made = Made { program, ..Made::default() };
    let page = numbers.page(strange.as_ref(), name.to_owned(), made)?.render(LOOK)?;
    in_time(by)?;
    Ok(page)
}

fn judged(rows: AnomalyRows, capture: &Path, by: Instant) -> Result<Anomalies, NoPage> {
    let mut judge = rows.learn()?;
    if !judge.is_done() {
        each(capture, by, |frame| judge.push(frame))?;
    }
    Ok(judge.finish()?)
}

fn each(
    capture: &Path,
    by: Instant,
    mut visit: impl FnMut(Frame<'_>) -> Result<(), ReportError>,
) -> Result<(), NoPage> {
    let open = |source| CaptureError::Open { path: capture.to_owned(), source };
    let timed = Timed { file: File::open(capture).map_err(open)?, by };
    let late = |error| in_time(by).err().unwrap_or(NoPage::Capture(error));
    let input = Input::Path(capture.to_owned());
    let mut reader = CaptureReader::named(timed, input, ReaderOptions::new()).map_err(late)?;
    let mut frames = 0_u64;
    while let Some(frame) = reader.next_frame().map_err(late)? {
        visit(frame)?;
        frames += 1;
        if frames.is_multiple_of(FRAMES) {
            in_time(by)?;
        }
    }
    Ok(())
}

/// Looks at the clock wherever more is read: a file can go on for long without a frame in it.
struct Timed {
    file: File,
    by: Instant,
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.by {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.file.read(into)
    }
}

fn in_time(by: Instant) -> Result<(), NoPage> {
    if Instant::now() < by { Ok(()) } else { Err(NoPage::TooSlow) }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::Duration;

    use netsift_capture::{CaptureWriter, WriterOptions};
    use netsift_synth::{Generator, Scenario};

    use super::*;

    #[test]
    fn a_capture_becomes_a_page_in_time_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0123456789abcdef.capture");
        let mut writer =
            CaptureWriter::new(File::create(&path).unwrap(), WriterOptions::new()).unwrap();
        let mut traffic = Generator::new(&Scenario::new(1).packets(3_000)).unwrap();
        while let Some(frame) = traffic.next_frame().unwrap() {
            writer.write(&frame).unwrap();
        }
        writer.finish().unwrap();
        let soon = || Instant::now() + Duration::from_secs(60);
        let page = |by| page(&path, "<b>made.pcap", by);
        let html = page(soon()).unwrap();
        assert!(html.contains("&lt;b&gt;made.pcap") && !html.contains("<b>made"), "not escaped");
        assert!(!html.contains("0123456789abcdef"), "the name of the file is nobody's business");
        let scripts = scripts();
        assert!(scripts.len() == 1 && html.contains(&scripts[0]), "{scripts:?}");
        assert_eq!(html.matches("<script").count(), 1, "others would not run");
        assert!(matches!(page(Instant::now()), Err(NoPage::TooSlow)));
        // What breaks off is told as that, with how far it was read.
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        assert!(page(soon()).unwrap_err().to_string().contains("after 2999 packets"));
        fs::write(&path, b"no capture").unwrap();
        assert!(matches!(page(soon()), Err(NoPage::Capture(_))));
    }

    #[test]
    fn a_capture_without_a_frame_is_not_read_beyond_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks.pcapng");
        let section = [0x0a0d_0d0a, 28, 0x1a2b_3c4d, 1, u32::MAX, u32::MAX, 28];
        let unknown = [0x0bad_0bad, 12, 12];
        let bytes =
            |words: &[u32]| words.iter().flat_map(|it| it.to_le_bytes()).collect::<Vec<_>>();
        fs::write(&path, [bytes(&section), bytes(&unknown).repeat(1_000)].concat()).unwrap();
        let read = |by| each(&path, by, |_| Ok(()));
        assert!(read(Instant::now() + Duration::from_secs(60)).is_ok());
        assert!(matches!(read(Instant::now()), Err(NoPage::TooSlow)));
    }
}
