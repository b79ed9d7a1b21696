//! From a GREEN to an Active customer: all of the way, counted from outside.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::{Callback, Usher, admin::Prospect, counts::Counts};

use crate::load;

/// No machine that is worth a bench takes longer.
const AT_MOST: Duration = Duration::from_secs(600);
const LOOK: Duration = Duration::from_millis(50);

/// Waits until the callback log has nothing left to judge. Gives the rate at which `acknowledged` callbacks were judged,
/// counted from the first of them, `since` before now.
pub async fn drain(counts: &Counts, acknowledged: usize, since: Duration) -> Result<f64> {
    let start = Instant::now();
    loop {
        let waiting = counts
            .number(
                "SELECT count(*) FROM (SELECT FROM callbacks WHERE outcome = 'received' LIMIT 1) w",
            )
            .await?;
        if waiting == 0 {
            return Ok(acknowledged as f64 / (since + start.elapsed()).as_secs_f64());
        }
        ensure!(
            start.elapsed() < AT_MOST,
            "callbacks still wait after {AT_MOST:?}"
        );
        tokio::time::sleep(LOOK).await;
    }
}

/// How fast customers became Active.
pub struct Activated {
    /// Customers per second, from the first GREEN sent to the last customer Active.
    pub rate: f64,
    /// Until the first was Active.
    pub first: Duration,
    /// Until the last was.
    pub last: Duration,
}

/// Sends the GREENs over 16 connections and waits until every prospect is an Active customer, besides those who are
/// `already`.
pub async fn green_to_active(
    usher: &Usher,
    counts: &Counts,
    prospects: &[Prospect],
    greens: &[Callback],
    already: usize,
) -> Result<Activated> {
    let requests = load::requests(usher, greens.iter().cloned())?;
    let start = Instant::now();
    let sending = load::send(usher, requests, 16, AT_MOST);
    let watching = async {
        let mut first = None;
        loop {
            let active = counts
                .number("SELECT count(*) FROM customers WHERE activity = 'active'")
                .await?
                - i64::try_from(already)?;
            if active > 0 && first.is_none() {
                first = Some(start.elapsed());
            }
            if usize::try_from(active)? >= prospects.len() {
                return anyhow::Ok((first.unwrap_or_default(), start.elapsed()));
            }
            ensure!(
                start.elapsed() < AT_MOST,
                "{active} of {} Active after {AT_MOST:?}; {}",
                prospects.len(),
                counts.waiting().await?
            );
            tokio::time::sleep(LOOK).await;
        }
    };
    let (sent, watched) = tokio::join!(sending, watching);
    let (sent, (first, last)) = (sent?, watched?);
    ensure!(
        sent.acknowledged == greens.len(),
        "{} of {} GREENs were taken",
        sent.acknowledged,
        greens.len()
    );
    Ok(Activated {
        rate: prospects.len() as f64 / last.as_secs_f64(),
        first,
        last,
    })
}
