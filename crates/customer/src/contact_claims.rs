//! Claims to contacts: an e-mail address or Telegram handle belongs to one open prospect or customer (table `taken`).

use std::collections::{HashMap, HashSet};

use es_entity::AtomicOperation;
use kernel::{Existing, FieldError};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::{
    contact::{Email, TelegramHandle},
    field,
    primitives::PROSPECT,
};

/// The kind of a claim to an e-mail address.
pub(crate) const EMAIL: &str = "email";
/// The kind of a claim to a Telegram handle.
pub(crate) const TELEGRAM: &str = "telegram";

/// Whether a claim was granted.
pub(crate) enum Claim {
    /// All of it was free, and is the owner's now.
    Granted,
    /// Something of it is somebody's already: roll back.
    Refused,
}

/// Claims both for `owner`, in the caller's transaction.
pub(crate) async fn claim(
    op: &mut impl AtomicOperation,
    owner: Uuid,
    email: &Email,
    handle: Option<&TelegramHandle>,
) -> Result<Claim, sqlx::Error> {
    if let Claim::Refused = insert(op, owner, EMAIL, &email.key()).await? {
        return Ok(Claim::Refused);
    }
    match handle {
        Some(handle) => insert(op, owner, TELEGRAM, &handle.key()).await,
        None => Ok(Claim::Granted),
    }
}

/// Claims both for each of many owners, in the caller's transaction; answers those who were granted all of theirs. Of the others nothing
/// is claimed.
pub(crate) async fn claim_all<'a>(
    op: &mut impl AtomicOperation,
    contacts: impl Iterator<Item = (Uuid, &'a Email, Option<&'a TelegramHandle>)>,
) -> Result<HashSet<Uuid>, sqlx::Error> {
    let mut asked: HashMap<Uuid, usize> = HashMap::new();
    let mut claims: Vec<(&str, String, Uuid)> = Vec::new();
    for (owner, email, handle) in contacts {
        let handle = handle.map(|handle| (TELEGRAM, handle.key(), owner));
        let its = [Some((EMAIL, email.key(), owner)), handle]
            .into_iter()
            .flatten();
        let before = claims.len();
        claims.extend(its);
        asked.insert(owner, claims.len().saturating_sub(before));
    }
    // In one order everywhere: nobody waits for who waits for them.
    claims.sort_unstable();
    let kinds: Vec<String> = claims.iter().map(|(kind, ..)| (*kind).to_owned()).collect();
    let values: Vec<String> = claims.iter().map(|(_, value, _)| value.clone()).collect();
    let owners: Vec<Uuid> = claims.iter().map(|(.., owner)| *owner).collect();
    let granted = sqlx::query!(
        "INSERT INTO taken (kind, value, owner) SELECT * FROM UNNEST($1::text[], $2::text[], $3::uuid[])
         ON CONFLICT DO NOTHING RETURNING kind, value, owner",
        &kinds,
        &values,
        &owners,
    )
    .fetch_all(op.as_executor())
    .await?;
    let mut missing = asked;
    for claim in &granted {
        if let Some(left) = missing.get_mut(&claim.owner) {
            *left = left.saturating_sub(1);
        }
    }
    missing.retain(|_, left| *left > 0);
    let (back, kept): (Vec<_>, Vec<_>) = granted
        .into_iter()
        .partition(|claim| missing.contains_key(&claim.owner));
    if !back.is_empty() {
        // Only what was claimed here: who is refused may be somebody who was created before.
        let (kinds, values): (Vec<String>, Vec<String>) = back
            .into_iter()
            .map(|claim| (claim.kind, claim.value))
            .unzip();
        sqlx::query!(
            "DELETE FROM taken USING UNNEST($1::text[], $2::text[]) AS back (kind, value)
             WHERE taken.kind = back.kind AND taken.value = back.value",
            &kinds,
            &values,
        )
        .execute(op.as_executor())
        .await?;
    }
    Ok(kept.into_iter().map(|claim| claim.owner).collect())
}

/// Gives up what `owner` has of `kind`, and claims `value` (as compared) instead, when there is one.
pub(crate) async fn replace(
    op: &mut impl AtomicOperation,
    owner: Uuid,
    kind: &'static str,
    value: Option<&str>,
) -> Result<Claim, sqlx::Error> {
    sqlx::query!(
        "DELETE FROM taken WHERE owner = $1 AND kind = $2",
        owner,
        kind
    )
    .execute(op.as_executor())
    .await?;
    match value {
        Some(value) => insert(op, owner, kind, value).await,
        None => Ok(Claim::Granted),
    }
}

async fn insert(
    op: &mut impl AtomicOperation,
    owner: Uuid,
    kind: &str,
    value: &str,
) -> Result<Claim, sqlx::Error> {
    let inserted = sqlx::query!(
        "INSERT INTO taken (kind, value, owner) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        kind,
        value,
        owner,
    )
    .execute(op.as_executor())
    .await?;
    Ok(match inserted.rows_affected() {
        0 => Claim::Refused,
        _ => Claim::Granted,
    })
}

/// Gives up all that `owner` has taken.
pub(crate) async fn release(op: &mut impl AtomicOperation, owner: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM taken WHERE owner = $1", owner)
        .execute(op.as_executor())
        .await?;
    Ok(())
}

/// Which fields are somebody's, and whose.
pub(crate) async fn conflicts(
    executor: impl PgExecutor<'_>,
    email: Option<&Email>,
    handle: Option<&TelegramHandle>,
) -> Result<Vec<FieldError>, sqlx::Error> {
    let email = email.map(Email::key);
    let handle = handle.map(TelegramHandle::key);
    let rows = sqlx::query!(
        r#"
        SELECT taken.kind, prospects.id, prospects.public_id FROM taken JOIN prospects ON prospects.id = taken.owner
        WHERE (kind = 'email' AND value = $1) OR (kind = 'telegram' AND value = $2)
        ORDER BY kind
        "#,
        email,
        handle,
    )
    .fetch_all(executor)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let (field, what) = match row.kind.as_str() {
                "email" => (field::EMAIL, "e-mail address"),
                _ => (field::TELEGRAM_HANDLE, "Telegram handle"),
            };
            FieldError {
                field,
                message: format!("This {what} is taken by {}.", row.public_id),
                taken_by: Some(Existing {
                    kind: PROSPECT,
                    id: row.id,
                    public_id: row.public_id,
                }),
            }
        })
        .collect())
}
