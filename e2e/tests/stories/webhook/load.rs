//! The same callback many times, many callbacks in any order, and a long backlog.

use std::sync::Arc;

use anyhow::{Result, ensure};
use e2e::{Callback, Usher, until, wait::LATER};

use futures::future::join_all;
use rand::seq::SliceRandom as _;
use reqwest::StatusCode;

use super::{own_usher, prospect};

pub async fn twenty_at_once(usher: Arc<Usher>) -> Result<()> {
    let (_, prospect) = prospect(&usher, "twenty").await?;
    let sumsub = usher.sumsub()?;
    let green = Callback::green(prospect.id);
    let statuses = join_all((0..20).map(|_| sumsub.send(&green))).await;
    for status in statuses {
        ensure!(status? == StatusCode::OK, "one of twenty was refused");
    }
    let counts = usher.counts().await?;
    counts
        .all_active_once(std::slice::from_ref(&prospect), LATER)
        .await?;
    let rows = counts.logged(&green.correlation()).await?;
    ensure!(
        rows.len() == 1 && rows[0].receipts == 20 && rows[0].outcome == "applied",
        "{rows:?}"
    );
    let mails = usher.mailbox()?.to(&prospect.email).await?;
    ensure!(mails.len() == 1, "{} mails to one customer", mails.len());
    Ok(())
}

pub async fn shuffled(usher: Arc<Usher>) -> Result<()> {
    let prospects = usher.admin()?.create_many("shuffled", 10).await?;
    let sumsub = usher.sumsub()?;
    let mut callbacks: Vec<Callback> = prospects
        .iter()
        .flat_map(|prospect| {
            [
                Callback::created(prospect.id).in_ms(-3000),
                Callback::pending(prospect.id).in_ms(-2000),
                Callback::green(prospect.id).in_ms(-1000),
            ]
        })
        .collect();
    callbacks.shuffle(&mut rand::rng());
    for status in join_all(callbacks.iter().map(|callback| sumsub.send(callback))).await {
        ensure!(status? == StatusCode::OK, "a callback was refused");
    }
    let counts = usher.counts().await?;
    counts.all_active_once(&prospects, LATER).await?;
    for callback in &callbacks {
        let row = counts.judged(&callback.correlation()).await?;
        ensure!(
            ["applied", "no_change", "stale"].contains(&row.outcome.as_str()),
            "{row:?}"
        );
    }
    let mailbox = usher.mailbox()?;
    for prospect in &prospects {
        let mails = mailbox.to(&prospect.email).await?;
        ensure!(mails.len() == 1, "{} mails to one customer", mails.len());
    }
    Ok(())
}

/// What a long outage of the processing leaves: more waiting callbacks than PostgreSQL has locks for.
pub async fn backlog(_: Arc<Usher>) -> Result<()> {
    let (mut usher, prospect) = own_usher("webhook-backlog").await?;
    let counts = usher.counts().await?;
    sqlx::query(
        "INSERT INTO callbacks (idempotency_key, body_sha256, body, callback_type, applicant_id, subject)
         SELECT 'backlog:' || n, sha256(n::text::bytea),
                json_build_object('type', 'applicantCreated', 'applicantId', 'stranger' || n)::text,
                'applicantCreated', 'stranger' || n, 'stranger' || n
         FROM generate_series(1, 30000) n",
    )
    .execute(&counts.pool)
    .await?;
    usher
        .sumsub()?
        .deliver(&Callback::green(prospect.id))
        .await?;
    counts.all_active_once(&[prospect], LATER).await?;
    until("the backlog worked off", LATER, || async {
        let left = counts
            .number("SELECT count(*) FROM callbacks WHERE outcome = 'received'")
            .await?;
        ensure!(left == 0, "{left} still wait");
        Ok(())
    })
    .await?;
    let log = usher.logged()?;
    ensure!(
        !log.contains("a batch failed"),
        "a batch failed: see {}",
        usher.log().display()
    );
    usher.stop().await
}
