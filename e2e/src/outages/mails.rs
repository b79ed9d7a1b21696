//! The welcome e-mails, counted at the mail server.

use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use sqlx::{PgPool, Row as _};
use testkit::Mail;
use uuid::Uuid;

use super::{deployment::Deployment, memory::Person, outcome::Outcome};
use crate::mailbox::password_in;

/// So many sign in with the password that their last mail brought.
const SIGN_IN: usize = 2;

/// Counts them, and lets some sign in.
///
/// # Errors
/// When the mail server, the database or the portal can't be asked.
pub async fn count(
    deployment: &Deployment,
    pool: &PgPool,
    people: &[Person],
    outcome: &mut Outcome,
) -> Result<()> {
    let mails = deployment.smtp.by_recipient();
    let hashes = hashes(pool, people).await?;
    for person in people {
        let own = mails.get(&person.email).map_or(&[][..], Vec::as_slice);
        outcome.counted.mails += own.len();
        outcome.counted.repeated += own.len().saturating_sub(1);
        let hash = person.id.and_then(|id| hashes.get(&id));
        outcome.wrong.extend(fault_of_mails(person, own, hash)?);
    }
    sign_in(deployment, people, &mails).await
}

/// The digests of the temporary passwords with which they can sign in.
async fn hashes(pool: &PgPool, people: &[Person]) -> Result<HashMap<Uuid, Vec<u8>>> {
    let ids: Vec<Uuid> = people.iter().filter_map(|person| person.id).collect();
    let rows = sqlx::query(
        "SELECT customer_id, temporary_hash FROM logins
         WHERE customer_id = ANY($1) AND temporary_hash IS NOT NULL AND password_chosen_at IS NULL",
    )
    .bind(&ids)
    .fetch_all(pool)
    .await?;
    let pairs = rows
        .iter()
        .map(|row| Ok((row.try_get("customer_id")?, row.try_get("temporary_hash")?)));
    pairs.collect()
}

/// One mail; more only when each says the number of its attempt, and the last one's password is the one that counts.
fn fault_of_mails(
    person: &Person,
    mails: &[Mail],
    hash: Option<&Vec<u8>>,
) -> Result<Option<String>> {
    let Some(id) = person.id.filter(|_| person.active.is_some()) else {
        return Ok(None);
    };
    let Some(last) = mails.last() else {
        return Ok(Some(format!("no welcome e-mail to {id}")));
    };
    let attempts: HashSet<String> = mails.iter().filter_map(attempt).collect();
    if attempts.len() < mails.len() {
        return Ok(Some(format!(
            "{} welcome e-mails to {id} for {} attempts",
            mails.len(),
            attempts.len()
        )));
    }
    let plain: String = password_in(&last.text())?
        .chars()
        .filter(|letter| *letter != '-')
        .collect();
    if person.red.is_none() && hash.is_some_and(|hash| **hash != *Sha256::digest(plain)) {
        return Ok(Some(format!(
            "the password of the last of {} mails to {id} opens nothing",
            mails.len()
        )));
    }
    Ok(None)
}

/// The attempt in a Message-ID such as `<welcome.CUSTOMER.ATTEMPT.RANDOM@HOST>`.
fn attempt(mail: &Mail) -> Option<String> {
    mail.message_id().split('.').nth(2).map(str::to_owned)
}

/// Some really sign in.
async fn sign_in(
    deployment: &Deployment,
    people: &[Person],
    mails: &HashMap<String, Vec<Mail>>,
) -> Result<()> {
    let can = people
        .iter()
        .filter(|person| person.active.is_some() && person.red.is_none());
    for person in can.rev().take(SIGN_IN) {
        let Some(last) = mails.get(&person.email).and_then(|mails| mails.last()) else {
            continue;
        };
        let password = password_in(&last.text())?;
        deployment
            .portal()?
            .first_sign_in(&person.email, &password, "a long way to the harbour")
            .await
            .with_context(|| format!("signing in after a fault as {:?}", person.id))?;
    }
    Ok(())
}
