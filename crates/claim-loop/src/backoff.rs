//! How long what failed sleeps before it is tried again.

use std::time::Duration;

/// The first pause after a failure; it doubles…
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// …up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Exponential back-off after the `attempt`-th failure (counted from 1) with a quarter of jitter either way, so that what failed together doesn't come back together.
#[must_use]
pub fn pause_after(attempt: i32) -> Duration {
    let doublings = u32::try_from(attempt.clamp(1, 20) - 1).unwrap_or(0);
    let pause = FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LONGEST_PAUSE);
    pause
        .mul_f64(rand::random_range(0.75..1.25))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_grows_to_its_cap() {
        for (attempt, from, to) in [
            (1, 750, 1_250),
            (2, 1_500, 2_500),
            (5, 12_000, 20_000),
            (9, 192_000, 300_000),
            (400, 225_000, 300_000),
        ] {
            let millis = pause_after(attempt).as_millis();
            assert!(
                (from..=to).contains(&millis),
                "attempt {attempt}: {millis} ms"
            );
        }
    }
}
