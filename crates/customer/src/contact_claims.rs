//! What is taken: an e-mail or handle belongs to one open prospect or customer.

use es_entity::AtomicOperation;
use kernel::{Existing, FieldError};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    contact::{Email, TelegramHandle},
    field,
    primitives::PROSPECT,
};

/// The kinds of what can be taken.
pub(crate) const EMAIL: &str = "email";
/// See [`EMAIL`].
pub(crate) const TELEGRAM: &str = "telegram";

/// The answer of [`claim`].
pub(crate) enum Claim {
    /// All of it was free and is now the owner's.
    Granted,
    /// Something of it is somebody's already: roll back.
    Refused,
}

/// Takes both for `owner`, in the caller's transaction.
pub(crate) async fn claim(
    op: &mut impl AtomicOperation,
    owner: Uuid,
    email: &Email,
    handle: Option<&TelegramHandle>,
) -> Result<Claim, sqlx::Error> {
    let mut wanted = vec![(EMAIL, email.key())];
    wanted.extend(handle.map(|handle| (TELEGRAM, handle.key())));
    for (kind, value) in wanted {
        let inserted = sqlx::query!(
            "INSERT INTO taken (kind, value, owner) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            kind,
            value,
            owner,
        )
        .execute(op.as_executor())
        .await?;
        if inserted.rows_affected() == 0 {
            return Ok(Claim::Refused);
        }
    }
    Ok(Claim::Granted)
}

/// Gives up what `owner` has of `kind`, and takes `value` (as compared) instead, when there is one.
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
    let Some(value) = value else {
        return Ok(Claim::Granted);
    };
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
    pool: &PgPool,
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
    .fetch_all(pool)
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
