//! A disk that is full.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use netsift_alert::sinks::{JsonLines, JsonLinesSettings};
use netsift_alert::{
    Alert, Delivery, Dispatcher, DispatcherBuilder, Notice, Sink, SinkError, SinkState,
};

use crate::{PATIENCE, alert, myself, skip_without, until};

const FOLDER: &str = "NETSIFT_FULL_FOLDER";
/// In the small disk, so that there can be room again.
const FILLER: &str = "filler";

#[test]
fn one_error_is_told_and_what_is_not_written_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let myself = myself("full::on_a_small_disk");
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o size=1536k tmpfs \"$0\" && exec \"$@\"";
    command.args(["--mount", "sh", "-c", script]).arg(folder.path());
    command.arg(myself.get_program()).args(myself.get_args()).env(FOLDER, folder.path());
    let Ok(output) = command.output() else { return skip_without("unshare") };
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("unshare failed") || said.contains("permission denied") {
        return skip_without("the right to mount");
    }
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}

/// Never there.
struct Away;

impl Sink for Away {
    fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
        Err(SinkError::Busy { target: "away".into(), answer: "no".into(), wait: None })
    }
}

#[test]
#[ignore = "run by its neighbour, on a small disk"]
fn on_a_small_disk() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    fs::write(folder.join(FILLER), vec![b'x'; 1_200 << 10]).unwrap();
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&told);
    let note = move |notice: &Notice<'_>| notes.lock().unwrap().push(format!("{notice:?}"));
    let dispatcher = builder(&folder).notices(note).start().unwrap();
    let states = || dispatcher.states().all();
    // More than there is room for, and not more at once than is held in memory.
    for number in 0..1_000 {
        dispatcher.tell(alert(number));
        if number % 200 == 199 {
            until(|| states()[0].delivered + states()[0].waiting == number as u64 + 1);
            until(|| states()[1].waiting + states()[1].unwritten == number as u64 + 1);
        }
    }
    let full: Vec<SinkState> = states();
    assert!(full[1].unwritten > 0 && full[0].waiting > 0, "{full:?}");
    let about = |what: &str| {
        let told = told.lock().unwrap();
        told.iter().filter(|notice| notice.contains(what)).cloned().collect::<Vec<_>>()
    };
    until(|| about("StorageFull").len() == 2);
    // It goes on as soon as there is room, with what waited for the file.
    fs::remove_file(folder.join(FILLER)).unwrap();
    until(|| states()[0].waiting == 0);
    (1_000..1_010).for_each(|number| dispatcher.tell(alert(number)));
    until(|| states()[1].waiting >= full[1].waiting + 10);
    until(|| about("Recovered").len() == 2);
    let states = dispatcher.finish(PATIENCE);
    assert_eq!((states[0].delivered, states[0].unwritten), (1_010, 0));
    assert_eq!(about("StorageFull").len(), 2, "{:?}", about(""));
    let lines = fs::read_to_string(folder.join("alerts.jsonl")).unwrap();
    let numbers = lines.lines().map(|line| serde_json::from_str::<Alert>(line).unwrap().nanos);
    assert_eq!(numbers.collect::<Vec<_>>(), (0..1_010).collect::<Vec<_>>());
    // The next program finds all that was taken.
    let again =
        Dispatcher::builder().remote("away", Away, Delivery::default(), folder.join("queue"));
    let waiting = again.start().unwrap().states().all()[0].waiting;
    assert_eq!(waiting, states[1].waiting);
    assert_eq!(waiting + states[1].unwritten, 1_010);
}

fn builder(folder: &Path) -> DispatcherBuilder {
    let path = folder.join("alerts.jsonl");
    let settings: JsonLinesSettings =
        toml::from_str(&format!("path = {:?}", path.display())).unwrap();
    let delivery: Delivery = toml::from_str("retry = { first = 0.01, longest = 0.05 }").unwrap();
    Dispatcher::builder().local("file", JsonLines::new(settings).unwrap(), delivery.clone()).remote(
        "away",
        Away,
        delivery,
        folder.join("queue"),
    )
}
