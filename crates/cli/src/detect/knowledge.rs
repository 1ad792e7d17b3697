//! What verdicts are made of: models, lists, the policy; and that they are read again when their files change.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use clap::Args;
use netsift::alert::Level;
use netsift::detect::lists::{List, ListOptions, Lists};
use netsift::detect::policy::MAX_POLICY;
use netsift::detect::{Control, Models, PathBuilder, Policy};
use netsift::flow::{Early, Profile};
use netsift::models::MAX_BUNDLE;
use netsift::watch as config;

use crate::failure::{Failure, report, tell, warn};
use crate::interrupt::Interrupt;
use crate::tables::known::{LARGEST, load};
use crate::terminal::printable;

/// How often files are looked at: whether they have changed is a question of a microsecond each.
const LOOKS: Duration = Duration::from_millis(500);

/// What is to be known.
#[derive(Args, Default)]
#[command(next_help_heading = "Knowledge")]
pub(crate) struct Named {
    /// A model of classes that train wrote
    #[arg(long, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,

    /// A detector of anomalies that train wrote
    #[arg(long, value_name = "MODEL")]
    pub(crate) anomaly: Option<PathBuf>,

    /// The largest model file that is read, in MiB
    #[arg(long, value_name = "MIB", default_value_t = LARGEST, value_parser = clap::value_parser!(u64).range(1..=MAX_BUNDLE >> 20))]
    max_model: u64,

    /// A list of addresses, networks, names or fingerprints, or a folder of them; behind it may stand the column of a table
    /// that holds them [default: one that is known], and how bad a hit is: low, medium, high or critical
    /// [default: medium]. For several, say it again
    #[arg(long, value_name = "FILE[#COLUMN][=LEVEL]", value_parser = |text: &str| Ok::<_, Infallible>(list_of(text)))]
    lists: Vec<config::List>,

    /// How many of the last flows models tell the drift of, if somebody looks at it.
    #[arg(skip)]
    pub(crate) drift_of: Option<u64>,

    /// Put the so many hosts that send most in the captures on a list of low severity; the captures are read twice
    #[arg(long, value_name = "N")]
    pub(super) busiest: Option<usize>,

    /// That list.
    #[arg(skip)]
    pub(super) busiest_list: Option<Arc<List>>,

    /// What verdicts mean, when they are told and what to do then: see --print-policy
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// Print the policy that holds if no other is named, as a file to begin with
    #[arg(long)]
    pub(crate) print_policy: bool,
}

/// So many classes are named that are all bad.
const CLASSES_NAMED: usize = 5;

/// What is known.
pub(super) struct Knowledge {
    pub(super) models: Models,
    lists: Lists,
    policy: Policy,
    /// How its files were before they were read.
    pub(super) seen: States,
}

impl Knowledge {
    pub(super) fn read(wanted: &Named) -> Result<Self, Failure> {
        // First, so that what changes while it is read counts as changed.
        let seen = wanted.states();
        let (models, lists) = (wanted.models()?, wanted.lists()?);
        let knowledge = Self { models, lists, policy: wanted.policy()?, seen };
        tell_reports(&knowledge.lists);
        knowledge.tell_of_classes();
        Ok(knowledge)
    }

    /// Says so if the policy calls none of the model's classes harmless: then every flow is told.
    fn tell_of_classes(&self) {
        let classes: Vec<&str> = self.models.classes().collect();
        if classes.is_empty() || classes.iter().any(|class| self.policy.severity_of(class) <= 0.0) {
            return;
        }
        let some = classes.get(..classes.len().min(CLASSES_NAMED)).unwrap_or_default().join(", ");
        tell(&format!(
            "no class of the model ({}{}) does no harm by the policy, so every flow is told; its [classes.severity] says \
             which are worth 0",
            printable(&some),
            if classes.len() > CLASSES_NAMED { ", ..." } else { "" }
        ));
    }

    /// Says so if flows of the models' profile do not end because nothing more comes: on an interface that is often so.
    pub(super) fn tell_of_profile(&self) -> Result<(), Failure> {
        if let Some(profile) = self.models.profile()?.filter(|it| *it != Profile::Native) {
            tell(&format!(
                "flows of the profile {profile} end by packets alone: those that fall silent are judged when the capture \
                 ends, and rules that look at many flows see them as late; for interfaces, train with --profile native"
            ));
        }
        Ok(())
    }

    /// A path that has it, and nobody else: what is replaced is not kept.
    pub(super) fn path(self) -> PathBuilder {
        PathBuilder::new().models(self.models).lists(self.lists).policy(self.policy)
    }
}

/// Looks at files until it is dropped.
pub(super) struct Watcher {
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It has nothing to say that would change anything.
            let _ = thread.join();
        }
    }
}

/// What was read again.
enum Fresh {
    Models(Models),
    Lists(Lists),
    Policy(Box<Policy>),
}

/// Where something was read again, and what came of it; nothing of what stays as it was.
type Again = (usize, Result<Option<Fresh>, Failure>);

impl Fresh {
    /// Of a policy what holds from the start on is told if it is other than at the start.
    fn replaces(self, control: &Control, began: Early) -> Result<(), Failure> {
        match self {
            Self::Models(models) => control.models(models)?,
            Self::Lists(lists) => {
                tell_reports(&lists);
                control.lists(lists);
            }
            Self::Policy(policy) => {
                let early = policy.early();
                control.policy(*policy)?;
                if early != began {
                    tell("the policy: [early] packets and seconds hold from the next start on");
                }
            }
        }
        Ok(())
    }
}

/// What of each file tells that it has changed; nothing of one that is not there, or out of reach.
type State = BTreeMap<PathBuf, Option<(SystemTime, u64)>>;

/// Of models, lists, the policy.
pub(super) type States = [State; 3];
const WHAT: [&str; 3] = ["models", "lists", "the policy"];

/// Follows files that were in these states when they were read.
fn follow(
    mut known: States,
    control: &Control,
    wanted: &Named,
    interrupt: &Interrupt,
    is_over: &AtomicBool,
    also: impl Fn(),
) {
    for (now, known) in wanted.states().into_iter().zip(&mut known) {
        if tell_out_of_reach(&now) {
            *known = now;
        }
    }
    let mut pending = known.clone();
    let began = control.setup().policy.early();
    while !is_over.load(Ordering::Relaxed) {
        thread::park_timeout(LOOKS);
        let now = wanted.states();
        let is_wished = interrupt.take_hangup();
        if is_wished {
            also();
        }
        let is_due = |place: usize, now: &State| {
            // A file that is being written is read when it has stayed the same for one look.
            let has_changed = known.get(place) != Some(now) && pending.get(place) == Some(now);
            has_changed || is_wished && wanted.names(place)
        };
        for (place, fresh) in wanted.read_again(&now, is_due) {
            replace(place, fresh, control, began);
            if let (Some(known), Some(now)) = (known.get_mut(place), now.get(place)) {
                known.clone_from(now);
            }
        }
        pending = now;
    }
}

/// Puts what was read in the place of what is there, if it could be read.
fn replace(place: usize, fresh: Result<Option<Fresh>, Failure>, control: &Control, began: Early) {
    let what = WHAT.get(place).copied().unwrap_or_default();
    let replaced = fresh.and_then(|fresh| {
        let Some(fresh) = fresh else { return Ok(false) };
        fresh.replaces(control, began).map(|()| true)
    });
    match replaced {
        Ok(true) => tell(&format!("{what}: read again")),
        Ok(false) => {}
        Err(failure) => {
            report(&failure);
            tell(&format!("{what}: kept as before"));
        }
    }
}

/// Says which files cannot be read any more since privileges were given up; whether there are any. What is no file is not
/// opened: a pipe would wait for somebody to write.
fn tell_out_of_reach(state: &State) -> bool {
    let mut is_any = false;
    for path in state.keys().filter(|path| !is_stream(path)) {
        if let Some(error) =
            File::open(path).err().filter(|it| it.kind() == ErrorKind::PermissionDenied)
        {
            warn(&format!(
                "{} cannot be read again with the rights that are left: {error}",
                path.display()
            ));
            is_any = true;
        }
    }
    is_any
}

/// Whether it is there and neither a file nor a folder: a pipe, which can be read once.
fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_dir())
}

impl Named {
    /// What a configuration says where this says nothing.
    pub(super) fn or(&mut self, config: &config::Knowledge) {
        self.model = self.model.take().or_else(|| config.model.clone());
        self.anomaly = self.anomaly.take().or_else(|| config.anomaly.clone());
        self.policy = self.policy.take().or_else(|| config.policy.clone());
        if self.lists.is_empty() {
            self.lists.clone_from(&config.lists);
        }
    }

    /// All of it, as a configuration says it.
    #[cfg(feature = "dashboard")]
    pub(super) fn said(&self) -> config::Knowledge {
        let mut said = config::Knowledge::default();
        said.model.clone_from(&self.model);
        said.anomaly.clone_from(&self.anomaly);
        said.policy.clone_from(&self.policy);
        said.lists.clone_from(&self.lists);
        said
    }

    /// What is wrong with what a configuration says, file by file.
    pub(super) fn troubles(config: &config::Knowledge) -> Vec<(String, Failure)> {
        let alone = || Self { max_model: LARGEST, ..Self::default() };
        let of_model = |model| Self { model, ..alone() }.models().err();
        let anomaly = Self { anomaly: config.anomaly.clone(), ..alone() };
        let policy = Self { policy: config.policy.clone(), ..alone() };
        let mut found = vec![
            ("model".to_owned(), of_model(config.model.clone())),
            ("anomaly".into(), anomaly.models().err()),
            ("policy".into(), policy.policy().err()),
        ];
        for (number, list) in config.lists.iter().enumerate() {
            let read = Self { lists: vec![list.clone()], ..alone() }.lists();
            let setting = format!("lists.{number}.path");
            found.push((setting, read.map(|lists| tell_reports(&lists)).err()));
        }
        let trouble = |(setting, failure)| Some((format!("knowledge.{setting}"), failure?));
        found.into_iter().filter_map(trouble).collect()
    }

    /// Looks at the files from now on, and has a path follow them: when they change, and on a hangup, on which something else
    /// is done, too.
    pub(super) fn watch(
        &self,
        seen: States,
        control: Control,
        interrupt: &Arc<Interrupt>,
        also: impl Fn() + Send + 'static,
    ) -> Result<Watcher, Failure> {
        interrupt.survive_hangups();
        let is_over = Arc::new(AtomicBool::new(false));
        let (watched, wanted, interrupt) =
            (Arc::clone(&is_over), self.kept(), Arc::clone(interrupt));
        let follow = move || follow(seen, &control, &wanted, &interrupt, &watched, also);
        let thread = thread::Builder::new().name("knowledge".into()).spawn(follow);
        Ok(Watcher { is_over, thread: Some(thread.map_err(Failure::Thread)?) })
    }

    /// The same without what is not read again.
    fn kept(&self) -> Self {
        Self {
            model: self.model.clone(),
            anomaly: self.anomaly.clone(),
            max_model: self.max_model,
            lists: self.lists.clone(),
            drift_of: self.drift_of,
            busiest: None,
            busiest_list: self.busiest_list.clone(),
            policy: self.policy.clone(),
            print_policy: false,
        }
    }

    /// Whether something is named there.
    fn names(&self, place: usize) -> bool {
        match place {
            0 => self.model.is_some() || self.anomaly.is_some(),
            1 => !self.lists.is_empty(),
            _ => self.policy.is_some(),
        }
    }

    /// How the files are now. A pipe stays as it is: whether somebody has written to it is no change.
    fn states(&self) -> States {
        let models = self.model.iter().chain(&self.anomaly).cloned().collect();
        // Of a folder that cannot be looked into, the folder.
        let lists = self.list_files().unwrap_or_else(|_| self.lists.clone());
        let lists = lists.into_iter().map(|list| list.path).collect();
        let all: [Vec<PathBuf>; 3] = [models, lists, self.policy.iter().cloned().collect()];
        all.map(|paths| {
            let state = |path: PathBuf| {
                let facts = fs::metadata(&path).ok().filter(|_| !is_stream(&path));
                let state = facts.and_then(|facts| Some((facts.modified().ok()?, facts.len())));
                (path, state)
            };
            paths.into_iter().map(state).collect()
        })
    }

    /// What is due, as it is now. All of it is read before any is replaced: no policy is to hold for seconds without its lists.
    fn read_again(&self, now: &States, is_due: impl Fn(usize, &State) -> bool) -> Vec<Again> {
        let due = now.iter().enumerate().filter(|(place, now)| is_due(*place, now));
        let read = due.map(|(place, now)| (place, self.read_place(place, now)));
        let mut read: Vec<Again> = read.collect();
        if !read.is_empty() {
            // What has changed meanwhile was still being written.
            let later = self.states();
            read.retain(|(place, _)| later.get(*place) == now.get(*place));
        }
        read
    }

    /// What is there now; nothing of what can be read once, which is told.
    fn read_place(&self, place: usize, now: &State) -> Result<Option<Fresh>, Failure> {
        if let Some(stream) = now.keys().find(|path| is_stream(path)) {
            let what = WHAT.get(place).copied().unwrap_or_default();
            tell(&format!("{what}: kept as before, since {} is no file", stream.display()));
            return Ok(None);
        }
        Ok(Some(match place {
            0 => Fresh::Models(self.models()?),
            1 => Fresh::Lists(self.lists()?),
            _ => Fresh::Policy(Box::new(self.policy()?)),
        }))
    }

    fn models(&self) -> Result<Models, Failure> {
        let mut models = Models::default();
        if let Some(path) = &self.model {
            models = models.classifier(load(path, self.max_model)?).map_err(of_file(path))?;
        }
        if let Some(path) = &self.anomaly {
            models = models.anomaly(load(path, self.max_model)?).map_err(of_file(path))?;
        }
        if let Some(flows) = self.drift_of {
            models = models.watching_drift(flows)?;
        }
        Ok(models)
    }

    fn lists(&self) -> Result<Lists, Failure> {
        let mut lists = Lists::default();
        for config::List { path, level, column } in self.list_files()? {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            let file = File::open(&path).map_err(Failure::unread(&path))?;
            let options = ListOptions::new(name.into_owned()).severity(level);
            let options = column.into_iter().fold(options, ListOptions::column);
            lists = lists.with(options.read(BufReader::new(file)).map_err(of_file(&path))?);
        }
        Ok(self.busiest_list.iter().cloned().fold(lists, Lists::with))
    }

    /// The files that lists are in.
    fn list_files(&self) -> Result<Vec<config::List>, Failure> {
        let mut files = Vec::new();
        for list in &self.lists {
            if !list.path.is_dir() {
                files.push(list.clone());
                continue;
            }
            let entries = fs::read_dir(&list.path).map_err(Failure::unread(&list.path))?;
            let inside = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
            let mut inside: Vec<PathBuf> = inside.collect();
            inside.sort_unstable();
            files.extend(inside.into_iter().map(|path| config::List { path, ..list.clone() }));
        }
        Ok(files)
    }

    fn policy(&self) -> Result<Policy, Failure> {
        let Some(path) = &self.policy else { return Ok(Policy::default()) };
        Policy::from_toml(&policy_text(path)?).map_err(of_file(path))
    }
}

/// No more of a file than a policy may have: a pipe has no size to be refused by.
fn policy_text(path: &Path) -> Result<String, Failure> {
    let file = File::open(path).map_err(Failure::unread(path))?;
    let mut text = String::new();
    let read = file.take(MAX_POLICY as u64 + 1).read_to_string(&mut text);
    read.map_err(Failure::unread(path))?;
    Ok(text)
}

/// A list, its column and how bad a hit is: what stands behind the last `#`, and behind the last `=` if that is a level. A
/// file that is called so altogether is that file.
fn list_of(text: &str) -> config::List {
    let named = |name: &str| Level::ALL.into_iter().find(|level| level.name() == name);
    let (text, level) =
        match text.rsplit_once('=').and_then(|(text, name)| Some((text, named(name)?))) {
            Some((text, level)) => (text, level),
            None => (text, Level::Medium),
        };
    let (path, column) = match text.rsplit_once('#') {
        Some((path, column)) if !Path::new(text).exists() => (path, Some(column.to_owned())),
        _ => (text, None),
    };
    config::List { path: path.into(), level, column }
}

/// What was loaded of each list, and what not.
fn tell_reports(lists: &Lists) {
    lists.iter().for_each(|list| tell(&list.report().to_string()));
}

fn of_file(path: &Path) -> impl Fn(netsift::detect::DetectError) -> Failure {
    move |source| Failure::DetectFile { path: path.to_owned(), source }
}

/// The policy that holds if no other is named.
#[allow(clippy::print_stdout)] // what was asked for
pub(super) fn print_policy() -> Result<(), Failure> {
    print!("{}", Policy::default().to_toml()?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_and_a_level_may_stand_behind_a_list() {
        let of = |text| {
            let config::List { path, level, column } = list_of(text);
            (path.to_str().unwrap().to_owned(), level, column)
        };
        let [who, none] = [Some("who".to_owned()), None];
        assert_eq!(of("a=high"), ("a".to_owned(), Level::High, none.clone()));
        assert_eq!(of("a=b.txt"), ("a=b.txt".to_owned(), Level::Medium, none.clone()));
        assert_eq!(of("a=b.txt=low"), ("a=b.txt".to_owned(), Level::Low, none.clone()));
        assert_eq!(of("a.csv#who=low"), ("a.csv".to_owned(), Level::Low, who.clone()));
        assert_eq!(of("a#b#who"), ("a#b".to_owned(), Level::Medium, who));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a#who");
        fs::write(&path, "").unwrap();
        let text = path.to_str().unwrap();
        assert_eq!(of(text), (text.to_owned(), Level::Medium, none));
    }

    /// As the option says it, and as a configuration does.
    #[test]
    fn a_table_is_read_by_the_column_that_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, "when,whom\n1,192.0.2.7\n2,192.0.2.8\n").unwrap();
        let text = |column: &str| vec![list_of(&format!("{}{column}", path.display()))];
        let read = |lists| Named { lists, ..Named::default() }.lists();
        let entries = |lists: &Lists| lists.iter().map(|list| list.report().loaded).sum::<u64>();
        assert_eq!(entries(&read(text("#whom=high")).unwrap()), 2);
        assert!(read(text("")).is_err(), "no column that is known");
        let Err(missed) = read(text("#who")) else { panic!("no such column") };
        assert!(missed.to_string().contains("no column who"), "{missed}");
        let said =
            format!("[knowledge]\nlists = [{{ path = '{}', column = 'whom' }}]", path.display());
        let config = netsift::watch::Config::from_toml(&said).unwrap();
        let mut named = Named::default();
        named.or(&config.knowledge);
        assert_eq!(entries(&named.lists().unwrap()), 2);
    }
}
