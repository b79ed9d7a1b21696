//! How often Sumsub is asked about prospects and customers of whom no webhook came.

use std::{num::NonZeroU32, time::Duration};

use super::RefreshRequest;

/// How often the sweep asks (`docs/RULES.md`, "Which callback counts").
#[derive(Debug, Clone, Copy)]
pub struct RefreshSchedule {
    /// How long after a prospect stood still Sumsub is asked about it first…
    pub prospects_after: Duration,
    /// …then less and less often, down to this.
    pub prospects_at_most: Duration,
    /// How often about a customer, at the least.
    pub customers_every: Duration,
    /// How many in a second at most, by all processes together.
    pub per_second: NonZeroU32,
}

impl Default for RefreshSchedule {
    fn default() -> Self {
        RefreshSchedule {
            prospects_after: Duration::from_secs(30 * 60),
            prospects_at_most: Duration::from_secs(24 * 3600),
            customers_every: Duration::from_secs(24 * 3600),
            per_second: NonZeroU32::new(20).unwrap_or(NonZeroU32::MIN),
        }
    }
}

impl RefreshSchedule {
    /// How long the sweep waits after it found nothing new `quiet` times in a row.
    #[must_use]
    pub fn after(&self, quiet: u32) -> Duration {
        self.prospects_after
            .saturating_mul(2_u32.saturating_pow(quiet.min(20)))
            .min(self.prospects_at_most)
    }

    /// How long until a customer's next turn: never later than asked for, and not together with whoever was asked about together.
    pub(super) fn next_of_customer(&self) -> Duration {
        self.customers_every.mul_f64(rand::random_range(0.8..1.0))
    }

    pub(super) fn pause_before(&self, request: RefreshRequest) -> Duration {
        match request {
            RefreshRequest::Now | RefreshRequest::NowWithData => Duration::ZERO,
            RefreshRequest::SweepProspect => self.prospects_after,
            RefreshRequest::SweepCustomer => self.next_of_customer(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_asks_less_and_less_often() {
        let schedule = RefreshSchedule::default();
        let minutes = |quiet| schedule.after(quiet).as_secs() / 60;
        assert_eq!(
            [minutes(0), minutes(1), minutes(3), minutes(400)],
            [30, 60, 240, 24 * 60]
        );
    }
}
