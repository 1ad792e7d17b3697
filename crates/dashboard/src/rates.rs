//! How often somebody may do something.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many addresses are told apart: what more there are share one allowance.
const MOST_CLIENTS: usize = 10_000;
const MINUTE: Duration = Duration::from_secs(60);
/// Looking for room is dear: whoever comes from everywhere at once is not looked for that often.
const BETWEEN_CLEANING: Duration = Duration::from_secs(5);

/// An allowance a minute for each address. A minute's worth may be used at once; it comes back evenly.
#[derive(Debug)]
pub(crate) struct Rates {
    most: f64,
    clients: Mutex<Clients>,
}

#[derive(Debug, Default)]
struct Clients {
    buckets: HashMap<IpAddr, Bucket>,
    /// When those went that have all of their allowance back.
    cleaned: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// Whose address is not known, and all whom there is no room for.
pub(crate) const EVERYBODY: IpAddr = IpAddr::V6(Ipv6Addr::UNSPECIFIED);

impl Rates {
    pub(crate) fn new(a_minute: u32) -> Self {
        Self { most: a_minute.into(), clients: Mutex::default() }
    }

    /// Takes one of what is left; answers whether there was one.
    pub(crate) fn take(&self, client: IpAddr) -> bool {
        self.at(client, Instant::now(), |bucket| {
            let has_one = bucket.left >= 1.0;
            bucket.left -= f64::from(u8::from(has_one));
            has_one
        })
    }

    /// Whether one is left.
    pub(crate) fn has(&self, client: IpAddr) -> bool {
        self.at(client, Instant::now(), |bucket| bucket.left >= 1.0)
    }

    fn at<T>(&self, client: IpAddr, now: Instant, look: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = clients.known_as(network(client), now);
        let bucket = clients.buckets.entry(client).or_insert(Bucket { left: self.most, at: now });
        let back = now.duration_since(bucket.at).as_secs_f64() / MINUTE.as_secs_f64() * self.most;
        *bucket = Bucket { left: (bucket.left + back).min(self.most), at: now };
        look(bucket)
    }
}

impl Clients {
    /// Under what address a client is counted: its own, while there is room.
    fn known_as(&mut self, client: IpAddr, now: Instant) -> IpAddr {
        let is_full = self.buckets.len() >= MOST_CLIENTS && !self.buckets.contains_key(&client);
        let is_due = self.cleaned.is_none_or(|at| now.duration_since(at) >= BETWEEN_CLEANING);
        if is_full && is_due {
            self.cleaned = Some(now);
            self.buckets.retain(|_, bucket| now.duration_since(bucket.at) < MINUTE);
        }
        if is_full && self.buckets.len() >= MOST_CLIENTS { EVERYBODY } else { client }
    }
}

/// Whoever has one address of IPv6 has a network of them.
pub(crate) fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(address.to_bits() & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_so_many_and_they_come_back() {
        let rates = Rates::new(6);
        let client: IpAddr = [192, 0, 2, 1].into();
        assert!((0..6).all(|_| rates.take(client)) && !rates.take(client) && !rates.has(client));
        assert!(rates.take([192, 0, 2, 2].into()), "others have their own");
        let later = Instant::now() + Duration::from_secs(11);
        assert!(rates.at(client, later, |bucket| bucket.left >= 1.0 && bucket.left < 2.0));
    }

    #[test]
    fn one_network_of_ipv6_is_one_client() {
        let rates = Rates::new(1);
        assert!(rates.take("2001:db8::1".parse().unwrap()));
        assert!(!rates.take("2001:db8::ffff:1".parse().unwrap()));
        assert!(rates.take("2001:db8:0:1::1".parse().unwrap()));
    }

    #[test]
    fn many_addresses_take_no_more_memory_and_share_an_allowance() {
        let rates = Rates::new(5);
        let taken = (0..30_000_u32).filter(|it| rates.take(IpAddr::V4((*it).into()))).count();
        // What comes back meanwhile is little.
        assert!((MOST_CLIENTS + 5..MOST_CLIENTS + 20).contains(&taken), "{taken}");
        assert!(rates.clients.lock().unwrap().buckets.len() <= MOST_CLIENTS + 1);
    }
}
