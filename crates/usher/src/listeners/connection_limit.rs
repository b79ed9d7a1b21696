//! Who is connected to a listener, and who has to go when there are too many.
//!
//! A connection waits until a request is wholly here, then it is busy until the answer is. Only who waits may lose the place:
//! to a new one when the listener is full, in the order in which they began to wait. So whoever opens any number of
//! connections and sends nothing, or half a request, or drips, keeps nobody out; what is being answered, also for hours as
//! an event stream or a WebSocket, stays.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    cuts::{Cuts, Why},
    limits::Limits,
};

/// The connections of one listener.
pub struct ConnectionLimit {
    pub limits: Limits,
    cuts: Cuts,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    /// Given out so far, as a connection's number or its turn among those who wait.
    last: u64,
    places: HashMap<u64, Place>,
    by_address: HashMap<IpAddr, usize>,
    /// The numbers of those who wait, by turn.
    waiting: BTreeMap<u64, u64>,
}

struct Place {
    /// None: it is not counted.
    address: Option<IpAddr>,
    /// None while it is busy.
    turn: Option<u64>,
    out: CancellationToken,
}

impl Taken {
    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn leave(&mut self, number: u64) {
        let Some(place) = self.places.remove(&number) else {
            return;
        };
        if let Some(turn) = place.turn {
            self.waiting.remove(&turn);
        }
        if let Some(address) = place.address
            && let Some(count) = self.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }

    fn set_busy(&mut self, number: u64) {
        if let Some(turn) = self
            .places
            .get_mut(&number)
            .and_then(|place| place.turn.take())
        {
            self.waiting.remove(&turn);
        }
    }

    fn set_waiting(&mut self, number: u64) {
        self.set_busy(number);
        let turn = self.next();
        if let Some(place) = self.places.get_mut(&number) {
            place.turn = Some(turn);
            self.waiting.insert(turn, number);
        }
    }

    /// Shows out the one of these that waits longest; whether there was one.
    fn show_out(&mut self, whose: impl Fn(&Place) -> bool) -> bool {
        let found = self
            .waiting
            .values()
            .copied()
            .find(|number| self.places.get(number).is_some_and(&whose));
        let Some(number) = found else {
            return false;
        };
        if let Some(place) = self.places.get(&number) {
            place.out.cancel();
        }
        self.leave(number);
        true
    }
}

impl ConnectionLimit {
    /// Of this listener; nobody is there yet.
    #[must_use]
    pub fn new(listener: &'static str, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            cuts: Cuts::new(listener),
            taken: Mutex::default(),
        })
    }

    /// A place for a new connection from this address; none when there are too many, each of them busy.
    pub fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Arc<ConnectionPermit>> {
        let address = address.to_canonical();
        let counted = (!self.limits.proxies.contains(address)).then(|| neighbourhood(address));
        let mut taken = self.taken();
        let full = taken.places.len() >= self.limits.connections;
        let crowd = counted.filter(|address| {
            taken.by_address.get(address).copied().unwrap_or_default() >= self.limits.per_address
        });
        let has_room = match crowd {
            Some(crowd) => taken.show_out(|place| place.address == Some(crowd)),
            None => !full || taken.show_out(|_| true),
        };
        if !has_room || crowd.is_some() || full {
            self.cuts.count(if has_room {
                Why::Displaced
            } else {
                Why::Refused
            });
        }
        if !has_room {
            return None;
        }
        let number = taken.next();
        let out = CancellationToken::new();
        let place = Place {
            address: counted,
            turn: None,
            out: out.clone(),
        };
        taken.places.insert(number, place);
        if let Some(address) = counted {
            *taken.by_address.entry(address).or_default() += 1;
        }
        taken.set_waiting(number);
        self.cuts.connections(taken.places.len());
        drop(taken);
        Some(Arc::new(ConnectionPermit {
            number,
            out,
            phase: Mutex::new(Phase::Quiet {
                until: Instant::now() + self.limits.head,
            }),
            limit: Arc::clone(self),
        }))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What counts as one address: whoever has one of IPv6 has its /64.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let prefix = v6.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(prefix))
        }
    }
}

/// How far a connection is with its request.
#[derive(Clone, Copy)]
enum Phase {
    /// Nothing of it is here.
    Quiet { until: Instant },
    /// A part of the head is here.
    Head { until: Instant },
    /// The head is here.
    Body,
    /// It is here, and being answered.
    Answering,
    /// It speaks another protocol now.
    Upgraded,
}

/// One connection's place; free again once it is dropped.
pub struct ConnectionPermit {
    limit: Arc<ConnectionLimit>,
    number: u64,
    out: CancellationToken,
    phase: Mutex<Phase>,
}

impl ConnectionPermit {
    /// The listener's limits.
    pub fn limits(&self) -> &Limits {
        &self.limit.limits
    }

    /// When it lost its place to another.
    pub async fn lost(&self) {
        self.out.cancelled().await;
    }

    /// When its time is over as things stand, and why then.
    pub fn end(&self) -> Option<(Instant, Why)> {
        match *self.phase() {
            Phase::Quiet { until } => Some((until, Why::Idle)),
            Phase::Head { until } => Some((until, Why::Head)),
            Phase::Body | Phase::Answering | Phase::Upgraded => None,
        }
    }

    /// Something was sent.
    pub fn heard(&self) {
        let mut phase = self.phase();
        if matches!(*phase, Phase::Quiet { .. }) {
            let until = Instant::now() + self.limits().head;
            *phase = Phase::Head { until };
        }
    }

    /// A request's head is here; its body is to come.
    pub fn receives(&self) {
        *self.phase() = Phase::Body;
    }

    /// The request is wholly here, or is answered without the rest of it.
    pub fn answers(&self) {
        let mut phase = self.phase();
        if !matches!(*phase, Phase::Answering | Phase::Upgraded) {
            *phase = Phase::Answering;
            self.limit.taken().set_busy(self.number);
        }
    }

    /// The answer is over; the next request may come.
    pub fn has_answered(&self) {
        let mut phase = self.phase();
        if !matches!(*phase, Phase::Upgraded) {
            let until = Instant::now() + self.limits().idle;
            *phase = Phase::Quiet { until };
            self.limit.taken().set_waiting(self.number);
        }
    }

    /// From now on it is no longer HTTP.
    pub fn upgrades(&self) {
        self.answers();
        *self.phase() = Phase::Upgraded;
    }

    /// It is ended from our side.
    pub fn cut(&self, why: Why) {
        self.limit.cuts.count(why);
    }

    fn phase(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut taken = self.limit.taken();
        taken.leave(self.number);
        self.limit.cuts.connections(taken.places.len());
    }
}

#[cfg(test)]
mod tests;
