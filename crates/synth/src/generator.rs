//! The generator: live flows in a heap by the time of their next packet.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet, VecDeque, binary_heap::PeekMut},
    convert::Infallible,
    net::IpAddr,
};

use netsift_packet::{Frame, FrameSource, LinkType, Protocol, Timestamp};

use crate::{
    Class, LabelledFlow, Scenario, SynthError,
    attack::{Campaigns, Cast},
    engine::{Conversation, Engine, Exchange, Line, Studio},
    frames::{Canvas, Wire},
    host::{Host, Role},
    plan::{Draw, Plan, Talk},
    pool::Pool,
    random::{Rng, SECOND, Spread, mix},
    scenario::Terms,
    traffic,
};

/// Makes the frames of a [`Scenario`], one at a time, in the order of time.
///
/// Memory grows with the flows that are open at one moment, not with the capture.
pub struct Generator {
    terms: Terms,
    seed: u64,
    hosts: u32,
    start: Timestamp,
    rng: Rng,
    campaigns: Campaigns,
    canvas: Canvas,
    pool: Pool,
    /// When the next packet of which flow is due.
    due: BinaryHeap<Reverse<(u64, u32)>>,
    flows: Vec<Option<Box<Flow>>>,
    vacant: Vec<u32>,
    now: u64,
    next_flow: u64,
    /// Used so far of each client's ports.
    ports: Vec<u16>,
    taken: HashSet<Key>,
    resting: VecDeque<(u64, Key)>,
    labels: Option<VecDeque<LabelledFlow>>,
    frames: u64,
    ended: bool,
}

struct Flow {
    class: Class,
    wire: Wire,
    rng: Rng,
    engine: Engine,
    first: u64,
    last: u64,
    packets: u64,
    bytes: u64,
}

/// Both ends and the protocol, the same whichever way it is read.
type Key = ([(IpAddr, u16); 2], Protocol);

/// How long the ends of a flow are not used again: longer than flow meters wait for its next packet.
const REST: u64 = 130 * SECOND;
/// How many ends rest at most: a flood must not fill the memory.
const RESTING: usize = 1 << 18;
/// How often other ends are tried where those drawn are taken; then the flow is left out.
const TRIES: usize = 32;
/// Servers of each service.
const SERVERS: u64 = 160;

impl Generator {
    /// A generator whose labels nobody asks for.
    ///
    /// # Errors
    /// A setting outside its rule, or a mix without a class.
    pub fn new(scenario: &Scenario) -> Result<Self, SynthError> {
        let terms = scenario.check()?;
        let mut rng = Rng::seeded(mix(&[scenario.seed, 0]));
        let next_flow = Spread::Exponential { mean: terms.gap }.draw(&mut rng);
        Ok(Self {
            terms,
            seed: scenario.seed,
            hosts: scenario.hosts,
            start: scenario.start,
            rng,
            campaigns: Campaigns::new(scenario.seed, scenario.hosts),
            canvas: Canvas::new(),
            pool: Pool::new(),
            due: BinaryHeap::new(),
            flows: Vec::new(),
            vacant: Vec::new(),
            now: 0,
            next_flow,
            ports: vec![0; scenario.hosts as usize],
            taken: HashSet::new(),
            resting: VecDeque::new(),
            labels: None,
            frames: 0,
            ended: false,
        })
    }

    /// A generator that keeps the labels of ended flows until [`Generator::ended_flows`] takes them: take them
    /// now and then, and all that are left after the last frame.
    ///
    /// # Errors
    /// As [`Generator::new`].
    pub fn labelled(scenario: &Scenario) -> Result<Self, SynthError> {
        let generator = Self::new(scenario)?;
        Ok(Self { labels: Some(VecDeque::new()), ..generator })
    }

    /// Takes the labels of the flows that have ended since the last call, in the order of their ends. After the
    /// last frame the flows that it cut are among them.
    pub fn ended_flows(&mut self) -> impl Iterator<Item = LabelledFlow> {
        self.labels.iter_mut().flat_map(|labels| labels.drain(..))
    }

    /// How many flows are open.
    #[must_use]
    pub fn open_flows(&self) -> usize {
        self.flows.len() - self.vacant.len()
    }

    /// Draws the next packet onto the canvas; its time, or `None` at the end.
    fn draw(&mut self) -> Option<u64> {
        if self.ended || self.frames >= self.terms.packets {
            self.end();
            return None;
        }
        while self.due.peek().is_none_or(|Reverse((due, _))| *due >= self.next_flow) {
            if self.next_flow >= self.terms.end {
                break;
            }
            self.begin();
        }
        let Some(mut top) = self.due.peek_mut().filter(|top| top.0.0 < self.terms.end) else {
            self.end();
            return None;
        };
        let Reverse((now, slot)) = *top;
        self.now = now;
        let flow = self.flows[slot as usize].as_mut()?;
        let Flow { wire, rng, engine, .. } = &mut **flow;
        let mut studio = Studio { canvas: &mut self.canvas, pool: &self.pool, wire, rng };
        let next = engine.step(now, &mut studio);
        if now >= self.terms.warm_up {
            self.frames += 1;
            flow.first = if flow.packets == 0 { now } else { flow.first };
            flow.last = now;
            flow.packets += 1;
            flow.bytes += self.canvas.frame().len() as u64;
        }
        match next {
            Some(next) => top.0.0 = next.max(now),
            None => {
                PeekMut::pop(top);
                self.retire(slot);
            }
        }
        Some(now)
    }

    /// Begins the flow that is due, and sets the time of the one after it.
    fn begin(&mut self) {
        let now = self.next_flow;
        self.next_flow += Spread::Exponential { mean: self.terms.gap }.draw(&mut self.rng).max(1);
        self.release(now);
        let class = self.terms.weights.draw(&mut self.rng);
        let Some(flow) = (0..TRIES).find_map(|_| self.cast(class, now)) else { return };
        let slot = self.vacant.pop().unwrap_or_else(|| {
            self.flows.push(None);
            (self.flows.len() - 1) as u32
        });
        self.flows[slot as usize] = Some(Box::new(flow));
        self.due.push(Reverse((now, slot)));
    }

    /// A flow of this class between ends that are free; `None` where the ones drawn are not.
    fn cast(&mut self, class: Class, now: u64) -> Option<Flow> {
        let cast = match class.is_attack() {
            true => self.campaigns.cast(class, &mut self.rng),
            false => self.benign(class),
        };
        if cast.caller == cast.target {
            return None;
        }
        let mut rng = Rng::seeded(self.rng.next());
        // An attack goes to the one address that it was pointed at; who browses takes what a name gives.
        let drawn = match class.is_attack() {
            true => mix(&[cast.habit, 6]) % 1_000_000,
            false => rng.below(1_000_000),
        };
        let v6 = drawn < self.terms.ipv6;
        let habit = Rng::seeded(cast.habit);
        let mut draw = Draw { rng: &mut rng, habit, nth: cast.nth, volume: self.terms.volume };
        let plan = traffic::plan(class, &mut draw);
        let hosts = [cast.caller, cast.target].map(|role| Host::of(self.seed, role));
        let source_port = match plan.source_port {
            Some(port) => port,
            None => self.port(cast.caller, &hosts[0]),
        };
        let protocol = plan.protocol(v6);
        let ports = [source_port, plan.port];
        let wire = Wire::new([&hosts[0], &hosts[1]], v6, ports, protocol, &mut rng);
        if !self.taken.insert(key(&wire)) {
            return None;
        }
        let engine = self.engine(plan, [&hosts[0], &hosts[1]], v6, now, &mut rng);
        Some(Flow { class, wire, rng, engine, first: 0, last: 0, packets: 0, bytes: 0 })
    }

    fn engine(&self, plan: Plan, hosts: [&Host; 2], v6: bool, now: u64, rng: &mut Rng) -> Engine {
        let line = self.line(hosts);
        match plan.talk {
            Talk::Dialogue(dialogue) => {
                Engine::Conversation(Conversation::new(dialogue, hosts, v6, line, now, rng))
            }
            Talk::Udp(script) | Talk::Ping(script) => {
                Engine::Exchange(Exchange::new(script, line.far, now, rng))
            }
        }
    }

    fn line(&self, [client, server]: [&Host; 2]) -> Line {
        let (shortest, longest) = self.terms.round_trip;
        let whole = client.distance + server.distance;
        let wished = whole.clamp(shortest, longest);
        let near =
            (u128::from(client.distance) * u128::from(wished) / u128::from(whole.max(1))) as u64;
        Line {
            near,
            far: wished - near,
            bandwidth: client.bandwidth.min(server.bandwidth),
            loss: self.terms.loss,
        }
    }

    /// Who takes part in a benign flow: mostly own hosts that call popular servers, sometimes strangers
    /// that call own hosts.
    fn benign(&mut self, class: Class) -> Cast {
        let own = self.rng.below(self.hosts.into()) as u32;
        let incoming =
            matches!(class, Class::Web | Class::Ssh | Class::FileTransfer | Class::Monitoring)
                && self.rng.percent(20);
        let (caller, target) = if incoming {
            let strangers = u64::from(self.hosts) * 4;
            (Role::Outsider(self.rng.below(strangers) as u32), Role::Client(own))
        } else {
            let number =
                Spread::Pareto { min: 1, shape: 6, cap: SERVERS }.draw(&mut self.rng) as u32;
            (Role::Client(own), Role::Server { service: class.index() as u32, number })
        };
        let who = match caller {
            Role::Outsider(number) => u64::from(number) | 1 << 32,
            _ => own.into(),
        };
        Cast { caller, target, habit: mix(&[self.seed, class.index() as u64, who]), nth: 0 }
    }

    /// The next port of a client, or any of a stranger.
    fn port(&mut self, caller: Role, host: &Host) -> u16 {
        let (first, count) = host.system.ephemeral();
        let offset = match caller {
            Role::Client(number) => {
                let used = &mut self.ports[number as usize];
                *used = used.wrapping_add(1);
                *used % count
            }
            _ => self.rng.below(count.into()) as u16,
        };
        first + offset
    }

    /// A flow is over: its label, and rest for its ends.
    fn retire(&mut self, slot: u32) {
        let Some(flow) = self.flows[slot as usize].take() else { return };
        self.vacant.push(slot);
        self.label(&flow);
        self.resting.push_back((self.now + REST, key(&flow.wire)));
        if self.resting.len() > RESTING
            && let Some((_, key)) = self.resting.pop_front()
        {
            self.taken.remove(&key);
        }
    }

    fn release(&mut self, now: u64) {
        while let Some((_, key)) = self.resting.front().copied().filter(|(until, _)| *until <= now)
        {
            self.resting.pop_front();
            self.taken.remove(&key);
        }
    }

    fn label(&mut self, flow: &Flow) {
        let time = |nanos: u64| self.time(nanos);
        let label = LabelledFlow {
            start: time(flow.first),
            end: time(flow.last),
            src: flow.wire.address[0],
            dst: flow.wire.address[1],
            src_port: flow.wire.port[0],
            dst_port: flow.wire.port[1],
            protocol: flow.wire.protocol,
            class: flow.class,
            packets: flow.packets,
            bytes: flow.bytes,
        };
        if let Some(labels) = self.labels.as_mut().filter(|_| flow.packets > 0) {
            labels.push_back(label);
        }
    }

    fn end(&mut self) {
        self.ended = true;
        self.due.clear();
        for slot in 0..self.flows.len() {
            self.retire(slot as u32);
        }
    }

    fn time(&self, now: u64) -> Timestamp {
        self.start.plus_nanos(now.saturating_sub(self.terms.warm_up) as i64)
    }
}

impl FrameSource for Generator {
    type Error = Infallible;

    fn next_frame(&mut self) -> Result<Option<Frame<'_>>, Infallible> {
        loop {
            match self.draw() {
                None => return Ok(None),
                Some(now) if now < self.terms.warm_up => {}
                Some(now) => {
                    let time = self.time(now);
                    return Ok(Some(Frame::new(time, LinkType::ETHERNET, self.canvas.frame())));
                }
            }
        }
    }
}

fn key(wire: &Wire) -> Key {
    let [a, b] = [0, 1].map(|end| (wire.address[end], wire.port[end]));
    (if a <= b { [a, b] } else { [b, a] }, wire.protocol)
}
