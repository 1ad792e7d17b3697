//! What is new in the history and with the sinks, looked for by a thread and pushed to whoever looks; and what is still to be
//! told of who was refused.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use netsift_history::{Mark, News, Reader};
use serde_json::{Value, json};

use crate::server::Server;

/// So often it looks.
const PACE: Duration = Duration::from_millis(500);
/// So often it looks at the sinks.
const PACE_OF_SINKS: Duration = Duration::from_secs(2);
/// What it takes out of the history at once.
const AT_ONCE: usize = 1_000;

/// The thread that looks. It ends when it is dropped.
pub(crate) struct Watcher {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    pub(crate) fn start(server: Arc<Server>) -> io::Result<Self> {
        let ends = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&ends);
        let looks = move || {
            let mut look = Look { mark: None, sinks: Value::Null, looked: Instant::now() };
            while !ended.load(Ordering::Relaxed) {
                look.once(&server);
                server.ledger.catch_up();
                thread::park_timeout(PACE);
            }
        };
        let thread = thread::Builder::new().name("dashboard news".into()).spawn(looks)?;
        Ok(Self { ends, thread: Some(thread) })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It only looks: a panic of it is nobody else's.
            let _ = thread.join();
        }
    }
}

struct Look {
    /// Where the history was read to.
    mark: Option<Mark>,
    /// What was told of the sinks, as far as it is told.
    sinks: Value,
    looked: Instant,
}

impl Look {
    fn once(&mut self, server: &Server) {
        while self.history(server) {}
        if self.looked.elapsed() >= PACE_OF_SINKS || self.sinks.is_null() {
            self.looked = Instant::now();
            let sinks = states(server);
            if sinks != self.sinks && !self.sinks.is_null() {
                server.events.tell("sinks", &json!({}));
            }
            self.sinks = sinks;
        }
    }

    /// Tells what is new; answers whether there is more. A history that cannot be read for a moment is asked again.
    fn history(&mut self, server: &Server) -> bool {
        let Some(mark) = self.mark else {
            self.mark = server.archive.look(Reader::mark);
            return false;
        };
        let Some(news) = server.archive.look(|reader| reader.news(mark, AT_ONCE)) else {
            return false;
        };
        self.mark = Some(news.mark);
        tell(server, &news);
        news.is_more
    }
}

fn tell(server: &Server, news: &News) {
    if news.is_gap {
        server.events.tell("gap", &json!({}));
    }
    if !news.alerts.is_empty() {
        let ids: Vec<_> = news.alerts.iter().map(|row| row.alert.id).collect();
        // Whoever wants more than their names asks for what he shows.
        server.events.tell("alerts", &json!({ "ids": ids }));
    }
    if news.unreadable > 0 {
        let text = format!("{} alerts in the history cannot be read", news.unreadable);
        server.events.tell("trouble", &json!({ "text": text }));
    }
    for change in &news.changes {
        let (what, subject, who) = (&change.what, &change.subject, &change.who);
        server.events.tell("change", &json!({ "what": what, "subject": subject, "who": who }));
    }
}

/// What of the sinks is worth a look: not that counts have grown.
fn states(server: &Server) -> Value {
    let sinks = server.house.sinks();
    let state = |sink: &netsift_alert::SinkState| {
        json!([sink.name, sink.is_failing, sink.last_error, sink.dead, sink.waiting > 0])
    };
    sinks.iter().flatten().map(state).collect()
}
