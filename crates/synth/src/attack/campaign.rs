//! Campaigns: who attacks whom. Flows of one attacker share a tool and a target, as labels by host need it.

use crate::{
    Class,
    host::Role,
    random::{Rng, mix},
};

/// Who takes part in a flow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cast {
    pub(crate) caller: Role,
    pub(crate) target: Role,
    /// Seed of the habits of this caller in this class.
    pub(crate) habit: u64,
    /// How many flows went before in the campaign.
    pub(crate) nth: u64,
}

/// The campaigns that are going on.
pub(crate) struct Campaigns {
    seed: u64,
    hosts: u32,
    started: u32,
    forged: u32,
    /// A few for each class at a time.
    running: Vec<[Option<Campaign>; AT_ONCE]>,
}

#[derive(Clone, Copy)]
struct Campaign {
    number: u32,
    attacker: Attacker,
    target: Role,
    /// A new target for each flow, always the same port.
    sweeps: bool,
    nth: u64,
    left: u64,
}

#[derive(Clone, Copy)]
enum Attacker {
    One(Role),
    Forged,
}

/// Campaigns of one class at one time: enough that a capture of minutes knows several attackers.
const AT_ONCE: usize = 4;

impl Campaigns {
    pub(crate) fn new(seed: u64, hosts: u32) -> Self {
        let running = vec![[None; AT_ONCE]; Class::ALL.len()];
        Self { seed, hosts, started: 0, forged: 0, running }
    }

    /// Who takes part in the next flow of an attack.
    pub(crate) fn cast(&mut self, class: Class, rng: &mut Rng) -> Cast {
        let slot = rng.below(AT_ONCE as u64) as usize;
        let going_on = self.running[class.index()][slot].filter(|campaign| campaign.left > 0);
        let mut campaign = going_on.unwrap_or_else(|| self.start(class, rng));
        let caller = match campaign.attacker {
            Attacker::One(role) => role,
            Attacker::Forged => {
                self.forged = self.forged.wrapping_add(1);
                Role::Forged(self.forged)
            }
        };
        let (target, nth) = match campaign.sweeps {
            true => (target(class, self.hosts, rng), 0),
            false => (campaign.target, campaign.nth),
        };
        campaign.nth += 1;
        campaign.left -= 1;
        self.running[class.index()][slot] = Some(campaign);
        let habit = mix(&[self.seed, class.index() as u64, campaign.number.into(), 1]);
        Cast { caller, target, habit, nth }
    }

    fn start(&mut self, class: Class, rng: &mut Rng) -> Campaign {
        self.started = self.started.wrapping_add(1);
        let (shortest, longest) = flows(class);
        Campaign {
            number: self.started,
            attacker: attacker(class, self.hosts, rng),
            target: target(class, self.hosts, rng),
            sweeps: matches!(class, Class::SynScan | Class::UdpScan | Class::SshBruteForce)
                && rng.percent(40),
            nth: 0,
            left: rng.between(shortest, longest),
        }
    }
}

/// How many flows a campaign has.
fn flows(class: Class) -> (u64, u64) {
    match class {
        Class::SynFlood => (40, 2_000),
        Class::SynScan | Class::UdpScan => (6, 36),
        Class::SshBruteForce | Class::SlowHttp => (4, 30),
        Class::UdpFlood => (4, 30),
        _ => (2, 12),
    }
}

fn attacker(class: Class, hosts: u32, rng: &mut Rng) -> Attacker {
    let forges = match class {
        Class::SynFlood => 75,
        Class::UdpFlood => 25,
        _ => 0,
    };
    let inside = match class {
        Class::DnsTunnel | Class::IcmpTunnel | Class::Beacon | Class::Exfiltration => 100,
        _ => 40,
    };
    if rng.percent(forges) {
        Attacker::Forged
    } else if rng.percent(inside) {
        Attacker::One(Role::Client(rng.below(hosts.into()) as u32))
    } else {
        Attacker::One(Role::Outsider(rng.below(1 << 22) as u32))
    }
}

/// Home of planted programs is far away; everything else is aimed at own hosts as well as at servers.
fn target(class: Class, hosts: u32, rng: &mut Rng) -> Role {
    let home =
        matches!(class, Class::DnsTunnel | Class::IcmpTunnel | Class::Beacon | Class::Exfiltration);
    if !home && rng.percent(50) {
        return Role::Client(rng.below(hosts.into()) as u32);
    }
    let service = if home { class.index() as u64 } else { rng.below(Class::ALL.len() as u64) };
    Role::Server { service: service as u32, number: rng.below(1 << 12) as u32 }
}
