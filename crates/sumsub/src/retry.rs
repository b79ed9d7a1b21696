use std::time::Duration;

use chrono::{DateTime, Utc};
use rand::Rng as _;

/// How long to wait before try `next` (the second is 2): doubled each time, up to `cap`, half of it chance,
/// so that many clients do not come back in step. What Sumsub asks for counts when it is longer, up to `cap`.
pub(crate) fn pause(
    first: Duration,
    cap: Duration,
    next: u32,
    asked: Option<Duration>,
) -> Duration {
    let doubled = first
        .saturating_mul(2u32.saturating_pow(next.saturating_sub(2)))
        .min(cap);
    let jittered = doubled / 2 + (doubled / 2).mul_f64(rand::rng().random());
    jittered.max(asked.unwrap_or_default()).min(cap)
}

/// `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3). A date that is past asks for nothing.
pub(crate) fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some(
        (date.with_timezone(&Utc) - now)
            .to_std()
            .unwrap_or_default(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn pauses_double_up_to_the_cap_and_half_is_chance() {
        for (next, full) in [
            (2, 100),
            (3, 200),
            (4, 400),
            (5, 500),
            (40, 500),
            (u32::MAX, 500),
        ] {
            let pauses: Vec<_> = (0..50)
                .map(|_| pause(100 * MS, 500 * MS, next, None))
                .collect();
            assert!(
                pauses
                    .iter()
                    .all(|pause| (full / 2 * MS..=full * MS).contains(pause)),
                "{next}: {pauses:?}"
            );
            assert!(
                pauses.iter().any(|pause| *pause != pauses[0]),
                "{next}: no jitter"
            );
        }
    }

    #[test]
    fn what_sumsub_asks_for_counts_up_to_the_cap() {
        assert_eq!(pause(MS, 5000 * MS, 2, Some(3000 * MS)), 3000 * MS);
        assert_eq!(pause(MS, 5000 * MS, 2, Some(60_000 * MS)), 5000 * MS);
    }

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = DateTime::parse_from_rfc3339("2024-09-23T23:10:24Z")
            .unwrap()
            .to_utc();
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(
            retry_after("Mon, 23 Sep 2024 23:10:54 GMT", now),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            retry_after("Mon, 23 Sep 2024 23:10:00 GMT", now),
            Some(Duration::ZERO)
        );
        for nonsense in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }
}
