//! Two servers on one database, under everything at once: nothing is doubled, and what was accepted is finished.

use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::{
    Bank, Callback, Chapter, Sumsub,
    admin::{NewProspect, Prospect, fresh_email},
    alone, until,
    wait::LATER,
};
use nix::sys::signal::Signal;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use reqwest::StatusCode;
use tokio::task::JoinSet;

/// Approved and left alone; approved and found out later; closed and opened again; converted by hand.
const APPROVED: usize = 24;
const FOUND_OUT: usize = 8;
const REOPENED: usize = 4;
const BY_HAND: usize = 4;

pub fn chapter() -> Chapter {
    Chapter::alone(
        "two_servers",
        vec![alone(
            "two_servers_double_nothing_and_the_next_finishes_what_they_leave",
            two_servers,
        )],
    )
}

/// Sends to the first server and to the second until one of them took it.
async fn deliver(servers: [Sumsub; 2], callback: Callback) -> Result<()> {
    for turn in 0..600 {
        if let Ok(StatusCode::OK) = servers[turn % 2].send(&callback).await {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("no server ever took it")
}

async fn create(bank: &Bank, count: usize, who: &str) -> Result<Vec<Prospect>> {
    let mut made = Vec::with_capacity(count);
    for number in 0..count {
        let admin = bank.admin(number % 2)?;
        let new = NewProspect::individual(&fresh_email(who));
        made.push(admin.create(&new).await?);
    }
    Ok(made)
}

/// Presses the button on both servers at the same moment; one at least has to say yes.
async fn on_both(bank: &Bank, prospect: &Prospect, button: &str) -> Result<()> {
    let path = format!("/prospects/{}", prospect.public_id);
    let mut answers = Vec::new();
    for number in 0..2 {
        let admin = bank.admin(number)?;
        let form = admin
            .asked(&path, button)
            .await?
            .fill("Reason", "the story asks for it")?;
        answers.push(async move { admin.window().submit(&form).await });
    }
    for answer in futures::future::join_all(answers).await {
        let page = answer?;
        ensure!(
            page.status.is_success() || page.status == StatusCode::CONFLICT,
            "{button}: {} {}",
            page.status,
            page.text()
        );
    }
    Ok(())
}

async fn two_servers() -> Result<()> {
    let mut bank = Bank::open("two-servers", 2).await?;
    let mut random = StdRng::seed_from_u64(20_261_125);
    let approved = create(&bank, APPROVED, "approved").await?;
    let found_out = create(&bank, FOUND_OUT, "found-out").await?;
    let reopened = create(&bank, REOPENED, "reopened").await?;
    let by_hand = create(&bank, BY_HAND, "by-hand").await?;

    for prospect in &reopened {
        on_both(&bank, prospect, "Close").await?;
    }
    // Everything twice, in any order, to both servers.
    let mut callbacks: Vec<Callback> = approved
        .iter()
        .chain(&found_out)
        .chain(&reopened)
        .flat_map(|prospect| {
            [
                Callback::created(prospect.id).in_ms(-9000),
                Callback::pending(prospect.id).in_ms(-8000),
                Callback::green(prospect.id).in_ms(-7000),
            ]
        })
        .chain(
            found_out
                .iter()
                .map(|prospect| Callback::red(prospect.id, "FINAL").in_ms(-1000)),
        )
        .flat_map(|callback| [callback.clone(), callback])
        .collect();
    callbacks.shuffle(&mut random);
    let accepted = callbacks.len();
    let mut sending = JoinSet::new();
    for (turn, callback) in callbacks.into_iter().enumerate() {
        let servers = [bank.sumsub(turn % 2)?, bank.sumsub((turn + 1) % 2)?];
        let pause = Duration::from_millis(u64::try_from(turn)? * 15);
        sending.spawn(async move {
            tokio::time::sleep(pause).await;
            deliver(servers, callback).await
        });
    }
    for prospect in &by_hand {
        on_both(&bank, prospect, "Convert").await?;
    }
    for prospect in &reopened {
        on_both(&bank, prospect, "Reopen").await?;
    }
    // One is killed in the middle of it and comes back, then both are asked to stop; the next finishes.
    bank.servers[0].end(Signal::SIGKILL).await?;
    bank.start(0).await?;
    while let Some(sent) = sending.join_next().await {
        sent??;
    }
    let (first, second) = bank.servers.split_at_mut(1);
    let (one, other) = tokio::join!(
        first[0].end(Signal::SIGTERM),
        second[0].end(Signal::SIGTERM)
    );
    ensure!(one? && other?, "both servers end with 0");
    bank.start(1).await?;

    let counts = bank.counts().await?;
    let active: Vec<Prospect> = [approved, reopened, by_hand.clone()].concat();
    counts.all_active_once(&active, LATER).await?;
    until("who was found out is locked out", LATER, || async {
        let ids: Vec<uuid::Uuid> = found_out.iter().map(|prospect| prospect.id).collect();
        let (declined, inactive, enabled): (i64, i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM prospects WHERE id = ANY($1) AND stage = 'kyc_declined'),
                    (SELECT count(*) FROM customers WHERE id = ANY($1) AND activity = 'inactive'),
                    (SELECT count(*) FROM logins WHERE customer_id = ANY($1) AND enabled)",
        )
        .bind(&ids)
        .fetch_one(&counts.pool)
        .await?;
        ensure!(
            declined + inactive == i64::try_from(FOUND_OUT)? && enabled == 0,
            "{declined} declined, {inactive} inactive, {enabled} logins that work"
        );
        Ok(())
    })
    .await?;

    let receipts = counts
        .number("SELECT sum(receipts)::bigint FROM callbacks")
        .await?;
    println!(
        "{accepted} callbacks were taken in {receipts} receipts; {} customers once each",
        active.len()
    );
    ensure!(
        receipts >= i64::try_from(accepted)?,
        "{receipts} receipts of {accepted} callbacks"
    );
    for (what, sql) in [
        (
            "callbacks not judged",
            "SELECT count(*) FROM callbacks WHERE outcome IN ('received', 'failed', 'conflicting')",
        ),
        (
            "customers doubled",
            "SELECT count(*) - count(DISTINCT customers.id) FROM customers JOIN logins ON logins.customer_id = customers.id",
        ),
        (
            "conversions doubled",
            "SELECT count(*) - count(DISTINCT id) FROM customer_events WHERE event_type = 'initialized'",
        ),
        (
            "steps doubled",
            "SELECT count(*) FROM (SELECT id, event->>'step' FROM customer_events WHERE event_type = 'provisioning_step_done' GROUP BY 1, 2 HAVING count(*) > 1) AS twice",
        ),
    ] {
        let found: i64 = sqlx::query_scalar(sql).fetch_one(&counts.pool).await?;
        ensure!(found == 0, "{found} {what}");
    }
    let mails = bank.smtp.by_recipient();
    for prospect in &active {
        ensure!(
            mails.contains_key(&prospect.email),
            "{} got no mail",
            prospect.public_id
        );
    }
    until("an intact audit chain", LATER, || async {
        let (well, report) = bank.doctor()?;
        ensure!(well, "{report}");
        Ok(())
    })
    .await
}
