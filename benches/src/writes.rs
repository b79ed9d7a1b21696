//! What programs write over GraphQL: prospects, deposits.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    Usher,
    admin::{Prospect, fresh_email},
    counts::Counts,
};
use serde_json::json;
use uuid::Uuid;

use crate::{
    load::{Supply, over},
    memory, progress,
    requests::Client,
    table::{Measurement, Report},
};

const AT_ONCE: usize = 16;
/// More in a second than any machine makes, so that the time ends the run and not the supply.
const SUPPLY_PER_SECOND: usize = 6_000;
/// Deposits go to so many accounts.
const ACCOUNTS: usize = 100;

const CREATE: &str = "mutation ($email: String!) { prospectCreate(input: {email: $email, customerType: INDIVIDUAL}) { prospect { prospectId publicId } } }";
const DEPOSIT: &str = "mutation ($account: UUID!, $reference: String!) { depositRecord(input: {depositAccountId: $account, amount: 1250, reference: $reference}) { deposit { depositId } } }";

/// Prospects created by 16 clients.
pub async fn prospects(
    usher: &Usher,
    counts: &Counts,
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    let what = "prospects created over GraphQL, 16 clients";
    progress(what);
    let client = Client::with_token(&usher.ready().admin_url, &usher.ready().api_token)?;
    let requests = (0..supply(time)?)
        .map(|number| {
            let email = fresh_email(&format!("program{number}"));
            client.graphql(CREATE, &json!({"email": email}))
        })
        .collect::<Result<Vec<_>>>()?;
    let sql = "SELECT count(*) FROM prospects";
    let before = counts.number(sql).await?;
    let outcome = over(&client.url, requests, Supply::Once, AT_ONCE, time).await?;
    let made = counts.number(sql).await? - before;
    ensure!(
        usize::try_from(made)? == outcome.acknowledged,
        "{made} prospects for {} answers",
        outcome.acknowledged
    );
    report.add(
        Measurement::rate(what, outcome.rate())
            .latency(outcome.p50, outcome.p99)
            .goal(0.12),
    );
    Ok(())
}

/// Deposits recorded by 16 clients on the accounts of 100 customers; the books have to be right afterwards.
pub async fn deposits(
    usher: &Usher,
    counts: &Counts,
    customers: &[Prospect],
    time: Duration,
    report: &mut Report,
) -> Result<()> {
    let what = "deposits recorded over GraphQL, 16 clients, 100 accounts";
    progress(what);
    let client = Client::with_token(&usher.ready().admin_url, &usher.ready().api_token)?;
    let accounts: Vec<Uuid> = customers
        .iter()
        // The first one's statement is measured with as many entries as it says.
        .skip(1)
        .take(ACCOUNTS)
        .map(|customer| ledger::account_id(customer.id))
        .collect();
    ensure!(!accounts.is_empty(), "there are no customers");
    let requests = (0..supply(time)?)
        .map(|number| {
            let account = accounts[number % accounts.len()];
            let reference = format!("wire {number}");
            client.graphql(
                DEPOSIT,
                &json!({"account": account, "reference": reference}),
            )
        })
        .collect::<Result<Vec<_>>>()?;
    let outcome = over(&client.url, requests, Supply::Once, AT_ONCE, time).await?;
    let posted = counts
        .number(
            "SELECT coalesce(sum(amount), 0)::bigint FROM deposits WHERE reference LIKE 'wire %'",
        )
        .await?;
    ensure!(
        usize::try_from(posted)? == outcome.acknowledged * 1250,
        "{posted} cents on record for {} deposits",
        outcome.acknowledged
    );
    report.add(
        Measurement::rate(what, outcome.rate())
            .latency(outcome.p50, outcome.p99)
            .per_second_where_pgbench_does_13103(1000.0),
    );
    Ok(())
}

fn supply(time: Duration) -> Result<usize> {
    Ok(SUPPLY_PER_SECOND * usize::try_from(time.as_secs())?)
}

/// An account's statement of 10,000 entries as CSV: how long until its first bytes, and what the server holds meanwhile.
pub async fn statement(
    usher: &Usher,
    customer: &Prospect,
    cookies: &str,
    report: &mut Report,
) -> Result<()> {
    const ENTRIES: usize = 10_000;
    progress("recording 10,000 deposits on one account");
    let client = Client::with_token(&usher.ready().admin_url, &usher.ready().api_token)?;
    let account = ledger::account_id(customer.id);
    let deposits = (0..ENTRIES)
        .map(|number| {
            let reference = format!("salary {number}");
            client.graphql(
                DEPOSIT,
                &json!({"account": account, "reference": reference}),
            )
        })
        .collect::<Result<Vec<_>>>()?;
    let patience = Duration::from_secs(300);
    let recorded = over(&client.url, deposits, Supply::Once, AT_ONCE, patience).await?;
    ensure!(
        recorded.acknowledged == ENTRIES,
        "{} deposits were recorded",
        recorded.acknowledged
    );
    let what = "statement of 10,000 entries (CSV), first byte";
    progress(what);
    let before = memory::of(usher.pid()?.as_raw())?;
    let url = format!(
        "{}/statement.csv",
        usher.ready().public_url.trim_end_matches('/')
    );
    let http = reqwest::Client::builder().no_proxy().build()?;
    let start = Instant::now();
    let mut answer = http
        .get(&url)
        .header("Cookie", cookies)
        .send()
        .await?
        .error_for_status()?;
    let first = answer.chunk().await?.context("an empty statement")?;
    let took = start.elapsed();
    let mut lines = first.iter().filter(|byte| **byte == b'\n').count();
    while let Some(chunk) = answer.chunk().await? {
        lines += chunk.iter().filter(|byte| **byte == b'\n').count();
    }
    ensure!(lines >= ENTRIES, "the statement has {lines} lines");
    report.add(Measurement::seconds(what, took).within(Duration::from_millis(50)));
    report.add(Measurement::seconds(
        "statement of 10,000 entries (CSV), all of it",
        start.elapsed(),
    ));
    let after = memory::of(usher.pid()?.as_raw())?;
    report.add(Measurement::memory(
        "  the server's memory grew meanwhile by",
        after.resident.saturating_sub(before.resident),
    ));
    Ok(())
}
