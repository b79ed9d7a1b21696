//! The count at the end: what clients remember against what stands in the database and what the mail server took.

use std::{collections::HashMap, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use sqlx::{PgPool, Row as _};
use uuid::Uuid;

use super::{
    deployment::Deployment,
    mails,
    memory::{Memory, Person},
    outcome::Outcome,
};
use crate::until;

/// Waits until everybody who began is Active, every late RED is applied and every callback judged.
///
/// # Errors
/// After `within`, with what is left.
pub async fn settled(deployment: &Deployment, memory: &Memory, within: Duration) -> Result<()> {
    let counts = deployment.counts().await?;
    until("everything settled", within, || async {
        let (waiting, begun) = {
            let people = memory.people();
            let waiting = people.iter().filter(|one| one.active.is_none()).count();
            (waiting, people.len())
        };
        if waiting > 0 {
            let where_they_are = standing(&counts.pool, &memory.awaited()).await?;
            bail!("{waiting} of {begun} are not Active: {where_they_are}");
        }
        // A RED that is on its way is waited for, too.
        let due = memory.people().len() / 10;
        let reds: Vec<Uuid> = reds(&memory.people());
        ensure!(reds.len() >= due, "{} of {due} late REDs were taken", reds.len());
        let (rejected, locked_out): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM customers WHERE id = ANY($1) AND verification = 'rejected' AND activity = 'inactive'),
                    (SELECT count(*) FROM logins WHERE customer_id = ANY($1) AND NOT enabled)",
        )
        .bind(&reds)
        .fetch_one(&counts.pool)
        .await?;
        let due = i64::try_from(reds.len())?;
        ensure!(
            rejected == due && locked_out == due,
            "of {due} late REDs {rejected} are applied, and {locked_out} have no login any more"
        );
        let unjudged = counts
            .number("SELECT count(*) FROM callbacks WHERE outcome = 'received'")
            .await?;
        ensure!(unjudged == 0, "{unjudged} callbacks are not judged");
        let steps = counts
            .number("SELECT count(*) FROM provisioning_steps WHERE state IN ('running', 'retrying')")
            .await?;
        ensure!(steps == 0, "{steps} steps are not done");
        Ok(())
    })
    .await
}

/// Where those who are waited for stand.
async fn standing(pool: &PgPool, ids: &[Uuid]) -> Result<String> {
    let (prospects, stepless): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM prospects WHERE id = ANY($1) AND stage <> 'converted'),
                (SELECT count(*) FROM customers WHERE id = ANY($1)
                    AND NOT EXISTS (SELECT FROM provisioning_steps WHERE customer_id = customers.id))",
    )
    .bind(ids)
    .fetch_one(pool)
    .await?;
    let steps: Vec<String> = sqlx::query_scalar(
        "SELECT step || ' ' || state || ' ' || count(*) FROM provisioning_steps
         WHERE customer_id = ANY($1) AND state NOT IN ('done', 'cancelled') GROUP BY step, state ORDER BY 1",
    )
    .bind(ids)
    .fetch_all(pool)
    .await?;
    Ok(format!(
        "of {} with a GREEN {prospects} not converted, {stepless} without steps, steps: {}",
        ids.len(),
        steps.join(", ")
    ))
}

fn reds(people: &[Person]) -> Vec<Uuid> {
    let red = people.iter().filter(|person| person.red.is_some());
    red.filter_map(|person| person.id).collect()
}

/// Counts, and writes down all that is missing, doubled or wrong.
///
/// # Errors
/// When the database or the portal can't be asked.
pub async fn count(deployment: &Deployment, memory: &Memory, outcome: &mut Outcome) -> Result<()> {
    let people: Vec<Person> = memory.people().clone();
    let pool = deployment.counts().await?.pool;
    let counted = &mut outcome.counted;
    counted.customers = people.iter().filter(|one| one.active.is_some()).count();
    counted.webhooks = people.iter().map(|one| one.taken.len()).sum();
    counted.reds = reds(&people).len();
    let wrong = &mut outcome.wrong;
    callbacks(&pool, &people, wrong).await?;
    records(&pool, &people, wrong).await?;
    events(&pool, &people, wrong).await?;
    mails::count(deployment, &pool, &people, outcome).await?;
    let wrong = &mut outcome.wrong;
    // The first few say what it is; how many it is says the last.
    if wrong.len() > 8 {
        let more = wrong.len() - 8;
        wrong.truncate(8);
        wrong.push(format!("and {more} more"));
    }
    Ok(())
}

async fn callbacks(pool: &PgPool, people: &[Person], wrong: &mut Vec<String>) -> Result<()> {
    let rows = sqlx::query(
        "SELECT body::jsonb->>'correlationId' AS id, outcome, coalesce(reason, '') AS reason
         FROM callbacks WHERE source = 'webhook'",
    )
    .fetch_all(pool)
    .await?;
    let mut logged: HashMap<String, (String, String)> = HashMap::new();
    for row in rows {
        let id: Option<String> = row.try_get("id")?;
        logged.insert(
            id.unwrap_or_default(),
            (row.try_get("outcome")?, row.try_get("reason")?),
        );
    }
    for taken in people.iter().flat_map(|person| &person.taken) {
        match logged.get(taken) {
            None => wrong.push(format!("acknowledged {taken} is not in the callback log")),
            Some((outcome, reason))
                if matches!(outcome.as_str(), "received" | "failed" | "conflicting") =>
            {
                wrong.push(format!("acknowledged {taken} is {outcome}: {reason}"));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// What is to be counted: everybody's ids and e-mail addresses, and who was found out.
const WHO: &str =
    "WITH who AS (SELECT $1::uuid[] AS ids, $2::text[] AS emails, $3::uuid[] AS reds)";
/// What has to come to nothing.
const RECORDS: [(&str, &str); 8] = [
    (
        "prospects more or less than one for each e-mail",
        "abs((SELECT count(*) FROM prospects WHERE email = ANY(emails)) - cardinality(emails))",
    ),
    (
        "customers missing",
        "cardinality(ids) - (SELECT count(*) FROM customers WHERE id = ANY(ids))",
    ),
    (
        "customers not Active",
        "(SELECT count(*) FROM customers WHERE id = ANY(ids) AND id <> ALL(reds) AND activity <> 'active')",
    ),
    (
        "found out, but not locked out",
        "(SELECT count(*) FROM customers LEFT JOIN logins ON customer_id = customers.id
          WHERE customers.id = ANY(reds) AND (activity <> 'inactive' OR verification <> 'rejected' OR enabled))",
    ),
    (
        "logins more or less than one each",
        "abs((SELECT count(*) FROM logins WHERE customer_id = ANY(ids)) - cardinality(ids))",
    ),
    (
        "ledger accounts more or less than one each",
        "abs((SELECT count(*) FROM cala_accounts
              WHERE code IN (SELECT 'DEP-' || public_id FROM customers WHERE id = ANY(ids))) - cardinality(ids))",
    ),
    (
        "steps done twice",
        "(SELECT count(*) FROM (SELECT FROM customer_events
              WHERE id = ANY(ids) AND event_type = 'provisioning_step_done'
              GROUP BY id, event->>'step' HAVING count(*) > 1) AS twice)",
    ),
    (
        "steps that wait for a person",
        "(SELECT count(*) FROM provisioning_steps WHERE customer_id = ANY(ids) AND state = 'needs_person')",
    ),
];

/// One prospect, customer, login and account each; Active unless found out; no step done twice.
async fn records(pool: &PgPool, people: &[Person], wrong: &mut Vec<String>) -> Result<()> {
    let ids: Vec<Uuid> = people.iter().filter_map(|person| person.id).collect();
    let known = people.iter().filter(|person| person.id.is_some());
    let emails: Vec<&str> = known.map(|person| person.email.as_str()).collect();
    let reds = reds(people);
    for (what, count) in RECORDS {
        let found: i64 = sqlx::query_scalar(&format!("{WHO} SELECT ({count})::bigint FROM who"))
            .bind(&ids)
            .bind(&emails)
            .bind(&reds)
            .fetch_one(pool)
            .await
            .with_context(|| what.to_owned())?;
        if found != 0 {
            wrong.push(format!("{found} {what}"));
        }
    }
    Ok(())
}

/// Each person's events stand in the outbox once.
async fn events(pool: &PgPool, people: &[Person], wrong: &mut Vec<String>) -> Result<()> {
    let rows: Vec<Value> = sqlx::query_scalar("SELECT payload FROM outbox_events")
        .fetch_all(pool)
        .await?;
    let mut times: HashMap<(String, String), usize> = HashMap::new();
    for payload in rows {
        let text = |key: &str| payload[key].as_str().map(str::to_owned);
        let (Some(kind), Some(of)) = (
            text("type"),
            text("prospect_id").or_else(|| text("customer_id")),
        ) else {
            continue;
        };
        let kind = text("verification").map_or_else(|| kind.clone(), |how| format!("{kind} {how}"));
        *times.entry((kind, of)).or_default() += 1;
    }
    for person in people.iter().filter(|person| person.active.is_some()) {
        let Some(id) = person.id else { continue };
        let mut due = vec![
            "ProspectCreated",
            "ProspectConverted",
            "CustomerKycUpdated verified",
        ];
        if person.red.is_some() {
            due.push("CustomerKycUpdated rejected");
        }
        for kind in due {
            let found = times.get(&(kind.to_owned(), id.to_string()));
            if found != Some(&1) {
                let found = found.copied().unwrap_or_default();
                wrong.push(format!("{kind} of {id} is in the outbox {found} times"));
            }
        }
    }
    Ok(())
}
