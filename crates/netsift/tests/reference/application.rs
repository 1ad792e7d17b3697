//! What payloads say, against the tools that read it too.

mod community_id;
mod flows;
mod ndpi;
mod tshark;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The files of a `.tar.zst`, by name without folders.
fn unpack(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::File::open(archive).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(file).unwrap());
    let mut files = BTreeMap::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let Some(name) = entry.path().unwrap().file_name().map(|name| name.to_owned()) else {
            continue;
        };
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        if !bytes.is_empty() {
            files.insert(name.into_string().unwrap(), bytes);
        }
    }
    files
}

/// Counts by reason, with one example each.
#[derive(Default)]
struct Differences(BTreeMap<&'static str, (usize, String)>);

impl Differences {
    fn add(&mut self, reason: &'static str, example: impl FnOnce() -> String) {
        let (count, _) = self.0.entry(reason).or_insert_with(|| (0, example()));
        *count += 1;
    }

    fn count(&self) -> usize {
        self.0.values().map(|(count, _)| count).sum()
    }

    fn print(&self) {
        for (reason, (count, example)) in &self.0 {
            println!("  {count:5}  {reason}; first: {example}");
        }
    }
}
