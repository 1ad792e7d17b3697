//! Alerts to all who are to be told, without anybody waiting.

mod backoff;
mod builder;
mod courier;
mod delivery;
mod intake;
mod post;
mod queue;
mod state;

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::route::Routes;
use crate::{Alert, Group, Limit, Route, SinkError};
pub use backoff::Retry;
pub use builder::DispatcherBuilder;
pub use delivery::Delivery;
use post::{Post, Stage};
use state::Gauges;
pub use state::{SinkState, States};

/// What is worth telling who runs the program.
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// A sink, or its queue, fails that worked before. What fails and works by turns is told once a minute.
    Failing {
        /// The name of the sink.
        sink: &'a str,
        /// Why.
        error: &'a SinkError,
    },
    /// It works again.
    Recovered {
        /// The name of the sink.
        sink: &'a str,
    },
}

type Notices = Arc<dyn Fn(&Notice<'_>) + Send + Sync>;

/// Hands alerts to sinks.
///
/// Every sink has threads of its own. Who tells an alert never waits: what finds no room in a sink's memory is counted
/// ([`SinkState::overflowed`]). A remote sink has a queue on disk besides, which survives the program, and what it does not
/// take is tried again, waiting longer each time, until it arrives, is refused, or is too old: then it is a dead letter, which
/// [`resend`](crate::spool::resend) takes up. One that fails holds up no other: what comes behind it is tried, too, and if
/// that arrives it is set aside, tried again by itself, and a dead letter after [some tries](Retry::tries). As long as nothing
/// arrives all of it stays, in its order.
///
/// ```
/// # use netsift_alert::{Action, Alert, AlertId, Level, SinkError};
/// use netsift_alert::{Delivery, Dispatcher, Sink};
/// use std::time::Duration;
///
/// struct Printer;
///
/// impl Sink for Printer {
///     fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
///         alerts.iter().for_each(|alert| println!("{alert}"));
///         Ok(())
///     }
/// }
///
/// # let alert = Alert { id: AlertId::of(0, "scan", [None, None]), nanos: 0, first: 0, count: 1, host: None,
/// #     level: Level::Low, score: 25.0, what: "scan".into(), source: None, target: None, protocol: None, service: None,
/// #     names: vec![], terms: vec![], reasons: vec![], evidence: vec![], packets: None, action: Action::Watch,
/// #     rule: "none".into() };
/// let dispatcher = Dispatcher::builder().local("print", Printer, Delivery::default()).start()?;
/// dispatcher.tell(alert);
/// let states = dispatcher.finish(Duration::from_secs(5));
/// assert_eq!(states[0].delivered, 1);
/// # Ok::<(), SinkError>(())
/// ```
pub struct Dispatcher {
    desks: Vec<Desk>,
    routes: Routes,
    states: States,
}

/// Where alerts for a sink are handed over.
struct Desk {
    delivery: Delivery,
    /// What the intake goes by.
    limit: Arc<Mutex<Limit>>,
    alerts: SyncSender<Arc<Alert>>,
    gauges: Arc<Gauges>,
    post: Arc<Post>,
    threads: [JoinHandle<()>; 2],
    is_patient: bool,
}

impl Dispatcher {
    /// Without any sinks.
    pub fn builder() -> DispatcherBuilder {
        DispatcherBuilder::new()
    }

    /// Hands an alert, or what is told of a group of them, to all that it goes to, as far as they have room. It does not
    /// wait, unless it was made [patient](DispatcherBuilder::patient).
    pub fn tell(&self, group: impl Into<Group>) {
        let mut group = group.into();
        if !group.alert.is_bounded() {
            group.alert = group.alert.bounded();
        }
        let mut places = Vec::new();
        self.routes.of(&group, |place| places.push(place));
        let alert = Arc::new(group.alert);
        for desk in places.into_iter().filter_map(|place| self.desks.get(place)) {
            desk.hand_over(&alert);
        }
    }

    /// Other routes from the next alert on, and for the sinks that are named another level, other classes and another limit:
    /// all of it, or nothing. What waits for a sink goes on waiting for it. Who changes [`Silences`](crate::Silences) with
    /// them makes those first, and has them [replaced](crate::Silences::replace) once this was taken.
    ///
    /// # Errors
    /// [`SinkError::Setting`] for a route or a name to which there is no sink, for a setting outside its rule, and for another
    /// value of one that holds from start to end: `digest`, `waiting`, `spool` and `retry`.
    pub fn change(
        &mut self,
        routes: &[Route],
        deliveries: &[(&str, Delivery)],
    ) -> Result<(), SinkError> {
        let names: Vec<String> = self.desks.iter().map(|it| it.gauges.name().to_owned()).collect();
        let routes = Routes::new(routes, &names)?;
        for (name, delivery) in deliveries {
            let desk = self.desks.iter().find(|desk| desk.gauges.name() == *name);
            let rule = "that of one that was started";
            SinkError::unless(desk.is_some(), "the name of a sink", name, rule)?;
            delivery.check(name)?;
            desk.map_or(Ok(()), |desk| desk.delivery.check_change(delivery, name))?;
        }
        self.routes = routes;
        for (name, delivery) in deliveries {
            let named = self.desks.iter_mut().filter(|desk| desk.gauges.name() == *name);
            named.for_each(|desk| desk.change(delivery));
        }
        Ok(())
    }

    /// How the sinks are doing.
    #[must_use]
    pub fn states(&self) -> States {
        self.states.clone()
    }

    /// Tells no more, and gives the sinks so long to take what waits: each is tried once more. What has not arrived by then
    /// stays in the queues on disk for the next program; what has none is counted as unwritten.
    #[must_use]
    pub fn finish(self, patience: Duration) -> Vec<SinkState> {
        let now = Instant::now();
        let deadline = now.checked_add(patience).unwrap_or(now);
        // Without their senders the threads know that nothing comes any more.
        let ends: Vec<_> = self.desks.into_iter().map(|desk| (desk.post, desk.threads)).collect();
        for (post, threads) in ends {
            if !post.is_over_by(deadline) {
                post.reach(Stage::Stopped);
                post.drop_unkept();
                continue;
            }
            // They have nothing more to do than to go, and what they had is free for others then. What panicked there was
            // told by itself.
            threads.into_iter().for_each(|thread| drop(thread.join()));
        }
        self.states.all()
    }
}

impl Desk {
    fn change(&mut self, delivery: &Delivery) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = delivery.limit;
        self.delivery = delivery.clone();
    }

    fn hand_over(&self, alert: &Arc<Alert>) {
        if !self.delivery.wants(alert) {
            return;
        }
        self.gauges.handed.add(1);
        let alert = Arc::clone(alert);
        let is_taken = match self.is_patient {
            true => self.alerts.send(alert).is_ok(),
            false => self.alerts.try_send(alert).is_ok(),
        };
        self.gauges.overflowed.add(u64::from(!is_taken));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;
    use crate::digest::MAX_DIGEST;
    use crate::spool::{dead_letters, resend};
    use crate::{Grouper, Grouping, Limit, Peer, Sink, example};

    /// Takes what it is told to, and keeps what it took.
    #[derive(Clone, Default)]
    struct Fake {
        taken: Arc<Mutex<Vec<Vec<i64>>>>,
        is_away: Arc<AtomicBool>,
        refused: Option<i64>,
    }

    impl Fake {
        fn taken(&self) -> Vec<Vec<i64>> {
            self.taken.lock().unwrap().clone()
        }
    }

    impl Sink for Fake {
        fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
            let (target, answer) = ("fake".to_owned(), "no".to_owned());
            if self.is_away.load(Ordering::SeqCst) {
                return Err(SinkError::Busy { target, answer, wait: None });
            }
            if alerts.iter().any(|alert| Some(alert.nanos) == self.refused) {
                return Err(SinkError::Refused { target, answer });
            }
            self.taken.lock().unwrap().push(alerts.iter().map(|alert| alert.nanos).collect());
            Ok(())
        }
    }

    const PATIENCE: Duration = Duration::from_secs(20);

    fn delivery(text: &str) -> Delivery {
        toml::from_str(&format!("retry.first = 0.001\nretry.longest = 0.01\n{text}")).unwrap()
    }

    fn adds_up(state: &SinkState) {
        let SinkState { limited, overflowed, unwritten, delivered, dead, waiting, .. } = state;
        let all = limited + overflowed + unwritten + delivered + dead + waiting;
        assert_eq!(state.handed, all, "{state:?}");
    }

    fn until(holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < PATIENCE, "it never came");
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn alerts_go_where_routes_and_levels_say() {
        let (file, mail) = (Fake::default(), Fake::default());
        let routes = toml::from_str("which = { what = [\"scan\"] }\nto = [\"file\"]\nlast = true");
        let rest = toml::from_str("to = [\"file\", \"mail\"]");
        let dispatcher = Dispatcher::builder()
            .local("file", file.clone(), Delivery::default())
            .local("mail", mail.clone(), delivery("what = [\"*flood\"]"))
            .routes(vec![routes.unwrap(), rest.unwrap()])
            .start()
            .unwrap();
        ["scan", "flood", "beacon"]
            .into_iter()
            .zip(1..)
            .for_each(|(what, nanos)| dispatcher.tell(example(what, nanos)));
        let states = dispatcher.finish(PATIENCE);
        assert_eq!((file.taken().concat(), mail.taken().concat()), (vec![1, 2, 3], vec![2]));
        assert_eq!(states.iter().map(|state| state.delivered).collect::<Vec<_>>(), [3, 1]);
        states.iter().for_each(adds_up);
    }

    #[test]
    fn routes_and_limits_change_and_what_waits_is_delivered() {
        let folder = tempfile::tempdir().unwrap();
        let mail = Fake { is_away: Arc::new(true.into()), ..Fake::default() };
        let file = Fake::default();
        let mut dispatcher = Dispatcher::builder()
            .local("file", file.clone(), delivery(""))
            .remote("mail", mail.clone(), delivery(""), folder.path())
            .start()
            .unwrap();
        (0..3).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        let route: Route = toml::from_str("to = [\"file\"]").unwrap();
        let less = delivery("at_least = \"high\"\nlimit = { alerts = 2, seconds = 3600.0 }");
        for (routes, deliveries, wrong) in [
            (vec![Route { to: vec!["fax".into()], ..Route::default() }], vec![], "routes.0.to"),
            (vec![route.clone()], vec![("fax", less.clone())], "the name of a sink is \"fax\""),
            (vec![route.clone()], vec![("file", delivery("limit.seconds = 0.0"))], "file.limit"),
            (vec![route.clone()], vec![("file", delivery("digest = 5.0"))], "file.digest"),
        ] {
            let error = dispatcher.change(&routes, &deliveries).unwrap_err().to_string();
            assert!(error.starts_with(wrong), "{error}");
        }
        dispatcher.tell(example("scan", 3));
        until(|| file.taken().concat().len() == 4);
        dispatcher.change(&[route], &[("file", less)]).unwrap();
        dispatcher.tell(Alert { level: crate::Level::Low, ..example("scan", 4) });
        (5..9).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].limited == 2);
        mail.is_away.store(false, Ordering::SeqCst);
        let states = dispatcher.finish(PATIENCE);
        assert_eq!(file.taken().concat(), [0, 1, 2, 3, 5, 6, 8], "and one that tells of two");
        let mut mails = mail.taken().concat();
        mails.sort_unstable();
        assert_eq!(mails, [0, 1, 2, 3]);
        states.iter().for_each(adds_up);
    }

    /// A sink that takes a while for each.
    struct Slow(Fake);

    impl Sink for Slow {
        fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
            thread::sleep(Duration::from_millis(1));
            self.0.accept(alerts)
        }
    }

    #[test]
    fn who_is_patient_waits_for_what_is_slow_and_not_for_what_fails() {
        let told = |sink: Fake, is_patient| {
            let dispatcher = Dispatcher::builder()
                .local("file", Slow(sink), delivery("waiting = 2"))
                .patient(is_patient)
                .start()
                .unwrap();
            (0..500).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
            let states = dispatcher.finish(PATIENCE);
            states.iter().for_each(adds_up);
            states.into_iter().next().unwrap()
        };
        let file = Fake::default();
        let state = told(file.clone(), true);
        assert_eq!((state.delivered, state.overflowed), (500, 0));
        assert_eq!(file.taken().concat(), (0..500).collect::<Vec<_>>());
        assert!(told(Fake::default(), false).overflowed > 0);
        let away = told(Fake { is_away: Arc::new(true.into()), ..Fake::default() }, true);
        assert!(away.overflowed > 400, "{away:?}");
    }

    #[test]
    fn what_is_away_gets_everything_once_it_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Fake { is_away: Arc::new(true.into()), ..Fake::default() };
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&told);
        let dispatcher = Dispatcher::builder()
            .remote("mail", sink.clone(), delivery(""), folder.path())
            .notices(move |notice| notes.lock().unwrap().push(format!("{notice:?}")))
            .start()
            .unwrap();
        (0..100).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].failures > 3);
        until(|| dispatcher.states().all()[0].waiting == 100);
        sink.is_away.store(false, Ordering::SeqCst);
        until(|| dispatcher.states().all()[0].delivered == 100);
        let states = dispatcher.finish(PATIENCE);
        let taken = sink.taken().concat();
        // What others were tried with meanwhile may come first, and what they passed over behind that.
        assert!(taken.windows(2).filter(|pair| pair[0] > pair[1]).count() <= 2, "{taken:?}");
        assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), taken.len(), "each once");
        assert_eq!(taken.len(), 100);
        assert!(sink.taken().iter().all(|message| message.len() == 1));
        adds_up(&states[0]);
        let told = told.lock().unwrap();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].starts_with("Failing") && told[1].starts_with("Recovered"));
    }

    #[test]
    fn what_is_not_delivered_waits_for_the_next_program() {
        let folder = tempfile::tempdir().unwrap();
        let away = Fake { is_away: Arc::new(true.into()), ..Fake::default() };
        let dispatcher = Dispatcher::builder()
            .remote("mail", away.clone(), Delivery::default(), folder.path())
            .start()
            .unwrap();
        (0..10).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        let start = Instant::now();
        let states = dispatcher.finish(PATIENCE);
        assert!(start.elapsed() < PATIENCE / 2, "it is not waited for");
        assert_eq!((states[0].waiting, states[0].delivered), (10, 0));
        adds_up(&states[0]);
        let back = Fake::default();
        let builder = Dispatcher::builder();
        let dispatcher =
            builder.remote("mail", back.clone(), Delivery::default(), folder.path()).start();
        let states = dispatcher.unwrap().finish(PATIENCE);
        assert_eq!(back.taken().concat(), (0..10).collect::<Vec<_>>());
        adds_up(&states[0]);
    }

    #[test]
    fn what_is_refused_or_too_old_is_a_dead_letter() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Fake { refused: Some(2), ..Fake::default() };
        let builder = Dispatcher::builder();
        let dispatcher = builder
            .remote("mail", sink.clone(), delivery("retry.give_up = 0.0"), folder.path())
            .start()
            .unwrap();
        (0..4).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].delivered == 3);
        sink.is_away.store(true, Ordering::SeqCst);
        (4..8).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].dead == 5);
        let states = dispatcher.finish(PATIENCE);
        adds_up(&states[0]);
        assert_eq!(dead_letters(folder.path()).unwrap(), 5);
        let mut again = Fake::default();
        assert_eq!(resend(folder.path(), &mut again).unwrap().delivered, 5);
        assert_eq!(again.taken().concat(), [2, 4, 5, 6, 7]);
    }

    #[test]
    fn what_is_refused_together_is_tried_one_by_one() {
        let sink = Fake { refused: Some(5), is_away: Arc::new(true.into()), ..Fake::default() };
        let dispatcher =
            Dispatcher::builder().local("file", sink.clone(), delivery("")).start().unwrap();
        (0..20).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].waiting == 20);
        sink.is_away.store(false, Ordering::SeqCst);
        until(|| dispatcher.states().all()[0].waiting == 0);
        let states = dispatcher.finish(PATIENCE);
        assert_eq!(sink.taken().concat(), (0..20).filter(|it| *it != 5).collect::<Vec<_>>());
        assert_eq!((states[0].delivered, states[0].unwritten), (19, 1));
        adds_up(&states[0]);
    }

    #[test]
    fn a_digest_is_one_message_and_a_limit_tells_how_many_more() {
        let folder = tempfile::tempdir().unwrap();
        let (digest, limited) = (Fake::default(), Fake::default());
        let limit = Limit { alerts: 2, seconds: 3_600.0 };
        let dispatcher = Dispatcher::builder()
            .remote("mail", digest.clone(), delivery("digest = 3600.0"), folder.path())
            .local("sms", limited.clone(), Delivery { limit, ..Delivery::default() })
            .start()
            .unwrap();
        (0..10).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        dispatcher.tell(Alert { count: 7, ..example("scan", 3) });
        until(|| dispatcher.states().all()[0].waiting == 11);
        let states = dispatcher.finish(PATIENCE);
        assert_eq!(digest.taken(), [(0..10).collect::<Vec<_>>()], "what is the same is in it once");
        assert_eq!(limited.taken().concat(), [0, 1, 9]);
        assert_eq!((states[1].limited, states[1].handed), (9, 12));
        states.iter().for_each(adds_up);
    }

    #[test]
    fn a_digest_of_a_long_queue_is_one_message_too() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Fake::default();
        let all = delivery("digest = 3600.0\nwaiting = 20000");
        let builder = Dispatcher::builder().remote("mail", sink.clone(), all, folder.path());
        let dispatcher = builder.start().unwrap();
        (0..10_000).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].waiting == 10_000);
        let states = dispatcher.finish(PATIENCE);
        let taken = sink.taken();
        assert_eq!(
            (taken.len(), taken[0].len()),
            (1, MAX_DIGEST + 1),
            "and one that counts the rest"
        );
        assert_eq!((states[0].delivered, states[0].waiting), (10_000, 0));
        adds_up(&states[0]);
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 1, "nothing but the marker");
    }

    /// Always says the same, and keeps what it was told.
    #[derive(Clone)]
    struct Says(fn() -> SinkError, Arc<Mutex<Vec<Vec<i64>>>>);

    impl Sink for Says {
        fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
            self.1.lock().unwrap().push(alerts.iter().map(|alert| alert.nanos).collect());
            Err((self.0)())
        }
    }

    fn partly() -> SinkError {
        let [target, who, answer] = ["mail", "never@b", "550 no"].map(String::from);
        SinkError::Partly { target, who, answer }
    }

    fn refused() -> SinkError {
        SinkError::Refused { target: "mail".into(), answer: "550 no".into() }
    }

    #[test]
    fn one_dead_mailbox_of_several_makes_no_more_mails() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Says(partly, Arc::default());
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let notes = Arc::clone(&told);
        let dispatcher = Dispatcher::builder()
            .remote("mail", sink.clone(), delivery("digest = 0.1"), folder.path())
            .notices(move |notice| notes.lock().unwrap().push(format!("{notice:?}")))
            .start()
            .unwrap();
        (0..20).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].delivered == 20);
        dispatcher.tell(example("scan", 20));
        let states = dispatcher.finish(PATIENCE);
        let mails = sink.1.lock().unwrap().clone();
        assert!(mails.len() <= 3, "{mails:?}");
        assert_eq!(mails.concat(), (0..=20).collect::<Vec<_>>(), "each is told once");
        let state = &states[0];
        assert_eq!((state.delivered, state.partly, state.dead), (21, 21, 0), "{state:?}");
        assert!(state.is_failing && state.last_success.is_some());
        adds_up(state);
        let told = told.lock().unwrap();
        assert!(told.len() == 1 && told[0].contains("never@b"), "{told:?}");
    }

    #[test]
    fn one_that_is_refused_costs_the_others_a_few_more_messages() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Fake { refused: Some(700), ..Fake::default() };
        let builder = Dispatcher::builder();
        let dispatcher = builder
            .remote("mail", sink.clone(), delivery("digest = 3600.0"), folder.path())
            .start()
            .unwrap();
        (0..1_000).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].waiting == 1_000);
        let states = dispatcher.finish(PATIENCE);
        let taken = sink.taken();
        assert!(taken.len() < 30, "{} messages", taken.len());
        assert_eq!(taken.concat(), (0..1_000).filter(|it| *it != 700).collect::<Vec<_>>());
        assert_eq!((states[0].delivered, states[0].dead), (999, 1));
        adds_up(&states[0]);
    }

    #[test]
    fn who_refuses_everything_is_not_asked_about_each() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Says(refused, Arc::default());
        let builder = Dispatcher::builder();
        let dispatcher = builder
            .remote("mail", sink.clone(), delivery("digest = 3600.0"), folder.path())
            .start()
            .unwrap();
        (0..2_000).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].waiting == 2_000);
        let states = dispatcher.finish(PATIENCE);
        let asked = sink.1.lock().unwrap().len();
        assert!(asked < 20, "asked {asked} times");
        assert_eq!((states[0].dead, dead_letters(folder.path()).unwrap()), (2_000, 2_000));
        adds_up(&states[0]);
    }

    #[test]
    fn what_is_tried_again_is_the_same_though_more_has_come() {
        /// Has no time at first.
        struct Later(Says);
        impl Sink for Later {
            fn accept(&mut self, alerts: &[Alert]) -> Result<(), SinkError> {
                let said = self.0.accept(alerts);
                if self.0.1.lock().unwrap().len() == 1 { said } else { Ok(()) }
            }
        }
        fn busy() -> SinkError {
            SinkError::Busy { target: "mail".into(), answer: "451 grey".into(), wait: None }
        }
        let folder = tempfile::tempdir().unwrap();
        let says = Says(busy, Arc::default());
        let slowly: Delivery =
            toml::from_str("digest = 0.05\nretry = { first = 0.6, longest = 0.6 }").unwrap();
        let builder = Dispatcher::builder();
        let dispatcher =
            builder.remote("mail", Later(says.clone()), slowly, folder.path()).start().unwrap();
        (0..3).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].failures == 1);
        (3..5).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| dispatcher.states().all()[0].delivered == 5);
        let _ = dispatcher.finish(PATIENCE);
        let heard = says.1.lock().unwrap();
        assert_eq!(heard[0], heard[1], "who of several has had it knows it");
        assert_eq!(heard[1..].concat(), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_queue_belongs_to_one_until_that_one_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let start = || {
            let builder = Dispatcher::builder();
            builder.remote("mail", Fake::default(), Delivery::default(), folder.path()).start()
        };
        for _ in 0..20 {
            let first = start().unwrap();
            let error = start().err().unwrap().to_string();
            let named = folder.path().display().to_string();
            assert_eq!(error, format!("{named}: another sink or another program has it"));
            let _ = first.finish(PATIENCE);
        }
    }

    #[test]
    fn a_crowd_goes_where_all_of_it_belongs() {
        let (office, rest) = (Fake::default(), Fake::default());
        let route = |text| toml::from_str(text).unwrap();
        let dispatcher = Dispatcher::builder()
            .local("office", office.clone(), Delivery::default())
            .local("rest", rest.clone(), Delivery::default())
            .routes(vec![
                route("which = { target = ['10.1.0.0/16'] }\nto = ['office']\nlast = true"),
                route("to = ['rest']"),
            ])
            .start()
            .unwrap();
        let mut grouper = Grouper::new(Grouping::default()).unwrap();
        for (what, net) in [("scan", [10, 1]), ("flood", [10, 0])] {
            for host in 0..=255_u8 {
                // Of the flood every second one is beside the office.
                let address = [net[0], net[1].max(host % 2), 0, host].into();
                let target = Some(Peer { address, port: None });
                let alert = Alert { target, ..example(what, 5) };
                grouper.accept(alert, |group| dispatcher.tell(group));
            }
        }
        grouper.finish(|group| dispatcher.tell(group));
        let states = dispatcher.finish(PATIENCE);
        let counts: Vec<_> = states.iter().map(|state| state.delivered).collect();
        // Three to single targets and two about many of the scan; of the flood one of the first three is in the office.
        assert_eq!(counts, [5 + 1, 2 + 2]);
    }

    #[test]
    fn a_storm_that_never_ends_is_told_of_all_the_same() {
        let sink = Fake::default();
        let limited = delivery("limit = { alerts = 2, seconds = 0.02 }");
        let dispatcher = Dispatcher::builder().local("sms", sink.clone(), limited).start().unwrap();
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(400) {
            dispatcher.tell(example("scan", 1));
        }
        let more = sink.taken().concat().len();
        assert!(more > 9, "only {more} while it went on");
        adds_up(&dispatcher.finish(PATIENCE)[0]);
    }

    #[test]
    fn a_digest_comes_in_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let sink = Fake::default();
        let builder = Dispatcher::builder();
        let dispatcher = builder
            .remote("mail", sink.clone(), delivery("digest = 0.3"), folder.path())
            .start()
            .unwrap();
        let start = Instant::now();
        (0..10).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        until(|| !sink.taken().is_empty());
        assert!(start.elapsed() >= Duration::from_millis(300));
        assert_eq!(sink.taken().concat().len(), 10);
        let _ = dispatcher.finish(PATIENCE);
    }

    #[test]
    fn a_sink_that_hangs_stops_nobody_and_no_end() {
        struct Hanging;
        impl Sink for Hanging {
            fn accept(&mut self, _: &[Alert]) -> Result<(), SinkError> {
                thread::sleep(Duration::from_secs(3_600));
                Ok(())
            }
        }
        let other = Fake::default();
        let dispatcher = Dispatcher::builder()
            .local("hanging", Hanging, Delivery { waiting: 8, ..Delivery::default() })
            .local("other", other.clone(), Delivery::default())
            .start()
            .unwrap();
        let start = Instant::now();
        (0..1_000).for_each(|nanos| dispatcher.tell(example("scan", nanos)));
        let states = dispatcher.finish(Duration::from_millis(500));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(states[0].overflowed >= 1_000 - 8 - 8 - 256, "{:?}", states[0]);
        assert_eq!(other.taken().concat().len(), 1_000);
    }
}
