//! A page about a capture that somebody uploaded, made before a deadline.

use std::path::Path;
use std::time::Instant;

use netsift_capture::CaptureError;
use netsift_packet::{Frame, FrameSource};
use netsift_report::{
    Anomalies, AnomalyRows, AnomalySearch, Explorer, Look, Made, ReportError, Subject,
};
use thiserror::Error;

/// So many of the strangest flows are told.
const MOST_TOLD: usize = 200;
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
    Ok(numbers.page(strange.as_ref(), name.to_owned(), made)?.render(Look::Static)?)
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
    let mut reader = netsift_capture::open(capture)?;
    let mut frames = 0_u64;
    while let Some(frame) = reader.next_frame()? {
        visit(frame)?;
        frames += 1;
        if frames.is_multiple_of(FRAMES) {
            in_time(by)?;
        }
    }
    Ok(())
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
        assert!(matches!(page(Instant::now()), Err(NoPage::TooSlow)));
        // What breaks off is told as that, with how far it was read.
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() - 7]).unwrap();
        assert!(page(soon()).unwrap_err().to_string().contains("after 2999 packets"));
        fs::write(&path, b"no capture").unwrap();
        assert!(matches!(page(soon()), Err(NoPage::Capture(_))));
    }
}
