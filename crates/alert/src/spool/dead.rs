//! Dead letters: alerts that could not be delivered, kept for somebody to try again.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::slice;

use super::line::Entry;
use super::marker::Marker;
use super::segment::{MAX_NUMBER, Part};
use super::{owner, whole};
use crate::lock::Held;
use crate::private_file;
use crate::{Sink, SinkError};

/// The file that dead letters are added to, in the folder of a queue.
const DEAD: &str = "dead.lines";
/// Who adds to it, or gives it another name, has this file meanwhile: nobody writes to what somebody else has read.
const LOCK: &str = "dead.lock";
/// How far letters were sent again, of which file. Who sends them has it.
const MARKER: &str = "resent";

/// So many in a row that nobody takes, and nobody is there: one of them alone may be what cannot be taken.
const IN_A_ROW: u64 = 3;

/// What came of dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resent {
    /// Alerts that arrived.
    pub delivered: u64,
    /// Alerts among them that some of several are never told.
    pub partly: u64,
    /// Alerts that did not arrive, and are dead letters still.
    pub failed: u64,
    /// Alerts that were not tried, since nobody answered any more.
    pub untried: u64,
    /// Lines that were torn or changed.
    pub damaged: u64,
    /// What the last that failed was told.
    pub error: Option<String>,
}

/// Adds to the dead letters as long as there are no more than so many bytes; answers how many found room.
pub(crate) fn bury(folder: &Path, entries: &[Entry], most: u64) -> Result<u64, SinkError> {
    let _alone = Held::wait(&folder.join(LOCK), folder)?;
    let path = folder.join(DEAD);
    let opened = private_file().read(true).append(true).create(true).open(&path);
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
    let folder = &whole(folder)?;
    let mut letters = count(&folder.join(DEAD), 0)?;
    for (path, from) in taken(folder, Marker::look(folder, MARKER))? {
        letters += count(&path, from)?;
    }
    Ok(letters)
}

/// Tries dead letters again, each once; those that fail are dead letters again. Once nobody answers three times in a row, the rest
/// is not tried.
///
/// It may be done while another program adds dead letters: their file gets another name first, to which nobody adds. How far
/// it went is kept, so that a program that goes on after this one was killed sends one letter twice at the most, and none not
/// at all.
///
/// # Errors
/// [`SinkError::File`] if they cannot be read, or not be put back: nothing is lost then. [`SinkError::Taken`] if somebody else
/// sends them, [`SinkError::Foreign`] if the folder is another user's.
pub fn resend(folder: &Path, sink: &mut dyn Sink) -> Result<Resent, SinkError> {
    let folder = &whole(folder)?;
    if !folder.join(DEAD).exists() && taken(folder, (0, 0))?.is_empty() {
        return Ok(Resent::default());
    }
    owner::check(folder)?;
    let (marker, at) = Marker::open(folder, MARKER)?;
    take(folder, at)?;
    let mut sending = Sending { folder, sink, marker, resent: Resent::default(), unanswered: 0 };
    for (path, from) in taken(folder, at)? {
        sending.file(&path, from)?;
    }
    Ok(sending.resent)
}

/// Letters on their way.
struct Sending<'a> {
    folder: &'a Path,
    sink: &'a mut dyn Sink,
    marker: Marker,
    resent: Resent,
    /// How many in a row nobody answered.
    unanswered: u64,
}

impl Sending<'_> {
    /// The letters of a file from there on. It goes once each has arrived, or was refused and lies elsewhere.
    fn file(&mut self, path: &Path, mut from: u64) -> Result<(), SinkError> {
        let number = number(path).unwrap_or_default();
        let len = len(path)?;
        while from < len && !self.is_over() {
            let part = Part::read(path, len, from, 1)?;
            for entry in part.entries {
                self.letter(entry)?;
            }
            self.resent.damaged += part.damaged;
            from = part.end;
            self.marker.set((number, from))?;
        }
        if from < len {
            self.resent.untried += count(path, from)?;
            return Ok(());
        }
        fs::remove_file(path).map_err(SinkError::of_file(path, "removed"))
    }

    fn is_over(&self) -> bool {
        self.unanswered >= IN_A_ROW
    }

    fn letter(&mut self, entry: Entry) -> Result<(), SinkError> {
        let answer = self.sink.accept(slice::from_ref(&entry.alert));
        let is_unanswered = answer.as_ref().is_err_and(SinkError::may_pass);
        self.unanswered = if is_unanswered { self.unanswered + 1 } else { 0 };
        match answer {
            Ok(()) => self.resent.delivered += 1,
            Err(SinkError::Partly { .. }) => {
                self.resent.delivered += 1;
                self.resent.partly += 1;
            }
            Err(error) => {
                bury(self.folder, &[entry], u64::MAX)?;
                self.resent.failed += 1;
                self.resent.error = Some(error.to_string());
            }
        }
        Ok(())
    }
}

/// Gives the file that others may add to a name of its own, with a number that none has and none had.
fn take(folder: &Path, at: (u64, u64)) -> Result<(), SinkError> {
    let _alone = Held::wait(&folder.join(LOCK), folder)?;
    let path = folder.join(DEAD);
    if !path.exists() {
        return Ok(());
    }
    let last = taken(folder, at)?.last().and_then(|(path, _)| number(path)).unwrap_or(0);
    let free = folder.join(name(last.max(at.0) + 1));
    fs::rename(&path, free).map_err(SinkError::of_file(&path, "renamed"))
}

/// The files that were taken to be sent again, the oldest first, and from where on.
fn taken(folder: &Path, at: (u64, u64)) -> Result<Vec<(PathBuf, u64)>, SinkError> {
    let entries = match fs::read_dir(folder) {
        // Nothing was ever queued.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(SinkError::of_file(folder, "read"))?,
    };
    let all = entries.flatten().map(|entry| entry.path());
    let mut all: Vec<_> = all.filter_map(|path| Some((number(&path)?, path))).collect();
    all.sort_unstable();
    let from = |number| if number == at.0 { at.1 } else { 0 };
    Ok(all.into_iter().map(|(number, path)| (path, from(number))).collect())
}

fn name(number: u64) -> String {
    format!("dead-{number:08}.lines")
}

/// The number of a file that was taken.
fn number(path: &Path) -> Option<u64> {
    let file = path.file_name()?.to_str()?;
    let number = file.strip_prefix("dead-")?.strip_suffix(".lines")?.parse().ok()?;
    (name(number) == file && number < MAX_NUMBER).then_some(number)
}

/// How many letters there are in a file from there on.
fn count(path: &Path, mut from: u64) -> Result<u64, SinkError> {
    let (len, mut count) = (len(path)?, 0);
    while from < len {
        let part = Part::read(path, len, from, usize::MAX)?;
        count += part.entries.len() as u64;
        from = part.end;
    }
    Ok(count)
}

/// None, of a file that is not there.
fn len(path: &Path) -> Result<u64, SinkError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        facts => Ok(facts.map_err(SinkError::of_file(path, "read"))?.len()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};
    use std::thread;

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
        let error = Some(refused().to_string());
        assert_eq!(resent, Resent { delivered: 2, failed: 3, error, ..Resent::default() });
        let mut all = Fake(|_| Ok(()), vec![]);
        assert_eq!(resend(folder.path(), &mut all).unwrap().delivered, 3);
        assert_eq!((odd.1, all.1), (vec![1, 3], vec![0, 2, 4]));
        assert_eq!(
            resend(folder.path(), &mut Fake(|_| Ok(()), vec![])).unwrap(),
            Resent::default()
        );
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().collect();
        assert!(left.iter().all(|it| it.metadata().unwrap().len() < 64), "no letter: {left:?}");
    }

    #[test]
    fn once_nobody_answers_the_rest_is_not_tried() {
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..5), 1 << 20).unwrap();
        let mut away = Away(0);
        let first = resend(folder.path(), &mut away).unwrap();
        assert_eq!((first.failed, first.untried, first.error.is_some()), (3, 2, true));
        assert_eq!((away.0, dead_letters(folder.path()).unwrap()), (3, 5));
        bury(folder.path(), &entries(5..7), 1 << 20).unwrap();
        let again = resend(folder.path(), &mut away).unwrap();
        assert_eq!((again.failed, again.untried), (3, 4), "of another file, too");
        assert_eq!((away.0, dead_letters(folder.path()).unwrap()), (6, 7));
    }

    fn unanswered() -> SinkError {
        let source = std::io::ErrorKind::TimedOut.into();
        SinkError::Unreachable { target: "a".into(), source }
    }

    #[test]
    fn one_that_nobody_takes_keeps_no_other() {
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..9), 1 << 20).unwrap();
        let mut fake = Fake(|nanos| if nanos < 2 { Err(unanswered()) } else { Ok(()) }, vec![]);
        let resent = resend(folder.path(), &mut fake).unwrap();
        assert!(unanswered().may_pass() && resent.untried == 0, "{resent:?}");
        assert_eq!((resent.delivered, resent.failed, fake.1.len()), (7, 2, 7));
        assert_eq!(dead_letters(folder.path()).unwrap(), 2);
    }

    /// Says that some of several are never told.
    struct Partly;

    impl Sink for Partly {
        fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
            let [target, who, answer] = ["a", "b", "no"].map(String::from);
            Err(SinkError::Partly { target, who, answer })
        }
    }

    #[test]
    fn what_arrived_at_some_is_not_sent_to_them_again() {
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..3), 1 << 20).unwrap();
        let resent = resend(folder.path(), &mut Partly).unwrap();
        assert_eq!((resent.delivered, resent.partly, resent.failed), (3, 3, 0));
        assert_eq!(dead_letters(folder.path()).unwrap(), 0);
    }

    /// Takes so many, and is then killed with the program, the last one taken.
    struct Killed(u32, Arc<Mutex<Vec<i64>>>);

    impl Sink for Killed {
        fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
            self.1.lock().unwrap().push(alerts[0].nanos);
            self.0 -= 1;
            assert!(self.0 > 0, "killed");
            Ok(())
        }
    }

    #[test]
    fn who_is_killed_loses_no_letter_and_sends_one_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        bury(&path, &entries(0..10), 1 << 20).unwrap();
        let sent: Arc<Mutex<Vec<i64>>> = Arc::default();
        let mut killed = Killed(4, Arc::clone(&sent));
        let died = thread::spawn(move || resend(&path, &mut killed).map(drop)).join();
        assert!(died.is_err());
        let first: Vec<i64> =
            std::mem::take(&mut *sent.lock().unwrap_or_else(PoisonError::into_inner));
        assert_eq!((first, dead_letters(folder.path()).unwrap()), (vec![0, 1, 2, 3], 7));
        bury(folder.path(), &entries(10..12), 1 << 20).unwrap();
        let mut all = Fake(|_| Ok(()), vec![]);
        assert_eq!(resend(folder.path(), &mut all).unwrap().delivered, 9);
        assert_eq!(all.1, (3..12).collect::<Vec<_>>());
    }

    #[test]
    fn two_do_not_send_them_at_once() {
        struct Meanwhile(PathBuf, Option<SinkError>);
        impl Sink for Meanwhile {
            fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
                self.1 = resend(&self.0, &mut Partly).err();
                Ok(())
            }
        }
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..1), 1 << 20).unwrap();
        let mut first = Meanwhile(folder.path().to_owned(), None);
        assert_eq!(resend(folder.path(), &mut first).unwrap().delivered, 1);
        assert!(matches!(first.1, Some(SinkError::Taken { .. })), "{:?}", first.1);
    }

    #[test]
    fn letters_that_come_meanwhile_are_sent_once_each() {
        const LETTERS: i64 = 1_500;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let adds = thread::spawn(move || {
            for at in 0..LETTERS {
                bury(&path, &entries(at..at + 1), 1 << 30).unwrap();
            }
        });
        let mut all = Fake(|_| Ok(()), vec![]);
        while !adds.is_finished() {
            resend(folder.path(), &mut all).unwrap();
        }
        adds.join().unwrap();
        resend(folder.path(), &mut all).unwrap();
        assert_eq!(all.1, (0..LETTERS).collect::<Vec<_>>());
    }

    #[test]
    fn what_an_attempt_left_behind_is_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        bury(folder.path(), &entries(0..2), 1 << 20).unwrap();
        fs::rename(folder.path().join(DEAD), folder.path().join(name(0))).unwrap();
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
