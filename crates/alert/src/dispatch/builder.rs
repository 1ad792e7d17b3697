//! Which sinks there are, and how they begin.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::courier::Courier;
use super::delivery::Delivery;
use super::intake::Intake;
use super::post::Post;
use super::queue::Queue;
use super::state::States;
use super::{Desk, Dispatcher, Notice, Notices};
use crate::limit::Limiter;
use crate::route::Routes;
use crate::{Route, Sink, SinkError};

/// Sinks, and what goes to them.
#[must_use = "nothing is told before it is started"]
pub struct DispatcherBuilder {
    sinks: Vec<Planned>,
    routes: Vec<Route>,
    notices: Notices,
    states: States,
    is_patient: bool,
}

struct Planned {
    name: String,
    sink: Box<dyn Sink>,
    delivery: Delivery,
    /// Of a queue on disk.
    folder: Option<PathBuf>,
}

/// Sinks of this machine get so many alerts at once: a file is written once for all of them. Others say how many they take.
const LOCAL_AT_ONCE: usize = 256;

impl DispatcherBuilder {
    pub(super) fn new() -> Self {
        Self {
            sinks: Vec::new(),
            routes: Vec::new(),
            notices: Arc::new(|_| {}),
            states: States::default(),
            is_patient: false,
        }
    }

    /// A sink that writes to this machine: what waits for it is in memory.
    pub fn local(self, name: &str, sink: impl Sink + 'static, delivery: Delivery) -> Self {
        self.planned(name, Box::new(sink), delivery, None)
    }

    /// A sink that may be out of reach: what waits for it is in this folder, which no other sink and no other program has.
    pub fn remote(
        self,
        name: &str,
        sink: impl Sink + 'static,
        delivery: Delivery,
        folder: impl Into<PathBuf>,
    ) -> Self {
        self.planned(name, Box::new(sink), delivery, Some(folder.into()))
    }

    /// Which alerts go to which sinks. Default: all to all.
    pub fn routes(mut self, routes: Vec<Route>) -> Self {
        self.routes = routes;
        self
    }

    /// Who is told if a sink fails or works again, from the thread of the sink. Default: nobody.
    pub fn notices(mut self, told: impl Fn(&Notice<'_>) + Send + Sync + 'static) -> Self {
        self.notices = Arc::new(told);
        self
    }

    /// Whether who tells an alert waits for room, for a sink that takes what it is given, however slowly; for one that fails
    /// nobody waits. Default: no.
    pub fn patient(mut self, is_patient: bool) -> Self {
        self.is_patient = is_patient;
        self
    }

    /// How the sinks will be doing: for a sink that tells it, too.
    #[must_use]
    pub fn states(&self) -> States {
        self.states.clone()
    }

    /// Opens the queues and starts the threads. What was left in the queues is delivered first.
    ///
    /// # Errors
    /// [`SinkError::Setting`] for a setting outside its rule; what [`Spool::open`](crate::spool::Spool::open) says of a queue; [`SinkError::File`] if
    /// there can be no thread.
    pub fn start(self) -> Result<Dispatcher, SinkError> {
        let names: Vec<String> = self.sinks.iter().map(|sink| sink.name.clone()).collect();
        self.sinks.iter().try_for_each(|sink| sink.delivery.check(&sink.name))?;
        check_names(&names)?;
        check_files(&self.sinks)?;
        let routes = Routes::new(&self.routes, &names)?;
        let desk = |sink: Planned| sink.start(&self.states, &self.notices, self.is_patient);
        let desks = self.sinks.into_iter().map(desk).collect::<Result<_, _>>()?;
        Ok(Dispatcher { desks, routes, states: self.states })
    }

    fn planned(
        mut self,
        name: &str,
        sink: Box<dyn Sink>,
        delivery: Delivery,
        folder: Option<PathBuf>,
    ) -> Self {
        self.sinks.push(Planned { name: name.to_owned(), sink, delivery, folder });
        self
    }
}

impl Planned {
    fn start(
        self,
        states: &States,
        notices: &Notices,
        is_patient: bool,
    ) -> Result<Desk, SinkError> {
        let Self { name, sink, delivery, folder } = self;
        let (queue, at_once) = match folder {
            Some(folder) => (Queue::on_disk(&folder, delivery.spool)?, sink.at_once().max(1)),
            None => {
                let (waiting, most) = (VecDeque::new(), delivery.waiting);
                (Queue::Memory { waiting, most }, LOCAL_AT_ONCE)
            }
        };
        let gauges = states.add(&name);
        let post = Arc::new(Post::new(queue, Arc::clone(&gauges), Arc::clone(notices)));
        let (alerts, taken) = sync_channel(delivery.waiting);
        let limiter = Limiter::new(delivery.limit);
        let limit = Arc::new(Mutex::new(delivery.limit));
        let (held, post_in) = (Arc::clone(&limit), Arc::clone(&post));
        let intake = Intake { alerts: taken, limiter, limit: held, post: post_in, is_patient };
        let every = delivery.every();
        let courier = Courier::new(sink, Arc::clone(&post), every, at_once, delivery.retry);
        let threads = [
            spawn(format!("{name}-in"), || intake.run())?,
            spawn(format!("{name}-out"), || courier.run())?,
        ];
        Ok(Desk { delivery, limit, alerts, gauges, post, threads, is_patient })
    }
}

fn spawn(name: String, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, SinkError> {
    let spawned = thread::Builder::new().name(name.clone()).spawn(run);
    spawned.map_err(|source| SinkError::File { path: name, what: "started", source })
}

fn check_names(names: &[String]) -> Result<(), SinkError> {
    for (place, name) in names.iter().enumerate() {
        let is_new = !names.iter().take(place).any(|before| before == name);
        SinkError::unless(is_new, "the name of a sink", name, "a name that no other one has")?;
    }
    Ok(())
}

/// Two that write one file would put it aside for each other, and mix their words.
fn check_files(sinks: &[Planned]) -> Result<(), SinkError> {
    // Through links, as far as they can be followed.
    let file = |sink: &Planned| {
        let path = sink.sink.file()?;
        Some(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for (sink, file) in sinks.iter().filter_map(|sink| Some((sink, file(sink)?))) {
        let (setting, rule) = (format!("{}.path", sink.name), "a file that no other sink writes");
        SinkError::unless(!files.contains(&file), setting, file.display(), rule)?;
        files.push(file);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Alert;
    use crate::sinks::{CsvFile, JsonLines};

    struct Nobody;

    impl Sink for Nobody {
        fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
            Ok(())
        }
    }

    #[cfg(unix)]
    #[test]
    fn two_sinks_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("alerts");
        std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
        let lines = |name: &str| {
            let path = folder.path().join(name);
            JsonLines::new(toml::from_str(&format!("path = {path:?}")).unwrap()).unwrap()
        };
        let table = CsvFile::new(toml::from_str(&format!("path = {path:?}")).unwrap()).unwrap();
        let all = Delivery::default;
        let builder = || Dispatcher::builder().local("a", lines("alerts"), all());
        for builder in
            [builder().local("b", table, all()), builder().local("b", lines("link"), all())]
        {
            let error = builder.start().err().unwrap().to_string();
            assert!(error.starts_with("b.path is ") && error.contains("no other sink"), "{error}");
        }
        drop(builder().local("b", lines("others"), all()).start().unwrap());
    }

    #[test]
    fn names_and_settings_are_checked() {
        let start = |names: &[&str]| {
            let mut builder = Dispatcher::builder();
            for name in names {
                builder = builder.local(name, Nobody, Delivery::default());
            }
            builder.start().map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(start(&["a", "b-2"]), Ok(()));
        for names in [&["a", "a"][..], &[""], &[".."], &["a/b"], &["é"]] {
            assert!(start(names).unwrap_err().starts_with("the name of a sink is"), "{names:?}");
        }
        let builder = Dispatcher::builder();
        let error = builder.local("a", Nobody, toml::from_str("digest = -1.0").unwrap()).start();
        assert!(error.is_err_and(|error| error.to_string().starts_with("a.digest is")));
    }
}
