//! Places that many share: so many for all, and for each address no more than its share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use netsift_alert::Network;
use tokio::sync::Notify;

use crate::Settings;
use crate::proxies::is_trusted;
use crate::rates::network;

/// One address has this part of all places,
const PART: usize = 8;
/// and this many where there are few.
const LEAST: usize = 8;

/// Places of one kind.
pub(crate) struct Shares {
    all: usize,
    of_one: usize,
    /// Many come from each of them.
    proxies: Vec<Network>,
    held: Arc<Mutex<Held>>,
    freed: Arc<Notify>,
}

/// No more addresses than places.
#[derive(Default)]
struct Held {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A place, given back when it goes.
pub(crate) struct Share {
    client: IpAddr,
    held: Arc<Mutex<Held>>,
    freed: Arc<Notify>,
}

impl Shares {
    /// So many places, of which one address has an eighth.
    pub(crate) fn new(all: usize, settings: &Settings) -> Self {
        Self::limited(all, (all / PART).max(LEAST), settings)
    }

    /// So many places, of which one address has no more than that. Where everybody comes from this machine, as behind a
    /// proxy on it that is not trusted to say for whom, addresses tell nobody apart.
    pub(crate) fn limited(all: usize, of_one: usize, settings: &Settings) -> Self {
        let is_here = settings.listen.ip().to_canonical().is_loopback();
        let of_one = if is_here && settings.proxies.is_empty() { all } else { of_one };
        let (held, freed) = Default::default();
        Self { all, of_one, proxies: settings.proxies.clone(), held, freed }
    }

    /// A place, once there is one for this address. Who waits for one of his own keeps nobody else waiting.
    pub(crate) async fn wait(&self, client: IpAddr) -> Share {
        let mut freed = pin!(self.freed.notified());
        loop {
            // From here on none that is freed is missed.
            freed.as_mut().enable();
            if let Some(share) = self.take(client) {
                return share;
            }
            freed.as_mut().await;
            freed.set(self.freed.notified());
        }
    }

    /// A place, if there is one for this address.
    pub(crate) fn take(&self, client: IpAddr) -> Option<Share> {
        let of_one = if is_trusted(&self.proxies, client) { self.all } else { self.of_one };
        let client = network(client);
        let mut held = lock(&self.held);
        let of_client = held.by.get(&client).copied().unwrap_or_default();
        if held.all >= self.all || of_client >= of_one {
            return None;
        }
        held.all += 1;
        held.by.insert(client, of_client + 1);
        Some(Share { client, held: Arc::clone(&self.held), freed: Arc::clone(&self.freed) })
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        lock(&self.held).all
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        held.all -= 1;
        let left = held.by.get(&self.client).map_or(0, |of_client| of_client - 1);
        match left {
            0 => held.by.remove(&self.client),
            left => held.by.insert(self.client, left),
        };
        drop(held);
        self.freed.notify_waiters();
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn shares(all: usize, listen: [u8; 4]) -> Shares {
        Shares::new(all, &Settings::default().listen((listen, 0).into()))
    }

    #[test]
    fn one_address_leaves_places_for_others() {
        let shares = shares(80, [0, 0, 0, 0]);
        let take = |text: &str| shares.take(text.parse().unwrap());
        let mut first: Vec<_> = (0..10).map(|_| take("192.0.2.1").unwrap()).collect();
        assert!(take("192.0.2.1").is_none() && take("::ffff:192.0.2.1").is_none());
        assert!(take("192.0.2.2").is_some() && take("127.0.0.1").is_some());
        first.pop();
        let again = take("192.0.2.1");
        assert!(again.is_some() && take("192.0.2.1").is_none());
        // A network of IPv6 is one.
        let network: Vec<_> = (0..20).filter_map(|it| take(&format!("2001:db8::{it}"))).collect();
        assert_eq!((network.len(), shares.taken()), (10, 20));
        drop((first, again, network));
        assert_eq!((shares.taken(), shares.held.lock().unwrap().by.len()), (0, 0));
    }

    async fn comes_when_one_is_freed() {
        let settings = Settings::default().listen(([0, 0, 0, 0], 0).into());
        let shares = Shares::limited(4, 2, &settings);
        let [one, other]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
        let mut held = vec![shares.wait(one).await, shares.wait(one).await];
        let mut third = pin!(shares.wait(one));
        let soon = Duration::from_millis(20);
        assert!(timeout(soon, third.as_mut()).await.is_err(), "he has his two");
        let others = vec![shares.wait(other).await, shares.wait(other).await];
        assert!(timeout(soon, third.as_mut()).await.is_err());
        drop(others);
        assert!(timeout(soon, third.as_mut()).await.is_err(), "whatever others give back");
        held.pop();
        let third = timeout(soon, third).await;
        assert!(third.is_ok() && shares.taken() == 2);
    }

    #[test]
    fn who_waits_has_a_place_once_his_own_are_fewer() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(comes_when_one_is_freed());
    }

    #[test]
    fn few_places_have_a_share_of_eight_and_no_more_are_given_than_there_are() {
        let wide = shares(20, [0, 0, 0, 0]);
        let held: Vec<_> =
            (0..60_u8).filter_map(|it| wide.take([192, 0, 2, it % 3].into())).collect();
        assert_eq!((held.len(), wide.taken()), (20, 20));
        drop(held);
        let one: Vec<_> = (0..9).filter_map(|_| wide.take([192, 0, 2, 1].into())).collect();
        assert_eq!(one.len(), LEAST);
        let here = shares(20, [127, 0, 0, 1]);
        let local: Vec<_> = (0..30).filter_map(|_| here.take([127, 0, 0, 1].into())).collect();
        assert_eq!(local.len(), 20, "behind a proxy");
    }

    #[test]
    fn behind_a_proxy_that_says_for_whom_each_has_a_share() {
        let proxies = vec!["127.0.0.1".parse().unwrap()];
        let settings = Settings { proxies, ..Settings::default() };
        let shares = Shares::new(20, &settings);
        let take = |from: [u8; 4], most: usize| {
            (0..most).map_while(|_| shares.take(from.into())).collect::<Vec<_>>()
        };
        let held = take([192, 0, 2, 1], 20);
        assert_eq!(held.len(), LEAST, "who is told apart");
        assert_eq!(take([127, 0, 0, 1], 20).len(), 20 - LEAST, "the proxy itself");
    }
}
