//! Durations in buckets: four for each doubling, so that a median of a million is found among some dozens of sums. The buckets
//! are `duration_bucket`'s (`migrations/0150_statistics.sql`).

use std::{collections::BTreeMap, time::Duration};

use super::Took;

/// How many buckets a doubling has.
const OF_A_DOUBLING: f64 = 4.0;

/// How many took how long.
#[derive(Debug, Default)]
pub(super) struct Buckets(BTreeMap<i16, i64>);

impl Buckets {
    pub(super) fn add(&mut self, bucket: i16, n: i64) {
        *self.0.entry(bucket).or_default() += n;
    }

    pub(super) fn took(&self) -> Took {
        Took {
            count: self.0.values().sum(),
            median: self.quantile(0.5),
            p90: self.quantile(0.9),
        }
    }

    /// Right to a tenth: within a bucket they are taken as spread evenly.
    fn quantile(&self, part: f64) -> Option<Duration> {
        let count: i64 = self.0.values().sum();
        if count == 0 {
            return None;
        }
        let wanted = as_float(count) * part;
        let mut before = 0.0;
        for (bucket, n) in &self.0 {
            let n = as_float(*n);
            if before + n >= wanted && n > 0.0 {
                return Some(within(*bucket, (wanted - before) / n));
            }
            before += n;
        }
        self.0.keys().next_back().map(|last| within(*last, 1.0))
    }
}

/// What lies so far into a bucket.
fn within(bucket: i16, part: f64) -> Duration {
    let edge = |place: f64| 2_f64.powf(place / OF_A_DOUBLING);
    let end = f64::from(bucket);
    let seconds = if bucket == 0 {
        part
    } else {
        let begin = edge(end - 1.0);
        begin + (edge(end) - begin) * part
    };
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// Counts stay far below where this loses anything.
#[expect(
    clippy::cast_precision_loss,
    reason = "a count of more than 2^52 is none of ours"
)]
fn as_float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As `duration_bucket` does it.
    #[expect(clippy::cast_possible_truncation, reason = "some hundred buckets")]
    fn bucket(seconds: f64) -> i16 {
        if seconds < 1.0 {
            0
        } else {
            1 + (OF_A_DOUBLING * seconds.ln() / 2_f64.ln()).floor() as i16
        }
    }

    #[test]
    fn nothing_has_no_median() {
        assert_eq!(Buckets::default().took(), Took::default());
    }

    proptest! {
        #[test]
        fn quantiles_are_right_to_a_fifth(mut took in proptest::collection::vec(1.0..3e7_f64, 1..200)) {
            let mut buckets = Buckets::default();
            for seconds in &took {
                buckets.add(bucket(*seconds), 1);
            }
            took.sort_by(f64::total_cmp);
            let told = buckets.took();
            prop_assert_eq!(told.count, i64::try_from(took.len()).unwrap());
            for (part, told) in [(5, told.median), (9, told.p90)] {
                // The one at that place, or its neighbour: they may stand in different buckets.
                let place = (took.len() * part).div_ceil(10).max(1) - 1;
                let told = told.unwrap().as_secs_f64();
                prop_assert!(told >= took[place] / 1.2 && told <= took[place] * 1.2, "{told} for {}", took[place]);
            }
        }
    }
}
