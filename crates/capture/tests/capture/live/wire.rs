//! A pair of virtual interfaces between two network namespaces. Namespaces are of threads and vanish with them, and
//! with them what is in them: nothing has a name that others could see, and nothing is left to be cleaned up.

use std::fs;
use std::io::Write;
use std::panic::resume_unwind;
use std::process::{self, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use pnet_datalink::{Channel, Config, DataLinkSender};

/// No test takes longer, but one that hangs.
const LONGEST: Duration = Duration::from_secs(100);

/// The interface on the side of the test, and the one at the other end.
pub(crate) const HERE: &str = "here0";
const THERE: &str = "there0";

/// An Ethernet protocol number that is kept for experiments.
pub(crate) const EXPERIMENTAL: u16 = 0x88b5;

/// A frame that is its number: addresses, protocol, number, and zeros up to a length.
pub(crate) fn frame(number: u64, len: usize) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
    frame.extend(EXPERIMENTAL.to_be_bytes());
    frame.extend(number.to_be_bytes());
    frame.resize(len.max(frame.len()), 0);
    frame
}

pub(crate) fn number(frame: &[u8]) -> u64 {
    u64::from_be_bytes(frame[14..22].try_into().unwrap())
}

/// Runs a test in a thread with a network of its own. Says aloud that it skips where that cannot be had; in CI it
/// must be. A test that hangs fails.
pub(crate) fn in_namespaces(test: impl FnOnce(&mut Wire) + Send + 'static) {
    let name = thread::current().name().unwrap_or("a test").to_owned();
    let (alive, is_alive) = channel::<()>();
    let inside = move || {
        let _alive = alive;
        match Wire::new() {
            Ok(mut wire) => test(&mut wire),
            Err(missing) => skip(&missing),
        }
    };
    let thread = thread::Builder::new().name(name).spawn(inside).unwrap();
    let ended = is_alive.recv_timeout(LONGEST);
    assert_eq!(ended, Err(RecvTimeoutError::Disconnected), "the test hangs");
    thread.join().unwrap_or_else(|panic| resume_unwind(panic));
}

/// Past the harness, which swallows what tests print.
pub(crate) fn skip(missing: &str) {
    assert!(std::env::var_os("NETSIFT_CI").is_none(), "{missing}");
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let mut aloud = std::io::stderr();
    writeln!(aloud, "SKIPPED: {test}: {missing}").unwrap();
}

/// The test's side.
pub(crate) struct Wire {
    orders: Option<Sender<Order>>,
    peer: Option<JoinHandle<()>>,
    peer_id: i32,
}

type Order = Box<dyn FnOnce(&mut Peer) + Send>;

/// The other end, in a thread of its own.
#[derive(Default)]
pub(crate) struct Peer {
    sender: Option<Box<dyn DataLinkSender>>,
}

impl Wire {
    fn new() -> Result<Self, String> {
        enter_a_namespace()?;
        let (orders, ordered) = channel();
        let (tell, told) = channel();
        let peer = thread::spawn(move || Peer::default().obey(&tell, &ordered));
        let peer_id = told.recv().unwrap()?;
        let mut wire = Self { orders: Some(orders), peer: Some(peer), peer_id };
        wire.plug_in()?;
        Ok(wire)
    }

    /// Makes the pair, its other end with the peer, both up.
    pub(crate) fn plug_in(&mut self) -> Result<(), String> {
        let there = format!("/proc/{}/task/{}/ns/net", process::id(), self.peer_id);
        ip(&["link", "add", HERE, "type", "veth", "peer", "name", THERE, "netns", &there])?;
        ip(&["link", "set", HERE, "up"])?;
        ip(&["link", "set", "lo", "up"])?;
        self.order(|peer| {
            ip(&["link", "set", THERE, "up"])?;
            peer.sender = Some(sender()?);
            Ok(())
        })
    }

    /// Takes the pair away.
    pub(crate) fn unplug(&mut self) {
        ip(&["link", "delete", HERE]).unwrap();
    }

    pub(crate) fn set(&self, state: &str) {
        ip(&["link", "set", HERE, state]).unwrap();
    }

    pub(crate) fn address(&self, address: &str) {
        ip(&["address", "add", address, "dev", HERE]).unwrap();
    }

    /// Has the other end send frames of a length, numbered.
    pub(crate) fn send(&mut self, numbers: std::ops::Range<u64>, len: usize) {
        self.order(move |peer| {
            numbers.into_iter().for_each(|number| peer.send(&frame(number, len)));
        });
    }

    /// Has the other end send so many frames a second for a while; how many that was.
    pub(crate) fn send_at(&mut self, rate: u64, lasting: Duration, len: usize) -> u64 {
        self.order(move |peer| {
            let (began, mut sent) = (Instant::now(), 0);
            while began.elapsed() < lasting {
                let due = rate as f64 * began.elapsed().as_secs_f64();
                // A few at a time, so that asking for the time is not what is measured.
                for _ in 0..32.min((due as u64).saturating_sub(sent)) {
                    peer.send(&frame(sent, len));
                    sent += 1;
                }
            }
            sent
        })
    }

    pub(crate) fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.order(move |peer| peer.send(&bytes));
    }

    /// Has the other end do something, and waits for it.
    fn order<T: Send + 'static>(
        &mut self,
        what: impl FnOnce(&mut Peer) -> T + Send + 'static,
    ) -> T {
        let (tell, told) = channel();
        let order: Order = Box::new(move |peer| tell.send(what(peer)).unwrap());
        self.orders.as_ref().unwrap().send(order).unwrap();
        told.recv().unwrap()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(peer) = self.peer.take() {
            // A panic there has been seen here, as an order that nobody answered.
            let _ = peer.join();
        }
    }
}

impl Peer {
    fn obey(mut self, tell: &Sender<Result<i32, String>>, orders: &Receiver<Order>) {
        let entered = enter_a_namespace().map(|()| nix::unistd::gettid().as_raw());
        tell.send(entered).unwrap();
        orders.iter().for_each(|order| order(&mut self));
    }

    fn send(&mut self, bytes: &[u8]) {
        let sender = self.sender.as_mut().unwrap();
        sender.send_to(bytes, None).unwrap().unwrap();
    }
}

fn enter_a_namespace() -> Result<(), String> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| format!("no network namespace: {error}"))?;
    // The system's own greetings are refused by filters too; not every machine lets this be written.
    let _ = fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
    Ok(())
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("ip").args(arguments).output();
    let output = output.map_err(|error| format!("the program ip is missing: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("ip {arguments:?}: {said}")) }
}

fn sender() -> Result<Box<dyn DataLinkSender>, String> {
    let interfaces = pnet_datalink::interfaces();
    let there = interfaces.iter().find(|interface| interface.name == THERE);
    let channel = pnet_datalink::channel(there.ok_or("no other end")?, Config::default());
    match channel.map_err(|error| error.to_string())? {
        Channel::Ethernet(sender, _) => Ok(sender),
        _ => Err("no channel".to_owned()),
    }
}
