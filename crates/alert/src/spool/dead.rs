//! Dead letters: alerts that could not be delivered, kept for somebody to try again.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::slice;

use super::line::Entry;
use super::segment::Part;
use crate::{Sink, SinkError};

/// The file of dead letters, in the folder of a queue.
const DEAD: &str = "dead.lines";

/// What came of dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resent {
    /// Alerts that arrived.
    pub delivered: u64,
    /// Alerts that did not, and are dead letters again.
    pub failed: u64,
    /// Lines that were torn or changed.
    pub damaged: u64,
}

/// Adds to the dead letters as long as there are no more than so many bytes; answers how many found room.
pub(crate) fn bury(folder: &Path, entries: &[Entry], most: u64) -> Result<u64, SinkError> {
    let path = folder.join(DEAD);
    let opened = OpenOptions::new().read(true).append(true).create(true).open(&path);
    let mut file = opened.map_err(SinkError::of_file(&path, "opened"))?;
    let written = add(&mut file, entries, most);
    written.map_err(SinkError::of_file(&path, "written"))
}

fn add(file: &mut File, entries: &[Entry], most: u64) -> std::io::Result<u64> {
    let len = file.metadata()?.len();
    let (mut lines, mut written) = (Vec::new(), 0);
    if len > 0 && last_byte(file)? != b'\n' {
        // What is torn is to be no part of what follows.
        lines.push(b'\n');
    }
    for entry in entries {
        let end = lines.len();
        let is_short = Entry::write(entry.at, &entry.alert, &mut lines).is_ok();
        if !is_short || len + lines.len() as u64 > most {
            lines.truncate(end);
            break;
        }
        written += 1;
    }
    file.write_all(&lines).inspect_err(|_| {
        // Half a line is worse than none; if it must stay, the next one begins behind an end.
        let _ = file.set_len(len);
    })?;
    Ok(written)
}

fn last_byte(file: &mut File) -> std::io::Result<u8> {
    let mut byte = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// How many dead letters there are beside the queue in this folder.
///
/// # Errors
/// [`SinkError::File`] if they cannot be read.
pub fn dead_letters(folder: &Path) -> Result<u64, SinkError> {
    let mut count = 0;
    for path in files(folder)? {
        each(&path, 0, |_| {
            count += 1;
            Ok(())
        })?;
    }
    Ok(count)
}

/// Tries dead letters again, each once; those that fail are dead letters again. Once nobody answers, the rest is not tried.
///
/// It may be done while another program adds dead letters: their file gets another name first, and what is added to it before
/// that is seen is taken, too. If this program is killed, all of them are tried again the next time.
///
/// # Errors
/// [`SinkError::File`] if they cannot be read, or not be put back: nothing is lost then.
pub fn resend(folder: &Path, sink: &mut dyn Sink) -> Result<Resent, SinkError> {
    take(folder)?;
    let (mut resent, mut nobody_answers) = (Resent::default(), false);
    for path in files(folder)?.into_iter().filter(|path| !path.ends_with(DEAD)) {
        let mut end = 0;
        loop {
            let before = end;
            let (next, damaged) = each(&path, end, |entry| {
                let sent = !nobody_answers && {
                    let sent = sink.accept(slice::from_ref(&entry.alert));
                    nobody_answers = sent.as_ref().is_err_and(SinkError::may_pass);
                    sent.is_ok()
                };
                resent.delivered += u64::from(sent);
                resent.failed += u64::from(!sent);
                if sent { Ok(()) } else { bury(folder, &[entry], u64::MAX).map(|_| ()) }
            })?;
            resent.damaged += damaged;
            end = next;
            if end == before {
                break;
            }
        }
        fs::remove_file(&path).map_err(SinkError::of_file(&path, "removed"))?;
    }
    Ok(resent)
}

/// Gives the file that others may add to a name of its own.
fn take(folder: &Path) -> Result<(), SinkError> {
    let path = folder.join(DEAD);
    let taken = (0..u32::MAX).map(|number| folder.join(format!("dead-{number:08}.lines")));
    let free = taken.into_iter().find(|path| !path.exists());
    match free.filter(|_| path.exists()) {
        Some(free) => fs::rename(&path, free).map_err(SinkError::of_file(&path, "renamed")),
        None => Ok(()),
    }
}

/// The files of dead letters: those that an attempt left behind, and that which is added to.
fn files(folder: &Path) -> Result<Vec<PathBuf>, SinkError> {
    let entries = match fs::read_dir(folder) {
        // Nothing was ever queued.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(SinkError::of_file(folder, "read"))?,
    };
    let is_one = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == DEAD || name.starts_with("dead-") && name.ends_with(".lines")
    };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(is_one).collect();
    files.sort();
    Ok(files)
}

/// Every alert in a file from there on; answers where it ends, and how many lines were damaged.
fn each(
    path: &Path,
    from: u64,
    mut entry: impl FnMut(Entry) -> Result<(), SinkError>,
) -> Result<(u64, u64), SinkError> {
    let len = fs::metadata(path).map_err(SinkError::of_file(path, "read"))?.len();
    let (mut end, mut damaged) = (from, 0);
    while end < len {
        let part = Part::read(path, len, end, usize::MAX)?;
        part.entries.into_iter().try_for_each(&mut entry)?;
        (end, damaged) = (part.end, damaged + part.damaged);
    }
    Ok((end, damaged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Alert, example};

    /// Takes what it is told to, and keeps what it took.
    struct Fake(fn(i64) -> Result<(), SinkError>, Vec<i64>);

    impl Sink for Fake {
        fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
            (self.0)(alerts[0].nanos)?;
            self.1.push(alerts[0].nanos);
            Ok(())
        }
    }

    /// Counts who calls, and takes nothing.
    struct Away(u32);

    impl Sink for Away {
        fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
            self.0 += 1;
            Err(SinkError::Busy { target: "a".into(), answer: "later".into(), wait: None })
        }
    }

    fn entries(numbers: std::ops::Range<i64>) -> Vec<Entry> {
        numbers.map(|at| Entry { at, alert: example("scan", at) }).collect()
    }

    fn refused() -> SinkError {
        SinkError::Refused { target: "a".into(), answer: "no".into() }
    }

    #[test]
    fn dead_letters_are_tried_again_and_those_that_fail_stay() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(bury(folder.path(), &entries(0..5), 1 << 20).unwrap(), 5);
        assert_eq!(dead_letters(folder.path()).unwrap(), 5);
        let mut odd = Fake(|nanos| if nanos % 2 == 1 { Ok(()) } else { Err(refused()) }, vec![]);
        let resent = resend(folder.path(), &mut odd).unwrap();
        assert_eq!(resent, Resent { delivered: 2, failed: 3, damaged: 0 });
        let mut all = Fake(|_| Ok(()), vec![]);
        assert_eq!(resend(folder.path(), &mut all).unwrap().delivered, 3);
        assert_eq!((odd.1, all.1), (vec![1, 3], vec![0, 2, 4]));
        assert_eq!(
            resend(folder.path(), &mut Fake(|_| Ok(()), vec![])).unwrap(),
            Resent::default()
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn once_nobody_answers_the_rest_is_not_tried() {
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..5), 1 << 20).unwrap();
        let mut away = Away(0);
        assert_eq!(resend(folder.path(), &mut away).unwrap().failed, 5);
        assert_eq!((away.0, dead_letters(folder.path()).unwrap()), (1, 5));
    }

    #[test]
    fn what_an_attempt_left_behind_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..2), 1 << 20).unwrap();
        fs::rename(folder.path().join(DEAD), folder.path().join("dead-00000000.lines")).unwrap();
        bury(folder.path(), &entries(2..4), 1 << 20).unwrap();
        assert_eq!(dead_letters(folder.path()).unwrap(), 4);
        let mut all = Fake(|_| Ok(()), vec![]);
        assert_eq!(resend(folder.path(), &mut all).unwrap().delivered, 4);
        assert_eq!(all.1, [0, 1, 2, 3]);
    }

    #[test]
    fn a_torn_letter_costs_no_other_and_their_file_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(DEAD), "torn").unwrap();
        bury(folder.path(), &entries(0..1), 1 << 20).unwrap();
        assert_eq!(dead_letters(folder.path()).unwrap(), 1);
        let room = bury(folder.path(), &entries(1..100), 5_000).unwrap();
        let len = fs::metadata(folder.path().join(DEAD)).unwrap().len();
        assert!(room < 99 && (4_000..=5_000).contains(&len), "{room} {len}");
        let mut all = Fake(|_| Ok(()), vec![]);
        let resent = resend(folder.path(), &mut all).unwrap();
        assert_eq!((resent.delivered, resent.damaged), (room + 1, 1));
        assert_eq!(dead_letters(&folder.path().join("none")).unwrap(), 0);
    }
}
