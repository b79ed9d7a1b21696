//! Connections that were ended from our side: counted, and said now and then.

use std::sync::{Mutex, PoisonError};

use tokio::time::{Duration, Instant};

/// A flood is said so often at most.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// Why a connection was ended from our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing came for too long.
    Idle,
    /// The head of a request did not come in time.
    Head,
    /// The body did not.
    Body,
    /// An answer was not taken.
    Untaken,
    /// Another one took its place.
    Displaced,
    /// There was no place.
    Refused,
}

const ALL: usize = 6;

impl Why {
    const fn name(self) -> &'static str {
        match self {
            Why::Idle => "idle",
            Why::Head => "slow_head",
            Why::Body => "slow_body",
            Why::Untaken => "untaken_answer",
            Why::Displaced => "displaced",
            Why::Refused => "refused",
        }
    }
}

/// The count of one listener.
pub struct Cuts {
    listener: &'static str,
    unsaid: Mutex<Unsaid>,
}

#[derive(Default)]
struct Unsaid {
    since: Option<Instant>,
    counts: [u64; ALL],
}

impl Cuts {
    /// Of this listener.
    pub fn new(listener: &'static str) -> Self {
        Self {
            listener,
            unsaid: Mutex::default(),
        }
    }

    /// So many are connected.
    pub fn connections(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        metrics::gauge!("usher_http_connections", "listener" => self.listener).set(count);
    }

    /// One was ended. That nothing came for a while is nothing to speak of.
    pub fn count(&self, why: Why) {
        metrics::counter!(
            "usher_http_connections_cut_total", "listener" => self.listener, "why" => why.name()
        )
        .increment(1);
        if why == Why::Idle {
            return;
        }
        let mut unsaid = self.unsaid.lock().unwrap_or_else(PoisonError::into_inner);
        unsaid.counts[why as usize] += 1;
        if unsaid
            .since
            .is_some_and(|since| since.elapsed() < SAY_EVERY)
        {
            return;
        }
        let of = |why: Why| unsaid.counts[why as usize];
        tracing::warn!(
            listener = self.listener,
            slow_heads = of(Why::Head),
            slow_bodies = of(Why::Body),
            untaken_answers = of(Why::Untaken),
            displaced = of(Why::Displaced),
            refused = of(Why::Refused),
            "clients are too slow or too many: connections were ended (the metric usher_http_connections_cut_total counts all)"
        );
        *unsaid = Unsaid {
            since: Some(Instant::now()),
            counts: [0; ALL],
        };
    }
}
